"""Python: what its query cannot say of imports and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.languages import CodeTraits, ImportedName, Language

if TYPE_CHECKING:
    from tree_sitter import Node


def _text(node: Node, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _absolute(node: Node, source: bytes, module: str, is_package: bool) -> str:
    """The module that an import names, with leading dots resolved against the file's package."""
    written = _text(node, source).replace(" ", "")
    name = written.lstrip(".")
    level = len(written) - len(name)
    if not level:
        return name
    parents = module.split(".") if module else []
    drop = level - 1 if is_package else level
    kept = parents[: len(parents) - drop] if drop else parents
    return ".".join([*kept, name] if name else kept)


def imported_names(node: Node, source: bytes, module: str, is_package: bool) -> tuple[ImportedName, ...]:
    """Names bound by an `import` or `from ... import` statement.

    `import a.b` binds `a`, as Python does; `import a.b as c` binds `c` to `a.b`.
    """
    base_node = node.child_by_field_name("module_name")
    base = _absolute(base_node, source, module, is_package) if base_node is not None else ""
    found: list[ImportedName] = []
    for child in node.named_children:
        if base_node is not None and child.start_byte == base_node.start_byte:
            continue
        if child.type == "wildcard_import":
            found.append(ImportedName(base, "*"))
        elif child.type == "aliased_import":
            name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
            if name is not None and alias is not None:
                qualified = ".".join(part for part in (base, _text(name, source)) if part)
                found.append(ImportedName(qualified, _text(alias, source)))
        elif child.type == "dotted_name":
            name_text = _text(child, source)
            if base_node is not None:
                found.append(ImportedName(f"{base}.{name_text}" if base else name_text, name_text))
            else:
                head = name_text.split(".")[0]
                found.append(ImportedName(head, head))
                if head != name_text:
                    found.append(ImportedName(name_text, name_text))
    return tuple(found)


LANGUAGE = Language(
    name="python",
    title="Python",
    suffixes=(".py", ".pyi"),
    grammar="tree_sitter_python",
    traits=CodeTraits(
        imports=imported_names,
        receivers=frozenset({"self", "cls"}),
        environment=frozenset(
            {"os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.pop", "os.environ", "os.putenv"}
        ),
        wrappers=frozenset({"functools.partial", "functools.partialmethod"}),
        importers=frozenset({"importlib.import_module", "__import__"}),
        containers=frozenset(
            {"Optional", "Union", "Awaitable", "Annotated", "ClassVar", "Final", "Type", "type", "None", "Coroutine"}
            | {"Any", "typing"}
        ),
        package_stems=frozenset({"__init__"}),
        accessors=frozenset({"property", "cached_property", "async_property", "abstractproperty"}),
    ),
)
