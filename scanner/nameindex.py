"""Tables from names to the patterns that match them, so that a name costs the same whatever the number of rules."""

from __future__ import annotations

from collections.abc import Iterable, Set
from itertools import pairwise
from typing import Generic, TypeVar

from scanner.words import Alternatives, WordPattern, split

Payload = TypeVar("Payload")
#: Number of the payload, first words of all parts but the rarest (one of each must be there), matcher, payload.
#: The matcher is None where the words that led here are all that the pattern asks for.
_Entry = tuple[int, tuple[Set[str], ...], "_Steps | None", Payload]
#: Names that an index remembers; a repository can have millions of them.
_MEMO_LIMIT = 100_000


class _Steps:
    """A word pattern whose alternatives are found by their first word; says the same as `WordPattern.matches`."""

    def __init__(self, pattern: WordPattern) -> None:
        #: Runs by first word; None for a gap.
        self.steps = [_by_first(part) if isinstance(part, Alternatives) else None for part in pattern.parts]
        self._starts, self._ends = pattern.starts, pattern.ends

    @property
    def is_one_run(self) -> bool:
        """Whether a name matches if only it holds one of the runs."""
        return len(self.steps) == 1 and not self._starts and not self._ends

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


class WordIndex(Generic[Payload]):
    """Word patterns with payloads; `lookup` remembers what it found for a name."""

    def __init__(self, entries: Iterable[tuple[WordPattern, Payload]]) -> None:
        #: Entries by the only word of a run, or by its first two.
        self._by_word: dict[str, list[_Entry[Payload]]] = {}
        self._by_pair: dict[tuple[str, str], list[_Entry[Payload]]] = {}
        self._memo: dict[str, tuple[Payload, ...]] = {}
        numbers: dict[int, int] = {}
        for pattern, payload in entries:
            number = numbers.setdefault(id(payload), len(numbers))
            steps = _Steps(pattern)
            rarest, *others = sorted((step for step in steps.steps if step is not None), key=len)
            asked = tuple(step.keys() for step in others)
            for run in {run for runs in rarest.values() for run in runs}:
                matcher = None if steps.is_one_run and len(run) <= 2 else steps
                entry = (number, asked, matcher, payload)
                if len(run) == 1:
                    self._by_word.setdefault(run[0], []).append(entry)
                else:
                    self._by_pair.setdefault((run[0], run[1]), []).append(entry)

    def lookup(self, name: str) -> tuple[Payload, ...]:
        """Payloads of all patterns that match the last segment of a dotted name, in the order in which they came."""
        found = self._memo.get(name)
        if found is None:
            if len(self._memo) > _MEMO_LIMIT:
                self._memo.clear()
            found = self._memo[name] = self._find(name)
        return found

    def _find(self, name: str) -> tuple[Payload, ...]:
        words = split(name.rpartition(".")[2])
        present = set(words)
        seen: dict[int, Payload] = {}
        led = [entries for word in present if (entries := self._by_word.get(word))]
        led += [entries for pair in set(pairwise(words)) if (entries := self._by_pair.get(pair))]
        for entries in led:
            for number, others, steps, payload in entries:
                if number in seen or (others and any(map(present.isdisjoint, others))):
                    continue
                if steps is None or steps.match(words):
                    seen[number] = payload
        return tuple(seen[number] for number in sorted(seen)) if seen else ()


class QualifiedIndex(Generic[Payload]):
    """Qualified names with payloads: `*` is one segment, `**` any number."""

    def __init__(self, entries: Iterable[tuple[tuple[str, ...], Payload]]) -> None:
        self._exact: dict[str, list[Payload]] = {}
        self._by_last: dict[str, list[tuple[tuple[str, ...], Payload]]] = {}
        self._memo: dict[tuple[str, bool], tuple[Payload, ...]] = {}
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
        found = self._memo.get((name, resolved))
        if found is None:
            if len(self._memo) > _MEMO_LIMIT:
                self._memo.clear()
            found = self._memo[(name, resolved)] = self._find(name, resolved)
        return found

    def _find(self, name: str, resolved: bool) -> tuple[Payload, ...]:
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
