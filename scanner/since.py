"""The commit to compare with: where what is checked and another revision parted, as on a pull request."""

from __future__ import annotations

import os
from pathlib import Path

from scanner import git
from scanner.errors import RepositoryError
from scanner.places import printable
from scanner.renames import below, merge_base, renames_between, renames_to_disk
from scanner.repository import open_repository, open_store


def since(repo: Path, base: str, rev: str | None, option: str = "--rev") -> tuple[str, dict[str, str]]:
    """Where a revision, or the files on disk, parted from another one, and what was renamed since.

    Args:
        repo: what is scanned.
        base: the other revision, such as `origin/main`.
        rev: the revision that is checked; None for the files on disk.
        option: how a user names that revision.

    Returns:
        The full id of a commit; path before → path after.

    Raises:
        RepositoryError: when there is no such commit.
    """
    shown = printable(os.fspath(repo))
    store = open_store(repo)
    other = _resolved(store, base, f"--base {printable(base)}", shown)
    here = _resolved(store, rev or "HEAD", f"{option} {printable(rev)}" if rev else "HEAD", shown)
    parted = merge_base(store, other, here, shown)
    repository = open_repository(repo, rev)
    if rev is None:
        return parted, renames_to_disk(repository, parted)
    return parted, renames_between(store, parted, here, below(repository))


def _resolved(store: git.Store, rev: str, called: str, shown: str) -> str:
    try:
        return git.resolve(store, rev)
    except git.GitError:
        mend = "see git branch -a and git tag"
        if store.shallow:
            mend = "the clone is shallow, run: git fetch --unshallow (in CI: fetch-depth: 0)"
        raise RepositoryError(f"{called} names no commit in {shown}; {mend}") from None
