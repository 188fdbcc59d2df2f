"""Tables from names to the patterns that match them, so that a name costs the same whatever the number of rules."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain
from operator import or_
from typing import Generic, TypeVar

from scanner.memory import Memory
from scanner.words import Alternatives, Gap, WordPattern, split

Payload = TypeVar("Payload", bound=Hashable)
#: Words one after the other.
_Run = tuple[str, ...]
#: The ends of a name: no words have such signs.
_START, _END = "^", "$"
#: Runs of one stretch that are written out, and stretches by which a pattern is ruled out.
_MOST_RUNS = 2000
_TELLING_STRETCHES = 3


class _Steps:
    """A word pattern whose alternatives are found by their first word; says the same as `WordPattern.matches`."""

    def __init__(self, pattern: WordPattern) -> None:
        #: Runs by first word; None for a gap.
        self.steps = [_by_first(part) if isinstance(part, Alternatives) else None for part in pattern.parts]
        self._starts, self._ends = pattern.starts, pattern.ends

    def match(self, words: tuple[str, ...]) -> bool:
        count = len(words)
        positions: Iterable[int] = (0,) if self._starts else range(count + 1)
        for step in self.steps:
            if step is None:
                positions = range(min(positions), count + 1)
                continue
            reached = []
            for at in positions:
                for run in step.get(words[at], ()) if at < count else ():
                    if len(run) == 1 or words[at : at + len(run)] == run:
                        reached.append(at + len(run))  # noqa: PERF401  # three nested loops read better than one line
            if not reached:
                return False
            positions = reached
        return not self._ends or count in positions


def _by_first(part: Alternatives) -> dict[str, list[tuple[str, ...]]]:
    runs: dict[str, list[tuple[str, ...]]] = {}
    for run in part.runs:
        runs.setdefault(run[0], []).append(run)
    return runs


class _Table:
    """Word patterns by the runs of words that they find, so that a name is asked for its own runs and for no others.

    A pattern without a gap is the list of its runs, written out: a name that holds one of them matches. Where a pattern
    has gaps, a name must hold a run of each stretch between them, and in order; few names that hold all lack the order.
    """

    def __init__(self, patterns: Sequence[WordPattern]) -> None:
        #: Numbers of the patterns that match a name which holds a run.
        self.certain: dict[_Run, list[int]] = {}
        #: Of the patterns that must be matched after all: numbers, and bits by a run of each stretch that tells.
        self._unsure: list[tuple[int, _Steps]] = []
        self._telling: list[dict[_Run, int]] = [{} for _ in range(_TELLING_STRETCHES)]
        #: Bits of the patterns that have no such stretch.
        self._short = [0] * _TELLING_STRETCHES
        for number, pattern in enumerate(patterns):
            stretches, is_certain = _stretches(pattern)
            if is_certain and len(stretches) == 1:
                for run in stretches[0]:
                    self.certain.setdefault(run, []).append(number)
            else:
                self._add_unsure(number, pattern, stretches)
        #: How many words the runs have that begin with a word; words of which a name holds one if it matches anything.
        self._lengths: dict[str, tuple[int, ...]] = {}
        for run in chain(self.certain, *self._telling):
            known = self._lengths.get(run[0], ())
            if len(run) not in known:
                self._lengths[run[0]] = (*known, len(run))
        parts = [part for pattern in patterns for part in pattern.parts if isinstance(part, Alternatives)]
        self._words = {word for part in parts for run in part.runs for word in run}

    def _add_unsure(self, number: int, pattern: WordPattern, stretches: list[list[_Run]]) -> None:
        bit = 1 << len(self._unsure)
        self._unsure.append((number, _Steps(pattern)))
        for table, stretch in zip(self._telling, stretches, strict=False):
            for run in stretch:
                table[run] = table.get(run, 0) | bit
        for at in range(len(stretches), _TELLING_STRETCHES):
            self._short[at] |= bit

    def runs_of(self, words: tuple[str, ...]) -> list[_Run]:
        """The runs of words in a name that may be those of a pattern; none only where no pattern matches."""
        if self._words.isdisjoint(words):
            return []
        framed = (_START, *words, _END)
        lengths = self._lengths
        return [framed[at : at + length] for at, word in enumerate(framed) for length in lengths.get(word, ())]

    def unsure(self, words: tuple[str, ...], runs: list[_Run]) -> list[int]:
        """Numbers of the patterns that match a name and that no single run is enough for."""
        left = -1
        for table, held in zip(self._telling, self._short, strict=True):
            left &= reduce(or_, [table[run] for run in runs if run in table], held)
            if not left:
                return []
        asked = [self._unsure[bit.bit_length() - 1] for bit in _bits(left)]
        return [number for number, steps in asked if steps.match(words)]


def _stretches(pattern: WordPattern) -> tuple[list[list[_Run]], bool]:
    """The runs of each stretch between the gaps of a pattern, and whether they are all that the pattern asks of them.

    The ends of a name count as words; where there are too many runs, they are cut after some of their words.
    """
    parts: list[Alternatives | Gap] = list(pattern.parts)
    if pattern.starts:
        parts.insert(0, Alternatives(((_START,),)))
    if pattern.ends:
        parts.append(Alternatives(((_END,),)))
    stretches: list[list[_Run]] = []
    certain, is_open = True, False
    for part in parts:
        if isinstance(part, Gap):
            is_open = False
        elif not is_open:
            stretches.append(list(part.runs))
            is_open = True
        elif len(stretches[-1]) * len(part.runs) <= _MOST_RUNS and certain:
            stretches[-1] = [before + run for before in stretches[-1] for run in part.runs]
        else:
            certain = False
    return stretches, certain


class PatternBits:
    """Which of some word patterns a name matches, as one number with a bit for each pattern."""

    def __init__(self, patterns: Iterable[WordPattern]) -> None:
        distinct = {pattern.source: pattern for pattern in patterns}
        self._table = _Table(list(distinct.values()))
        self._certain = {run: sum(1 << number for number in set(found)) for run, found in self._table.certain.items()}
        self._bits = {source: 1 << number for number, source in enumerate(distinct)}
        #: Of a name, of which all segments count, and of a name as a source has it.
        self.of_name: Callable[[str], int] = Memory(self._find).__getitem__
        self.of_bytes: Callable[[bytes], int] = Memory(self._find_bytes).__getitem__

    def all_of(self, patterns: Iterable[WordPattern]) -> int:
        """The bits of some of the patterns: all of them are set where a place holds them all."""
        return sum(self._bits[source] for source in {pattern.source for pattern in patterns})

    def _find(self, name: str) -> int:
        words = split(name)
        runs = self._table.runs_of(words)
        if not runs:
            return 0
        certain = self._certain
        found = reduce(or_, [certain[run] for run in runs if run in certain], 0)
        for number in self._table.unsure(words, runs):
            found |= 1 << number
        return found

    def _find_bytes(self, name: bytes) -> int:
        return self._find(name.decode("utf-8", "replace"))


def _bits(number: int) -> Iterator[int]:
    """The single bits of a number, lowest first."""
    while number:
        bit = number & -number
        yield bit
        number ^= bit


class WordIndex(Generic[Payload]):
    """Word patterns with payloads; `lookup` remembers what it found for a name."""

    def __init__(self, entries: Iterable[tuple[WordPattern, Payload]]) -> None:
        given = list(entries)
        self._payloads = [payload for _, payload in given]
        self._table = _Table([pattern for pattern, _ in given])
        self._certain = {
            run: tuple({self._payloads[number] for number in found}) for run, found in self._table.certain.items()
        }
        #: Payloads of all patterns that match the last segment of a dotted name, each once, in no order.
        self.lookup: Callable[[str], tuple[Payload, ...]] = Memory(self._find).__getitem__

    def _find(self, name: str) -> tuple[Payload, ...]:
        words = split(name.rpartition(".")[2])
        runs = self._table.runs_of(words)
        if not runs:
            return ()
        certain = self._certain
        found = set().union(*[certain[run] for run in runs if run in certain])
        found.update([self._payloads[number] for number in self._table.unsure(words, runs)])
        return tuple(found)


class QualifiedIndex(Generic[Payload]):
    """Qualified names with payloads: `*` is one segment, `**` any number."""

    def __init__(self, entries: Iterable[tuple[tuple[str, ...], Payload]]) -> None:
        self._exact: dict[str, list[Payload]] = {}
        self._by_last: dict[str, list[tuple[tuple[str, ...], Payload]]] = {}
        self._found = Memory(self._find)
        for segments, payload in entries:
            if "*" in segments or "**" in segments:
                self._by_last.setdefault(segments[-1], []).append((segments, payload))
            else:
                self._exact.setdefault(".".join(segments), []).append(payload)

    def lookup(self, name: str, resolved: bool) -> tuple[Payload, ...]:
        """Payloads of all patterns equal to `name`.

        A name of which nothing is known (`resolved` false) can only equal a builtin (no dot) or a pattern that leads
        with `**`: the variable `requests` need not be the library.
        """
        return self._found[name, resolved]

    def _find(self, asked: tuple[str, bool]) -> tuple[Payload, ...]:
        name, resolved = asked
        exact = self._exact.get(name, []) if resolved or "." not in name else []
        segments = tuple(name.split("."))
        loose = [
            payload
            for last in (segments[-1], "*", "**")
            for pattern, payload in self._by_last.get(last, ())
            if (resolved or pattern[0] == "**") and segments_match(pattern, segments)
        ]
        return (*exact, *loose)


def segments_match(pattern: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    """Whether a qualified pattern equals a qualified name as a whole."""
    positions = {0}
    for part in pattern:
        if part == "**":
            positions = set(range(min(positions), len(segments) + 1))
        else:
            positions = {at + 1 for at in positions if at < len(segments) and part in ("*", segments[at])}
        if not positions:
            return False
    return len(segments) in positions
