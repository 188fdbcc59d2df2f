"""From two revisions of a repository to what changed between their packets."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from scanner import git
from scanner.api import UNHEEDED, packets_at
from scanner.diff import compare
from scanner.diffpacket import PacketDiff
from scanner.errors import UsageError
from scanner.packs import Pack
from scanner.places import printable
from scanner.repository import open_store
from scanner.rules import Rulebook
from scanner.samecode import without_same_code
from scanner.scan import Progress
from scanner.settings import Honour
from scanner.since import since


def differences(
    repo: Path,
    base: str,
    head: str | None,
    packs: Sequence[Pack],
    rulebook: Rulebook,
    progress: Callable[[], AbstractContextManager[Progress | None]],
    honour: Honour = UNHEEDED,
) -> tuple[PacketDiff, ...]:
    """What changed since two revisions of a repository parted, one difference a pack in their order.

    What others have changed in the base since then is no part of a pull request, so it is left out, as in
    `git diff BASE...HEAD`. Where the base is an ancestor it is compared with as it is.

    Args:
        repo: the repository.
        base: the revision before.
        head: the revision after; None for the files on disk, which belong to HEAD.
        packs: the questions.
        rulebook: what to look for.
        progress: gives what shows the progress of one scan.
        honour: whether the settings count that the repository keeps, each revision's own.

    Raises:
        UsageError: when there are no files on disk.
        RepositoryError: when one of the revisions cannot be read, or they have no commit in common.
        SettingsError: when settings of one of them cannot be used.
        RuleError: when a template of a pack cannot be filled.
    """
    store = open_store(repo)
    if head is None and not store.work_tree:
        shown = printable(os.fspath(repo))
        raise UsageError(f"{shown} is a bare repository without files; name a revision, such as --head HEAD")
    commit, renames = since(repo, base, head, "--head")
    with progress() as show:
        old = packets_at(repo, commit, packs, rulebook, show, honour)
    with progress() as show:
        new = packets_at(repo, head, packs, rulebook, show, honour)
    # Between commits git knows all renames; on disk it cannot be asked.
    compared = [compare(*pair, renames, guess=head is None) for pair in zip(old, new, strict=True)]
    found = without_same_code(compared, repo, commit, head, renames)
    if commit == git.resolve(store, base):
        return found
    asked = f"where `{printable(base)}` and `{printable(head or 'HEAD')}` parted"
    replace = msgspec.structs.replace
    return tuple(replace(each, old=replace(each.old, asked=asked)) for each in found)
