"""Rules and packets that were worked out before: whole answers, where all that they depend on is the same."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from scanner.cache import Cache, decoded
from scanner.contents import Contents
from scanner.engine import engine, key
from scanner.packet import BlindSpot, Packet
from scanner.packs import Pack, PackFile
from scanner.reading import DATA_LIMIT
from scanner.repository import Repository
from scanner.rules import LoadedRulebook, Rulebook
from scanner.settings import Honour, Settings

if TYPE_CHECKING:
    from scanner.exhibits import Exhibits

#: Blind spots that may be none the next time: what a disk, a full machine or who killed a worker did to one scan.
_PASSING = frozenset({"unreadable", "missing object", "behind a link", "crashed", "too much", "over budget"})
#: How the system says why a file cannot be read.
_CAUSES = frozenset(map(os.strerror, errno.errorcode))

Loaded = tuple[tuple[PackFile, ...], Rulebook]


class _Rules(msgspec.Struct, frozen=True, array_like=True):
    packs: tuple[PackFile, ...]
    rulebook: LoadedRulebook


def known_rules(given: Sequence[str], load: Callable[[], Loaded], cache: Cache) -> Loaded:
    """What values of `--rules` name, from the cache or loaded.

    Args:
        given: names of packs, and paths of files.
        load: loads them, and raises what there is to raise.
        cache: of the user.
    """
    known = _key_of_rules(given, cache) if cache.is_on else b""
    found = decoded(cache.get([known]).get(known), _Rules) if known else None
    if found is not None:
        return found.packs, found.rulebook
    packs, rulebook = load()
    if known and isinstance(rulebook, LoadedRulebook):
        cache.put({known: msgspec.msgpack.encode(_Rules(packs, rulebook))})
    return packs, rulebook


def _key_of_rules(given: Sequence[str], cache: Cache) -> bytes:
    """Empty where a file cannot be read, or is a folder: whoever loads it says what is wrong, or reads it all."""
    parts: list[str | bytes] = []
    for value in given:
        path = Path(value)
        if path.is_dir():
            return b""
        try:
            parts.append(value)
            if path.exists():
                parts += [os.path.realpath(path), hashlib.sha256(path.read_bytes()).digest()]
        except OSError:
            return b""
    # Messages and packets name files of the user's own as they are seen from here.
    return key("rules", engine(cache), os.getcwd(), str(Path(__file__)), *parts)


class Answers:
    """Packets of one tree."""

    def __init__(
        self, repository: Repository, settings: Settings, honour: Honour, rulebook: Rulebook, contents: Contents
    ) -> None:
        self._cache = contents.cache
        self._source = contents
        self._files = repository.files
        #: Key of all packets; empty where nothing is remembered.
        self.base = b""
        #: Path and id of the content of every file.
        self.contents: dict[str, str] = {}
        #: Key of all but the files, and of where the tree comes from.
        self.how = b""
        if self._cache.is_on:
            paths = sorted({rule.path for rule in rulebook.rules})
            known = settings.state, settings.as_of, msgspec.msgpack.encode(honour)
            self.how = key(engine(self._cache), rulebook.digest, *paths, *known)
            self.contents = contents.of_tree(repository.files, DATA_LIMIT)
            self.base = key(self.how, msgspec.msgpack.encode(_portable(repository)), *self.contents.values())

    def recall(self, packs: Sequence[Pack], base: bytes = b"") -> tuple[Packet, ...]:
        """The packets, one a pack in their order; empty where one is not known.

        Args:
            packs: the questions.
            base: that of another tree, whose packets are meant.
        """
        if not (base or self.base):
            return ()
        keys = [_key_of_packet(base or self.base, pack) for pack in packs]
        kept = self._cache.get(keys)
        found = [decoded(kept.get(known), Packet) for known in keys]
        return tuple(packet for packet in found if packet is not None) if None not in found else ()

    def recall_standin(self, packs: Sequence[Pack]) -> tuple[Packet, ...]:
        """The packets of a tree of which is known that they say the same; empty where none is."""
        alias = key("stand-in", self.base)
        other = self._cache.get([alias]).get(alias) if self.base else None
        return self.recall(packs, other) if other else ()

    def keep_standin(self, base: bytes) -> None:
        """Remember that the packets of the tree with this key say the same."""
        self._cache.put({key("stand-in", self.base): base})

    def keep(self, packs: Sequence[Pack], packets: Sequence[Packet]) -> None:
        """Remember the packets, one a pack, if a scan of this tree says the same whenever it is made."""
        if self._are_lasting(packets):
            pairs = zip(packs, packets, strict=True)
            encode = msgspec.msgpack.encode
            self._cache.put({_key_of_packet(self.base, pack): encode(packet) for pack, packet in pairs})

    def recall_shown(self, packs: Sequence[Pack]) -> tuple[tuple[Packet, Exhibits], ...]:
        """The packets with what is shown beside each; empty where one of all that is not known."""
        from scanner.exhibits import Exhibits

        packets = self.recall(packs)
        if not packets:
            return ()
        keys = [_key_beside(self.base, pack) for pack in packs]
        kept = self._cache.get(keys)
        found = [decoded(kept.get(known), Exhibits) for known in keys]
        pairs = tuple((packet, each) for packet, each in zip(packets, found, strict=True) if each is not None)
        return pairs if len(pairs) == len(packets) else ()

    def keep_shown(self, packs: Sequence[Pack], shown: Sequence[tuple[Packet, Exhibits]]) -> None:
        """Remember the packets with what is shown beside each, one a pack, as for `keep`."""
        if self._are_lasting([packet for packet, _ in shown]):
            encode = msgspec.msgpack.encode
            kept: dict[bytes, bytes] = {}
            for pack, (packet, each) in zip(packs, shown, strict=True):
                kept |= {_key_of_packet(self.base, pack): encode(packet), _key_beside(self.base, pack): encode(each)}
            self._cache.put(kept)

    def _are_lasting(self, packets: Sequence[Packet]) -> bool:
        """Whether packets rest on what files hold, as keys do: none was changed, or kept from being read, meanwhile."""
        if not self.base or any(_may_pass(spot) for packet in packets for spot in packet.blind_spots):
            return False
        return all(self._source.unchanged(entry) for entry in self._files)


def _may_pass(spot: BlindSpot) -> bool:
    return spot.reason in _PASSING or (spot.reason == "manifest not read" and spot.detail.partition("; ")[0] in _CAUSES)


def _key_of_packet(base: bytes, pack: Pack) -> bytes:
    return key("packet", base, pack.id, pack.path, pack.digest)


def _key_beside(base: bytes, pack: Pack) -> bytes:
    return key("beside", base, pack.id, pack.path, pack.digest)


def _portable(repository: Repository) -> Repository:
    """The repository without where it lies on this machine, but with where it lies in its work tree."""
    store = repository.store
    top = store.work_tree if store is not None else ""
    below = os.path.relpath(repository.root, top) if top and repository.kind == "work tree" else "."
    return msgspec.structs.replace(repository, root=below, store=None)
