"""One folder a language: a grammar, a query with the ecosystem's capture names, and, where needed, a small adapter.

A language is found by walking this package, so adding one edits no list. Grammars are imported when first used.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tree_sitter import Node

    from scanner.facts import FileFacts

#: Suffixes that mark a file as an example of what its own suffix is.
_TEMPLATE_SUFFIXES = (".example", ".sample", ".template", ".dist")

#: Characters of a name of a module or package, as it is imported or as a manifest declares it. Every leading part of a
#: name is looked up by itself, which takes the square of its length; of a longer one only the beginning counts.
LONGEST_NAME = 1_000


@dataclass(frozen=True, slots=True)
class ImportedName:
    """One name that an import statement binds."""

    #: Absolute dotted name.
    qualified: str
    #: The local name; `*` for a star import.
    alias: str


@dataclass(frozen=True, slots=True)
class Modules:
    """By what names the files of a repository import each other, in one language."""

    #: Path → the module's name.
    names: Mapping[str, str]
    #: Leading parts of names that belong to this repository: what begins so is no library.
    roots: frozenset[str]
    #: Leading parts of imported names → what they stand for, such as a workspace package → the folder of its code.
    aliases: Mapping[str, str] = field(default_factory=dict)
    #: Folder → such aliases as hold for the files in it alone; `.` is the whole repository.
    folder_aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def _no_imports(node: Node, source: bytes, module: str, is_package: bool) -> tuple[ImportedName, ...]:
    return ()


def _no_modules(paths: Sequence[str], manifests: Mapping[str, bytes]) -> Modules:
    return Modules({}, frozenset())


def _same(name: str) -> str:
    return name


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the grammar reads of a file that is more than code."""

    source: bytes
    #: Named parts of the file, as (name, start, end) in `source`, in order: what stands in one belongs to it.
    parts: tuple[tuple[str, int, int], ...] = ()
    #: Why nothing at all could be read; empty otherwise.
    failure: str = ""


@dataclass(frozen=True, slots=True)
class CodeTraits:
    """What a programming language's names mean; only what its query cannot say."""

    #: (import node, source, module of the file, whether the file is a package's own) → names it binds.
    imports: Callable[[Node, bytes, str, bool], tuple[ImportedName, ...]] = _no_imports
    #: (paths of the language's files, manifests by path) → the names of their modules.
    modules: Callable[[Sequence[str], Mapping[str, bytes]], Modules] = _no_modules
    #: File names that say what packages are called, such as `package.json`; `modules` is given their content.
    manifests: frozenset[str] = frozenset()
    #: The names by which a method calls its own object.
    receivers: frozenset[str] = frozenset()
    #: Qualified calls and mappings that read the environment.
    environment: frozenset[str] = frozenset()
    #: What of the text of a `key.environment` names the variables, as the first group; without it the whole text does.
    variable: re.Pattern[str] | None = None
    #: Qualified functions whose first argument is the function that they wrap.
    wrappers: frozenset[str] = frozenset()
    #: Qualified functions that import the module named by their first argument.
    importers: frozenset[str] = frozenset()
    #: (module named in such a call, module of the file, whether the file is a package's own) → its absolute name.
    absolute: Callable[[str, str, bool], str] = lambda name, module, is_package: name
    #: Words of annotations that wrap the type which matters.
    containers: frozenset[str] = frozenset()
    #: An annotation cut to the part that says what the value, or an element of it, is: `map[K]*Client` → `*Client`.
    annotated: Callable[[str], str] = _same
    #: File stems that name the package around them.
    package_stems: frozenset[str] = frozenset()
    #: Last words of decorators that turn a method into an attribute.
    accessors: frozenset[str] = frozenset()
    #: Expressions that stand for one of their parts: node type → field name of the part, or its place among the named
    #: children (`-1` for the last).
    transparent: Mapping[str, str | int] = field(default_factory=dict)
    #: A written name in which calls are marked `()`, with calls that make an object respelled as its type:
    #: `Client::new()` → `Client()`.
    respell: Callable[[str], str] = _same
    #: Whether that holds for functions of the repository too, instead of what they say that they give back.
    respells_own: bool = True
    #: Names that exist without an import. Where it is given, any other unbound name belongs to the file's own module,
    #: or in a language with `paths`, to what the file imports whole.
    predeclared: frozenset[str] | None = None
    #: Whether a field holds what its declared type says, whatever it is given later.
    typed_fields: bool = False
    #: Names without an import under which the platform's own objects are known, such as `process` and `crypto`.
    globals: frozenset[str] = frozenset()
    #: The name of what a module passes on before all else; of a library, what is so named is the library itself.
    main_export: str = ""
    #: Whether an argument may be an object with named fields, which say as much as named arguments.
    named_fields: bool = True
    #: What of a source, as the first group, begins a dotted name without an import, where nothing binds it.
    paths: re.Pattern[bytes] | None = None
    #: (dotted name, module in which it is written) → its absolute name, where its first word stands for a module.
    anchored: Callable[[str, str], str] | None = None
    #: Calls, as written, that only hold their first argument: `Arc.new`, `Some`.
    holders: frozenset[str] = frozenset()
    #: Methods that give back their own object, as far as names go: `clone`, `unwrap`.
    passing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Language:
    """How to read one language."""

    name: str
    #: As its users spell it.
    title: str
    suffixes: tuple[str, ...] = ()
    #: Whole file names, such as `.env`.
    names: tuple[str, ...] = ()
    #: Last part of the command in a `#!` line, without its version.
    interpreters: tuple[str, ...] = ()
    #: What its files are: programs, settings, or descriptions of data that other programs keep to.
    kind: Literal["code", "config", "schema"] = "code"
    #: Module that holds the tree-sitter grammar, and after a colon its function if that is not `language`; empty where
    #: `reader` reads the file.
    grammar: str = ""
    traits: CodeTraits | None = None
    #: Reads a language without a grammar: (path, source) → facts.
    reader: Callable[[str, bytes], FileFacts] | None = None
    #: What of a file the grammar reads, as many lines as the file has: (source) → source.
    prepare: Callable[[bytes], bytes | Prepared] | None = None
    #: What can only be said of a file as a whole: (facts) → facts.
    finish: Callable[[FileFacts], FileFacts] | None = None
    #: What of a file its own parser cannot take, as reason and detail; both empty where nothing speaks against it.
    objection: Callable[[bytes], tuple[str, str]] | None = None
    #: Whether a lone carriage return ends a line, also one of comment.
    returns_end_lines: bool = False
    #: Whether its compiler decodes a file as a comment in the first two lines says (PEP 263).
    cookies: bool = False
    #: Code with `{}` where a statement may stand; the patterns of rules are read inside it.
    wrapper: str = "{}"
    #: The language whose rules, catalogue and query serve this one too: TSX is TypeScript, a notebook is Python.
    dialect_of: str = ""

    @property
    def family(self) -> str:
        """The name by which rules and the catalogue know it."""
        return self.dialect_of or self.name

    @property
    def query_path(self) -> Path:
        """The query that turns a syntax tree into captures: its own, else that of the language it is a dialect of."""
        own = Path(__file__).parent / self.name / "facts.scm"
        return own if own.is_file() else Path(__file__).parent / self.family / "facts.scm"

    @property
    def query(self) -> str:
        """The text of its query, after what its family has in common (`common.scm`), if it has."""
        shared = Path(__file__).parent / self.family / "common.scm"
        texts = [path.read_text(encoding="utf-8") for path in (shared, self.query_path) if path.is_file()]
        return "\n".join(texts)


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


def language_of(path: str, head: bytes = b"") -> Language | None:
    """The language of a file by its name, or of a file without a suffix by its `#!` line; None where none is known.

    `config.yaml.example` is YAML.

    Args:
        path: of the file.
        head: how the file begins.
    """
    language = _by_file_name(path.rpartition("/")[2])
    if language is None and head.startswith(b"#!") and may_be_script(path):
        return _by_interpreter(head)
    return language


def languages_of(paths: Iterable[str]) -> tuple[Language, ...]:
    """The languages of files by their names, each once."""
    found = (language_of(path) for path in paths)
    return tuple({language.name: language for language in found if language is not None}.values())


@lru_cache(maxsize=100_000)
def _by_file_name(name: str) -> Language | None:
    for suffix in _TEMPLATE_SUFFIXES:
        name = name.removesuffix(suffix) or name
    for language in all_languages():
        if name in language.names or (language.suffixes and name.endswith(language.suffixes)):
            return language
    return None


def may_be_script(path: str) -> bool:
    """Whether only its first line can tell what a file is."""
    return "." not in path.rpartition("/")[2]


def _by_interpreter(head: bytes) -> Language | None:
    words = [word.rpartition("/")[2] for word in head[2:].split(b"\n", 1)[0].decode("utf-8", "replace").split()]
    commands = [word.rstrip("0123456789.") for word in words if not word.startswith("-") and "=" not in word]
    command = next((word for word in commands if word != "env"), "")
    return next((language for language in all_languages() if command in language.interpreters), None)
