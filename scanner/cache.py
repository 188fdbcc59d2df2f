"""What was worked out before, kept in the user's cache directory: bounded, shared by concurrent runs, never needed.

Whatever goes wrong with it costs time and no more: an entry that is broken is worked out again and replaced, a file
that is no database is replaced, one that cannot be written is left alone.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from scanner.opening import open_regular

#: Names the directory; empty for none, which turns the cache off.
DIRECTORY = "SCANNER_CACHE_DIR"
#: Most bytes of all entries; what was not used for longest goes first.
LIMIT = 512 * 1024 * 1024
#: So much stays when some goes.
_KEPT = LIMIT * 3 // 4
_FILE = "entries.sqlite3"
#: Changes when tables do; a file of another version is replaced.
_VERSION = 1
#: Seconds that one run waits for another to finish writing.
_PATIENCE = 5.0
#: Days are enough to tell what was used lately, and spare a write a read.
_DAY = 86_400
#: SQLite takes so many values in one statement in every build.
_MOST_VALUES = 500
_CHECK_BYTES = 4

_Record = TypeVar("_Record")

_TABLE = """
create table if not exists entries (
    key blob primary key,
    value blob not null,
    used integer not null
)
"""


class Info(msgspec.Struct, frozen=True):
    """What the cache holds."""

    #: Absolute; empty where the cache is off.
    directory: str
    entries: int
    #: Of the entries, and of the file that holds them.
    bytes: int
    file_bytes: int
    limit: int = LIMIT


#: Bytes that an entry takes beside its value: the key twice, and what the database keeps of it.
_AROUND = 100
#: How a journal of SQLite begins, and how one ends that names another file; see "The Rollback Journal" in
#: https://www.sqlite.org/fileformat2.html.
_JOURNAL = bytes.fromhex("d9d505f920a163d7")
#: A shorter one names none. It may be one that another run begins just now, with the same bytes.
_SHORTEST = 16


class Cache:
    """Entries by key, a digest of all that they depend on; nothing here raises."""

    def __init__(self, directory: Path | None) -> None:
        """Entries in a directory, which is made when the first is kept; None for a cache that keeps nothing."""
        self._file = directory / _FILE if directory is not None else None
        self._connection: sqlite3.Connection | None = None
        #: Whether another run held it for longer than anybody wants to wait more than once.
        self._is_held = False

    @property
    def is_on(self) -> bool:
        """Whether anything can be kept."""
        return self._file is not None

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The entries that there are, by key; what is broken is not there."""
        found: dict[bytes, bytes] = {}
        connection = self._connected()
        if connection is None:
            return found
        stale: list[tuple[int, bytes]] = []
        today = int(time.time()) // _DAY
        with self._guarded():
            for part in _parts(list(keys)):
                marks = ",".join("?" * len(part))
                asked = f"select key, value, used from entries where key in ({marks})"  # noqa: S608  # marks alone
                for key, value, used in connection.execute(asked, part):
                    content = _checked(key, value)
                    if content is not None:
                        found[key] = content
                        if used != today:
                            stale.append((today, key))
            if stale:
                connection.executemany("update entries set used = ? where key = ?", stale)
                connection.commit()
        return found

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        """Keep entries, in place of those with the same keys: all of them or none."""
        connection = self._connected(make=True) if entries else None
        if connection is None:
            return
        today = int(time.time()) // _DAY
        rows = [(key, _check(key, value) + value, today) for key, value in entries.items()]
        with self._guarded():
            connection.executemany("insert or replace into entries values (?, ?, ?)", rows)
            _shrink(connection, today)
            connection.commit()

    def info(self) -> Info:
        """What the cache holds."""
        directory = str(self._file.parent) if self._file is not None else ""
        count, size, stored = 0, 0, 0
        connection = self._connected()
        if connection is not None and self._file is not None:
            with self._guarded():
                asked = "select count(*), coalesce(sum(length(value)), 0) from entries"
                count, size = connection.execute(asked).fetchone()
                stored = self._file.stat().st_size
        return Info(directory, count, size, stored)

    def clear(self) -> None:
        """Forget everything.

        Raises:
            OSError: when the file cannot be removed.
        """
        self.close()
        if self._file is not None:
            _remove(self._file)

    def close(self) -> None:
        """Let go of the file; it is opened again when asked."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self, make: bool = False) -> sqlite3.Connection | None:
        """The database; None where there is none."""
        if self._connection is None and not self._is_held:
            with self._guarded():
                self._connection = self._open(make)
        return self._connection

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Ends quietly what fails inside."""
        try:
            yield
        except sqlite3.OperationalError as error:  # locked, read-only, full
            self._is_held = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            self._give_up()
        except (OSError, MemoryError):  # nothing is wrong with the file
            self._give_up()
        except sqlite3.Error:  # no database, or a broken one
            self._give_up()
            if self._file is not None:
                with suppress(OSError):
                    _remove(self._file)

    def _give_up(self) -> None:
        """Undo what was begun; the next call opens the file anew."""
        with suppress(sqlite3.Error):
            self.close()

    def _open(self, make: bool) -> sqlite3.Connection | None:
        if self._file is None or not (make or self._file.is_file()):
            return None
        if make:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not all(map(_is_sound, _files(self._file))):
            _remove(self._file)
        connection = sqlite3.connect(self._file, timeout=_PATIENCE)
        try:
            # What a killed process wrote, the system has; a power cut may cost the file.
            connection.execute("pragma synchronous = off")
            if _version(connection) == 0:
                _make(connection)
            if _version(connection) != _VERSION:
                raise sqlite3.DatabaseError("of another version")
            # A view or a trigger of somebody else's would run code of his.
            written = [sql for (sql,) in connection.execute("select sql from sqlite_master") if sql is not None]
            if [sql.partition("(")[2] for sql in written] != [_TABLE.strip().partition("(")[2]]:
                raise sqlite3.DatabaseError("made by something else")
        except BaseException:
            with closing(connection):
                raise
        return connection


def _version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("pragma user_version").fetchone()[0]
    return found


def _make(connection: sqlite3.Connection) -> None:
    """Make the tables in one step, so that nobody takes half of it for a file of something else and removes it."""
    connection.execute("begin immediate")
    if _version(connection) == 0:
        if connection.execute("select 1 from sqlite_master").fetchone():
            raise sqlite3.DatabaseError("made by something else")
        connection.execute(_TABLE)
        connection.execute(f"pragma user_version = {_VERSION}")
    connection.commit()


#: Keeps nothing.
NO_CACHE = Cache(None)


def decoded(value: bytes | None, kind: type[_Record]) -> _Record | None:
    """An entry as the record that was kept; None where it is none, whoever made it."""
    if value is None:
        return None
    try:
        return msgspec.msgpack.decode(value, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, MemoryError):
        return None


def _check(key: bytes, content: bytes) -> bytes:
    """A checksum of an entry, its key included: a broken table can hand out the content of another."""
    return zlib.crc32(content, zlib.crc32(key)).to_bytes(_CHECK_BYTES)


def _checked(key: bytes, value: object) -> bytes | None:
    """An entry's content, if it is what was kept."""
    if not isinstance(value, bytes) or len(value) < _CHECK_BYTES:
        return None
    content = value[_CHECK_BYTES:]
    return content if _check(key, content) == value[:_CHECK_BYTES] else None


def _shrink(connection: sqlite3.Connection, today: int) -> None:
    """Drop what was not used for longest, where there is too much; of days that a clock was ahead first."""
    pages, free, size = (
        connection.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    if (pages - free) * size <= LIMIT:
        return
    total = (pages - free) * size
    dropped: list[tuple[int]] = []
    oldest = "select rowid, length(value) from entries order by used > ? desc, used, rowid"
    for row, length in connection.execute(oldest, (today,)):
        if total <= _KEPT:
            break
        dropped.append((row,))
        total -= length + _AROUND
    connection.executemany("delete from entries where rowid = ?", dropped)


def _parts(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), _MOST_VALUES):
        yield keys[start : start + _MOST_VALUES]


def _remove(file: Path) -> None:
    for each in _files(file):
        each.unlink(missing_ok=True)


def _files(file: Path) -> Iterator[Path]:
    """The database and what SQLite keeps beside it, be they there or not."""
    return (file.with_name(file.name + suffix) for suffix in ("", "-journal", "-wal", "-shm"))


def _is_sound(file: Path) -> bool:
    """Whether SQLite may open a file: no link, pipe or device, and no journal that names another file.

    Where a journal ends so, SQLite takes it for one of several databases, opens the file that it names and deletes it.
    """
    try:
        opened = open_regular(file)
    except OSError as error:
        return error.errno not in (errno.ELOOP, errno.ENXIO)  # a link, a socket
    if opened is None:
        return False
    with opened:
        size = os.fstat(opened.fileno()).st_size
        if size < _SHORTEST or not file.name.endswith("-journal"):
            return True
        opened.seek(size - len(_JOURNAL))
        return opened.read(len(_JOURNAL)) != _JOURNAL


def users_cache() -> Cache:
    """The cache of the user who runs this: where the environment says, else where his system keeps such things."""
    named = os.environ.get(DIRECTORY)
    return _cache_at(None if named is None else str(Path(named).absolute()) if named else "")


@cache
def _cache_at(directory: str | None) -> Cache:
    if directory is not None:
        return Cache(Path(directory) if directory else None)
    import platformdirs

    try:
        return Cache(platformdirs.user_cache_path("seam-scanner", appauthor=False))
    except (OSError, RuntimeError):  # a user without a home
        return NO_CACHE
