"""What the rules said of one place: touchpoints that lie there, and rules that nearly made one.

The scan runs as always. Then the file in question is read again, with what the scan knew when it read it, and the rules
are asked once more, condition by condition (`scanner.trace`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from scanner.candidates import Candidate, FileReport
from scanner.facts import Control, Definition, Fact, FileFacts
from scanner.languages import by_name, languages_of
from scanner.lines import ShownLines
from scanner.look import Looker
from scanner.places import category
from scanner.plan import Finder
from scanner.rules import Rule
from scanner.saying import Said, say
from scanner.scan import Scan
from scanner.strata import Table
from scanner.touchpoints import Confidence, Touchpoint
from scanner.trace import Failed, Trace

#: Kinds of definition that rules find; the others only stand around something.
_FOUND = frozenset({"function", "class", "method"})
#: What begins further above a line holds statements rather than being the statement that the line belongs to.
_STATEMENT = 30


class Asked(msgspec.Struct, frozen=True):
    """Lines of a file, and the kind of seam that somebody expects there."""

    path: str
    #: Counted from 1.
    line: int
    #: Included.
    end_line: int
    #: Empty for any kind.
    kind: str = ""


class Clausal(msgspec.Struct, frozen=True):
    """A clause of a rule: where to mend it."""

    rule: str
    #: The rule file, and the line of the clause in it.
    path: str
    line: int
    confidence: Confidence


class Matched(msgspec.Struct, frozen=True):
    """A touchpoint, with the clauses that found it."""

    touchpoint: Touchpoint
    #: Of rules that match at this very place; empty of a use that is known by the definition it calls.
    clauses: tuple[Clausal, ...]
    #: What became of the confidence of its clauses: `raised` by a second rule, or `lowered` because it is one of many
    #: places of its kind and only names speak for it.
    changed: Literal["raised", "lowered", ""]
    #: The definition that it is a use of.
    seam: Touchpoint | None


class Near(msgspec.Struct, frozen=True):
    """A clause whose atom finds a fact here, and whose conditions do not all hold."""

    kind: str
    clause: Clausal
    fact: Said
    #: Never empty.
    failed: tuple[Failed, ...]


class Missed(msgspec.Struct, frozen=True):
    """Why what somebody expects was not found."""

    asked: Asked
    #: One entry a rule, the nearest first; empty where no rule of the kind has an atom that finds something there.
    near: tuple[Near, ...]
    #: Why the file was not read; empty where it was.
    unread: str


class Explanation(msgspec.Struct, frozen=True):
    """All that is known of one line."""

    path: str
    line: int
    #: As its users spell it.
    language: str
    #: Dotted name of the innermost definition around the line; empty at the top of the file.
    symbol: str
    text: str
    #: `test` or `docs` where the file, or this part of it, is set apart: every hit has low confidence.
    apart: str
    facts: tuple[Said, ...]
    matched: tuple[Matched, ...]
    #: Touchpoints of earlier lines whose extents hold this line, innermost first.
    around: tuple[Touchpoint, ...]
    #: Fewest failures first.
    near: tuple[Near, ...]
    #: Touchpoints of the file that are nearest to this line, where none lies on it.
    nearest: tuple[Touchpoint, ...]


class Unread(msgspec.Struct, frozen=True):
    """Why a file was not read."""

    path: str
    line: int
    why: str


class View:
    """One file of a scan, read again as the scan read it."""

    def __init__(self, trace: Trace, touchpoints: Sequence[Touchpoint], apart: bool) -> None:
        self.trace = trace
        self.facts: FileFacts = trace.facts
        #: Of this file, by line.
        self.touchpoints = sorted(touchpoints, key=lambda item: (item.line, item.kind))
        self.apart = apart

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        source = self.facts.source
        return source.count(b"\n") + (not source.endswith(b"\n") and bool(source))

    def spans(self, line: int) -> tuple[Fact, ...]:
        """Facts on a line, then those that begin above it in its innermost statement, each list in order of the file.

        A statement is told from blocks by what may stand in it: no definition and no control begins between its start
        and the line.
        """
        everything = sorted(_facts(self.facts), key=lambda fact: (fact.start, -fact.end))
        here = [fact for fact in everything if fact.line == line]
        if by_name(self.facts.language).kind == "config":
            return tuple(here)
        over = [fact for fact in everything if fact.line < line <= fact.end_line]
        block = max((fact.start for fact in over if isinstance(fact, (Definition, Control))), default=-1)
        return (*here, *(fact for fact in over if fact.start > block and fact.line >= line - _STATEMENT))

    def around(self, line: int) -> Definition | None:
        """The innermost definition that begins above a line and holds it."""
        over = [item for item in self.facts.definitions if item.line < line <= item.end_line and item.kind in _FOUND]
        return over[-1] if over else None

    def hits(self, wanted: Callable[[Fact], bool], kind: str) -> tuple[list[tuple[Candidate, Clausal]], list[Near]]:
        """What rules of a kind (empty for all) find at wanted facts: hits, and misses with what failed."""
        held: dict[tuple[int, int], tuple[Candidate, Clausal]] = {}
        near: dict[tuple[int, int], Near] = {}
        for finder in self.trace.finders():
            rule = finder.rule
            if rule is None or (kind and rule.kind != kind):
                continue
            for fact in self.trace.matcher.hits.of(finder.clause):
                if not wanted(fact) or (isinstance(fact, Definition) and fact.kind not in _FOUND):
                    continue
                # One clause can lead several choices of nodes beside it: the one that lacks least speaks for it.
                place = (id(finder.clause), id(fact))
                hit = self.trace.hit(finder, fact, self.apart)
                clause = _clausal(rule, finder, hit)
                if hit is not None and self._stands(hit):
                    held[place] = (hit, clause)
                    continue
                failed = (self._passed_over(hit),) if hit is not None else self.trace.failures(finder, fact)
                if failed and (place not in near or len(failed) < len(near[place].failed)):
                    near[place] = Near(rule.kind, clause, say(fact, self.facts, self.trace.plan), failed)
        return list(held.values()), [item for place, item in near.items() if place not in held]

    def weakness(self, hit: Candidate, clause: Clausal) -> str:
        """Why a hit is of low confidence; empty where it is not."""
        if any(_is_of(hit, item) and item.confidence is not Confidence.LOW for item in self.touchpoints):
            return ""
        if self.apart or self.facts.is_test(hit.start):
            return f"low, as all of {category(self.facts.path) if self.apart else 'test'} code"
        if clause.confidence is Confidence.LOW:
            return "low, as the rule says"
        return "low: one of many of its kind, known by name only"

    def _stands(self, hit: Candidate) -> bool:
        return any(_is_of(hit, item) for item in self.touchpoints)

    def _passed_over(self, hit: Candidate) -> Failed:
        """Why a hit made no touchpoint, although all conditions hold."""
        inner = [
            item
            for item in self.touchpoints
            if hit.rule in item.rules and hit.line <= item.line and item.end_line <= hit.end_line
        ]
        if hit.nesting and inner:
            return Failed("the innermost match is the place", f"a match of this rule lies in line {inner[0].line}")
        return Failed("one place is told once", "the rule found the definition that this decorates")


class Explainer:
    """Explains places of one scan; each file is read once more, when it is first asked for."""

    def __init__(self, found: Scan) -> None:
        self._scan = found
        self._looker = Looker(found.task)
        places = (*found.touchpoints, *found.entries)
        self._table = Table.of(places)
        self._entries = {entry.path: entry for entry in found.repository.files}
        self._reports = {head.path: head for head in found.reports.heads}
        self._by_path: dict[str, list[Touchpoint]] = {}
        for item in places:
            self._by_path.setdefault(item.path, []).append(item)
        self._by_id = {item.id: item for item in places}
        self._last: tuple[str, View | str] | None = None

    def prepare(self, paths: Iterable[str]) -> None:
        """Make what looks at these files have in common, which the first look at each would make."""
        self._looker.prepare(languages_of(paths))

    def explain(self, path: str, line: int, kind: str = "") -> Explanation | Unread | int:
        """All that is known of a line.

        Args:
            path: a file of the repository.
            line: counted from 1.
            kind: rules of this kind alone; empty for all.

        Returns:
            The explanation, or why there is none: the file was not read, or has only so many lines.
        """
        view = self.view(path)
        if isinstance(view, str):
            return Unread(path, line, view)
        if line > view.lines:
            return view.lines
        facts, plan = view.facts, view.trace.plan
        spans, outer = view.spans(line), view.around(line)
        identities = {id(fact) for fact in (*spans, outer)}
        held, near = view.hits(lambda fact: fact.line == line or id(fact) in identities, kind)
        touchpoints = [item for item in view.touchpoints if not kind or item.kind == kind]
        on_line = [item for item in touchpoints if item.line == line]
        over = [item for item in touchpoints if item.line < line <= item.end_line]
        is_test = any(facts.is_test(fact.start) for fact in spans)
        return Explanation(
            path=path,
            line=line,
            language=by_name(facts.language).title,
            symbol=outer.symbol if outer is not None else "",
            text=ShownLines(facts.source).text(line),
            apart=category(path) if view.apart else "test" if is_test else "",
            facts=tuple(say(fact, facts, plan) for fact in spans),
            matched=tuple(self._matched(item, held) for item in on_line),
            around=tuple(sorted(over, key=lambda item: item.end_line - item.line)),
            near=tuple(sorted(near, key=lambda item: _nearness(item, line))),
            nearest=() if on_line else _nearest(touchpoints, line),
        )

    def near_misses(self, asked: Sequence[Asked]) -> tuple[Missed, ...]:
        """Rules that nearly found what somebody expects, for each expectation; a hit of low confidence is a miss too.

        Args:
            asked: what is expected, in any order; each file is read once.
        """
        found: dict[int, Missed] = {}
        for number, each in sorted(enumerate(asked), key=lambda item: item[1].path):
            view = self.view(each.path)
            found[number] = Missed(each, (), view) if isinstance(view, str) else Missed(each, _near(view, each), "")
        return tuple(found[number] for number in range(len(asked)))

    def view(self, path: str) -> View | str:
        """A file as the scan read it, or why it was not read."""
        if self._last is not None and self._last[0] == path:
            return self._last[1]
        view = self._view(path)
        self._last = (path, view)
        return view

    def _view(self, path: str) -> View | str:
        if path not in self._entries:
            return "the repository has no such file"
        report = self._reports.get(path)
        if report is None:
            return self._unchosen(path)
        reason, detail = report.failure
        if not reason:
            try:
                read = self._looker.read(self._entries[path], self._scan.told.get(path, {}))
            except (RecursionError, MemoryError) as error:
                return f"too much ({type(error).__name__})"
            if not isinstance(read, FileReport):
                trace = Trace(self._looker.plan, read[1].facts, self._table)
                return View(trace, self._by_path.get(path, ()), path in self._scan.set_apart)
            reason, detail = read.failure
        if reason == "generated":
            return "generated code is not read"
        return f"{reason} ({detail})" if detail else reason

    def _unchosen(self, path: str) -> str:
        """Why nobody looked at a file of the repository."""
        name = category(path)
        if name in ("vendored", "generated"):
            return f"{name} code is not read"
        suffix = path.rpartition("/")[2].rpartition(".")
        return (
            f"no language here has files that end in .{suffix[2]}" if suffix[1] else "no language here reads such files"
        )

    def _matched(self, item: Touchpoint, held: Iterable[tuple[Candidate, Clausal]]) -> Matched:
        own = [(hit, clause) for hit, clause in held if _is_of(hit, item)]
        clauses = tuple(
            sorted({clause for _, clause in own}, key=lambda one: (-one.confidence.rank, one.path, one.line))
        )
        rise = item.confidence.rank - max((hit.confidence.rank for hit, _ in own), default=item.confidence.rank)
        changed: Literal["raised", "lowered", ""] = "raised" if rise > 0 else "lowered" if rise < 0 else ""
        return Matched(item, clauses, changed, self._by_id.get(item.seam))


def _near(view: View, asked: Asked) -> tuple[Near, ...]:
    """The best entry of each rule that nearly found something in these lines."""
    outer = view.around(asked.line)
    spans = {id(fact) for fact in (*view.spans(asked.line), outer)}
    held, near = view.hits(lambda fact: asked.line <= fact.line <= asked.end_line or id(fact) in spans, asked.kind)
    best: dict[str, Near] = {}
    for item in sorted(near, key=lambda item: _nearness(item, asked.line)):
        best.setdefault(item.clause.rule, item)
    weak: dict[str, Near] = {}
    for hit, clause in held:
        if why := view.weakness(hit, clause):
            said = Said(hit.ground, hit.name, "", (), hit.line, hit.end_line)
            weak.setdefault(hit.rule, Near(hit.kind, clause, said, (Failed("confidence", why),)))
    return (*weak.values(), *(item for rule, item in best.items() if rule not in weak))


def _facts(facts: FileFacts) -> Iterator[Fact]:
    """All facts of a file that say something by themselves."""
    yield from (item for item in facts.definitions if item.kind in _FOUND)
    for group in (facts.calls, facts.keys, facts.assignments, facts.strings, facts.imports, facts.controls):
        yield from group


def _clausal(rule: Rule, finder: Finder, hit: Candidate | None) -> Clausal:
    sure = hit.confidence if hit is not None else finder.clause.confidence or rule.confidence
    return Clausal(rule.id, rule.path, finder.clause.line, sure)


def _is_of(hit: Candidate, item: Touchpoint) -> bool:
    """Whether a touchpoint is what a hit became."""
    place = hit.kind == item.kind and (hit.line, hit.end_line) == (item.line, item.end_line)
    return place and hit.rule in item.rules and item.symbol.endswith(hit.symbol)


def _nearness(item: Near, line: int) -> tuple[int, int, int, int, str, int]:
    """Fewest failures first, of these the surest, then what stands on the line itself."""
    return (
        # What a rule finds in the lines themselves is nearer than the definition around them.
        len(item.failed) + (item.fact.line < line),
        -item.clause.confidence.rank,
        abs(item.fact.line - line),
        item.fact.end_line - item.fact.line,
        item.clause.path,
        item.clause.line,
    )


def _nearest(touchpoints: Sequence[Touchpoint], line: int) -> tuple[Touchpoint, ...]:
    """The three touchpoints before a line and the three after it, in order."""
    at = bisect_right([item.line for item in touchpoints], line)
    return tuple(touchpoints[max(at - 3, 0) : at + 3])
