"""Links whose names say that they are code: who imports them follows them, and the scanner does not."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping

from scanner import git
from scanner.languages import Language, language_of

#: Bytes; no system takes longer paths.
LONGEST = 4096


def is_code(raw: bytes) -> bool:
    """Whether a name has a suffix of code that is read."""
    language = _language(raw)
    return language is not None and language.kind == "code" and os.fsdecode(raw).endswith(language.suffixes)


def target_of(path: bytes) -> bytes | None:
    """What a link on disk says, which is not followed; empty where that cannot be told, None where nothing is there."""
    try:
        return os.readlink(path)
    except OSError as error:
        return None if error.errno in (errno.ENOENT, errno.ENOTDIR) else b""


def targets_at(store: git.Store, links: Mapping[bytes, git.Listed]) -> dict[bytes, bytes | None]:
    """What links of a commit say, by path; empty where that cannot be told."""
    objects = git.Objects(store)
    targets: dict[bytes, bytes | None] = dict.fromkeys(links, b"")
    try:
        for raw, listed in links.items():
            if 0 <= listed.size <= LONGEST:
                targets[raw] = objects.read(listed.oid) or b""
    except (git.GitError, OSError):
        return targets
    finally:
        objects.close()
    return targets


def unread(links: Mapping[bytes, bytes | None], files: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
    """Those links to code whose target, by its text, is no file that is read as the same language, and no folder.

    Args:
        links: paths of links to code, each with its target; None where nothing is there.
        files: gives the paths of the tree's files; asked only where there are links.
    """
    if not links:
        return
    listed = set(files())
    folders: set[bytes] = set()
    for path in listed:
        while (path := path.rpartition(b"/")[0]) and path not in folders:
            folders.add(path)
    for link, target in links.items():
        if target is None:
            continue
        end = _end(link, target)
        if end not in folders and not (end in listed and _family(end) == _family(link)):
            yield link


def _end(link: bytes, target: bytes) -> bytes:
    """Where a target leads, from the top; empty where it leads out, or that cannot be told by its text alone."""
    if not target or target.startswith(b"/"):
        return b""
    at = link.split(b"/")[:-1]
    went_down = False
    for part in target.split(b"/"):
        if part == b"..":
            if went_down or not at:  # above a folder that may be a link there may be another one
                return b""
            at.pop()
        elif part not in (b"", b"."):
            at.append(part)
            went_down = True
    return b"/".join(at)


def _language(raw: bytes) -> Language | None:
    return language_of(os.fsdecode(raw))


def _family(raw: bytes) -> str:
    language = _language(raw)
    return language.family if language is not None else ""
