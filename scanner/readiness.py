"""Requirements judged: each one's status, what was found, what is missing, what comes next; then score and verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scanner.chart import Chart
from scanner.claims import Templates
from scanner.conditions import Judge, names_in
from scanner.counting import Index, serving, unwired
from scanner.fieldtable import field_rows
from scanner.outcome import Outcome
from scanner.packet import EvidenceGroup, FieldRow, RequirementResult, Score, Term, Verdict
from scanner.packs import Pack, Requirement, Status
from scanner.phrases import lowered, plural, title
from scanner.seams import Seam
from scanner.shelf import Shelf

#: What a status is worth, times weight.
VALUES: dict[Status, float] = {"ready": 1.0, "partial": 0.5, "gap": 0.0}

#: How many of the first places are chosen for variety of files, and how many of them one file may hold.
_OPEN = 8
_PER_FILE = 2


def judge(
    pack: Pack,
    seams: Sequence[Seam],
    titles: Mapping[str, str],
    chart: Chart | None = None,
    shelf: Shelf | None = None,
) -> tuple[RequirementResult, ...]:
    """Judge every requirement of a pack.

    Args:
        pack: the matrix.
        seams: all seams, best-ranked first.
        titles: rule id or kind to title.
        chart: what the graph says; without one its questions are not judged.
        shelf: what data files and documents say; without one what is asked of them is not judged.

    Returns:
        One result for each requirement, in the order of the pack. Texts hold markers of places, see `escape.marker`.

    Raises:
        RuleError: when a template of the pack cannot be filled.
    """
    index = Index(seams)
    templates = Templates(index, titles, pack)
    results = tuple(_result(requirement, index, titles, templates, chart, shelf) for requirement in pack.requirements)
    templates.check()
    return results


def unjudged(pack: Pack, why: str) -> tuple[RequirementResult, ...]:
    """Results for a repository in which nothing could be read: a gap would claim that something was looked at."""
    return tuple(_record(requirement, "n/a", why) for requirement in pack.requirements)


def score(results: Sequence[RequirementResult]) -> Score:
    """Add up the statuses: value times weight over the weight that was judged, of 100, rounded half up."""
    terms = tuple(Term(each.id, each.status, each.weight, VALUES.get(each.status, 0.0)) for each in results)
    judged = sum(term.weight for term in terms if term.status in VALUES)
    total = sum(term.weight for term in terms)
    # Twice the sum is an integer, so nothing depends on how fractions round.
    halves = sum(int(2 * term.value) * term.weight for term in terms)
    attested = sum(each.attested is not None for each in results)
    told = f", {attested} of {len(results)} attested" if attested else ""
    if not judged or 2 * judged < total:
        share = f"only {judged} of {total} by weight" if judged else "nothing"
        words = f"not scored: {share} could be judged{told}"
        return Score(None, halves / 2, judged, total, words, terms, attested)
    value = (100 * halves + judged) // (2 * judged)
    return Score(value, halves / 2, judged, total, f"{halves / 2:g} of {judged} by weight{told}", terms, attested)


def verdict(
    pack: Pack,
    results: Sequence[RequirementResult],
    total: Score,
    seams: Sequence[Seam],
    titles: Mapping[str, str],
    chart: Chart | None = None,
    shelf: Shelf | None = None,
) -> Verdict:
    """Say it in two sentences: the word that the statuses add up to, and the first recommendation that holds.

    Raises:
        RuleError: when a recommendation cannot be filled.
    """
    index = Index(seams)
    templates = Templates(index, titles, pack)
    statuses: dict[str, Status] = {each.id: each.status for each in results}
    tally = [sum(each.status == status for each in results) for status in ("ready", "partial", "gap", "n/a")]
    asked = Judge(index, titles, wired=False, statuses=statuses, chart=chart, shelf=shelf)
    headline, text = "", ""
    for each in pack.recommendations:
        if each.when is not None and not asked.outcome(each.when).holds:
            continue
        filled = templates.fill(each.text, 0, f"recommendation `{each.headline}`", results)
        templates.check()
        # A text about a place that is not there gives way to the next recommendation that holds.
        if filled is not None:
            headline, text = each.headline, filled
            break
    return Verdict(_word(total, tally), headline, text, (tally[0], tally[1], tally[2], tally[3]))


def _word(total: Score, tally: Sequence[int]) -> str:
    ready, partial, gap = tally[:3]
    if total.value is None:
        return "Not scored"
    if not partial and not gap:
        return "Ready"
    return "Gap" if not partial and not ready else "Partial"


def _result(
    requirement: Requirement,
    index: Index,
    titles: Mapping[str, str],
    templates: Templates,
    chart: Chart | None,
    shelf: Shelf | None,
) -> RequirementResult:
    lenient = Judge(index, titles, wired=False, chart=chart, shelf=shelf)
    applies = lenient.outcome(requirement.applies) if requirement.applies else Outcome(True)
    if applies.holds is False:
        looked_for = _titles(names_in(requirement.applies), titles)
        otherwise = requirement.otherwise or "There is nothing here that it applies to."
        return _record(requirement, "n/a", otherwise, looked_for=looked_for)
    names = requirement.evidence + names_in(requirement.ready) + names_in(requirement.partial)
    ready = Judge(index, titles, wired=True, chart=chart, shelf=shelf).outcome(requirement.ready)
    partial = lenient.outcome(requirement.partial)
    if not ready.holds and partial.holds is None:
        # Neither level could be told apart from a gap, and a gap is a claim too.
        open_questions = tuple(dict.fromkeys(ready.not_judged + partial.not_judged))
        return _record(requirement, "n/a", "Not judged in this version.", not_judged=open_questions)
    status: Status = "ready" if ready.holds else "partial" if partial.holds else "gap"
    evidence = ranked(requirement, index)
    claim = templates.fill(requirement.claim, requirement.line, f"claim of `{requirement.id}`")
    if status == "gap" and not evidence:
        claim = "Nothing that serves was found."
    steps = (templates.fill(step, requirement.line, f"next step of `{requirement.id}`") for step in requirement.next)
    return _record(
        requirement,
        status,
        _with_files(claim or _counted(evidence), requirement, status, shelf),
        evidence=evidence,
        titles=titles,
        missing=ready.missing,
        not_judged=ready.not_judged,
        looked_for=_titles(names, titles),
        steps=() if status == "ready" else tuple(filter(None, steps)),
        fields=field_rows(requirement, chart, index) if chart is not None else (),
        exceptions=tuple(dict.fromkeys(place.id for place in ready.exceptions)),
    )


def _record(
    requirement: Requirement,
    status: Status,
    claim: str,
    *,
    evidence: Sequence[Seam] = (),
    titles: Mapping[str, str] | None = None,
    missing: tuple[str, ...] = (),
    not_judged: tuple[str, ...] = (),
    looked_for: tuple[str, ...] = (),
    steps: tuple[str, ...] = (),
    fields: tuple[FieldRow, ...] = (),
    exceptions: tuple[str, ...] = (),
) -> RequirementResult:
    wanted = frozenset(requirement.evidence)
    return RequirementResult(
        id=requirement.id,
        title=requirement.title,
        status=status,
        weight=requirement.weight,
        score=VALUES.get(status),
        asks=requirement.asks,
        claim=claim,
        evidence=tuple(dict.fromkeys(place.id for seam in evidence for place in serving(seam))),
        places=_folded(evidence, wanted, titles or {}),
        missing=missing,
        not_judged=not_judged,
        looked_for=looked_for,
        next=steps,
        fields=fields,
        exceptions=exceptions,
    )


def _with_files(claim: str, requirement: Requirement, status: Status, shelf: Shelf | None) -> str:
    """The claim, and what data files and documents have of what is asked of them; a gap tells that as missing."""
    if shelf is None or status == "gap":
        return claim
    return " ".join((claim, *(shelf.found(requirement.ready) or shelf.found(requirement.partial))))


def _titles(names: Sequence[str], titles: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lowered(title(name, titles)) for name in names))


def _counted(evidence: Sequence[Seam]) -> str:
    """What can be said where the pack's own claim speaks of a place that is not there."""
    if not evidence:
        return "No seam of the evidence asked for was found."
    files = len({seam.best.path for seam in evidence})
    return f"{plural(len(evidence), 'seam')} in {plural(files, 'file')}."


def ranked(requirement: Requirement, index: Index) -> tuple[Seam, ...]:
    """Seams that are evidence: one of each name of `evidence` in turn, in its order, each name's best first.

    The first eight avoid a third place in the same file as long as that name has another one.
    """
    taken: set[str] = set()
    queues: list[list[Seam]] = []
    for name in requirement.evidence:
        queue = [seam for seam in index.find((name,)) if seam.id not in taken]
        # What nothing calls is weaker than anything wired.
        queue.sort(key=unwired)
        taken.update(seam.id for seam in queue)
        queues.append(queue)
    order: list[Seam] = []
    shown: dict[str, int] = {}
    while queues := [queue for queue in queues if queue]:
        for queue in queues:
            fresh = (at for at, seam in enumerate(queue) if shown.get(seam.best.path, 0) < _PER_FILE)
            seam = queue.pop(next(fresh, 0) if len(order) < _OPEN else 0)
            shown[seam.best.path] = shown.get(seam.best.path, 0) + 1
            order.append(seam)
    return tuple(order)


def _folded(evidence: Sequence[Seam], wanted: frozenset[str], titles: Mapping[str, str]) -> tuple[EvidenceGroup, ...]:
    """One line for each function (at file level: for each kind in a file), with the number of further places."""
    groups: dict[tuple[str, str], list[Seam]] = {}
    for seam in evidence:
        groups.setdefault((seam.best.path, seam.best.symbol or f":{seam.kind}"), []).append(seam)
    return tuple(
        EvidenceGroup(
            id=members[0].best.id,
            more=len({place.id for seam in members for place in serving(seam)} - {members[0].best.id}),
            note=_note(members, wanted, titles),
        )
        for members in groups.values()
    )


def _note(seams: Sequence[Seam], wanted: frozenset[str], titles: Mapping[str, str]) -> str:
    """Why the place is shown: titles of the rules that the pack asks for, else of the strongest rule; at most three."""
    notes: dict[str, None] = {}
    for seam in seams:
        asked = [rule for rule in seam.best.rules if rule in wanted] or [seam.best.rule]
        notes.update(dict.fromkeys(title(rule, titles) for rule in asked))
    words = "; ".join(list(notes)[:3])
    return f"{words} (no call found here)" if all(unwired(seam) for seam in seams) else words
