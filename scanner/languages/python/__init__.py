"""Python: what its query cannot say of imports and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from scanner.languages import CodeTraits, ImportedName, Language, Modules

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


#: Folders that hold packages but are no part of their names.
_ROOTS = frozenset({"src", "lib", "python"})
_PACKAGE_STEMS = frozenset({"__init__"})


def module_names(paths: Sequence[str], manifests: Mapping[str, bytes]) -> Modules:
    """The dotted name of each file.

    Leading folders that are no package (no `__init__.py`) are dropped where a package follows below them, and so is
    all up to a `src` folder; where no folder is a package, the whole path counts.
    """
    chosen = [PurePosixPath(path) for path in paths]
    packages = {path.parent for path in chosen if path.stem in _PACKAGE_STEMS}
    names = {str(path): _module(path, packages) for path in chosen}
    return Modules(names, frozenset(name.partition(".")[0] for name in names.values() if name))


def _module(path: PurePosixPath, packages: set[PurePosixPath]) -> str:
    folders = list(path.parent.parts)
    start = 0
    for index, part in enumerate(folders):
        if part in _ROOTS and PurePosixPath(*folders[: index + 1]) not in packages:
            start = index + 1
    rest = range(start, len(folders))
    first = next((at for at in rest if PurePosixPath(*folders[: at + 1]) in packages), start)
    parts = folders[first:]
    return ".".join(parts if path.stem in _PACKAGE_STEMS else [*parts, path.stem])


LANGUAGE = Language(
    name="python",
    title="Python",
    suffixes=(".py", ".pyi"),
    interpreters=("python", "pypy", "uv"),
    grammar="tree_sitter_python",
    returns_end_lines=True,
    cookies=True,
    traits=CodeTraits(
        imports=imported_names,
        modules=module_names,
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
        package_stems=_PACKAGE_STEMS,
        named_fields=False,
        transparent={
            "await": 0,
            "parenthesized_expression": 0,
            "boolean_operator": "right",
            "conditional_expression": 0,
        },
        accessors=frozenset({"property", "cached_property", "async_property", "abstractproperty"}),
    ),
)
