"""By what names files of TypeScript and JavaScript import each other."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeGuard

from scanner.languages import LONGEST_NAME, Modules

MANIFESTS = frozenset({"package.json", "tsconfig.json", "tsconfig.base.json", "tsconfig.app.json", "jsconfig.json"})
#: A file of this name stands for its folder.
PACKAGE_STEMS = frozenset({"index"})
_SUFFIX = re.compile(r"(?:\.d)?\.(?:[mc]?[jt]s|[jt]sx)$")
#: Folders of compiled code, and of the sources that it is made from.
_BUILT = re.compile(r"^(?:dist|build|lib|out|output|esm|cjs|bundle)/(?:(?:esm|cjs|src|es|node|types|commonjs)/)?")
_SOURCES = ("src/", "", "lib/", "source/")
#: A string, comments and blanks, or what else there is. Comments that are never closed end with the file, so that no
#: place is read twice.
_JSON_PART = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|((?://[^\n]*|/\*(?:.*?\*/|.*)|\s)+)|[^"/\s,]+|.', re.DOTALL)
#: Keys of `package.json` that name the file which stands for the package, best first.
_ENTRIES = ("source", "module", "main", "types", "typings", "browser")
#: Conditions of `exports`, best first.
_CONDITIONS = ("source", "development", "import", "default", "node", "module", "require", "types")
_MOST_NESTED = 8
#: Names that one file gives to modules. No project has so many; each of them costs every file a look.
_MOST_ALIASES = 5_000


def module_of(path: str) -> str:
    """The module of a file: its path without suffix, or the folder for which it stands."""
    name = _SUFFIX.sub("", path)
    folder, _, last = name.rpartition("/")
    return folder if last in PACKAGE_STEMS and folder else name


def absolute(specifier: str, module: str, is_package: bool) -> str:
    """The module that a specifier names: relative ones are resolved against the importing file, `node:` is dropped.

    Args:
        specifier: as written, without quotes.
        module: of the importing file.
        is_package: whether that file stands for its folder.
    """
    specifier = specifier.partition("?")[0]
    if not specifier.startswith("."):
        return specifier.removeprefix("node:")
    at_root = is_package and module in PACKAGE_STEMS
    folder = "" if at_root else module if is_package else module.rpartition("/")[0]
    path = posixpath.normpath(posixpath.join(folder, specifier))
    return "index" if path == "." else module_of(path)


def module_names(paths: Sequence[str], manifests: Mapping[str, bytes]) -> Modules:
    """Name the modules of a repository, with the packages of its workspaces and the paths of its `tsconfig.json`."""
    names = {path: module_of(path) for path in paths}
    known = frozenset(names.values())
    folders = frozenset(folder for path in paths for folder in _parents(path))
    aliases: dict[str, str] = {}
    local: dict[str, dict[str, str]] = {}
    libraries: set[str] = set()
    settings = [(path, _loaded(data)) for path, data in sorted(manifests.items())]
    for path, content in settings:
        folder = posixpath.dirname(path)
        if posixpath.basename(path) == "package.json":
            libraries |= _dependencies(content)
            aliases.update(_package_aliases(folder, content, known, folders))
            local.setdefault(folder or ".", {}).update(_mapped(_object(content.get("imports")), folder, known))
    for path, content in settings:
        if posixpath.basename(path) != "package.json":
            folder = posixpath.dirname(path)
            found = _compiler_aliases(folder, _object(content.get("compilerOptions")), known, libraries, names)
            local.setdefault(folder or ".", {}).update(found)
    return Modules(names, known, aliases, {folder: found for folder, found in local.items() if found})


def _loaded(data: bytes) -> dict[str, Any]:
    """JSON, comments and commas at the end allowed; empty where it is broken."""
    text = data.decode("utf-8", "replace").lstrip("\ufeff")
    try:
        return _object(json.loads(text))
    except (ValueError, RecursionError):
        pass
    try:
        return _object(json.loads(_plain_json(text)))
    except (ValueError, RecursionError):
        return {}


def _plain_json(text: str) -> str:
    """A text without comments, and without commas before a bracket that closes."""
    parts: list[str] = []
    comma = False
    for match in _JSON_PART.finditer(text):
        part = match.group()
        if match.group(1):
            parts.append(" ")
            continue
        if comma and part[0] not in "}]":
            parts.append(",")
        comma = part == ","
        if not comma:
            parts.append(part)
    return "".join(parts)


def _is_name(value: Any) -> TypeGuard[str]:
    """Whether a value is text that may be a name or a path."""
    return isinstance(value, str) and len(value) <= LONGEST_NAME


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _parents(path: str) -> Iterator[str]:
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)


def _dependencies(package: dict[str, Any]) -> set[str]:
    return {
        name for key in ("dependencies", "devDependencies", "peerDependencies") for name in _object(package.get(key))
    }


def _package_aliases(
    folder: str, package: dict[str, Any], known: frozenset[str], folders: frozenset[str]
) -> dict[str, str]:
    """A package's name → the module that stands for it, and of its exported parts."""
    name = package.get("name")
    if not _is_name(name) or not name or name in _dependencies(package):
        return {}
    found: dict[str, str] = {}
    exports = package.get("exports")
    parts = exports if isinstance(exports, dict) and any(key.startswith(".") for key in exports) else {".": exports}
    for part, target in islice(parts.items(), _MOST_ALIASES):
        module = _source(folder, _target(target, 0), known)
        if module and "*" not in part and _is_name(part):
            found[posixpath.normpath(posixpath.join(name, part))] = module
    if name not in found:
        entries = (_source(folder, package.get(key), known) for key in _ENTRIES)
        module = next((entry for entry in entries if entry), "") or _source(folder, "index.js", known)
        source = posixpath.join(folder, "src")
        if module or source in folders or folder in folders:
            found[name] = module or (source if source in folders else folder)
    return found


def _target(value: Any, depth: int) -> Any:
    """The path that an entry of `exports` leads to."""
    while isinstance(value, dict) and depth < _MOST_NESTED:
        value = next((value[key] for key in _CONDITIONS if key in value), next(iter(value.values()), None))
        depth += 1
    return value


def _source(folder: str, target: Any, known: frozenset[str]) -> str:
    """The module of a path that a package names, or of the source from which that is built; empty without one."""
    if not _is_name(target) or not target:
        return ""
    path = posixpath.normpath(target)
    for tried in (path, *(root + _BUILT.sub("", path) for root in _SOURCES)):
        module = module_of(posixpath.normpath(posixpath.join(folder, tried)))
        if module in known:
            return module
    return ""


def _compiler_aliases(
    folder: str, options: dict[str, Any], known: frozenset[str], libraries: set[str], names: Mapping[str, str]
) -> dict[str, str]:
    """`paths` and `baseUrl`: what begins with a folder below `baseUrl` and with no library's name lies there."""
    base = options.get("baseUrl")
    start = posixpath.normpath(posixpath.join(folder, base)) if _is_name(base) else folder
    found: dict[str, str] = {}
    if _is_name(base) and start != ".":
        prefix = f"{start}/"
        heads = {name.removeprefix(prefix).partition("/")[0] for name in names.values() if name.startswith(prefix)}
        found = {head: prefix + head for head in heads - libraries}
    return found | _mapped(_object(options.get("paths")), start, known)


def _mapped(paths: dict[str, Any], start: str, known: frozenset[str]) -> dict[str, str]:
    """`"@/*": ["./src/*"]` → `@` is `src`; `"#client": "./src/client.ts"` → `#client` is `src/client`."""
    found: dict[str, str] = {}
    heads: set[str] = set()
    for pattern, targets in paths.items():
        if len(found) >= _MOST_ALIASES:
            break
        target = _target(targets[0] if isinstance(targets, list) and targets else targets, 0)
        lead = pattern.removesuffix("/*") if pattern.endswith("/*") else pattern
        if not _is_name(target) or not _is_name(lead) or "*" in lead or not lead or "node_modules" in target:
            continue
        path = target.removesuffix("/*") if target.endswith("/*") else re.sub(r"/\*[^/]*$", "", target)
        joined = posixpath.normpath(posixpath.join(start, path))
        module = _source(start, path, known) if "*" not in target else joined
        if module or joined != ".":
            found.setdefault(lead, module or module_of(joined))
        else:
            heads = heads or {name.partition("/")[0] for name in known}
            found.update({f"{lead}/{head}": head for head in heads})
    return found
