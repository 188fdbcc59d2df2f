"""Conditions of a pack held against seams, in three values: holds, does not hold, not judged.

What does not hold is told in words, with where: those words are the packet's "missing".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from scanner.escape import marker
from scanner.packs import AtLeast, Beside, Condition, Every, Has, Negated, NotJudged, Some, Spread, Status, StatusIs
from scanner.seams import Seam
from scanner.touchpoints import Confidence, Role, Touchpoint

#: The surface of code that shows how to use the agent.
EXAMPLES = "examples"
#: How many places one sentence names before it says "and N more".
NAMED = 6


class Outcome(msgspec.Struct, frozen=True):
    """What a condition came to; the words are empty where it holds."""

    #: None: not judged.
    holds: bool | None
    #: Words of the parts that do not hold.
    missing: tuple[str, ...] = ()
    #: Words of the questions that were not answered and on which it depends.
    not_judged: tuple[str, ...] = ()
    #: Places that keep it from holding.
    exceptions: tuple[Touchpoint, ...] = ()


HOLDS = Outcome(True)


def serving(seam: Seam) -> tuple[Touchpoint, ...]:
    """The places of a seam that count as evidence: of high or medium confidence, in neither docs nor tests."""
    return tuple(each for each in seam.touchpoints if each.confidence is not Confidence.LOW and each.role not in _ASIDE)


_ASIDE = frozenset({Role.DOCS, Role.TEST})


def standing(seam: Seam) -> tuple[Touchpoint, ...]:
    """The places where a seam stands: its definitions, or all its places where it has none."""
    places = serving(seam)
    return tuple(each for each in places if each.role is Role.DEFINITION) or places


def unwired(seam: Seam) -> bool:
    """Whether nothing in the scanned code calls or reads it."""
    return all(each.unwired for each in serving(seam))


class Index:
    """Seams that count, by rule and by kind, in the order given."""

    def __init__(self, seams: Sequence[Seam]) -> None:
        self._by_name: dict[str, list[int]] = {}
        counting = tuple(seam for seam in seams if seam.counts)
        # What only an example does, the agent does not do; a repository of examples is its examples.
        self._seams = tuple(seam for seam in counting if seam.surface != EXAMPLES) or counting
        for position, seam in enumerate(self._seams):
            for name in {seam.kind, *(rule for each in serving(seam) for rule in each.rules)}:
                self._by_name.setdefault(name, []).append(position)

    def find(self, names: Iterable[str], wired: bool = False) -> tuple[Seam, ...]:
        """Seams of one of these rules or kinds, each once; only wired ones where asked."""
        positions = sorted({position for name in names for position in self._by_name.get(name, ())})
        found = (self._seams[position] for position in positions)
        return tuple(seam for seam in found if not (wired and unwired(seam)))

    def running(self, names: Iterable[str], wired: bool = False) -> tuple[Seam, ...]:
        """The same without what stands beside the running agent, unless nothing else is there."""
        found = self.find(names, wired)
        return tuple(seam for seam in found if not seam.aside) or found


class Judge:
    """Evaluates conditions over one set of seams."""

    def __init__(
        self, index: Index, titles: Mapping[str, str], wired: bool, statuses: Mapping[str, Status] | None = None
    ) -> None:
        """Prepare.

        Args:
            index: the seams.
            titles: rule id or kind to title.
            wired: whether seams that nothing calls are left out, as they are for `ready`.
            statuses: requirement id to status, for recommendations.
        """
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
            case NotJudged():
                return Outcome(None, not_judged=(condition.say,))
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
        alone = [
            group[0]
            for group in groups.values()
            if not all(_accompanied(place, companions.get(place.path, ()), condition.within) for place in group)
        ]
        enough = len(groups) if condition.at_least is None else condition.at_least
        if len(groups) - len(alone) >= enough:
            return HOLDS
        unit = "place" if condition.within == "function" else "file"
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
        case Has() | Spread():
            found = condition.names
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


def title(name: str, titles: Mapping[str, str]) -> str:
    """The title of a rule or kind, else its name in words."""
    return titles.get(name) or name.replace("_", " ").replace("-", " ")


def lowered(words: str) -> str:
    """A title inside a sentence: its first letter small, unless its first word is an abbreviation."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def joined(words: Sequence[str], last: str) -> str:
    """`a, b and c`, with `last` before the last one."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def listed(words: Sequence[str], limit: int = NAMED) -> str:
    """The first words, and how many more there are."""
    if len(words) <= limit:
        return joined(words, "and")
    return f"{', '.join(words[:limit])} and {len(words) - limit} more"


def places(touchpoints: Sequence[Touchpoint], limit: int = NAMED) -> str:
    """Markers of the first places, and how many more there are."""
    return listed([marker(each.id) for each in touchpoints], limit)


def plural(count: int, word: str, many: str = "") -> str:
    """`1 file`, `2 files`, `2 policies`; `many` for a plural that follows no rule."""
    if count == 1:
        return f"1 {word}"
    if many:
        return f"{count} {many}"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{count} {word[:-1]}ies"
    return f"{count} {word}{'es' if word.endswith(('s', 'x', 'ch', 'sh')) else 's'}"


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
