"""The index that a commit in progress is made from.

Inside a hook git names it by `GIT_INDEX_FILE`: `git commit -a` and `git commit FILE` commit from an index of their own,
beside the usual one. No other variable of a hook is heeded (see `scanner.git`), and this one only where it names a file
of the repository that is asked about.
"""

from __future__ import annotations

import os

from scanner import git

_NAME = "GIT_INDEX_FILE"


def environment(store: git.Store) -> dict[str, str]:
    """The environment in which git reads the index that counts now."""
    variables = git.environment()
    named = os.environ.get(_NAME)
    if named and store.work_tree:
        index = os.path.realpath(os.path.join(store.work_tree, named))
        if os.path.dirname(index) == os.path.realpath(store.git_dir):
            variables[_NAME] = index
    return variables


def staged(store: git.Store, path: bytes) -> str:
    """The id of what the index holds under a path from the top; empty for nothing, and while a merge is open.

    Raises:
        GitError: when the index cannot be read.
    """
    words = store.command("ls-files", "-z", "--stage", "--full-name", "--", os.fsdecode(path))
    records = git.run(words, git.PATIENT, environment(store)).split(b"\0")[:-1]
    found = [meta.split(b" ") for meta, _, name in (record.partition(b"\t") for record in records) if name == path]
    return found[0][1].decode() if len(found) == 1 and found[0][2] == b"0" else ""
