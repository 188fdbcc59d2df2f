"""The graph of calls: functions of a repository, and who reaches whom, each edge with how it was found."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Literal

import msgspec

from scanner.sites import FileSites, Innermost, NodeKind, SiteNode
from scanner.touchpoints import Confidence

_start = attrgetter("start")
#: `direct`: by name in one file; `imported`: by a name of another file; `method`: of an object whose class is known,
#: inherited and overridden ones included; `registry`: through a value that was handed over (a callback, a table of
#: handlers, a decorator); `dynamic`: by no more than a name, or one made up at run time.
How = Literal["direct", "imported", "method", "registry", "dynamic"]


class Node(msgspec.Struct, frozen=True, gc=False):
    """A function, method, class or nameless function, or what stands at the top of a file."""

    path: str
    kind: NodeKind
    #: Dotted name in the file; empty of the top of a file, and of a nameless function that of the definition around it.
    symbol: str
    line: int
    end_line: int
    #: Number of the node around it; -1 of the top of a file.
    parent: int

    @property
    def label(self) -> str:
        """What to call it in a list: the symbol, a nameless function with its line, else the file's name."""
        if self.kind == "closure":
            return f"{self.symbol or self.path.rpartition('/')[2]}:{self.line}"
        return self.symbol or self.path.rpartition("/")[2]


class Edge(msgspec.Struct, frozen=True, gc=False):
    """One way from a node to another, at one place."""

    source: int
    target: int
    how: How
    confidence: Confidence
    #: Byte offset and line of the call, or of the place where the function is named.
    start: int
    line: int


class Unresolved(msgspec.Struct, frozen=True, gc=False):
    """A call of which nobody can tell what it reaches."""

    node: int
    #: As written.
    target: str
    line: int
    #: How many functions it may be; 0 where nothing says.
    candidates: int
    start: int = 0


class Graph(msgspec.Struct, frozen=True, dict=True):
    """Nodes, edges in order of source and place, and what could not be resolved."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    unresolved: tuple[Unresolved, ...]
    #: Path → number of its first node; the nodes of a file follow each other, in order of start.
    files: Mapping[str, int]
    #: Path → which of its nodes is the innermost around an offset.
    innermost: Mapping[str, Innermost]
    #: Functions that a package hands on at its face, methods of such classes among them: its users call them.
    exported: frozenset[int] = frozenset()

    @cached_property
    def _numbers(self) -> Mapping[str, range]:
        ordered = sorted(self.files.items(), key=lambda item: item[1])
        ends = [first for _, first in ordered[1:]] + [len(self.nodes)]
        return {path: range(first, end) for (path, first), end in zip(ordered, ends, strict=True)}

    def of_file(self, path: str) -> range:
        """The numbers of a file's nodes.

        Raises:
            KeyError: when the graph does not know the file.
        """
        return self._numbers[path]

    @cached_property
    def first_edges(self) -> list[int]:
        """The place of each node's first edge in `edges`, and at the end how many there are."""
        places = [0] * (len(self.nodes) + 1)
        for edge in self.edges:
            places[edge.source + 1] += 1
        for number in range(len(self.nodes)):
            places[number + 1] += places[number]
        return places

    def edges_from(self, node: int) -> Sequence[Edge]:
        """The edges that leave a node."""
        return self.edges[self.first_edges[node] : self.first_edges[node + 1]]

    def edges_at(self, node: int, start: int) -> Sequence[Edge]:
        """The edges that leave a node at one byte offset."""
        edges = self.edges_from(node)
        first = bisect_left(edges, start, key=_start)
        return edges[first : bisect_right(edges, start, lo=first, key=_start)]

    def surest(self, source: int, target: int) -> Edge | None:
        """The surest edge between two nodes, the first of such; None where there is none."""
        some = [edge for edge in self.edges_from(source) if edge.target == target]
        return max(some, key=lambda edge: (edge.confidence.rank, -edge.start), default=None)

    @cached_property
    def _successors(self) -> dict[Confidence, Sequence[Sequence[int]]]:
        return {}

    def successors(self, least: Confidence = Confidence.MEDIUM) -> Sequence[Sequence[int]]:
        """The nodes that each node reaches by one edge that is at least this sure, each once, lowest number first."""
        known = self._successors.get(least)
        if known is None:
            counting = {each for each in Confidence if each.rank >= least.rank}
            found: list[set[int]] = [set() for _ in self.nodes]
            for edge in self.edges:
                if edge.confidence in counting:
                    found[edge.source].add(edge.target)
            known = self._successors[least] = [sorted(some) for some in found]
        return known

    def at(self, path: str, start: int) -> int:
        """The innermost node around a byte offset of a file; -1 where the graph does not know the file."""
        first = self.files.get(path)
        return first + self.innermost[path].at(start) if first is not None else -1

    def named(self, text: str) -> list[int]:
        """Nodes by what a user calls them: `path:symbol`, a whole symbol, or its last parts."""
        path, colon, symbol = text.rpartition(":")
        found = []
        for number, node in enumerate(self.nodes):
            if node.kind == "closure" or (colon and node.path != path):
                continue
            if node.symbol == symbol or (symbol and node.symbol.endswith(f".{symbol}")):
                found.append(number)
        return found


def node_of(path: str, node: SiteNode, first: int) -> Node:
    """A node of a file as one of the whole graph.

    Args:
        path: of the file.
        node: in the file.
        first: number of the file's first node.
    """
    parent = first + node.parent if node.parent >= 0 else -1
    return Node(path, node.kind, node.symbol, node.line, node.end_line, parent)


def site_node(graph: Graph, sites: Mapping[str, FileSites], number: int) -> SiteNode:
    """A node of the whole graph as its file has it.

    Args:
        graph: that the node is of.
        sites: path → what the file told.
        number: of the node.
    """
    path = graph.nodes[number].path
    return sites[path].nodes[number - graph.files[path]]
