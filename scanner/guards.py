"""Code that runs only on one outcome of a gate, and how it is looked up."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

import msgspec

from scanner.touchpoints import Touchpoint


class Guard(msgspec.Struct, frozen=True, gc=False):
    """Code of a file that runs only on one outcome of a gate."""

    start: int
    end: int
    gate: Touchpoint
    #: Whether a person can be asked there.
    asks: bool
    #: Whether the gate stands in a block that need not be entered.
    conditional: bool = False


class Spans:
    """Extents that do not overlap."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        """Unite extents that may overlap, given in order of start."""
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in spans:
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            elif start < end:
                self._starts.append(start)
                self._ends.append(end)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __contains__(self, offset: int) -> bool:
        at = bisect_right(self._starts, offset) - 1
        return at >= 0 and offset < self._ends[at]


class Guards:
    """The guards of one file."""

    def __init__(self, guards: Iterable[Guard]) -> None:
        self._guards = sorted(guards, key=lambda guard: (guard.start, guard.end))
        self._starts = [guard.start for guard in self._guards]

    def __bool__(self) -> bool:
        return bool(self._guards)

    def with_more(self, guards: Iterable[Guard]) -> Guards:
        """The same with more of them."""
        return Guards([*self._guards, *guards])

    def spans(self, chosen: Callable[[Guard], bool]) -> Spans:
        """The code behind some of them."""
        return Spans((guard.start, guard.end) for guard in self._guards if chosen(guard))

    def within(self, start: int, end: int) -> Sequence[Guard]:
        """Those that begin and end in an extent."""
        some = self._guards[bisect_left(self._starts, start) : bisect_right(self._starts, end)]
        return [guard for guard in some if guard.end <= end]

    def around(self, offset: int, least: int) -> Sequence[Guard]:
        """Those before an offset that begin at another one or after it."""
        some = self._guards[bisect_left(self._starts, least) : bisect_right(self._starts, offset)]
        return [guard for guard in some if offset < guard.end]


def innermost(spans: Iterable[tuple[int, int]], offsets: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The innermost of some nested extents around offsets: offset → (start, end) for those that stand in one.

    Args:
        spans: byte extents of which no two cross, ends excluded.
        offsets: in order.
    """
    ordered = sorted(set(spans), key=lambda span: (span[0], -span[1]))
    found: dict[int, tuple[int, int]] = {}
    open_: list[tuple[int, int]] = []
    position = 0
    for offset in offsets:
        while position < len(ordered) and ordered[position][0] <= offset:
            open_.append(ordered[position])
            position += 1
        while open_ and open_[-1][1] <= offset:
            open_.pop()
        if open_:
            found[offset] = open_[-1]
    return found
