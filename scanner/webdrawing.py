"""A seam web as a drawing: boxes, curves and all words, ready for a page. Surfaces lie left, seams right.

The layout is ours (`scanner.layered`): what boxes are gives their columns, and layout libraries ask for more than a few
sweeps are worth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from scanner.kinds import KINDS, family_of
from scanner.layered import arranged, columns_of
from scanner.paths import marks_reached
from scanner.phrases import plural
from scanner.seamweb import Role, SeamWeb, WebEdge, WebNode
from scanner.webwords import STANDINGS, Standing, box_words, edge_words, fitted, mark_of, standing_of

#: Width and height of boxes, in pixels.
_SIZES: Final[Mapping[Role, tuple[int, int]]] = {
    "surface": (156, 40),
    "unreached": (156, 40),
    "shared": (160, 40),
    "carrier": (160, 40),
    "door": (160, 40),
    "gate": (160, 40),
    "seam": (272, 34),
}
#: A side effect has a line on gates too.
_JUDGED_HEIGHT: Final = 48
#: What the border of a box keeps from its text, on both sides together.
_BORDERS: Final[Mapping[Role, int]] = {
    "surface": 16,
    "unreached": 16,
    "door": 26,
    "carrier": 24,
    "gate": 20,
    "seam": 22,
}
#: Between two columns, two boxes behind the same one, other boxes, and around all.
_BETWEEN, _GAP, _WIDE_GAP, _MARGIN = 36, 6, 10, 8
#: Above the boxes there are the headings of the columns.
_TOP: Final = 34
#: Seams that nothing leads to stand side by side; a drawing of them alone is as wide as this.
_LEAST_WIDTH: Final = 1050
#: Width of a letter of a name (fixed width, 11.5 px), of a surface (12 px), and of a note (10.5 px).
_LETTER, _PLAIN_LETTER, _SMALL_LETTER = 6.95, 6.6, 5.6


class Box(msgspec.Struct, frozen=True):
    """One box, from its upper left corner, in pixels."""

    node: WebNode
    x: int
    y: int
    width: int
    height: int
    #: Cut to the width; `words` has all of it.
    label: str
    note: str
    #: Of a seam the family of its kind; of others empty.
    family: str
    #: Of a side effect how it stands to gates, with its sign and words.
    standing: Standing | None
    mark: str
    #: All of it in words, a seam with the way to it.
    words: str


class Curve(msgspec.Struct, frozen=True):
    """One arrow."""

    source: str
    target: str
    #: SVG path data; empty where nothing is drawn, as the seams of no known entry point stand beside it.
    path: str
    #: Whether it stands for several calls.
    folded: bool
    words: str


class Heading(msgspec.Struct, frozen=True):
    """What stands over a column."""

    x: int
    y: int
    text: str


class Tick(msgspec.Struct, frozen=True):
    """One box of the filter."""

    value: str
    label: str
    count: int
    family: str = ""


class Drawing(msgspec.Struct, frozen=True):
    """Everything that is drawn."""

    width: int = 0
    height: int = 0
    boxes: tuple[Box, ...] = ()
    curves: tuple[Curve, ...] = ()
    headings: tuple[Heading, ...] = ()
    #: The kinds that are there, in the order of families, and the verdicts, worst first.
    kinds: tuple[Tick, ...] = ()
    verdicts: tuple[Tick, ...] = ()

    @property
    def alike(self) -> bool:
        """Whether each seam has one box, and each box one seam."""
        seams = self.seams
        return len({box.node.seam for box in seams}) == len(seams) and all(len(box.node.anchors) == 1 for box in seams)

    @property
    def seams(self) -> tuple[Box, ...]:
        """The boxes of seams, in the order of the web."""
        return tuple(box for box in self.boxes if box.node.role == "seam")


class _Spot(msgspec.Struct, frozen=True):
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        return self.y + self.height // 2

    @property
    def right(self) -> int:
        return self.x + self.width


def draw(web: SeamWeb) -> Drawing:
    """Lay a web out; boxes never overlap.

    Args:
        web: whose arrows may lead anywhere, in circles too.
    """
    if not web.nodes:
        return Drawing()
    nodes = {node.id: node for node in web.nodes}
    judged = any(node.verdict for node in web.nodes)
    standings = {node.id: standing_of(node, judged) if node.role == "seam" else None for node in web.nodes}
    sizes = {node.id: _size(node, standings[node.id]) for node in web.nodes}
    edges = [edge for edge in web.edges if edge.source in nodes and edge.target in nodes]
    apart = {node.id for node in web.nodes if node.role == "unreached"}
    reached = {edge.target for edge in edges if edge.source not in apart}
    members: dict[str, list[str]] = {each: [] for each in apart}
    beside: set[str] = set()
    for edge in sorted(edges, key=lambda edge: _rank(nodes[edge.target].kind)):
        if (
            edge.source in apart
            and nodes[edge.target].role == "seam"
            and edge.target not in reached
            and edge.target not in beside
        ):
            members[edge.source].append(edge.target)
            beside.add(edge.target)
    inside = [node for node in web.nodes if node.id not in apart and node.id not in beside]
    spots, paths, headings = _columns(inside, edges, sizes)
    width = max((spot.right for spot in spots.values()), default=0) + _MARGIN
    if apart:
        width = max(width, _LEAST_WIDTH)
        below = max((spot.y + spot.height for spot in spots.values()), default=0)
        spots |= _stood_beside([node for node in web.nodes if node.id in apart], members, sizes, width, below)
    behind = _behind(web.nodes, edges)
    return Drawing(
        width=width,
        height=max(spot.y + spot.height for spot in spots.values()) + _MARGIN,
        boxes=tuple(_box(node, spots[node.id], behind[node.id], standings[node.id]) for node in web.nodes),
        curves=tuple(_curve(edge, nodes, paths.get((edge.source, edge.target), "")) for edge in edges),
        headings=headings,
        kinds=_kinds(web.nodes),
        verdicts=_verdicts(standings),
    )


def _size(node: WebNode, standing: Standing | None) -> tuple[int, int]:
    width, height = _SIZES[node.role]
    return width, height if standing is None else _JUDGED_HEIGHT


def _columns(
    nodes: Sequence[WebNode], edges: Sequence[WebEdge], sizes: Mapping[str, tuple[int, int]]
) -> tuple[dict[str, _Spot], dict[tuple[str, str], str], tuple[Heading, ...]]:
    """Where boxes lie to which ways lead, the curves between them, and what stands over their columns."""
    numbers = {node.id: at for at, node in enumerate(nodes)}
    arrows = {
        (numbers[edge.source], numbers[edge.target]) for edge in edges if {edge.source, edge.target} <= numbers.keys()
    }
    columns = _numbered_columns(nodes, sorted(arrows))
    # An arrow back is laid out like one onward.
    onward = sorted(
        {
            (one, other) if columns[one] < columns[other] else (other, one)
            for one, other in arrows
            if columns[one] != columns[other]
        }
    )
    found = arranged(columns, [sizes[node.id][1] for node in nodes], onward, _GAP, _WIDE_GAP)
    lefts, rights = _sides(nodes, columns)
    spots = {}
    for node, column, middle in zip(nodes, columns, found.middles, strict=True):
        width, height = sizes[node.id]
        spots[node.id] = _Spot(lefts[column], _TOP + middle - height // 2, width, height)
    lanes = dict(zip(onward, found.lanes, strict=True))
    paths = {}
    for one, other in arrows:
        source, target = spots[nodes[one].id], spots[nodes[other].id]
        if columns[one] == columns[other]:
            path = _around(source, target, rights[columns[one]])
        else:
            first, last = sorted((one, other), key=columns.__getitem__)
            passed = [
                (lefts[columns[first] + 1 + at], rights[columns[first] + 1 + at], _TOP + y)
                for at, y in enumerate(lanes[first, last])
            ]
            path = _through(spots[nodes[first].id], spots[nodes[last].id], passed, back=first != one)
        paths[nodes[one].id, nodes[other].id] = path
    return spots, paths, tuple(_headings(nodes, columns, lefts))


def _numbered_columns(nodes: Sequence[WebNode], arrows: Sequence[tuple[int, int]]) -> list[int]:
    """The column of each box: surfaces first, functions by how far in they are called, gates, seams; none is empty."""
    inner = [at for at, node in enumerate(nodes) if node.role in ("shared", "carrier", "door")]
    place = {at: number for number, at in enumerate(inner)}
    depths = columns_of(
        len(inner), [(place[one], place[other]) for one, other in arrows if one in place and other in place]
    )
    most = len(nodes)
    sides = {"surface": -1, "gate": most, "seam": most + 1}
    wished = [depths[place[at]] if at in place else sides[node.role] for at, node in enumerate(nodes)]
    number = {wish: column for column, wish in enumerate(sorted(set(wished)))}
    return [number[wish] for wish in wished]


def _sides(nodes: Sequence[WebNode], columns: Sequence[int]) -> tuple[list[int], list[int]]:
    """The left and right side of each column."""
    widths = [0] * (max(columns, default=-1) + 1)
    for node, column in zip(nodes, columns, strict=True):
        widths[column] = max(widths[column], _SIZES[node.role][0])
    lefts, x = [], _MARGIN
    for width in widths:
        lefts.append(x)
        x += width + _BETWEEN
    return lefts, [left + width for left, width in zip(lefts, widths, strict=True)]


def _headings(nodes: Sequence[WebNode], columns: Sequence[int], lefts: Sequence[int]) -> Iterable[Heading]:
    """One heading a column; further columns of functions need none."""
    titles = {"surface": "Runs start at", "gate": "Behind gates", "seam": "Seams"}
    told = set()
    for column, node in sorted({column: node for node, column in zip(nodes, columns, strict=True)}.items()):
        title = titles.get(node.role, "Functions that ways share")
        if title not in told:
            told.add(title)
            yield Heading(lefts[column], 16, title)


def _through(source: _Spot, target: _Spot, passed: Sequence[tuple[int, int, int]], back: bool) -> str:
    """A curve from box to box, level where it passes a column, with an arrowhead.

    Args:
        source: the box on the left.
        target: the box on the right.
        passed: left side, right side and height in each column between.
        back: whether the arrow leads from right to left.
    """
    x, y = source.right, source.middle
    parts = [f"M{x} {y}"]
    for left, right, lane in (*passed, (target.x, target.x, target.middle)):
        bend = (left - x) // 2
        parts.append(f"C{x + bend} {y} {left - bend} {lane} {left} {lane}")
        if right > left:
            parts.append(f"H{right}")
        x, y = right, lane
    head = source if back else target
    tip, side = (head.right, 5) if back else (head.x, -5)
    return "".join((*parts, f"M{tip + side} {head.middle - 4}L{tip} {head.middle}L{tip + side} {head.middle + 4}"))


def _around(source: _Spot, target: _Spot, right: int) -> str:
    """A curve between two boxes of one column, or from one to itself."""
    x, end = source.right, target.right
    out = right + _BETWEEN - 10
    bottom = target.middle + (target.height // 3 if source == target else 0)
    curve = f"M{x} {source.middle}C{out} {source.middle} {out} {bottom} {end} {bottom}"
    return f"{curve}M{end + 5} {bottom - 4}L{end} {bottom}L{end + 5} {bottom + 4}"


def _stood_beside(
    apart: Sequence[WebNode],
    members: Mapping[str, Sequence[str]],
    sizes: Mapping[str, tuple[int, int]],
    width: int,
    below: int,
) -> dict[str, _Spot]:
    """Surfaces that no way leads from, each with its seams side by side, under everything else."""
    own_width, own_height = _SIZES["unreached"]
    seam_width = _SIZES["seam"][0]
    left, step = _MARGIN + own_width + _BETWEEN, seam_width + _WIDE_GAP
    across = max((width - _MARGIN - left + _WIDE_GAP) // step, 1)
    spots = {}
    y = below + _TOP
    for node in apart:
        some = members[node.id]
        spots[node.id] = _Spot(_MARGIN, y, own_width, own_height)
        # Down the columns, so that seams of one kind stand under each other.
        rows = -(-len(some) // across)
        tops = [y] * across
        for at, seam in enumerate(some):
            column = at // rows
            spots[seam] = _Spot(left + column * step, tops[column], seam_width, sizes[seam][1])
            tops[column] += sizes[seam][1] + _GAP
        y = max(y + own_height, *tops) + _WIDE_GAP
    return spots


def _box(node: WebNode, spot: _Spot, behind: int, standing: Standing | None) -> Box:
    room = spot.width - _BORDERS.get(node.role, 20)
    at = f"{fitted(node.path.rpartition('/')[2], room - 9 * _SMALL_LETTER, _SMALL_LETTER)}:{node.line}"
    if node.role == "seam":
        note = f"{node.kind.replace('_', ' ')} · {at}"
        more = f" +{len(node.anchors) - 1}" if len(node.anchors) > 1 else ""
        label = fitted(node.name, room - _LETTER * len(more), _LETTER) + more
    else:
        note = plural(behind, "seam") if node.role in ("surface", "unreached") else at
        note = plural(len(node.gates), "gate") if len(node.gates) > 1 else note
        label = fitted(node.name, room, _PLAIN_LETTER if node.role in ("surface", "unreached") else _LETTER)
    return Box(
        node,
        spot.x,
        spot.y,
        spot.width,
        spot.height,
        label,
        fitted(note, room, _SMALL_LETTER),
        family_of(node.kind) if node.kind in KINDS else "",
        standing,
        mark_of(standing),
        box_words(node, behind, standing),
    )


def _curve(edge: WebEdge, nodes: Mapping[str, WebNode], path: str) -> Curve:
    source, target = nodes[edge.source], nodes[edge.target]
    return Curve(edge.source, edge.target, path, edge.calls > 1, edge_words(edge, source, target))


def _behind(nodes: Sequence[WebNode], edges: Sequence[WebEdge]) -> dict[str, int]:
    """To how many seams each box leads."""
    numbers = {node.id: at for at, node in enumerate(nodes)}
    following: list[list[int]] = [[] for _ in nodes]
    for edge in edges:
        following[numbers[edge.source]].append(numbers[edge.target])
    marks = {numbers[node.id]: 1 << at for at, node in enumerate(node for node in nodes if node.role == "seam")}
    united = marks_reached(following, range(len(nodes)), marks)
    return {node.id: united[at].bit_count() for at, node in enumerate(nodes)}


def _rank(kind: str) -> int:
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def _kinds(nodes: Sequence[WebNode]) -> tuple[Tick, ...]:
    counts = Counter(node.kind for node in nodes if node.role == "seam")
    ordered = sorted(counts, key=lambda kind: (_rank(kind), kind))
    return tuple(
        Tick(kind, kind.replace("_", " "), counts[kind], family_of(kind) if kind in KINDS else "") for kind in ordered
    )


def _verdicts(standings: Mapping[str, Standing | None]) -> tuple[Tick, ...]:
    """How side effects stand to gates, worst first."""
    counts = Counter(standings.values())
    return tuple(Tick(each, " ".join(words), counts[each]) for each, words in STANDINGS.items() if counts[each])
