"""From `PATH:LINE`, as a user writes it, to a file of a repository."""

from __future__ import annotations

import os
import re

from scanner.errors import UsageError
from scanner.places import printable
from scanner.repository import Repository
from scanner.suggestion import suggest

_PLACE = re.compile(r"(.+):([0-9]{1,9})", re.DOTALL)


def split_place(place: str) -> tuple[str, int]:
    """The path and the line of a place.

    Raises:
        UsageError: when it is no such thing.
    """
    written = _PLACE.fullmatch(place)
    if written is None:
        raise UsageError(f"`{printable(place)}` is no place; write PATH:LINE, such as src/agent.py:120")
    if not int(written.group(2)):
        raise UsageError(f"`{printable(place)}`: lines are counted from 1")
    return written.group(1), int(written.group(2))


def locate(repository: Repository, file: str) -> tuple[str, str]:
    """The path of a file as the repository has it, and why it is none of the files that are read (mostly empty).

    Args:
        repository: with its files.
        file: relative to the repository, or to the current folder where no file of the repository is called so.

    Raises:
        UsageError: when nothing of that name is there.
    """
    known = {entry.path for entry in repository.files}
    names = [os.path.normpath(file), os.path.relpath(os.path.realpath(file), repository.root)]
    paths = [printable(name.replace(os.sep, "/")) for name in names if not name.startswith(os.pardir)]
    for path in paths:
        if path in known:
            return path, ""
    for path in paths:
        if why := _why_absent(repository, path):
            return path, why
    last = file.replace(os.sep, "/").rpartition("/")[2]
    alike = [path for path in sorted(known) if path.rpartition("/")[2] == last]
    mend = f"write `{alike[0]}`" if alike else suggest(file, known, "give a path relative to the repository")
    raise UsageError(f"no file of {printable(repository.name)} is called {printable(file)}; {mend}")


def _why_absent(repository: Repository, path: str) -> str:
    """Why something that is there is none of the repository's files; empty where it is not there."""
    for problem in repository.problems:
        if problem.path and (path == problem.path or path.startswith(f"{problem.path}/")):
            return f"{problem.reason} ({problem.detail})" if problem.detail else problem.reason
    if repository.kind == "revision" or not os.path.isfile(os.path.join(repository.root, path)):
        return ""
    if repository.kind == "work tree":
        return "git does not track it"
    return "an ignore file leaves it out, or it is a link"
