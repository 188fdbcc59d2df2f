"""TypeScript: what its query cannot say of imports and names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanner.languages import CodeTraits, ImportedName, Language
from scanner.languages.typescript.modules import MANIFESTS, PACKAGE_STEMS, absolute, module_names

if TYPE_CHECKING:
    from tree_sitter import Node

_MAIN = "default"


def _text(node: Node, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def imported_names(node: Node, source: bytes, module: str, is_package: bool) -> tuple[ImportedName, ...]:
    """Names bound by an `import`, passed on by an `export ... from`, or asked for by `require` or `import()`.

    `import main from "x"` binds `main` to `x.default`, `import * as all from "x"` binds `all` to `x`. What has no name
    in the file (`import "x"`, `require("x")`) has an empty alias.
    """
    specifier = _specifier(node, source)
    if specifier is None:
        return ()
    base = absolute(specifier, module, is_package)
    found: list[ImportedName] = []
    for child in node.named_children:
        if child.type == "import_clause":
            for part in child.named_children:
                found += _clause(part, source, base)
        elif child.type == "import_require_clause":
            found += [ImportedName(base, _text(part, source)) for part in child.named_children[:1]]
        elif child.type == "export_clause":
            found += _listed(child, source, base)
        elif child.type == "namespace_export":
            found += [ImportedName(base, _text(part, source)) for part in child.named_children[:1]]
    if not found:
        passes_on = node.type == "export_statement" and any(child.type == "*" for child in node.children)
        found.append(ImportedName(base, "*" if passes_on else ""))
    return tuple(found)


def _specifier(node: Node, source: bytes) -> str | None:
    """The module that a statement or call names."""
    named = node.child_by_field_name("source") or node.child_by_field_name("arguments")
    if named is None:
        clause = next((child for child in node.named_children if child.type == "import_require_clause"), None)
        named = clause.child_by_field_name("source") if clause is not None else None
    if named is not None and named.type == "arguments":
        named = next((child for child in named.named_children if child.type == "string"), None)
    return _text(named, source).strip("\"'") if named is not None else None


def _clause(part: Node, source: bytes, base: str) -> list[ImportedName]:
    if part.type == "identifier":
        return [ImportedName(f"{base}.{_MAIN}", _text(part, source))]
    if part.type == "namespace_import":
        return [ImportedName(base, _text(child, source)) for child in part.named_children[:1]]
    return _listed(part, source, base)


def _listed(clause: Node, source: bytes, base: str) -> list[ImportedName]:
    found = []
    for item in clause.named_children:
        name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
        if name is not None:
            written = _text(name, source).strip("\"'")
            found.append(ImportedName(f"{base}.{written}", _text(alias, source) if alias is not None else written))
    return found


#: What keeps an annotation from naming one type: a function, or an object spelled out.
_UNNAMED = re.compile(r"=>|\{|\btypeof import\b|\bimport\(")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")


def named_type(annotation: str) -> str:
    """An annotation that names types alone; empty for functions and objects that are spelled out."""
    return "" if _UNNAMED.search(annotation) else _QUOTED.sub("", annotation)


#: Syntax on which the grammar stumbles, often over many lines: types by the module that holds them, and lists of types
#: that are passed on. Without the words before the last group all of it is plain.
_STUMBLES = re.compile(
    rb"""(typeof\s+import)(\(\s*(?:"[^"\n]*"|'[^'\n]*')\s*,?\s*\))(?!\s*\.)"""
    rb"""|(\bimport\(\s*(?:"[^"\n]*"|'[^'\n]*')\s*,?\s*\)\s*\.\s*)(?=[A-Z])"""
    rb"""|(?m:(?<=^export )(type)(?=[ ]\*))"""
)
_NOT_BREAK = re.compile(rb"[^\n]")


def plain(source: bytes) -> bytes:
    """A file with such words blanked, as long as before."""
    if b"import(" not in source and b"export type *" not in source:
        return source
    return _STUMBLES.sub(_blanked, source)


def _blanked(match: re.Match[bytes]) -> bytes:
    words = next(group for group in (match.group(1), match.group(3), match.group(4)) if group is not None)
    return _NOT_BREAK.sub(b" ", words) + (match.group(2) or b"")


_CONTAINERS = frozenset(
    {
        "Promise",
        "PromiseLike",
        "Awaited",
        "Readonly",
        "Partial",
        "Required",
        "NonNullable",
        "Pick",
        "Omit",
        "InstanceType",
    }
    | {"ReturnType", "Array", "ReadonlyArray", "Iterable", "AsyncIterable", "AsyncGenerator", "Generator", "Ref"}
    | {"MutableRefObject", "RefObject", "null", "undefined", "void", "readonly", "typeof", "unique", "infer", "keyof"}
    | {"any", "unknown", "asserts", "is", "DeepPartial", "Mutable", "this"}
)
#: Objects of the language, of browsers, of Node.js, Deno and Bun.
_GLOBALS = frozenset(
    "AbortController AbortSignal Array ArrayBuffer Atomics BigInt Blob BroadcastChannel Buffer Bun Date Deno Error"
    " EventSource EventTarget FormData Headers Intl JSON Map Math MessageChannel Number Object Promise Proxy"
    " ReadableStream Reflect RegExp Request Response Set String Symbol TextDecoder TextEncoder TransformStream URL"
    " URLSearchParams WeakMap WeakRef WeakSet WebAssembly WebSocket Worker WritableStream XMLHttpRequest caches chrome"
    " console crypto document fetch globalThis history import indexedDB localStorage location navigator performance"
    " process self sessionStorage window".split()
)

LANGUAGE = Language(
    name="typescript",
    title="TypeScript",
    suffixes=(".ts", ".mts", ".cts"),
    interpreters=("bun", "deno", "tsx", "ts-node"),
    grammar="tree_sitter_typescript:language_typescript",
    prepare=plain,
    traits=CodeTraits(
        imports=imported_names,
        modules=module_names,
        manifests=MANIFESTS,
        receivers=frozenset({"this"}),
        environment=frozenset({"process.env", "import.meta.env", "Bun.env", "Deno.env.get", "Deno.env.set"}),
        wrappers=frozenset({"util.promisify"}),
        importers=frozenset({"require", "import"}),
        absolute=absolute,
        containers=_CONTAINERS,
        annotated=named_type,
        package_stems=PACKAGE_STEMS,
        transparent={
            "await_expression": 0,
            "parenthesized_expression": 0,
            "as_expression": 0,
            "satisfies_expression": 0,
            "non_null_expression": 0,
            "type_assertion": -1,
            "binary_expression": "right",
            "ternary_expression": "consequence",
        },
        globals=_GLOBALS,
        main_export=_MAIN,
    ),
)
