"""Packets for a terminal: verdict, matrix and next slices in its width, with links where it follows them.

rich takes the text of a `Run` as it is: nothing in it is markup, and the only escape sequences of a page are those of
the styles and links given here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from scanner import escape
from scanner.packet import Packet, RequirementResult
from scanner.terminalwords import Run, Words

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

#: Columns of a page in a file or pipe.
_PAGE: Final = 100
#: Below this nothing is readable; beyond that, eyes lose the line.
_NARROWEST: Final = 40
_WIDEST: Final = 160
_WIDEST_TEXT: Final = 110
#: From so many columns on, evidence has a column of its own; from so many on, what is missing has one.
_WITH_EVIDENCE: Final = 96
_WITH_MISSING: Final = 72
#: Spaces between columns; the box draws one of them.
_GAP: Final = 2

_STYLED_SPACES: Final = re.compile(r"\x1b\[[0-9;]+m( +)\x1b\[0m")
_SPACES_AT_END: Final = re.compile(r" *((?:\x1b\[0m)?)$")
_LINK_ID: Final = re.compile(r"(?<=\x1b\]8;id=)[^;]*")

#: What a terminal has no room for.
_MORE: Final = "Evidence with its code, seam map, inventory and blind spots: "

#: Colours are those of the terminal's own sixteen, which its user has made readable.
_STYLES: Final[Mapping[str, str]] = {
    "": "",
    "head": "bold",
    "name": "bold",
    "place": "cyan",
    "quiet": "dim",
    "ready": "green",
    "partial": "yellow",
    "gap": "red",
    "n/a": "dim",
}


def packets_to_terminal(
    packets: Sequence[Packet], columns: int | None = None, color: bool = False, links: bool = False
) -> str:
    """The tops of packets as text for a terminal, one below the other.

    Args:
        packets: what to show.
        columns: of the terminal; None for a file or pipe.
        color: whether to write colours.
        links: whether to link places to the forge, by OSC 8.
    """
    from rich.rule import Rule

    width = min(max(_PAGE if columns is None else columns, _NARROWEST), _WIDEST)
    console = _console(width, color, links)
    for at, packet in enumerate(packets):
        if at:
            console.print(Rule(style="dim" if color else ""))
        _Layout(Words(packet, min(width, _WIDEST_TEXT), links), console, color).show()
    console.print(_text([Run(f"{_MORE}--format html -o packet.html", "quiet")], color))
    file = console.file
    assert isinstance(file, io.StringIO)
    # rich pads its cells, in their style, and makes ids of links from memory addresses.
    lines = _STYLED_SPACES.sub(r"\1", file.getvalue()).removesuffix("\n").split("\n")
    page = "".join(_SPACES_AT_END.sub(r"\1\n", line, count=1) for line in lines)
    numbers: dict[str, str] = {}
    return _LINK_ID.sub(lambda match: numbers.setdefault(match.group(), str(len(numbers) + 1)), page)


class _Layout:
    """Where everything stands in a page of some width."""

    def __init__(self, words: Words, console: Console, color: bool) -> None:
        self._words = words
        self._console = console
        self._color = color

    def show(self) -> None:
        """Write the page."""
        words = self._words
        self._lines(words.title(), words.completeness())
        self._lines(words.score(), *words.notes())
        self._console.print(self._matrix())
        self._lines()
        if words.packet.slices:
            self._lines([Run("Next slices", "head")], gap=False)
            self._console.print(self._slices(), width=self._text_width())
            self._lines()
        else:
            self._lines([Run("Next slices: none, as no requirement is left open.")])
        if graph := words.graph():
            self._lines(*graph)

    def _lines(self, *lines: Iterable[Run], gap: bool = True) -> None:
        for line in lines:
            self._console.print(_text(line, self._color), width=self._text_width())
        if gap:
            self._console.print()

    def _text_width(self) -> int:
        return min(self._console.width, _WIDEST_TEXT)

    def _matrix(self) -> Table:
        """The matrix; in a narrow terminal the evidence, then what is missing go under the requirement."""
        width = self._console.width
        requirements = self._words.packet.requirements
        statuses = [_text(self._words.status(each), self._color) for each in requirements]
        number = len(str(len(requirements)))
        status = max((len(line) for each in statuses for line in each.plain.split("\n")), default=0)
        status = max(status, len("Status"))
        shares = _shares(width - number - status - _GAP * 2, width)
        table = self._table((number, shares[0], status, *shares[1:]))
        for at, (each, shown) in enumerate(zip(requirements, statuses, strict=True), 1):
            table.add_row(str(at), *self._cells(each, shown, shares))
        return table

    def _table(self, widths: Sequence[int]) -> Table:
        from rich import box
        from rich.table import Table

        titles = ("", "Requirement", "Status", *("Strongest evidence", "What is missing")[5 - len(widths) :])
        style = "dim" if self._color else ""
        table = Table(
            box=box.SIMPLE_HEAD,
            padding=(0, _GAP - 1, 0, 0),
            pad_edge=False,
            show_edge=False,
            leading=1,
            border_style=style,
        )
        table.header_style = "bold" if self._color else ""
        for title, width in zip(titles, widths, strict=True):
            table.add_column(title, width=width, justify="left" if title else "right", overflow="fold")
        return table

    def _cells(self, result: RequirementResult, status: Text, shares: Sequence[int]) -> list[RenderableType]:
        title = [Run(escape.visible(result.title), "head")]
        evidence = self._words.evidence(result, shares[-2] if len(shares) == 3 else shares[0])
        if len(shares) == 3:
            rest = [evidence, self._words.missing(result)]
        elif len(shares) == 2:
            title, rest = [*title, Run("\n"), *evidence], [self._words.missing(result)]
        else:
            missing = self._words.missing(result, "missing: ")
            title, rest = [*title, Run("\n"), *evidence, Run("\n"), *missing], []
        first, *others = (_text(each, self._color) for each in (title, *rest))
        return [first, status, *others]

    def _slices(self) -> Table:
        from rich.table import Table

        table = Table.grid(padding=(0, 1, 0, 0))
        table.add_column(justify="right", no_wrap=True)
        table.add_column(overflow="fold")
        for number, each in enumerate(self._words.packet.slices, 1):
            table.add_row(f"{number}.", _text(self._words.slice(each), self._color))
        return table


def _shares(rest: int, width: int) -> tuple[int, ...]:
    """Columns of the requirement, of its evidence, and of what is missing, where these have columns of their own.

    Args:
        rest: what all of them, and the gaps between them, have.
        width: of the page.
    """
    if width < _WITH_MISSING:
        return (rest,)
    if width < _WITH_EVIDENCE:
        first = (rest - _GAP) * 9 // 20
        return first, rest - _GAP - first
    rest -= 2 * _GAP
    return rest // 4, rest // 3, rest - rest // 4 - rest // 3


def _text(runs: Iterable[Run], color: bool) -> Text:
    from rich.style import Style
    from rich.text import Text

    text = Text(overflow="fold")
    for run in runs:
        style = Style.parse(_STYLES[run.style] if color else "")
        text.append(run.text, style + Style(link=run.url) if run.url else style)
    return text


def _console(width: int, color: bool, links: bool) -> Console:
    """A console that keeps what is written, and whose look depends on nothing but these arguments."""
    from rich.console import Console

    return Console(
        file=io.StringIO(),
        width=width,
        height=100,
        color_system="standard" if color or links else None,
        force_terminal=color or links,
        force_jupyter=False,
        force_interactive=False,
        legacy_windows=False,
        no_color=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
