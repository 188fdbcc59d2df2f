"""What readers without a grammar share: tokens of a file, and its facts put in order."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from msgspec.structs import replace

from scanner.facts import (
    Call,
    Definition,
    DefinitionKind,
    Fact,
    FileFacts,
    Import,
    Key,
    KeyKind,
    ParseReport,
    Prose,
    String,
)
from scanner.languages.spelling import literal
from scanner.offsets import newlines

#: Definitions that stand deeper in each other are listed as neighbours.
_MOST_NESTED = 30
_Placed = TypeVar("_Placed", bound=Fact)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of source: the name of the group of the pattern that it matched, its text, and where it stands."""

    kind: str
    text: str
    start: int
    end: int


def tokens(pattern: re.Pattern[bytes], source: bytes, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of a part of a file.

    Args:
        pattern: one named group an alternative; bytes that none matches are skipped.
        source: the whole file.
        start: where the part begins.
        end: where it ends; the end of the file if left out.
    """
    for match in pattern.finditer(source, start, len(source) if end is None else end):
        yield Token(match.lastgroup or "", match.group().decode("utf-8", "replace"), match.start(), match.end())


@dataclass(slots=True)
class Sheet:
    """Collects the facts of one file in any order; `facts` sorts and nests them."""

    path: str
    language: str
    source: bytes
    lost: int = 0
    #: Offset of the first thing that could not be read, or -1.
    first_lost: int = -1
    _newlines: list[int] = field(default_factory=list)
    _definitions: list[Definition] = field(default_factory=list)
    _keys: list[Key] = field(default_factory=list)
    _calls: list[Call] = field(default_factory=list)
    _strings: list[String] = field(default_factory=list)
    _imports: list[Import] = field(default_factory=list)
    _prose: list[Prose] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._newlines = newlines(self.source)

    def line(self, offset: int) -> int:
        """The line of a byte offset, counted from 1."""
        return bisect_left(self._newlines, offset) + 1

    def brief(self, start: int, end: int) -> str:
        """Source text on one line, at most 200 characters; of a plain string literal, its content."""
        return literal(self.source[start : min(end, start + 800)].decode("utf-8", "replace"))[:200]

    def define(
        self,
        kind: DefinitionKind,
        name: str,
        extent: tuple[int, int],
        at: int,
        body: int,
        parameters: tuple[str, ...] = (),
    ) -> None:
        """Add a definition; its symbol is found from its place.

        Args:
            kind: of the definition.
            name: with a dot where it names what it belongs to.
            extent: start and end.
            at: where its name stands.
            body: where its body starts.
            parameters: names.
        """
        start, end = extent
        line, last = self.line(at), self.line(end - 1)
        last_name = name.rpartition(".")[2]
        self._definitions.append(
            Definition(start, end, line, last, -1, kind, last_name, name, max(body, start), parameters)
        )

    def key(self, kind: KeyKind, name: str, extent: tuple[int, int], at: int, value: str = "") -> None:
        """Add a key whose name stands at `at`."""
        start, end = extent
        if name and len(name) <= 200:
            self._keys.append(Key(start, end, self.line(at), self.line(end - 1), -1, kind, name, name, value))

    def call(self, target: str, extent: tuple[int, int], at: int, arguments: int) -> None:
        """Add a call whose name stands at `at` and whose arguments begin at `arguments`."""
        start, end = extent
        self._calls.append(
            Call(start, end, self.line(at), self.line(end - 1), -1, target, target, False, min(arguments, end))
        )

    def string(self, token: Token, text: str | None = None) -> None:
        """Add a string literal; `text` is its content where its quotes do not tell it."""
        first, last = self.line(token.start), self.line(token.end - 1)
        content = literal(token.text) if text is None else text
        self._strings.append(String(token.start, token.end, first, last, -1, content))

    def import_(self, qualified: str, start: int, end: int) -> None:
        """Add the import of another file."""
        self._imports.append(Import(start, end, self.line(start), self.line(end - 1), -1, qualified, qualified))

    def prose(self, token: Token) -> None:
        """Add a comment."""
        first, last = self.line(token.start), self.line(token.end - 1)
        self._prose.append(Prose(token.start, token.end, first, last, -1))

    def lose(self, start: int, end: int) -> None:
        """Count bytes that could not be read."""
        self.lost += end - start
        self.first_lost = start if self.first_lost < 0 else min(self.first_lost, start)

    def facts(self, module: str = "") -> FileFacts:
        """Everything in order, with scopes and symbols."""
        definitions = self._nested()
        starts = [definition.start for definition in definitions]

        def placed(items: list[_Placed]) -> tuple[_Placed, ...]:
            ordered = sorted(items, key=lambda item: (item.start, -item.end))
            return tuple(replace(item, scope=_innermost(definitions, starts, item)) for item in ordered)

        return FileFacts(
            path=self.path,
            language=self.language,
            module=module,
            source=self.source,
            definitions=tuple(definitions),
            calls=placed(self._calls),
            keys=placed(self._keys),
            strings=placed(self._strings),
            imports=placed(self._imports),
            prose=placed(self._prose),
            report=ParseReport(self.lost, self.line(self.first_lost) if self.first_lost >= 0 else 0),
        )

    def _nested(self) -> list[Definition]:
        found: list[Definition] = []
        stack: list[int] = []
        for item in sorted(self._definitions, key=lambda definition: (definition.start, -definition.end)):
            while stack and found[stack[-1]].end <= item.start:
                stack.pop()
            if len(stack) >= _MOST_NESTED:
                stack.pop()
            around = found[stack[-1]] if stack else None
            symbol = f"{around.symbol}.{item.symbol}" if around else item.symbol
            stack.append(len(found))
            found.append(replace(item, scope=stack[-2] if len(stack) > 1 else -1, symbol=symbol))
        return found


def _innermost(definitions: list[Definition], starts: list[int], item: Fact) -> int:
    """Index of the innermost definition that begins before a fact and has not ended there, or -1."""
    at = bisect_left(starts, item.start + 1) - 1
    while at >= 0 and definitions[at].end <= item.start:
        at = definitions[at].scope
    return at
