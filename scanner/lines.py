"""Lines of a file: as `text` atoms read them, with comments and docstrings blanked, and as people are shown them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from scanner.candidates import Candidate, Run
from scanner.facts import Fact, FileFacts
from scanner.offsets import LINES, blanked, newlines
from scanner.secrets import mask, mask_lines

if TYPE_CHECKING:
    import re2

#: Part of no source; an expression that finds itself in this text tells that the filter works.
_PROBE = "qzqzqz"
#: Of a line nobody is shown more; so many of its bytes are looked at, since secrets are masked before it is cut.
_WIDEST: Final = 200
_MOST_BYTES: Final = 2000
#: How many lines before a place are shown with it, how many after its first line, and how many after its last.
_BEFORE, _AFTER, _BEYOND = 2, 6, 2
#: So many lines of one file are kept to be shown; one of code written by hand has fewer around its places.
_MOST_LINES: Final = 3000


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
            known = self._memo[number] = mask(_decoded(raw).strip())[:_WIDEST]
        return known


def window(line: int, end_line: int) -> tuple[int, int]:
    """The first and last line that are shown of a place, some of which the file may not have."""
    return max(line - _BEFORE, 1), min(line + _AFTER, max(line, end_line) + _BEYOND)


def runs_around(source: bytes, candidates: Iterable[Candidate]) -> tuple[Run, ...]:
    """The lines around candidates as they are written, each at most 200 characters, secrets masked.

    Args:
        source: of the file; after the most lines that are kept of one, it may as well end.
        candidates: of the file, in any order.
    """
    windows = sorted({window(each.line, each.end_line) for each in candidates})
    if not windows:
        return ()
    lines = source.split(b"\n")
    if not lines[-1]:  # a newline ends a line, and begins none
        lines.pop()
    runs: list[Run] = []
    left = _MOST_LINES
    for first, last in _joined(windows):
        shown = _as_written(lines, first, min(last, first - 1 + left))
        if shown:
            runs.append(Run(first, "\n".join(shown)))
            left -= len(shown)
    return tuple(runs)


def _joined(windows: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Windows, in order, of which those that overlap or touch are one."""
    first, last = windows[0]
    for begin, end in windows:
        if begin > last + 1:
            yield first, last
            first, last = begin, end
        last = max(last, end)
    yield first, last


def _as_written(lines: Sequence[bytes], first: int, last: int) -> list[str]:
    """Lines by their numbers; the one before and the one after tell whether a private key begins or ends there."""
    begin = max(first - 2, 0)
    masked = mask_lines([_decoded(raw).rstrip("\r") for raw in lines[begin : last + 1]])
    return [line[:_WIDEST] for line in masked[first - 1 - begin : last - begin]]


def _decoded(raw: bytes) -> str:
    return raw[:_MOST_BYTES].decode("utf-8", "replace")


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
