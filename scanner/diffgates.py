"""What changed before side effects and at chokepoints, by the functions in which they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scanner.carry import Carried
from scanner.diffpacket import Bypass, Call, GateChange, spot
from scanner.graphpacket import Function, GateVerdict, Passages, SeamGraph, Step
from scanner.packet import Packet, PacketTouchpoint

#: What a place was before that only the new packet judges.
NEW, NOT_JUDGED = "new", "not judged"
BEHIND = "behind the door"

#: A function: path and symbol.
Site = tuple[str, str]


def gate_changes(old: Packet, new: Packet, carried: Carried) -> Iterator[GateChange]:
    """Side effects of both packets whose verdict differs, in the order of the new one."""
    before, places = _effects(old, carried), _places(new)
    for each in _verdicts(new):
        place = places.get(each.id)
        was = before.get((place.path, place.symbol)) if place else None
        if place is None or was is None:
            continue
        if (was.verdict, was.conditional) != (each.verdict, each.conditional):
            yield GateChange(
                spot(place, place.symbol or place.name or place.path),
                was.verdict,
                each.verdict,
                was.conditional,
                each.conditional,
            )


def bypasses(old: Packet, new: Packet, carried: Carried) -> Iterator[Bypass]:
    """Places that are newly reached past every gate, then those newly reached past the first door."""
    if old.graph == SeamGraph() or new.graph == SeamGraph():
        return
    yield from _past_gates(old, new, carried)
    yield from _past_doors(old, new, carried)


def _past_gates(old: Packet, new: Packet, carried: Carried) -> Iterator[Bypass]:
    before, places, known = _effects(old, carried), _places(new), _sites(old, carried)
    for each in _verdicts(new):
        place = places.get(each.id)
        if place is None or each.verdict != "uncovered":
            continue
        site = place.path, place.symbol
        was = before.get(site)
        if was is not None and was.verdict == "uncovered":
            continue
        if was is None and _was_crowded_out(place, new, old, carried):
            continue
        state = was.verdict if was is not None else NOT_JUDGED if (place.kind, *site) in known else NEW
        yield Bypass(
            "gate", spot(place, place.symbol or place.name or place.path), state, "", tuple(_way(each.way, new))
        )


def _past_doors(old: Packet, new: Packet, carried: Carried) -> Iterator[Bypass]:
    """What passes by the door that was the first one, or by the first one of now where that is no door any more."""
    was, now = old.graph.passages, new.graph.passages
    if was is None or now is None or not now.doors:
        return
    old_doors = {_door(each.function, old, carried): each for each in was.doors[:1]}
    same = next((each for each in now.doors if _door(each.function, new) in old_doors), None)
    door = same or now.doors[0]
    ways = {each.id: each.way for each in now.passed_by}
    passing = [each.id for each in now.passed_by] if door is now.doors[0] else _beside(door.holds, now)
    places, old_places = _places(new), _places(old)
    before = {_moved(old_places[each], carried) for each in was.places if each in old_places}
    passed = {_moved(old_places[each.id], carried) for each in was.passed_by if each.id in old_places}
    label = _called(door.function, new)
    for fingerprint in passing:
        place = places.get(fingerprint)
        if place is None:
            continue
        site = place.path, place.symbol
        if site in passed or (site in before and same is None):
            continue
        if site not in before and _was_crowded_out(place, new, old, carried):
            continue
        way = tuple(_way(ways.get(fingerprint, ()), new))
        yield Bypass(
            "door", spot(place, place.symbol or place.name or place.path), BEHIND if site in before else NEW, label, way
        )


def _beside(held: Iterable[str], passages: Passages) -> list[str]:
    inside = set(held)
    return [each for each in passages.places if each not in inside]


def _verdicts(packet: Packet) -> tuple[GateVerdict, ...]:
    return packet.graph.gates.effects if packet.graph.gates is not None else ()


def _effects(packet: Packet, carried: Carried) -> Mapping[Site, GateVerdict]:
    """The verdicts of the old packet, by where their functions are in the new one."""
    places = _places(packet)
    return {_moved(places[each.id], carried): each for each in _verdicts(packet) if each.id in places}


def _places(packet: Packet) -> dict[str, PacketTouchpoint]:
    return {each.id: each for each in packet.touchpoints}


def _sites(packet: Packet, carried: Carried) -> set[tuple[str, str, str]]:
    return {(each.kind, *_moved(each, carried)) for each in packet.touchpoints}


def _moved(place: PacketTouchpoint, carried: Carried) -> Site:
    return carried.site(place.path, place.symbol)


def _was_crowded_out(place: PacketTouchpoint, new: Packet, old: Packet, carried: Carried) -> bool:
    standing = place.seam or place.id
    seam = next((each for each in new.seams if each.id == standing), None)
    places = _places(new)
    own = [places[each] for each in seam.touchpoints if each in places] if seam is not None else [place]
    return carried.was_crowded_out(own, old.crowded_out)


def _functions(packet: Packet) -> dict[str, Function]:
    return {each.id: each for each in packet.graph.functions}


def _symbol(function: Function) -> str:
    """A symbol without the line that tells nameless functions apart."""
    return function.symbol.removesuffix(f":{function.line}")


def _door(fingerprint: str, packet: Packet, carried: Carried | None = None) -> Site:
    function = _functions(packet).get(fingerprint)
    if function is None:
        return fingerprint, ""
    return carried.site(function.path, _symbol(function)) if carried else (function.path, _symbol(function))


def _called(fingerprint: str, packet: Packet) -> str:
    function = _functions(packet).get(fingerprint)
    return f"{_symbol(function)} ({function.path}:{function.line})" if function is not None else ""


def _way(steps: Iterable[Step], packet: Packet) -> Iterator[Call]:
    known = _functions(packet)
    for step in steps:
        if (function := known.get(step.function)) is not None:
            yield Call(function.path, _symbol(function), step.line)
