"""Objects of git that cost whoever reads them more than they weigh, and packs with numbers that lie."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

#: Bytes that a part of a bomb unpacks to.
_PART = 16 * 1024**2
GIGABYTES = 1024**3


def zipped(head: bytes, zeros: int) -> bytes:
    """A zlib stream of some bytes and so many zeros, which are packed once and repeated.

    Args:
        head: what comes first.
        zeros: a multiple of 16 MiB.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    part = packer.compress(bytes(_PART)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.flush(zlib.Z_FINISH)
    # The sum of all is wrong, which is told at the end only.
    return b"\x78\x9c" + first + part * (zeros // _PART) + last + bytes(4)


def put_loose(git_dir: Path, oid: str, content: bytes) -> None:
    """Write a packed object under an id, whatever it holds."""
    file = git_dir / "objects" / oid[:2] / oid[2:]
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_bytes(content)


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _number(value: int) -> bytes:
    """A number as deltas have it, seven bits after seven."""
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])


def _header(kind: int, size: int) -> bytes:
    first, size = kind << 4 | size & 15, size >> 4
    return bytes([first | 128]) + _number(size) if size else bytes([first])


def whole(size: int) -> bytes:
    """An entry of a pack: a blob of so many zeros, as `zipped` has them."""
    return _header(3, size) + zipped(b"", size)


def delta(base: str, base_size: int, copies: list[int]) -> bytes:
    """An entry of a pack: a blob that repeats the beginning of another one.

    Args:
        base: the other one's id.
        base_size: bytes that it has.
        copies: bytes to take of it, one time after the other; less than 16 MiB each.
    """
    steps = b"".join(b"\xf0" + size.to_bytes(3, "little") for size in copies)
    text = _number(base_size) + _number(sum(copies)) + steps
    return _header(7, len(text)) + bytes.fromhex(base) + zlib.compress(text)


def put_pack(git_dir: Path, entries: dict[str, bytes], name: str = "pack-1") -> None:
    """Write a pack and its index.

    Args:
        git_dir: of the repository.
        entries: as `whole` and `delta` make them, by id.
        name: of the files.
    """
    pack = bytearray(b"PACK" + struct.pack(">II", 2, len(entries)))
    places: dict[str, tuple[int, int]] = {}
    for oid, entry in entries.items():
        places[oid] = (len(pack), zlib.crc32(entry))
        pack += entry
    end = hashlib.sha1(pack, usedforsecurity=False).digest()
    ids = sorted(places)
    fan = [sum(int(oid[:2], 16) <= first for oid in ids) for first in range(256)]
    index = b"\xfftOc" + struct.pack(">I256I", 2, *fan) + bytes.fromhex("".join(ids))
    index += b"".join(struct.pack(">I", places[oid][1]) for oid in ids)
    index += b"".join(struct.pack(">I", places[oid][0]) for oid in ids) + end
    folder = git_dir / "objects/pack"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.pack").write_bytes(bytes(pack) + end)
    (folder / f"{name}.idx").write_bytes(index + hashlib.sha1(index, usedforsecurity=False).digest())


def nested_trees(tree: str, depth: int) -> tuple[str, dict[str, bytes]]:
    """Trees that hold one another, around one: the id of the outermost, and their entries of a pack."""
    entries: dict[str, bytes] = {}
    for _ in range(depth):
        body = b"40000 d\0" + bytes.fromhex(tree)
        tree = hashlib.sha1(b"tree %d\0" % len(body) + body, usedforsecurity=False).hexdigest()
        entries[tree] = _header(2, len(body)) + zlib.compress(body, 1)
    return tree, entries
