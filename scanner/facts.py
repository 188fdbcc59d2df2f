"""What a source file says, in terms that are the same in every language.

Facts are the only view of the source that later rooms have: they know neither syntax trees nor the disk.
Every fact carries its extent twice: in bytes (for nesting) and in lines (for people).
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One thing that a file says, with its extent.

    `start` and `end` are byte offsets into the file, `end` excluded. `line` and `end_line` are counted from 1,
    `end_line` included. `scope` is the index of the innermost enclosing definition in `FileFacts.definitions`,
    or -1 at the top of the file; of a definition it is the definition around it.
    """

    start: int
    end: int
    line: int
    end_line: int
    scope: int


#: An `extension` holds methods of a class that is defined elsewhere, as Rust's `impl` does; a `module` is a named part
#: of a file. They give their members a symbol and are found by no rule.
DefinitionKind = Literal["function", "class", "method", "extension", "module"]


class Definition(Fact, frozen=True, gc=False):
    """A function, method or class. `line` is the line of its name, never of a decorator."""

    kind: DefinitionKind
    #: The last part of `symbol`.
    name: str
    #: Dotted name inside the file, such as `AIAgent.run.inner`.
    symbol: str
    #: Byte offset where the body starts: what lies before it is the header.
    body: int
    parameters: tuple[str, ...] = ()
    #: Dotted names, imports resolved; of a decorator that is called, the name of what is called.
    decorators: tuple[str, ...] = ()
    #: Dotted names of base classes, imports resolved.
    bases: tuple[str, ...] = ()
    #: Whether its name is the key of an object: what has the object may call it.
    keyed: bool = False


class Argument(msgspec.Struct, frozen=True, gc=False):
    """One argument of a call."""

    #: Empty for a positional argument.
    name: str
    #: Its source text on one line, at most 200 characters; of a plain string literal, its content.
    value: str
    #: Whether `value` is the content of a plain string literal.
    literal: bool


class Call(Fact, frozen=True, gc=False):
    """A call. `line` is where the called name ends, so that a chain over many lines names the right one."""

    #: As written, dotted; parts that are no names (a call, a subscript) are written `()` and `[]`.
    target: str
    #: `target` with imports, aliases and constructors resolved, or `target` where nothing is known of it.
    qualified: str
    #: Whether the head of `qualified` came from an import, an alias or a constructor.
    resolved: bool
    #: Byte offset of the opening bracket of its arguments.
    arguments: int


KeyKind = Literal["mapping", "keyword", "attribute", "field", "parameter", "subscript", "environment", "path"]


class Key(Fact, frozen=True, gc=False):
    """A name under which a value is kept or asked for."""

    kind: KeyKind
    #: As written; of a configuration file the last key.
    name: str
    #: Dotted path from the top of a configuration file; of code the same as `name`.
    path: str
    #: The value's text on one line, at most 200 characters, or empty; of a string literal, its content.
    value: str = ""


class Assignment(Fact, frozen=True, gc=False):
    """A name that is given a value (module, class or function level; `self.x` counts)."""

    #: Dotted, as written.
    name: str
    #: The value's text on one line, at most 200 characters; of a string literal, its content.
    value: str = ""


class String(Fact, frozen=True, gc=False):
    """A string literal in code that is no docstring."""

    text: str


class Import(Fact, frozen=True, gc=False):
    """One imported name."""

    #: Absolute dotted name; relative imports are resolved against the file's package.
    qualified: str
    #: The name it has in this file.
    alias: str


ControlKind = Literal["loop", "branch", "handler", "return", "raise"]


class Control(Fact, frozen=True, gc=False):
    """Where the way through the code divides or ends.

    A `branch` is one arm: its condition with what is done where it holds; an `else` and a case of a `switch` are arms
    of their own. A `handler` is what is done about an error (`except`, `catch`, `if err != nil`, an `Err` arm).
    `return` and `raise` leave the function, with a value or an error.
    """

    kind: ControlKind
    #: Byte offset where its body starts: what lies before it is the header. Of an exit, its end.
    body: int
    #: Byte offsets of what a handler guards; both 0 of anything else.
    guarded_start: int = 0
    guarded_end: int = 0


class Closure(Fact, frozen=True, gc=False):
    """A function without a name, such as a lambda. It is no scope: its calls are of the definition around it."""

    #: The key, keyword or variable under which it is given; empty without one.
    slot: str = ""
    #: The qualified name of the table (a variable of the file, an attribute) that it is put into; empty without one.
    holder: str = ""


class Reference(Fact, frozen=True, gc=False):
    """A function or class of the repository, or a table of some, named as a value: handed over, kept, listed."""

    #: The name with imports and aliases resolved.
    qualified: str
    #: The key, keyword or variable under which it is given; empty without one.
    slot: str = ""
    #: The qualified name of the table (a variable of the file, an attribute) that it is put into; empty without one.
    holder: str = ""


class Match(Fact, frozen=True, gc=False):
    """A place where a rule's `pattern` or `query` matched the syntax tree."""

    #: The pattern or query, as the rule spells it.
    source: str


class Prose(Fact, frozen=True, gc=False):
    """A comment or a docstring: never code."""


class ParseReport(msgspec.Struct, frozen=True, gc=False):
    """How well a file could be read."""

    #: Bytes inside error nodes.
    lost: int = 0
    #: Line of the first error, counted from 1; 0 without one.
    line: int = 0
    #: Why nothing at all could be read; empty otherwise.
    failure: str = ""


class FileFacts(msgspec.Struct, frozen=True):
    """All facts of one file, each list in order of `start`."""

    #: Relative to the scanned root, with forward slashes.
    path: str
    language: str
    #: The dotted name by which the language imports the file; empty where it has none.
    module: str
    source: bytes
    definitions: tuple[Definition, ...] = ()
    calls: tuple[Call, ...] = ()
    keys: tuple[Key, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    strings: tuple[String, ...] = ()
    imports: tuple[Import, ...] = ()
    controls: tuple[Control, ...] = ()
    closures: tuple[Closure, ...] = ()
    references: tuple[Reference, ...] = ()
    matches: tuple[Match, ...] = ()
    prose: tuple[Prose, ...] = ()
    #: Byte extents of tests that stand in the same file as the code they test.
    tests: tuple[tuple[int, int], ...] = ()
    report: ParseReport = ParseReport()

    def text(self, start: int, end: int) -> str:
        """Source text of a byte extent."""
        return self.source[start:end].decode("utf-8", "replace")

    def is_test(self, offset: int) -> bool:
        """Whether a byte offset lies in a test that stands beside the code it tests."""
        return any(start <= offset < end for start, end in self.tests)

    def symbol(self, scope: int) -> str:
        """The dotted name of a scope, empty at the top of the file."""
        return self.definitions[scope].symbol if scope >= 0 else ""
