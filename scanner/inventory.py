"""The values that a migration must know of: where they stand, which versions there are, and which seams use them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec

from scanner.candidates import FileHead
from scanner.languages import by_name
from scanner.manifests import Dependency, Manifest
from scanner.packet import Inventory, InventoryItem, PacketSeam, PacketTouchpoint, Place, Version
from scanner.vocabulary import Vocabulary

_Values = dict[str, list[Place]]
#: Family of languages and SDK → folders that hold a file, at any depth, which imports it or asks for it.
_Users = dict[tuple[str, str], set[str]]


def inventory(reports: Sequence[FileHead], manifests: Sequence[Manifest], words: Vocabulary) -> Inventory:
    """What a repository names, best first.

    Args:
        reports: one a file, in order of path.
        manifests: what manifests and lock files say, in order of path.
        words: knows which vendor a value belongs to.
    """
    topics: dict[str, _Values] = {}
    vendors = topics.setdefault("vendor", {})
    for report in reports:
        for value in report.values:
            place = Place(report.path, value.line)
            topics.setdefault(value.topic, {}).setdefault(value.value, []).append(place)
            for vendor in words.vendors_of(value):
                vendors.setdefault(vendor, []).append(place)
    imported = topics.get("sdk", {})
    asked = _asked(manifests, imported)
    versions = _versions(manifests, _users(reports, manifests))
    by_vendor: dict[str, list[Version]] = {}
    for sdk in sorted(imported.keys() | asked.keys()):
        by_vendor.setdefault(words.vendor_of_sdk(sdk), []).extend(versions.get(sdk, ()))
    only_asked: _Values = {}
    for sdk, places in asked.items():
        if words.vendor_of_sdk(sdk) not in vendors:
            only_asked.setdefault(words.vendor_of_sdk(sdk), []).extend(places)
    return Inventory(
        models=_items(topics.get("model", {})),
        providers=(*_items(vendors, by_vendor), *_items(only_asked, by_vendor, declared_only=True)),
        sdks=(*_items(imported, versions), *_items(asked, versions, declared_only=True)),
        endpoints=_items(topics.get("endpoint", {})),
        env_vars=_items(topics.get("env_var", {})),
    )


def _each(manifests: Iterable[Manifest], pinned: bool) -> Iterator[tuple[str, Dependency]]:
    return ((manifest.path, item) for manifest in manifests for item in manifest.dependencies if item.pinned is pinned)


def _asked(manifests: Sequence[Manifest], imported: Collection[str]) -> _Values:
    """SDKs that manifests ask for and no code imports, with the places where they do."""
    found: _Values = {}
    for path, item in _each(manifests, pinned=False):
        if item.sdk not in imported:
            found.setdefault(item.sdk, []).append(Place(path, item.line))
    return found


def _users(reports: Sequence[FileHead], manifests: Sequence[Manifest]) -> _Users:
    found: _Users = {}
    for report in reports:
        for value in report.values:
            if value.topic == "sdk":
                found.setdefault((by_name(report.language).family, value.value), set()).update(_folders(report.path))
    for path, item in _each(manifests, pinned=False):
        found.setdefault((item.family, item.sdk), set()).update(_folders(path))
    return found


def _folders(path: str) -> Iterator[str]:
    """The folders around a file, innermost first; the last one is the root."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _versions(manifests: Sequence[Manifest], users: _Users) -> dict[str, list[Version]]:
    """SDK → what is asked for, then what is pinned, the files nearest to the root first.

    A lock file holds what other packages need as well, so a pin counts only where something below its folder uses the
    SDK in that language.
    """
    found: dict[str, dict[Version, None]] = {}
    for pinned in (False, True):
        for path, item in sorted(_each(manifests, pinned), key=lambda each: (each[0].count("/"), each[0])):
            if path.rpartition("/")[0] in users.get((item.family, item.sdk), ()):
                version = Version(item.package, item.version, pinned, path, item.line)
                found.setdefault(item.sdk, {})[version] = None
    return {sdk: list(versions) for sdk, versions in found.items()}


def _items(
    values: Mapping[str, list[Place]],
    versions: Mapping[str, Sequence[Version]] = MappingProxyType({}),
    declared_only: bool = False,
) -> tuple[InventoryItem, ...]:
    """Values with their places, the ones that stand in most files first."""
    items = [
        (files, InventoryItem(value, ordered, tuple(versions.get(value, ())), declared_only=declared_only))
        for value, places in values.items()
        for files, ordered in [_best_first(places)]
    ]
    items.sort(key=lambda item: (-item[0], -len(item[1].places), item[1].value))
    return tuple(item for _, item in items)


def _best_first(places: Iterable[Place]) -> tuple[int, tuple[Place, ...]]:
    """How many files there are, and each place once: the first of every file, then the others."""
    unique = sorted(dict.fromkeys(places), key=lambda place: (place.path, place.line))
    first = [place for at, place in enumerate(unique) if not at or unique[at - 1].path != place.path]
    known = set(first)
    return len(first), (*first, *(place for place in unique if place not in known))


def with_seams(found: Inventory, seams: Sequence[PacketSeam], touchpoints: Iterable[PacketTouchpoint]) -> Inventory:
    """The same values with the seams that use them: those with a touchpoint around one of the value's places.

    Args:
        found: values with their places.
        seams: of the packet, best first.
        touchpoints: all of them.
    """
    rank = {fingerprint: at for at, seam in enumerate(seams) for fingerprint in seam.touchpoints}
    stands = [_Stand(each.path, each.line, each.end_line, rank[each.id]) for each in touchpoints if each.id in rank]
    wanted: dict[str, set[int]] = {}
    topics = {topic: getattr(found, topic) for topic in found.__struct_fields__}
    for item in (item for items in topics.values() for item in items):
        for place in item.places:
            wanted.setdefault(place.path, set()).add(place.line)
    around = _around(stands, wanted)

    def using(item: InventoryItem) -> InventoryItem:
        ranks = {at for place in item.places for at in around.get((place.path, place.line), ())}
        return msgspec.structs.replace(item, seams=tuple(seams[at].id for at in sorted(ranks)))

    return Inventory(**{topic: tuple(map(using, items)) for topic, items in topics.items()})


class _Stand(msgspec.Struct, frozen=True, gc=False):
    """The lines of a touchpoint, and how high its seam ranks."""

    path: str
    line: int
    end_line: int
    rank: int


def _around(stands: Iterable[_Stand], wanted: Mapping[str, Collection[int]]) -> dict[tuple[str, int], tuple[int, ...]]:
    """Path and line, of those that are wanted → the ranks of the seams around it."""
    found: dict[tuple[str, int], set[int]] = {}
    lines = {path: sorted(some) for path, some in wanted.items()}
    for stand in stands:
        numbers = lines.get(stand.path, [])
        at = bisect_right(numbers, stand.line - 1)
        while at < len(numbers) and numbers[at] <= stand.end_line:
            found.setdefault((stand.path, numbers[at]), set()).add(stand.rank)
            at += 1
    return {place: tuple(ranks) for place, ranks in found.items()}
