"""The files of a plain folder: a walk without following links, that honours ignore files."""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path

import msgspec
from pathspec import GitIgnoreSpec

from scanner import codelinks

#: Never part of the code that somebody wrote here, whatever the ignore files say.
_LEFT_OUT = frozenset(
    b".git .hg .svn .bzr .jj node_modules __pycache__ .venv venv .tox .nox .eggs .direnv .mypy_cache .ruff_cache "
    b".pytest_cache .hypothesis .ipynb_checkpoints .gradle .terraform".split()
)
#: Read in this order; what a later one says wins.
_IGNORE_FILES = (b".gitignore", b".ignore")
#: A longer ignore file is read up to here, and longer lines are no patterns: they come from the scanned folder.
_IGNORE_BYTES = 256_000
_LINE_CHARACTERS = 1000
#: The engine refuses larger sets.
_SPEC_LINES = 500


class Walked(msgspec.Struct, frozen=True, gc=False):
    """One file, or something that stands where a file could be."""

    #: Relative to the folder.
    path: bytes
    size: int
    #: Why it cannot be read as a file; empty for a file.
    problem: str = ""
    #: What a link to code says; empty where that cannot be told, None for what is no link.
    target: bytes | None = None


class _Level(msgspec.Struct, frozen=True):
    """Ignore rules of one folder, all or a run of them; later ones win."""

    #: Relative to the walked folder; empty, or with a slash at its end.
    folder: bytes
    spec: GitIgnoreSpec

    def verdict(self, path: bytes) -> bool | None:
        return self.spec.check_file(path[len(self.folder) :].decode("utf-8", "replace")).include


def walk(folder: Path) -> Iterator[Walked]:
    """List what stands in a folder.

    Symbolic links are left out unless they have the name of code, as are ignored files, caches, virtual environments
    and the folders of version control.

    Args:
        folder: An existing folder.

    Yields:
        Files, links, and as problems what is no file or cannot be listed; in no order.
    """
    waiting: list[tuple[bytes, tuple[_Level, ...]]] = [(b"", ())]
    while waiting:
        inside, levels = waiting.pop()
        try:
            with os.scandir(os.path.join(os.fsencode(folder), inside)) as found:
                entries = {entry.name: entry for entry in found}
        except OSError as error:
            yield Walked(path=inside.rstrip(b"/"), size=0, problem=f"folder: {error.strerror}")
            continue
        if inside and b"pyvenv.cfg" in entries:  # a virtual environment under any name
            continue
        levels = (*levels, *_levels(inside, entries))
        for name, entry in entries.items():
            if name in _LEFT_OUT:
                continue
            path = inside + name
            if entry.is_symlink():
                if codelinks.is_code(name) and not _ignored(path, levels):
                    yield Walked(path=path, size=0, target=codelinks.target_of(entry.path) or b"")
            elif entry.is_dir(follow_symlinks=False):
                if not _ignored(path + b"/", levels):
                    waiting.append((path + b"/", levels))
            elif not _ignored(path, levels):
                yield _walked(path, entry)


def _walked(path: bytes, entry: os.DirEntry[bytes]) -> Walked:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Walked(path=path, size=0, problem=str(error.strerror))
    return Walked(path=path, size=status.st_size, problem="" if stat.S_ISREG(status.st_mode) else "not a regular file")


def _ignored(path: bytes, levels: tuple[_Level, ...]) -> bool:
    """Whether the innermost and last rule that has a say about it says so."""
    for level in reversed(levels):
        verdict = level.verdict(path)
        if verdict is not None:
            return verdict
    return False


def _levels(inside: bytes, entries: dict[bytes, os.DirEntry[bytes]]) -> Iterator[_Level]:
    lines = [
        line
        for name in _IGNORE_FILES
        if name in entries and entries[name].is_file(follow_symlinks=False)
        for line in _lines(entries[name].path)
    ]
    for start in range(0, len(lines), _SPEC_LINES):
        for spec in _specs(lines[start : start + _SPEC_LINES]):
            yield _Level(folder=inside, spec=spec)


def _lines(path: bytes) -> list[str]:
    try:
        with open(path, "rb") as file:
            lines = file.read(_IGNORE_BYTES).decode("utf-8-sig", "replace").splitlines()
    except OSError:  # as git does, an ignore file that cannot be read ignores nothing
        return []
    return [line for line in lines if len(line) <= _LINE_CHARACTERS]


def _specs(lines: list[str]) -> Iterator[GitIgnoreSpec]:
    """Compile what can be compiled, in order, on the linear-time engine; a bad pattern is left out, as git does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd character classes warn
        try:
            spec = GitIgnoreSpec.from_lines(lines, backend="re2")
        except Exception:  # noqa: BLE001  # pathspec, re and re2 each have their own error for a bad pattern
            spec = None
    if spec is not None:
        yield spec
    elif len(lines) > 1:
        half = len(lines) // 2
        yield from _specs(lines[:half])
        yield from _specs(lines[half:])
