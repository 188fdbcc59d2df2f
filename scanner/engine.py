"""Which scanner this is: a digest of all that answers depend on beside the repository and the user's own rules."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from scanner import __version__
from scanner.cache import Cache
from scanner.installed import builtin_rules

#: Packages whose release may change what is read or matched: what is imported, and how their metadata folders begin.
_PACKAGES = {name: name for name in ("tree_sitter", "jsonschema_rs", "msgspec", "pathspec")} | {"re2": "google_re2"}
_SUFFIXES = (".py", ".scm", ".yaml", ".json")
_BYTES = 16


@cache
def engine(cache: Cache) -> bytes:
    """A digest of this scanner: its code, its built-in rules and the libraries that it reads with.

    The content of its files counts, so that two installations of one release agree; which content it is, the cache
    remembers by size and times of change, as git does. Images and packages often give all files one time: then that of
    the file's own record tells.

    Args:
        cache: of the user.
    """
    looked = hashlib.sha256()
    files: list[tuple[str, str]] = []
    for name, path in _files():
        status = os.stat(path)
        stamp = f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}\0"
        looked.update(stamp.encode("utf-8", "replace"))
        files.append((name, path))
    known = b"engine" + looked.digest()[:_BYTES]
    found = cache.get([known]).get(known, b"")
    if not found:
        content = hashlib.sha256()
        for name, path in files:
            content.update(f"{name}\0".encode() + hashlib.sha256(Path(path).read_bytes()).digest())
        found = content.digest()
        cache.put({known: found})
    return hashlib.sha256(found + "\0".join((__version__, *_python(), *_releases())).encode()).digest()[:_BYTES]


def key(*parts: bytes | str) -> bytes:
    """A key of the cache, made of all that an entry depends on."""
    return hashlib.sha256(msgspec.msgpack.encode(parts)).digest()[:_BYTES]


def _files() -> Iterator[tuple[str, str]]:
    """Every file of code and rules, by a name that is the same on every machine, in order."""
    package = os.path.dirname(os.path.abspath(__file__))
    for room, folder in (("scanner", package), ("rules", str(builtin_rules()))):
        for top, folders, names in os.walk(folder):
            folders.sort()
            if room == "scanner" and top == package and "rules" in folders:
                folders.remove("rules")
            for name in sorted(names):
                if name.endswith(_SUFFIXES):
                    path = os.path.join(top, name)
                    yield f"{room}/{os.path.relpath(path, folder)}", path


def _python() -> tuple[str, str]:
    """What of Python reading rests on: its release, and the tables of letters."""
    return ".".join(map(str, sys.version_info[:2])), unicodedata.unidata_version


def _releases() -> list[str]:
    """Names of the metadata folders of those packages, which say their releases."""
    found: set[str] = set()
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin:
            folder = os.path.dirname(os.path.dirname(spec.origin)) if spec.submodule_search_locations else ""
            found.add(folder or os.path.dirname(spec.origin))
    names = (name for folder in found for name in os.listdir(folder))
    return sorted(name for name in names if name.startswith(tuple(_PACKAGES.values())) and name.endswith(".dist-info"))
