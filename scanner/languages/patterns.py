"""Code with holes as a tree-sitter query: `getattr($OBJECT, $NAME)(...)` finds such calls, however they are laid out.

`$X` is one node, and the same text wherever it stands again; `$_` is any one node. `...` is any number of siblings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar
    from tree_sitter import Node

_HOLE = re.compile(r"\$([A-Z][A-Z0-9_]*|_)(?!\w)")
_GAP = re.compile(r"\.\.\.(?![\w$({\[.])")
#: Stand in for holes and gaps while the code is parsed.
_HOLE_NAME = re.compile(r"zzhole(\d+)zz")
_GAP_NAME = "zzgapzz"
#: Open siblings in one list; the time to match is a power of them.
MOST_GAPS = 2
#: Either quote may stand around a string.
_QUOTES = frozenset({"string_start", "string_end"})
#: Nodes of a pattern; more is a program.
_MOST_NODES = 200
#: Statements that only hold an expression: the pattern is the expression, wherever it stands.
_SHELLS = frozenset({"expression_statement", "statement", "statement_list"})


class PatternError(ValueError):
    """A pattern that cannot be a query; its text says why."""


def to_query(grammar: Grammar, wrapper: str, pattern: str) -> str:
    """The query that finds what a pattern describes.

    Args:
        grammar: of the pattern's language.
        wrapper: code with `{}` where a statement may stand.
        pattern: as the rule spells it.

    Returns:
        A query whose capture `@match` is what was found.

    Raises:
        PatternError: when the pattern is no code of that language, or says too little or too much.
    """
    from tree_sitter import Parser

    names: dict[str, int] = {}
    code = _HOLE.sub(lambda hole: f"zzhole{names.setdefault(hole.group(1), len(names))}zz", pattern.strip())
    code = _GAP.sub(_GAP_NAME, code)
    before, _, after = wrapper.partition("{}")
    source = (before + code + after).encode()
    root = Parser(grammar).parse(source).root_node
    start = len(before.encode())
    if root.has_error:
        raise PatternError(
            "it is no code of that language; write one statement or expression, `$X` and `...` for holes"
        )
    node = _subject(root, start, start + len(code.encode()))
    if _is_hole(node) or _is_gap(node):
        raise PatternError("it matches everything; write some code around the hole")
    writer = _Writer(names.get("_", -1))
    body = writer.node(node)
    conditions = "".join(f" {condition}" for condition in writer.conditions)
    return f"({body} @match{conditions})"


def _subject(root: Node, start: int, end: int) -> Node:
    """The outermost node that is the pattern, without what only makes a statement of it."""
    node = root.named_descendant_for_byte_range(start, end)
    if node is None:
        raise PatternError("it is empty; write one statement or expression")
    while node.parent is not None and node.parent.start_byte >= start and node.parent.end_byte <= end:
        node = node.parent
    while node.named_child_count == 1 and (node.type in _SHELLS or node.parent is None or node.start_byte < start):
        node = node.named_children[0]
    if node.parent is None or node.start_byte < start or node.end_byte > end:
        raise PatternError("it is several statements; write one, and ask for others with `contains` or `inside`")
    return node


def _is_hole(node: Node) -> bool:
    return _HOLE_NAME.fullmatch(_text(node)) is not None


def _is_gap(node: Node) -> bool:
    return _text(node).rstrip(";").strip() == _GAP_NAME


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


class _Writer:
    """Writes one query; remembers the conditions on its captures."""

    def __init__(self, anonymous: int) -> None:
        self.conditions: list[str] = []
        self._anonymous = str(anonymous)
        self._seen: dict[str, str] = {}
        self._count = 0

    def node(self, node: Node) -> str:
        self._count += 1
        if self._count > _MOST_NODES:
            raise PatternError(f"it has more than {_MOST_NODES} parts; write a smaller one")
        hole = _HOLE_NAME.fullmatch(_text(node))
        if hole is not None:
            return self._hole(hole.group(1))
        if not node.child_count or not node.named_child_count:
            return self._leaf(node)
        return f"({node.type}{self._children(node)})"

    def _hole(self, number: str) -> str:
        if number == self._anonymous:
            return "(_)"
        first = self._seen.get(number)
        name = f"_h{number}" if first is None else f"_h{number}_{self._count}"
        if first is None:
            self._seen[number] = name
        else:
            self.conditions.append(f"(#eq? @{first} @{name})")
        return f"(_) @{name}"

    def _leaf(self, node: Node) -> str:
        name = f"_t{self._count}"
        self.conditions.append(f"(#eq? @{name} {_quoted(_text(node))})")
        return f"({node.type}) @{name}"

    def _children(self, node: Node) -> str:
        parts: list[str] = []
        # The quotes of a string are nodes of their own, so its content has neighbours.
        free = "string" in node.type
        gaps, anchored, is_list = 0, not free, False
        for index in range(node.child_count):
            child = node.child(index)
            if child is None or child.is_extra or child.type in _QUOTES:
                continue
            field = node.field_name_for_child(index)
            if field is not None and not _is_gap(child):
                parts.append(f"{field}: {self.node(child) if child.is_named else _quoted(child.type)}")
            elif child.is_named:
                is_list = True
                if _is_gap(child):
                    gaps, anchored = gaps + 1, False
                    continue
                parts.append((". " if anchored else "") + self.node(child))
                anchored = not free
        if gaps > MOST_GAPS:
            raise PatternError(f"it has more than {MOST_GAPS} `...` in one list; write several patterns")
        return "".join(f" {part}" for part in parts) + (" ." if is_list and anchored and parts else "")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
