"""The manifest of a bundle: which files a run wrote, and what they are about; written last, it vouches for them."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from scanner.errors import UsageError
from scanner.jsonpage import json_page
from scanner.opening import open_regular
from scanner.places import printable

NAME: Final = "manifest.json"
SCHEMA_VERSION: Final = "1.1"
#: More than the manifest of any bundle has.
LARGEST: Final = 1024 * 1024
_MEND = "name a folder that `scanner packet --output-dir` wrote"
_PIECE = 1024 * 1024

Format = Literal["markdown", "json", "sarif", "html"]


class BundleFile(msgspec.Struct, frozen=True):
    """One file of the folder, but for the manifest itself."""

    #: Without a folder.
    name: str
    #: Id of its pack.
    pack: str
    format: Format
    #: Bytes.
    size: int
    #: Of the content, hexadecimal.
    sha256: str


class BundlePack(msgspec.Struct, frozen=True):
    """A question that was asked."""

    id: str
    digest: str


class BundleRepository(msgspec.Struct, frozen=True):
    """What was scanned, as packets say it."""

    name: str
    #: Full id; empty where unknown.
    commit: str
    remote: str
    #: Digest of what was scanned.
    digest: str
    #: How many files differ from the commit.
    changed: int = 0


class Manifest(msgspec.Struct, frozen=True):
    """What a bundle holds. The first two keys tell that scanner wrote it."""

    schema_version: str
    scanner_version: str
    packet_schema_version: str
    repository: BundleRepository
    rules_digest: str
    packs: tuple[BundlePack, ...]
    #: In the order in which they were written.
    files: tuple[BundleFile, ...]


def to_bytes(manifest: Manifest) -> bytes:
    """The manifest as it is written."""
    return json_page(manifest)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder.

    Raises:
        UsageError: when it has none that can be read, with how to mend it in one line.
    """
    shown = printable(os.fspath(folder))
    try:
        content = read_file(folder / NAME, LARGEST)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise UsageError(f"{shown} has no {NAME}; {_MEND}") from None
        raise UsageError(f"{shown}/{NAME} cannot be read: {error.strerror}; {_MEND}") from None
    if content is None:
        raise UsageError(f"{shown}/{NAME} is no manifest of scanner; {_MEND}")
    try:
        found = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UsageError(f"{shown}/{NAME} is no manifest of scanner; {_MEND}") from None
    if found.schema_version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        version = printable(found.schema_version)[:20]
        raise UsageError(f"{shown}/{NAME} has schema version {version}; install a scanner that reads it")
    return found


def is_name(name: str) -> bool:
    """Whether this names a file of the folder itself, on any system."""
    odd = {"/", "\\", ":", "\0"}.intersection(name) or not name.isprintable()
    return not odd and name not in ("", ".", "..") and name.casefold() != NAME and len(name) < 256


def digest_of(path: Path, size: int) -> str | None:
    """The SHA-256 of a regular file of this size, hexadecimal; of anything else None, and it is not read.

    Raises:
        OSError: when it cannot be opened or read, as where it is a link.
    """
    found = hashlib.sha256()
    for piece in _pieces(path, size, exactly=True):
        if piece is None:
            return None
        found.update(piece)
    return found.hexdigest()


def read_file(path: Path, most: int) -> bytes | None:
    """The content of a regular file; None of anything else, or of more bytes than that.

    Raises:
        OSError: when it cannot be opened or read, as where it is a link.
    """
    pieces = list(_pieces(path, most, exactly=False))
    return None if None in pieces else b"".join(piece for piece in pieces if piece is not None)


def _pieces(path: Path, size: int, exactly: bool) -> Iterator[bytes | None]:
    """The content in pieces, of a file that may grow while it is read no more than its size; None instead of any."""
    file = open_regular(path)
    if file is None:
        yield None
        return
    with file:
        left = os.fstat(file.fileno()).st_size
        if left > size or (exactly and left < size):
            yield None
            return
        while left > 0 and (piece := file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece
