"""The questions of packs that only the graph can answer, told in words with the functions and places that matter."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.chart import Chart
from scanner.chokepoints import Chokepoint
from scanner.counting import Index, unwired
from scanner.escape import marker
from scanner.outcome import HOLDS, Outcome
from scanner.packs import Chokepoints, Fields, Gated, Reaches, Unwired
from scanner.phrases import joined, listed, places, plural
from scanner.seams import Seam

Question = Chokepoints | Gated | Reaches | Fields | Unwired


def answer(asked: Question, words: str, chart: Chart, index: Index, wired: bool) -> Outcome:
    """Answer one question.

    Args:
        asked: what the pack asks.
        words: what is looked for.
        chart: of the repository.
        index: its seams.
        wired: whether seams that nothing calls are left out.
    """
    match asked:
        case Chokepoints():
            return _chokepoints(asked, words, chart, index.running(asked.names, wired))
        case Gated():
            return _gated(asked, words, chart, index.running(asked.names, wired))
        case Reaches():
            return _reaches(asked, words, chart, index.running(asked.to, wired))
        case Fields():
            return _fields(asked, words, chart, index.running(asked.of, wired))
        case Unwired():
            return _unwired(asked, words, index.running(asked.names))


def _chokepoints(asked: Chokepoints, words: str, chart: Chart, seams: Sequence[Seam]) -> Outcome:
    found = chart.passage(seams)
    if not found.places:
        return Outcome(False, (words,))
    if found.needed(asked.share / 100) <= asked.at_most:
        return HOLDS
    doors = [f"{marker(chart.function(each.node).id)}{_held(each)}" for each in found.chokepoints]
    passing = chart.bypasses(seams, asked.at_most)
    text = (
        f"{words}: {plural(len(found.places), 'function')} that {'do' if len(found.places) > 1 else 'does'} it "
        f"{'are' if len(found.places) > 1 else 'is'} reached through {len(found.chokepoints)}, {listed(doors, 4)}; "
        f"{len(passing)} {'pass' if len(passing) > 1 else 'passes'} the first{_number(asked.at_most)} by: "
        f"{places([each.place for each in passing])}"
    )
    return Outcome(False, (text,), exceptions=tuple(each.place for each in passing))


def _held(door: Chokepoint) -> str:
    return f" (holds {len(door.holds)})" if door.holds else " (with the next)"


def _number(count: int) -> str:
    return "" if count == 1 else f" {({2: 'two', 3: 'three', 4: 'four'}).get(count, count)}"


def _gated(asked: Gated, words: str, chart: Chart, seams: Sequence[Seam]) -> Outcome:
    found = chart.coverage(seams, asked.gates)
    if not found:
        return Outcome(False, (words,))
    by_verdict = {
        verdict: [each.place for each in found if each.verdict == verdict]
        for verdict in ("covered", "policy", "uncovered", "unknown")
    }
    if 100 * len(by_verdict["covered"]) >= asked.share * len(found):
        return HOLDS
    parts = [f"{len(by_verdict['covered'])} of {len(found)} covered"]
    for verdict, title in (
        ("uncovered", "reached past every gate"),
        ("policy", "behind rules that ask nobody"),
        ("unknown", "not known to be reached"),
    ):
        if by_verdict[verdict]:
            parts.append(f"{len(by_verdict[verdict])} {title}, {places(by_verdict[verdict])}")
    exceptions = tuple(by_verdict["uncovered"] + by_verdict["policy"])
    return Outcome(False, (f"{words}: {'; '.join(parts)}",), exceptions=exceptions)


def _reaches(asked: Reaches, words: str, chart: Chart, seams: Sequence[Seam]) -> Outcome:
    found = chart.arrivals(seams, asked.topics)
    if not found:
        return Outcome(False, (words,))
    without = [each for each in found if each.level != "attached"]
    if 100 * (len(found) - len(without)) >= asked.share * len(found):
        return HOLDS
    in_scope = [each.place for each in without if each.level == "in scope"]
    absent = [each.place for each in without if each.level == "absent"]
    parts = [f"{words}: reaches {len(found) - len(without)} of {plural(len(found), 'place')}"]
    if in_scope:
        parts.append(f"at hand but not handed on: {places(in_scope)}")
    if absent:
        parts.append(f"absent: {places(absent)}")
    return Outcome(False, ("; ".join(parts),), exceptions=tuple(in_scope + absent))


def _fields(asked: Fields, words: str, chart: Chart, seams: Sequence[Seam]) -> Outcome:
    if not seams:
        return Outcome(False, (words,))
    carried = chart.carried(seams, asked.fields)
    absent = [name for name, _ in asked.fields if not carried[name]]
    enough = len(asked.fields) if asked.at_least is None else asked.at_least
    if len(asked.fields) - len(absent) >= enough:
        return HOLDS
    if len(asked.fields) == 1:
        return Outcome(False, (words,))
    if len(absent) == len(asked.fields):
        return Outcome(False, (f"{words}: none of {joined(absent, 'and')}",))
    text = f"{words}: {len(asked.fields) - len(absent)} of {len(asked.fields)}, without {joined(absent, 'and')}"
    return Outcome(False, (text,))


def _unwired(asked: Unwired, words: str, seams: Sequence[Seam]) -> Outcome:
    idle = [seam.best for seam in seams if unwired(seam)]
    if len(idle) <= asked.at_most:
        return HOLDS
    return Outcome(False, (f"{words}: no call found of {places(idle)}",), exceptions=tuple(idle))
