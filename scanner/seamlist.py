"""The seams of a packet as data for the page's search: compact, since some packets have thousands of touchpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from scanner.escape import shorten, visible
from scanner.jsonpage import inert_json
from scanner.links import Links
from scanner.packet import Packet, PacketTouchpoint

#: Longer names and lines of code lose their middle.
_LONGEST: Final = 160
#: What HTML or a script element could read in a JSON text, and how JSON may write it instead.
_WRITTEN: Final = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})


class _Numbered:
    """Texts by number, each once."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {}

    def of(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))


def seam_list(packet: Packet) -> str:
    """The seams with their touchpoints as JSON that may stand in a script element.

    `kinds`, `rules`, `surfaces` and `paths` are tables; a path comes with the address of the file on the forge, empty
    where it has none. A seam is `[id, kind, name, surface, unwired, requirements, verdict, touchpoints]`, a touchpoint
    `[id, path, line, symbol, text, rule, role, confidence, fragment]`, its fragment being what follows the `#` of the
    file's address. Kinds, rules, surfaces, paths and requirements are told by their numbers.
    """
    kinds, rules, surfaces, paths = _Numbered(), _Numbered(), _Numbered(), _Numbered()
    links = Links(packet.repository.permalink, packet.repository.changed, web=True)
    #: Path → address of the file; a touchpoint only adds its lines.
    files: dict[str, str] = {}
    places = {each.id: each for each in packet.touchpoints}
    asked = _requirements(packet)
    gates = packet.graph.gates
    verdicts = {each.id: each.verdict for each in gates.effects} if gates is not None else {}

    def touchpoint(place: PacketTouchpoint) -> list[Any]:
        file, _, fragment = links.of(place).partition("#")
        if file:
            files[place.path] = file
        rule, path = rules.of(place.rule), paths.of(place.path)
        names = _text(place.symbol or place.name), _text(place.text)
        return [place.id, path, place.line, *names, rule, place.role, place.confidence, fragment]

    seams = []
    for seam in packet.seams:
        ids = [each for each in seam.touchpoints if each in places]
        numbers = sorted({number for each in ids for number in asked.get(each, ())})
        verdict = next((verdicts[each] for each in ids if each in verdicts), "")
        where = kinds.of(seam.kind), _text(seam.name), surfaces.of(visible(seam.surface))
        seams.append([seam.id, *where, seam.unwired, numbers, verdict, [touchpoint(places[each]) for each in ids]])
    data = {
        "kinds": list(kinds.texts),
        "rules": list(map(visible, rules.texts)),
        "surfaces": list(surfaces.texts),
        "paths": [[visible(path), files.get(path, "")] for path in paths.texts],
        "requirements": [[each.id, visible(each.title)] for each in packet.requirements],
        "seams": seams,
    }
    return inert_json(msgspec.json.encode(data)).decode().translate(_WRITTEN)


def _text(text: str) -> str:
    return shorten(visible(text), _LONGEST)


def _requirements(packet: Packet) -> Mapping[str, list[int]]:
    """Fingerprint → the numbers, from 0, of requirements that it is evidence or an exception of."""
    found: dict[str, list[int]] = {}
    for number, each in enumerate(packet.requirements):
        for place in dict.fromkeys((*each.evidence, *each.exceptions)):
            found.setdefault(place, []).append(number)
    return found
