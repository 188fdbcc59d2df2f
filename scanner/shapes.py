"""Whether two reports on one file say the same but for where its lines lie: then what is judged of them is the same.

Later rooms compare places of one file by their order, and never by how far they are apart; but for the length of a
touchpoint, which ranks it (`seams`), and of definitions that have one name, of which the longest counts (`members`).
So a report whose lines and offsets were moved, each by its own distance but none past another, gives the same seams,
graph and statuses. What is not known to be a line or an offset must be equal.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any, Final, Literal

import msgspec

from scanner.candidates import CallReference, Candidate, FileReport, NamedValue
from scanner.decisions import Decision
from scanner.flows import Carried, Passed
from scanner.residue import Lies
from scanner.seams import length_class
from scanner.sites import FileSites, Site, SiteNode

_Axis = Literal["line", "byte", "any"]

_LINES: Final[dict[str, _Axis]] = {"line": "line", "end_line": "line"}
_BYTES: Final[dict[str, _Axis]] = {"start": "byte", "end": "byte"}
_ANY: Final[dict[str, _Axis]] = {"size": "any", "digest": "any", "changed": "any", "excerpts": "any"}
#: Fields that hold lines or offsets, however deep; of `any` the value does not count.
_AXES: Final[dict[type, dict[str, _Axis]]] = {
    FileReport: {"dynamic": "line", "error_line": "line", **_ANY},
    Candidate: {**_LINES, **_BYTES},
    CallReference: {**_LINES, "start": "byte"},
    NamedValue: {"line": "line"},
    SiteNode: {**_LINES, **_BYTES},
    Site: {"line": "line", "start": "byte", "arguments": "byte"},
    FileSites: {"statements": "byte"},
    Decision: {"line": "line", "calls": "byte", "spans": "byte", "left": "byte"},
    Carried: {"line": "line"},
    Passed: {"call": "byte", "end": "byte", "results": "byte"},
    Lies: {**_LINES},
}


def same_shape(old: FileReport, new: FileReport) -> bool:
    """Whether two reports on one file differ in nothing but where its lines and offsets lie, their order kept."""
    moved: dict[str, dict[int, int]] = {"line": {}, "byte": {}}
    return (
        _same(old, new, "", moved)
        and all(map(_keeps_order, moved.values()))
        and list(map(length_class, old.candidates)) == list(map(length_class, new.candidates))
        and _twice(old) == _twice(new)
    )


def _same(old: Any, new: Any, axis: str, moved: dict[str, dict[int, int]]) -> bool:
    if axis == "any":
        return True
    if type(old) is not type(new):
        return False
    if axis and type(old) is int:
        return bool(moved[axis].setdefault(old, new) == new)
    if isinstance(old, msgspec.Struct):
        axes = _AXES.get(type(old), {})
        fields = old.__struct_fields__
        return all(_same(getattr(old, name), getattr(new, name), axes.get(name, ""), moved) for name in fields)
    if isinstance(old, tuple):
        return len(old) == len(new) and all(_same(a, b, axis, moved) for a, b in zip(old, new, strict=True))
    return bool(old == new)


def _keeps_order(moved: dict[int, int]) -> bool:
    """Whether no place was moved past, or onto, another."""
    after = [moved[at] for at in sorted(moved)]
    return all(before < following for before, following in pairwise(after))


def _twice(report: FileReport) -> list[tuple[str, int]]:
    """Definitions that share their name in the file, with their lengths."""
    nodes = report.sites.nodes
    count = Counter(node.symbol for node in nodes if node.kind not in ("module", "closure"))
    return [(node.symbol, node.end_line - node.line) for node in nodes if count[node.symbol] > 1]
