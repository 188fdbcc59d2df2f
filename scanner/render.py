"""Packets as pages: Markdown for people, JSON for machines. Nothing is judged here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from scanner import escape
from scanner.conditions import joined, plural
from scanner.errors import UserError
from scanner.packet import BlindSpot, Packet, PacketTouchpoint, Place, RequirementResult
from scanner.packs import Status

if TYPE_CHECKING:
    from jinja2 import Environment

#: Forges show about 65,000 characters in a comment.
LONGEST_PAGE: Final = 60_000

#: How many lines a folded list has; a page that is too long is made again with fewer.
FOLDED: Final = (40, 25, 15, 8, 4, 0)

#: How many places a requirement shows in the open.
OPEN: Final = 8

SHAPES: Final[dict[Status, str]] = {"ready": "●", "partial": "◐", "gap": "○", "n/a": "\N{EN DASH}"}


def to_json(packet: Packet) -> bytes:
    """The packet as JSON: two spaces of indent, fields in the order of the contract, a newline at the end."""
    # Names of files may hold bytes that are no UTF-8; JSON cannot.
    plain = _each_text(msgspec.to_builtins(in_words(packet)), _encodable)
    return msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"


def to_markdown(packet: Packet) -> str:
    """The packet as a Markdown page that a forge can show; longer lists are folded, the longest cut."""
    template = _environment(packet).get_template("packet.md.j2")
    page = ""
    for limit in FOLDED:
        text: str = template.render(packet=packet, folded=limit, open=OPEN)
        page = _encodable(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n")
        if len(page.encode()) <= LONGEST_PAGE:
            break
    return page


def templates_folder() -> Path:
    """Where the templates are: inside the installed package, else beside it in a checkout.

    Raises:
        UserError: when the installation has none.
    """
    package = Path(__file__).parent
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "packet.md.j2").is_file():
            return folder
    raise UserError("this installation has no templates; install the package again")


class _Page:
    """How places and texts of one packet look in Markdown; its public methods are the templates' functions."""

    def __init__(self, packet: Packet) -> None:
        self._touchpoints = {each.id: each for each in packet.touchpoints}
        self._numbers = {each.id: number for number, each in enumerate(packet.requirements, 1)}
        self._permalink = packet.repository.permalink
        self._changed = frozenset(packet.repository.changed)

    def touchpoint(self, fingerprint: str) -> PacketTouchpoint | None:
        """The touchpoint with that fingerprint."""
        return self._touchpoints.get(fingerprint)

    def at(self, place: PacketTouchpoint | Place | BlindSpot, table: bool = False) -> str:
        """`path:line`, linked where the forge has these very lines."""
        label = escape.code(f"{escape.shorten(escape.visible(place.path), 80)}:{place.line}", table)
        end = getattr(place, "end_line", place.line)
        url = "" if place.path in self._changed else escape.address(self._permalink, place.path, place.line, end)
        return f"[{label}]({url})" if url else label

    def unlinked(self, place: PacketTouchpoint | Place | BlindSpot) -> str:
        """`path:line` without a link, for lists where it would cost too much."""
        return escape.code(f"{escape.shorten(escape.visible(place.path), 80)}:{place.line}")

    def called(self, fingerprint: str, table: bool = False) -> str | None:
        """A place in a sentence: its symbol, then where it is."""
        place = self._touchpoints.get(fingerprint)
        if place is None:
            return None
        name = place.symbol or place.name
        return f"{escape.code(name, table)} ({self.at(place, table)})" if name else self.at(place, table)

    def prose(self, text: str) -> str:
        """Running text with linked places."""
        return escape.prose(text, self.called)

    def cell(self, text: str) -> str:
        """The same inside a table."""
        return escape.prose(text, lambda fingerprint: self.called(fingerprint, table=True), table=True)

    def brief(self, text: str) -> str:
        """The same for the matrix, without the places at its end: the requirement's own section has them."""
        return self.cell(re.sub(r":? (?:now (?=\[\[))?(?:\[\[place:|`).*$", "", text).rstrip(",:"))

    def numbers(self, requirements: Sequence[str]) -> str:
        """Requirements by their numbers: `1, 2 and 6`."""
        return joined([str(self._numbers[each]) for each in requirements], "and")


def _environment(packet: Packet) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Not autoescaped: Markdown needs its own escaping, and every value passes one of these filters.
    environment = Environment(
        loader=FileSystemLoader(templates_folder()),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # see above
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = _Page(packet)
    environment.filters.update(
        at=page.at,
        unlinked=page.unlinked,
        prose=page.prose,
        cell=page.cell,
        brief=page.brief,
        numbers=page.numbers,
        code=escape.code,
        plain=escape.plain,
        block=escape.block,
        spaced=lambda name: name.replace("_", " "),
        shape=lambda status: SHAPES[status],
        decimal=lambda value: f"{value:g}",
        size=_size,
    )
    environment.globals.update(
        touchpoint=page.touchpoint,
        plural=plural,
        columns=_columns,
        apart=lambda category: _APART.get(category, f"{category} file"),
        read=_read,
        open_in=_open,
    )
    return environment


#: What files that are set apart are called; vendored and generated ones are not read at all.
_APART = {
    "test": "test file",
    "docs": "documentation file",
    "example": "example file",
    "vendored": "unread vendored file",
    "generated": "unread generated file",
}


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
    return sum(bool(each.not_judged) for each in requirements)


def _size(count: int) -> str:
    """Bytes for people: `640 B`, `8.6 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 999_950 else f"{count / 1_000_000:.1f} MB"


def in_words(packet: Packet) -> Packet:
    """The packet with places in its sentences by name instead of by marker."""
    touchpoints = {each.id: each for each in packet.touchpoints}

    def words(text: str) -> str:
        return escape.text_only(text, lambda fingerprint: _words(touchpoints.get(fingerprint)))

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


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _words(place: PacketTouchpoint | None) -> str | None:
    """A place in a sentence without links."""
    if place is None:
        return None
    where = f"{escape.visible(place.path)}:{place.line}"
    name = escape.visible(place.symbol or place.name)
    return f"`{name}` ({where})" if name else where


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """The same data with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _each_text(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(item, change) for item in value]
    return value
