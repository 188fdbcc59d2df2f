"""Drawings of boxes and arrows: as mermaid, which forges show in a page, and as Graphviz.

What to draw is decided elsewhere; every text passes a function of `scanner.escape`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from scanner.escape import LONGEST_LABEL, dot, mermaid
from scanner.graphpacket import MapEdge, MapNode, SeamMap

#: How mermaid opens and closes a box: where runs start a stadium, a door a hexagon, all else a plain box.
_SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    "surface": ("([", "])"),
    "door": ("{{", "}}"),
    "seam": ("[", "]"),
    "more": ("[", "]"),
}
_DOT_SHAPES: Final[Mapping[str, str]] = {"surface": "ellipse", "door": "hexagon", "seam": "box", "more": "plaintext"}

#: GitLab draws so many characters of mermaid in a comment without being asked, other forges 5,000 or more.
MOST_DRAWN: Final = 2_000
#: How long a label of a map may be; shorter ones are for maps that are drawn too long.
_LABELS: Final = (LONGEST_LABEL, 40, 30, 24)
_FIRST_TO_GO: Final = ("seam", "more", "door", "surface")


class Arrow(msgspec.Struct, frozen=True):
    """One arrow between two boxes."""

    source: str
    target: str
    #: What stands on it.
    label: str = ""
    #: Whether it is drawn with dots.
    guess: bool = False


class Fitted(msgspec.Struct, frozen=True):
    """A drawing that every forge shows."""

    lines: tuple[str, ...]
    #: How many boxes are left out.
    boxes: int


def fitted(drawn: SeamMap, most: int = MOST_DRAWN) -> Fitted:
    """The seam map as mermaid of limited length: long names lose more of their middle, then boxes are left out.

    Args:
        drawn: the map. Of its boxes, seams are left out before doors and doors before surfaces, of each the last first.
        most: characters of the drawing, as a browser counts them.
    """
    lines: tuple[str, ...] = ()
    for longest in _LABELS:
        lines = seam_map(drawn, longest)
        if _length(lines) <= most:
            return Fitted(lines, 0)
    order = sorted(range(len(drawn.nodes)), key=lambda at: (_FIRST_TO_GO.index(drawn.nodes[at].role), -at))
    count = 0
    while _length(lines) > most:
        count += 1
        gone = frozenset(order[:count])
        nodes = tuple(node for at, node in enumerate(drawn.nodes) if at not in gone)
        lines = seam_map(SeamMap(nodes, drawn.edges), _LABELS[-1])
    return Fitted(lines, count)


def _length(lines: Sequence[str]) -> int:
    """Its length as a browser tells it, in units of UTF-16, with the end of each line."""
    return sum(len(line.encode("utf-16-le", "surrogatepass")) // 2 + 1 for line in lines)


def seam_map(drawn: SeamMap, longest: int = LONGEST_LABEL) -> tuple[str, ...]:
    """The seam map as lines of mermaid; none of an empty map.

    Args:
        drawn: boxes in frames, a frame for each surface in whose code they stand.
        longest: characters of a label; of a longer one its middle is left out.
    """
    if not drawn.nodes:
        return ()
    named = [msgspec.structs.replace(node, group=node.group and f"code: {node.group}") for node in drawn.nodes]
    return as_mermaid(named, _arrows(drawn.edges), longest)


def _arrows(edges: Sequence[MapEdge]) -> list[Arrow]:
    return [Arrow(edge.source, edge.target) for edge in edges]


def as_mermaid(nodes: Sequence[MapNode], arrows: Sequence[Arrow], longest: int = LONGEST_LABEL) -> tuple[str, ...]:
    """A drawing as lines of mermaid, boxes framed by their groups.

    Args:
        nodes: boxes; their labels may hold anything.
        arrows: between them, by their ids; those of unknown boxes are left out.
        longest: characters of a label of a box or frame.
    """
    # Ids are counted anew: one that is written in the drawing must not be a word of its language.
    ids = {node.id: f"n{at}" for at, node in enumerate(nodes)}
    lines = ["flowchart LR"]
    lines += _framed(
        nodes,
        lambda at, group: f"subgraph g{at}[{mermaid(group, longest)}]",
        lambda node: _box(ids[node.id], node, longest),
        "end",
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


def _box(name: str, node: MapNode, longest: int) -> str:
    opening, closing = _SHAPES[node.role]
    return f"{name}{opening}{mermaid(node.label, longest)}{closing}"


def _line(arrow: Arrow) -> str:
    line = "-.->" if arrow.guess else "-->"
    return f"{line}|{mermaid(arrow.label)}|" if arrow.label else line


def _dot_shape(node: MapNode) -> str:
    bold = " style=bold" if node.role == "door" else ""
    return f" shape={_DOT_SHAPES[node.role]}{bold}" if node.role != "seam" else ""
