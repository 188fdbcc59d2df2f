"""Conditions of a pack held against seams, in three values: holds, does not hold, not judged.

What does not hold is told in words, with where: those words are the packet's "missing".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from scanner.chart import Chart
from scanner.counting import Index, serving, standing
from scanner.outcome import HOLDS, Outcome
from scanner.packs import (
    AtLeast,
    Beside,
    Chokepoints,
    Condition,
    Conforms,
    Documents,
    Every,
    Fields,
    Gated,
    Has,
    Negated,
    Reaches,
    Some,
    Spread,
    Status,
    StatusIs,
    Unwired,
)
from scanner.phrases import joined, listed, lowered, places, plural, title
from scanner.questions import answer
from scanner.seams import Seam
from scanner.shelf import Shelf, said
from scanner.touchpoints import Touchpoint


class Judge:
    """Evaluates conditions over one set of seams."""

    def __init__(
        self,
        index: Index,
        titles: Mapping[str, str],
        wired: bool,
        statuses: Mapping[str, Status] | None = None,
        chart: Chart | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        """Prepare.

        Args:
            index: the seams.
            titles: rule id or kind to title.
            wired: whether seams that nothing calls are left out, as they are for `ready`.
            statuses: requirement id to status, for recommendations.
            chart: what the graph says; without one its questions are not judged.
            shelf: what data files and documents say; without one what is asked of them is not judged.
        """
        self._chart = chart
        self._shelf = shelf
        self._index = index
        self._titles = titles
        self._wired = wired
        self._statuses = statuses or {}

    def outcome(self, condition: Condition) -> Outcome:
        """Evaluate one condition with all its members."""
        match condition:
            case Has():
                return self._has(condition)
            case Spread():
                return self._spread(condition)
            case Beside():
                return self._beside(condition)
            case AtLeast():
                return self._at_least(condition)
            case Every():
                return self._every(condition)
            case Some():
                return self._some(condition)
            case Negated():
                return self._negated(condition)
            case Chokepoints() | Gated() | Reaches() | Fields() | Unwired():
                words = self._words(condition.say, names_in(condition))
                if self._chart is None:
                    return Outcome(None, not_judged=(words,))
                return answer(condition, words, self._chart, self._index, self._wired)
            case Conforms() | Documents():
                if self._shelf is None:
                    return Outcome(None, not_judged=(said(condition),))
                return self._shelf.answer(condition).outcome
            case StatusIs():
                return Outcome(self._statuses.get(condition.requirement) in condition.statuses)

    def _words(self, say: str, names: tuple[str, ...]) -> str:
        return say or joined([lowered(title(name, self._titles)) for name in names], "or")

    def _has(self, condition: Has) -> Outcome:
        found = self._index.find(condition.names, self._wired)
        words = self._words(condition.say, condition.names)
        best = [seam.best for seam in found]
        if condition.at_most is not None and len(found) > condition.at_most:
            text = f"{words}, but there {'is' if len(found) == 1 else 'are'} {len(found)}: {places(best)}"
            return Outcome(False, (text,), exceptions=tuple(best))
        if len(found) >= condition.at_least:
            return HOLDS
        if found:
            return Outcome(False, (f"{words}, only {len(found)} of {condition.at_least} found: {places(best)}",))
        idle = self._index.find(condition.names)
        if idle:
            them = "it" if len(idle) == 1 else "them"
            return Outcome(
                False, (f"{words}, found, but no call of {them} here: {places([seam.best for seam in idle])}",)
            )
        return Outcome(False, (words,))

    def _spread(self, condition: Spread) -> Outcome:
        found = self._index.running(condition.names, self._wired)
        carriers = spread_over(found, condition.over)
        count = len(carriers)
        if count >= condition.at_least and (condition.at_most is None or count <= condition.at_most):
            return HOLDS
        words = self._words(condition.say, condition.names)
        if not count:
            return Outcome(False, (words,))
        named = listed([f"`{carrier}`" for carrier in carriers])
        where = f"{'in' if condition.over == 'files' else 'on'} {plural(count, condition.over[:-1])}"
        text = f"{words}: now {where}, {named}"
        return Outcome(False, (text,), exceptions=tuple(standing(seam)[0] for seam in found))

    def _beside(self, condition: Beside) -> Outcome:
        found = self._index.running(condition.of, self._wired)
        words = condition.say or (
            f"{self._words('', condition.companions)} in every {condition.within} with {self._words('', condition.of)}"
        )
        if not found:
            return Outcome(False, (words,))
        companions: dict[str, list[Touchpoint]] = {}
        for seam in self._index.find(condition.companions, self._wired):
            for place in serving(seam):
                companions.setdefault(place.path, []).append(place)
        groups: dict[tuple[str, str], list[Touchpoint]] = {}
        for seam in found:
            for place in standing(seam):
                groups.setdefault(_unit(place, condition.within), []).append(place)
        near = frozenset[str]()
        if condition.within == "way" and self._chart is not None:
            some = [place for group in groups.values() for place in group]
            near = self._chart.near(some, [place for each in companions.values() for place in each])
        alone = [
            group[0]
            for group in groups.values()
            if not all(
                place.id in near or _accompanied(place, companions.get(place.path, ()), condition.within)
                for place in group
            )
        ]
        enough = len(groups) if condition.at_least is None else condition.at_least
        if len(groups) - len(alone) >= enough:
            return HOLDS
        unit = "file" if condition.within == "file" else "place"
        where = f"{'at' if unit == 'place' else 'in'} {len(alone)} of {plural(len(groups), unit)}"
        return Outcome(False, (f"{words}: missing {where}, {places(alone)}",), exceptions=tuple(alone))

    def _at_least(self, condition: AtLeast) -> Outcome:
        if condition.count == 1:
            return self._some(Some(condition.members, condition.say))
        if condition.count == len(condition.members):
            return self._every(Every(condition.members, condition.say))
        outcomes = [self.outcome(member) for member in condition.members]
        have = sum(outcome.holds is True for outcome in outcomes)
        if have >= condition.count:
            return HOLDS
        rest = _merged(outcomes)
        if have + sum(outcome.holds is None for outcome in outcomes) >= condition.count:
            return Outcome(None, not_judged=rest.not_judged)
        there = f"{have or 'none'} of the {condition.count} needed {'are' if have > 1 else 'is'} there"
        text = f"{condition.say}, {there}" if condition.say else there
        return msgspec.structs.replace(rest, holds=False, missing=(f"{text}; not found: {'; '.join(rest.missing)}",))

    def _every(self, condition: Every) -> Outcome:
        outcomes = [self.outcome(member) for member in condition.members]
        rest = _merged(outcomes)
        if any(outcome.holds is False for outcome in outcomes):
            missing = (condition.say,) if condition.say else rest.missing
            return msgspec.structs.replace(rest, holds=False, missing=missing)
        if any(outcome.holds is None for outcome in outcomes):
            return Outcome(None, not_judged=rest.not_judged)
        return HOLDS

    def _some(self, condition: Some) -> Outcome:
        outcomes = [self.outcome(member) for member in condition.members]
        if any(outcome.holds for outcome in outcomes):
            return HOLDS
        rest = _merged(outcomes)
        if any(outcome.holds is None for outcome in outcomes):
            return Outcome(None, not_judged=rest.not_judged)
        words = condition.say or ", or ".join(joined(outcome.missing, "and") for outcome in outcomes)
        return msgspec.structs.replace(rest, holds=False, missing=(words,))

    def _negated(self, condition: Negated) -> Outcome:
        inner = self.outcome(condition.member)
        if inner.holds is None:
            return Outcome(None, not_judged=inner.not_judged)
        if not inner.holds:
            return HOLDS
        names = names_in(condition.member)
        best = [seam.best for seam in self._index.find(names, self._wired)]
        words = condition.say or f"a tree without {self._words('', names)}"
        return Outcome(False, (f"{words}: now {places(best)}" if best else words,), exceptions=tuple(best))


def names_in(condition: Condition | None) -> tuple[str, ...]:
    """Rules and kinds that a condition names, each once, in the order of the pack."""
    match condition:
        case Has() | Spread() | Chokepoints() | Unwired():
            found = condition.names
        case Gated():
            found = condition.names + condition.gates
        case Reaches():
            found = condition.to
        case Fields():
            found = condition.of
        case Beside():
            found = condition.of + condition.companions
        case AtLeast() | Every() | Some():
            found = tuple(name for member in condition.members for name in names_in(member))
        case Negated():
            found = names_in(condition.member)
        case _:
            found = ()
    return tuple(dict.fromkeys(found))


def spread_over(seams: Iterable[Seam], over: str) -> tuple[str, ...]:
    """The distinct `files` or `surfaces` where these seams stand, those with most places first."""
    counts: dict[str, int] = {}
    for seam in seams:
        carriers = [seam.surface] if over == "surfaces" else [place.path for place in standing(seam)]
        for carrier in filter(None, carriers):
            counts[carrier] = counts.get(carrier, 0) + 1
    return tuple(sorted(counts, key=lambda carrier: (-counts[carrier], carrier)))


def _merged(outcomes: Sequence[Outcome]) -> Outcome:
    """The words of all members, each once; of those that hold there are none."""
    return Outcome(
        None,
        tuple(dict.fromkeys(words for outcome in outcomes for words in outcome.missing)),
        tuple(dict.fromkeys(words for outcome in outcomes for words in outcome.not_judged)),
        tuple(dict.fromkeys(place for outcome in outcomes for place in outcome.exceptions)),
    )


def _unit(place: Touchpoint, within: str) -> tuple[str, str]:
    """What counts as one place: a file, or a function; at file level a line is its own."""
    if within == "file":
        return place.path, ""
    return place.path, place.symbol or f":{place.line}"


def _accompanied(place: Touchpoint, companions: Iterable[Touchpoint], within: str) -> bool:
    """Whether a companion in the same file stands close enough."""
    if within == "file":
        return any(True for _ in companions)
    return any(
        each.symbol == place.symbol
        or (place.symbol != "" and each.symbol.startswith(f"{place.symbol}."))
        or (each.line <= place.end_line and place.line <= each.end_line)
        for each in companions
    )
