"""What a syntax tree says before names are resolved: captures, sorted and nested."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from scanner.languages.grammars import Cursor, grammar_of
from scanner.languages.nesting import drop_defined, drop_imported, name_owners, nest
from scanner.languages.raw import Outline, RawControl, RawDefinition, RawName
from scanner.languages.spelling import last_name, literal, name_of
from scanner.languages.treequeries import Asked, Found, compiled
from scanner.offsets import newlines

if TYPE_CHECKING:
    from tree_sitter import Node

    from scanner.languages import Language

#: A short name without brackets or operators; any other is asked of the tree (see `name_of`).
_PLAIN_NAME = re.compile(r"[\w.$]{1,200}", re.ASCII)
#: What stands beside the bases of a class: Python's keywords, the tags of Go's fields, Rust's lifetimes.
_NO_BASES = frozenset(
    {"keyword_argument", "lifetime", "type_arguments", "raw_string_literal", "interpreted_string_literal", "comment"}
)
#: A class with more bases is none that anybody wrote.
_MOST_BASES = 100
#: Bytes before a name among the words of a macro in which its receiver is looked for.
MOST_WORDS = 200


def outline(language: Language, source: bytes, asked: tuple[Asked, ...] = ()) -> Outline:
    """Parse a file and collect its captures. Never raises for what the file holds.

    Args:
        language: with a grammar.
        source: the file.
        asked: patterns and queries of rules for this language.
    """
    from tree_sitter import Parser

    root = Parser(grammar_of(language.name)).parse(source).root_node
    query, rules = compiled(language.name, asked)
    result = Outline(source, newlines(source))
    collector = _Collector(result, language.traits.transparent if language.traits is not None else {}, rules)
    collector.collect(Cursor(query).matches(root))
    collector.finish()
    if root.has_error:
        result.lost, result.error_line = _errors(root)
    return result


Captures = Mapping[str, "list[Node]"]
#: (last word of the name of its main capture, the main node, captures of the match)
Handler = Callable[[str, "Node", Captures], None]


class _Collector:
    """Puts each match of a query where it belongs; which way is decided once a pattern."""

    def __init__(
        self, result: Outline, transparent: Mapping[str, str | int], rules: Mapping[int, Found] | None = None
    ) -> None:
        self._result = result
        self._source = result.source
        self._latin = result.latin
        self._transparent = transparent
        self._rules = rules or {}
        #: Start, end and name.
        self._decorators: list[tuple[int, int, str]] = []
        self._prose: set[int] = set()
        #: A class whose bases are scattered over its body is matched once for each of them.
        self._defined: dict[tuple[int, int, int], RawDefinition] = {}
        #: Places of calls among the words of macros in `Outline.calls`.
        self._worded: list[int] = []

    def collect(self, matches: Iterable[tuple[int, Captures]]) -> None:
        handlers: dict[int, tuple[str, str, Handler]] = {}
        for index, captures in matches:
            known = handlers.get(index)
            if known is None:
                if index in self._rules:
                    self._found(self._rules[index], captures)
                    continue
                main = next(name for name in captures if "." in name or name in ("comment", "string"))
                known = handlers[index] = (main, main.partition(".")[2], self._handler(main))
            main, kind, handle = known
            handle(kind, captures[main][0], captures)

    def _found(self, found: Found, captures: Captures) -> None:
        if found.holds(captures):
            some = captures.get("match", ())
            self._result.found += [(found.asked, node.start_byte, node.end_byte) for node in some]

    def finish(self) -> None:
        result = self._result
        if self._worded:
            self._drop_words_of_decorators()
        if self._prose:
            result.strings = [string for string in result.strings if string.start not in self._prose]
        if result.imports and result.strings:
            drop_imported(result)
        drop_defined(result)
        name_owners(result)
        nest(result, self._decorators)

    def _handler(self, main: str) -> Handler:
        special: dict[str, Handler] = {
            "reference.call": self._call,
            "reference.return": self._return,
            "reference.import": self._import,
            "reference.decorator": self._decorator,
            "reference.global": self._global,
            "definition.variable": self._variable,
            "definition.closure": self._closure,
            "key.mapping": self._quoted_key,
            "key.subscript": self._quoted_key,
            "key.attribute": self._attribute,
            "string": self._string,
            "test.module": self._test,
            "comment": self._prose_text,
            "string.documentation": self._prose_text,
        }
        if main.startswith("control."):
            return self._control
        return special.get(main, self._key if main.startswith("key.") else self._definition)

    def _test(self, kind: str, node: Node, captures: Captures) -> None:
        self._result.tests.append((node.start_byte, node.end_byte))

    def _closure(self, kind: str, node: Node, captures: Captures) -> None:
        self._result.closures.append((node.start_byte, node.end_byte, captures["body"][0].start_byte))

    def _call(self, kind: str, node: Node, captures: Captures) -> None:
        name, arguments = captures["name"][0], captures.get("arguments")
        if "words" not in captures:
            target = self._name(name)
        elif target := self._target(name, captures):
            self._worded.append(len(self._result.calls))
        if not target:
            return
        last = node.end_byte
        value = (last, last)
        if arguments:
            end = arguments[0].end_byte
            value = (arguments[0].start_byte, end)
            last = max(last, end)
        self._result.calls.append(RawName("call", target, node.start_byte, last, name.end_byte - 1, value))

    def _name(self, node: Node) -> str:
        text = self._latin[node.start_byte : node.end_byte]
        return text if _PLAIN_NAME.fullmatch(text) else name_of(node, self._source)

    def _target(self, name: Node, captures: Captures) -> str:
        """What is called among the words of a macro; nothing where they only look like a call."""
        opening, start = captures["arguments"][0].start_byte, name.start_byte
        before = self._source[max(captures["words"][0].start_byte, start - MOST_WORDS) : start]
        if self._source[opening : opening + 1] != b"(" or before.rstrip().endswith(b"fn"):
            return ""
        return last_name((before + self._source[start : name.end_byte]).decode("utf-8", "replace"))

    def _return(self, kind: str, node: Node, captures: Captures) -> None:
        start, value = node.start_byte, captures["value"][0]
        extent = (value.start_byte, value.end_byte)
        raw = RawName("return", "", start, node.end_byte, start, extent, operand=self._operand(captures))
        self._result.returns.append(raw)

    def _control(self, kind: str, node: Node, captures: Captures) -> None:
        bodies, guarded = captures.get("body"), captures.get("guarded")
        body = end = node.end_byte
        if bodies:
            body = bodies[0].start_byte
            end = bodies[-1].end_byte if kind in ("branch", "handler") else end
        extent = (guarded[0].start_byte, guarded[-1].end_byte) if guarded else (0, 0)
        self._result.controls.append(RawControl(kind, node.start_byte, end, body, extent))

    def _operand(self, captures: Captures) -> tuple[int, int]:
        """Extent of the part of a value that says what it is."""
        nodes = captures.get("value")
        if not nodes:
            return 0, 0
        node: Node | None = nodes[0]
        while node is not None and (part := self._transparent.get(node.type)) is not None:
            inner = node.child_by_field_name(part) if isinstance(part, str) else _named_child(node, part)
            if inner is None:
                break
            node = inner
        return (node.start_byte, node.end_byte) if node is not None else (0, 0)

    def _import(self, kind: str, node: Node, captures: Captures) -> None:
        self._result.imports.append(node)

    def _global(self, kind: str, node: Node, captures: Captures) -> None:
        self._result.globals += [(name.start_byte, self._text(name)) for name in captures["name"]]

    def _decorator(self, kind: str, node: Node, captures: Captures) -> None:
        for item in captures.get("name", ()):
            name = self._name(item).removesuffix("()")
            self._decorators.append((item.start_byte, node.end_byte, name))
        for item in captures.get("names", ()):  # several in brackets
            names = "".join(self._text(item).strip("()[]").split()).replace("::", ".")
            self._decorators += [(item.start_byte, node.end_byte, name) for name in names.split(",") if name]

    def _variable(self, kind: str, node: Node, captures: Captures) -> None:
        if "members" in captures:
            for item, key, _ in _members(captures["members"][0]):
                self._variable(kind, item, _bound(captures, item, key, captures.get("value", [])))
            return
        start, end, value = node.start_byte, node.end_byte, _value(captures)
        annotation, operand = self._annotation(captures), self._operand(captures)
        member = self._text(captures["member"][0]) if "member" in captures else ""
        for item in captures["name"]:
            name = self._name(item).removeprefix("#")
            raw = RawName("variable", name, start, end, item.start_byte, value, annotation, operand, member)
            self._result.variables.append(raw)

    def _key(self, kind: str, node: Node, captures: Captures) -> None:
        if "members" in captures:
            for name, member, default in _members(captures["members"][0]):
                self._key(kind, name, _bound(captures, name, member, [default] if default is not None else []))
            return
        start, end, value, annotation = node.start_byte, node.end_byte, _value(captures), self._annotation(captures)
        of_value = self._text(captures["member"][0]) if "member" in captures else ""
        for name in captures["name"]:
            text = self._text(name)
            text = literal(text) if "string" in name.type else text.removeprefix("#")
            raw = RawName(kind, text, start, end, name.start_byte, value, annotation, (0, 0), of_value)
            self._result.keys.append(raw)

    def _quoted_key(self, kind: str, node: Node, captures: Captures) -> None:
        name = captures["name"][0]
        text = literal(self._text(name))
        raw = RawName(kind, text, node.start_byte, node.end_byte, name.start_byte, _value(captures))
        self._result.keys.append(raw)

    def _attribute(self, kind: str, node: Node, captures: Captures) -> None:
        name = captures["name"][0]
        end = name.end_byte
        text = self._result.text(name.start_byte, end).removeprefix("#")
        self._result.keys.append(RawName("attribute", text, node.start_byte, end, end - 1))

    def _string(self, kind: str, node: Node, captures: Captures) -> None:
        start, end = node.start_byte, node.end_byte
        self._result.strings.append(RawName("string", literal(self._result.text(start, end)), start, end, start))

    def _prose_text(self, kind: str, node: Node, captures: Captures) -> None:
        start = node.start_byte
        self._result.prose.append((start, node.end_byte))
        self._prose.add(start)

    def _definition(self, kind: str, node: Node, captures: Captures) -> None:
        raw = _raw_definition(self._result, kind, node, captures)
        known = self._defined.setdefault((raw.start, raw.end, raw.name_start), raw)
        if known is raw:
            self._result.definitions.append(raw)
        elif len(known.bases) < _MOST_BASES:
            known.bases += tuple(base for base in raw.bases if base not in known.bases)

    def _text(self, node: Node) -> str:
        return self._result.text(node.start_byte, node.end_byte)

    def _annotation(self, captures: Captures) -> str:
        types = captures.get("type")
        return self._text(types[0]) if types else ""

    def _drop_words_of_decorators(self) -> None:
        extents = sorted((start, end) for start, end, _ in self._decorators)
        starts = [start for start, _ in extents]
        calls = self._result.calls
        dropped = {
            place
            for place in self._worded
            if (at := bisect_right(starts, calls[place].start)) and calls[place].end <= extents[at - 1][1]
        }
        self._result.calls = [call for place, call in enumerate(calls) if place not in dropped]


def _members(pattern: Node) -> Iterator[tuple[Node, Node, Node | None]]:
    """The names that a pattern such as `{a, b: c, d = 1}` binds, each with its member and default value."""
    for child in pattern.named_children:
        key, bound = child.child_by_field_name("key"), child.child_by_field_name("value") or child
        default = bound.child_by_field_name("right")
        name = bound.child_by_field_name("left") or bound
        if not name.named_child_count:
            yield name, key if key is not None else name, default


def _bound(captures: Captures, name: Node, member: Node, value: list[Node]) -> Captures:
    """The captures of a pattern as those of one of its names."""
    kept = {key: nodes for key, nodes in captures.items() if key not in ("members", "value")}
    return {**kept, "name": [name], "member": [member], **({"value": value} if value else {})}


def _named_child(node: Node, index: int) -> Node | None:
    children = node.named_children
    return children[index] if -len(children) <= index < len(children) else None


def _value(captures: Captures) -> tuple[int, int]:
    nodes = captures.get("value")
    return (nodes[0].start_byte, nodes[0].end_byte) if nodes else (0, 0)


def _raw_definition(result: Outline, kind: str, node: Node, captures: Mapping[str, list[Node]]) -> RawDefinition:
    name = captures["name" if "name" in captures else "key"][0]
    body = captures["body"][0] if "body" in captures else name
    bases = tuple(
        name_of(base, result.source)
        for item in captures.get("bases", ())
        for base in item.named_children
        if base.type not in _NO_BASES
    )
    bases += tuple(name_of(base, result.source) for base in captures.get("base", ()))
    types = captures.get("type")
    returns = result.text(types[0].start_byte, types[0].end_byte) if types else ""
    text = literal(result.text(name.start_byte, name.end_byte)).removeprefix("#")
    start, end = node.start_byte, node.end_byte
    raw = RawDefinition(kind, text, start, end, name.start_byte, body.start_byte, bases, returns)
    raw.accessor, raw.keyed = "accessor" in captures, "key" in captures
    if "owner" in captures:
        raw.owner = _first_text(result, captures, "owner")
        raw.receiver = _first_text(result, captures, "receiver")
    return raw


def _first_text(result: Outline, captures: Captures, name: str) -> str:
    nodes = captures.get(name)
    return result.text(nodes[0].start_byte, nodes[0].end_byte) if nodes else ""


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
