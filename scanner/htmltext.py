"""Texts of a packet as HTML: `code` and places keep their meaning, all else is text, and nothing in it hides."""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup, escape

from scanner.escape import LONGEST, code_in, pieces_of, shorten, visible

#: A name or path breaks behind these.
_BREAK = re.compile(r"(?<=[/.:])(?=\w)")
_LONGEST_TITLE = 1000


def inert(value: object) -> object:
    """A value as a template writes it: text as one printable line, which jinja escapes next; our markup as it is."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = value if value.isprintable() and "##" not in value else visible(value)
    return _no_command(text)


def _no_command(text: str) -> str:
    """Text that does not begin as a command to the runner that keeps the log of a job, see `loglines`."""
    if not text.lstrip().startswith("::"):
        return text
    before, _, rest = text.partition("::")
    return escape(before) + Markup("&#58;:") + escape(rest)


def code(text: str, longest: int = LONGEST) -> Markup:
    """A name or path in a code element, which may break between its parts.

    A longer one loses its middle, and tells the whole of it as its title.
    """
    whole = visible(text)
    cut = shorten(whole, longest)
    parts = Markup("<wbr>").join(_BREAK.split(cut))
    if cut == whole:
        return Markup("<code>{}</code>").format(parts)
    return Markup('<code title="{}">{}</code>').format(shorten(whole, _LONGEST_TITLE), parts)


def prose(text: str, place: Callable[[str], Markup | None]) -> Markup:
    """Running text with `code` and places.

    Args:
        text: words of a pack or of the scanner, mixed with names from the repository.
        place: the place with that fingerprint; None for an unknown one, which is then shown as written.
    """
    pieces: list[Markup] = []
    for index, piece in enumerate(pieces_of(text)):
        rendered = place(piece) if index % 2 else None
        if rendered is None:
            rendered = escape(visible(f"[[place:{piece}]]")) if index % 2 else _with_code(piece)
        pieces.append(rendered)
    return Markup().join(pieces).strip()


def _with_code(text: str) -> Markup:
    """Text with `code`, spaces at its ends kept: a place may stand next to them."""
    pieces = []
    for index, piece in enumerate(code_in(text)):
        lead, trail = (" " if piece[:1].isspace() else ""), (" " if piece[-1:].isspace() and piece.strip() else "")
        pieces.append(code(piece) if index % 2 else escape(_no_command(f"{lead}{visible(piece)}{trail}")))
    return Markup().join(pieces)
