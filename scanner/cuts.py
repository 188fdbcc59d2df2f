"""The fewest nodes of a graph through which all ways from sources to sinks lead, and what each of them holds.

That is a minimum vertex cut, not a list of dominators: a dominator is one node that everything passes, and where
there are two doors there is none. Of all cuts of the least size it is the one nearest to the sinks, which is the most
specific place to change. It comes from as many disjoint paths as can be laid from sources to sinks (Menger), laid in
rounds of equally long ones (Dinic), over the nodes that lie between sources and sinks only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from functools import reduce
from itertools import accumulate, chain, pairwise
from math import ceil
from operator import or_

import msgspec

from scanner.paths import (
    ROOT,
    UNREACHED,
    Successors,
    dominators,
    marks_reached,
    reachable,
    reversed_graph,
    shortest_path,
)

#: Instead of a node's follower on its path: no path uses the node, and the path ends here.
_UNUSED, _END = -1, -2


class NoCut(Exception):
    """No set of nodes that may be removed separates sources from sinks; `path` is a way that nothing may block."""

    def __init__(self, path: tuple[int, ...]) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"nothing on the path {' -> '.join(map(str, self.path))} may be removed"


class Step(msgspec.Struct, frozen=True):
    """One more node is removed."""

    member: int
    #: Sinks that this cuts off, of those that the steps before left reachable; lowest first.
    sinks: tuple[int, ...]


class Cover(msgspec.Struct, frozen=True):
    """What the members of a cut hold, one after the other."""

    steps: tuple[Step, ...]
    #: Sinks still reached when all members are gone; none if the members are a cut. Lowest first.
    bypassing: tuple[int, ...]

    def needed(self, share: float) -> int | None:
        """How many of the first steps it takes to hold a share of the sinks that the sources reach.

        Args:
            share: From 0 to 1.

        Returns:
            The number of steps, or None if too many sinks bypass all members.
        """
        total = sum(len(step.sinks) for step in self.steps) + len(self.bypassing)
        wanted = ceil(round(share * total, 6))  # 0.07 of 100 is 7, not 7.000000000000001
        held = accumulate((len(step.sinks) for step in self.steps), initial=0)
        return next((count for count, sinks in enumerate(held) if sinks >= wanted), None)


def minimum_cut(
    successors: Successors, sources: Set[int], sinks: Set[int], fixed: Set[int] = frozenset()
) -> tuple[int, ...]:
    """The smallest set of nodes without which no path leads from a source to a sink.

    A sink may be in the cut, and one that is also a source must be. Other sources never are. Of all smallest sets it is
    the last one: from every other one, each path to a sink passes it.

    Args:
        successors: The graph.
        sources: Where paths begin.
        sinks: Where paths end.
        fixed: Nodes that may not be in the cut.

    Returns:
        The nodes of the cut, lowest first; none if no sink is reached.

    Raises:
        NoCut: Some path has nothing but sources and fixed nodes on it, its sink included; never if no sink is fixed.
    """
    removable = set(range(len(successors))).difference(fixed, sources) | (sources & sinks) - fixed
    if open_path := shortest_path(successors, sources, fixed & sinks, without=removable):
        raise NoCut(open_path)
    into = reversed_graph(successors)
    origins, targets = sources - sinks, sinks - sources
    onward = reachable(successors, origins, without=sinks)
    inner = onward & reachable(into, targets, without=sources)
    ends = sorted(target for target in targets if not onward.isdisjoint(into[target]))
    nodes = [*sorted(inner), *ends]
    number = {node: at for at, node in enumerate(nodes)}
    paths = _DisjointPaths(
        before=[[number[earlier] for earlier in into[node] if earlier in inner] for node in nodes],
        begins=[not origins.isdisjoint(into[node]) for node in nodes],
        first_end=len(inner),
        fixed=[node in fixed for node in nodes],
    )
    return tuple(sorted([*(sources & sinks), *(nodes[at] for at in paths.last_cut())]))


class _DisjointPaths:
    """Paths that share no node that may be removed, as many as there can be.

    A node of the graph is two here: its front, which paths enter, and its back (`+ size`), which they leave by. All
    searches go from the ends backwards, so the last one, which finds no beginning, has found all that still leads to an
    end: a node of the last cut is one whose back was found and whose front was not. Fixed nodes carry any number of
    paths, so what runs through them is not kept: a path is known by its other nodes.
    """

    def __init__(
        self, before: Sequence[Sequence[int]], begins: Sequence[bool], first_end: int, fixed: Sequence[bool]
    ) -> None:
        """Take nodes 0, 1, 2, … of which those from `first_end` on are ends.

        Args:
            before: Predecessors of each node.
            begins: Whether a path may begin at a node.
            first_end: The lowest end.
            fixed: Whether a node may not be removed.
        """
        self._size = len(before)
        self._backs_before = [[node + self._size for node in row] for row in before]
        self._begins = [*begins, *([False] * self._size)]
        self._ends = range(self._size + first_end, 2 * self._size)
        self._fixed = [*fixed, *fixed]
        self._follower = [_UNUSED] * self._size

    def last_cut(self) -> list[int]:
        """Lay all paths; the nodes of the minimum cut nearest to the ends."""
        while True:
            level, found = self._levels()
            if not found:
                return [at for at in range(self._size) if level[at] < 0 <= level[at + self._size]]
            for path in self._paths_within(level):
                self._lay(path)

    def _levels(self) -> tuple[list[int], bool]:
        """Steps from an end back to each half node, up to those where the nearest beginnings are; whether any is."""
        level = [-1] * (2 * self._size)
        row: list[int] = list(self._ends)
        for half in row:
            level[half] = 0
        depth = 0
        while row:
            if any(self._begins[half] for half in row):
                return level, True
            depth += 1
            further = []
            for half in row:
                for earlier in self._before(half):
                    if level[earlier] < 0:
                        level[earlier] = depth
                        further.append(earlier)
            row = further
        return level, False

    def _before(self, half: int) -> Sequence[int]:
        """Half nodes from which one more path could come to this one, or an old one be taken over by it."""
        if half < self._size:
            backs = self._backs_before[half]
            return backs if self._follower[half] == _UNUSED else [*backs, half + self._size]
        follower = self._follower[half - self._size]
        if follower == _END:
            return ()
        return (half - self._size if follower == _UNUSED else follower,)

    def _paths_within(self, level: list[int]) -> Iterator[list[int]]:
        """Paths from ends back to beginnings that go one level up at each step, until none is left."""
        left: dict[int, list[int]] = {}
        for end in self._ends:
            trail = [end]
            while trail:
                half = trail[-1]
                if self._begins[half]:
                    yield trail
                    for passed in trail:
                        if not self._fixed[passed]:
                            level[passed] = -1
                    trail = [end] if level[end] == 0 else []
                    continue
                options = left.get(half)
                if options is None:
                    options = left[half] = list(self._before(half))
                while options and level[options[-1]] != level[half] + 1:
                    options.pop()
                if options:
                    trail.append(options[-1])
                else:
                    level[trail.pop()] = -1

    def _lay(self, trail: Iterable[int]) -> None:
        """Note the path that a search found from its end back to its beginning."""
        path = [half for half in reversed(list(trail)) if not self._fixed[half]]
        for half, following in pairwise(path):
            if half >= self._size:
                at = half - self._size
                self._follower[at] = _UNUSED if following == at else following
        self._follower[path[-1] - self._size] = _END


def covered_by(
    successors: Successors, sources: Iterable[int], cut_members: Iterable[int], sinks: Iterable[int]
) -> dict[int, set[int]]:
    """The sinks that each member leads to, whatever else leads to them.

    What bypasses a member X, with paths, is `witnesses(successors, sources, sinks, without={X})`; what is covered by X
    and does not bypass it is reached through X alone.

    Args:
        successors: The graph.
        sources: Where paths begin; members that they do not lead to cover nothing.
        cut_members: Any nodes, whether a cut or not.
        sinks: Nodes to count; a member that is a sink covers itself.

    Returns:
        Sinks by member, lowest member first.
    """
    places = sorted(set(sinks))
    united = marks_reached(successors, sources, {sink: 1 << at for at, sink in enumerate(places)})
    return {member: {places[at] for at in _places_of(united.get(member, 0))} for member in sorted(set(cut_members))}


def ordered_cover(
    successors: Successors, sources: Iterable[int], cut_members: Iterable[int], sinks: Iterable[int]
) -> Cover:
    """Members in the order in which removing them cuts off most, greedily.

    Each step takes the member that cuts off most sinks of those still reached, together with the members taken before;
    of equals, the one from which most of them are reached without passing another member; then the lowest.
    What the first k steps hold is exact. Other k members may hold more: to find the best ones is NP-hard. So the number
    of members that a share needs is an upper bound, except for all sinks of a minimum cut, which need all members.

    Args:
        successors: The graph.
        sources: Where paths begin.
        cut_members: Any nodes, whether a cut or not.
        sinks: Nodes to count; those that nothing leads to do not count.

    Returns:
        The steps, and the sinks that bypass all members.
    """
    members, places = sorted(set(cut_members)), sorted(set(sinks))
    rows, starts = _summary(successors, sources, members, places)
    steps = []
    waiting = list(range(len(members)))
    reached, gains = _reached_and_held(rows, starts, len(members))
    while waiting:
        # Shared doors come next to each other, so that the later one cuts something off.
        best = min(waiting, key=lambda at: (-gains[at], -len(reached.intersection(rows[at])), at))
        waiting.remove(best)
        rows[best] = []
        before = reached
        reached, gains = _reached_and_held(rows, starts, len(members))
        steps.append(Step(members[best], tuple(places[at - len(members)] for at in sorted(before - reached))))
    return Cover(tuple(steps), tuple(places[at - len(members)] for at in sorted(reached)))


def _summary(
    successors: Successors, sources: Iterable[int], members: Sequence[int], sinks: Sequence[int]
) -> tuple[list[list[int]], list[int]]:
    """A small graph of members and, after them, sinks: an edge is a way that passes no other member.

    A member that is a sink leads to itself as a sink. What the sources lead to by themselves, which the second answer
    tells, no member can cut off, so edges to it are left out; in graphs with large cycles they would be most of all.
    """
    marks = {sink: 1 << at for at, sink in enumerate(sinks, len(members))}
    own = {member: marks.get(member, 0) for member in members}
    marks |= {member: 1 << at for at, member in enumerate(members)}
    rows = [() if node in own else row for node, row in enumerate(successors)]
    starts = list(sources)
    united = marks_reached(rows, chain(starts, *(successors[member] for member in members)), marks)
    by_sources = _union(united[source] for source in starts)
    summary = []
    for member in members:
        bits = own[member] | _union(united[follower] for follower in successors[member])
        summary.append(_places_of(bits & ~by_sources))
    return [*summary, *([] for _ in sinks)], _places_of(by_sources)


def _union(marks: Iterable[int]) -> int:
    return reduce(or_, marks, 0)


def _reached_and_held(rows: Successors, starts: Iterable[int], members: int) -> tuple[set[int], list[int]]:
    """Sinks that are reached in a summary, and how many of them each member alone would cut off."""
    above = dominators(rows, starts)
    reached = {at for at in range(members, len(rows)) if above[at] != UNREACHED}
    gains = [0] * members
    for sink in reached:
        at = above[sink]
        while at != ROOT:
            gains[at] += 1
            at = above[at]
    return reached, gains


def _places_of(bits: int) -> list[int]:
    return [at for at, digit in enumerate(reversed(f"{bits:b}")) if digit == "1"]
