"""The whole picture of a packet's seams: surfaces where runs start, functions that ways share, gates, and the seams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import pairwise
from typing import Final, Literal

import msgspec

from scanner.chart import Chart
from scanner.coverage import Verdict
from scanner.graphpacket import UNREACHED, GateVerdict
from scanner.inwords import places_of
from scanner.packet import Packet
from scanner.ways import STARTED_HERE, Entry, Hop, Ways
from scanner.webnames import names_of
from scanner.webseams import Shown, chosen

#: So many boxes of seams a person can still look through; what does not fit is counted.
MOST_SEAMS: Final = 120
#: Shared functions on one way, those that tell more than that ways part there included.
_MOST_BETWEEN: Final = 3

#: `unreached` is the surface of what no known way leads to; at a `shared` function ways part.
Role = Literal["surface", "unreached", "shared", "carrier", "door", "gate", "seam"]


class WebNode(msgspec.Struct, frozen=True):
    """One box of the picture."""

    id: str
    role: Role
    name: str
    #: Where it stands; empty of a surface.
    path: str = ""
    line: int = 0
    #: Fingerprint of the packet's seam that it is, or of that of the first gate; empty of all else.
    seam: str = ""
    #: Of a seam.
    kind: str = ""
    #: Of a seam that is a side effect, how gates cover it.
    verdict: Verdict | Literal[""] = ""
    #: Of a seam the functions of a way to it, from where the run starts to the one that it stands in.
    way: tuple[str, ...] = ()
    #: Of a seam the surface that its way starts from, then the others that reach it.
    surfaces: tuple[str, ...] = ()
    #: Of gates the names of all that stand there, in order; of a seam those that it stands behind.
    gates: tuple[str, ...] = ()
    #: Of a function its name, with its file where functions of others are called so too.
    called: str = ""
    #: Of a covered side effect, whether a person is asked only where a condition asks.
    conditional: bool = False
    #: Of a further function of a seam that has a box the fingerprint of its touchpoint, of other seams their own; then
    #: those of what differs from it by lines alone, and is not drawn again.
    touchpoints: tuple[str, ...] = ()

    @property
    def anchors(self) -> tuple[str, ...]:
        """Of a seam all fingerprints by which its box can be linked, its own first."""
        return self.touchpoints or (self.seam,)


class WebEdge(msgspec.Struct, frozen=True):
    """One arrow of the picture."""

    source: str
    target: str
    #: How many calls it stands for; 0 where the target stands in the source, or the run starts in it.
    calls: int
    #: On which the source makes the first of them; 0 where there is none, or the source is a surface.
    line: int = 0


class SeamWeb(msgspec.Struct, frozen=True):
    """Boxes and arrows; surfaces in order of how many seams they lead to, seams in order of importance."""

    nodes: tuple[WebNode, ...] = ()
    edges: tuple[WebEdge, ...] = ()
    #: Kind and number of the seams in code that are not shown.
    left_out: tuple[tuple[str, int], ...] = ()
    #: How many seams stand in settings and data alone, to which no call leads.
    outside_code: int = 0


class _Way(msgspec.Struct, frozen=True):
    """A seam, and how a run gets to it."""

    shown: Shown
    #: From an entry point to the function in which the seam stands; empty where no way is known.
    hops: tuple[Hop, ...]
    #: That its entry point is on, then the others that reach it.
    surfaces: tuple[str, ...]


def seam_web(chart: Chart, packet: Packet) -> SeamWeb:
    """The picture of a packet; nothing where none of its seams stands in code that the chart knows.

    A seam has one shortest way, a side effect the one that its verdict on gates rests on. Functions at which ways
    neither part nor tell anything are folded into arrows.

    Args:
        chart: of the repository.
        packet: made of it.
    """
    choice = chosen(chart, packet, MOST_SEAMS)
    named = _nodes_by_id(chart, packet)
    picture = _Picture(chart, packet, _ways(chart, choice.shown, named), named)
    return SeamWeb(tuple(picture.nodes.values()), tuple(picture.edges.values()), choice.left_out, choice.outside_code)


def _nodes_by_id(chart: Chart, packet: Packet) -> Mapping[str, int]:
    """Nodes of the functions that a packet names: a chart tells ids by nodes alone."""
    wanted = {(each.path, each.line) for each in packet.graph.functions}
    nodes = chart.ways.nodes
    return {
        chart.function(number).id: number
        for path in sorted({each.path for each in packet.graph.functions} & chart.ways.graph.files.keys())
        for number in chart.ways.graph.of_file(path)
        if (path, nodes[number].line) in wanted
    }


def _ways(chart: Chart, shown: Sequence[Shown], named: Mapping[str, int]) -> list[_Way]:
    """The way to each seam, in the order given."""
    ways = chart.ways
    verdicts = [each.verdict for each in shown if each.verdict is not None and each.verdict.way]
    starts = {named[each.way[0].function] for each in verdicts if each.way[0].function in named}
    goals = {node for each in shown for node in each.ends} | starts
    known: dict[int, tuple[Hop, ...]] = {}
    surface_at: dict[int, str] = {}
    for entries in _in_turn(ways):
        # What starts a run is taken where nothing that comes before it does.
        known |= ways.ways([each.node for each in entries], goals - known.keys())
        surface_at = {each.node: each.surface for each in reversed(entries)} | surface_at
    found = []
    for each in shown:
        hops = next((known[node] for node in each.ends if node in known), ())
        hops = _ended(_judged_by(each.verdict, known, named) or hops, each)
        first = (surface_at[hops[0].node],) if hops else (UNREACHED,)
        others = dict.fromkeys(surface for node in each.ends for surface in ways.surfaces_of(node))
        found.append(_Way(each, hops, tuple(dict.fromkeys((*first, *others)))))
    return found


def _ended(hops: Sequence[Hop], shown: Shown) -> tuple[Hop, ...]:
    """A way up to where it first comes to the function that it leads to: what may lie behind that is no way there."""
    goals = {shown.own, *shown.ends}
    end = next((at for at, hop in enumerate(hops, 1) if hop.node in goals), len(hops))
    return tuple(hops[:end])


def _in_turn(ways: Ways) -> tuple[Sequence[Entry], ...]:
    """Entry points: those from outside, those within another run, and those beside the running agent."""
    within = STARTED_HERE["delegation"]
    running = [each for each in ways.entries if each.surface not in ways.aside]
    return (
        [each for each in running if each.surface != within],
        [each for each in running if each.surface == within],
        [each for each in ways.entries if each.surface in ways.aside],
    )


def _judged_by(
    verdict: GateVerdict | None, known: Mapping[int, tuple[Hop, ...]], named: Mapping[str, int]
) -> tuple[Hop, ...]:
    """The way that a verdict rests on, from an entry point on; nothing where it rests on a guess or on none."""
    if verdict is None or verdict.verdict == "unknown" or any(step.function not in named for step in verdict.way):
        return ()
    steps = [Hop(named[step.function], step.line) for step in verdict.way]
    if not steps or steps[0].node not in known:
        return ()
    found: dict[int, Hop] = {}
    for hop in (*known[steps[0].node][:-1], *steps):
        # Where both parts pass one function, the circle between is left out.
        if hop.node in found:
            while hop.node in found:
                found.popitem()
        found[hop.node] = hop
    return tuple(found.values())


class _Picture:
    """Boxes and arrows as they are drawn, one after the other."""

    def __init__(self, chart: Chart, packet: Packet, ways: Sequence[_Way], named: Mapping[str, int]) -> None:
        self.nodes: dict[tuple[str, ...] | str | int, WebNode] = {}
        self.edges: dict[tuple[str, str], WebEdge] = {}
        self._chart = chart
        self._told = _told(packet, named)
        self._names = names_of(chart.ways.nodes, {hop.node for each in ways for hop in each.hops} | self._told.keys())
        self._shared = _shared([each.hops for each in ways], self._told.keys())
        self._places = places_of(packet)
        self._seam_at = {place: seam.id for seam in packet.seams for place in seam.touchpoints}
        counts = Counter(each.surfaces[0] for each in ways)
        for name in sorted(counts, key=lambda name: (name == UNREACHED, -counts[name], name)):
            self._add_surface(name)
        ends = [self._led(each) for each in ways]
        self._join_surfaces(ways)
        for each, end in zip(ways, ends, strict=True):
            self._end(each, *end)

    def _box(self, key: tuple[str, ...] | str | int, role: Role, name: str, path: str = "", line: int = 0) -> WebNode:
        """The box of a key, drawn when it is asked for first."""
        made = WebNode(f"n{len(self.nodes)}", role, name, path=path, line=line)
        return self.nodes.setdefault(key, made)

    def _add_surface(self, name: str) -> WebNode:
        return self._box(name, "unreached" if name == UNREACHED else "surface", name)

    def _function(self, node: int) -> WebNode:
        if node not in self.nodes:
            here = self._chart.ways.nodes[node]
            made = self._box(node, self._told.get(node, "shared"), here.label, here.path, here.line)
            self.nodes[node] = msgspec.structs.replace(made, called=self._names[node])
        return self.nodes[node]

    def _join(self, source: str, target: str, calls: int, line: int) -> None:
        """Draw an arrow; of several between two boxes that of fewest calls stays."""
        known = self.edges.get((source, target))
        if known is None or calls < known.calls:
            self.edges[source, target] = WebEdge(source, target, calls, line if calls else 0)

    def _led(self, way: _Way) -> tuple[str, int, int]:
        """Draw a way up to the last function of it that is shown.

        Returns:
            The box at its end, the calls from there to the seam, and the line of the first of them.
        """
        before, at, line = self._add_surface(way.surfaces[0]).id, 0, 0
        # A door to which no way is known is one all the same.
        alone = (Hop(way.shown.own, 0),) if way.shown.own in self._told else ()
        for place, hop in enumerate(way.hops or alone):
            if hop.node in self._shared or not way.hops:
                box = self._function(hop.node).id
                self._join(before, box, place - at, line)
                before, at, line = box, place, hop.line
        return before, max(len(way.hops) - 1 - at, 0), line

    def _join_surfaces(self, ways: Sequence[_Way]) -> None:
        """Join every surface with the functions that it reaches: one search a surface."""
        here = self._chart.ways
        passed = Counter(hop.node for each in ways for hop in each.hops if hop.node in self._shared)
        surfaces = dict.fromkeys(each.surface for each in here.entries if each.surface not in here.aside)
        after: dict[str, list[str]] = {}
        for source, target in self.edges:
            after.setdefault(source, []).append(target)
        for surface in sorted(surfaces):
            known = here.ways([each.node for each in here.entries if each.surface == surface], passed.keys())
            start = self._add_surface(surface).id if known else ""
            reached = _led_to(after, start)
            # What most ways pass comes first: most others lie behind it.
            for node, _ in passed.most_common():
                box = self._function(node).id
                if node not in known or box in reached:
                    continue
                # Straight from the surface: through other boxes the picture would grow too wide to read.
                self._join(start, box, len(known[node]) - 1, 0)
                reached |= _led_to(after, box)

    def _end(self, way: _Way, before: str, calls: int, line: int) -> None:
        """Draw a seam and the gates before it."""
        shown, verdict = way.shown, way.shown.verdict
        gates = self._gates(verdict) if verdict is not None else {}
        if gates:
            first = next(iter(gates.values()))
            box = self._box((before, *gates), "gate", first.name, first.path, first.line)
            box = msgspec.structs.replace(box, seam=first.seam, gates=tuple(each.name for each in gates.values()))
            self.nodes[before, *gates] = box
            self._join(before, box.id, 0, 0)
            before = box.id
        made = WebNode(
            id=f"n{len(self.nodes)}",
            role="seam",
            name=shown.name,
            path=shown.path,
            line=shown.line,
            seam=shown.seam.id,
            kind=shown.seam.kind,
            verdict=verdict.verdict if verdict is not None else "",
            way=self._told_way(way),
            surfaces=way.surfaces,
            gates=tuple(each.name for each in gates.values()),
            conditional=verdict is not None and verdict.conditional,
            touchpoints=(shown.place or shown.seam.id, *shown.others),
        )
        self.nodes["seam", shown.seam.id, shown.place] = made
        self._join(before, made.id, calls, line)

    def _told_way(self, way: _Way) -> tuple[str, ...]:
        """The functions of a way by name; the last one as the seam is called where that is named after it."""
        names = [self._names[hop.node] for hop in way.hops]
        if way.hops and self._chart.ways.label(way.hops[-1].node) == way.shown.name:
            names[-1] = way.shown.name
        return tuple(names)

    def _gates(self, verdict: GateVerdict) -> dict[str, WebNode]:
        """The gates of a verdict by their fingerprints, each name once."""
        found: dict[str, WebNode] = {}
        for each in verdict.gates:
            place = self._places.get(each)
            if place is not None and all(place.symbol != known.name for known in found.values()):
                name = place.symbol or place.path.rpartition("/")[2]
                found[each] = WebNode(
                    "", "gate", name, path=place.path, line=place.line, seam=self._seam_at.get(each, "")
                )
        return found


def _led_to(after: Mapping[str, Sequence[str]], start: str) -> set[str]:
    """The boxes behind one, itself included."""
    seen, todo = {start}, [start]
    while todo:
        new = [each for each in after.get(todo.pop(), ()) if each not in seen]
        seen.update(new)
        todo += new
    return seen


def _told(packet: Packet, named: Mapping[str, int]) -> dict[int, Role]:
    """Functions that tell something by themselves: doors, and those that carry out what a model decides."""
    graph = packet.graph
    carriers = graph.gates.carriers if graph.gates is not None else ()
    found: dict[int, Role] = {named[each.function]: "carrier" for each in carriers if each.function in named}
    doors = graph.passages.doors if graph.passages is not None else ()
    return found | {named[each.function]: "door" for each in doors if each.function in named}


def _shared(ways: Iterable[tuple[Hop, ...]], told: Set[int]) -> Set[int]:
    """The functions of ways that are shown: what tells something, and where ways part.

    Of a way that has too many of them, those go first at which fewest ways part.
    """
    after: dict[int, set[int]] = {}
    ends: Counter[int] = Counter()
    rows = [[hop.node for hop in hops] for hops in ways]
    for row in rows:
        for source, target in pairwise(row):
            after.setdefault(source, set()).add(target)
        ends.update(row[-1:])
    fan = {node: len(after.get(node, ())) + ends[node] for row in rows for node in row}
    forks = {node for node, parts in fan.items() if parts > 1} - told
    for row in rows:
        some = [node for node in row if node in forks or node in told]
        loose = sorted((node for node in some if node in forks), key=lambda node: (fan[node], node))
        forks -= set(loose[: max(len(some) - _MOST_BETWEEN, 0)])
    return forks | {node for row in rows for node in row if node in told}
