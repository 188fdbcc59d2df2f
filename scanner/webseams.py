"""Which seams the picture of a packet shows, and in which functions: first what its sections on ways ask about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain, zip_longest
from typing import Final

import msgspec

from scanner.chart import Chart
from scanner.counting import standing
from scanner.coverage import Verdict
from scanner.graphpacket import GateVerdict
from scanner.packet import Packet, PacketSeam, PacketTouchpoint
from scanner.seams import Seam

#: A key of the settings may stand in hundreds of places; so many are asked for a way.
_MOST_PLACES: Final = 8
#: Worst first: a function in which several side effects stand has the verdict that a reviewer must see.
VERDICTS: Final[tuple[Verdict, ...]] = ("uncovered", "unknown", "policy", "covered")


class Shown(msgspec.Struct, frozen=True):
    """A seam, or one of its functions that the packet asks about."""

    seam: PacketSeam
    #: As a list of places would call it.
    name: str
    path: str
    line: int
    #: The function that it stands in; -1 where that is in no code.
    own: int
    #: Where a way to it may end, the best first.
    ends: tuple[int, ...]
    verdict: GateVerdict | None = None
    #: Fingerprint of a further place of a seam that has a box; empty of the first.
    place: str = ""
    #: Fingerprints of other seams that differ by their lines alone.
    others: tuple[str, ...] = ()


class Choice(msgspec.Struct, frozen=True):
    """What is shown of a packet's seams."""

    shown: tuple[Shown, ...]
    #: Kind and number of those in code that are not.
    left_out: tuple[tuple[str, int], ...]
    outside_code: int


class _Stand(msgspec.Struct, frozen=True):
    """Where a seam stands in the graph."""

    #: Of its best touchpoint.
    own: int
    #: Of all places that stand for it, the best first.
    nodes: tuple[int, ...]
    #: Of those touchpoints that the packet asks about.
    asked: Mapping[str, int]


def chosen(chart: Chart, packet: Packet, most: int) -> Choice:
    """The seams of a packet that its picture shows.

    Those come first that its sections on doors and gates tell of, each in every function that they name; then those on
    which requirements rest, and last what stands beside the running agent.

    Args:
        chart: of the repository.
        packet: made of it.
        most: so many boxes there may be.
    """
    known = {each.id for each in packet.touchpoints}
    order = {place: at for at, place in enumerate(dict.fromkeys(_asked(packet))) if place in known}
    stands = _stands(chart, packet, order)
    ranked = [seam for seam in _ranked(packet) if stands[seam.id].nodes]
    # Sorting keeps the rank within each of the three.
    ranked.sort(key=lambda seam: _turn(seam, stands[seam.id], order, chart.ways.aside))
    touchpoints = {each.id: each for each in packet.touchpoints if each.id in order}
    effects = packet.graph.gates.effects if packet.graph.gates is not None else ()
    verdicts = {each.id: each for each in effects}
    boxes = _merged(each for seam in ranked for each in _boxes(seam, stands[seam.id], touchpoints, verdicts))
    shown = tuple(boxes[:most])
    drawn = {name for each in shown for name in (each.seam.id, *each.others)}
    left_out = Counter(seam.kind for seam in ranked if seam.id not in drawn)
    return Choice(
        shown,
        tuple(sorted(left_out.items(), key=lambda item: (-item[1], item[0]))),
        len(packet.seams) - len(ranked) if ranked else 0,
    )


def _asked(packet: Packet) -> Iterable[str]:
    """Fingerprints of the places that the sections on doors and gates tell of, in their order."""
    passages, gates = packet.graph.passages, packet.graph.gates
    if passages is not None:
        yield from passages.places
    if gates is not None:
        yield from (each.id for each in sorted(gates.effects, key=_worst))
        yield from gates.modes


def _worst(verdict: GateVerdict) -> int:
    return VERDICTS.index(verdict.verdict)


def _turn(seam: PacketSeam, stand: _Stand, order: Mapping[str, int], aside: Iterable[str]) -> tuple[int, int]:
    if stand.asked:
        return 0, min(order[place] for place in stand.asked)
    return (2 if seam.surface in aside else 1), 0


def _ranked(packet: Packet) -> list[PacketSeam]:
    """The seams of a packet, those first on which its requirements rest.

    Requirements take turns, one of weight 3 with three places at a time: else one that rests on hundreds of seams would
    be all that the picture shows.
    """
    of = {place: seam for seam in packet.seams for place in seam.touchpoints}
    turns: list[tuple[int, int, int, str]] = []
    for order, each in enumerate(sorted(packet.requirements, key=lambda each: -each.weight)):
        # What keeps it from ready and what speaks for it, in turns too.
        pairs = chain.from_iterable(zip_longest(each.exceptions, each.evidence))
        row = dict.fromkeys(of[place].id for place in pairs if place in of)
        turns += [(at // max(each.weight, 1), order, at, seam) for at, seam in enumerate(row)]
    seams = {seam.id: seam for seam in packet.seams}
    first = {seam: seams[seam] for _, _, _, seam in sorted(turns)}
    return list((first | seams).values())


def _stands(chart: Chart, packet: Packet, order: Mapping[str, int]) -> Mapping[str, _Stand]:
    """Id of each seam of a packet → where it stands."""
    kinds = {seam.kind for seam in packet.seams}
    found = {seam.id: _Stand(-1, (), {}) for seam in packet.seams}
    for seam in (*chart.index.find(kinds), *chart.index.examples(kinds)):
        if seam.id in found:
            found[seam.id] = _stand(chart, seam, order)
    return found


def _stand(chart: Chart, seam: Seam, order: Mapping[str, int]) -> _Stand:
    node = chart.ways.node
    nodes = dict.fromkeys(node(place) for place in standing(seam)[:_MOST_PLACES])
    named = sorted((place for place in seam.touchpoints if place.id in order), key=lambda place: order[place.id])
    asked = {place.id: at for place in named if (at := node(place)) >= 0}
    return _Stand(node(seam.best), tuple(dict.fromkeys(at for at in (*asked.values(), *nodes) if at >= 0)), asked)


def _boxes(
    seam: PacketSeam, stand: _Stand, touchpoints: Mapping[str, PacketTouchpoint], verdicts: Mapping[str, GateVerdict]
) -> list[Shown]:
    """A seam as it is shown: one box for each of its functions that is asked about, or one by itself."""
    in_function: dict[int, list[str]] = {}
    for place, node in stand.asked.items():
        in_function.setdefault(node, []).append(place)
    found: list[Shown] = []
    # The function that gives the seam its name comes first.
    for node, places in sorted(in_function.items(), key=lambda item: item[0] != stand.own):
        verdict = min((verdicts[each] for each in places if each in verdicts), key=_worst, default=None)
        here = touchpoints[places[0]]
        name = seam.name if node == stand.own else here.symbol or here.name or here.path
        further = here.id if found else ""
        found.append(Shown(seam, name, here.path, here.line, node, (node,), verdict, further))
    return found or [Shown(seam, seam.name, seam.path, seam.line, stand.own, stand.nodes)]


def _merged(boxes: Iterable[Shown]) -> list[Shown]:
    """Boxes of one function and one kind that nothing but their lines tells apart, as one."""
    found: dict[tuple[object, ...], Shown] = {}
    for each in boxes:
        verdict = (each.verdict.verdict, each.verdict.conditional, each.verdict.gates) if each.verdict else ()
        own = each.own if each.own >= 0 else each.ends[0]
        key = (each.seam.kind, each.path, each.name, own, verdict)
        if key in found:
            first = found[key]
            others = (*first.others, each.place or each.seam.id, *each.others)
            found[key] = msgspec.structs.replace(first, others=others)
        else:
            found[key] = each
    return list(found.values())
