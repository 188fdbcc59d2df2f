"""The table of fields that a requirement asks of a record: each one present, and where, or missing, and what was looked
for.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.chart import Chart
from scanner.counting import Index
from scanner.packet import FieldRow, Place
from scanner.packs import AtLeast, Condition, Every, Fields, Negated, Requirement, Some

#: More places and names tell a reader no more.
_MOST = 3


def field_rows(requirement: Requirement, chart: Chart, index: Index) -> tuple[FieldRow, ...]:
    """A row for each field that a requirement asks for, in the order of its conditions.

    A field that several conditions ask for is present where one of their records carries it.

    Args:
        requirement: of a pack.
        chart: of the repository.
        index: its seams.
    """
    found: dict[str, FieldRow] = {}
    for asked in (*_asked(requirement.ready), *_asked(requirement.partial)):
        carried = chart.carried(index.running(asked.of), asked.fields)
        for field, patterns in asked.fields:
            if field not in found or (carried[field] and not found[field].present):
                nodes = [chart.ways.nodes[node] for node in dict.fromkeys(carried[field].values())]
                places = sorted({(node.path, node.line) for node in nodes})[:_MOST]
                found[field] = FieldRow(
                    field,
                    bool(carried[field]),
                    tuple(carried[field])[:_MOST],
                    tuple(Place(path, line) for path, line in places),
                    patterns,
                )
    return tuple(found.values())


def _asked(condition: Condition) -> Iterator[Fields]:
    match condition:
        case Fields():
            yield condition
        case Every() | Some() | AtLeast():
            for member in condition.members:
                yield from _asked(member)
        case Negated():
            yield from _asked(condition.member)
        case _:
            pass
