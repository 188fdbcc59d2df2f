"""What the crates of a repository are called, and the modules in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from scanner.languages import LONGEST_NAME, Modules
from scanner.tomltext import toml_values

_NO_WORD = re.compile(r"\W")
#: Files that are the module of the folder around them.
_FOLDER_STEMS = frozenset({"mod", "lib", "main"})
_TOP = PurePosixPath(".")
#: The tables of a manifest that name what a crate depends on.
_DEPENDENCIES = ("dependencies", "dev-dependencies", "build-dependencies")


@dataclass(frozen=True, slots=True)
class _Crate:
    """A package of Cargo."""

    name: str
    #: As its manifest calls it.
    package: str
    #: The folder of its library's or program's modules.
    sources: PurePosixPath


def module_names(paths: Sequence[str], manifests: Mapping[str, bytes]) -> Modules:
    """The dotted name of each file: its crate, then the modules around it.

    A crate is called what the nearest `Cargo.toml` says, else after its folder. Programs of `src/bin`, tests, benches
    and examples are crates of their own, called after that crate and their folder.

    Args:
        paths: of all Rust files.
        manifests: path → content, of the files named `Cargo.toml`.
    """
    tables = {PurePosixPath(path).parent: _table(data) for path, data in manifests.items()}
    crates = {folder: crate for folder, table in tables.items() if (crate := _crate(folder, table)) is not None}
    names: dict[str, str] = {}
    roots = {crate.name for crate in crates.values()}
    for path in paths:
        file = PurePosixPath(path)
        folder = next((parent for parent in file.parents if parent in crates), None)
        crate = crates[folder] if folder is not None else _crate_by_folder(file)
        names[path] = _module(file, crate, folder)
        roots.add(names[path].partition(".")[0])
    return Modules(names, frozenset(roots), _renamed(tables, crates, roots))


def _table(data: bytes) -> Mapping[str, object]:
    try:
        return toml_values(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}


def _crate(folder: PurePosixPath, table: Mapping[str, object]) -> _Crate | None:
    package, library = table.get("package"), table.get("lib")
    name = package.get("name") if isinstance(package, dict) else None
    if not isinstance(name, str) or not name:
        return None
    own, source = (library.get("name"), library.get("path")) if isinstance(library, dict) else (None, None)
    sources = (folder / source).parent if isinstance(source, str) and source else folder / "src"
    return _Crate(_word(own if isinstance(own, str) and own else name), name, sources)


def _word(name: str) -> str:
    return _NO_WORD.sub("_", name[:LONGEST_NAME])


def _crate_by_folder(file: PurePosixPath) -> _Crate:
    """Of a file without a manifest: the folder that holds `src`, else its own."""
    sources = next((parent for parent in file.parents if parent.name == "src"), file.parent)
    folder = sources.parent if sources.name == "src" else sources
    return _Crate(_word(folder.name) or "crate", "", sources)


def _module(file: PurePosixPath, crate: _Crate, folder: PurePosixPath | None) -> str:
    within = file.is_relative_to(crate.sources)
    parts = [
        _word(part) for part in file.relative_to(crate.sources if within else folder or _TOP).with_suffix("").parts
    ]
    name = crate.name
    if not within or (len(parts) > 1 and parts[0] == "bin"):
        name = f"{name}_{parts.pop(0)}"
    if parts and parts[-1] in _FOLDER_STEMS:
        parts.pop()
    return ".".join([name, *parts])


def _renamed(
    tables: Mapping[PurePosixPath, Mapping[str, object]], crates: Mapping[PurePosixPath, _Crate], roots: set[str]
) -> dict[str, str]:
    """Names under which manifests know other crates → the crates' own."""
    own = {crate.package: crate.name for crate in crates.values()}
    found: dict[str, str] = {}
    for _, table in sorted(tables.items()):
        workspace = table.get("workspace")
        for holder in (table, workspace if isinstance(workspace, dict) else {}):
            for kind in _DEPENDENCIES:
                wanted = holder.get(kind)
                for name, entry in wanted.items() if isinstance(wanted, dict) else ():
                    package = entry.get("package", name) if isinstance(entry, dict) else name
                    actual = own.get(package, _word(package)) if isinstance(package, str) else ""
                    if actual and _word(name) != actual and _word(name) not in roots:
                        found.setdefault(_word(name), actual)
    return found
