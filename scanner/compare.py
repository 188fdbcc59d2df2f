"""Two versions of the rules on the same labels: what both find, what only one finds, and whether that is chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from scanner.labels import Label
from scanner.scan import Scan
from scanner.score import Level, count_places, found_labels, groups


class Paired(msgspec.Struct, frozen=True):
    """Labels by who finds them, and McNemar's p: how likely a difference like this is if neither is better."""

    both: int
    only_a: int
    only_b: int
    neither: int
    p: float


class PairedRow(msgspec.Struct, frozen=True):
    """One family, or `all`."""

    name: str
    level: Level
    labels: Paired
    core: Paired
    #: Seams at high or medium confidence, as in a score.
    places_a: int
    places_b: int


class Comparison(msgspec.Struct, frozen=True):
    """The whole result of comparing two versions of the rules on one repository."""

    rows: tuple[PairedRow, ...]
    only_a: tuple[Label, ...]
    only_b: tuple[Label, ...]


def compare(a: Scan, b: Scan, labels: Sequence[Label]) -> Comparison:
    """Hold two scans of the same repository against the same labels.

    Args:
        a: the scan with one version of the rules.
        b: the scan with the other.
        labels: what should be found.
    """
    by_a, by_b = found_labels(a.touchpoints, labels), found_labels(b.touchpoints, labels)
    places_a, places_b = count_places(a.seams), count_places(b.seams)
    triples = list(zip(labels, by_a, by_b, strict=True))
    rows = [
        PairedRow(
            name,
            level,
            paired([(x, y) for label, x, y in triples if label.kind in kinds]),
            paired([(x, y) for label, x, y in triples if label.kind in kinds and label.importance == "core"]),
            sum(count for kind, count in places_a.items() if kind in kinds),
            sum(count for kind, count in places_b.items() if kind in kinds),
        )
        for name, level, kinds in groups({label.kind for label in labels} | set(places_a) | set(places_b))
        if level != "kind"
    ]
    return Comparison(
        tuple(rows),
        tuple(label for label, x, y in triples if x and not y),
        tuple(label for label, x, y in triples if y and not x),
    )


def paired(found: Sequence[tuple[bool, bool]]) -> Paired:
    """The fourfold table of what `a` and `b` find, with its p."""
    only_a, only_b = found.count((True, False)), found.count((False, True))
    return Paired(found.count((True, True)), only_a, only_b, found.count((False, False)), mcnemar(only_a, only_b))


def mcnemar(only_a: int, only_b: int) -> float:
    """McNemar's exact two-sided p: if neither is better, each label that only one finds falls to either side alike.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947), 153-157; the exact form is the two-sided binomial test with p = 1/2.

    >>> mcnemar(0, 5)
    0.0625
    """
    total = only_a + only_b
    tail = ways = 1
    for count in range(min(only_a, only_b)):
        ways = ways * (total - count) // (count + 1)
        tail += ways
    p = 2 * tail / (1 << total)
    # So small a p that a float calls it 0 is shown as the smallest float instead: nothing counted is impossible.
    return max(min(1.0, p), math.ulp(0.0))
