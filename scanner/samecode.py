"""Code of renamed files that only the file's new name makes another seam, or none.

Rules may look at the words of a path, so a seam can come or go with a file's name alone; a difference says nothing of
that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from scanner.diffpacket import PacketDiff, Spot
from scanner.reading import CODE_LIMIT, Reader
from scanner.repository import open_repository


def without_same_code(
    diffs: Sequence[PacketDiff], repo: Path, base: str, head: str | None, renames: Mapping[str, str]
) -> tuple[PacketDiff, ...]:
    """Differences without seams of renamed files whose lines stand unchanged on the other side.

    Args:
        diffs: of the two revisions.
        repo: the repository.
        base: the revision before.
        head: the revision after; None for the files on disk.
        renames: path before → path after.
    """
    back = {new: old for old, new in renames.items()}
    gone = {each.path for diff in diffs for each in diff.seams_removed if each.path in renames}
    come = {each.path for diff in diffs for each in diff.seams_added if each.path in back}
    if not gone and not come:
        return tuple(diffs)
    before = _lines(repo, base, gone | {back[path] for path in come})
    after = _lines(repo, head, come | {renames[path] for path in gone})

    def changed(spots: Iterable[Spot], here: Mapping[str, Sequence[bytes]], other: Mapping[str, Sequence[bytes]],
                names: Mapping[str, str]) -> tuple[Spot, ...]:  # fmt: skip
        return tuple(
            each for each in spots if not _is_in(each, here.get(each.path, ()), other.get(names.get(each.path, ""), ()))
        )

    return tuple(
        msgspec.structs.replace(
            diff,
            seams_added=changed(diff.seams_added, after, before, back),
            seams_removed=changed(diff.seams_removed, before, after, renames),
        )
        for diff in diffs
    )


def _lines(repo: Path, rev: str | None, paths: Iterable[str]) -> dict[str, list[bytes]]:
    """Path → its lines, of those that can be read."""
    repository = open_repository(repo, rev)
    wanted = frozenset(paths)
    found: dict[str, list[bytes]] = {}
    with Reader(msgspec.structs.replace(repository, files=())) as reader:
        for entry in repository.files:
            data = reader.read(entry, CODE_LIMIT) if entry.path in wanted else b""
            if isinstance(data, bytes) and data:
                found[entry.path] = data.splitlines()
    return found


def _is_in(spot: Spot, here: Sequence[bytes], other: Sequence[bytes]) -> bool:
    """Whether the lines of a place stand in another file, too."""
    lines = list(here[spot.line - 1 : spot.end_line])
    if not lines:
        return False
    starts = (at for at, line in enumerate(other) if line == lines[0])
    return any(list(other[at : at + len(lines)]) == lines for at in starts)
