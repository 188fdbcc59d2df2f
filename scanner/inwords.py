"""Sentences of a packet with places by name, for formats without links."""

from __future__ import annotations

import msgspec

from scanner import escape
from scanner.graphpacket import Function
from scanner.packet import Packet, PacketTouchpoint


def in_words(packet: Packet) -> Packet:
    """The packet with places in its sentences by name instead of by marker."""
    named = places_of(packet)

    def words(text: str) -> str:
        return escape.text_only(text, lambda fingerprint: _words(named.get(fingerprint)))

    replace = msgspec.structs.replace
    return replace(
        packet,
        verdict=replace(packet.verdict, text=words(packet.verdict.text)),
        requirements=tuple(
            replace(
                each,
                claim=words(each.claim),
                missing=tuple(map(words, each.missing)),
                next=tuple(map(words, each.next)),
            )
            for each in packet.requirements
        ),
        slices=tuple(replace(each, step=words(each.step)) for each in packet.slices),
    )


def places_of(packet: Packet) -> dict[str, PacketTouchpoint | Function]:
    """What sentences and ways of a packet may name, by fingerprint; a touchpoint goes before the function around it."""
    named: dict[str, PacketTouchpoint | Function] = {each.id: each for each in packet.graph.functions}
    return named | {each.id: each for each in packet.touchpoints}


def name_of(place: PacketTouchpoint | Function) -> str:
    """What to call a place in a sentence; empty where it has no name."""
    return place.symbol if isinstance(place, Function) else place.symbol or place.name


def _words(place: PacketTouchpoint | Function | None) -> str | None:
    """A place in a sentence without links."""
    if place is None:
        return None
    where = f"{escape.visible(place.path)}:{place.line}"
    name = escape.visible(name_of(place))
    return f"`{name}` ({where})" if name else where
