"""What a syntax tree says before names are resolved: captures, sorted and nested."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar
    from tree_sitter import Node, Query

    from scanner.languages import Language

_LITERAL = re.compile(r"""^[A-Za-z]{0,3}("{3}|'{3}|"|'|`)(.*)\1$""", re.DOTALL)
#: A string whose content needs no change.
_SIMPLE = re.compile(r"""(?:"[^"\s]*"|'[^'\s]*')""")
_NEWLINE = re.compile(rb"\n")
_PLAIN_NAME = re.compile(r"[\w.$]+")
_TOKENS = re.compile(r"""[([{}\])]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s([{}\])"']+|["']""")
_MARKS = {"(": "()", "[": "[]", "{": "{}"}
_CLOSED = _MARKS | {")": "()", "]": "[]", "}": "{}"}
#: Bytes of a name; a longer one is told by its last segments.
_SHORT_NAME = 200
_MOST_SEGMENTS = 16
#: A pattern of several open captures can be tried in too many ways on hostile input; the cursor then drops some.
MATCH_LIMIT = 50_000
#: Cursors are quadratic in depth. Only chains of thousands of names or operators lie deeper, since brackets may not.
MOST_DEPTH = 1_000


@dataclass(slots=True)
class RawDefinition:
    """A definition before its names are resolved."""

    kind: str
    name: str
    start: int
    end: int
    name_start: int
    body: int
    bases: tuple[str, ...]
    returns: str
    decorators: tuple[str, ...] = ()
    scope: int = -1
    symbol: str = ""


@dataclass(slots=True)
class RawName:
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
    imports: list[Node] = field(default_factory=list)
    #: Names that a function declares to be the file's own, with where it does.
    globals: list[tuple[int, str]] = field(default_factory=list)
    lost: int = 0
    error_line: int = 0
    edges: list[int] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)

    def line(self, offset: int) -> int:
        """The line of a byte offset, counted from 1."""
        return bisect_left(self.newlines, offset) + 1

    def scope(self, offset: int) -> int:
        """Index of the innermost definition around a byte offset, or -1."""
        at = bisect_right(self.edges, offset) - 1
        return self.owners[at] if at >= 0 else -1

    def text(self, start: int, end: int) -> str:
        """Source text of an extent."""
        return self.source[start:end].decode("utf-8", "replace")

    def brief(self, extent: tuple[int, int]) -> str:
        """A value on one line, at most 200 characters; of a plain string literal, its content."""
        start, end = extent
        if start == end:
            return ""
        return literal(self.text(start, min(end, start + 800)))[:200]


def literal(text: str) -> str:
    """The content of a string literal on one line; any other text on one line."""
    if _SIMPLE.fullmatch(text):
        return text[1:-1]
    match = _LITERAL.match(text)
    return " ".join((match.group(2) if match else text).split())


def dotted(text: str) -> str:
    """An expression as a dotted name: calls in it become `()`, subscripts `[]`, `?.` and `::` a dot."""
    if _PLAIN_NAME.fullmatch(text):
        return text
    out: list[str] = []
    depth = 0
    opener = ""
    for part in _TOKENS.findall(text[:2000]):
        if depth:
            depth += (part in "([{") - (part in ")]}")
            if not depth:
                out.append(_MARKS[opener])
        elif part in "([{":
            depth, opener = 1, part
        else:
            out.append(part)
    return "".join(out).replace("?.", ".").replace("::", ".").replace("!.", ".")


def name_of(node: Node, source: bytes) -> str:
    """The same of a node: its receiver is its first child, in every grammar, its last a name or brackets.

    Of a very long chain the last segments count, as of an unknown receiver.
    """
    start, end = node.start_byte, node.end_byte
    if end - start <= _SHORT_NAME:
        text = source[start:end].decode("utf-8", "replace")
        if _PLAIN_NAME.fullmatch(text):
            return text
    parts: list[str] = []
    for _ in range(_MOST_SEGMENTS):
        first = node.child(0) if node.child_count else None
        if first is None or "string" in node.type:
            text = source[node.start_byte : node.end_byte].decode("utf-8", "replace") if first is None else '""'
            parts.append(text if len(text) <= _SHORT_NAME else "()")
            break
        if not first.is_named:  # brackets around an expression, or an operator
            parts.append(_MARKS.get(first.type, "()"))
            break
        last = node.child(node.child_count - 1)
        tail = source[last.start_byte : min(last.end_byte, last.start_byte + _SHORT_NAME)].decode("utf-8", "replace")
        parts.append(_CLOSED.get(tail[:1]) or (f".{tail}" if _PLAIN_NAME.fullmatch(tail) else ""))
        node = first
    else:
        parts.append("()")
    return "".join(reversed(parts))


@cache
def grammar_and_query(name: str) -> tuple[Grammar, Query]:
    """The grammar of a language and its compiled query, once a process."""
    import importlib

    from tree_sitter import Language as GrammarType
    from tree_sitter import Query as QueryType

    from scanner.languages import by_name

    language = by_name(name)
    grammar = GrammarType(importlib.import_module(language.grammar).language())
    return grammar, QueryType(grammar, language.query_path.read_text(encoding="utf-8"))


def outline(language: Language, source: bytes) -> Outline:
    """Parse a file and collect its captures. Never raises for what the file holds."""
    from tree_sitter import Parser, QueryCursor

    grammar, query = grammar_and_query(language.name)
    tree = Parser(grammar).parse(source)
    result = Outline(source, [match.start() for match in _NEWLINE.finditer(source)])
    collector = _Collector(result)
    cursor = QueryCursor(query, match_limit=MATCH_LIMIT)
    cursor.set_max_start_depth(MOST_DEPTH)
    collector.collect(cursor.matches(tree.root_node))
    collector.finish()
    if tree.root_node.has_error:
        result.lost, result.error_line = _errors(tree.root_node)
    return result


Captures = Mapping[str, "list[Node]"]


class _Collector:
    """Puts each match of a query where it belongs; which way is decided once a pattern."""

    def __init__(self, result: Outline) -> None:
        self._result = result
        self._source = result.source
        #: Start, end and name.
        self._decorators: list[tuple[int, int, str]] = []
        self._prose: set[int] = set()

    def collect(self, matches: Iterable[tuple[int, Captures]]) -> None:
        handlers: dict[int, tuple[str, Callable[[str, Node, Captures], None]]] = {}
        for index, captures in matches:
            known = handlers.get(index)
            if known is None:
                main = next(name for name in captures if "." in name or name in ("comment", "string"))
                known = handlers[index] = (main, self._handler(main))
            main, handle = known
            handle(main, captures[main][0], captures)

    def finish(self) -> None:
        result = self._result
        if self._prose:
            result.strings = [string for string in result.strings if string.start not in self._prose]
        _nest(result, self._decorators)

    def _handler(self, main: str) -> Callable[[str, Node, Captures], None]:
        special: dict[str, Callable[[str, Node, Captures], None]] = {
            "reference.call": self._call,
            "reference.return": self._return,
            "reference.import": self._import,
            "reference.decorator": self._decorator,
            "reference.global": self._global,
            "definition.variable": self._variable,
            "key.mapping": self._quoted_key,
            "key.subscript": self._quoted_key,
            "key.attribute": self._attribute,
            "string": self._string,
            "comment": self._prose_text,
            "string.documentation": self._prose_text,
        }
        return special.get(main, self._key if main.startswith("key.") else self._definition)

    def _call(self, main: str, node: Node, captures: Captures) -> None:
        name, arguments = captures["name"][0], captures["arguments"][0]
        end = name.end_byte
        target = name_of(name, self._source)
        value = (arguments.start_byte, arguments.end_byte)
        self._result.calls.append(RawName("call", target, node.start_byte, node.end_byte, end - 1, value))

    def _return(self, main: str, node: Node, captures: Captures) -> None:
        start, value = node.start_byte, captures["value"][0]
        extent = (value.start_byte, value.end_byte)
        self._result.returns.append(RawName("return", "", start, node.end_byte, start, extent))

    def _import(self, main: str, node: Node, captures: Captures) -> None:
        self._result.imports.append(node)

    def _global(self, main: str, node: Node, captures: Captures) -> None:
        self._result.globals += [(name.start_byte, self._text(name)) for name in captures["name"]]

    def _decorator(self, main: str, node: Node, captures: Captures) -> None:
        item = captures["name"][0]
        name = name_of(item, self._source).removesuffix("()")
        self._decorators.append((item.start_byte, node.end_byte, name))

    def _variable(self, main: str, node: Node, captures: Captures) -> None:
        name, start, annotation = captures["name"][0], node.start_byte, self._annotation(captures)
        text = name_of(name, self._source)
        raw = RawName("variable", text, start, node.end_byte, name.start_byte, _value(captures), annotation)
        self._result.variables.append(raw)

    def _key(self, main: str, node: Node, captures: Captures) -> None:
        name, kind, annotation = captures["name"][0], main.partition(".")[2], self._annotation(captures)
        raw = RawName(
            kind, self._text(name), node.start_byte, node.end_byte, name.start_byte, _value(captures), annotation
        )
        self._result.keys.append(raw)

    def _quoted_key(self, main: str, node: Node, captures: Captures) -> None:
        name, kind = captures["name"][0], main.partition(".")[2]
        start, text = name.start_byte, literal(self._text(name))
        self._result.keys.append(RawName(kind, text, node.start_byte, node.end_byte, start, _value(captures)))

    def _attribute(self, main: str, node: Node, captures: Captures) -> None:
        name = captures["name"][0]
        end = name.end_byte
        text = self._source[name.start_byte : end].decode("utf-8", "replace")
        self._result.keys.append(RawName("attribute", text, node.start_byte, end, end - 1))

    def _string(self, main: str, node: Node, captures: Captures) -> None:
        start, end = node.start_byte, node.end_byte
        text = literal(self._source[start:end].decode("utf-8", "replace"))
        self._result.strings.append(RawName("string", text, start, end, start))

    def _prose_text(self, main: str, node: Node, captures: Captures) -> None:
        start = node.start_byte
        self._result.prose.append((start, node.end_byte))
        self._prose.add(start)

    def _definition(self, main: str, node: Node, captures: Captures) -> None:
        self._result.definitions.append(_raw_definition(self._result, main.partition(".")[2], node, captures))

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _annotation(self, captures: Captures) -> str:
        types = captures.get("type")
        return self._text(types[0]) if types else ""


def _value(captures: Captures) -> tuple[int, int]:
    nodes = captures.get("value")
    return (nodes[0].start_byte, nodes[0].end_byte) if nodes else (0, 0)


def _raw_definition(result: Outline, kind: str, node: Node, captures: Mapping[str, list[Node]]) -> RawDefinition:
    name, body = captures["name"][0], captures["body"][0]
    bases = tuple(
        name_of(base, result.source)
        for item in captures.get("bases", ())
        for base in item.named_children
        if base.type != "keyword_argument"
    )
    types = captures.get("type")
    returns = result.text(types[0].start_byte, types[0].end_byte) if types else ""
    text = result.text(name.start_byte, name.end_byte)
    start, end = node.start_byte, node.end_byte
    return RawDefinition(kind, text, start, end, name.start_byte, body.start_byte, bases, returns)


def _decorated(source: bytes, start: int, pending: list[tuple[int, int, str]]) -> tuple[str, ...]:
    """The decorators before a definition, taken off the ones not given yet; the next one stands last."""
    found: list[tuple[int, int, str]] = []
    while pending and pending[-1][0] < start:
        found.append(pending.pop())
    between = source[found[-1][1] : start].strip() if found else b""
    # Where a definition was lost to a parse error, its decorators say nothing of the next one.
    return tuple(name for _, _, name in found) if not between or between.startswith((b"#", b"/")) else ()


def _nest(result: Outline, decorators: list[tuple[int, int, str]]) -> None:
    """Order definitions, give them scopes, symbols and decorators, and build the table that `scope` reads."""
    pending = sorted(decorators, reverse=True)
    definitions = sorted(result.definitions, key=lambda definition: (definition.start, -definition.end))
    result.definitions = definitions
    stack: list[int] = []

    def close_until(offset: int) -> None:
        while stack and definitions[stack[-1]].end <= offset:
            closed = stack.pop()
            result.edges.append(definitions[closed].end)
            result.owners.append(stack[-1] if stack else -1)

    for index, definition in enumerate(definitions):
        close_until(definition.start)
        definition.scope = stack[-1] if stack else -1
        parent = definitions[stack[-1]] if stack else None
        definition.symbol = f"{parent.symbol}.{definition.name}" if parent else definition.name
        if definition.kind == "function" and parent is not None and parent.kind == "class":
            definition.kind = "method"
        definition.decorators = _decorated(result.source, definition.start, pending)
        stack.append(index)
        result.edges.append(definition.start)
        result.owners.append(index)
    close_until(len(result.source) + 1)


def _errors(root: Node) -> tuple[int, int]:
    """Bytes inside error nodes (nested ones once), and the line of the first error."""
    lost, first = 0, 0
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type == "ERROR" or node.is_missing:
            lost += max(node.end_byte - node.start_byte, 1)
            line = node.start_point[0] + 1
            first = min(first, line) if first else line
        else:
            pending.extend(child for child in node.children if child.has_error or child.is_missing)
    return lost, first
