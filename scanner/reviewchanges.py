"""What changed since a baseline as the page for a design review shows it. The words are those of `diffwords`.

A requirement or seam that the page has is linked within the page, and each place to the forge, on the side of which it
is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from markupsafe import Markup

from scanner import escape, htmltext
from scanner.diffpacket import TOPICS, PacketDiff, Side, Spot, StatusChange
from scanner.diffwords import Row, Section, Where, attested_words, headline, sections, side_words
from scanner.links import Links
from scanner.packet import Packet
from scanner.packetwords import SHAPES

#: Signs, and the words for those who do not see them.
_SIGNS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "+": ("+", "added"),
        "-": ("\N{MINUS SIGN}", "removed"),
        "~": ("→", "changed"),
        "↑": ("↑", "raised"),
        "↓": ("↓", "lowered"),
    }
)
#: What the table and the two sides show; all other topics are lists.
_SHOWN_APART: Final = ("statuses_raised", "statuses_lowered", "score")
#: A list that is no longer is open; of a longer one than the other the rest is left out.
_OPEN: Final = 12
_MOST: Final = 400
#: A sentence that is longer, or a path, loses its middle.
_LONGEST: Final = 600
_LONGEST_PATH: Final = 80

#: What a row tells of a seam: name, kind and place.
_Told = tuple[str, str, Where]


class Link(msgspec.Struct, frozen=True):
    """A place in a file."""

    #: `path:line`, as code.
    text: Markup
    #: Empty where there is no address: the file differs from its commit, or the commit is nowhere to be seen.
    url: str
    #: Whether it is a place of the baseline.
    was: bool


class StatusLine(msgspec.Struct, frozen=True):
    """A requirement whose status changed: a line of the table."""

    requirement: str
    title: str
    sign: str
    #: `raised` or `lowered`.
    word: str
    #: Shape and word, before and now.
    was: tuple[str, str]
    now: tuple[str, str]
    #: Whose word it is or was, where it is not what was found.
    attested: str
    why: tuple[Markup, ...]


class Item(msgspec.Struct, frozen=True):
    """One change of a list."""

    sign: str
    #: The sign in a word.
    word: str
    #: Names as code, before and now; or a title.
    names: tuple[Markup, ...]
    #: The part of an id of this page that comes after the pack; empty where the page does not have it.
    target: str
    kind: str
    places: tuple[Link, ...]
    detail: Markup
    more: tuple[Markup, ...]
    #: Functions from an entry point to the place.
    way: tuple[Link, ...]


class Group(msgspec.Struct, frozen=True):
    """One topic."""

    title: str
    head: str
    count: int
    items: tuple[Item, ...]
    #: Whether it is so short that nothing need be folded.
    is_short: bool

    @property
    def left_out(self) -> int:
        """How many changes are not shown."""
        return self.count - len(self.items)


class SideWords(msgspec.Struct, frozen=True):
    """The baseline or the packet of the page, in words."""

    what: Markup
    word: str
    score: int | None
    #: The arithmetic of the score, where that differs.
    arithmetic: str
    look: str


class ReviewChanges(msgspec.Struct, frozen=True):
    """All that the section shows."""

    headline: str
    is_empty: bool
    #: What makes the two hard to compare.
    notes: tuple[Markup, ...]
    was: SideWords
    now: SideWords
    statuses: tuple[StatusLine, ...]
    groups: tuple[Group, ...]


def review_changes(diff: PacketDiff, packet: Packet | None = None) -> ReviewChanges:
    """What a page shows of a difference.

    Args:
        diff: from the baseline to the packet of the page.
        packet: of the page; with it places are linked that are uses of a seam, such as side effects behind a gate.
    """
    arithmetic = [(each.was_words, each.now_words) for each in diff.score] or [("", "")]
    page = _Page(diff, packet)
    return ReviewChanges(
        headline=headline(diff),
        is_empty=diff.empty,
        notes=tuple(map(_prose, diff.notes)),
        was=_side(diff.old, arithmetic[0][0]),
        now=_side(diff.new, arithmetic[0][1]),
        statuses=tuple(_statuses(diff)),
        groups=tuple(map(page.group, sections(_without(diff, _SHOWN_APART)))),
    )


def _without(diff: PacketDiff, topics: Iterable[str]) -> PacketDiff:
    return msgspec.structs.replace(diff, **dict.fromkeys(topics, ()))


def _side(side: Side, arithmetic: str) -> SideWords:
    return SideWords(_prose(side_words(side)), side.word, side.score, arithmetic, side.completeness)


def _statuses(diff: PacketDiff) -> Iterable[StatusLine]:
    """Lines of the table, in the order of `diffwords`, whose words they have."""
    changes: tuple[StatusChange, ...] = (*diff.statuses_raised, *diff.statuses_lowered)
    told = sections(_without(diff, (topic for topic in TOPICS if not topic.startswith("statuses_"))))
    rows = (row for section in told for row in section.rows)
    for change, row in zip(changes, rows, strict=True):
        sign, word = _SIGNS[row.mark]
        yield StatusLine(
            requirement=change.requirement,
            title=change.title,
            sign=sign,
            word=word,
            was=(SHAPES[change.was], change.was),
            now=(SHAPES[change.now], change.now),
            attested=attested_words(change),
            why=tuple(map(_prose, row.more)),
        )


def _prose(text: str) -> Markup:
    """Running text in which only `code` means something."""
    return htmltext.prose(escape.shorten(text, _LONGEST), lambda _: None)


class _Page:
    """How rows of one difference look."""

    def __init__(self, diff: PacketDiff, packet: Packet | None) -> None:
        self._links = [Links(side.permalink, side.changed, web=True) for side in (diff.new, diff.old)]
        self._seams = _seams(diff, packet)
        self._requirements = {each.title: each.requirement for each in diff.attestations}

    def group(self, section: Section) -> Group:
        """A topic, with as many of its changes as a page can bear."""
        count = len(section.rows)
        items = tuple(map(self._item, section.rows[:_MOST]))
        return Group(section.title, section.head, count, items, is_short=count <= _OPEN)

    def _item(self, row: Row) -> Item:
        sign, word = _SIGNS[row.mark]
        return Item(
            sign=sign,
            word=word,
            names=tuple(map(htmltext.code, row.names)) or (_prose(row.title),),
            target=self._target(row),
            kind=row.kind,
            places=tuple(self._link(each, f"{each.path}:{each.line}") for each in row.places),
            detail=_prose(row.detail),
            more=tuple(map(_prose, row.more)),
            way=tuple(
                self._link(Where(each.path, each.line, each.line), _step(each.path, each.symbol, each.line))
                for each in (row.way if len(row.way) > 1 else ())
            ),
        )

    def _target(self, row: Row) -> str:
        if not row.names:
            requirement = self._requirements.get(row.title)
            return f"requirement/{requirement}" if requirement else ""
        seams = [self._seams.get((row.names[-1], row.kind, each)) for each in row.places[-1:]]
        return f"seam/{seams[0]}" if any(seams) else ""

    def _link(self, place: Where, text: str) -> Link:
        return Link(htmltext.code(text, _LONGEST_PATH), self._links[place.is_old].of(place), place.is_old)


def _step(path: str, symbol: str, line: int) -> str:
    file = path.rpartition("/")[2]
    return f"{file}:{symbol}:{line}" if file != symbol else f"{file}:{line}"


def _seams(diff: PacketDiff, packet: Packet | None) -> dict[_Told, str]:
    """Fingerprints of the seams of the new packet, by what rows tell of them."""
    pairs = (*diff.seams_moved, *diff.seams_renamed, *diff.confidence_changed)
    found = {_told(each): each.id for each in (*diff.seams_added, *(pair.now for pair in pairs))}
    if packet is not None:
        seams = {use: seam.id for seam in packet.seams for use in seam.touchpoints}
        found = {key: seams[each] for key, each in found.items() if each in seams}
        judged = (*(each.place for each in diff.gate_coverage), *(each.place for each in diff.new_bypasses))
        found |= {_told(each): seams[each.id] for each in judged if each.id in seams}
    return found


def _told(spot: Spot) -> _Told:
    return spot.name, spot.kind.replace("_", " "), Where(spot.path, spot.line, spot.end_line)
