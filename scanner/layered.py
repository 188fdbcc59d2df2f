"""Boxes in columns: which lies over which, so that few arrows cross, and how far down each lies (after Sugiyama).

Every step is linear in boxes and lanes, but for sorting; nothing recurses, and nothing depends on chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec

#: Rounds of ordering columns by their neighbours, there and back; more change little.
_SWEEPS: Final = 6
#: Rounds of moving boxes towards their neighbours.
_MOVES: Final = 3
#: So many pixels from the highest box that it leads to a box may lie.
_NEAR: Final = 160
#: What an arrow takes up in a column that it passes.
_LANE: Final = 6


class Arranged(msgspec.Struct, frozen=True):
    """Where boxes lie."""

    #: Of each box the middle, downwards, in pixels; the highest box begins at 0.
    middles: tuple[int, ...]
    #: Of each arrow the heights at which it passes the columns between its ends, from left to right.
    lanes: tuple[tuple[int, ...], ...]
    #: Where the lowest box ends.
    height: int


def columns_of(count: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    """The column of each box, from 0 on: behind all that lead to it, arrows that close a circle aside.

    Args:
        count: of boxes.
        arrows: between them, by number.
    """
    following: list[list[int]] = [[] for _ in range(count)]
    led_to = [False] * count
    for source, target in arrows:
        if source != target:
            following[source].append(target)
            led_to[target] = True
    finished: list[int] = []
    state = [0] * count  # 1 while a walk is inside, 2 behind it
    forward: list[list[int]] = [[] for _ in range(count)]
    for first in (*(box for box in range(count) if not led_to[box]), *range(count)):
        if state[first]:
            continue
        state[first] = 1
        trail = [(first, iter(following[first]))]
        while trail:
            box, rest = trail[-1]
            target = next(rest, -1)
            if target < 0:
                state[box] = 2
                finished.append(box)
                trail.pop()
            elif state[target] != 1:
                forward[box].append(target)
                if not state[target]:
                    state[target] = 1
                    trail.append((target, iter(following[target])))
    column = [0] * count
    for box in reversed(finished):
        for target in forward[box]:
            column[target] = max(column[target], column[box] + 1)
    return column


def arranged(
    columns: Sequence[int], heights: Sequence[int], arrows: Sequence[tuple[int, int]], gap: int, wide_gap: int
) -> Arranged:
    """Lay boxes out.

    Args:
        columns: of each box its column.
        heights: of each box, in pixels, even numbers.
        arrows: from a box to one of a later column.
        gap: between two boxes to which arrows lead from the same one.
        wide_gap: between all other two.
    """
    if not columns:
        return Arranged((), (), 0)
    return _Arranging(columns, heights, arrows, gap, wide_gap).result()


class _Arranging:
    """Boxes, and lanes: what stands for an arrow in a column that it passes."""

    def __init__(
        self, columns: Sequence[int], heights: Sequence[int], arrows: Sequence[tuple[int, int]], gap: int, wide_gap: int
    ) -> None:
        self._boxes = len(columns)
        self._column = list(columns)
        self._height = list(heights)
        self._gaps = gap, wide_gap
        self._before: list[list[int]] = [[] for _ in columns]
        self._after: list[list[int]] = [[] for _ in columns]
        #: Of each lane the box from which its arrow comes, of a box itself.
        self._origin = list(range(len(columns)))
        self._lanes = [self._chained(source, target) for source, target in arrows]
        self._rows = self._first_rows()

    def _chained(self, source: int, target: int) -> list[int]:
        """The lanes of an arrow."""
        made = []
        for column in range(self._column[source] + 1, self._column[target]):
            made.append(len(self._column))
            self._column.append(column)
            self._height.append(_LANE)
            self._origin.append(source)
            self._before.append([])
            self._after.append([])
        for one, other in pairwise((source, *made, target)):
            self._after[one].append(other)
            self._before[other].append(one)
        return made

    def _first_rows(self) -> list[list[int]]:
        """Columns in the order of a walk from the left: where nothing but trees grows, no two arrows cross."""
        rows: list[list[int]] = [[] for _ in range(max(self._column) + 1)]
        seen = [False] * len(self._column)
        for first in sorted(range(len(self._column)), key=lambda item: (self._column[item], item)):
            todo = [first]
            while todo:
                item = todo.pop()
                if not seen[item]:
                    seen[item] = True
                    rows[self._column[item]].append(item)
                    todo.extend(reversed(self._after[item]))
        return rows

    def result(self) -> Arranged:
        """The best order that was seen, with heights."""
        best, fewest = [list(row) for row in self._rows], self._crossings()
        for sweep in range(_SWEEPS):
            if not fewest:
                break
            self._sweep(to_right=sweep % 2 == 0)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(row) for row in self._rows], crossings
        # Either way up as few arrows cross; those boxes belong on top that come first.
        falls = sum(at * item for row in best for at, item in enumerate(row) if item < self._boxes)
        rises = sum(at * item for row in best for at, item in enumerate(reversed(row)) if item < self._boxes)
        self._rows = [row[::-1] for row in best] if rises > falls else best
        middles = self._middles()
        top = min(middle - self._height[item] // 2 for item, middle in enumerate(middles))
        middles = [middle - top for middle in middles]
        return Arranged(
            tuple(middles[: self._boxes]),
            tuple(tuple(middles[item] for item in lanes) for lanes in self._lanes),
            max(middle + self._height[item] // 2 for item, middle in enumerate(middles)),
        )

    def _sweep(self, to_right: bool) -> None:
        """Order each column by where the neighbours on one side lie on average; who has none keeps its place."""
        neighbours = self._before if to_right else self._after
        rows = self._rows if to_right else self._rows[::-1]
        for fixed, row in pairwise(rows):
            place = {item: at for at, item in enumerate(fixed)}
            free = sorted((item for item in row if neighbours[item]), key=lambda item: _mean(neighbours[item], place))
            ordered = iter(free)
            row[:] = [next(ordered) if neighbours[item] else item for item in row]

    def _crossings(self) -> int:
        """How many pairs of arrows cross between two columns."""
        return sum(
            _inversions(self._targets(row, following), len(following)) for row, following in pairwise(self._rows)
        )

    def _targets(self, row: Sequence[int], following: Sequence[int]) -> Iterable[int]:
        place = {item: at for at, item in enumerate(following)}
        for item in row:
            yield from sorted(place[target] for target in self._after[item])

    def _middles(self) -> list[int]:
        """The tallest column is stacked up; the others move towards their neighbours, to its left and its right."""
        middles = [0] * len(self._column)
        tallest = max(range(len(self._rows)), key=lambda at: (self._offsets(self._rows[at])[-1:], at))
        self._place(self._rows[tallest], [0.0] * len(self._rows[tallest]), middles)
        for row in reversed(self._rows[:tallest]):
            self._move(row, self._after, middles)
        for row in self._rows[tallest + 1 :]:
            self._move(row, self._before, middles)
        for _ in range(_MOVES):
            for at, row in enumerate(self._rows):
                if at != tallest:
                    self._place(row, [self._wish(item, middles) for item in row], middles)
        return middles

    def _move(self, row: Sequence[int], near: Sequence[Sequence[int]], middles: list[int]) -> None:
        """Put a column beside one that has its place; who has no neighbour there follows the one before it."""
        last = next((_mean(near[item], middles) for item in row if near[item]), 0.0)
        wishes = []
        for item in row:
            last = _mean(near[item], middles) if near[item] else last
            wishes.append(last)
        self._place(row, wishes, middles)

    def _wish(self, item: int, middles: Sequence[int]) -> float:
        """Where an item would lie by itself: amid what follows it, but never far from the top of that.

        Else who reads a tall drawing from the top would not see where its arrows come from.
        """
        some = self._after[item] or self._before[item]
        if not some:
            return float(middles[item])
        return min(_mean(some, middles), min(middles[each] for each in some) + _NEAR)

    def _offsets(self, row: Sequence[int]) -> list[int]:
        """How far each item of a column lies below the first, at least."""
        found = [0] * len(row)
        for at, (over, under) in enumerate(pairwise(row), 1):
            of_boxes = over < self._boxes and under < self._boxes
            sources = [{self._origin[each] for each in self._before[item]} for item in (over, under)]
            gap = self._gaps[0] if not of_boxes or sources[0] & sources[1] else self._gaps[1]
            found[at] = found[at - 1] + (self._height[over] + self._height[under]) // 2 + gap
        return found

    def _place(self, row: Sequence[int], wishes: Sequence[float], middles: list[int]) -> None:
        """Put a column where its items wish, as near as their order and size allow (least squares)."""
        offsets = self._offsets(row)
        pools: list[tuple[float, int]] = []
        for wish, offset in zip(wishes, offsets, strict=True):
            total, count = wish - offset, 1
            # Who would overlap the one above shares the mean of both wishes with it.
            while pools and pools[-1][0] * count >= total * pools[-1][1]:
                above, some = pools.pop()
                total, count = total + above, count + some
            pools.append((total, count))
        at = 0
        for total, count in pools:
            start = int(total // count)
            for place in range(at, at + count):
                middles[row[place]] = start + offsets[place]
            at += count


def _mean(items: Sequence[int], values: Mapping[int, int] | Sequence[int]) -> float:
    return sum(values[item] for item in items) / len(items)


def _inversions(numbers: Iterable[int], size: int) -> int:
    """Pairs of numbers below a size of which the greater comes first (by a tree of counts)."""
    counts = [0] * (size + 1)
    found = 0
    for seen, number in enumerate(numbers):
        at, not_greater = number + 1, 0
        while at:
            not_greater += counts[at]
            at -= at & -at
        found += seen - not_greater
        at = number + 1
        while at <= size:
            counts[at] += 1
            at += at & -at
    return found
