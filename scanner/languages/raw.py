"""What a syntax tree says before names are resolved, as records."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from scanner.languages.spelling import literal

if TYPE_CHECKING:
    from tree_sitter import Node

    from scanner.languages.treequeries import Asked


class RawDefinition(msgspec.Struct, gc=False):
    """A definition before its names are resolved."""

    kind: str
    name: str
    start: int
    end: int
    name_start: int
    body: int
    bases: tuple[str, ...]
    returns: str
    #: Bases that blocks outside of a class give it.
    added: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    #: The class that a method names in its header, instead of standing in its body; and its name for its own object.
    owner: str = ""
    receiver: str = ""
    #: Whether it is called without brackets, as an attribute is read.
    accessor: bool = False
    #: Whether its name is the key of an object, so that nothing calls it by that alone.
    keyed: bool = False
    scope: int = -1
    symbol: str = ""


class RawControl(msgspec.Struct, gc=False):
    """A loop, branch, handler or exit."""

    kind: str
    start: int
    end: int
    #: Where its body starts; of an exit, its end.
    body: int
    #: Extent of what a handler guards; (0, 0) of anything else.
    guarded: tuple[int, int] = (0, 0)


class RawName(msgspec.Struct, gc=False):
    """A call, key, assignment, return or string: a name, an extent and the text of a value."""

    kind: str
    name: str
    start: int
    end: int
    #: Where the name ends (calls) or starts (all else): the line that people are sent to.
    anchor: int
    #: Extent of the value, or of the arguments of a call; (0, 0) without one.
    value: tuple[int, int] = (0, 0)
    annotation: str = ""
    #: The part of the value that says what it is: `make()` of `await make()`.
    operand: tuple[int, int] = (0, 0)
    #: The member of the value that is meant, as in `const {member: name} = value`.
    member: str = ""
    #: Index of the innermost definition around its start, or -1.
    scope: int = -1


@dataclass(slots=True)
class Outline:
    """All captures of a file. `definitions` are in order of `start`, with `scope` and `symbol` set."""

    source: bytes
    newlines: list[int]
    definitions: list[RawDefinition] = field(default_factory=list)
    calls: list[RawName] = field(default_factory=list)
    keys: list[RawName] = field(default_factory=list)
    variables: list[RawName] = field(default_factory=list)
    returns: list[RawName] = field(default_factory=list)
    strings: list[RawName] = field(default_factory=list)
    prose: list[tuple[int, int]] = field(default_factory=list)
    #: Extents of tests that stand beside the code they test.
    tests: list[tuple[int, int]] = field(default_factory=list)
    imports: list[Node] = field(default_factory=list)
    controls: list[RawControl] = field(default_factory=list)
    #: Functions without a name: start, end and where the body starts.
    closures: list[tuple[int, int, int]] = field(default_factory=list)
    #: Names that a function declares to be the file's own, with where it does.
    globals: list[tuple[int, str]] = field(default_factory=list)
    #: What patterns and queries of rules found: which one, and the extent of its `@match`.
    found: list[tuple[Asked, int, int]] = field(default_factory=list)
    lost: int = 0
    error_line: int = 0
    #: Where scopes begin and end, and before the first of these places and after each the innermost definition.
    edges: list[int] = field(default_factory=list)
    owners: list[int] = field(default_factory=lambda: [-1])
    #: The source with a character a byte, so that offsets hold; what is ASCII in it says what it says in UTF-8.
    latin: str = field(init=False)

    def __post_init__(self) -> None:
        self.latin = self.source.decode("latin-1")

    def show(self, source: bytes) -> None:
        """Put what people are shown in place of what was parsed; offsets are the same."""
        self.source, self.latin = source, source.decode("latin-1")

    def line(self, offset: int) -> int:
        """The line of a byte offset, counted from 1."""
        return bisect_left(self.newlines, offset) + 1

    def scope(self, offset: int) -> int:
        """Index of the innermost definition around a byte offset, or -1."""
        return self.owners[bisect_right(self.edges, offset)]

    def give_scopes(self) -> None:
        """Tell each name its scope, once there are edges."""
        edges, owners = self.edges, self.owners
        if edges:
            for names in (self.calls, self.keys, self.variables, self.returns, self.strings):
                for name in names:
                    name.scope = owners[bisect_right(edges, name.start)]

    def place(self, start: int, anchor: int, end: int) -> tuple[int, int, int]:
        """The line of an anchor, the last line of an extent, and its scope."""
        newlines = self.newlines
        last = bisect_left(newlines, end - 1) + 1
        return bisect_left(newlines, anchor) + 1, last, self.owners[bisect_right(self.edges, start)]

    def text(self, start: int, end: int) -> str:
        """Source text of an extent."""
        text = self.latin[start:end]
        return text if text.isascii() else self.source[start:end].decode("utf-8", "replace")

    def brief(self, extent: tuple[int, int]) -> str:
        """A value on one line, at most 200 characters; of a plain string literal, its content."""
        start, end = extent
        return literal(self.text(start, min(end, start + 800)))[:200] if start != end else ""
