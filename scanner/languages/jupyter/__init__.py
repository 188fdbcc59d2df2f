"""Jupyter notebooks: the Python of their code cells, each line on the line of the file that holds it.

The source of a cell is a list of strings, one a line, in files that are laid out. Where the file holds a whole cell in
one line, or all cells, the code goes on below that line until there is room again: such lines count as they can, and
the cell is still told by its name. Outputs and cells of prose are never read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.languages import Language, Prepared
from scanner.languages.python import LANGUAGE as PYTHON

if TYPE_CHECKING:
    from tree_sitter import Node

#: Lines that a notebook understands and Python does not: magics, commands, questions for help.
_MAGIC = re.compile(r"[ \t]*(?:%{1,2}[A-Za-z]|!(?!=)|\?\w|[\w.]+\?{1,2}[ \t]*$|[\w, ]+=[ \t]*(?:!(?!=)|%[A-Za-z]))")
#: Magics whose cell is still Python; of all others it is something else.
_PYTHON_CELL = re.compile(r"\s*%%(?:time|timeit|capture|prun|python3?|debug|snowpark_python|retry)\b")
#: A lone carriage return ends a line of Python, too.
_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class _Cell:
    name: str
    #: (line of the file, counted from 0, and code), in order.
    lines: tuple[tuple[int, str], ...]


def prepare(source: bytes) -> Prepared:
    """The Python of a notebook, with its cells as parts named `cell[1]`, counted over cells of every kind."""
    from tree_sitter import Language as Grammar
    from tree_sitter import Parser
    from tree_sitter_json import language

    root = Parser(Grammar(language())).parse(source).root_node
    if root.has_error:
        return Prepared(b"", failure="it is a notebook, and no JSON")
    document = root.named_children[0] if root.named_children else None
    members = _members(document)
    if not _is_python(members):
        return Prepared(b"\n" * source.count(b"\n"))
    written: list[str] = []
    size = 0
    parts: list[tuple[str, int, int]] = []
    for cell in _cells(members):
        start = -1
        for line, code in cell.lines:
            blank = max(line - len(written), 0)
            written += [""] * blank + [code]
            size += blank
            start = size if start < 0 else start
            size += len(code.encode("utf-8", "replace")) + 1
        if start >= 0:
            parts.append((cell.name, start, size))
    written += [""] * max(source.count(b"\n") - len(written) + 1, 0)
    return Prepared("\n".join(written).encode("utf-8", "replace"), tuple(parts))


def _members(node: Node | None) -> dict[str, Node]:
    """The values of an object by their keys."""
    found: dict[str, Node] = {}
    for pair in node.named_children if node is not None and node.type == "object" else ():
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if key is not None and value is not None and key.text is not None:
            found[key.text.decode("utf-8", "replace").strip('"')] = value
    return found


def _text(node: Node | None) -> str:
    """The content of a string; of anything else nothing."""
    if node is None or node.type != "string" or node.text is None:
        return ""
    try:
        text = json.loads(node.text, strict=False)
    except ValueError:
        return ""
    return str(text)


def _is_python(members: dict[str, Node]) -> bool:
    metadata = _members(members.get("metadata"))
    kernel, info = _members(metadata.get("kernelspec")), _members(metadata.get("language_info"))
    name = (_text(info.get("name")) or _text(kernel.get("language"))).lower()
    return not name or "python" in name


def _cells(members: dict[str, Node]) -> Iterator[_Cell]:
    """The cells that hold Python. Before version 4 of the format they stood in worksheets, as `input`."""
    sheets = members.get("worksheets")
    holders = [members] if sheets is None else [_members(sheet) for sheet in sheets.named_children]
    cells = [cell for holder in holders if (held := holder.get("cells")) is not None for cell in held.named_children]
    for number, node in enumerate(cells, 1):
        cell = _members(node)
        if _text(cell.get("cell_type")) == "code":
            yield _Cell(f"cell[{number}]", tuple(_python(_lines(cell.get("source") or cell.get("input")))))


def _lines(node: Node | None) -> Iterator[tuple[int, str]]:
    """The lines of a cell, each with the line of the file on which its string stands."""
    strings = [] if node is None else [node] if node.type == "string" else node.named_children
    rest: list[str] = []  # of the line that has not ended, piece by piece
    begun = -1
    for string in strings:
        row = string.start_point[0]
        begun = row if begun < 0 else begun
        first, *others = _LINE_END.split(_text(string))
        rest += [first] if first else []
        for code in others:
            yield begun, "".join(rest)
            begun, rest = row, [code] if code else []
        if not rest:
            begun = -1
    if rest:
        yield begun, "".join(rest)


def _python(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    is_first = True
    for line, code in lines:
        if is_first and code.lstrip().startswith("%%") and not _PYTHON_CELL.match(code):
            return
        is_first = is_first and not code.strip()
        shown = code
        if _MAGIC.match(code):
            # Below a header something has to stand.
            shown = code[: len(code) - len(code.lstrip())] + "pass" if code[:1].isspace() else ""
        yield line, shown


LANGUAGE = Language(
    name="jupyter",
    title="Jupyter",
    suffixes=(".ipynb",),
    grammar=PYTHON.grammar,
    traits=PYTHON.traits,
    prepare=prepare,
    wrapper=PYTHON.wrapper,
    dialect_of="python",
)
