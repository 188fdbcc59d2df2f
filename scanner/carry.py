"""What of one packet is where in the next: files that were renamed, and seams under the fingerprints of both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

import msgspec

from scanner.alike import SeamView, Stand, moved, renamed, replaced_sites, stand
from scanner.fingerprints import fingerprint
from scanner.packet import Packet, PacketTouchpoint
from scanner.touchpoints import Role

#: What a pair of touchpoints says for the pair of their seams: definitions tell most, then what stands for the seam.
_DEFINES, _STANDS_FOR, _BELONGS = 10_000, 100, 1
#: So many equals are looked at where only a fingerprint tells what a place was.
_MOST_EQUALS = 5
#: A file that is gone is another one that was not there if so much of what is known of it stands there.
_SHARE = 0.5

Pair = tuple[SeamView, SeamView]


class Carried:
    """Two packets, and which seams of the old one are which of the new one."""

    def __init__(self, old: Packet, new: Packet, renames: Mapping[str, str], guess: bool) -> None:
        """Find it.

        Args:
            old: the packet before.
            new: the packet after.
            renames: path before → path after.
            guess: whether a file that is gone, and not among the renames, may stand under another path.
        """
        self._renames = dict(renames)
        if guess:
            self._renames |= _guessed(old, new, self._renames)
        self._back = {new: old for old, new in self._renames.items()}
        self._old, self._new = _views(old, self.path), _views(new, str)
        #: Seams that stand where they stood, in the order of the new packet.
        self.same: list[Pair] = []
        #: Seams that stand in the same file under another name.
        self.renamed: list[Pair] = []
        #: Seams that stand in another file.
        self.moved: list[Pair] = []
        gone, come = self._paired()
        # What the other packet holds back is there under its own name, so it is not looked for under another.
        out = frozenset(new.crowded_out)
        gone = [each for each in gone if not _is_among(each.places, out)]
        come = [each for each in come if not self.was_crowded_out(each.places, old.crowded_out)]
        gone, come = self._found_again(gone, come)
        before, after = _known(self._old), _known(self._new)
        #: Seams of the new packet alone, and of the old packet alone.
        self.added = [each for each in come if not _is_known(each, before)]
        self.removed = [each for each in gone if not _is_known(each, after)]
        self._sites = replaced_sites((*self.renamed, *self.moved))

    def path(self, old: str) -> str:
        """The path in the new packet of a file of the old one."""
        return self._renames.get(old, old)

    def site(self, path: str, symbol: str) -> tuple[str, str]:
        """Where a function of the old packet is in the new one, as path and symbol."""
        here = (self.path(path), (symbol,))
        path, names = self._sites.get(here, here)
        return path, names[0]

    def was_crowded_out(self, places: Iterable[PacketTouchpoint], fingerprints: Iterable[str]) -> bool:
        """Whether one of some new places was held back in the old packet only because its kind had many.

        Args:
            places: of the new packet.
            fingerprints: of what the old one held back.
        """
        before = (_at(each, self._back.get(each.path, each.path)) for each in places)
        return _is_among(before, frozenset(fingerprints))

    def _paired(self) -> tuple[list[SeamView], list[SeamView]]:
        """Pair what has places in common; gives what is left of both."""
        votes = Counter[tuple[int, int]]()
        owners = {each.id: at for at, view in enumerate(self._new) for each in view.places}
        for at, before, after in _touchpoints(self._old, self._new):
            other = owners[after.id]
            leads = after.id == self._new[other].seam.id or before.id == self._old[at].seam.id
            weight = _DEFINES if before.role is Role.DEFINITION else _STANDS_FOR if leads else _BELONGS
            votes[at, other] += weight
        for at, other in _sharing(self._old, self._new):
            votes[at, other] += _STANDS_FOR
        gone, come = dict(enumerate(self._old)), dict(enumerate(self._new))
        pairs: dict[int, int] = {}
        for (at, other), _ in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
            if at in gone and other in come:
                pairs[other] = at
                del gone[at], come[other]
        for other, at in sorted(pairs.items()):
            self._sort_in(self._old[at], self._new[other])
        return list(gone.values()), list(come.values())

    def _sort_in(self, old: SeamView, new: SeamView) -> None:
        """Two views of one seam: where it stood, or elsewhere."""
        if not old.stands.isdisjoint(new.stands):
            self.same.append((old, new))
        elif {path for path, _ in old.stands}.isdisjoint(path for path, _ in new.stands):
            self.moved.append((old, new))
        else:
            self.renamed.append((old, new))

    def _found_again(self, gone: Sequence[SeamView], come: Sequence[SeamView]) -> tuple[list[SeamView], list[SeamView]]:
        """Pair what has another name or stands in another file; gives what is left of both."""
        before, after = ({stand(each) for view in views for each in view.places} for views in (self._old, self._new))
        both = before & after
        pairs = list(renamed(gone, come, both.__contains__))
        self.renamed += [(gone[at], come[other]) for at, other in pairs]
        gone, come = _without(gone, come, pairs)
        pairs = list(moved(gone, come))
        self.moved += [(gone[at], come[other]) for at, other in pairs]
        return _without(gone, come, pairs)


def _without(
    gone: Sequence[SeamView], come: Sequence[SeamView], pairs: Sequence[tuple[int, int]]
) -> tuple[list[SeamView], list[SeamView]]:
    left, right = {at for at, _ in pairs}, {other for _, other in pairs}
    return (
        [each for at, each in enumerate(gone) if at not in left],
        [each for at, each in enumerate(come) if at not in right],
    )


def _views(packet: Packet, move: Callable[[str], str]) -> list[SeamView]:
    places = {each.id: each for each in packet.touchpoints}
    found = []
    for seam in packet.seams:
        held = [places[each] for each in seam.touchpoints if each in places]
        if held:
            found.append(SeamView(seam, [_at(each, move(each.path)) for each in held]))
    return found


def _at(place: PacketTouchpoint, path: str) -> PacketTouchpoint:
    return place if place.path == path else msgspec.structs.replace(place, path=path)


def _touchpoints(
    old: Sequence[SeamView], new: Sequence[SeamView]
) -> Iterator[tuple[int, PacketTouchpoint, PacketTouchpoint]]:
    """Touchpoints that are in both, with the position of the old seam; of equals those of one text go together."""
    groups: dict[tuple[str, ...], list[PacketTouchpoint]] = defaultdict(list)
    for view in new:
        for each in view.places:
            groups[_equal(each)].append(each)
    asked: dict[tuple[str, ...], list[tuple[int, PacketTouchpoint]]] = defaultdict(list)
    for at, view in enumerate(old):
        for each in view.places:
            asked[_equal(each)].append((at, each))
    for key, some in asked.items():
        rest = sorted(groups.get(key, ()), key=lambda place: place.line)
        left = []
        for at, each in sorted(some, key=lambda item: item[1].line):
            twin = next((place for place in rest if place.text == each.text), None)
            if twin is None:
                left.append((at, each))
                continue
            rest.remove(twin)
            yield at, each, twin
        for (at, each), twin in zip(left, rest, strict=False):
            yield at, each, twin


def _equal(place: PacketTouchpoint) -> tuple[str, ...]:
    return place.kind, place.role.value, place.path, place.symbol, place.name


def _sharing(old: Sequence[SeamView], new: Sequence[SeamView]) -> Iterator[tuple[int, int]]:
    """Seams of one kind that stand in one function, whatever stands there."""
    here: dict[tuple[str, Stand], list[int]] = defaultdict(list)
    for at, view in enumerate(new):
        for each in view.stands:
            here[view.kind, each].append(at)
    for at, view in enumerate(old):
        for other in {each for place in view.stands for each in here.get((view.kind, place), ())}:
            if view.is_defined == new[other].is_defined:
                yield at, other


def _known(views: Iterable[SeamView]) -> Set[tuple[str, Stand, bool]]:
    """Where anything of a kind stands, and whether it is defined there."""
    return {
        (view.kind, stand(each), defined)
        for view in views
        for each in view.places
        for defined in {False, each.role is Role.DEFINITION}
    }


def _is_known(view: SeamView, known: Set[tuple[str, Stand, bool]]) -> bool:
    return any((view.kind, each, view.is_defined) in known for each in view.stands)


def _is_among(places: Iterable[PacketTouchpoint], fingerprints: Set[str]) -> bool:
    """Whether one of some places has one of some fingerprints, at the path that it has here."""
    if not fingerprints:
        return False
    for each in places:
        # Of a part of a file, such as a cell, the symbol of the packet begins with the part.
        for symbol in (each.symbol, each.symbol.partition(".")[2]):
            for number in range(1, _MOST_EQUALS + 1):
                if fingerprint(each.kind, each.role.value, each.path, symbol, each.name, number) in fingerprints:
                    return True
    return False


#: Topic of the functions that texts and ways name: others are named in the next packet, so they say little.
_FUNCTION = "function"


def _guessed(old: Packet, new: Packet, renames: Mapping[str, str]) -> Mapping[str, str]:
    """Files that are gone → files that were not there and hold what they held."""
    before, after = _held(old), _held(new)
    gone = [path for path in before if path not in after and path not in renames]
    come = [path for path in after if path not in before and path not in set(renames.values())]
    users: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path in come:
        for each in after[path]:
            users[each].append(path)
    rated = []
    for path in gone:
        votes = Counter[str]()
        for each, count in before[path].items():
            for other in users.get(each, ()):
                votes[other] += min(count, after[other][each])
        for other, both in votes.items():
            if both >= _SHARE * _weight(before[path]):
                same_name = path.rpartition("/")[2] == other.rpartition("/")[2]
                rated.append((-both, not same_name, path, other))
    found: dict[str, str] = {}
    taken: set[str] = set()
    for _, _, path, other in sorted(rated):
        if path not in found and other not in taken:
            found[path] = other
            taken.add(other)
    return found


def _weight(held: Counter[tuple[str, ...]]) -> int:
    functions = sum(count for key, count in held.items() if key[0] == _FUNCTION)
    return held.total() - functions or functions


def _held(packet: Packet) -> dict[str, Counter[tuple[str, ...]]]:
    """What is known of each file."""
    found: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for each in packet.touchpoints:
        found[each.path][each.kind, each.role.value, each.symbol, each.name, each.text] += 1
    for function in packet.graph.functions:
        found[function.path][_FUNCTION, function.symbol.removesuffix(f":{function.line}")] += 1
    for topic in packet.inventory.__struct_fields__:
        for item in getattr(packet.inventory, topic):
            for place in item.places:
                found[place.path][topic, item.value] += 1
    return found
