"""Walks over directed graphs of numbered nodes: what is reached, by which path, in which cycles, and past which nodes.

Nodes are 0, 1, 2, …; a graph lists the successors of each. Cycles, self loops and parallel edges are welcome. Nothing
here recurses, so chains may be as long as memory lasts, and every answer depends on the graph alone, never on the order
in which sets happen to be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import TypeAlias

Successors: TypeAlias = Sequence[Sequence[int]]

#: Instead of a dominator: only the start of everything lies before the node.
ROOT = -1
#: Instead of a dominator: no path leads to the node.
UNREACHED = -2


def reachable(successors: Successors, starts: Iterable[int], without: Set[int] = frozenset()) -> set[int]:
    """Nodes that a path from a start leads to, the starts included.

    Args:
        successors: The graph.
        starts: Where paths begin.
        without: Nodes that no path may enter or begin at.
    """
    closed = set(without)
    seen = set(starts) - closed
    closed |= seen
    todo = list(seen)
    while todo:
        for node in successors[todo.pop()]:
            if node not in closed:
                closed.add(node)
                seen.add(node)
                todo.append(node)
    return seen


def reversed_graph(successors: Successors) -> list[list[int]]:
    """The graph with every edge turned round: the predecessors of each node, lowest first."""
    predecessors: list[list[int]] = [[] for _ in successors]
    for node, row in enumerate(successors):
        for follower in row:
            predecessors[follower].append(node)
    return predecessors


def shortest_path(
    successors: Successors, starts: Iterable[int], goals: Set[int], without: Set[int] = frozenset()
) -> tuple[int, ...]:
    """A shortest path from a start to a goal; of several, the one that is least when compared node by node.

    Args:
        successors: The graph.
        starts: Where paths begin; a start that is a goal is a path of one node.
        goals: Where paths end.
        without: Nodes that the path may not touch.

    Returns:
        The path from start to goal, or nothing if there is none.
    """
    before, found = _search(successors, starts, goals, without, 1)
    return _path(before, found[0]) if found else ()


def witnesses(
    successors: Successors, starts: Iterable[int], goals: Set[int], without: Set[int] = frozenset()
) -> dict[int, tuple[int, ...]]:
    """To each goal that is reached, the path that `shortest_path` finds to it; one search serves all.

    Args:
        successors: The graph.
        starts: Where paths begin.
        goals: Where paths may end; they may also lead through other goals.
        without: Nodes that no path may touch.

    Returns:
        Paths by goal, lowest goal first; goals that nothing leads to are left out.
    """
    before, found = _search(successors, starts, goals, without, len(goals))
    return {goal: _path(before, goal) for goal in sorted(found)}


def _search(
    successors: Successors, starts: Iterable[int], goals: Set[int], without: Set[int], most: int
) -> tuple[dict[int, int], list[int]]:
    """Breadth first: the node before each one seen, and the first `most` goals in the order of finding.

    With rows in order, nodes of one distance are found in the order of their least paths.
    """
    queue = sorted(set(starts) - without)
    before = dict.fromkeys(queue, ROOT)
    found = [node for node in queue if node in goals]
    for node in queue:  # grows while it is read
        if len(found) >= most:
            break
        for follower in sorted(successors[node]):
            if follower not in before and follower not in without:
                before[follower] = node
                queue.append(follower)
                if follower in goals:
                    found.append(follower)
    return before, found


def _path(before: Mapping[int, int], goal: int) -> tuple[int, ...]:
    path = []
    node = goal
    while node != ROOT:
        path.append(node)
        node = before[node]
    return tuple(reversed(path))


def components(successors: Successors, starts: Iterable[int]) -> list[list[int]]:
    """Strongly connected components (Tarjan): the nodes that lie on common cycles, or single ones.

    Args:
        successors: The graph.
        starts: Only what they reach is looked at.

    Returns:
        The components; each comes after all others that it leads to.
    """
    root = len(successors)  # leads to all starts
    closed = root + 1  # above every number, so that a finished component lowers nothing
    found: list[list[int]] = []
    number, lowest = [0] * closed, [0] * closed
    count = 0
    unfinished: list[int] = []
    trail, rows = [root], [iter(starts)]
    while rows:
        node = trail[-1]
        for follower in rows[-1]:
            if not number[follower]:
                count += 1
                number[follower] = lowest[follower] = count
                unfinished.append(follower)
                trail.append(follower)
                rows.append(iter(successors[follower]))
                break
            lowest[node] = min(lowest[node], number[follower])
        else:
            rows.pop()
            trail.pop()
            if not rows:
                break
            lowest[trail[-1]] = min(lowest[trail[-1]], lowest[node])
            if lowest[node] == number[node]:
                found.append(_taken_off(unfinished, node))
                for member in found[-1]:
                    number[member] = closed
    return found


def _taken_off(stack: list[int], node: int) -> list[int]:
    """What lies on the stack down to a node, which goes too."""
    taken = [stack.pop()]
    while taken[-1] != node:
        taken.append(stack.pop())
    return taken


def marks_reached(successors: Successors, starts: Iterable[int], marks: Mapping[int, int]) -> dict[int, int]:
    """The marks of all that each node leads to, itself included, in time linear in the graph.

    Args:
        successors: The graph.
        starts: Only what they reach is looked at.
        marks: Bits by node.

    Returns:
        The united bits by node.
    """
    united: dict[int, int] = {}
    for component in components(successors, starts):
        bits = 0
        for node in component:
            bits |= marks.get(node, 0)
            for follower in successors[node]:
                bits |= united.get(follower, 0)  # none yet for the component's own: they are being united
        for node in component:
            united[node] = bits
    return united


def dominators(successors: Successors, sources: Iterable[int]) -> list[int]:
    """The last node, other than itself, that every path from a source to a node passes (Lengauer and Tarjan).

    Following the answers from X upwards gives all Y of which "everything that reaches X passes Y" holds.

    Args:
        successors: The graph.
        sources: Where paths begin.

    Returns:
        By node, its immediate dominator; `ROOT` where no node is on all paths, and `UNREACHED`.
    """
    order, parents = _depth_first(successors, sources)
    number = {node: at for at, node in enumerate(order)}
    before: list[list[int]] = [[] for _ in order]
    for source in sources:
        before[number[source]].append(0)
    for at, node in enumerate(order[1:], 1):
        for follower in successors[node]:
            before[number[follower]].append(at)
    answer = [UNREACHED] * len(successors)
    for at, dominator in enumerate(_dominators_by_number(parents, before)):
        if at:
            answer[order[at]] = order[dominator]
    return answer


def _depth_first(successors: Successors, sources: Iterable[int]) -> tuple[list[int], list[int]]:
    """Nodes in the order of a depth-first walk from `ROOT`, which leads to all sources; each one's parent, by place."""
    order = [ROOT]
    parents = [ROOT]
    seen: set[int] = set()
    trail, rows = [0], [iter(sorted(set(sources)))]
    while rows:
        for node in rows[-1]:
            if node not in seen:
                seen.add(node)
                parents.append(trail[-1])
                trail.append(len(order))
                order.append(node)
                rows.append(iter(successors[node]))
                break
        else:
            rows.pop()
            trail.pop()
    return order, parents


def _dominators_by_number(parents: Sequence[int], before: Sequence[Sequence[int]]) -> list[int]:
    """Immediate dominators in a graph whose nodes are numbered depth first; number 0 dominates all."""
    semi = list(range(len(parents)))
    forest = _Forest(semi)
    waiting: list[list[int]] = [[] for _ in parents]
    answer = [0] * len(parents)
    for node in range(len(parents) - 1, 0, -1):
        semi[node] = min(semi[forest.least(earlier)] for earlier in before[node])
        waiting[semi[node]].append(node)
        parent = parents[node]
        forest.above[node] = parent
        for other in waiting[parent]:
            least = forest.least(other)
            answer[other] = least if semi[least] < parent else parent
        waiting[parent].clear()
    for node in range(1, len(parents)):
        if answer[node] != semi[node]:
            answer[node] = answer[answer[node]]
    return answer


class _Forest:
    """Trees that grow by linking roots below other nodes; tells the node with the least `semi` on the way to a root."""

    def __init__(self, semi: Sequence[int]) -> None:
        self._semi = semi
        self._least = list(range(len(semi)))
        #: A node further up, `ROOT` for roots.
        self.above = [ROOT] * len(semi)

    def least(self, node: int) -> int:
        """The node with the least `semi` from here up to, not including, the root; a root's own is itself."""
        above, least, semi = self.above, self._least, self._semi
        if above[node] == ROOT:
            return node
        trail = []
        at = node
        while above[above[at]] != ROOT:
            trail.append(at)
            at = above[at]
        for at in reversed(trail):  # shortens the way for later questions
            upper = above[at]
            if semi[least[upper]] < semi[least[at]]:
                least[at] = least[upper]
            above[at] = above[upper]
        return least[node]
