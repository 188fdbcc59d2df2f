"""One folder a language: a grammar, a query with the ecosystem's capture names, and, where needed, a small adapter.

A language is found by walking this package, so adding one edits no list. Grammars are imported when first used.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tree_sitter import Node

    from scanner.facts import FileFacts

#: Suffixes that mark a file as an example of what its own suffix is.
_TEMPLATE_SUFFIXES = (".example", ".sample", ".template", ".dist")


@dataclass(frozen=True, slots=True)
class ImportedName:
    """One name that an import statement binds."""

    #: Absolute dotted name.
    qualified: str
    #: The local name; `*` for a star import.
    alias: str


@dataclass(frozen=True, slots=True)
class CodeTraits:
    """What a programming language's names mean; only what its query cannot say."""

    #: (import node, source, module of the file, whether the file is a package's own) → names it binds.
    imports: Callable[[Node, bytes, str, bool], tuple[ImportedName, ...]]
    #: The names by which a method calls its own object.
    receivers: frozenset[str]
    #: Qualified calls and mappings that read the environment.
    environment: frozenset[str]
    #: Qualified functions whose first argument is the function that they wrap.
    wrappers: frozenset[str]
    #: Qualified functions that import the module named by their first argument.
    importers: frozenset[str]
    #: Words of annotations that wrap the type which matters.
    containers: frozenset[str]
    #: File stems that name the package around them.
    package_stems: frozenset[str]
    #: Last words of decorators that turn a method into an attribute.
    accessors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Language:
    """How to read one language."""

    name: str
    #: As its users spell it.
    title: str
    suffixes: tuple[str, ...]
    #: Whole file names, such as `.env`.
    names: tuple[str, ...] = ()
    kind: Literal["code", "config"] = "code"
    #: Module that holds the tree-sitter grammar; empty where `reader` reads the file.
    grammar: str = ""
    traits: CodeTraits | None = None
    #: Reads a language without a grammar: (path, source) → facts.
    reader: Callable[[str, bytes], FileFacts] | None = None

    @property
    def query_path(self) -> Path:
        """The query that turns a syntax tree into captures."""
        return Path(__file__).parent / self.name / "facts.scm"


@cache
def all_languages() -> tuple[Language, ...]:
    """Every language, in order of name."""
    found = [
        importlib.import_module(f"{__name__}.{info.name}").LANGUAGE
        for info in pkgutil.iter_modules(__path__)
        if info.ispkg
    ]
    return tuple(sorted(found, key=lambda language: language.name))


@cache
def by_name(name: str) -> Language:
    """The language of that name.

    Raises:
        KeyError: when there is none.
    """
    return {language.name: language for language in all_languages()}[name]


def language_of(path: str) -> Language | None:
    """The language of a file by its name, or None. `config.yaml.example` is YAML."""
    name = PurePosixPath(path).name
    for suffix in _TEMPLATE_SUFFIXES:
        name = name.removesuffix(suffix) or name
    for language in all_languages():
        if name in language.names or name.endswith(language.suffixes):
            return language
    return None
