"""Touchpoints folded into seams: one seam is a definition with its uses, or one key with its places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

import msgspec

from scanner.touchpoints import Confidence, Role, Touchpoint
from scanner.words import split


class Seam(msgspec.Struct, frozen=True):
    """One seam, with its touchpoints ranked."""

    #: Fingerprint of the best touchpoint.
    id: str
    kind: str
    #: The symbol, else the key, else the file's path.
    name: str
    #: Best first; never empty.
    touchpoints: tuple[Touchpoint, ...]
    surface: str
    #: Whether it stands beside the running agent: in examples, benchmarks, skills or scripts.
    aside: bool = False

    @property
    def best(self) -> Touchpoint:
        """The touchpoint to open first."""
        return self.touchpoints[0]

    @property
    def rules(self) -> frozenset[str]:
        """All rules that found any of its places."""
        return frozenset(rule for touchpoint in self.touchpoints for rule in touchpoint.rules)

    @property
    def confidence(self) -> Confidence:
        """That of the best touchpoint."""
        return self.best.confidence

    @property
    def counts(self) -> bool:
        """Whether it may lift a requirement above `gap`: not low, and not only in docs or tests."""
        return self.confidence is not Confidence.LOW and self.best.role not in (Role.DOCS, Role.TEST)


_ROLE_ORDER = {Role.DEFINITION: 0, Role.CONTRACT: 1, Role.CONFIG: 2, Role.USE: 3, Role.TEST: 4, Role.DOCS: 5}


def fold(
    touchpoints: Iterable[Touchpoint], surface: Callable[[str], str], aside: Set[str] = frozenset()
) -> tuple[Seam, ...]:
    """Touchpoints as seams, best-ranked first.

    A use folds into its definition; places of one kind in one function are one seam; a configuration key that
    stands in many files is one seam by its words, since a migration renames or moves it once.

    Args:
        touchpoints: in order of path and line.
        surface: the surface of a path.
        aside: surfaces beside the running agent, which rank after the rest.
    """
    groups: dict[tuple[str, ...], list[Touchpoint]] = {}
    owners = {item.id: _own_key(item) for item in touchpoints if not item.seam}
    for item in touchpoints:
        key = owners.get(item.seam) if item.seam else None
        groups.setdefault(key or _own_key(item), []).append(item)
    seams = [_seam(group, surface, aside) for group in groups.values()]
    return tuple(sorted(seams, key=_seam_rank))


def _own_key(item: Touchpoint) -> tuple[str, ...]:
    apart = "apart" if item.role in (Role.TEST, Role.DOCS) else ""
    if item.symbol and item.role is not Role.CONFIG:
        return item.kind, apart, "symbol", item.path, item.symbol
    # A configuration key is one seam wherever it stands; code at the top of a file belongs to that file.
    here = "" if item.role is Role.CONFIG else item.path
    return item.kind, apart, "key", here, *split(item.name.rpartition(".")[2])


def _rank(item: Touchpoint) -> tuple[int, int, int, int, int, str, int]:
    return (
        -item.confidence.rank,
        _ROLE_ORDER[item.role],
        int(item.unwired),
        # The definition itself is what a reviewer opens first, then what most rules agree on.
        int(not item.symbol or item.symbol.rpartition(".")[2] != item.name),
        -len(item.rules),
        item.path,
        item.line,
    )


def _seam(group: list[Touchpoint], surface: Callable[[str], str], aside: Set[str]) -> Seam:
    ranked = tuple(sorted(group, key=_rank))
    best = ranked[0]
    start = surface(best.path)
    return Seam(best.id, best.kind, best.symbol or best.name or best.path, ranked, start, start in aside)


def _seam_rank(seam: Seam) -> tuple[int, int, int, int, int, int, str, int]:
    best = seam.best
    weight = (len(seam.touchpoints) - 1).bit_length()
    return (
        int(best.confidence is Confidence.LOW),
        int(seam.aside),
        -best.confidence.rank,
        int(best.unwired),
        _ROLE_ORDER[best.role],
        -len(best.rules) - weight,
        best.path,
        best.line,
    )
