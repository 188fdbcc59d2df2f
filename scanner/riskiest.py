"""The places of a packet to look at first: those that keep most of it from `ready`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from scanner.graphpacket import Function
from scanner.inwords import places_of
from scanner.packet import Packet, PacketTouchpoint, Term

#: So many are shown with their code; a reader who has followed three looks at the requirements next.
MOST = 3


class Risk(msgspec.Struct, frozen=True):
    """One place, and what it keeps from `ready`."""

    place: PacketTouchpoint | Function
    #: Ids of the requirements that it is an exception of, in the order of the pack.
    requirements: tuple[str, ...]
    #: How much of the score's weight those lack.
    lost: float
    #: Whether a model's decision reaches it past every gate.
    ungated: bool


def riskiest(packet: Packet) -> tuple[Risk, ...]:
    """The places that keep most from `ready`, most first; none where no requirement names a place.

    Each exception of a requirement that is not ready counts with the weight that the requirement lacks. Of equals a
    side effect that is reached past every gate comes first, then what belongs to the seam of higher rank. One a
    function is told.
    """
    rank = {place: at for at, seam in enumerate(packet.seams) for place in seam.touchpoints}
    told: dict[tuple[str, str], Risk] = {}
    for each in sorted(_risks(packet), key=lambda it: (-it.lost, not it.ungated, rank.get(it.place.id, len(rank)))):
        told.setdefault((each.place.path, each.place.symbol or each.place.id), each)
    return tuple(told.values())


def lost(term: Term) -> float:
    """How much of the score's weight a requirement lacks; nothing where it does not apply."""
    return 0.0 if term.status == "n/a" else term.weight * (1 - term.value)


def _risks(packet: Packet) -> Iterator[Risk]:
    known = places_of(packet)
    gates = packet.graph.gates
    ungated = {each.id for each in gates.effects if each.verdict == "uncovered"} if gates is not None else set()
    lacking = {term.requirement: lost(term) for term in packet.score.terms}
    keeps: dict[str, list[str]] = {}
    for requirement in packet.requirements:
        if lacking[requirement.id]:
            for each in requirement.exceptions:
                keeps.setdefault(each, []).append(requirement.id)
    for each, names in keeps.items():
        if each in known:
            yield Risk(known[each], tuple(names), sum(lacking[name] for name in names), each in ungated)
