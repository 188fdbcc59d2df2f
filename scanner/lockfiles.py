"""Which versions lock files pin, read line by line: they are large, and nothing but names and versions is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

#: What is longer is no name with a version; the lines of some lock files are long after them.
_LINE_CHARACTERS = 1000

_VERSION = re.compile(r"v?\d[\w.+!-]*")
_TOML_NAME = re.compile(r'name = "([^"]+)"')
_TOML_VERSION = re.compile(r'version = "([^"]+)"')
_JSON_ENTRY = re.compile(r'( *)"([^"]*)": \{$')
_JSON_VERSION = re.compile(r' *"version": "(?:==)?([^"]+)"')
_SCOPED = r"((?:@[^@/\s\"']+/)?[^@/\s\"'(]+)"
#: `openai@4.2.0(zod@3.2):`, quoted, with a slash before it, or with one instead of the `@` (before version 6).
_PNPM_ENTRY = re.compile(rf"  ['\"]?/?{_SCOPED}[@/]([^@/\s\"'(_:]+)")
_YARN_ENTRY = re.compile(rf'"?{_SCOPED}@')
_YARN_VERSION = re.compile(r'  version:? "?([^"\s]+)"?')
_BUN_ENTRY = re.compile(rf' *"([^"]+)": \["{_SCOPED}@([^"]+)"')
_PIP_ENTRY = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])? ?==([^\s;\\]+)")

_MODULES = "node_modules/"


class Pin(NamedTuple):
    """One package at one version."""

    package: str
    version: str
    #: Where the version stands, counted from 1.
    line: int


def pins(name: str, text: str) -> Iterator[Pin]:
    """What a lock file pins; nothing where it has another shape than its name says.

    Args:
        name: of the file, one for which `family_of_lock` knows a family.
        text: its content.
    """
    reader = _reader(name.lower())
    if reader is not None:
        lines = ((number, line.rstrip()[:_LINE_CHARACTERS]) for number, line in enumerate(text.split("\n"), 1))
        for pin in reader[1](lines):
            if _VERSION.fullmatch(pin.version):
                yield pin


def family_of_lock(name: str) -> str:
    """The family of languages whose packages a lock file pins, by the file's name; empty for any other file."""
    reader = _reader(name.lower())
    return reader[0] if reader is not None else ""


_Lines = Iterable[tuple[int, str]]


def _tables(lines: _Lines) -> Iterator[Pin]:
    """TOML: a `[[package]]` with its name, then its version."""
    inside, package = False, ""
    for number, line in lines:
        if line.startswith("["):
            inside, package = line.startswith("[[package"), ""
        elif inside and (found := _TOML_NAME.match(line)):
            package = found[1]
        elif package and (found := _TOML_VERSION.match(line)):
            yield Pin(package, found[1], number)


def _npm(lines: _Lines) -> Iterator[Pin]:
    """npm: by the folder that a package is put into, or (before version 2) by name; not what only a package has."""
    table, package = "", ""
    for number, line in lines:
        if found := _JSON_ENTRY.match(line):
            depth, key = len(found[1]), found[2]
            table = key if depth == 2 else table
            package = key.rpartition(_MODULES)[2] if key.count(_MODULES) == 1 else ""
            if depth == 4 and table == "dependencies":
                package = key
        elif package and (found := _JSON_VERSION.match(line)):
            yield Pin(package, found[1], number)
            package = ""


def _pipenv(lines: _Lines) -> Iterator[Pin]:
    package = ""
    for number, line in lines:
        if found := _JSON_ENTRY.match(line):
            package = found[2]
        elif package and (found := _JSON_VERSION.match(line)):
            yield Pin(package, found[1], number)


def _pnpm(lines: _Lines) -> Iterator[Pin]:
    inside = False
    for number, line in lines:
        if line[:1].isalpha():
            inside = line == "packages:"
        elif inside and (found := _PNPM_ENTRY.match(line)):
            yield Pin(found[1], found[2], number)


def _yarn(lines: _Lines) -> Iterator[Pin]:
    package = ""
    for number, line in lines:
        if line[:1] not in (" ", ""):
            found = _YARN_ENTRY.match(line)
            package = found[1] if found else ""
        elif package and (found := _YARN_VERSION.match(line)):
            yield Pin(package, found[1], number)


def _bun(lines: _Lines) -> Iterator[Pin]:
    """Bun: an array that starts with name and version; a key with more than the name is what only one package has."""
    for number, line in lines:
        if (found := _BUN_ENTRY.match(line)) and found[1] == found[2]:
            yield Pin(found[2], found[3], number)


def _pip(lines: _Lines) -> Iterator[Pin]:
    for number, line in lines:
        if found := _PIP_ENTRY.match(line):
            yield Pin(found[1], found[2], number)


_READERS: dict[str, tuple[str, Callable[[_Lines], Iterator[Pin]]]] = {
    "uv.lock": ("python", _tables),
    "poetry.lock": ("python", _tables),
    "pdm.lock": ("python", _tables),
    "pylock.toml": ("python", _tables),
    "pipfile.lock": ("python", _pipenv),
    "cargo.lock": ("rust", _tables),
    "package-lock.json": ("typescript", _npm),
    "npm-shrinkwrap.json": ("typescript", _npm),
    "pnpm-lock.yaml": ("typescript", _pnpm),
    "yarn.lock": ("typescript", _yarn),
    "bun.lock": ("typescript", _bun),
}
_PIP_LOCK = re.compile(r"requirements[\w.-]*\.lock")


def _reader(name: str) -> tuple[str, Callable[[_Lines], Iterator[Pin]]] | None:
    if name.endswith(".lock") and _PIP_LOCK.fullmatch(name):
        return "python", _pip
    return _READERS.get(name)
