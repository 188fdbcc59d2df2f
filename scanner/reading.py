"""Reading the files of a repository, one after the other, in the process that needs them."""

from __future__ import annotations

import errno
import os
from types import TracebackType

from scanner import git
from scanner.folders import Folders
from scanner.opening import open_regular
from scanner.repository import Entry, Repository, Unreadable

#: Larger files are listed as skipped: no one writes so much code by hand, and data is not code.
CODE_LIMIT = 2 * 1024 * 1024
CONFIG_LIMIT = 512 * 1024
#: Larger files are named and not read.
DATA_LIMIT = 8 * 1024 * 1024


class Reader:
    """Reads files; a context manager, to be made in each process from the repository's record.

    `Repository.files` is not used: `msgspec.structs.replace(repository, files=())` does as well, and is small to send.
    """

    def __init__(self, repository: Repository) -> None:
        self._root = os.fsencode(repository.root)
        self._folders = Folders(repository.root)
        at_revision = repository.kind == "revision" and repository.store is not None
        self._objects = git.Objects(repository.store) if at_revision and repository.store else None

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._objects is not None:
            self._objects.close()

    def read(self, entry: Entry, limit: int) -> bytes | Unreadable:
        """Read a file whole.

        Args:
            entry: One of the repository's files.
            limit: Most bytes that a file may have.

        Returns:
            Its content, or why there is none; whatever happened to the file, it is no exception.
        """
        if entry.size > limit:
            return _too_large(limit)
        if self._objects is not None:
            return self._from_store(self._objects, entry)
        if not self._folders.hold(entry.raw):
            return Unreadable("behind a link", "a folder on the way to it is a link or is gone")
        try:
            return _from_disk(os.path.join(self._root, entry.raw), limit)
        except OSError as error:
            if error.errno == errno.ELOOP:
                return Unreadable("not a regular file", "a symbolic link")
            return Unreadable("unreadable", error.strerror or str(error))

    def _from_store(self, objects: git.Objects, entry: Entry) -> bytes | Unreadable:
        missing = Unreadable("missing object", f"the repository does not hold {entry.oid}, or it is broken")
        if entry.size < 0:
            return missing
        try:
            data = objects.read(entry.oid)
        except (git.GitError, OSError) as error:
            return Unreadable("unreadable", str(error))
        return missing if data is None else data


def _from_disk(path: bytes, limit: int) -> bytes | Unreadable:
    file = open_regular(path)
    if file is None:
        return Unreadable("not a regular file", "")
    with file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(min(size, limit) + 1)
        if len(data) > size:  # it grows as it is read
            data += file.read(max(limit + 1 - len(data), 0))
    return _too_large(limit) if len(data) > limit else data


def _too_large(limit: int) -> Unreadable:
    return Unreadable("too large", f"more than {limit:,} bytes")
