"""Ways between two ends that a user names: symbols, kinds of seam, rules, entry points, surfaces, files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Final, Literal

import msgspec

from scanner.chart import Chart
from scanner.counting import standing
from scanner.errors import UsageError
from scanner.graph import Edge, Graph
from scanner.kinds import ENTRY_KINDS, KINDS
from scanner.paths import reachable, shortest_path, witnesses
from scanner.phrases import joined
from scanner.places import printable
from scanner.scan import Scan
from scanner.touchpoints import Confidence

What = Literal["symbol", "kind", "rule", "entry", "surface", "file"]

#: So many ways are told to one goal.
_WAYS: Final = 3
#: Ends that are read as the first of these that knows them. A run starts at a surface and leads to a kind of seam.
_AS_START: Final[tuple[What, ...]] = ("surface", "entry", "kind", "rule", "file", "symbol")
_AS_GOAL: Final[tuple[What, ...]] = ("kind", "rule", "entry", "surface", "file", "symbol")


class End(msgspec.Struct, frozen=True):
    """Where ways begin or lead to."""

    #: As the user wrote it.
    asked: str
    what: What
    #: Nodes, lowest first; none where the repository has nothing of that kind, or nothing in code that is known.
    nodes: tuple[int, ...]


class Leg(msgspec.Struct, frozen=True):
    """A node on a way, with the edge to the next one; the last node has none."""

    node: int
    edge: Edge | None


class Route(msgspec.Struct, frozen=True):
    """One way."""

    legs: tuple[Leg, ...]

    @property
    def goal(self) -> int:
        """Where it leads."""
        return self.legs[-1].node


class Answer(msgspec.Struct, frozen=True):
    """Ways from one end to another."""

    #: None for all entry points.
    start: End | None
    goal: End
    #: By goal; the shortest first, later ones past the inner nodes of those before.
    routes: tuple[Route, ...]
    #: Goals to which no way leads.
    unreached: tuple[int, ...]
    #: Goals to which ways lead that are left out.
    left_out: int


class Around(msgspec.Struct, frozen=True):
    """What one end calls, and what it reaches in all."""

    start: End
    edges: tuple[Edge, ...]
    #: How many calls are left out.
    left_out: int
    #: How many nodes a way leads to, those of the end left out.
    reached: int
    #: Kinds of seam that a way leads to, and how many seams of each, in the order of kinds.
    kinds: tuple[tuple[str, int], ...]


class Routes:
    """The graph of one repository, asked by names."""

    def __init__(self, found: Scan, chart: Chart, guesses: bool) -> None:
        """Prepare.

        Args:
            found: the repository, scanned.
            chart: of it.
            guesses: whether edges of low confidence count.
        """
        self.graph: Graph = chart.ways.graph
        self.ways = chart.ways
        self._found = found
        self._index = chart.index
        self._least = Confidence.LOW if guesses else Confidence.MEDIUM
        self._successors = self.graph.successors(self._least)

    def start(self, asked: str) -> End:
        """Where ways begin.

        Raises:
            UsageError: when nothing is called so.
        """
        return self._end(asked, _AS_START)

    def goal(self, asked: str) -> End:
        """Where ways lead to.

        Raises:
            UsageError: when nothing is called so.
        """
        return self._end(asked, _AS_GOAL)

    def _end(self, asked: str, order: Sequence[What]) -> End:
        prefix, colon, rest = asked.partition(":")
        chosen = [what for what in order if colon and what == prefix]
        text = (rest if chosen else asked).strip()
        for what in chosen or order:
            nodes = self._readings[what](text) if text else None
            if nodes is not None:
                return End(asked, what, tuple(sorted(set(nodes) - {-1})))
        raise UsageError(f"nothing in the graph is called `{printable(asked)}`; {self._near(text)}")

    @property
    def _readings(self) -> Mapping[What, Callable[[str], Iterable[int] | None]]:
        """How a text is read as each; None for one that names no such thing."""
        return {
            "symbol": self._symbol,
            "kind": self._kind,
            "rule": self._rule,
            "entry": self._entry,
            "surface": self._surface,
            "file": self._file,
        }

    def _symbol(self, text: str) -> Iterable[int] | None:
        named = self.graph.named(text)
        path, colon, symbol = text.rpartition(":")
        if not named and colon:
            # The last parts of a path do, as they do of a symbol.
            named = [at for at in self.graph.named(symbol) if self.graph.nodes[at].path.endswith(f"/{path}")]
        whole = [at for at in named if self.graph.nodes[at].symbol == symbol] or named
        return [member for at in whole for member in self._with_members(at)] or None

    def _with_members(self, number: int) -> Iterator[int]:
        """A node; of a class all that stands in it, since that is what runs."""
        yield number
        node = self.graph.nodes[number]
        if node.kind == "class":
            for other in self.graph.of_file(node.path):
                if self.graph.nodes[other].symbol.startswith(f"{node.symbol}."):
                    yield other

    def _kind(self, text: str) -> Iterable[int] | None:
        kind = text.lower().replace(" ", "_").replace("-", "_")
        return self._seams(kind) if kind in KINDS else None

    def _rule(self, text: str) -> Iterable[int] | None:
        return self._seams(text) if any(rule.id == text for rule in self._found.rulebook.rules) else None

    def _seams(self, name: str) -> list[int]:
        return [self.ways.node(place) for seam in self._index.running((name,)) for place in standing(seam)]

    def _entry(self, text: str) -> Iterable[int] | None:
        kind = text.lower().replace(" ", "_").replace("-", "_")
        return [each.node for each in self.ways.entries if each.kind == kind] if kind in ENTRY_KINDS else None

    def _surface(self, text: str) -> Iterable[int] | None:
        surface = text.lower().replace("_", " ")
        return [each.node for each in self.ways.entries if each.surface == surface] or None

    def _file(self, text: str) -> Iterable[int] | None:
        asked = text.removeprefix("./")
        paths = [path for path in self.graph.files if path == asked]
        paths = paths or [path for path in self.graph.files if "." in asked and path.endswith(f"/{asked}")]
        return [number for path in paths for number in self.graph.of_file(path)] or None

    def _near(self, text: str) -> str:
        """What may have been meant."""
        import difflib  # here, since only mistakes need it

        known = {node.symbol for node in self.graph.nodes if node.symbol and node.kind != "closure"}
        known |= {symbol.rpartition(".")[2] for symbol in known}
        known |= {*KINDS, *ENTRY_KINDS, *(each.surface for each in self.ways.entries)}
        known |= {rule.id for rule in self._found.rulebook.rules}
        known |= set(self.graph.files)
        near = difflib.get_close_matches(text.rpartition(":")[2], sorted(known), n=3, cutoff=0.6)
        if not near:
            return "write a symbol, a file, a surface, or a kind of seam (see `scanner rules list --kinds`)"
        return f"did you mean {joined([f'`{printable(each)}`' for each in near], 'or')}?"

    def between(self, start: End | None, goal: End, limit: int) -> Answer:
        """Ways from one end to another.

        Args:
            start: where they begin; None for the entry points of the running agent, and of what stands beside it for
                goals that those do not reach.
            goal: where they lead.
            limit: at most so many ways, the first of every goal before the second of any; 0 for all.
        """
        goals = set(goal.nodes)
        first: dict[int, tuple[Set[int], tuple[int, ...]]] = {}
        for starts in self._starts(start):
            found = witnesses(self._successors, starts, goals - first.keys())
            first |= {node: (starts, path) for node, path in found.items()}
        ordered = sorted(first)[: limit or None]
        routes = {node: [first[node][1]] for node in ordered}
        room = limit - len(ordered) if limit else len(ordered) * _WAYS
        for node in ordered:
            more = self._others(*first[node], node, min(room, _WAYS - 1))
            routes[node] += more
            room -= len(more)
        return Answer(
            start,
            goal,
            tuple(self._route(path) for node in ordered for path in routes[node]),
            tuple(sorted(goals - first.keys())),
            len(first) - len(ordered),
        )

    def _starts(self, start: End | None) -> Iterator[Set[int]]:
        if start is not None:
            yield frozenset(start.nodes)
            return
        for beside in (False, True):
            yield frozenset(each.node for each in self.ways.entries if (each.surface in self.ways.aside) is beside)

    def _others(self, starts: Set[int], path: tuple[int, ...], goal: int, most: int) -> list[tuple[int, ...]]:
        """Further ways to a goal, each past the inner nodes of those before."""
        found: list[tuple[int, ...]] = []
        successors, without = self._successors, set()
        while len(found) < most:
            without |= set(path[1:-1])
            if len(path) == 2:
                # Nothing lies between: what can be left out is the call itself.
                changed = list(successors)
                changed[path[0]] = [node for node in successors[path[0]] if node != goal]
                successors = changed
            path = shortest_path(successors, starts - {goal}, {goal}, without)
            if not path:
                break
            found.append(path)
        return found

    def _route(self, path: Sequence[int]) -> Route:
        following = (*path[1:], -1)
        return Route(
            tuple(Leg(node, self.graph.surest(node, after)) for node, after in zip(path, following, strict=True))
        )

    def around(self, start: End, limit: int) -> Around:
        """What one end calls, one call away, and how far its ways lead.

        Args:
            start: asked about.
            limit: at most so many calls; 0 for all.
        """
        inside = set(start.nodes)
        calls: dict[tuple[int, int], Edge] = {}
        for node in start.nodes:
            for edge in self.graph.edges_from(node):
                if edge.confidence.rank >= self._least.rank and edge.target not in inside:
                    best = calls.get((node, edge.target))
                    if best is None or edge.confidence.rank > best.confidence.rank:
                        calls[node, edge.target] = edge
        edges = sorted(calls.values(), key=lambda edge: (edge.source, edge.line, edge.start, edge.target))
        reached = reachable(self._successors, inside)
        kinds = [(kind, self._within(kind, reached)) for kind in KINDS]
        return Around(
            start,
            tuple(edges[: limit or None]),
            max(0, len(edges) - limit) if limit else 0,
            len(reached - inside),
            tuple((kind, count) for kind, count in kinds if count),
        )

    def _within(self, kind: str, nodes: Set[int]) -> int:
        """How many seams of a kind stand in some nodes."""
        seams = self._index.running((kind,))
        return sum(any(self.ways.node(place) in nodes for place in standing(seam)) for seam in seams)

    @property
    def edges(self) -> Sequence[Edge]:
        """All edges that count, in order of source and place."""
        return [edge for edge in self.graph.edges if edge.confidence.rank >= self._least.rank]
