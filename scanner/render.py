"""Packets as pages: Markdown for people, JSON for machines. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from scanner import drawing, escape
from scanner.graphpacket import Door, Step
from scanner.inwords import in_words, name_of
from scanner.jsonpage import json_page
from scanner.links import Links, Placed
from scanner.packet import Packet, Place, Version
from scanner.packetplaces import PacketPlaces
from scanner.packetwords import (
    SHAPES,
    asked_of,
    columns_of,
    no_suffix,
    no_surface,
    read_of,
    set_apart,
    size,
    unanswered,
    verdicts_of,
    versions_of,
    without_places,
)
from scanner.pages import environment, tidied
from scanner.phrases import joined, listed, plural
from scanner.shortening import LeftOut, Limit, shortened

if TYPE_CHECKING:
    from jinja2 import Environment

#: GitHub takes 65,536 characters in a comment, the least of all forges; the rest is room for words around the page.
LONGEST_PAGE: Final = 60_000

#: A longer way loses its middle; both ends tell most.
_LONGEST_WAY: Final = 7
_WAY_END: Final = 3


def to_json(packet: Packet) -> bytes:
    """The packet as JSON, its fields in the order of the contract."""
    return json_page(in_words(packet))


def packets_to_json(packets: Sequence[Packet]) -> bytes:
    """Several packets as `{"packets": [...]}`, each as `to_json` writes it alone."""
    return json_page({"packets": [in_words(packet) for packet in packets]})


def rendered(packets: Sequence[Packet], form: str) -> bytes:
    """Packets as one file: `markdown` or `json`."""
    if form == "json":
        return to_json(packets[0]) if len(packets) == 1 else packets_to_json(packets)
    return "\n---\n\n".join(map(to_markdown, packets)).encode()


def to_markdown(packet: Packet) -> str:
    """The packet as a Markdown page that a forge can show; longer lists are folded, and it says what is not on it."""
    drawn = drawing.fitted(packet.graph.map)

    def page(limit: Limit) -> str:
        template = _environment(packet, limit, drawn).get_template("packet.md.j2")
        return tidied(template.render(packet=packet, limit=limit))

    return shortened(page, LONGEST_PAGE)


class _Page(PacketPlaces):
    """How places and texts of one packet look in Markdown; its public methods are the templates' functions."""

    def __init__(self, packet: Packet, links: int, left: LeftOut) -> None:
        super().__init__(packet)
        self._rank = links
        self._links = Links(packet.repository.permalink, packet.repository.changed)
        self._left = left
        self._numbers = {each.id: number for number, each in enumerate(packet.requirements, 1)}

    def at(self, place: Placed, table: bool = False, rank: int = 1) -> str:
        """`path:line`, linked where the forge has these very lines and the page has room for links of this rank."""
        return self._linked(self.unlinked(place, table), place, rank)

    def version(self, version: Version, table: bool = False) -> str:
        """A version, linked to where it is written."""
        return self._linked(escape.code(version.version, table) if version.version else "any version", version, 3)

    def _linked(self, label: str, place: Placed, rank: int) -> str:
        url = self._links.of(place)
        if url and rank > self._rank:
            self._left.unlink(rank)
            url = ""
        return f"[{label}]({url})" if url else label

    def unlinked(self, place: Placed, table: bool = False) -> str:
        """`path:line` without a link, for lists where it would cost too much."""
        return escape.code(f"{escape.shorten(escape.visible(place.path), 80)}:{place.line}", table)

    def called(self, fingerprint: str, table: bool = False) -> str | None:
        """A place in a sentence: its symbol, then where it is."""
        place = self.place(fingerprint)
        if place is None:
            return None
        name = name_of(place)
        return f"{escape.code(name, table)} ({self.at(place, table, 2)})" if name else self.at(place, table, 2)

    def holds(self, door: Door, table: bool = False) -> str:
        """How many places a door holds, and the first of them."""
        if not door.holds:
            return "the same as the next, together with it"
        names = ["itself" if each.is_door else escape.code(each.label, table) for each in self.held(door)]
        return f"{len(door.holds)}: {listed(names, 3)}"

    def reached_from(self, surfaces: Sequence[str], table: bool = False) -> str:
        """Surfaces in a cell or line; many that are all that any door has are told by their number."""
        if self.are_all(surfaces):
            return f"all {len(surfaces)} surfaces"
        return ", ".join(escape.plain(each, table) for each in surfaces) or "no known entry point"

    def all_surfaces(self) -> str:
        """The surfaces of all doors, where `reached_from` tells them by their number."""
        return ", ".join(map(escape.plain, self.surfaces))

    def way(self, steps: Sequence[Step], table: bool = False, linked: bool = True) -> str:
        """A way as `file:function:line` of each call; a file is named where it changes, a long way loses its middle."""
        shown: list[str] = []
        path = ""
        cut = len(steps) - 2 * _WAY_END if len(steps) > _LONGEST_WAY else 0
        for at, step in enumerate(steps):
            here = self._functions.get(step.function)
            if here is None or _WAY_END <= at < _WAY_END + cut:
                shown += [f"*{plural(cut, 'more call')}*"] if at == _WAY_END and cut else []
                continue
            file = here.path.rpartition("/")[2]
            # What has no name of its own is called after its place, which the line of the call tells better.
            name = escape.shorten(here.symbol.removesuffix(f":{here.line}"), 60)
            parts = [file, name] if path != here.path and file != name else [name]
            path = here.path
            if at == len(steps) - 1:
                shown.append(escape.code(":".join(parts), table))
                continue
            label = escape.code(":".join((*parts, str(step.line))), table)
            shown.append(self._linked(label, Place(here.path, step.line), 3) if linked else label)
        return " → ".join(shown)

    def prose(self, text: str) -> str:
        """Running text with linked places."""
        return escape.prose(text, self.called)

    def cell(self, text: str) -> str:
        """The same inside a table."""
        return escape.prose(text, lambda fingerprint: self.called(fingerprint, table=True), table=True)

    def brief(self, text: str) -> str:
        """The same for the matrix, without the places at its end: the requirement's own section has them."""
        return self.cell(without_places(text))

    def numbers(self, requirements: Sequence[str]) -> str:
        """Requirements by their numbers: `1, 2 and 6`."""
        return joined([str(self._numbers[each]) for each in requirements], "and")


def _environment(packet: Packet, limit: Limit, drawn: drawing.Fitted) -> Environment:
    made = environment()
    left = LeftOut()
    page = _Page(packet, limit.links, left)
    made.filters.update(
        at=page.at,
        version=page.version,
        versions=versions_of,
        unlinked=page.unlinked,
        prose=page.prose,
        cell=page.cell,
        brief=page.brief,
        numbers=page.numbers,
        holds=page.holds,
        way=page.way,
        asked=lambda passages, counted=False: asked_of(packet, passages, counted),
        verdicts=lambda gates: verdicts_of(packet, gates),
        explained=no_surface,
        unsuffixed=no_suffix,
        code=escape.code,
        plain=escape.plain,
        block=escape.block,
        spaced=lambda name: name.replace("_", " "),
        shape=lambda status: SHAPES[status],
        reached_from=page.reached_from,
        short=lambda text: escape.shorten(text, 160),
        decimal=lambda value: f"{value:g}",
        size=size,
    )
    made.globals.update(
        touchpoint=page.touchpoint,
        function=page.function,
        drawn=drawn,
        all_surfaces=page.all_surfaces,
        called=page.called,
        plural=plural,
        columns=columns_of,
        apart=set_apart,
        read=read_of,
        open_in=unanswered,
        left=left.leave,
        note=left.note,
    )
    return made
