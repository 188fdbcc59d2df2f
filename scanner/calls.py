"""Who calls what across files, as far as names tell: the uses of a definition, and definitions without any.

The seam graph will answer more; these two tables need only what reading the files already gave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from functools import cache

import msgspec

from scanner.candidates import CallReference, FileReport
from scanner.words import split

#: Names by which frameworks and interpreters call in.
_ENTRY_NAMES = frozenset({"main", "cli", "app", "run", "setup", "register", "handler", "lambda_handler"})
_DEPTH = 8


def follow(name: str, exports: Mapping[str, str]) -> str:
    """What a dotted name stands for, through the re-exports of this repository; without the marks of calls."""
    for _ in range(_DEPTH):
        better = _step(name, exports)
        if better is None or better == name:
            break
        name = better
    return name.replace("()", "")


def _step(name: str, exports: Mapping[str, str]) -> str | None:
    """The name with its longest leading part that stands for something else replaced by that."""
    at = len(name)
    while at > 0:
        head, rest = name[:at], name[at:]
        better = exports.get(head)
        if better is None and head.endswith("()"):
            better = exports.get(head[:-2])
            rest = f"(){rest}" if better is not None else rest
        if better is not None:
            return better + rest
        at = name.rfind(".", 0, at)
    return None


class CallTable:
    """Calls in the code of the agent itself, by the definition they reach."""

    def __init__(self, reports: Sequence[FileReport], apart: Set[str]) -> None:
        exports = {name: value for report in reports for name, value in report.exports.items()}
        self._modules = {report.path: report.module for report in reports}
        names: Counter[str] = Counter()
        known: set[str] = set()
        for report in reports:
            if report.path not in apart:
                for qualified, _ in report.definitions:
                    known.add(qualified)
                    names[qualified.rpartition(".")[2]] += 1
        stands_for = cache(lambda name: follow(name, exports))
        self._by_name: dict[str, list[tuple[str, CallReference]]] = {}
        self._calls: dict[str, list[tuple[str, CallReference]]] = {}
        for report in reports:
            if report.path in apart:
                continue
            for call in report.calls:
                target = stands_for(call.qualified)
                if call.resolved and target in known:
                    self._calls.setdefault(target, []).append((report.path, call))
                    continue
                last = call.qualified.rpartition(".")[2]
                # A method's name alone says whose it is only if it is a phrase that one definition has.
                if names[last] == 1 and len(split(last)) > 1:
                    self._by_name.setdefault(last, []).append((report.path, call))

    def of(self, path: str, symbol: str) -> Sequence[tuple[str, CallReference]]:
        """Calls of a definition by its file and symbol, in order of path and line; calls inside itself are left out."""
        module = self._modules.get(path, "")
        qualified = f"{module}.{symbol}" if module else symbol
        by_name = self._by_name.get(symbol.rpartition(".")[2], ())
        loose = [(where, _unresolved(call)) for where, call in by_name]
        found = [*self._calls.get(qualified, ()), *loose]
        return sorted(
            ((where, call) for where, call in found if not (where == path and call.symbol == symbol)),
            key=lambda item: (item[0], item[1].line),
        )


def _unresolved(call: CallReference) -> CallReference:
    if not call.resolved:
        return call
    return msgspec.structs.replace(call, resolved=False)


class Wiring:
    """Which definitions nothing in the agent's own code mentions."""

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

    def is_unwired(self, path: str, symbol: str) -> bool:
        """Whether no code names this definition, and nothing outside can be expected to."""
        name = symbol.rpartition(".")[2]
        if name in self._mentioned or name in _ENTRY_NAMES or name.startswith("__"):
            return False
        # Code that says `getattr(self, f"cmd_{name}")` mentions what such names begin with.
        if any(name[: at + 1] in self._mentioned for at, char in enumerate(name) if char == "_" and at):
            return False
        return (path, symbol) not in self._open
