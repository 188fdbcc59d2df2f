"""When a commit was made."""

from __future__ import annotations

from datetime import UTC, datetime

from scanner.git import PATIENT, GitError, Store


def commit_date(store: Store, commit: str) -> str:
    """The day on which a commit was made, in UTC, as `2026-12-31`; empty where that cannot be told.

    It is the committer's date, which is a part of the commit: the same on every machine, whatever is checked out.

    Args:
        store: holds the commit.
        commit: its full id.
    """
    try:
        # A commit graph tells dates, too, and it is no part of the commit.
        said = store.ask(
            "-c", "core.commitGraph=false", "rev-list", "--no-walk", "--timestamp", commit, timeout=PATIENT
        )
        return datetime.fromtimestamp(int(said.split()[0]), UTC).date().isoformat()
    except (GitError, ValueError, IndexError, OverflowError, OSError):
        return ""
