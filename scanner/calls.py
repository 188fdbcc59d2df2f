"""Who calls what across files, as far as names tell: the uses of a definition.

The seam graph will answer more; this table needs only what reading the files already gave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from functools import cache

from scanner.candidates import CallReference, FileReport
from scanner.exports import exports_of, follow
from scanner.words import split


class CallTable:
    """Calls in the code of the agent itself, by the definition they reach."""

    def __init__(self, reports: Sequence[FileReport], apart: Set[str]) -> None:
        exports = exports_of(reports)
        self._modules = {report.path: report.module for report in reports}
        names: Counter[str] = Counter()
        known: set[str] = set()
        for report in reports:
            if report.path not in apart:
                for qualified, _ in report.definitions:
                    known.add(qualified)
                    names[qualified.rpartition(".")[2]] += 1
        stands_for = cache(lambda name: follow(name, exports, known))
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
        found = [*self._calls.get(qualified, ()), *by_name]
        return sorted(
            ((where, call) for where, call in found if not (where == path and call.symbol == symbol)),
            key=lambda item: (item[0], item[1].line),
        )
