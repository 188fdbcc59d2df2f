"""A TOML file as plain values, with the line and column of each key and item, so that errors can name them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from scanner.yamlfile import Problem, printable

if TYPE_CHECKING:
    from tree_sitter import Node

#: Files longer than this are refused, in bytes.
MAX_BYTES = 131_072
#: `tomllib` is quadratic in the parts of a dotted key, and no key spans lines.
MAX_LINE = 2_000
#: Nothing that is read lies deeper; what does gets the place of what holds it.
_DEPTH = 4

_WHERE = re.compile(r"(?s)(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)")

Path = tuple[str | int, ...]


class Toml(msgspec.Struct, frozen=True):
    """The values of a file, and where each is written."""

    data: dict[str, Any]
    #: Keys and numbers of items on the way to a value → line and column, counted from 1.
    places: dict[Path, tuple[int, int]]

    def at(self, *path: str | int) -> tuple[int, int]:
        """Where a value is written; of one that has no place of its own, that of what holds it."""
        for size in range(len(path), 0, -1):
            if path[:size] in self.places:
                return self.places[path[:size]]
        return 1, 1


def parse_toml(data: bytes, shown: str, problems: list[Problem]) -> Toml | None:
    """Read a TOML file; whatever is in it, this does not raise.

    Args:
        data: the content.
        shown: the file's name in problems.
        problems: takes what is wrong.

    Returns:
        The values, or None when there is a problem.
    """
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line, column = _position(data[: error.start])
        problems.append(Problem(shown, line, column, "this is not UTF-8; save the file as UTF-8"))
        return None
    for number, content in enumerate(text.split("\n"), 1):
        if len(content) > MAX_LINE:
            message = f"longer than {MAX_LINE:,} characters; write a long list on several lines"
            problems.append(Problem(shown, number, MAX_LINE + 1, message))
            return None
    try:
        values = tomllib.loads(text)
    except ValueError as error:
        problems.append(_said(text, shown, error))
        return None
    except RecursionError:
        problems.append(Problem(shown, 1, 1, "nested too deeply; write it flatter"))
        return None
    return Toml(values, _places(text.encode()))


def _said(text: str, shown: str, error: ValueError) -> Problem:
    found = _WHERE.fullmatch(str(error))
    if found is None:  # a number with thousands of digits, which says no place
        return Problem(shown, 1, 1, f"{printable(str(error).partition(';')[0])}; write less")
    if found.group(2) is None:
        line, column = _position(text.encode())
    else:
        line, column = int(found.group(2)), int(found.group(3))
    message = printable(found.group(1))
    return Problem(shown, line, column, f"this is no TOML: {message[:1].lower()}{message[1:]}")


def _position(before: bytes) -> tuple[int, int]:
    """Line and column of what comes after these bytes."""
    start = before.rfind(b"\n") + 1
    return before.count(b"\n") + 1, len(before[start:].decode("utf-8", "replace")) + 1


def _places(source: bytes) -> dict[Path, tuple[int, int]]:
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    tree = Parser(Language(tree_sitter_toml.language())).parse(source)
    lines = source.split(b"\n")
    found: dict[Path, tuple[int, int]] = {}
    for path, node in _top(tree.root_node):
        row, column = node.start_point
        found.setdefault(path, (row + 1, len(lines[row][:column].decode("utf-8", "replace")) + 1))
    return found


def _top(root: Node) -> Iterator[tuple[Path, Node]]:
    counts: dict[Path, int] = {}
    for node in root.named_children:
        if node.type == "pair":
            yield from _pair(node, (), 0)
        elif node.type in ("table", "table_array_element") and node.named_children:
            key, *pairs = node.named_children
            path: Path = _names(key)
            if node.type == "table_array_element":
                yield path, key
                counts[path] = counts.get(path, -1) + 1
                path = (*path, counts[path])
            yield path, key
            for pair in pairs:
                if pair.type == "pair":
                    yield from _pair(pair, path, 0)


def _pair(pair: Node, path: Path, depth: int) -> Iterator[tuple[Path, Node]]:
    if len(pair.named_children) < 2:
        return
    key, *_, value = pair.named_children
    names = _names(key)
    yield from (((*path, *names[:size]), key) for size in range(1, min(len(names), _DEPTH) + 1))
    yield from _inside(value, (*path, *names), depth + 1)


def _inside(value: Node, path: Path, depth: int) -> Iterator[tuple[Path, Node]]:
    if depth > _DEPTH:
        return
    members = [node for node in value.named_children if node.type != "comment"]
    if value.type == "inline_table":
        for pair in members:
            if pair.type == "pair":
                yield from _pair(pair, path, depth)
    elif value.type == "array":
        for number, item in enumerate(members):
            yield (*path, number), item
            yield from _inside(item, (*path, number), depth + 1)


def _names(key: Node) -> tuple[str, ...]:
    """The names in a key, without their quotes."""
    names: list[str] = []
    pending = [key]
    while pending:
        part = pending.pop()
        if part.type == "dotted_key":
            pending += reversed(part.named_children)
        else:
            names.append(_name(part))
    return tuple(names)


def _name(part: Node) -> str:
    text = (part.text or b"").decode("utf-8", "replace")
    if not text.startswith(('"', "'")):
        return text
    if "\\" not in text:
        return text[1:-1]
    try:
        return next(iter(tomllib.loads(f"{text} = 0")), text)
    except ValueError:
        return text
