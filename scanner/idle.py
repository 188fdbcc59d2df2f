"""Definitions that no run reaches: real, but not alive.

`scanner.wiring` tells of names that nothing mentions; the graph tells more, of functions that only dead code calls. It
counts every edge, guesses too: a way that may be there keeps a function alive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import msgspec

from scanner.candidates import FileReport
from scanner.graph import Graph
from scanner.kinds import ENTRY_KINDS
from scanner.languages import by_name
from scanner.members import Members
from scanner.paths import reachable
from scanner.touchpoints import Confidence, Role, Touchpoint
from scanner.wiring import Wiring

_FUNCTIONS = ("function", "method")


def with_idle(found: Sequence[Touchpoint], graph: Graph, reports: Sequence[FileReport]) -> tuple[Touchpoint, ...]:
    """Touchpoints, those marked as unwired too that stand for a function which no run reaches.

    Args:
        found: all touchpoints, those of entry points among them.
        graph: of calls.
        reports: of all files.
    """
    own = [report for report in reports if report.path in graph.files]
    starts = {number for number, node in enumerate(graph.nodes) if node.kind == "module"}
    starts |= set(_open(graph, own))
    starts |= {graph.at(item.path, item.start) for item in found if item.kind in ENTRY_KINDS} - {-1}
    live = reachable(graph.successors(Confidence.LOW), starts)

    def is_idle(item: Touchpoint) -> bool:
        node = graph.at(item.path, item.start) if item.role is Role.DEFINITION else -1
        here = graph.nodes[node] if node >= 0 else None
        stands_for_it = here is not None and here.line == item.line and here.kind in _FUNCTIONS
        return stands_for_it and node not in live

    return tuple(
        msgspec.structs.replace(item, unwired=True) if not item.unwired and is_idle(item) else item for item in found
    )


def _open(graph: Graph, reports: Sequence[FileReport]) -> Iterator[int]:
    """Nodes that something outside of the code may call."""
    members = Members(reports, graph.files)
    wiring = Wiring(reports, frozenset())
    for report in reports:
        traits = by_name(report.language).traits
        if traits is not None and PurePosixPath(report.path).stem in traits.package_stems:
            yield from members.public(sorted(name for name in report.exports if not name.endswith("*")))
        for number in graph.of_file(report.path):
            if wiring.is_open(report.path, graph.nodes[number].symbol) or members.overrides_a_library(number):
                yield number
    yield from graph.exported
