"""What is read of a git directory without asking git: where it says that the rest of it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from scanner.opening import open_linked

#: Bytes; such a file holds one path, and no system takes longer ones.
_MOST: Final = 64 * 1024


def object_folder(git_dir: str) -> str:
    """The folder of the object store, without links in it; linked work trees share one.

    Args:
        git_dir: an absolute path.
    """
    common = _line(Path(git_dir) / "commondir") or "."
    return os.path.realpath(os.path.join(git_dir, common, "objects"))


def work_tree(path: Path, git_dir: str) -> str | None:
    """The folder from a path upwards whose `.git` is, or names, the git directory; None inside of it.

    Args:
        path: an absolute folder without links in it.
        git_dir: an absolute path.
    """
    wanted = os.path.realpath(git_dir)
    if Path(wanted) in (path, *path.parents):
        return None
    for folder in (path, *path.parents):
        mark = folder / ".git"
        named = ".git" if mark.is_dir() else _line(mark).removeprefix("gitdir:").strip()
        if named and os.path.realpath(folder / named) == wanted:
            return str(folder)
    return None


def _line(path: Path) -> str:
    """What a small file says; empty where there is none, or something else stands there. Links count, as with git."""
    if not path.is_file():  # some devices notice that they are opened
        return ""
    try:
        file = open_linked(path)
        if file is None:
            return ""
        with file:
            said = file.read(_MOST)
    except OSError:
        return ""
    return os.fsdecode(said.partition(b"\0")[0]).strip()  # to git a path ends at NUL, too
