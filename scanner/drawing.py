"""Drawings of boxes and arrows: as mermaid, which forges show in a page, and as Graphviz.

What to draw is decided elsewhere; every text passes a function of `scanner.escape`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from scanner.escape import dot, mermaid
from scanner.graphpacket import MapEdge, MapNode, SeamMap

#: How mermaid opens and closes a box: where runs start a stadium, a door a hexagon, all else a plain box.
_SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    "surface": ("([", "])"),
    "door": ("{{", "}}"),
    "seam": ("[", "]"),
    "more": ("[", "]"),
}
_DOT_SHAPES: Final[Mapping[str, str]] = {"surface": "ellipse", "door": "hexagon", "seam": "box", "more": "plaintext"}


class Arrow(msgspec.Struct, frozen=True):
    """One arrow between two boxes."""

    source: str
    target: str
    #: What stands on it.
    label: str = ""
    #: Whether it is drawn with dots.
    guess: bool = False


def seam_map(drawn: SeamMap) -> tuple[str, ...]:
    """The seam map as lines of mermaid; none of an empty map.

    Args:
        drawn: boxes in frames, a frame for each surface in whose code they stand.
    """
    if not drawn.nodes:
        return ()
    named = [msgspec.structs.replace(node, group=node.group and f"code: {node.group}") for node in drawn.nodes]
    return as_mermaid(named, _arrows(drawn.edges))


def _arrows(edges: Sequence[MapEdge]) -> list[Arrow]:
    return [Arrow(edge.source, edge.target) for edge in edges]


def as_mermaid(nodes: Sequence[MapNode], arrows: Sequence[Arrow]) -> tuple[str, ...]:
    """A drawing as lines of mermaid, boxes framed by their groups.

    Args:
        nodes: boxes; their labels may hold anything.
        arrows: between them, by their ids; those of unknown boxes are left out.
    """
    # Ids are counted anew: one that is written in the drawing must not be a word of its language.
    ids = {node.id: f"n{at}" for at, node in enumerate(nodes)}
    lines = ["flowchart LR"]
    lines += _framed(
        nodes, lambda at, group: f"subgraph g{at}[{mermaid(group)}]", lambda node: _box(ids[node.id], node), "end"
    )
    lines += [
        f"  {ids[each.source]} {_line(each)} {ids[each.target]}"
        for each in arrows
        if each.source in ids and each.target in ids
    ]
    doors = [ids[node.id] for node in nodes if node.role == "door"]
    if doors:
        lines += ["  classDef door stroke-width:3px", f"  class {','.join(doors)} door"]
    return tuple(lines)


def as_dot(nodes: Sequence[MapNode], arrows: Sequence[Arrow]) -> tuple[str, ...]:
    """The same drawing as lines of Graphviz."""
    ids = {node.id: f"n{at}" for at, node in enumerate(nodes)}
    lines = ["digraph seams {", "  rankdir=LR", "  node [shape=box]"]
    lines += _framed(
        nodes,
        lambda at, group: f"subgraph cluster{at} {{ label={dot(group)}",
        lambda node: f"{ids[node.id]} [label={dot(node.label)}{_dot_shape(node)}]",
        "}",
    )
    for each in arrows:
        if each.source in ids and each.target in ids:
            style = " style=dotted" if each.guess else ""
            shown = f" [label={dot(each.label)}{style}]" if each.label else f" [{style.strip()}]" if style else ""
            lines.append(f"  {ids[each.source]} -> {ids[each.target]}{shown}")
    return (*lines, "}")


def _framed(
    nodes: Sequence[MapNode], opening: Callable[[int, str], str], box: Callable[[MapNode], str], closing: str
) -> Iterator[str]:
    """The lines of boxes, those of one group in a frame, which is written by its number and name."""
    for at, (group, members) in enumerate(_grouped(nodes).items()):
        if group:
            yield f"  {opening(at, group)}"
        indent = "    " if group else "  "
        yield from (f"{indent}{box(node)}" for node in members)
        if group:
            yield f"  {closing}"


def _grouped(nodes: Sequence[MapNode]) -> Mapping[str, list[MapNode]]:
    """Boxes by group, those without one first."""
    found: dict[str, list[MapNode]] = {"": []}
    for node in nodes:
        found.setdefault(node.group, []).append(node)
    return found


def _box(name: str, node: MapNode) -> str:
    opening, closing = _SHAPES[node.role]
    return f"{name}{opening}{mermaid(node.label)}{closing}"


def _line(arrow: Arrow) -> str:
    line = "-.->" if arrow.guess else "-->"
    return f"{line}|{mermaid(arrow.label)}|" if arrow.label else line


def _dot_shape(node: MapNode) -> str:
    bold = " style=bold" if node.role == "door" else ""
    return f" shape={_DOT_SHAPES[node.role]}{bold}" if node.role != "seam" else ""
