"""What lies in the extent of a fact: identifiers, keys and short strings, never comments or prose."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from itertools import accumulate, compress
from operator import or_

from scanner.facts import Definition, Fact, FileFacts, String
from scanner.nameindex import PatternBits
from scanner.offsets import blanked

_IDENTIFIER = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_IDENTIFIER_OR_NOT = re.compile(rb"(%s)" % _IDENTIFIER.pattern)
#: A longer extent counts with its header: long bodies mention everything.
LONG_EXTENT = 150
#: A string of more words is prose.
PROSE_WORDS = 12


class Extents:
    """Names within extents of one file, remembered by extent."""

    def __init__(self, facts: FileFacts, patterns: PatternBits) -> None:
        self._facts = facts
        self._patterns = patterns
        self._blanks = sorted((item.start, item.end) for item in (*facts.prose, *facts.strings))
        self._blank_starts = [start for start, _ in self._blanks]
        self._string_starts = [string.start for string in facts.strings]
        self._between: dict[tuple[int, int], frozenset[str]] = {}
        self._held: dict[tuple[int, int, bool], int] = {}

    def held(self, fact: Fact) -> int:
        """Bits of the patterns that a name in the fact's extent holds the words of."""
        key = (fact.start, fact.end, isinstance(fact, Definition))
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = self._bits(fact)
        return held

    def _bits(self, fact: Fact) -> int:
        """The same as asking each of the fact's `names`."""
        if isinstance(fact, Definition) and fact.kind == "class":
            return self._of_names(self.names(fact))
        blank = bisect_right(self._blank_starts, fact.start) - 1
        if blank >= 0 and fact.start < self._blanks[blank][1]:  # code inside a string is read by itself
            return self._of_names(self.names(fact))
        long = isinstance(fact, Definition) and fact.end_line - fact.line + 1 > LONG_EXTENT
        end = fact.body if long and isinstance(fact, Definition) else fact.end
        starts, held = self._marks
        return reduce(or_, held[bisect_left(starts, fact.start) : bisect_left(starts, end)], 0)

    def _of_names(self, names: Iterable[str]) -> int:
        return reduce(or_, map(self._patterns.of_name, names), 0)

    @cached_property
    def _marks(self) -> tuple[list[int], list[int]]:
        """Where names that any pattern matches start, in order, and the bits of those patterns."""
        words = _IDENTIFIER_OR_NOT.split(blanked(self._facts.source, self._blanks))
        # Names and what lies between them alternate, so each starts where all before it end.
        starts = list(accumulate(map(len, words)))[::2]
        bits = list(map(self._patterns.of_bytes, words[1::2]))
        marks = list(zip(compress(starts, bits), filter(None, bits), strict=True))
        short = [string for string in self._facts.strings if is_short(string)]
        held = list(map(self._patterns.of_name, [string.text for string in short]))
        marks += zip(compress([string.start for string in short], held), filter(None, held), strict=True)
        marks.sort()
        return [start for start, _ in marks], [held for _, held in marks]

    def names(self, fact: Fact) -> frozenset[str]:
        """Identifiers and short strings that count as mentioned by a fact."""
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
        found = self._between.get((start, end))
        if found is None:
            found = self._between[start, end] = self._identifiers(start, end).union(self._strings(start, end))
        return found

    def _identifiers(self, start: int, end: int) -> frozenset[str]:
        """Identifiers between two offsets, outside strings and prose."""
        source = self._facts.source
        found: set[bytes] = set()
        at = start
        for index in range(bisect_left(self._blank_starts, start), len(self._blanks)):
            blank_start, blank_end = self._blanks[index]
            if blank_start >= end:
                break
            if blank_start >= at:
                found.update(_IDENTIFIER.findall(source, at, blank_start))
                at = blank_end
        found.update(_IDENTIFIER.findall(source, at, max(at, end)))
        return frozenset([name.decode("utf-8", "replace") for name in found])

    def _strings(self, start: int, end: int) -> Sequence[str]:
        first = bisect_left(self._string_starts, start)
        last = bisect_left(self._string_starts, end)
        return [string.text for string in self._facts.strings[first:last] if is_short(string)]


def _first(facts: Sequence[Fact], offset: int) -> int:
    """Index of the first fact that starts at an offset or after it."""
    return bisect_left(facts, offset, key=lambda fact: fact.start)


def is_short(string: String) -> bool:
    """Whether a string is a name or label rather than prose."""
    return len(string.text) <= 400 and string.text.count(" ") < PROSE_WORDS
