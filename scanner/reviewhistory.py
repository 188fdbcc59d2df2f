"""The history of one pack as the page for a design review shows it: the chart, and a table of its commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from scanner.history import History, Row, Standing
from scanner.historychart import Drawing, drawn
from scanner.historypage import changed, summary
from scanner.packet import Packet

_SHORT: Final = 10
#: Of what became better and worse; all else is neither.
_SIGNS: Final = {"raised": "↑", "lowered": "↓"}
_NEITHER: Final = "→"


class Changed(msgspec.Struct, frozen=True):
    """Requirements that changed in the same way at a commit."""

    sign: str
    #: `raised`, `lowered`, `now n/a` or `no longer n/a`.
    word: str
    requirements: tuple[str, ...]


class Commit(msgspec.Struct, frozen=True):
    """A line of the table."""

    #: Empty where the commit has none.
    date: str
    commit: str
    tags: tuple[str, ...]
    #: `61`, `not scored` or `not judged`.
    score: str
    #: What the score is made of, or why there is none.
    words: str
    changed: tuple[Changed, ...]
    #: What is said where nothing changed: there may be nothing to compare with.
    unchanged: str


class ReviewHistory(msgspec.Struct, frozen=True):
    """All that the section shows."""

    drawing: Drawing
    #: Which commits are shown, in words.
    summary: str
    notes: tuple[str, ...]
    #: The newest first.
    commits: tuple[Commit, ...]
    #: Of the newest commit that was looked at, and the scanner that did.
    until: str
    scanner_version: str


def review_history(history: History, packet: Packet) -> ReviewHistory | None:
    """What a page shows of a history.

    Args:
        history: of one or several packs, as `historyfile.read_history` gives it.
        packet: whose page it is.

    Returns:
        None when the history does not tell of the pack.
    """
    series = next((each for each in history.series if each.pack.id == packet.pack.id), None)
    if series is None:
        return None
    own = msgspec.structs.replace(history, series=(series,))
    return ReviewHistory(
        drawing=drawn(own),
        summary=summary(own),
        notes=(*history.notes, *_of_another(history, packet)),
        commits=_commits(series.rows),
        until=history.until[:_SHORT],
        scanner_version=history.scanner_version,
    )


def _of_another(history: History, packet: Packet) -> Iterator[str]:
    """What is said where the history is that of another repository; a folder has no name that would tell."""
    here, there = packet.repository, history
    if here.remote and there.remote and here.remote != there.remote:
        yield f"The history is of {there.remote}, and the packet of {here.remote}."
    elif not (here.remote and there.remote) and here.name and there.repository and here.name != there.repository:
        yield f"The history is of {there.repository}, and the packet of {here.name}."


def _commits(rows: Sequence[Row]) -> tuple[Commit, ...]:
    first = next((row for row in reversed(rows) if _is_judged(row)), None)
    return tuple(
        _commit(row, "the first that was judged" if row is first else "none" if _is_judged(row) else "\N{EN DASH}")
        for row in rows
    )


def _is_judged(row: Row) -> bool:
    return row.standing is not None and not row.unjudged


def _commit(row: Row, unchanged: str) -> Commit:
    now = row.standing
    return Commit(
        date=row.date[:10],
        commit=row.commit[:_SHORT],
        tags=row.tags,
        score=_score(now) if now is not None and not row.unjudged else "not judged",
        words=row.unjudged or (now.words if now is not None else ""),
        changed=tuple(
            Changed(_SIGNS.get(word, _NEITHER), word.removesuffix(":"), tuple(names)) for word, names in changed(row)
        ),
        unchanged=unchanged,
    )


def _score(now: Standing) -> str:
    return str(now.score) if now.score is not None else "not scored"
