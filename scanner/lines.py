"""Lines of a file: as `text` atoms read them, with comments and docstrings blanked, and as people are shown them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Set
from functools import cache, cached_property
from typing import TYPE_CHECKING

from scanner.facts import Fact, FileFacts
from scanner.offsets import LINES, blanked, newlines
from scanner.secrets import mask

if TYPE_CHECKING:
    import re2

#: Part of no source; an expression that finds itself in this text tells that the filter works.
_PROBE = "qzqzqz"


class ShownLines:
    """Lines as people see them, by number from 1: trimmed, at most 200 characters, secrets masked."""

    def __init__(self, source: bytes) -> None:
        self._lines = source.split(b"\n")
        self._memo: dict[int, str] = {}

    def text(self, number: int) -> str:
        """One line; empty where there is none."""
        known = self._memo.get(number)
        if known is None:
            raw = self._lines[number - 1] if 0 < number <= len(self._lines) else b""
            known = self._memo[number] = mask(raw[:2000].decode("utf-8", "replace").strip())[:200]
        return known


class Line(Fact, frozen=True, gc=False):
    """A line that a `text` atom matched."""

    text: str


class CodeLines:
    """The lines of one file; a line that several patterns match is one fact."""

    def __init__(self, facts: FileFacts, expressions: Expressions) -> None:
        self._facts = facts
        self._source = blanked(facts.source, ((prose.start, prose.end) for prose in facts.prose), LINES)
        self._possible = expressions.possible(self._source)
        self._lines: dict[int, Line] = {}

    def matching(self, pattern: str) -> Iterator[Line]:
        """Lines in which the regular expression finds something, in order."""
        if pattern not in self._possible:
            return
        search = expression(pattern).search
        source = self._source
        at = 0
        while at < len(source) and (found := search(source, at)) is not None:
            start = source.rfind(b"\n", 0, found.start()) + 1
            end = source.find(b"\n", found.start())
            end = len(source) if end < 0 else end
            line = self._line(start, end)
            if line.text.strip():
                yield line
            at = end + 1

    def _line(self, start: int, end: int) -> Line:
        line = self._lines.get(start)
        if line is None:
            number = bisect_left(self._newlines, start) + 1
            edges, owners = self._scopes
            at = bisect_right(edges, start) - 1
            scope = owners[at] if at >= 0 else -1
            text = self._source[start:end].decode("utf-8", "replace")
            line = self._lines[start] = Line(start, end, number, number, scope, text)
        return line

    @cached_property
    def _newlines(self) -> list[int]:
        return newlines(self._source)

    @cached_property
    def _scopes(self) -> tuple[list[int], list[int]]:
        return _scope_edges(self._facts)


class Expressions:
    """Regular expressions of `text` atoms, with the literals that each must find to find anything."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._sources = list(dict.fromkeys(sources))

    def possible(self, source: bytes) -> Set[str]:
        """Expressions that may find something in a file; all others find nothing."""
        found = self._filter.Match(source, True) if self._filter is not None else range(len(self._sources))
        return {self._sources[number] for number in found or ()}

    @cached_property
    def _filter(self) -> re2.Filter | None:
        """One pass over a file for the literals of all expressions; None where that cannot be had."""
        import re2

        if not self._sources:
            return None
        literals = re2.Filter()
        for source in self._sources:
            literals.Add(f"(?m){source}", _options())
        probe = literals.Add(_PROBE, _options())
        literals.Compile()
        # A filter that is too large for its automaton finds nothing at all, without a word.
        return literals if probe in (literals.Match(_PROBE, True) or ()) else None


def _options() -> re2.Options:
    """Linear time, line by line: `^` and `$` are the ends of a line, and nothing spans two."""
    import re2

    options = re2.Options()
    options.never_nl = True
    options.never_capture = True
    return options


@cache
def expression(source: str) -> re2._Regexp[str]:
    """An expression as `text` atoms read it."""
    import re2

    return re2.compile(f"(?m){source}", _options())


def _scope_edges(facts: FileFacts) -> tuple[list[int], list[int]]:
    """Where the innermost definition changes, and to which one."""
    edges: list[int] = []
    owners: list[int] = []
    stack: list[int] = []

    def close_until(offset: int) -> None:
        while stack and facts.definitions[stack[-1]].end <= offset:
            edges.append(facts.definitions[stack.pop()].end)
            owners.append(stack[-1] if stack else -1)

    for index, definition in enumerate(facts.definitions):
        close_until(definition.start)
        stack.append(index)
        edges.append(definition.start)
        owners.append(index)
    close_until(len(facts.source) + 1)
    return edges, owners
