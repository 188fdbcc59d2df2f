"""The dotted names by which files of a repository import each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

#: Folders that hold packages but are no part of their names.
_ROOTS = frozenset({"src", "lib", "python"})


def module_names(paths: Iterable[str], suffixes: tuple[str, ...], package_stems: frozenset[str]) -> Mapping[str, str]:
    """Path → dotted module name, for files of one language.

    Leading folders that are no package (no `__init__.py`) are dropped where a package follows below them, and so is
    all up to a `src` folder; where no folder is a package, the whole path counts.
    """
    chosen = [PurePosixPath(path) for path in paths if path.endswith(suffixes)]
    packages = {path.parent for path in chosen if path.stem in package_stems}
    return {str(path): _module(path, packages, package_stems) for path in chosen}


def _module(path: PurePosixPath, packages: set[PurePosixPath], package_stems: frozenset[str]) -> str:
    folders = list(path.parent.parts)
    start = 0
    for index, part in enumerate(folders):
        if part in _ROOTS and PurePosixPath(*folders[: index + 1]) not in packages:
            start = index + 1
    rest = range(start, len(folders))
    first = next((at for at in rest if PurePosixPath(*folders[: at + 1]) in packages), start)
    parts = folders[first:]
    return ".".join(parts if path.stem in package_stems else [*parts, path.stem])
