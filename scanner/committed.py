"""Packets that are part of a commit: the same bytes just before it, just after it and in a fresh clone of it.

Such a packet can name neither its commit nor a link to it. It names a digest of what was scanned, its links lead from
its own folder to the files beside it, and all is left out that depends on when and where it is written: the clone's
name and remote, what differs from a commit, what git does not track, and the day that attestations are held against.
Its size in bytes is left out, too, since it changes with every edit of a test.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec

from scanner import git
from scanner.errors import RepositoryError, UsageError
from scanner.gitindex import staged
from scanner.packet import BlindSpot, Completeness, Packet
from scanner.phrases import plural
from scanner.places import printable
from scanner.repository import open_store

#: Blind spots of a work tree that its commit does not have.
_PASSING = frozenset({"untracked", "untracked unknown", "commit unreadable"})
_SPARSE = "sparse checkout"


class Home(msgspec.Struct, frozen=True):
    """Where a committed packet lies in its repository."""

    store: git.Store
    #: The folder that was scanned.
    scanned: str
    #: Template of links from there.
    links: str


def home(repo: Path, folder: Path) -> Home:
    """Find out where a committed packet lies.

    Args:
        repo: what is scanned.
        folder: the folder that the packet is written to; need not be there yet.

    Raises:
        RepositoryError: when the repository is none of git's.
        UsageError: when the folder is not in its work tree.
    """
    store = open_store(repo)
    scanned, target = os.path.realpath(repo), os.path.realpath(folder)
    if not store.work_tree:
        raise UsageError(f"{_shown(repo)} is a bare repository; a committed packet lies in a work tree, so name one")
    if not _is_within(target, store.work_tree) or _is_within(target, store.git_dir):
        raise UsageError(
            f"{_shown(folder)} is not in the work tree of {_shown(repo)}; a committed packet lies beside the code, so "
            "name a place in it, such as docs/migration"
        )
    up = os.path.relpath(scanned, target)
    prefix = "./" if up == "." else f"{up}/" if up.startswith("..") else f"./{up}/"
    links = quote(prefix, safe="/", errors="surrogateescape") + "{path}#L{line}-L{end_line}"
    return Home(store, scanned, links)


def command(place: Home, rules: Sequence[str], how: Sequence[str | Path]) -> str:
    """How to write a committed packet again, at the top of its repository.

    Args:
        place: where it lies.
        rules: what `--rules` names.
        how: further words; paths among them are told from the top.
    """
    top = place.store.work_tree
    words = ["scanner", "packet"]
    for value in rules:
        words += ["--rules", _from_top(value, top) if os.path.exists(value) and not _is_name(value) else value]
    words += [] if place.scanned == top else ["--repo", os.path.relpath(place.scanned, top)]
    words += ["--committed", *(_from_top(each, top) if isinstance(each, Path) else each for each in how)]
    return printable(shlex.join(words))


def committed(packet: Packet, links: str, again: str) -> Packet:
    """A packet as its commit can hold it.

    Args:
        packet: made without a date (`Honour.dated`).
        links: template of links from its place.
        again: how to write it again.

    Raises:
        RepositoryError: when the work tree lacks files that the commit has.
    """
    if any(spot.reason == _SPARSE for spot in packet.blind_spots):
        raise RepositoryError(
            "this checkout is sparse, and a committed packet tells of all files of its commit; check them out first, "
            "with git sparse-checkout disable"
        )
    replace = msgspec.structs.replace
    settings = packet.settings
    return replace(
        packet,
        repository=replace(packet.repository, name="", commit="", remote="", permalink=links, changed=()),
        completeness=_completeness(packet),
        coverage=replace(packet.coverage, bytes=0),
        blind_spots=tuple(spot for spot in packet.blind_spots if spot.reason not in _PASSING),
        settings=replace(settings, state="none" if settings.state == "outside" else settings.state, as_of=""),
        reproduce=(again,),
    )


def is_committed(packet: Packet) -> bool:
    """Whether a packet was written to be part of a commit."""
    return packet.repository.permalink.startswith(("./", "../"))


def not_staged(store: git.Store, paths: Sequence[Path]) -> str:
    """What to do so that git commits these files as they are on disk; empty where nothing is left to do.

    Raises:
        RepositoryError: when git's index cannot be read.
    """
    try:
        changed = [path for path in paths if not _is_staged(store, path)]
    except git.GitError as error:
        raise RepositoryError(f"git cannot read its index: {printable(error.message)}") from None
    if not changed:
        return ""
    names = [shlex.quote(_from_top(path, store.work_tree)) for path in changed]
    verb = "is not what git would commit" if len(names) == 1 else "are not what git would commit"
    return f"{', '.join(names)} {verb}; review, then: git add {' '.join(names)}"


def _is_staged(store: git.Store, path: Path) -> bool:
    name = os.path.relpath(os.path.realpath(path), store.work_tree)
    return staged(store, os.fsencode(name)) == git.blob_id(path.read_bytes(), store.algorithm)


def _completeness(packet: Packet) -> Completeness:
    """Without the reasons that stand for passing blind spots."""
    passing = {words for spot in packet.blind_spots if spot.reason in _PASSING for words in _reasons(spot)}
    reasons = tuple(reason for reason in packet.completeness.reasons if reason not in passing)
    return Completeness("partial" if reasons else "complete", reasons)


def _reasons(spot: BlindSpot) -> Iterator[str]:
    """How `survey.completeness` words a problem of the tree."""
    where = f" ({spot.path})" if spot.path else ""
    yield f"{plural(spot.count, 'file')} not read: {spot.reason}{where}"


def _is_within(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)


def _from_top(path: str | Path, top: str) -> str:
    """A path from the top of the repository; of one elsewhere the name alone, as paths of a machine never show."""
    real = os.path.realpath(path)
    return os.path.relpath(real, top) if _is_within(real, top) else f"./{os.path.basename(real)}"


def _is_name(value: str) -> bool:
    """Whether `--rules` takes a value for the name of a pack, whatever lies in the current folder."""
    from scanner.packfile import builtin_packs

    return value == "all" or value in builtin_packs()


def _shown(path: Path) -> str:
    return printable(os.fspath(path))
