"""The names by which files of a repository import each other, over all languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import msgspec

from scanner.languages import all_languages, by_name, language_of
from scanner.languages.bindings import is_below


class Layout(msgspec.Struct, frozen=True):
    """Where the modules of a repository lie."""

    #: Path → the name of its module.
    modules: Mapping[str, str] = {}
    #: Family of languages → leading parts of names that belong to this repository.
    roots: Mapping[str, frozenset[str]] = {}
    #: Family of languages → leading parts of imported names → what they stand for.
    aliases: Mapping[str, Mapping[str, str]] = {}
    #: Family of languages → folder → such aliases as hold in it alone.
    folder_aliases: Mapping[str, Mapping[str, Mapping[str, str]]] = {}

    def aliases_at(self, family: str, path: str) -> Mapping[str, str]:
        """What leading parts of imported names stand for in a file; the folder nearest to it says most."""
        found = self.aliases.get(family, {})
        local = self.folder_aliases.get(family, {})
        for folder in reversed(PurePosixPath(path).parents) if local else ():
            if nearer := local.get(str(folder)):
                found = {**found, **nearer}
        return found

    def is_face(self, family: str, module: str) -> bool:
        """Whether users of a package import from this module: it is the package itself."""
        aliases = self.aliases.get(family)
        if aliases:
            return module in aliases.values()
        return module in self.roots.get(family, frozenset()) and "." not in module and "/" not in module

    def owns(self, family: str, qualified: str) -> bool:
        """Whether a dotted name belongs to this repository rather than to a library."""
        return is_below(qualified, self.roots.get(family, frozenset()))


def manifest_names() -> frozenset[str]:
    """Names of the files that say what packages are called."""
    return frozenset(name for language in all_languages() if language.traits for name in language.traits.manifests)


def layout(paths: Sequence[str], manifests: Mapping[str, bytes]) -> Layout:
    """Name the modules of a repository.

    Args:
        paths: of all its files.
        manifests: path → content, of the files that `manifest_names` names.
    """
    by_family: dict[str, list[str]] = {}
    for path in paths:
        language = language_of(path)
        if language is not None and language.traits is not None:
            by_family.setdefault(language.family, []).append(path)
    modules: dict[str, str] = {}
    roots: dict[str, frozenset[str]] = {}
    aliases: dict[str, Mapping[str, str]] = {}
    local: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for family, chosen in sorted(by_family.items()):
        traits = by_name(family).traits
        if traits is None:
            continue
        own = {path: data for path, data in manifests.items() if PurePosixPath(path).name in traits.manifests}
        found = traits.modules(chosen, own)
        modules.update(found.names)
        roots[family], aliases[family], local[family] = found.roots, found.aliases, found.folder_aliases
    return Layout(modules, roots, aliases, local)
