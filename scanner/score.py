"""Accuracy on a labelled repository: recall, distractors and precision with Wilson intervals, and the places to read.

A touchpoint matches a label when paths and kinds are equal and the line ranges overlap or the enclosing symbols are
equal and not empty. For labels over 150 lines only the line ranges count; of a touchpoint over 150 lines only its
first line.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Literal

import msgspec

from scanner.kinds import FAMILIES
from scanner.labels import Distractor, Label
from scanner.seams import Seam
from scanner.touchpoints import Confidence, Touchpoint

Level = Literal["all", "family", "kind"]

_LONG = 150
#: Two-sided 95%.
_Z = 1.959963984540054


class Share(msgspec.Struct, frozen=True):
    """`hits` of `total`, with the bounds of its Wilson 95% interval; all 0 when `total` is 0."""

    hits: int
    total: int
    low: float
    high: float


class Row(msgspec.Struct, frozen=True):
    """One kind, one family, or `all`."""

    name: str
    level: Level
    recall: Share
    core: Share
    distractors: Share
    #: Share of the best-ranked K touchpoints that match a label, K the number of labels; labels are not exhaustive.
    precision: Share
    #: Seams at high or medium confidence, uses folded: what a reader is asked to open.
    places: int
    #: Places for every label; None without labels.
    places_per_label: float | None


class Score(msgspec.Struct, frozen=True):
    """The whole result of scoring one repository."""

    #: `all`, then each family with its kinds below it.
    rows: tuple[Row, ...]
    missed: tuple[Label, ...]
    #: Each distractor that was reported, with the best-ranked touchpoint that reports it.
    reported: tuple[tuple[Distractor, Touchpoint], ...]


def share(hits: int, total: int) -> Share:
    """A share with its Wilson score interval (Wilson 1927)."""
    if not total:
        return Share(0, 0, 0.0, 0.0)
    p, z2 = hits / total, _Z * _Z
    middle = p + z2 / (2 * total)
    spread = _Z * math.sqrt(p * (1 - p) / total + z2 / (4 * total * total))
    scale = 1 + z2 / total
    # At the ends the bound is the end itself, which rounding misses by a hair.
    low = 0.0 if hits == 0 else max(0.0, (middle - spread) / scale)
    high = 1.0 if hits == total else min(1.0, (middle + spread) / scale)
    return Share(hits, total, low, high)


def score(
    touchpoints: Sequence[Touchpoint],
    seams: Sequence[Seam],
    labels: Sequence[Label],
    distractors: Sequence[Distractor],
) -> Score:
    """Hold touchpoints, best-ranked first, against labels; only high and medium confidence counts.

    Args:
        touchpoints: all of a scan.
        seams: the same, folded.
        labels: what should be found.
        distractors: what should not.
    """
    shown = [item for item in touchpoints if item.confidence is not Confidence.LOW]
    at = _by_place(shown)
    places = count_places(seams)
    found = found_labels(touchpoints, labels)
    reported: list[tuple[Distractor, Touchpoint]] = []
    for distractor in distractors:
        there = at.get((distractor.path, distractor.not_kind), ())
        reported += [(distractor, item) for item in there if _reports(item, distractor)][:1]
    kinds = {label.kind for label in labels} | {distractor.not_kind for distractor in distractors} | set(places)
    rows = tuple(
        _row(name, level, members, labels, found, distractors, reported, shown, places)
        for name, level, members in groups(kinds)
    )
    missed = tuple(label for label, hit in zip(labels, found, strict=True) if not hit)
    return Score(rows, missed, tuple(reported))


def found_labels(touchpoints: Iterable[Touchpoint], labels: Sequence[Label]) -> tuple[bool, ...]:
    """Whether each label is matched by a touchpoint of high or medium confidence."""
    at = _by_place(item for item in touchpoints if item.confidence is not Confidence.LOW)
    return tuple(any(matches(label, item) for item in at.get((label.path, label.kind), ())) for label in labels)


def count_places(seams: Iterable[Seam]) -> dict[str, int]:
    """Kind → number of seams at high or medium confidence."""
    places: dict[str, int] = {}
    for seam in seams:
        if seam.confidence is not Confidence.LOW:
            places[seam.kind] = places.get(seam.kind, 0) + 1
    return places


def groups(kinds: Set[str]) -> Iterator[tuple[str, Level, frozenset[str]]]:
    """Names of rows with the kinds that each sums up: `all`, then families in their order, each before its kinds."""
    yield "all", "all", frozenset(kinds)
    for family, members in FAMILIES.items():
        if own := [kind for kind in members if kind in kinds]:
            yield family, "family", frozenset(own)
            yield from ((kind, "kind", frozenset([kind])) for kind in own)


def pool(scores: Sequence[Score]) -> tuple[Row, ...]:
    """Rows over several repositories together: their counts are added, and the intervals computed anew."""
    rows = [row for each in scores for row in each.rows]
    kinds = {row.name for row in rows if row.level == "kind"}
    return tuple(_sum(name, level, [row for row in rows if row.name == name]) for name, level, _ in groups(kinds))


def matches(label: Label, item: Touchpoint) -> bool:
    """Whether a touchpoint of the label's kind stands where the label does."""
    if label.path != item.path:
        return False
    last = item.end_line if item.end_line - item.line < _LONG else item.line
    if item.line <= max(label.end_line, label.line) and label.line <= last:
        return True
    return bool(label.symbol) and label.symbol == item.symbol and label.end_line - label.line < _LONG


def _row(
    name: str,
    level: Level,
    kinds: Set[str],
    labels: Sequence[Label],
    found: Sequence[bool],
    distractors: Sequence[Distractor],
    reported: Sequence[tuple[Distractor, Touchpoint]],
    shown: Sequence[Touchpoint],
    places: Mapping[str, int],
) -> Row:
    own = [(label, hit) for label, hit in zip(labels, found, strict=True) if label.kind in kinds]
    core = [hit for label, hit in own if label.importance == "core"]
    best = [item for item in shown if item.kind in kinds][: len(own)]
    right = sum(any(matches(label, item) for label, _ in own if label.kind == item.kind) for item in best)
    return _made(
        name,
        level,
        (sum(hit for _, hit in own), len(own)),
        (sum(core), len(core)),
        (
            sum(distractor.not_kind in kinds for distractor, _ in reported),
            sum(distractor.not_kind in kinds for distractor in distractors),
        ),
        (right, len(best)),
        sum(count for kind, count in places.items() if kind in kinds),
    )


def _sum(name: str, level: Level, rows: Sequence[Row]) -> Row:
    def added(shares: Iterable[Share]) -> tuple[int, int]:
        every = list(shares)
        return sum(each.hits for each in every), sum(each.total for each in every)

    return _made(
        name,
        level,
        added(row.recall for row in rows),
        added(row.core for row in rows),
        added(row.distractors for row in rows),
        added(row.precision for row in rows),
        sum(row.places for row in rows),
    )


def _made(
    name: str,
    level: Level,
    recall: tuple[int, int],
    core: tuple[int, int],
    distractors: tuple[int, int],
    precision: tuple[int, int],
    places: int,
) -> Row:
    ratio = places / recall[1] if recall[1] else None
    return Row(name, level, share(*recall), share(*core), share(*distractors), share(*precision), places, ratio)


def _by_place(touchpoints: Iterable[Touchpoint]) -> dict[tuple[str, str], list[Touchpoint]]:
    at: dict[tuple[str, str], list[Touchpoint]] = {}
    for item in touchpoints:
        at.setdefault((item.path, item.kind), []).append(item)
    return at


def _reports(item: Touchpoint, distractor: Distractor) -> bool:
    """Whether a touchpoint covers a distractor's line under its symbol or none, or starts on the line."""
    covers = item.line <= distractor.line <= item.end_line and item.symbol in ("", distractor.symbol)
    return covers or item.line == distractor.line
