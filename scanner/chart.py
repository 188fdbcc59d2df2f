"""What the graph of calls says of a repository: every question that packs and pages ask, each worked out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import PurePosixPath

from scanner.chokepoints import Bypass, Passage, bypasses, passage
from scanner.counting import Index, serving, standing
from scanner.coverage import Coverage, Covering
from scanner.fingerprints import digest
from scanner.gates import DECIDED_BY_A_MODEL, SERVERS, Gates
from scanner.graph import site_node
from scanner.graphpacket import Function
from scanner.paths import Successors, reachable
from scanner.reaches import Arrival, Reaching
from scanner.seams import Seam
from scanner.sites import FileSites
from scanner.touchpoints import Confidence, Role, Touchpoint
from scanner.ways import Ways
from scanner.words import parse, split

#: So many calls away a record may be built.
_CALLS = 2
#: Kinds at whose seams somebody is asked.
_ASKING = ("approval_transport",)


class Chart:
    """The answers of one repository."""

    def __init__(
        self, ways: Ways, sites: Mapping[str, FileSites], index: Index, packages: Set[str] = frozenset()
    ) -> None:
        """Prepare.

        Args:
            ways: the graph with its entry points.
            sites: path → what the file told of its calls.
            index: the seams that count.
            packages: folders that have a manifest of their own.
        """
        self.ways = ways
        self._packages = packages
        self._sites = sites
        self.index = index
        self._passages: dict[tuple[str, ...], Passage] = {}
        self._covering: dict[tuple[str, ...], Covering] = {}
        self._reaching: Reaching | None = None
        self._ids: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._alike: dict[str, list[int]] = {}

    def passage(self, seams: Sequence[Seam]) -> Passage:
        """The ways to some seams, and the functions that all of them pass."""
        key = tuple(seam.id for seam in seams)
        if key not in self._passages:
            self._passages[key] = passage(self.ways, seams)
        return self._passages[key]

    def bypasses(self, seams: Sequence[Seam], doors: int) -> tuple[Bypass, ...]:
        """The places that pass by the first so many chokepoints."""
        found = self.passage(seams)
        return bypasses(self.ways, found, found.chokepoints[:doors])

    def coverage(self, effects: Sequence[Seam], gates: tuple[str, ...] = ("approval_gate",)) -> tuple[Coverage, ...]:
        """Whether some effects run only behind gates; one verdict a function.

        Args:
            effects: seams of what acts.
            gates: rules or kinds of the gates.
        """
        places = self._places_of(effects)
        verdicts = self._covered(gates).coverage(_ordered(places), self._decided(frozenset(places)))
        # What only a person starts, a model does not decide on.
        started = self.ways.started
        return tuple(
            each for each in verdicts if each.verdict != "unknown" or self.ways.node(each.place) not in started
        )

    def carriers(
        self, effects: Sequence[Seam], gates: tuple[str, ...] = ("approval_gate",)
    ) -> tuple[tuple[int, bool, tuple[Coverage, ...]], ...]:
        """Functions that carry out actions: node, whether a model decides there, and the verdicts on what each reaches.

        Of those that others start only such are told as reach an effect.
        """
        places = self._places_of(effects)
        carrying = self._functions(self.index.running(DECIDED_BY_A_MODEL[0])) - set(places)
        if not carrying or not places:
            return ()
        by_model = self._by_a_model(carrying)
        reached = reachable(self.ways.successors, by_model)
        found = []
        for node in sorted(self._first(by_model) | self._first(carrying - reached)):
            verdicts = self._covered(gates).coverage(_ordered(places), {node})
            if known := tuple(each for each in verdicts if each.verdict != "unknown"):
                found.append((node, node in by_model, known))
        return tuple(found)

    def _covered(self, gates: tuple[str, ...]) -> Covering:
        if gates not in self._covering:
            asking = self.index.places(_ASKING)
            found = Gates(self.ways, self._sites, self.index.places(gates), asking, gates)
            self._covering[gates] = Covering(self.ways, found)
        return self._covering[gates]

    def _places_of(self, effects: Sequence[Seam]) -> dict[int, Touchpoint]:
        """Function → the first place where it acts."""
        places: dict[int, Touchpoint] = {}
        for seam in effects:
            for place in standing(seam):
                node = self.ways.node(place)
                if node >= 0 and place.role is Role.DEFINITION:
                    places.setdefault(node, place)
        return places

    def _decided(self, effects: Set[int]) -> Set[int]:
        """Functions that carry out what a model decided, themselves no effects; without any, all entry points."""
        for kinds in DECIDED_BY_A_MODEL:
            found = self._functions(self.index.running(kinds)) - effects
            if found:
                return self._first(self._by_a_model(found))
        return {entry.node for entry in self.ways.entries if entry.surface not in self.ways.aside}

    def _by_a_model(self, carrying: Set[int]) -> Set[int]:
        """Those that a loop around model and tools leads to.

        Who carries out actions elsewhere in a program that has such a loop does so for a person, a schedule or a
        script, and a command does so for who types it. A program without a loop leaves it to a library, and a server of
        tools to its clients.
        """
        carrying = carrying - {entry.node for entry in self.ways.entries if entry.kind == "command_entry"}
        loops = carrying & self._functions(self.index.running(("agent_loop",)))
        programs = {self._package(node) for node in loops}
        reached = reachable(self.ways.successors, loops)
        served = self._functions(self.index.running(SERVERS))
        rest = {node for node in carrying - reached if self._package(node) not in programs}
        return loops | rest | served

    def _package(self, node: int) -> str:
        """The nearest folder with a manifest around a node; empty where there is none."""
        parents = PurePosixPath(self.ways.nodes[node].path).parents
        return next((str(folder) for folder in parents if str(folder) in self._packages), "")

    def _functions(self, seams: Iterable[Seam]) -> set[int]:
        """The functions in which some seams stand."""
        nodes = {self.ways.node(seam.best) for seam in seams} - {-1}
        return {node for node in nodes if self.ways.nodes[node].kind not in ("module", "class")}

    def _first(self, nodes: Set[int]) -> Set[int]:
        """Those of some functions that a run comes to before any other of them: gates may stand between two."""
        rows = [() if node in nodes else following for node, following in enumerate(self.ways.successors)]
        return nodes & reachable(rows, (entry.node for entry in self.ways.starts_for(nodes)))

    def arrivals(self, seams: Iterable[Seam], topics: Iterable[str]) -> tuple[Arrival, ...]:
        """Whether an identifier of one of some topics flows into the places of some seams; one answer a function."""
        if self._reaching is None:
            self._reaching = Reaching(self.ways, self._sites)
        calls: dict[int, set[int]] = {}
        places: dict[int, Touchpoint] = {}
        for seam in seams:
            for place in serving(seam):
                node = self.ways.node(place)
                if node >= 0 and place.role is not Role.USE:
                    places.setdefault(node, place)
                    calls.setdefault(node, set()).add(place.start)
        asked = [(place, sorted(calls[node])) for node, place in places.items()]
        asked.sort(key=lambda item: (item[0].path, item[0].line))
        return tuple(self._reaching.arrivals(asked, frozenset(topics)))

    def near(self, places: Iterable[Touchpoint], companions: Iterable[Touchpoint]) -> frozenset[str]:
        """Fingerprints of those places that have a companion in their own function or up to two calls away from it.

        What an object is made with, its methods use: a companion in a constructor stands beside all of them.

        Args:
            places: asked about.
            companions: in functions that they may call, or that may call them.
        """
        found = {self.ways.node(place) for place in companions} - {-1}
        wanted = found | {method for node in found for method in self.ways.made_by(node)}
        beyond = _within(self.ways.predecessors, wanted, _CALLS) | _within(self.ways.successors, wanted, _CALLS)
        return frozenset(place.id for place in places if self.ways.node(place) in beyond)

    def carried(
        self, seams: Iterable[Seam], fields: Sequence[tuple[str, tuple[str, ...]]]
    ) -> Mapping[str, Mapping[str, int]]:
        """Which fields the records carry that some seams make or describe: field → name that it has there → node.

        What a function calls to build its record belongs to it, as does what stands inside a class.

        Args:
            seams: of records, events, schemas, tables, or of the code that makes them.
            fields: each with the word patterns of its name.
        """
        names: dict[str, int] = {}
        for node in self._makers(seams):
            for name in site_node(self.ways.graph, self._sites, node).keys:
                names.setdefault(name, node)
        patterns = [(field, [parse(text) for text in texts]) for field, texts in fields]
        return {
            field: {name: node for name, node in names.items() if any(each.matches(split(name)) for each in some)}
            for field, some in patterns
        }

    def _makers(self, seams: Iterable[Seam]) -> Iterator[int]:
        """Nodes of seams with what stands in them and, up to two calls away, what they call."""
        seen: set[int] = set()
        pending = [(node, 0) for seam in seams for place in standing(seam) if (node := self.ways.node(place)) >= 0]
        while pending:
            node, depth = pending.pop()
            if node in seen:
                continue
            seen.add(node)
            yield node
            pending += [(child, depth) for child in self.ways.children(node)]
            if depth < _CALLS:
                sure = [edge.target for edge in self.ways.graph.edges_from(node) if edge.confidence is Confidence.HIGH]
                pending += [(target, depth + 1) for target in sure]

    def function(self, node: int) -> Function:
        """A node as packets show it; its id survives moved lines."""
        here = self.ways.nodes[node]
        return Function(self._id(node), here.path, here.line, here.end_line, here.label)

    def _id(self, node: int) -> str:
        if node not in self._ids:
            here = self.ways.nodes[node]
            number = self._places(here.path)[node - self.ways.graph.files[here.path]]
            self._ids[node] = digest("function", here.path, here.symbol, here.kind, str(number))
            self._numbers[self._ids[node]] = node
        return self._ids[node]

    def _places(self, path: str) -> Sequence[int]:
        """Of each node of a file, which one of its name and kind it is, counted from 1."""
        if path not in self._alike:
            counts: Counter[tuple[str, str]] = Counter()
            found = self._alike[path] = []
            for node in map(self.ways.nodes.__getitem__, self.ways.graph.of_file(path)):
                counts[node.symbol, node.kind] += 1
                found.append(counts[node.symbol, node.kind])
        return self._alike[path]

    def function_of(self, fingerprint: str) -> Function | None:
        """The function that a text names by its id."""
        node = self._numbers.get(fingerprint)
        return self.function(node) if node is not None else None


def _ordered(places: Mapping[int, Touchpoint]) -> list[Touchpoint]:
    return sorted(places.values(), key=lambda place: (place.path, place.line))


def _within(graph: Successors, starts: Set[int], depth: int) -> set[int]:
    """Nodes at most so many edges away from some nodes, those included."""
    found, edge = set(starts), set(starts)
    for _ in range(depth):
        edge = {following for node in edge for following in graph[node]} - found
        found |= edge
    return found
