"""What files of a tree hold, by the id that git has for it, without reading what has not changed since it was read."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

import msgspec

from scanner import git
from scanner.cache import Cache, decoded
from scanner.engine import key
from scanner.reading import Reader
from scanner.repository import Entry, Repository

#: Nanoseconds: a file that changed so lately may change again and show the same time, as git fears too.
_LATELY = 2_000_000_000

#: Size, time of change of the content and of the file's own record (nanoseconds), number of the file.
Stamp = tuple[int, int, int, int]


class _Seen(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file as it was, and what it held."""

    stamp: Stamp
    content: str


class Contents:
    """The ids of the contents of a tree's files; on disk they are read once, as long as they do not change.

    `cache` remembers them, and what was read of them.
    """

    def __init__(self, repository: Repository, cache: Cache) -> None:
        self._repository = repository
        self.cache = cache
        self._root = os.fsencode(repository.root)
        self._key = key("contents", repository.root)
        self._seen: dict[bytes, _Seen] | None = None
        #: Those that changed too lately to be remembered.
        self._fresh: dict[bytes, _Seen] = {}
        self._stamps: dict[str, Stamp] = {}

    def of(self, entries: Iterable[Entry], limit: int) -> dict[str, str]:
        """The id of each file's content by path; files that cannot be told are left out.

        Args:
            entries: of the repository.
            limit: most bytes that a file may have.
        """
        if self._repository.kind == "revision":
            return {entry.path: entry.oid for entry in entries if entry.oid and entry.size >= 0}
        seen = self._load()
        found: dict[str, str] = {}
        new = False
        with Reader(msgspec.structs.replace(self._repository, files=())) as reader:
            for entry in entries:
                stamp = self._stamp(entry)
                if stamp is None:
                    continue
                self._stamps[entry.path] = stamp
                if stamp[0] > limit:
                    continue
                before = self._fresh.pop(entry.raw, None) or seen.get(entry.raw)
                if before is None or before.stamp != stamp:
                    until = time.time_ns() - _LATELY
                    content = self._read(reader, entry, limit)
                    if not content:
                        continue
                    before = _Seen(stamp, content)
                    settled = max(stamp[1], stamp[2]) < until
                    (seen if settled else self._fresh)[entry.raw] = before
                    new = new or settled
                found[entry.path] = before.content
        if new:
            self.cache.put({self._key: msgspec.msgpack.encode(seen)})
        return found

    def of_tree(self, entries: Iterable[Entry], limit: int) -> dict[str, str]:
        """An id of every file's content by path, as far as a scan tells contents apart: of large ones how the file is.

        Args:
            entries: of the repository.
            limit: more bytes than that are not read.
        """
        known = self.of(entries, limit)
        return {entry.path: known.get(entry.path) or str(self._stamps.get(entry.path) or entry) for entry in entries}

    def unchanged(self, entry: Entry) -> bool:
        """Whether a file is still as it was when its content was told."""
        return self._repository.kind == "revision" or self._stamps.get(entry.path) == self._stamp(entry)

    def _read(self, reader: Reader, entry: Entry, limit: int) -> str:
        data = reader.read(entry, limit)
        algorithm = self._repository.store.algorithm if self._repository.store is not None else "sha1"
        return git.blob_id(data, algorithm) if isinstance(data, bytes) else ""

    def _stamp(self, entry: Entry) -> Stamp | None:
        try:
            status = os.lstat(os.path.join(self._root, entry.raw))
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino

    def _load(self) -> dict[bytes, _Seen]:
        if self._seen is None:
            kept = self.cache.get([self._key]).get(self._key)
            self._seen = decoded(kept, dict[bytes, _Seen]) or {}
        return self._seen
