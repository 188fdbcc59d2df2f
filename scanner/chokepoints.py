"""Through how few functions everything of a kind is reached, and what passes them by.

The answer is a minimum vertex cut between entry points and the functions where the seams stand, see `scanner.cuts`: the
smallest set of functions without which no way is left. Dominators would name one function or none; a cut also tells of
two doors side by side. Of all smallest sets it is the one nearest to the seams: the most specific place to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from scanner.counting import standing
from scanner.cuts import minimum_cut, ordered_cover
from scanner.seams import Seam
from scanner.touchpoints import Touchpoint
from scanner.ways import Entry, Hop, Ways

#: A function counts as a door only if a run may be led through it; these run once, when a file is loaded.
_NO_DOORS = ("module", "class")


class Chokepoint(msgspec.Struct, frozen=True):
    """A function through which seams are reached."""

    node: int
    #: Places of the seams that are out of reach once this and the chokepoints before it are gone; none where the next
    #: one is a second door to the same places.
    holds: tuple[Touchpoint, ...]
    #: Surfaces from which it is reached.
    surfaces: tuple[str, ...]


class Bypass(msgspec.Struct, frozen=True):
    """A place that is reached without passing the chokepoints that were asked for."""

    place: Touchpoint
    surfaces: tuple[str, ...]
    #: From an entry point to the place.
    way: tuple[Hop, ...]


class Passage(msgspec.Struct, frozen=True):
    """The ways from entry points to seams."""

    #: Places of all seams, one a function.
    places: tuple[Touchpoint, ...]
    #: The smallest set of functions that all ways pass, the one that holds most first.
    chokepoints: tuple[Chokepoint, ...]
    starts: tuple[Entry, ...]

    def needed(self, share: float) -> int:
        """How many of the chokepoints hold a share (from 0 to 1) of the places."""
        wanted, held = share * len(self.places), 0
        for count, each in enumerate(self.chokepoints):
            if held >= wanted - 1e-9:
                return count
            held += len(each.holds)
        return len(self.chokepoints)


def passage(ways: Ways, seams: Iterable[Seam]) -> Passage:
    """The smallest set of functions through which seams are reached.

    Args:
        ways: the graph with its entry points. A function that nothing is known to call counts as one.
        seams: where to; only places in code that the graph knows count.
    """
    places: dict[int, Touchpoint] = {}
    for seam in seams:
        for place in standing(seam):
            node = ways.node(place)
            if node >= 0:
                places.setdefault(node, place)
    sinks = set(places)
    starts = ways.starts_for(sinks)
    sources = {entry.node for entry in starts} | {node for node in sinks if not ways.predecessors[node]}
    fixed = {number for number, node in enumerate(ways.nodes) if node.kind in _NO_DOORS} - sinks
    members = minimum_cut(ways.successors, sources, sinks, fixed)
    cover = ordered_cover(ways.successors, sources, members, sinks)
    chokepoints = tuple(
        Chokepoint(step.member, tuple(places[sink] for sink in step.sinks), ways.surfaces_of(step.member))
        for step in cover.steps
    )
    ordered = sorted(places.values(), key=lambda place: (place.path, place.line))
    return Passage(tuple(ordered), chokepoints, starts)


def bypasses(ways: Ways, passed: Passage, kept: Sequence[Chokepoint]) -> tuple[Bypass, ...]:
    """The places that are reached without passing any of some chokepoints, each with a shortest way.

    Args:
        ways: the graph.
        passed: the answer of `passage`.
        kept: the chokepoints to pass.
    """
    doors = frozenset(each.node for each in kept)
    places = {ways.node(place): place for place in passed.places}
    known = [entry.node for entry in passed.starts if entry.kind != "no caller"]
    starts = known + [entry.node for entry in passed.starts if entry.kind == "no caller"]
    found = ways.ways(starts, set(places) - doors, doors)
    return tuple(
        Bypass(places[node], ways.surfaces_of(node), way)
        for node, way in sorted(found.items(), key=lambda item: (places[item[0]].path, places[item[0]].line))
    )
