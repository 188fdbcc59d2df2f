"""The answers of the graph as the packet has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from scanner.chart import Chart
from scanner.counting import Index
from scanner.coverage import Coverage, Verdict
from scanner.graphpacket import (
    Carrier,
    Door,
    Function,
    GateCoverage,
    GateVerdict,
    GraphSize,
    MapEdge,
    MapNode,
    Passages,
    PassedBy,
    SeamGraph,
    SeamMap,
    Step,
)
from scanner.packs import AtLeast, Chokepoints, Condition, Every, Gated, Negated, Pack, Some
from scanner.seams import Seam
from scanner.touchpoints import Confidence
from scanner.ways import Hop

#: What the packet tells of where its pack does not ask.
_PASSED = ("model_call",)
_EFFECTS = ("side_effect", "delegation", "remote-tool-call")
GATES = ("approval_gate",)
#: The rule of switches that let the agent act without asking.
_MODES = ("approval-switched-off",)
_VERDICTS: tuple[Verdict, ...] = ("covered", "policy", "uncovered", "unknown")
#: Nodes of the seam map.
_MOST_NODES = 25
_MOST_SURFACES = 8
_MOST_DOORS = 7


def seam_graph(chart: Chart, pack: Pack, seams: Sequence[Seam]) -> SeamGraph:
    """What a packet says of ways, but for the functions that its texts name.

    Args:
        chart: of the repository.
        pack: whose conditions say which seams are asked for.
        seams: all seams, best-ranked first.
    """
    index = chart.index
    asked = list(_asked(pack))
    doors = next((each for each in asked if isinstance(each, Chokepoints)), Chokepoints(_PASSED, 1))
    gated = next((each for each in asked if isinstance(each, Gated)), Gated(_EFFECTS, GATES))
    passages = _passages(chart, doors.names, index.running(doors.names))
    gates = _gates(chart, index, gated)
    return SeamGraph(_size(chart), passages, gates, _map(chart, passages, seams))


def with_functions(graph: SeamGraph, chart: Chart, cited: Iterable[str]) -> SeamGraph:
    """The same with every function that it or a text names.

    Args:
        graph: without functions.
        chart: knows them.
        cited: fingerprints that texts name, those of touchpoints among them.
    """
    named = set(cited)
    if graph.passages is not None:
        named |= {door.function for door in graph.passages.doors}
        named |= {step.function for each in graph.passages.passed_by for step in each.way}
    if graph.gates is not None:
        named |= {step.function for each in graph.gates.effects for step in each.way}
        named |= {gate for each in graph.gates.effects for gate in each.gates}
        named |= {each.function for each in graph.gates.carriers}
    found = [function for each in named if (function := chart.function_of(each)) is not None]
    return msgspec.structs.replace(graph, functions=tuple(sorted(found, key=_place)))


def _place(function: Function) -> tuple[str, int, str]:
    return function.path, function.line, function.id


def _asked(pack: Pack) -> Iterable[Condition]:
    """Every condition of a pack, those inside others too."""
    pending = [each for requirement in pack.requirements for each in (requirement.ready, requirement.partial)]
    while pending:
        condition = pending.pop(0)
        yield condition
        if isinstance(condition, Every | Some | AtLeast):
            pending += condition.members
        elif isinstance(condition, Negated):
            pending.append(condition.member)


def _steps(chart: Chart, way: Sequence[Hop]) -> tuple[Step, ...]:
    return tuple(Step(chart.function(hop.node).id, hop.line) for hop in way)


def _passages(chart: Chart, names: tuple[str, ...], seams: Sequence[Seam]) -> Passages | None:
    found = chart.passage(seams)
    if not found.places:
        return None
    return Passages(
        of=names,
        places=tuple(place.id for place in found.places),
        doors=tuple(
            Door(chart.function(each.node).id, tuple(place.id for place in each.holds), each.surfaces)
            for each in found.chokepoints
        ),
        passed_by=tuple(
            PassedBy(each.place.id, each.surfaces, _steps(chart, each.way)) for each in chart.bypasses(seams, 1)
        ),
    )


def _gates(chart: Chart, index: Index, asked: Gated) -> GateCoverage | None:
    found = chart.coverage(index.running(asked.names), asked.gates)
    if not found:
        return None
    counts = Counter(each.verdict for each in found)
    return GateCoverage(
        counts=(counts["covered"], counts["policy"], counts["uncovered"], counts["unknown"]),
        effects=tuple(_verdict(chart, each) for verdict in _VERDICTS for each in found if each.verdict == verdict),
        modes=tuple(seam.best.id for seam in index.running(_MODES)),
        carriers=tuple(
            _carrier(chart, node, by_model, verdicts)
            for node, by_model, verdicts in chart.carriers(index.running(asked.names), asked.gates)
        ),
    )


def _carrier(chart: Chart, node: int, by_model: bool, verdicts: Sequence[Coverage]) -> Carrier:
    counts = Counter(each.verdict for each in verdicts)
    return Carrier(
        chart.function(node).id,
        by_model,
        covered=counts["covered"],
        conditional=sum(each.conditional for each in verdicts),
        policy=counts["policy"],
        uncovered=counts["uncovered"],
    )


def _verdict(chart: Chart, found: Coverage) -> GateVerdict:
    gates = (
        gate.id if gate.confidence is not Confidence.LOW else chart.function(chart.ways.node(gate)).id
        for gate in found.gates
    )
    return GateVerdict(
        found.place.id, found.verdict, found.conditional, tuple(dict.fromkeys(gates)), _steps(chart, found.way)
    )


def _size(chart: Chart) -> GraphSize:
    graph = chart.ways.graph
    sure = Counter(edge.how for edge in graph.edges if edge.confidence is not Confidence.LOW)
    entries = Counter(entry.surface for entry in chart.ways.entries)
    return GraphSize(
        functions=sum(node.kind in ("function", "method", "closure") for node in graph.nodes),
        edges=tuple(sorted(sure.items(), key=lambda item: (-item[1], item[0]))),
        guesses=sum(edge.confidence is Confidence.LOW for edge in graph.edges),
        unresolved=len(graph.unresolved),
        entries=tuple(sorted(entries.items(), key=lambda item: (-item[1], item[0]))),
    )


def _map(chart: Chart, passages: Passages | None, seams: Sequence[Seam]) -> SeamMap:
    """Surfaces, the doors that they lead to, and the seams behind those; what does not fit is one node."""
    if passages is None:
        return SeamMap()
    places = {place.id: (seam, place) for seam in seams for place in seam.touchpoints}
    doors = passages.doors[:_MOST_DOORS]
    surfaces = sorted({surface for door in doors for surface in door.surfaces})[:_MOST_SURFACES]
    nodes = [MapNode(f"s{at}", surface, "surface") for at, surface in enumerate(surfaces)]
    number = {surface: f"s{at}" for at, surface in enumerate(surfaces)}
    room = _MOST_NODES - len(nodes) - len(doors) - 1
    files: dict[str, str] = {}
    edges: list[MapEdge] = []
    left_out = sum(len(door.holds) for door in passages.doors[_MOST_DOORS:])
    for at, door in enumerate(doors):
        function = chart.function_of(door.function)
        if function is None:
            continue
        nodes.append(MapNode(f"d{at}", function.symbol, "door", chart.ways.surface(function.path)))
        files[nodes[-1].id] = function.path.rpartition("/")[2]
        edges += [MapEdge(number[surface], f"d{at}") for surface in door.surfaces if surface in number]
        for held in door.holds:
            seam, place = places[held]
            if (place.path, place.symbol) == (function.path, function.symbol):
                continue
            if room <= 0:
                left_out += 1
                continue
            room -= 1
            nodes.append(MapNode(f"p{len(nodes)}", place.symbol or place.name, "seam", seam.surface))
            files[nodes[-1].id] = place.path.rpartition("/")[2]
            edges.append(MapEdge(f"d{at}", nodes[-1].id))
    if left_out:
        nodes.append(MapNode("more", f"{left_out} more", "more"))
    return SeamMap(tuple(_told_apart(nodes, files)), tuple(edges))


def _told_apart(nodes: Sequence[MapNode], files: Mapping[str, str]) -> Iterable[MapNode]:
    """The nodes, those of one label with the name of their file."""
    count = Counter(node.label for node in nodes)
    for node in nodes:
        shared = count[node.label] > 1 and node.id in files
        yield msgspec.structs.replace(node, label=f"{node.label} ({files[node.id]})") if shared else node
