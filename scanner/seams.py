"""Touchpoints folded into seams: one seam is a definition with its uses, or one key with its places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set
from typing import Protocol

import msgspec

from scanner.touchpoints import Confidence, Role, Touchpoint
from scanner.words import split


class HasLines(Protocol):
    """Something that lies on lines."""

    @property
    def line(self) -> int: ...
    @property
    def end_line(self) -> int: ...


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
    #: Steps of confidence that it lost only because its kind has many places.
    crowded: int = 0

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


_APART = frozenset({Role.TEST, Role.DOCS})
#: So many places of one kind a reviewer opens whatever speaks for them; past so many each flaw counts.
_FEW, _MANY = 10, 20
#: From this many lines on a definition holds more than an access or a value.
_LONG = 40
_MOST_LINES = 200
_ROLE_ORDER = {Role.DEFINITION: 0, Role.CONTRACT: 1, Role.CONFIG: 2, Role.USE: 3, Role.TEST: 4, Role.DOCS: 5}


def fold(
    touchpoints: Iterable[Touchpoint], surface: Callable[[str], str], aside: Set[str] = frozenset()
) -> tuple[Seam, ...]:
    """Touchpoints as seams, best-ranked first.

    A use folds into its definition; places of one kind in one function are one seam; a configuration key that
    stands in many files is one seam by its words, since a migration renames or moves it once. One place stands for
    the seam, and the others name it. Where rules say `crowded: lower`, see `_thinned`.

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
    ranked = sorted((_seam(group, surface, aside) for group in groups.values()), key=_seam_rank)
    return tuple(sorted(_thinned(ranked), key=_seam_rank))


def _own_key(item: Touchpoint) -> tuple[str, ...]:
    apart = "apart" if item.role in _APART else ""
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
    ranked = (best, *(msgspec.structs.replace(item, seam=best.id) for item in ranked[1:]))
    start = surface(best.path)
    return Seam(best.id, best.kind, best.symbol or best.name or best.path, ranked, start, start in aside)


def _thinned(ranked: Iterable[Seam]) -> Iterator[Seam]:
    """Seams of which, in a crowd of one kind, those with little to say for them are less sure.

    Where a kind has few places a reviewer opens them all. Two flaws count beyond: only names speak for a place (they
    say what code is called, not that it matters), and it is small and stands alone (nothing that can be resolved calls
    it, and it is too short to decide much). Past the most prominent places both flaws together cost a step of
    confidence; past many each flaw costs one.
    """
    before: Counter[str] = Counter()
    for seam in ranked:
        steps = _steps(seam, before[seam.kind]) if seam.counts else 0
        before[seam.kind] += seam.counts
        places = seam.touchpoints
        for _ in range(steps):
            places = tuple(msgspec.structs.replace(item, confidence=item.confidence.lowered) for item in places)
        yield msgspec.structs.replace(seam, touchpoints=places, crowded=steps) if steps else seam


def _steps(seam: Seam, before: int) -> int:
    """How many steps of confidence a seam loses that has so many of its kind before it."""
    best = seam.best
    spared = best.role is Role.CONTRACT or len(best.rules) > 1
    if spared or not all(item.lowered_in_crowd for item in seam.touchpoints):
        return 0
    alone = len(seam.touchpoints) == 1 and best.end_line - best.line + 1 < _LONG
    flaws = all(item.by_name for item in seam.touchpoints) + alone
    return flaws if before >= _MANY else int(flaws == 2 and before >= _FEW)


def _seam_rank(seam: Seam) -> tuple[bool, bool, int, str, int]:
    best = seam.best
    return best.confidence is Confidence.LOW, seam.aside, -_prominence(seam), best.path, best.line


def _prominence(seam: Seam) -> int:
    """How much a reviewer needs this seam: how sure it is, how far it reaches, how much it decides.

    Reach and size count by powers of two. On labelled repositories a place that three files call, or that has 40 lines,
    is four times as likely to be one that reviewers name as a short one that stands alone.
    """
    best = seam.best
    lines = min(best.end_line - best.line + 1, _MOST_LINES)
    if best.role is Role.DEFINITION and best.symbol.rpartition(".")[2] != best.name.rpartition(".")[2]:
        # A send or a branch decides within a function whose size is not known here.
        lines = max(lines, _LONG)
    reach = 2 * _bits(len({item.path for item in seam.touchpoints}) - 1) + _bits(len(seam.touchpoints) - 1)
    sources = 3 * best.confidence.rank + 2 * (len(best.rules) - 1)
    return sources + reach + 2 * lines.bit_length() - _ROLE_ORDER[best.role] - 2 * best.unwired


def length_class(place: HasLines) -> tuple[int, bool]:
    """What the length of a touchpoint says where seams are ranked: places with the same class rank alike."""
    lines = place.end_line - place.line + 1
    return min(lines, _MOST_LINES).bit_length(), lines < _LONG


def _bits(count: int) -> int:
    return min(count, 15).bit_length()


def best_first(seams: Iterable[Seam]) -> tuple[Touchpoint, ...]:
    """All touchpoints of ranked seams: what stands for each seam, then the uses, then what is of low confidence."""
    places = [(item, at > 0) for seam in seams for at, item in enumerate(seam.touchpoints)]
    ordered = sorted(places, key=lambda place: (place[0].confidence is Confidence.LOW, place[1]))
    return tuple(item for item, _ in ordered)
