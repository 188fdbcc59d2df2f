"""From candidates to touchpoints: residues decided stratum by stratum, places merged, uses and wiring found."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, zip_longest

import msgspec

from scanner.calls import CallTable
from scanner.candidates import Candidate, FileReport
from scanner.fingerprints import fingerprint
from scanner.kinds import ENTRY_KINDS
from scanner.residue import Both, Lies, Never, Residue
from scanner.rules import Rulebook
from scanner.touchpoints import Confidence, Role, Touchpoint
from scanner.wiring import Wiring

_RAISED = {Confidence.LOW: Confidence.MEDIUM, Confidence.MEDIUM: Confidence.HIGH, Confidence.HIGH: Confidence.HIGH}
#: A definition that is called more often is still one seam; its further call sites add nothing to a review.
_MOST_USES = 200


@dataclass(slots=True)
class _Place:
    """All candidates of one kind on one fact."""

    candidates: list[Candidate] = field(default_factory=list)
    #: Definition place that this place is a use of.
    owner: tuple[str, int] | None = None

    @property
    def best(self) -> Candidate:
        if len(self.candidates) == 1:
            return self.candidates[0]
        return max(self.candidates, key=lambda item: (item.confidence.rank, item.role == Role.DEFINITION, item.rule))


class Table:
    """Where touchpoints lie, by file and by rule or kind: what `seam` conditions ask."""

    def __init__(self) -> None:
        self._spans: dict[tuple[str, str], _Spans] = {}

    @staticmethod
    def of(found: Iterable[Touchpoint]) -> Table:
        """The table as it was when the last stratum was through."""
        table = Table()
        for item in found:
            table.add(item.path, (*item.rules, item.kind), item.line, item.end_line)
        return table

    def add(self, path: str, names: Iterable[str], line: int, end_line: int) -> None:
        """Note a touchpoint by the names of its rules and kind."""
        for name in names:
            self._spans.setdefault((path, name), _Spans()).add(line, end_line)

    def holds(self, residue: Residue, path: str) -> bool:
        """Whether what a rule left open about a file holds."""
        if isinstance(residue, bool):
            return residue
        if isinstance(residue, Lies):
            return any(self._lies(path, name, residue) for name in residue.names)
        if isinstance(residue, Never):
            return not self.holds(residue.part, path)
        test = all if isinstance(residue, Both) else any
        return test(self.holds(part, path) for part in residue.parts)

    def _lies(self, path: str, name: str, asked: Lies) -> bool:
        spans = self._spans.get((path, name))
        return spans is not None and spans.lie(asked)


class _Spans:
    """Line ranges of one file that are asked many times between two changes."""

    def __init__(self) -> None:
        self._all: set[tuple[int, int]] = set()
        self._sorted = False
        self._starts: list[int] = []
        #: The furthest end of all ranges up to this one.
        self._reach: list[int] = []
        self._long: list[tuple[int, int]] = []

    def add(self, line: int, end_line: int) -> None:
        self._all.add((line, end_line))
        self._sorted = False

    def lie(self, asked: Lies) -> bool:
        """Whether one of them lies as asked."""
        if not self._sorted:
            self._sort()
        if asked.relation == "around":
            before = bisect_right(self._starts, asked.line)
            return before > 0 and self._reach[before - 1] >= asked.end_line
        first = bisect_left(self._starts, asked.line)
        if first == len(self._starts):
            found = False
        elif asked.relation == "within":
            found = self._starts[first] <= asked.end_line
        else:
            found = self._starts[first] == asked.line
        if found or asked.relation == "within":
            return found
        return any(line <= asked.line <= end <= asked.end_line for line, end in self._long)

    def _sort(self) -> None:
        ordered = sorted(self._all)
        self._starts = [line for line, _ in ordered]
        self._reach = list(accumulate((end for _, end in ordered), max))
        self._long = [(line, end) for line, end in ordered if end > line]
        self._sorted = True


def touchpoints(rulebook: Rulebook, reports: Sequence[FileReport], apart: Mapping[str, Role]) -> tuple[Touchpoint, ...]:
    """All touchpoints of a repository, those of entry points among them, in order of path and line.

    Args:
        rulebook: the rules, with their strata.
        reports: one a file, in order of path.
        apart: role of every touchpoint of a file that is set apart (tests, documentation), by path.
    """
    by_rule: dict[str, list[tuple[str, Candidate]]] = {}
    for report in reports:
        for candidate in report.candidates:
            by_rule.setdefault(candidate.rule, []).append((report.path, candidate))
    table, calls = Table(), CallTable(reports, frozenset(apart))
    places: dict[tuple[str, str, object], _Place] = {}
    for stratum in rulebook.strata:
        held = [
            hit
            for rule in stratum
            for hit in _innermost(
                [(path, candidate) for path, candidate in by_rule.get(rule, ()) if table.holds(candidate.residue, path)]
            )
        ]
        for path, candidate in held:
            table.add(path, (candidate.rule, candidate.kind), candidate.line, candidate.end_line)
            places.setdefault(_place_key(path, candidate), _Place()).candidates.append(candidate)
        for path, candidate in held:
            for use_path, use in _uses(path, candidate, calls):
                table.add(use_path, (use.rule, use.kind), use.line, use.end_line)
                place = places.setdefault(_place_key(use_path, use), _Place())
                place.candidates.append(use)
                place.owner = place.owner or (path, candidate.start)
    return _finish(places, apart, Wiring(reports, frozenset(apart)))


def _innermost(hits: Sequence[tuple[str, Candidate]]) -> Iterator[tuple[str, Candidate]]:
    """The hits of one rule without those that lie around another hit of the same clause."""
    ordered = sorted(hits, key=lambda hit: (hit[1].nesting, hit[0], hit[1].ground, hit[1].start, -hit[1].end))
    for (path, candidate), following in zip_longest(ordered, ordered[1:]):
        inner = following[1] if following and following[0] == path else None
        same = inner is not None and inner.nesting == candidate.nesting and inner.ground == candidate.ground
        if not (candidate.nesting and same and inner is not None and inner.end <= candidate.end):
            yield path, candidate


def _place_key(path: str, candidate: Candidate) -> tuple[str, str, object]:
    # One fact is one place: the fingerprint takes its name, which no second rule changes. An entry point is where it
    # starts, however a rule came to see it.
    ground = "" if candidate.kind in ENTRY_KINDS else candidate.ground
    return path, candidate.kind, (ground, candidate.start)


def _uses(path: str, candidate: Candidate, calls: CallTable) -> Iterable[tuple[str, Candidate]]:
    """Calls of a found definition, as candidates of the same rule and kind."""
    if candidate.ground != "definition" or candidate.role is not Role.DEFINITION:
        return
    # What calls an entry point is no entry point: nothing need call it at all.
    if candidate.confidence is Confidence.LOW or candidate.kind in ENTRY_KINDS:
        return
    for use_path, call in calls.of(path, candidate.symbol)[:_MOST_USES]:
        yield (
            use_path,
            Candidate(
                rule=candidate.rule,
                kind=candidate.kind,
                role=Role.USE,
                # What a call is for, the rule has not seen: on labelled samples every third use of a sure definition is
                # a record that is made or a value that is only shown.
                confidence=Confidence.MEDIUM,
                ground="call",
                start=call.start,
                end=call.start,
                line=call.line,
                end_line=call.end_line,
                symbol=call.symbol,
                name=candidate.name,
                text=call.text,
                lowered_in_crowd=candidate.lowered_in_crowd,
                by_name=candidate.by_name,
            ),
        )


def _finish(
    places: Mapping[tuple[str, str, object], _Place], apart: Mapping[str, Role], wiring: Wiring
) -> tuple[Touchpoint, ...]:
    """Places as touchpoints with fingerprints; equals are numbered in the order in which they stand in the file."""
    found = [(path, kind, place, place.best) for (path, kind, _), place in places.items()]
    found.sort(key=lambda item: (item[0], item[3].line, item[1], item[3].name))
    seen: dict[tuple[str, str, str, str, str], int] = {}
    ids: dict[tuple[str, str, int], str] = {}
    made: list[tuple[Touchpoint, _Place]] = []
    for path, kind, place, best in found:
        role = apart.get(path, best.role)
        same = (kind, role.value, path, best.symbol, best.name)
        number = seen[same] = seen.get(same, 0) + 1
        own_id = fingerprint(*same, number)
        if best.ground == "definition":
            ids[(path, kind, best.start)] = own_id
        unwired = (
            best.ground == "definition"
            and kind not in ENTRY_KINDS
            and role is not Role.TEST
            and path not in apart
            and wiring.is_unwired(path, best.symbol)
        )
        made.append((_touchpoint(own_id, path, role, place, best, unwired), place))
    return tuple(
        msgspec.structs.replace(item, seam=ids.get((place.owner[0], item.kind, place.owner[1]), ""))
        if place.owner is not None
        else item
        for item, place in made
    )


def _touchpoint(own_id: str, path: str, role: Role, place: _Place, best: Candidate, unwired: bool) -> Touchpoint:
    rules = tuple(sorted({candidate.rule for candidate in place.candidates}))
    own = {candidate.rule for candidate in place.candidates if candidate.role is not Role.USE or place.owner is None}
    confidence = best.confidence
    if len(own) > 1 and role not in (Role.TEST, Role.DOCS):
        confidence = _RAISED[confidence]
    return Touchpoint(
        id=own_id,
        rule=best.rule,
        kind=best.kind,
        role=role,
        confidence=confidence,
        path=path,
        line=best.line,
        end_line=best.end_line,
        symbol=f"{best.part}.{best.symbol}" if best.part else best.symbol,
        text=best.text,
        name=best.name,
        rules=rules,
        unwired=unwired,
        lowered_in_crowd=all(candidate.lowered_in_crowd for candidate in place.candidates),
        by_name=all(candidate.by_name for candidate in place.candidates),
        start=best.start,
    )
