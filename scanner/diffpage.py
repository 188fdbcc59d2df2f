"""The difference of two packets as Markdown for a pull request, as text for a terminal, as JSON. Nothing is judged."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

import msgspec

from scanner import escape
from scanner.diffpacket import Call, PacketDiff, Side
from scanner.diffwords import Row, Where, headline, sections, side_words
from scanner.jsonpage import json_page
from scanner.links import Links
from scanner.pages import environment, tidied
from scanner.places import printable
from scanner.render import LONGEST_PAGE

#: So long a way is shown whole; of a longer one both ends.
_LONGEST_WAY: Final = 6
_WAY_END: Final = 3


class _Limit(msgspec.Struct, frozen=True):
    """How much a page shows."""

    #: Rows of a section in the open, and folded.
    open: int
    folded: int
    #: Sentences of a row; longer ones lose their middle.
    more: int
    longest: int
    links: bool = True


#: A page that is too long is made again with less.
_LIMITS: Final = (
    _Limit(10, 200, 6, 600),
    _Limit(10, 60, 4, 400),
    _Limit(8, 20, 3, 300),
    _Limit(5, 10, 2, 200),
    _Limit(5, 0, 1, 160),
    _Limit(3, 0, 1, 160),
    _Limit(3, 0, 1, 160, links=False),
    _Limit(1, 0, 1, 120, links=False),
)


def diff_to_json(diff: PacketDiff) -> bytes:
    """The difference as JSON, its fields in the order of the contract."""
    return json_page(diff)


def diffs_to_json(diffs: Sequence[PacketDiff]) -> bytes:
    """Several differences as `{"diffs": [...]}`, each as `diff_to_json` writes it alone."""
    return json_page({"diffs": diffs})


def diff_to_markdown(diff: PacketDiff, longest: int = LONGEST_PAGE) -> str:
    """The difference as Markdown that a forge shows in a comment.

    Args:
        diff: what changed.
        longest: most bytes of the page; long lists are folded, then cut with a count of what is left out.
    """
    page = ""
    for limit in _LIMITS:
        page = _markdown(diff, limit)
        if len(page.encode()) <= longest:
            break
    return page


def _markdown(diff: PacketDiff, limit: _Limit) -> str:
    made = environment()
    page = _Page(diff.old, diff.new, limit)
    made.filters.update(row=page.row, prose=_prose, plain=lambda text: escape.plain(escape.shorten(text, 300)))
    text = made.get_template("diff.md.j2").render(
        diff=diff,
        headline=headline(diff),
        sections=sections(diff),
        open=limit.open,
        folded=limit.folded,
        old=side_words(diff.old),
        new=side_words(diff.new),
    )
    return tidied(text)


def _prose(text: str) -> str:
    """Running text in which only `code` means something."""
    return escape.prose(text, lambda _: None)


class _Page:
    """How rows of one difference look in Markdown."""

    def __init__(self, old: Side, new: Side, limit: _Limit) -> None:
        self._links = [Links(side.permalink, side.changed) for side in (new, old)]
        self._limit = limit

    def row(self, row: Row) -> str:
        """A row as an item of a list."""
        names = " → ".join(map(escape.code, row.names))
        lead = f"{names or '**' + escape.plain(row.title) + '**'}{f' · {escape.plain(row.kind)}' if row.kind else ''}"
        places = " → ".join(map(self._place, row.places))
        line = "- " + " · ".join(filter(None, (lead, places, _prose(row.detail))))
        rest = [_prose(escape.shorten(each, self._limit.longest)) for each in row.more[: self._limit.more]]
        if len(row.more) > self._limit.more:
            rest.append(f"and {len(row.more) - self._limit.more} more")
        rest += [" → ".join(map(escape.code, _way(row.way)))] if len(row.way) > 1 else []
        return "\n  - ".join([line, *rest])

    def _place(self, place: Where) -> str:
        label = escape.code(f"{escape.shorten(escape.visible(place.path), 80)}:{place.line}")
        url = self._links[place.is_old].of(place) if self._limit.links else ""
        return f"[{label}]({url})" if url else label


def _way(way: Sequence[Call]) -> list[str]:
    """The functions of a way, each with the line on which it calls the next; a long one loses its middle."""
    steps = []
    path = ""
    for at, call in enumerate(way):
        file = call.path.rpartition("/")[2]
        parts = [file] if call.path != path and file != call.symbol else []
        path = call.path
        steps.append(":".join([*parts, call.symbol, *([str(call.line)] if at < len(way) - 1 else [])]))
    if len(steps) > _LONGEST_WAY:
        steps[_WAY_END:-_WAY_END] = ["…"]
    return steps


def diff_to_text(diff: PacketDiff, width: int | None = None, color: bool = False) -> str:
    """The difference as text for a terminal.

    Args:
        diff: what changed.
        width: columns; None where nothing need be cut.
        color: whether to colour the marks.
    """
    lines = [
        f"{printable(diff.title)} · {printable(diff.repository)}",
        f"{_bare(side_words(diff.old))} → {_bare(side_words(diff.new))}",
        _bare(headline(diff)),
        *(f"note: {_bare(note)}" for note in diff.notes),
    ]
    for section in sections(diff):
        lines += ["", section.title, *([f"  {section.head}"] if section.head else [])]
        lines += _rows(section.rows, width, color)
    return "\n".join(lines) + "\n"


def _rows(rows: Sequence[Row], width: int | None, color: bool) -> list[str]:
    """Rows in columns, each with its sentences below."""
    cells = [_cells(row) for row in rows]
    sizes = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines: list[str] = []
    for row, line in zip(rows, cells, strict=True):
        padded = [cell.ljust(size) for cell, size in zip(line, sizes, strict=True) if size]
        text = "  ".join(padded).rstrip()
        if width is not None and len(text) > width - 4:
            text = text[: max(width - 5, 1)] + "…"
        lines.append(f"  {_colored(row.mark) if color else row.mark} {text}")
        for each in (*row.more, " → ".join(_way(row.way)) if len(row.way) > 1 else ""):
            lines += _wrapped(_bare(each), width)
    return lines


def _cells(row: Row) -> tuple[str, ...]:
    names = " → ".join(map(printable, row.names)) or _bare(row.title)
    places = " → ".join(f"{escape.visible(place.path)}:{place.line}" for place in row.places)
    return printable(row.kind), names, places, _bare(row.detail)


def _wrapped(text: str, width: int | None) -> list[str]:
    if width is None:
        return [f"      {text}"] if text else []
    indent = " " * 6
    return textwrap.wrap(text, max(width, 20), initial_indent=indent, subsequent_indent=indent)


def _bare(text: str) -> str:
    """Words for a terminal: one line, nothing that steers it, no backticks."""
    return printable(" ".join(text.split())).replace("`", "")


_COLORS = {"+": "green", "↑": "green", "-": "red", "↓": "red"}


def _colored(mark: str) -> str:
    import click

    return click.style(mark, fg=_COLORS.get(mark, "yellow"))
