"""The rule language as records: what a rule file says once it has been checked.

A `Node` finds facts (in `find`) or holds of a fact (everywhere else). The keys of one clause hold together.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from scanner.touchpoints import Confidence, Role
from scanner.words import WordPattern

AtomKind = Literal[
    "definition",
    "call",
    "means",
    "key",
    "assignment",
    "string",
    "import",
    "decorator",
    "extends",
    "loop",
    "branch",
    "handler",
    "exit",
    "pattern",
    "query",
    "text",
]

#: Of files of rules.
SUFFIXES = (".yaml", ".yml")


class NamePattern(msgspec.Struct, frozen=True, array_like=True):
    """How an atom names what it looks for: by words, or (with a dot, for calls and the like) by qualified name."""

    #: As written in the rule file.
    source: str
    #: Words of the last segment; None for a qualified name or a regular expression.
    words: WordPattern | None = None
    #: Segments of a qualified name, `*` one segment, `**` any number; empty for words.
    qualified: tuple[str, ...] = ()
    #: Of a `pattern` or `query`, the language whose syntax it speaks.
    language: str = ""


class ArgumentTest(msgspec.Struct, frozen=True):
    """One entry of `with`: what a call's argument must be."""

    #: Argument name; digits mean a position counted from 0.
    name: str
    #: `any`, `literal` (equal to `value`) or `words`.
    test: Literal["any", "literal", "words"]
    value: str = ""
    words: WordPattern | None = None


class Clause(msgspec.Struct, frozen=True, tag="clause"):
    """Conditions that hold together at one place; `atoms` say what kind of fact it is."""

    line: int
    column: int
    atoms: tuple[tuple[AtomKind, tuple[NamePattern, ...]], ...] = ()
    mentions: tuple[WordPattern, ...] = ()
    #: Names around the place: of enclosing definitions, of the file and its folder.
    around: tuple[WordPattern, ...] = ()
    #: At least so many lines; 0 asks nothing.
    lines: int = 0
    arguments: tuple[ArgumentTest, ...] = ()
    inside: Node | None = None
    contains: Node | None = None
    negated: Node | None = None
    #: Of a handler: what holds within what it guards.
    guards: Node | None = None
    seams: tuple[str, ...] = ()
    #: Kinds of key or definition; one of them.
    shapes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    confidence: Confidence | None = None
    role: Role | None = None


class AnyOf(msgspec.Struct, frozen=True, tag="any"):
    """At least one member holds."""

    members: tuple[Node, ...]


class AllOf(msgspec.Struct, frozen=True, tag="all"):
    """Every member holds at the same place; the first that has an atom says which place."""

    members: tuple[Node, ...]


Node = Clause | AnyOf | AllOf


class Example(msgspec.Struct, frozen=True):
    """A snippet that a rule must or must not find."""

    language: str
    code: str
    finds: bool
    #: Line of the snippet in the rule file.
    line: int


class Rule(msgspec.Struct, frozen=True):
    """One way to find one kind of seam."""

    id: str
    kind: str
    title: str
    why: str
    find: Node
    #: The rule file and the line of the rule's `id`.
    path: str
    line: int
    reject: Node | None = None
    confidence: Confidence = Confidence.MEDIUM
    #: Whether a place that only names speak for is less sure where its kind has many places; see `scanner.seams`.
    lowered_in_crowd: bool = False
    role: Role | None = None
    languages: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


class CatalogEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What calling one library API means."""

    #: Segments of the qualified name; `*` is one segment, `**` any number.
    name: tuple[str, ...]
    means: str
    language: str
    library: str
    source: str
    path: str
    line: int
    column: int
    #: The pattern as written, braces and all; several entries can come from one.
    written: str
    #: The release in whose code the names were looked up; empty where nobody did.
    checked: str = ""
    #: Meanings that a name of this entry may have beside this one.
    also: tuple[str, ...] = ()


class Rulebook(msgspec.Struct, frozen=True):
    """All rules and catalogue entries of one run."""

    rules: tuple[Rule, ...]
    catalog: tuple[CatalogEntry, ...]
    #: Rule ids in the order of strata: each stratum names only rules of earlier ones.
    strata: tuple[tuple[str, ...], ...]
    #: Content digest of the files read, hexadecimal.
    digest: str


class LoadedRulebook(Rulebook, frozen=True):
    """A rulebook that knows where it was read from, so that it can be read again with more."""

    paths: tuple[str, ...] = ()


class RuleSource(msgspec.Struct, frozen=True):
    """A rule file that was read already: one that the scanned repository keeps."""

    #: As problems show it.
    path: str
    data: bytes
    #: Whether it was named itself, rather than found in a folder.
    named: bool = True
