"""Go: what its query cannot say of imports, packages and types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from scanner.languages import LONGEST_NAME, CodeTraits, ImportedName, Language, Modules

if TYPE_CHECKING:
    from tree_sitter import Node

_MODULE = re.compile(rb"""^\s*module\s+["`]?([^\s"`]+)""", re.MULTILINE)
#: Ends of import paths that tell of versions: `gopkg.in/yaml.v3`, `github.com/jackc/pgx/v5`.
_VERSION = re.compile(r"v\d+")
_DOTTED_VERSION = re.compile(r"\.v\d+$")
#: What repositories add to the name of the package that they hold: `go-openai`, `sentry-go`, `nats.go`.
_AFFIXES = re.compile(r"^(?:go|golang)[-.]|[-.](?:go|golang|js)$")
_MORE_AFFIXES = re.compile(r"[-.](?:sdk|client|api|lib)$")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
#: The package of a dotted name (after the last slash of its import path) and a function `New...` of it, called.
_MAKER = re.compile(
    r"^((?:[^/(]*/)*[\w\-~]+(?:\.(?:v\d+|go|js|io|com|org|dev))*)"
    r"\.New(?!(?:With|From|For)(?:[A-Z]|\())([A-Z]\w*?)(?:(?:With|From)(?:[A-Z]\w*)?)?\(\)"
)
_BEFORE_DOT = re.compile(rb"\b([A-Za-z_]\w*)\s*\.")
_TYPE_NAME = re.compile(r"[A-Za-z_][\w.]*")

_TYPES = frozenset(
    "any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string "
    "uint uint8 uint16 uint32 uint64 uintptr".split()
)
_PREDECLARED = _TYPES | frozenset(
    "append cap clear close complex copy delete imag len make max min new panic print println real recover "
    "true false iota nil _".split()
)


def imported_names(node: Node, source: bytes, module: str, is_package: bool) -> tuple[ImportedName, ...]:
    """Names bound by one import.

    What a package is called stands in its own files. Where the path leaves several names open, those count that the
    file uses.
    """
    path_node, name_node = node.child_by_field_name("path"), node.child_by_field_name("name")
    if path_node is None:
        return ()
    path = source[path_node.start_byte + 1 : path_node.end_byte - 1].decode("utf-8", "replace")
    if name_node is not None:
        name = source[name_node.start_byte : name_node.end_byte].decode("utf-8", "replace")
        return (ImportedName(path, "*" if name == "." else name),)
    names = _package_names(path)
    if len(names) > 1:
        used = _used(source)
        names = [name for name in names if name.encode() in used] or names[:1]
    return tuple(ImportedName(path, name) for name in names)


@lru_cache(maxsize=1)
def _used(source: bytes) -> frozenset[bytes]:
    """Names behind which a dot stands anywhere in a file."""
    return frozenset(_BEFORE_DOT.findall(source))


def _package_names(path: str) -> list[str]:
    """What the package of an import path may be called, the likeliest first."""
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > 1 and _VERSION.fullmatch(segments[-1]):
        segments.pop()
    last = _DOTTED_VERSION.sub("", segments[-1]) if segments else ""
    bare = _AFFIXES.sub("", _AFFIXES.sub("", last))
    barest = _MORE_AFFIXES.sub("", bare)
    parts = re.split(r"[-.]", barest)
    names = [barest, bare, parts[-1], parts[0], "".join(parts), last.replace("-", "_"), last]
    return list(dict.fromkeys(name for name in names if _IDENTIFIER.fullmatch(name))) or ["_"]


def module_names(paths: Sequence[str], manifests: Mapping[str, bytes]) -> Modules:
    """The import path of each file's package: that of the nearest `go.mod` and the folders below it.

    Without a `go.mod` it is the folder (`main` at the top); a package in a `vendor` folder has the path after that.
    """
    declared: dict[PurePosixPath, str] = {}
    for path, content in manifests.items():
        if match := _MODULE.search(content):
            declared[PurePosixPath(path).parent] = match.group(1)[:LONGEST_NAME].decode("utf-8", "replace")
    packages: dict[PurePosixPath, str] = {}
    names: dict[str, str] = {}
    for path in paths:
        folder = PurePosixPath(path).parent
        if folder not in packages:
            packages[folder] = _import_path(folder, declared)
        names[path] = packages[folder]
    return Modules(names, frozenset(name for folder, name in packages.items() if name and "vendor" not in folder.parts))


def _import_path(folder: PurePosixPath, declared: Mapping[PurePosixPath, str]) -> str:
    parts = folder.parts
    if "vendor" in parts:
        return "/".join(parts[len(parts) - parts[::-1].index("vendor") :])
    for around in (folder, *folder.parents):
        if around in declared:
            return "/".join((declared[around], *folder.relative_to(around).parts))
    return "/".join(parts) or "main"


def made_type(name: str) -> str:
    """A name with `package.NewType()` respelled as `package.Type()`; `NewTypeWithOption` makes a `Type` too."""
    return _MAKER.sub(r"\1.\2()", name, count=1) if ".New" in name else name


def element_type(annotation: str) -> str:
    """The part of a type that says what its values, or the elements of its values, can do; empty for a function.

    `map[string][]*Client` is about `*Client`, and the results `(reply *Reply, err error)` about `*Reply`.
    """
    text = annotation.strip()
    while text:
        if text.startswith("("):
            text = _first(text[1:])
        elif text.startswith("map["):
            text = _behind(text, 3)
        elif text.startswith("["):
            text = _behind(text, 0)
        elif text.startswith(("<-chan ", "chan<- ", "chan ")):
            text = text.partition(" ")[2]
        elif text.startswith(("*", "...", "~", "<-")):
            text = text.lstrip("*.~<-")
        else:
            break
        text = text.lstrip()
    match = _TYPE_NAME.match(text)
    name = match.group() if match else ""
    return "" if name in ("func", "struct", "interface") else name


def _behind(text: str, start: int) -> str:
    """What follows the square brackets that open at `start`."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "[") - (text[at] == "]")
        if not depth:
            return text[at + 1 :]
    return ""


def _first(text: str) -> str:
    """The type of the first of several results, or what stands in brackets."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0 or (sign == "," and not depth):
            text = text[:at]
            break
    name, _, rest = text.strip().partition(" ")
    named = rest and _IDENTIFIER.fullmatch(name) and name not in ("chan", "func", "struct", "interface")
    return rest if named else text


LANGUAGE = Language(
    name="go",
    title="Go",
    suffixes=(".go",),
    grammar="tree_sitter_go",
    wrapper="package p\n\nfunc f() {\n{}\n}\n",
    traits=CodeTraits(
        imports=imported_names,
        modules=module_names,
        manifests=frozenset({"go.mod"}),
        environment=frozenset({"os.Getenv", "os.LookupEnv", "os.Setenv", "os.Unsetenv", "syscall.Getenv"}),
        variable=re.compile(r'\benv(?:config)?:"([A-Za-z]\w*)'),
        wrappers=frozenset({"new", "make"}),
        containers=_TYPES,
        transparent={
            "parenthesized_expression": 0,
            "unary_expression": "operand",
            "composite_literal": "type",
            "type_assertion_expression": "type",
            "pointer_type": 0,
            "slice_type": "element",
            "array_type": "element",
            "map_type": "value",
            "channel_type": "value",
            "generic_type": "type",
            "index_expression": "operand",
            "slice_expression": "operand",
        },
        annotated=element_type,
        respell=made_type,
        respells_own=False,
        predeclared=_PREDECLARED,
    ),
)
