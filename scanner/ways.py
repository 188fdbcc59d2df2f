"""Ways through the graph: where runs start, which seams they reach, and the calls in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import cached_property

import msgspec

from scanner.graph import Graph, Node
from scanner.members import CONSTRUCTORS
from scanner.paths import components, reachable, reversed_graph, witnesses
from scanner.seams import Seam
from scanner.touchpoints import Confidence, Role, Touchpoint

#: Kinds of seam at which a run of its own starts, whoever started the one around it, with the surface that it is.
STARTED_HERE = {"scheduler": "scheduler", "delegation": "delegation"}
#: The surface of what a package hands on to its users.
EXPORTS = "library"
#: Surface of an entry point of a kind, where its path does not say.
_SURFACE_OF = {
    "command_entry": "command line",
    "request_entry": "gateway and server",
    "schedule_entry": "scheduler",
    "protocol_entry": "editor and protocol",
}
#: Surfaces that tell what code is for and not how a run starts.
_NO_START = frozenset({"core", "tools", "side tasks"})


class Entry(msgspec.Struct, frozen=True):
    """A node at which a run starts."""

    node: int
    surface: str
    #: Kind of the entry point or of the seam that makes it one; `no caller` where nothing is known to call it.
    kind: str


class Hop(msgspec.Struct, frozen=True):
    """A node on a way, and the line on which it calls the next; of the last node its own line."""

    node: int
    line: int


class Ways:
    """A graph with its entry points."""

    def __init__(
        self,
        graph: Graph,
        entries: Sequence[Touchpoint],
        seams: Sequence[Seam],
        surface: Callable[[str], str],
        aside: Set[str] = frozenset(),
    ) -> None:
        """Prepare.

        Args:
            graph: of calls.
            entries: touchpoints of entry points.
            seams: those of `STARTED_HERE` start runs too.
            surface: the surface of a path.
            aside: surfaces beside the running agent.
        """
        self.graph = graph
        self.aside = aside
        self.surface = surface
        self.successors = graph.successors()
        self._registered: dict[int, dict[int, list[int]]] = {}
        self.entries = tuple(self._entries(entries, seams))

    def _entries(self, entries: Sequence[Touchpoint], seams: Sequence[Seam]) -> Iterable[Entry]:
        found: dict[tuple[int, str], Entry] = {}
        for item in entries:
            if item.role in (Role.TEST, Role.DOCS) or item.confidence is Confidence.LOW:
                continue
            for node in self._started(item):
                surface = self.surface(item.path)
                surface = _SURFACE_OF.get(item.kind, surface) if surface in _NO_START else surface
                found.setdefault((node, surface), Entry(node, surface, item.kind))
        for seam in seams:
            node = self.node(seam.best)
            is_start = seam.kind in STARTED_HERE and seam.counts and seam.best.role is Role.DEFINITION
            if is_start and node >= 0 and self.graph.nodes[node].kind not in ("module", "class"):
                surface = STARTED_HERE[seam.kind]
                found.setdefault((node, surface), Entry(node, surface, seam.kind))
        for node in self.graph.exported:
            # What something here calls too is reached from there.
            is_called = any(before != node for before in self.predecessors[node])
            if not is_called and self.surface(self.graph.nodes[node].path) not in self.aside:
                found.setdefault((node, EXPORTS), Entry(node, EXPORTS, "export"))
        return sorted(found.values(), key=lambda entry: (entry.node, entry.surface))

    def _started(self, item: Touchpoint) -> list[int]:
        """The nodes that an entry point starts: of a registration those that it hands over."""
        node = self.node(item)
        if node < 0:
            return []
        if self.graph.nodes[node].line == item.line:
            return [node]
        handed = self._handed(node)
        lines = range(item.line, item.end_line + 1)
        return sorted({target for line in lines for target in handed.get(line, ())}) or [node]

    def _handed(self, node: int) -> Mapping[int, Sequence[int]]:
        """Line → what a node hands over there."""
        known = self._registered.get(node)
        if known is None:
            known = self._registered[node] = {}
            for edge in self.graph.edges_from(node):
                if edge.how == "registry":
                    known.setdefault(edge.line, []).append(edge.target)
        return known

    def node(self, place: Touchpoint) -> int:
        """The node in which a touchpoint stands; -1 where the graph does not know its file."""
        return self.graph.at(place.path, place.start)

    @cached_property
    def _children(self) -> Mapping[int, Sequence[int]]:
        found: dict[int, list[int]] = {}
        for number, node in enumerate(self.nodes):
            if node.parent >= 0 and self.nodes[node.parent].kind != "module":
                found.setdefault(node.parent, []).append(number)
        return found

    def children(self, node: int) -> Sequence[int]:
        """The nodes that stand in a function or class; none of the top of a file."""
        return self._children.get(node, ())

    def made_by(self, node: int) -> Sequence[int]:
        """The methods of the class whose constructor a node is; none of any other node."""
        here = self.nodes[node]
        owner, _, name = here.symbol.rpartition(".")
        if here.kind != "method" or name not in CONSTRUCTORS:
            return ()
        some = self.graph.of_file(here.path)
        return [number for number in some if self.nodes[number].symbol.rpartition(".")[0] == owner]

    @cached_property
    def predecessors(self) -> list[list[int]]:
        """The nodes that reach each node by one edge."""
        return reversed_graph(self.successors)

    @cached_property
    def started(self) -> Set[int]:
        """Every node that some entry point reaches."""
        return reachable(self.successors, (entry.node for entry in self.entries))

    @cached_property
    def reached_from(self) -> Mapping[str, Set[int]]:
        """Surface → every node that its entry points reach, those beside the running agent left out."""
        starts: dict[str, set[int]] = {}
        for entry in self.entries:
            if entry.surface not in self.aside:
                starts.setdefault(entry.surface, set()).add(entry.node)
        return {surface: reachable(self.successors, starts[surface]) for surface in sorted(starts)}

    def surfaces_of(self, node: int) -> tuple[str, ...]:
        """The surfaces from which a node is reached."""
        return tuple(surface for surface, nodes in self.reached_from.items() if node in nodes)

    def starts_for(self, goals: Iterable[int]) -> tuple[Entry, ...]:
        """Entry points from which goals are reached, and functions on the way that nothing is known to call.

        Of a circle of functions that nothing else calls, the first is such a one.
        """
        behind = reachable(self.predecessors, goals)
        found = [entry for entry in self.entries if entry.node in behind and entry.surface not in self.aside]
        rest = sorted(behind - self.started)
        found += [self._uncalled(node) for node in rest if set(self.predecessors[node]) <= {node}]
        seen = reachable(self.successors, (entry.node for entry in found)) | self.started
        firsts = []
        # In this order a circle comes before all that it leads to.
        for circle in reversed(components(self.successors, [node for node in rest if node not in seen])):
            node = min(circle)
            if node in behind and node not in seen:
                firsts.append(node)
                seen |= reachable(self.successors, (node,), seen)
        found += [self._uncalled(node) for node in sorted(firsts)]
        return tuple(entry for entry in found if entry.surface not in self.aside)

    def _uncalled(self, node: int) -> Entry:
        return Entry(node, self.surface(self.graph.nodes[node].path), "no caller")

    def ways(
        self, starts: Iterable[int], goals: Set[int], without: Set[int] = frozenset()
    ) -> dict[int, tuple[Hop, ...]]:
        """A shortest way to each goal that can be reached: goal → hops."""
        return {goal: self.hops(path) for goal, path in witnesses(self.successors, starts, goals, without).items()}

    def hops(self, path: Sequence[int]) -> tuple[Hop, ...]:
        """A path with the lines of its calls."""
        found = []
        for at, number in enumerate(path):
            following = path[at + 1] if at + 1 < len(path) else -1
            edge = self.graph.surest(number, following) if following >= 0 else None
            found.append(Hop(number, edge.line if edge is not None else self.graph.nodes[number].line))
        return tuple(found)

    def label(self, node: int) -> str:
        """What to call a node."""
        return self.nodes[node].label

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes."""
        return self.graph.nodes
