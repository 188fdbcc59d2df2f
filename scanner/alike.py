"""Seams that are no longer where they were: told by what stands in them, whatever they are called now."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from scanner.packet import PacketSeam, PacketTouchpoint
from scanner.touchpoints import Role
from scanner.words import split

#: A place in code: path and symbol; of a key at the top of a file the words of the key.
Stand = tuple[str, tuple[str, ...]]
#: Two functions or keys are one if they have so much in common, as a share of the larger.
_SHARE = 0.5
#: A first line that is longer than this is hardly in two functions by chance.
_TELLING = 40
#: Definitions of so many lines, of which none is much longer, may be one.
_LINES, _LENGTHS = 4, 0.8


class SeamView:
    """A seam with its touchpoints, their paths as the new packet has them."""

    def __init__(self, seam: PacketSeam, places: Sequence[PacketTouchpoint]) -> None:
        self.seam = seam
        self.kind = seam.kind
        self.places = tuple(places)

    @cached_property
    def standing(self) -> tuple[PacketTouchpoint, ...]:
        """Where it stands: its definitions, or all its places where it has none."""
        return tuple(each for each in self.places if each.role is Role.DEFINITION) or self.places

    @cached_property
    def stands(self) -> frozenset[Stand]:
        """The places of code where it stands."""
        return frozenset(map(stand, self.standing))

    @cached_property
    def is_defined(self) -> bool:
        """Whether it has a definition of its own."""
        return any(each.role is Role.DEFINITION for each in self.places)


def stand(place: PacketTouchpoint) -> Stand:
    """The function in which a touchpoint is, or the key that it is."""
    return place.path, (place.symbol,) if place.symbol else ("", *split(place.name.rpartition(".")[2]))


def renamed(
    old: Sequence[SeamView], new: Sequence[SeamView], known: Callable[[Stand], bool]
) -> Iterator[tuple[int, int]]:
    """Pairs of seams of one file that only have another name, as positions.

    Args:
        old: seams that are gone.
        new: seams that were not there.
        known: whether the code around a place is in both packets; then it was not renamed.
    """
    files: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, view in enumerate(new):
        for path in {each.path for each in view.standing}:
            files[view.kind, path].append(at)
    rated: list[tuple[float, int, int]] = []
    for at, view in enumerate(old):
        for other in {each for path in {each.path for each in view.standing} for each in files[view.kind, path]}:
            if any(map(known, (*view.stands, *new[other].stands))):
                continue
            if score := _alike(view, new[other], same_file=True):
                rated.append((score, at, other))
    return _best(rated, old, new)


def moved(old: Sequence[SeamView], new: Sequence[SeamView]) -> Iterator[tuple[int, int]]:
    """Pairs of seams that have one name and stand in another file, as positions.

    Args:
        old: seams that are gone.
        new: seams that were not there.
    """
    names: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
    for at, view in enumerate(new):
        for name in _last_names(view):
            names[view.kind, name].append(at)
    rated = [
        (score, at, other)
        for at, view in enumerate(old)
        for other in sorted({each for name in _last_names(view) for each in names[view.kind, name]})
        if (score := _alike(view, new[other], same_file=False))
    ]
    return _best(rated, old, new)


def _last_names(view: SeamView) -> frozenset[tuple[str, ...]]:
    # What other files now call loses its underscore, and is still the same.
    return frozenset((*split(names[0].rpartition(".")[2]), *names[1:]) for _, names in view.stands)


def _best(
    rated: Iterable[tuple[float, int, int]], old: Sequence[SeamView], new: Sequence[SeamView]
) -> Iterator[tuple[int, int]]:
    """Each seam with the one that is most alike, each once."""

    def order(item: tuple[float, int, int]) -> tuple[float, int, int, int]:
        score, at, other = item
        return -score, abs(old[at].standing[0].line - new[other].standing[0].line), at, other

    gone: set[int] = set()
    taken: set[int] = set()
    for _, at, other in sorted(rated, key=order):
        if at not in gone and other not in taken:
            gone.add(at)
            taken.add(other)
            yield at, other


def _alike(old: SeamView, new: SeamView, same_file: bool) -> float:
    """How much two seams have in common, from 0 to 1; 0 where it may be chance."""
    mine, theirs = (Counter(map(_masked, view.standing)) for view in (old, new))
    both = (mine & theirs).total()
    share = both / max(mine.total(), theirs.total())
    if share < _SHARE:
        return 0
    if not same_file or both > 1:
        return share
    first, other = old.standing[0], new.standing[0]
    return share if _are_told_apart(first, other) else 0


def _are_told_apart(old: PacketTouchpoint, new: PacketTouchpoint) -> bool:
    """Whether two places with the same first line are more than two of many with it."""
    if not set(split(_label(old))).isdisjoint(split(_label(new))) or len(_masked(old)[2]) > _TELLING:
        return True
    lengths = sorted(each.end_line - each.line + 1 for each in (old, new))
    return lengths[0] >= _LINES and lengths[0] >= _LENGTHS * lengths[1]


def _label(place: PacketTouchpoint) -> str:
    return (place.symbol or place.name).rpartition(".")[2]


def _masked(place: PacketTouchpoint) -> tuple[str, str, str]:
    """What a place says without what it is called."""
    label = _label(place)
    mask = re.compile(rf"(?<!\w){re.escape(label)}(?!\w)") if label else None
    name, text = (mask.sub("\0", each) if mask else each for each in (place.name, place.text))
    return place.role.value, name, " ".join(text.split())


def replaced_sites(pairs: Iterable[tuple[SeamView, SeamView]]) -> Mapping[Stand, Stand]:
    """Where functions are now in which moved or renamed seams stand."""
    return {
        before: after
        for old, new in pairs
        for before, after in zip(sorted(old.stands), sorted(new.stands), strict=False)
    }
