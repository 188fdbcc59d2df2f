"""The places of one packet by fingerprint, and what every page tells of its doors; each page writes it its own way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from scanner.graphpacket import Door, Function
from scanner.inwords import name_of, places_of
from scanner.packet import Packet, PacketTouchpoint


class Held(msgspec.Struct, frozen=True):
    """A place that a door holds."""

    place: PacketTouchpoint
    #: Its name, with its file where another place of the door has the same one.
    label: str
    #: Whether it is the door itself.
    is_door: bool


class PacketPlaces:
    """The touchpoints and functions of a packet."""

    def __init__(self, packet: Packet) -> None:
        self._places = places_of(packet)
        self._touchpoints = {each.id: each for each in packet.touchpoints}
        self._functions = {each.id: each for each in packet.graph.functions}
        doors = packet.graph.passages.doors if packet.graph.passages is not None else ()
        surfaces = tuple(sorted({surface for door in doors for surface in door.surfaces}))
        #: Those of all doors, where there are so many that they are told by their number; else none.
        self.surfaces = surfaces if len(surfaces) > 2 else ()

    def touchpoint(self, fingerprint: str) -> PacketTouchpoint | None:
        """The touchpoint with that fingerprint."""
        return self._touchpoints.get(fingerprint)

    def function(self, fingerprint: str) -> Function | None:
        """The function with that fingerprint."""
        return self._functions.get(fingerprint)

    def place(self, fingerprint: str) -> PacketTouchpoint | Function | None:
        """Whichever of both has that fingerprint."""
        return self._places.get(fingerprint)

    def are_all(self, surfaces: Sequence[str]) -> bool:
        """Whether these are the surfaces of all doors, which are told by their number."""
        return bool(self.surfaces) and tuple(sorted(surfaces)) == self.surfaces

    def held(self, door: Door) -> list[Held]:
        """What a door holds, itself first: that is what makes it a door that nothing else shares."""
        here = self._functions.get(door.function)
        held = [place for place in map(self._touchpoints.get, door.holds) if place is not None]
        count = Counter(name_of(place) for place in held)
        found = []
        for place in held:
            is_door = here is not None and (place.path, place.symbol) == (here.path, here.symbol)
            file = f"{place.path.rpartition('/')[2]}:" if count[name_of(place)] > 1 else ""
            found.append(Held(place, f"{file}{name_of(place)}" or place.path, is_door))
        return sorted(found, key=lambda each: not each.is_door)
