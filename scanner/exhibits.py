"""What the page for a design review shows beside the packet: the code around shown places, and how seams are reached.

It is no part of the packet's JSON, which would change with every line around a place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from scanner.chart import Chart
from scanner.conditionwords import Line, Words
from scanner.excerpts import Excerpt, excerpts_at
from scanner.packed import Reports
from scanner.packet import Packet
from scanner.packs import Pack
from scanner.riskiest import MOST, riskiest
from scanner.seamweb import SeamWeb, seam_web

#: So many lines of evidence of a requirement come with their code.
OPEN_EVIDENCE: Final = 8
#: So many side effects of each verdict, and of ways past the first door.
OPEN_WAYS: Final = 8


class Levels(msgspec.Struct, frozen=True):
    """When a requirement has a status, as a list of conditions in words."""

    ready: tuple[Line, ...]
    partial: tuple[Line, ...]


class Exhibits(msgspec.Struct, frozen=True):
    """What is shown beside one packet."""

    #: By fingerprint of the touchpoint.
    excerpts: dict[str, Excerpt] = {}
    web: SeamWeb = SeamWeb()
    #: By id of the requirement.
    levels: dict[str, Levels] = {}


def exhibits(packet: Packet, pack: Pack, titles: Mapping[str, str], reports: Reports, chart: Chart | None) -> Exhibits:
    """What the page shows beside a packet.

    Args:
        packet: to be shown.
        pack: that it answers.
        titles: rule id or kind to title.
        reports: of the scan that it was made of.
        chart: likewise; None where nothing is judged.
    """
    words = Words(titles, pack.groups)
    levels = {
        each.id: Levels(tuple(words.lines(each.ready)), tuple(words.lines(each.partial)) if each.partial else ())
        for each in pack.requirements
    }
    places = {each.id: each for each in packet.touchpoints}
    shown = [places[each] for each in dict.fromkeys(_shown(packet)) if each in places]
    web = seam_web(chart, packet) if chart is not None else SeamWeb()
    return Exhibits(excerpts_at(reports, shown), web, levels)


def _shown(packet: Packet) -> Iterator[str]:
    """Fingerprints of what the page shows with its code, some twice."""
    yield from (each.place.id for each in riskiest(packet)[:MOST])
    yield from (each.start for each in packet.slices)
    for requirement in packet.requirements:
        yield from (group.id for group in requirement.places[:OPEN_EVIDENCE])
    graph = packet.graph
    if graph.passages is not None:
        yield from (each.id for each in graph.passages.passed_by[:OPEN_WAYS])
    if graph.gates is not None:
        for verdict in ("uncovered", "policy", "covered", "unknown"):
            yield from [each.id for each in graph.gates.effects if each.verdict == verdict][:OPEN_WAYS]
