"""What the graph of calls says, as text, JSON, mermaid and Graphviz."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from scanner.chart import Chart
from scanner.drawing import Arrow, as_dot, as_mermaid
from scanner.escape import shorten
from scanner.graph import Edge
from scanner.graphpacket import MapNode, SeamGraph
from scanner.jsonpage import json_page
from scanner.loglines import page_of
from scanner.packet import SCHEMA_VERSION
from scanner.phrases import plural
from scanner.places import printable
from scanner.routes import Answer, Around, End, Leg, Route, Routes
from scanner.scan import Scan
from scanner.secrets import mask_names
from scanner.setaside import suppressed_words
from scanner.survey import completeness, described
from scanner.touchpoints import Confidence

#: Longest place and function in a line of 100 columns.
_PLACE: Final = 42
_NAME: Final = 32
#: So many goals that nothing leads to are told one by one.
_MOST_TOLD: Final = 10

Drawing = tuple[list[MapNode], list[Arrow]]


class Pages:
    """Pages on one repository."""

    def __init__(self, found: Scan, chart: Chart, routes: Routes, guesses: bool) -> None:
        """Prepare.

        Args:
            found: the repository, scanned.
            chart: of it.
            routes: of it.
            guesses: whether edges of low confidence count.
        """
        self._found = found
        self._chart = chart
        self._routes = routes
        self._guesses = guesses
        self._surfaces: dict[int, list[str]] = {}
        for entry in chart.ways.entries:
            self._surfaces.setdefault(entry.node, []).append(entry.surface)

    # Ways between two ends

    def ways_text(self, answer: Answer) -> str:
        """Ways for people, by goal."""
        lines = [self._headline(answer), ""]
        last = -1
        count = 0
        for route in answer.routes:
            if route.goal != last:
                lines += [""] if last >= 0 else []
                lines.append(f"{self._name(route.goal)}  {self._at(route.goal)}")
                last, count = route.goal, 0
            count += 1
            lines += self._route(route, count)
        if answer.routes:
            lines.append("")
        if answer.left_out:
            lines.append(f"{plural(answer.left_out, 'more function')} can be reached; --limit N shows more")
        lines += [f"no way to {self._name(node)}  {self._at(node)}" for node in answer.unreached[:_MOST_TOLD]]
        if len(answer.unreached) > _MOST_TOLD:
            lines.append(f"and to {len(answer.unreached) - _MOST_TOLD} more")
        if answer.unreached and not self._guesses:
            lines.append("--guesses follows edges of low confidence, too")
        return self._page(lines)

    def _headline(self, answer: Answer) -> str:
        start = self._end(answer.start) if answer.start is not None else "the entry points"
        goal = self._end(answer.goal)
        for end in (answer.start, answer.goal):
            if end is not None and not end.nodes:
                return f"no code that the graph knows belongs to {self._end(end)}"
        if not answer.routes:
            return f"no way leads from {start} to {goal}"
        reached = len({route.goal for route in answer.routes})
        return f"{plural(len(answer.routes), 'way')} to {plural(reached, 'function')}, from {start} to {goal}"

    def _end(self, end: End) -> str:
        many = f" ({plural(len(end.nodes), 'place')} in code)" if len(end.nodes) > 1 else ""
        return f"{end.what} {printable(end.asked.removeprefix(f'{end.what}:'))}{many}"

    def _route(self, route: Route, count: int) -> Iterator[str]:
        start = self._surfaces.get(route.legs[0].node)
        calls = plural(len(route.legs) - 1, "call") if len(route.legs) > 1 else "it is where ways begin"
        yield f"  {count}. {calls}{', from ' + ', '.join(map(printable, start)) if start else ''}"
        rows = [(self._at(leg.node, leg.edge), self._name(leg.node), _how(leg.edge)) for leg in route.legs]
        yield from (f"     {row}" for row in _aligned(rows))

    def ways_json(self, answer: Answer) -> bytes:
        """Ways as data."""
        paths = [
            {
                "goal": self._function(route.goal),
                "surfaces": self._surfaces.get(route.legs[0].node, []),
                "hops": [self._hop(leg) for leg in route.legs],
            }
            for route in answer.routes
        ]
        return self._json(
            {
                "from": self._end_json(answer.start),
                "to": self._end_json(answer.goal),
                "guesses": self._guesses,
                "paths": paths,
                "unreached": [self._function(node) for node in answer.unreached],
                "left_out": answer.left_out,
            }
        )

    def _hop(self, leg: Leg) -> dict[str, Any]:
        edge = leg.edge
        return {
            **self._function(leg.node),
            "call_line": edge.line if edge is not None else None,
            "how": edge.how if edge is not None else None,
            "confidence": edge.confidence.value if edge is not None else None,
        }

    def ways_drawn(self, answer: Answer) -> Drawing:
        """Boxes and arrows of all ways, framed by file."""
        starts = {route.legs[0].node for route in answer.routes}
        goals = {route.goal for route in answer.routes}
        edges = {
            (leg.edge.source, leg.edge.target): leg.edge
            for route in answer.routes
            for leg in route.legs
            if leg.edge is not None
        }
        nodes = dict.fromkeys(leg.node for route in answer.routes for leg in route.legs)
        return self._drawing(nodes, edges.values(), starts, goals)

    # Around one end

    def around_text(self, around: Around) -> str:
        """What an end calls, for people."""
        reached = plural(around.reached, "function or class", "functions and classes")
        lines = [f"{self._end(around.start)} calls {len(around.edges) + around.left_out}, and reaches {reached} in all"]
        if not around.start.nodes:
            lines = [f"no code that the graph knows belongs to {self._end(around.start)}"]
        last = -1
        for source in dict.fromkeys(edge.source for edge in around.edges):
            rows = [
                (self._at(edge.source, edge), self._name(edge.target), _how(edge))
                for edge in around.edges
                if edge.source == source
            ]
            lines += ["", f"{self._name(source)}  {self._at(source)}", *(f"  {row}" for row in _aligned(rows))]
            last = source
        if around.left_out:
            lines += ["", f"{plural(around.left_out, 'more call')}; --limit N shows more"]
        if around.kinds:
            lines += ["", "seams within reach", *(f"  {count:5}  {kind}" for kind, count in around.kinds)]
        elif last >= 0:
            lines += ["", "no seam is within reach"]
        return self._page(lines)

    def around_json(self, around: Around) -> bytes:
        """The same as data."""
        return self._json(
            {
                "from": self._end_json(around.start),
                "to": None,
                "guesses": self._guesses,
                "calls": [
                    {"from": self._function(edge.source), "to": self._function(edge.target), **_edge(edge)}
                    for edge in around.edges
                ],
                "left_out": around.left_out,
                "reached": around.reached,
                "seams": dict(around.kinds),
            }
        )

    def around_drawn(self, around: Around) -> Drawing:
        """Boxes and arrows of what an end calls."""
        nodes = dict.fromkeys([*(edge.source for edge in around.edges), *(edge.target for edge in around.edges)])
        return self._drawing(nodes, around.edges, set(around.start.nodes), set())

    # The whole graph

    def whole_text(self, graph: SeamGraph) -> str:
        """How large the graph is, where runs start, and the chokepoints."""
        size = graph.size
        kinds = ", ".join(f"{count} {how}" for how, count in size.edges)
        edges = sum(count for _, count in size.edges)
        lines = [
            f"{plural(size.functions, 'function')}, {plural(edges, 'edge')}{f' ({kinds})' if kinds else ''}",
            f"{plural(size.guesses, 'guess')} of low confidence, {plural(size.unresolved, 'unresolved call')}",
            "",
            "entry points" if size.entries else "no entry point was found",
            *(f"  {count:5}  {printable(surface)}" for surface, count in size.entries),
            "",
        ]
        passages = graph.passages
        if passages is None:
            return self._page([*lines, "no function sends a request to a model"])
        asked = ", ".join(printable(name) for name in passages.of)
        lines.append(f"chokepoints: {len(passages.doors)} for {plural(len(passages.places), 'function')} ({asked})")
        rows = [("place", "function", "holds")]
        for door in passages.doors:
            here = self._chart.function_of(door.function)
            if here is not None:
                place = shorten(_shown(f"{here.path}:{here.line}"), _PLACE)
                rows.append((place, shorten(_shown(here.symbol), _NAME), str(len(door.holds))))
        lines += [f"  {row}" for row in _aligned(rows)]
        return self._page(lines)

    def whole_json(self) -> bytes:
        """All nodes and edges, what could not be resolved, and where runs start; nodes by their number."""
        graph = self._routes.graph
        return self._json(
            {
                "guesses": self._guesses,
                "nodes": [{**self._function(number), "kind": node.kind} for number, node in enumerate(graph.nodes)],
                "edges": [{"source": each.source, "target": each.target, **_edge(each)} for each in self._routes.edges],
                "unresolved": [
                    {"node": each.node, "target": each.target, "line": each.line, "candidates": each.candidates}
                    for each in graph.unresolved
                ],
                "entries": [msgspec.to_builtins(each) for each in self._chart.ways.entries],
            }
        )

    def whole_drawn(self) -> Drawing:
        """Boxes and arrows of the whole graph."""
        starts = set(self._surfaces)
        return self._drawing(range(len(self._routes.graph.nodes)), self._routes.edges, starts, set())

    # What they share

    def _page(self, lines: Sequence[str]) -> str:
        page = "\n".join(lines).rstrip() + "\n"
        suppressed = suppressed_words(self._found.suppressions)
        return f"{page}\n{suppressed}\n" if suppressed else page

    def _function(self, node: int) -> dict[str, Any]:
        function = self._chart.function(node)
        return {
            "id": function.id,
            "path": function.path,
            "line": function.line,
            "end_line": function.end_line,
            "symbol": function.symbol,
        }

    def _end_json(self, end: End | None) -> dict[str, Any] | None:
        if end is None:
            return None
        return {"asked": end.asked, "what": end.what, "functions": [self._function(node) for node in end.nodes]}

    def _json(self, content: dict[str, Any]) -> bytes:
        document = {
            "schema_version": SCHEMA_VERSION,
            "completeness": msgspec.to_builtins(completeness(self._found)),
            "repository": msgspec.to_builtins(described(self._found)),
            "suppressions": msgspec.to_builtins(self._found.suppressions),
            **content,
        }
        return json_page(document)

    def _drawing(
        self, nodes: Iterable[int], edges: Iterable[Edge], starts: set[int], goals: set[int]
    ) -> tuple[list[MapNode], list[Arrow]]:
        boxes = []
        for number in nodes:
            node = self._routes.graph.nodes[number]
            role = "door" if number in goals else "surface" if number in starts else "seam"
            label, path = mask_names(node.label), mask_names(node.path)
            boxes.append(MapNode(str(number), label, role, path))  # type: ignore[arg-type] # one of its words
        arrows = {
            (each.source, each.target): Arrow(
                str(each.source), str(each.target), each.how, each.confidence is Confidence.LOW
            )
            for each in edges
        }
        return boxes, list(arrows.values())

    def _name(self, node: int) -> str:
        return shorten(_shown(self._routes.graph.nodes[node].label), _NAME)

    def _at(self, node: int, edge: Edge | None = None) -> str:
        """The line on which a node makes a call, else where it begins."""
        here = self._routes.graph.nodes[node]
        return shorten(_shown(f"{here.path}:{edge.line if edge is not None else here.line}"), _PLACE)


def drawn(drawing: Drawing, form: str) -> bytes:
    """A drawing as mermaid or dot."""
    lines = as_mermaid(*drawing) if form == "mermaid" else as_dot(*drawing)
    return page_of("\n".join(lines) + "\n")


def _shown(text: str) -> str:
    """A name or place, masked before it is cut: of a key that lost its middle too much would be left."""
    return mask_names(printable(text))


def _edge(edge: Edge) -> dict[str, Any]:
    return {"how": edge.how, "confidence": edge.confidence.value, "line": edge.line}


def _how(edge: Edge | None) -> str:
    return f"{edge.how}, {edge.confidence.value}" if edge is not None else ""


def _aligned(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    sizes = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        yield "  ".join(cell.ljust(size) for cell, size in zip(row, sizes, strict=True)).rstrip()
