"""What lies in the extent of a fact: identifiers, keys and short strings, never comments or prose."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cached_property

from scanner.facts import Definition, Fact, FileFacts, String
from scanner.nameindex import WordIndex
from scanner.words import WordPattern

_IDENTIFIER = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
#: A longer extent counts with its header: long bodies mention everything.
LONG_EXTENT = 150
#: A string of more words is prose.
PROSE_WORDS = 12


class Extents:
    """Names within extents of one file, remembered by extent."""

    def __init__(self, facts: FileFacts, index: WordIndex[str]) -> None:
        self._facts = facts
        self._index = index
        self._blanks = sorted((item.start, item.end) for item in (*facts.prose, *facts.strings))
        self._blank_starts = [start for start, _ in self._blanks]
        self._string_starts = [string.start for string in facts.strings]
        self._memo: dict[tuple[int, int, bool], frozenset[str]] = {}
        self._held: dict[tuple[int, int, bool], Set[str]] = {}

    def mentions(self, fact: Fact, pattern: WordPattern) -> bool:
        """Whether a name in the fact's extent holds the words of `pattern`."""
        key = (fact.start, fact.end, isinstance(fact, Definition))
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = self._patterns(fact)
        return pattern.source in held

    def _patterns(self, fact: Fact) -> Set[str]:
        """Sources of all patterns that a name in a fact's extent matches; the same as asking each of its `names`."""
        if isinstance(fact, Definition) and fact.kind == "class":
            return self._of_names(self.names(fact))
        blank = bisect_right(self._blank_starts, fact.start) - 1
        if blank >= 0 and fact.start < self._blanks[blank][1]:  # code inside a string is read by itself
            return self._of_names(self.names(fact))
        long = isinstance(fact, Definition) and fact.end_line - fact.line + 1 > LONG_EXTENT
        end = fact.body if long and isinstance(fact, Definition) else fact.end
        starts, sources = self._marks
        return set().union(*sources[bisect_left(starts, fact.start) : bisect_left(starts, end)])

    def _of_names(self, names: Iterable[str]) -> Set[str]:
        lookup = self._index.lookup
        return {source for name in names for source in lookup(_undotted(name))}

    @cached_property
    def _marks(self) -> tuple[list[int], list[tuple[str, ...]]]:
        """Where names that any pattern matches start, in order, and the sources of those patterns."""
        lookup = self._index.lookup
        found = [
            (start, sources)
            for start, name in self._identifiers_at(0, len(self._facts.source))
            if (sources := lookup(name))
        ]
        found += [
            (string.start, sources)
            for string in self._facts.strings
            if is_short(string) and (sources := lookup(_undotted(string.text)))
        ]
        found.sort(key=lambda mark: mark[0])
        return [start for start, _ in found], [sources for _, sources in found]

    def names(self, fact: Fact) -> frozenset[str]:
        """Identifiers and short strings that count as mentioned by a fact."""
        key = (fact.start, fact.end, isinstance(fact, Definition))
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._collect(fact)
        return found

    def _collect(self, fact: Fact) -> frozenset[str]:
        if not isinstance(fact, Definition):
            return self.between(fact.start, fact.end)
        long = fact.end_line - fact.line + 1 > LONG_EXTENT
        if fact.kind != "class":
            return self.between(fact.start, fact.body if long else fact.end)
        names = set(self.between(fact.start, fact.body))
        if long:
            return frozenset(names)
        at = _first(self._facts.definitions, fact.start)
        last = _first(self._facts.definitions, fact.end)
        names |= {item.name for item in self._facts.definitions[at:last] if item.scope == at}
        keys = self._facts.keys[_first(self._facts.keys, fact.start) : _first(self._facts.keys, fact.end)]
        names |= {key.name for key in keys if key.scope == at and key.kind == "field"}
        return frozenset(names)

    def between(self, start: int, end: int) -> frozenset[str]:
        """Identifiers and short strings between two byte offsets."""
        return frozenset({*self._identifiers(start, end), *self._strings(start, end)})

    def _identifiers(self, start: int, end: int) -> Iterable[str]:
        return {name for _, name in self._identifiers_at(start, end)}

    def _identifiers_at(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        """Identifiers between two offsets, outside strings and prose, with where they start."""
        source = self._facts.source
        at = start
        for index in range(bisect_left(self._blank_starts, start), len(self._blanks)):
            blank_start, blank_end = self._blanks[index]
            if blank_start >= end:
                break
            if blank_start >= at:
                yield from self._identifiers_in(source, at, blank_start)
                at = blank_end
        yield from self._identifiers_in(source, at, end)

    def _identifiers_in(self, source: bytes, start: int, end: int) -> Iterator[tuple[int, str]]:
        for match in _IDENTIFIER.finditer(source, start, max(start, end)):
            yield match.start(), match.group().decode("utf-8", "replace")

    def _strings(self, start: int, end: int) -> Sequence[str]:
        first = bisect_left(self._string_starts, start)
        last = bisect_left(self._string_starts, end)
        return [string.text for string in self._facts.strings[first:last] if is_short(string)]


def _undotted(name: str) -> str:
    """A string as the words it holds: a dot in it ends a word, it is no qualifier."""
    return name.replace(".", " ")


def _first(facts: Sequence[Fact], offset: int) -> int:
    """Index of the first fact that starts at an offset or after it."""
    return bisect_left(facts, offset, key=lambda fact: fact.start)


def is_short(string: String) -> bool:
    """Whether a string is a name or label rather than prose."""
    return len(string.text) <= 400 and string.text.count(" ") < PROSE_WORDS
