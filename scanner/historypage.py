"""A history as a table for a terminal, as a page in Markdown and as JSON. Nothing is judged here."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from scanner import escape
from scanner.history import History, Row, Series
from scanner.jsonpage import json_page
from scanner.loglines import page_of
from scanner.packetwords import SHAPES
from scanner.pages import environment, tidied
from scanner.phrases import aligned, joined, plural

_SHORT: Final = 10
_WIDTH: Final = 100
_NOTHING: Final = "\N{EN DASH}"

HEAD: Final = (
    "commit", "date", "tag", "score", "ready", "partial", "gap", "n/a", "requirements", "seams", "ungated", "look",
    "changed",
)  # fmt: skip


def history_json(found: History) -> bytes:
    """A history as JSON, its fields in the order of the contract."""
    return json_page(found)


def history_table(found: History, width: int | None) -> bytes:
    """A table for each pack, a line a commit, the newest first; then what changed.

    Args:
        found: the history.
        width: columns of the terminal; None where nothing need be cut.
    """
    lines = [f"{found.repository}: {summary(found)}"]
    lines += [line for note in found.notes for line in textwrap.wrap(note, _WIDTH)]
    for series in found.series:
        tagged = any(row.tags for row in series.rows)
        rows = [cells(row, series.rows) for row in series.rows]
        kept = [[cell for at, cell in enumerate(row) if tagged or HEAD[at] != "tag"] for row in (HEAD, *rows)]
        lines += ["", escape.visible(series.pack.title), *aligned(kept, width), ""]
        lines += [line for told in (*_changes(series), legend(series)) for line in _wrapped(told)]
    return page_of("\n".join(lines) + "\n")


def history_markdown(found: History, picture: str = "") -> bytes:
    """A history as a page.

    Args:
        found: the history.
        picture: path of the chart, which is then shown above the tables; empty for none.
    """
    made = environment()
    made.filters.update(plain=escape.plain, code=escape.code, cell=lambda text: escape.plain(text, table=True))
    made.globals.update(summary=summary, cells=cells, legend=legend, head=HEAD, changes=_changes, picture=picture)
    text: str = made.get_template("history.md.j2").render(history=found)
    return tidied(text).encode()


def summary(found: History) -> str:
    """Which commits a history shows, in words."""
    count = len(found.series[0].rows)
    every = f", at least {found.every} apart"
    if found.every.isdigit():
        every = f", every {_ordinal(found.every)}"
    elif found.every == "tag":
        every = ", the newest and those with a tag"
    since = f" since {found.since}" if found.since else ""
    return f"{plural(count, 'commit')} of {found.commits}{since}{every if found.every != '1' else ''}"


def _ordinal(number: str) -> str:
    ending = "th" if number[-2:] in ("11", "12", "13") else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
    return number + ending


def cells(row: Row, rows: Sequence[Row]) -> tuple[str, ...]:
    """One row as texts, a cell for each of `HEAD`."""
    start = row.commit[:_SHORT], row.date[:10] or _NOTHING, " ".join(row.tags)
    now = row.standing
    if now is None or row.unjudged:
        look = now.look if now else _NOTHING
        return (*start, "not judged", *[_NOTHING] * 7, look, "")
    gates = f"{now.gates[2]} of {sum(now.gates)}" if now.gates else _NOTHING
    return (
        *start,
        str(now.score) if now.score is not None else "not scored",
        *map(str, now.counts),
        "".join(SHAPES[status] for status in now.statuses.values()),
        str(now.seams),
        gates,
        now.look,
        _in_short(row, rows),
    )


def _in_short(row: Row, rows: Sequence[Row]) -> str:
    """How many requirements were raised and lowered: `+2 -1`."""
    parts = [(row.raised, "+"), (row.lowered, "-"), (row.other, "~")]
    if any(names for names, _ in parts):
        return " ".join(f"{sign}{len(names)}" for names, sign in parts if names)
    judged = [each for each in rows if each.standing is not None and not each.unjudged]
    return "" if row is judged[-1] else "none"


def changed(row: Row) -> tuple[tuple[str, Sequence[str]], ...]:
    """What changed at a commit: a word, and the requirements of which it tells."""
    now = row.standing.statuses if row.standing else {}
    parts = (
        ("raised", row.raised),
        ("lowered", row.lowered),
        ("now n/a:", [name for name in row.other if now[name] == "n/a"]),
        ("no longer n/a:", [name for name in row.other if now[name] != "n/a"]),
    )
    return tuple((word, names) for word, names in parts if names)


def _changes(series: Series) -> Iterator[str]:
    """A line for each commit at which something changed or nothing could be judged."""
    for row in series.rows:
        said = [f"not judged: {escape.visible(row.unjudged)}"] if row.unjudged else []
        said += [f"{word} {joined(names, 'and')}" for word, names in changed(row)]
        if said:
            yield f"{row.commit[:_SHORT]}  {'; '.join(said)}"


def legend(series: Series) -> str:
    """What the signs mean, and the requirements in the order of the pack."""
    now = next((row.standing for row in series.rows if row.standing is not None), None)
    order = joined(list(now.statuses), "and") if now else ""
    shapes = ", ".join(f"{shape} {status}" for status, shape in SHAPES.items())
    return f"{shapes}; + raised, - lowered, ~ to or from n/a; requirements in order: {order}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
