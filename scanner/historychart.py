"""A history as a chart: one curve a pack, from the oldest commit on the left to the newest on the right.

Curves differ in colour, in shape of their points and in dashes, so that nothing hangs on colour alone. The picture has
no script and names nothing outside of itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from unicodedata import east_asian_width

import msgspec

from scanner.escape import shorten, visible
from scanner.history import History, Row, Series
from scanner.historypage import changed, summary
from scanner.loglines import inert
from scanner.pages import environment
from scanner.phrases import joined, plural

_WIDTH: Final = 860
_HEIGHT: Final = 260  # of the field in which curves are drawn
_LEFT: Final = 56
_RIGHT: Final = 44
_INSET: Final = 14  # so that no point sits on an edge
_HEAD: Final = 72
_NAMED: Final = 50  # of the head, where the picture is named
_FOOT: Final = 50
_LEGEND_LINE: Final = 22

#: How wide a character is at most on average, at 11 pixels.
_CHARACTER: Final = 6.6
_TAG_LENGTH: Final = 18
#: How far apart slanted tags and level dates must stand so that they do not touch.
_TAG_STEP: Final = 18
_DATE_STEP: Final = 78
#: With more room than this, a single curve has its numbers beside its points; with less than that, points are small.
_NUMBER_STEP: Final = 26
_POINT_STEP: Final = 12
_SLANT: Final = 0.71  # sine and cosine of 45 degrees

#: Points: circle, square, diamond, triangles, cross, star, bar.
_SHAPES: Final = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.7-3.7h7.4v7.4h-7.4z",
    "M0-5.2L5.2 0L0 5.2L-5.2 0z",
    "M0-5L4.8 3.6H-4.8z",
    "M0 5L-4.8-3.6H4.8z",
    "M-1.6-5h3.2v3.4H5v3.2H1.6V5h-3.2V1.6H-5v-3.2h3.4z",
    "M0-6.5L1.7-2.2 6.2-2 2.7.9 3.8 5.3 0 2.8-3.8 5.3-2.7.9-6.2-2-1.7-2.2z",
    "M-2-5.4h4v10.8h-4z",
)
#: Five and eight have no common factor: forty curves pass before two look the same.
_DASHES: Final = ("none", "7 3", "2 3", "9 3 2 3", "12 4")


class Point(msgspec.Struct, frozen=True):
    """One commit of a curve."""

    x: float
    y: float
    score: int
    #: What is told when a pointer rests on it.
    tip: str
    #: Where its number stands.
    number: float


class Curve(msgspec.Struct, frozen=True):
    """One pack."""

    #: Counted from 1; names its colours.
    colour: int
    shape: str
    dash: str
    name: str
    #: Runs of points without a gap.
    runs: tuple[tuple[Point, ...], ...]
    #: Where its line of the legend stands.
    y: float


class Mark(msgspec.Struct, frozen=True):
    """Something at a commit: its date, its tag, or that it has no score."""

    x: float
    #: Empty where there is no room for it.
    text: str
    #: What is told when a pointer rests on it.
    tip: str = ""


class Drawing(msgspec.Struct, frozen=True):
    """All that is drawn, in pixels from the left and from the top."""

    width: int
    height: int
    #: Where the head ends that names the picture; a page that names it has no need of that.
    named: int
    left: float
    right: float
    top: float
    bottom: float
    name: str
    summary: str
    description: str
    #: Scores with a line across, and where it is.
    scale: tuple[tuple[int, float], ...]
    #: Dates; `tip` is the commit below each.
    dates: tuple[Mark, ...]
    tags: tuple[Mark, ...]
    unscored: tuple[Mark, ...]
    curves: tuple[Curve, ...]
    #: Whether points have their numbers beside them.
    numbers: bool
    #: How large points are, 1 where there is room.
    zoom: float
    #: Where the legend says what a cross is.
    cross: float


def history_svg(found: History) -> bytes:
    """The scores of a history as an SVG picture."""
    made = environment(markup=True)
    template = made.get_template("history.svg.j2")
    return template.render(drawing=drawn(found), history=found).encode("utf-8", "replace")


def drawn(found: History) -> Drawing:
    """Where everything stands.

    Args:
        found: the history; all of its series have the same commits.
    """
    rows = found.series[0].rows[::-1]
    near = rows[-(len(rows) // 4) - 1 :]  # only the last tags can lean out of the picture
    right = _WIDTH - max(_RIGHT, _slanted(near))
    top = _HEAD + _slanted(rows)
    bottom = top + _HEIGHT
    across = _across(len(rows), _LEFT + _INSET, right - _INSET)
    step = across[1] - across[0] if len(across) > 1 else _WIDTH
    legend = bottom + _FOOT + _LEGEND_LINE
    curves = tuple(
        _curve(series, at, across, bottom, legend + at * _LEGEND_LINE) for at, series in enumerate(found.series)
    )
    unscored = tuple(_unscored(found, across))
    end = legend + len(curves) * _LEGEND_LINE
    return Drawing(
        width=_WIDTH,
        height=round(end + (_LEGEND_LINE if unscored else 0) - 6),
        named=_NAMED,
        left=_LEFT,
        right=right,
        top=top,
        bottom=bottom,
        name=_cut(found.repository, 60),
        summary=visible(summary(found)),
        description=" ".join(map(_described, found.series)),
        scale=tuple((score, _height(score, bottom)) for score in range(0, 101, 20)),
        dates=tuple(_dates(rows, across, step)),
        tags=tuple(_tags(rows, across, step)),
        unscored=unscored,
        curves=curves,
        numbers=len(curves) == 1 and step >= _NUMBER_STEP,
        zoom=min(1.0, step / _POINT_STEP),
        cross=end,
    )


def _across(count: int, left: float, right: float) -> tuple[float, ...]:
    """Where commits stand: equally far apart, a single one in the middle."""
    if count == 1:
        return ((left + right) / 2,)
    return tuple(left + at * (right - left) / (count - 1) for at in range(count))


def _slanted(rows: Sequence[Row]) -> float:
    """How high, and how far to the right, the tags of some commits reach."""
    return max((_columns(_tag(row)) for row in rows), default=0) * _CHARACTER * _SLANT


def _columns(text: str) -> int:
    """How much room a text takes, in characters of Latin script."""
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)


def _cut(text: str, longest: int) -> str:
    """A text that takes no more room than so many characters."""
    shown = visible(text)
    return shorten(shown, longest if shown.isascii() else longest * len(shown) // max(_columns(shown), 1))


def _height(score: int, bottom: float) -> float:
    return bottom - score * _HEIGHT / 100


def _score(row: Row) -> int | None:
    return row.standing.score if row.standing is not None and not row.unjudged else None


def _curve(series: Series, at: int, across: Sequence[float], bottom: float, legend: float) -> Curve:
    runs: list[list[Point]] = [[]]
    for x, row in zip(across, reversed(series.rows), strict=True):
        score = _score(row)
        if score is None:
            runs.append([])
            continue
        y = _height(score, bottom)
        # Above its point, but below where the tags would be in the way.
        runs[-1].append(Point(x, y, score, _tip(series, row), y + (18 if score > 90 else -10)))
    return Curve(
        colour=at % len(_SHAPES) + 1,
        shape=_SHAPES[at % len(_SHAPES)],
        dash=_DASHES[at % len(_DASHES)],
        name=f"{_title(series)}: {_from_to(series)}",
        runs=tuple(tuple(run) for run in runs if run),
        y=legend,
    )


def _title(series: Series) -> str:
    return _cut(series.pack.title, 70)


def _from_to(series: Series) -> str:
    scores = [score for row in series.rows if (score := _score(row)) is not None]
    if not scores:
        return "not scored"
    return f"{scores[-1]} at first, {scores[0]} at last" if len(scores) > 1 else str(scores[0])


def _described(series: Series) -> str:
    """One sentence for those who do not see the picture."""
    return f"{_title(series)}, score of 100: {_from_to(series)}."


def _when(row: Row) -> str:
    named = "".join(f", {name}" for name in row.tags)
    return visible(f"{row.commit[:10]}, {row.date[:10] or 'no date'}{named}")


def _tip(series: Series, row: Row) -> str:
    assert row.standing is not None
    ready, partial, gap, out = row.standing.counts
    parts = [
        f"{_title(series)}: {row.standing.score}",
        _when(row),
        f"{ready} ready, {partial} partial, {plural(gap, 'gap')}, {out} n/a",
        *(f"{word} {joined(list(map(visible, names)), 'and')}" for word, names in changed(row)),
    ]
    return inert("\n".join(parts))


def _unscored(found: History, across: Sequence[float]) -> Iterator[Mark]:
    """Commits at which a pack has no score, and why."""
    for at, x in enumerate(across):
        reasons: dict[str, None] = {}
        for series in found.series:
            row = series.rows[-1 - at]
            if _score(row) is None:
                words = visible(row.unjudged or (row.standing.words if row.standing else ""))
                # A commit that cannot be read has the same reason for every pack.
                alone = len(found.series) == 1 or row.standing is None
                reasons[words if alone else f"{_title(series)}: {words}"] = None
        if reasons:
            yield Mark(x, "", inert("\n".join((_when(found.series[0].rows[-1 - at]), *reasons))))


def _dates(rows: Sequence[Row], across: Sequence[float], step: float) -> Iterator[Mark]:
    """Dates with their commits, from the newest back, as many as have room."""
    apart = max(1, -int(-_DATE_STEP // step))
    for at, row in enumerate(rows):
        if (len(rows) - 1 - at) % apart == 0:
            yield Mark(across[at], row.date[:10] or "no date", row.commit[:10])


def _tag(row: Row) -> str:
    """What stands at a commit for its tags."""
    if not row.tags:
        return ""
    more = f" +{len(row.tags) - 1}" if len(row.tags) > 1 else ""
    return _cut(row.tags[0], _TAG_LENGTH - len(more)) + more


def _tags(rows: Sequence[Row], across: Sequence[float], step: float) -> Iterator[Mark]:
    """Tags, from the newest back; those without room are lines with a tip."""
    last = _WIDTH + step
    for at in reversed(range(len(rows))):
        if text := _tag(rows[at]):
            room = last - across[at] >= _TAG_STEP
            last = across[at] if room else last
            yield Mark(across[at], text if room else "", _when(rows[at]))
