"""Which definitions nothing in the agent's own code uses: real, but not alive.

A name that only an import, a list of exports or the definition itself mentions is not used. What a package hands on at
its face is used by others, and so is what a framework calls.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set

from scanner.candidates import FileReport
from scanner.facts import Definition, FileFacts

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
#: Names by which frameworks and interpreters call in.
_ENTRY_NAMES = frozenset({"main", "cli", "app", "run", "setup", "register", "handler", "lambda_handler", "default"})
#: Lists of what a module hands on.
_EXPORTS = frozenset({"__all__"})
#: A name that stands more often than this is used somewhere.
_OFTEN = 30


def used_names(facts: FileFacts, is_face: bool) -> frozenset[str]:
    """Every identifier that a file uses: not in its own definition, an import, a comment or a docstring.

    Args:
        facts: the file.
        is_face: whether what the file imports is handed on to users of the package.
    """
    unused = [(prose.start, prose.end) for prose in facts.prose] + list(facts.tests)
    if not is_face:
        unused += [(item.start, item.end) for item in facts.imports]
        unused += [(item.start, item.end) for item in facts.assignments if item.name in _EXPORTS]
    source = _blanked(facts.source, sorted(set(unused)))
    counted = Counter(_IDENTIFIER.findall(source))
    for item in facts.imports if not is_face else ():
        written = item.qualified.rpartition(".")[2]
        if item.alias != written and counted[item.alias.encode("utf-8", "replace")]:
            counted[written.encode("utf-8", "replace")] += 1
    own: dict[bytes, list[Definition]] = {}
    for definition in facts.definitions:
        own.setdefault(definition.name.encode("utf-8", "replace"), []).append(definition)
    for name, definitions in own.items():
        if 0 < counted[name] <= _OFTEN:
            counted[name] -= sum(_within(source, name, definition) for definition in definitions)
    return frozenset(name.decode("utf-8", "replace") for name, count in counted.items() if count > 0)


def _blanked(source: bytes, extents: Sequence[tuple[int, int]]) -> bytes:
    """The source with blanks in place of these extents."""
    pieces: list[bytes] = []
    at = 0
    for start, end in extents:
        if start >= at:
            pieces += [source[at:start], b" " * (end - start)]
            at = end
    pieces.append(source[at:])
    return b"".join(pieces)


def _within(source: bytes, name: bytes, definition: Definition) -> int:
    """How often a definition's own extent says its name."""
    at, count = definition.start, 0
    while (at := source.find(name, at, definition.end)) >= 0:
        before, after = source[at - 1 : at], source[at + len(name) : at + len(name) + 1]
        count += not (before and before[0] in _WORD) and not (after and after[0] in _WORD)
        at += len(name)
    return count


class Wiring:
    """Which definitions nothing in the agent's own code uses."""

    def __init__(self, reports: Sequence[FileReport], apart: Set[str]) -> None:
        self._mentioned: set[str] = set()
        self._open: set[tuple[str, str]] = set()
        for report in reports:
            if report.path in apart:
                continue
            self._mentioned |= report.mentioned
            prefix = f"{report.module}." if report.module else ""
            for qualified, is_open in report.definitions:
                if is_open:
                    self._open.add((report.path, qualified.removeprefix(prefix)))

    def is_open(self, path: str, symbol: str) -> bool:
        """Whether something outside of the code may call a definition, by itself or by its name."""
        return (path, symbol) in self._open or self._is_called_in(symbol.rpartition(".")[2])

    def _is_called_in(self, name: str) -> bool:
        """Whether a framework, an interpreter or code that puts names together may call a function by its name."""
        if name.lower() in _ENTRY_NAMES or name.startswith("__"):
            return True
        # Code that says `getattr(self, f"cmd_{name}")` mentions what such names begin with.
        at = name.find("_", 1)
        while at > 0:
            if name[: at + 1] in self._mentioned:
                return True
            at = name.find("_", at + 1)
        return False

    def is_unwired(self, path: str, symbol: str) -> bool:
        """Whether no code uses this definition or the class around it, and nothing outside can be expected to."""
        owner, _, name = symbol.rpartition(".")
        if (path, symbol) in self._open or (name not in _ENTRY_NAMES and self._is_called_in(name)):
            return False
        if name not in self._mentioned and name not in _ENTRY_NAMES:
            return True
        return owner[:1].isupper() and self.is_unwired(path, owner)
