"""Packets as pages: Markdown for people, JSON for machines. Nothing is judged here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from scanner import drawing, escape
from scanner.graphpacket import Door, Function, GateCoverage, Passages, Step
from scanner.inwords import in_words, name_of
from scanner.jsonpage import json_page
from scanner.kinds import KINDS
from scanner.packet import BlindSpot, InventoryItem, Packet, PacketTouchpoint, Place, RequirementResult, Version
from scanner.packs import Status
from scanner.pages import environment, tidied
from scanner.phrases import joined, listed, plural
from scanner.survey import NO_CODE, UNREACHED

if TYPE_CHECKING:
    from jinja2 import Environment

#: Forges show about 65,000 characters in a comment.
LONGEST_PAGE: Final = 60_000


class Limit(msgspec.Struct, frozen=True):
    """How much a page shows."""

    #: Lines of a folded list.
    folded: int
    #: Rows of a table of doors, ways or verdicts.
    rows: int
    #: Rows of evidence that a requirement shows in the open.
    open: int
    #: What is linked, each with what comes before it: 0 nothing, 1 evidence, 2 what sentences name, doors and side
    #: effects, 3 inventory and the calls of ways.
    links: int


#: A page that is too long is made again with less: folded lines go first, then links of what is least often followed.
LIMITS: Final = (
    *(Limit(folded, 8, 8, 3) for folded in (40, 25, 15, 8)),
    *(Limit(folded, rows, 8, 2) for folded, rows in ((15, 8), (8, 8), (4, 6))),
    *(Limit(folded, rows, 8, 1) for folded, rows in ((8, 8), (4, 6), (0, 5))),
    *(Limit(0, 5, opened, 1) for opened in (6, 5, 4)),
    *(Limit(0, rows, opened, 0) for rows, opened in ((8, 8), (5, 5), (3, 3), (1, 1))),
)

#: A longer way loses its middle; both ends tell most.
_LONGEST_WAY: Final = 7
_WAY_END: Final = 3

SHAPES: Final[dict[Status, str]] = {"ready": "●", "partial": "◐", "gap": "○", "n/a": "\N{EN DASH}"}


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
    """The packet as a Markdown page that a forge can show; longer lists are folded, the longest cut."""
    page = ""
    for limit in LIMITS:
        template = _environment(packet, limit).get_template("packet.md.j2")
        text: str = template.render(packet=packet, folded=limit.folded, rows=limit.rows, open=limit.open)
        page = tidied(text)
        if len(page.encode()) <= LONGEST_PAGE:
            break
    return page


class _Page:
    """How places and texts of one packet look in Markdown; its public methods are the templates' functions."""

    def __init__(self, packet: Packet, links: int) -> None:
        self._links = links
        self._touchpoints = {each.id: each for each in packet.touchpoints}
        self._functions = {each.id: each for each in packet.graph.functions}
        self._numbers = {each.id: number for number, each in enumerate(packet.requirements, 1)}
        doors = packet.graph.passages.doors if packet.graph.passages is not None else ()
        self._surfaces = tuple(sorted({surface for door in doors for surface in door.surfaces}))
        self._permalink = packet.repository.permalink
        self._changed = frozenset(packet.repository.changed)

    def touchpoint(self, fingerprint: str) -> PacketTouchpoint | None:
        """The touchpoint with that fingerprint."""
        return self._touchpoints.get(fingerprint)

    def function(self, fingerprint: str) -> Function | None:
        """The function with that fingerprint."""
        return self._functions.get(fingerprint)

    def at(self, place: PacketTouchpoint | Function | Place | BlindSpot, table: bool = False, rank: int = 1) -> str:
        """`path:line`, linked where the forge has these very lines and the page has room for links of this rank."""
        label = escape.code(f"{escape.shorten(escape.visible(place.path), 80)}:{place.line}", table)
        return self._linked(label, place, rank)

    def version(self, version: Version, table: bool = False) -> str:
        """A version, linked to where it is written."""
        return self._linked(escape.code(version.version, table) if version.version else "any version", version, 3)

    def _linked(self, label: str, place: PacketTouchpoint | Function | Place | BlindSpot | Version, rank: int) -> str:
        return self._link(label, place.path, place.line, getattr(place, "end_line", place.line), rank)

    def _link(self, label: str, path: str, line: int, end_line: int, rank: int) -> str:
        if path in self._changed or rank > self._links:
            return label
        url = escape.address(self._permalink, path, line, end_line)
        return f"[{label}]({url})" if url else label

    def unlinked(self, place: PacketTouchpoint | Function | Place | BlindSpot) -> str:
        """`path:line` without a link, for lists where it would cost too much."""
        return escape.code(f"{escape.shorten(escape.visible(place.path), 80)}:{place.line}")

    def called(self, fingerprint: str, table: bool = False) -> str | None:
        """A place in a sentence: its symbol, then where it is."""
        place = self._touchpoints.get(fingerprint) or self._functions.get(fingerprint)
        if place is None:
            return None
        name = name_of(place)
        return f"{escape.code(name, table)} ({self.at(place, table, 2)})" if name else self.at(place, table, 2)

    def holds(self, door: Door, table: bool = False) -> str:
        """How many places a door holds, and the first of them."""
        here = self._functions.get(door.function)
        if not door.holds:
            return "the same as the next, together with it"
        held = [place for place in map(self._touchpoints.get, door.holds) if place is not None]
        count = Counter(name_of(place) for place in held)
        names = []
        for place in held:
            itself = here is not None and (place.path, place.symbol) == (here.path, here.symbol)
            file = f"{place.path.rpartition('/')[2]}:" if count[name_of(place)] > 1 else ""
            names.append("itself" if itself else escape.code(f"{file}{name_of(place)}" or place.path, table))
        # Itself is told first, since that is what makes it a door that nothing else shares.
        return f"{len(door.holds)}: {listed(sorted(names, key=lambda name: name != 'itself'), 3)}"

    def reached_from(self, surfaces: Sequence[str], table: bool = False) -> str:
        """Surfaces in a cell or line; many that are all that any door has are told by their number."""
        if len(surfaces) > 2 and tuple(sorted(surfaces)) == self._surfaces:
            return f"all {len(surfaces)} surfaces"
        return ", ".join(escape.plain(each, table) for each in surfaces) or "no known entry point"

    def all_surfaces(self) -> str:
        """The surfaces of all doors, where `reached_from` tells them by their number."""
        return ", ".join(map(escape.plain, self._surfaces)) if len(self._surfaces) > 2 else ""

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
            shown.append(self._link(label, here.path, step.line, step.line, 3) if linked else label)
        return " → ".join(shown)

    def prose(self, text: str) -> str:
        """Running text with linked places."""
        return escape.prose(text, self.called)

    def cell(self, text: str) -> str:
        """The same inside a table."""
        return escape.prose(text, lambda fingerprint: self.called(fingerprint, table=True), table=True)

    def brief(self, text: str) -> str:
        """The same for the matrix, without the places at its end: the requirement's own section has them."""
        return self.cell(re.sub(r"(?:; absent)?:? (?:now (?=\[\[))?(?:\[\[place:|`).*$", "", text).rstrip(",:"))

    def asked(self, passages: Passages | None, counted: bool = False) -> str:
        """What is asked for: `the functions that send requests to a model`, or with their number."""
        kinds = self._kinds(passages.places if passages is not None else ())
        sends = kinds == ["model_call"]
        which = "that {} requests to a model" if sends else f"that {{}} a seam of {self._spaced(kinds)}"
        count = len(passages.places) if passages is not None else 0
        one, many = ("sends", "send") if sends else ("has", "have")
        if not counted:
            return f"the functions {which.format(many)}"
        return f"{plural(count, 'function')} {which.format(one if count == 1 else many)}"

    def verdicts(self, gates: GateCoverage) -> str:
        """How many side effects are gated, in a sentence."""
        covered, policy, uncovered, unknown = gates.counts
        total = sum(gates.counts)
        conditional = sum(each.conditional for each in gates.effects if each.verdict == "covered")
        only = f" ({conditional} of them only where a condition asks)" if conditional else ""
        kinds = self._spaced(self._kinds([each.id for each in gates.effects]))
        return (
            f"Of {plural(total, 'function')} that a model's decision can set off ({kinds}), {covered} "
            f"{'runs' if covered == 1 else 'run'} only behind a gate at which a person can be asked{only}, {policy} "
            f"only behind rules that ask nobody, {uncovered} can be reached past every gate, and of {unknown} no sure "
            "way is known."
        )

    def _kinds(self, places: Sequence[str]) -> list[str]:
        found = {self._touchpoints[each].kind for each in places if each in self._touchpoints}
        return [kind for kind in KINDS if kind in found]

    def _spaced(self, kinds: Sequence[str]) -> str:
        return joined([kind.replace("_", " ") for kind in kinds], "or")

    def numbers(self, requirements: Sequence[str]) -> str:
        """Requirements by their numbers: `1, 2 and 6`."""
        return joined([str(self._numbers[each]) for each in requirements], "and")


def _environment(packet: Packet, limit: Limit) -> Environment:
    made = environment()
    page = _Page(packet, limit.links)
    made.filters.update(
        at=page.at,
        version=page.version,
        versions=_versions,
        unlinked=page.unlinked,
        prose=page.prose,
        cell=page.cell,
        brief=page.brief,
        numbers=page.numbers,
        holds=page.holds,
        way=page.way,
        asked=page.asked,
        verdicts=page.verdicts,
        drawn=drawing.seam_map,
        explained=lambda surface: _NO_SURFACES.get(surface, ""),
        code=escape.code,
        plain=escape.plain,
        block=escape.block,
        spaced=lambda name: name.replace("_", " "),
        shape=lambda status: SHAPES[status],
        reached_from=page.reached_from,
        short=lambda text: escape.shorten(text, 160),
        decimal=lambda value: f"{value:g}",
        size=_size,
    )
    made.globals.update(
        touchpoint=page.touchpoint,
        function=page.function,
        all_surfaces=page.all_surfaces,
        called=page.called,
        plural=plural,
        columns=_columns,
        apart=lambda category: _APART.get(category, f"{category} file"),
        read=_read,
        open_in=_open,
    )
    return made


#: What files that are set apart are called; vendored and generated ones are not read at all.
_APART = {
    "test": "test file",
    "docs": "documentation file",
    "example": "example file",
    "vendored": "unread vendored file",
    "generated": "unread generated file",
    "excluded": "unread excluded file",
}


#: Rows of the matrix that are no surfaces, and which seams they count.
_NO_SURFACES = {
    UNREACHED: "to which no way from a known entry point leads",
    NO_CODE: "that stand in no code",
}


def _versions(item: InventoryItem) -> list[Version]:
    """The versions that differ, each where it is written first."""
    different: dict[tuple[str, str, bool], Version] = {}
    for each in item.versions:
        different.setdefault((each.package, each.version, each.pinned), each)
    return list(different.values())


def _columns(packet: Packet) -> list[int]:
    """Kinds that any surface has."""
    rows = packet.surfaces.rows
    return [at for at in range(len(packet.surfaces.kinds)) if any(row.counts[at] for row in rows)]


def _read(packet: Packet) -> str:
    """How many files were read, by language."""
    languages = [f"{count} {name}" for name, count in packet.coverage.languages]
    named = f" ({joined(languages, 'and')})" if languages else ""
    return f"{plural(packet.coverage.files, 'file')} read{named}"


def _open(requirements: Sequence[RequirementResult]) -> int:
    """How many requirements have a question that was not answered."""
    return sum(bool(each.not_judged) and each.attested is None for each in requirements)


def _size(count: int) -> str:
    """Bytes for people: `640 B`, `8.6 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 999_950 else f"{count / 1_000_000:.1f} MB"
