"""Expressions of any language as dotted names, and literals as their content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERAL = re.compile(r"""^[A-Za-z]{0,3}(#*)("{3}|'{3}|"|'|`)(.*)\2\1$""", re.DOTALL)
_QUOTES = frozenset({'"', "'", "`"})
_PLAIN_NAME = re.compile(r"[\w.$]+")
_TOKENS = re.compile(r"""[([{}\])]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s([{}\])"']+|["']""")
_MARKS = {"(": "()", "[": "[]", "{": "{}"}
_CLOSED = _MARKS | {")": "()", "]": "[]", "}": "{}"}
#: What may stand between a value and the dot after it.
_WAITS = " \t\n?"
_LAST_WORD = re.compile(r"[\w$]+$")
#: Bytes of a name; a longer one is told by its last segments.
_SHORT_NAME = 200
_MOST_SEGMENTS = 16


def literal(text: str) -> str:
    """The content of a string literal on one line; any other text on one line."""
    if text.isidentifier():
        return text
    quote = text[:1]
    # Most literals have no prefix and no second pair of quotes in them.
    if quote in _QUOTES and len(text) > 1 and text[-1] == quote and quote not in (content := text[1:-1]):
        return " ".join(content.split())
    match = _LITERAL.match(text)
    return " ".join((match.group(3) if match else text).split())


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


def last_name(text: str) -> str:
    """The dotted name with which a text ends: `client.chat().create` of `reply = client.chat(x).create`.

    For code of which the grammar gives only the words, such as the arguments of a macro.
    """
    at = len(text)
    for _ in range(_MOST_SEGMENTS):
        inner = len(text[:at].rstrip(_WAITS))
        if text[inner - 1 : inner] in (")", "]", "}"):
            inner = _opening(text, inner)
        match = _LAST_WORD.search(text[max(inner - _SHORT_NAME, 0) : inner])
        if match is None:
            break
        at = inner - len(match.group())
        joint = text[:at].rstrip()
        if joint.endswith("::"):
            at = len(joint) - 2
        elif joint.endswith(".") and not joint.endswith(".."):
            at = len(joint) - 1
        else:
            break
    return dotted(text[at:]).replace("?", "").replace(".await", "").lstrip(".:")


def _opening(text: str, end: int) -> int:
    """Where the brackets begin that close before `end`; 0 where they do not."""
    depth = 0
    for at in range(end - 1, -1, -1):
        depth += (text[at] in ")]}") - (text[at] in "([{")
        if not depth:
            return at
    return 0


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
        node = _inside_brackets(node)
        first = node.child(0) if node.child_count else None
        if first is None or "string" in node.type:
            text = source[node.start_byte : node.end_byte].decode("utf-8", "replace") if first is None else '""'
            parts.append(text if len(text) <= _SHORT_NAME else "()")
            break
        if not first.is_named and first.type in _MAKERS and node.named_child_count:  # `new Client(key)`
            parts.append("()")
            node = node.named_children[0]
            continue
        if not first.is_named and node.child_count > 1:  # brackets around an expression, or an operator
            parts.append(_MARKS.get(first.type, "()"))
            break
        last = node.child(node.child_count - 1)
        tail = source[last.start_byte : min(last.end_byte, last.start_byte + _SHORT_NAME)].decode("utf-8", "replace")
        tail = tail.removeprefix("r#").removeprefix("#")
        if tail not in _SUFFIXES:
            parts.append(_CLOSED.get(tail[:1]) or (f".{tail}" if _PLAIN_NAME.fullmatch(tail) else ""))
        node = first
    else:
        parts.append("()")
    return "".join(reversed(parts))


#: Words before a call that makes an object, and after an expression that it waits for.
_MAKERS = frozenset({"new"})
_SUFFIXES = frozenset({"await"})
_BRACKETS = frozenset({"parenthesized_expression", "await_expression", "await"})
#: What only says of which type an expression is.
_CASTS = frozenset({"as_expression", "satisfies_expression", "non_null_expression"})
#: What may stand in brackets and still be a name.
_NAMED = frozenset(
    {"call", "call_expression", "await", "await_expression", "new_expression", "parenthesized_expression"}
    | {"identifier", "member_expression", "this"}
)


def _inside_brackets(node: Node) -> Node:
    """`call()` of `(await call())`."""
    while node.type in _BRACKETS:
        first = node.child(0)
        inner = node.named_children[0] if node.named_child_count else None
        if inner is None or (first is not None and first.is_named):
            break
        while inner.type in _CASTS and inner.named_children:
            inner = inner.named_children[0]
        if inner.type not in _NAMED:
            break
        node = inner
    return node
