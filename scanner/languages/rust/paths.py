"""Paths of Rust as dotted names: what `use` binds, and what `crate`, `self` and `super` stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.languages import ImportedName

if TYPE_CHECKING:
    from tree_sitter import Node

_MODULE = re.compile(rb"\bmod\s+(\w+)\s*[;{]")
#: Trees of `use` are flat in real code.
_MOST_NESTED = 20


def _text(node: Node | None, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""


def _dotted(node: Node | None, source: bytes) -> str:
    return ".".join(part.strip().removeprefix("r#") for part in _text(node, source).split("::") if part.strip())


@lru_cache(maxsize=4)
def _modules_within(source: bytes) -> frozenset[str]:
    return frozenset(name.decode("utf-8", "replace") for name in _MODULE.findall(source))


def absolute(path: str, here: str) -> str:
    """A dotted path that begins with `crate`, `self` or `super`, from the top of its crate; any other as it is.

    Args:
        path: such as `super.config.load`.
        here: the module in which it is written.
    """
    head, _, rest = path.partition(".")
    around = here.split(".")
    if head in ("crate", "$crate"):
        around = around[:1]
    elif head == "super":
        around = around[:-1] or around
        while rest == "super" or rest.startswith("super."):
            around = around[:-1] or around
            rest = rest.partition(".")[2]
    elif head != "self":
        return path
    return ".".join(part for part in (*around, rest) if part)


def imported_names(node: Node, source: bytes, module: str, is_package: bool) -> tuple[ImportedName, ...]:
    """Names bound by `use`, by `extern crate`, and by a `mod` whose body is another file."""
    inline = list(_modules_around(node, source))
    here = ".".join(part for part in (module, *inline) if part)
    if node.type == "mod_item":
        name = _text(node.child_by_field_name("name"), source)
        return (ImportedName(f"{here}.{name}" if here else name, name),)
    if node.type == "extern_crate_declaration":
        name = _text(node.child_by_field_name("name"), source)
        alias = _text(node.child_by_field_name("alias"), source) or name
        return (ImportedName(module.partition(".")[0] if name == "self" else name, alias),)
    found: list[ImportedName] = []
    argument = node.child_by_field_name("argument")
    for path, alias in _bound(argument, "", source, 0):
        qualified = _qualified(path, here, source)
        # What stands in the file around an inline module can be seen from it without being imported.
        visible = f"{module}.*" if alias == "*" else f"{module}.{alias}"
        if not inline or (f"{qualified}.*" if alias == "*" else qualified) != visible:
            found.append(ImportedName(qualified, alias))
    return tuple(found)


def _modules_around(node: Node, source: bytes) -> Iterator[str]:
    """Names of the inline modules around a statement, the outermost first."""
    names: list[str] = []
    parent = node.parent
    while parent is not None:
        if parent.type == "mod_item":
            names.append(_text(parent.child_by_field_name("name"), source))
        parent = parent.parent
    return reversed(names)


def _qualified(path: str, here: str, source: bytes) -> str:
    """A path as written in `use`: of another crate, unless its head is a module or a type of this file."""
    head = path.partition(".")[0]
    if head in ("crate", "self", "super", "$crate"):
        return absolute(path, here)
    if here and (head[:1].isupper() or head in _modules_within(source)):
        return f"{here}.{path}"
    return path


def _bound(node: Node | None, prefix: str, source: bytes, depth: int) -> Iterator[tuple[str, str]]:
    """Every path of a tree of `use`, with the name that it binds."""
    if node is None or depth > _MOST_NESTED:
        return
    if node.type == "use_list":
        for child in node.named_children:
            yield from _bound(child, prefix, source, depth + 1)
    elif node.type == "scoped_use_list":
        path = _joined(prefix, _dotted(node.child_by_field_name("path"), source))
        yield from _bound(node.child_by_field_name("list"), path, source, depth + 1)
    elif node.type == "use_as_clause":
        path = _path(prefix, _dotted(node.child_by_field_name("path"), source))
        yield path, _text(node.child_by_field_name("alias"), source)
    elif node.type == "use_wildcard":
        inner = node.named_children[0] if node.named_child_count else None
        yield _joined(prefix, _dotted(inner, source)), "*"
    elif node.type in ("identifier", "scoped_identifier", "self", "crate", "super"):
        path = _path(prefix, _dotted(node, source))
        yield path, path.rpartition(".")[2]


def _joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def _path(prefix: str, path: str) -> str:
    """`self` in braces is the module before them."""
    return prefix if prefix and path == "self" else _joined(prefix, path)
