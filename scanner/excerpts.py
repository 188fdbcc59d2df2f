"""The code around places that a page shows, out of the lines that were kept when their files were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from scanner.lines import window
from scanner.packed import Reports
from scanner.packet import PacketTouchpoint


class Excerpt(msgspec.Struct, frozen=True, array_like=True):
    """A few lines of a file, one of which begins the place that they are shown for."""

    path: str
    #: Number of the first line, counted from 1.
    first: int
    #: Each at most 200 characters, with its indentation, secrets masked.
    lines: tuple[str, ...]


def excerpts_at(reports: Reports, places: Iterable[PacketTouchpoint]) -> dict[str, Excerpt]:
    """The code around places, by fingerprint, in their order.

    A place has at most nine lines: from two before its line to six after it, but to no more than two after its last.
    Blank lines at either end are left out. A use has none where no rule found anything near it.

    Args:
        reports: of the scan that found the places.
        places: of any of its files.
    """
    asked = list(places)
    kept = {
        path: {number: text for run in runs for number, text in enumerate(run.text.split("\n"), run.first)}
        for path, runs in reports.excerpts({place.path for place in asked}).items()
    }
    return {place.id: _excerpt(place, kept[place.path]) for place in asked if place.line in kept.get(place.path, ())}


def _excerpt(place: PacketTouchpoint, kept: Mapping[int, str]) -> Excerpt:
    """The lines of a place, of those that were kept of its file."""
    begin, end = window(place.line, place.end_line)
    first = last = place.line
    while first > begin and first - 1 in kept:
        first -= 1
    while last < end and last + 1 in kept:
        last += 1
    while first < place.line and not kept[first].strip():
        first += 1
    while last > place.line and not kept[last].strip():
        last -= 1
    return Excerpt(place.path, first, tuple(kept[number] for number in range(first, last + 1)))
