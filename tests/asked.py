"""Small agents, written by a test and scanned with the built-in rules, and what their graph answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from conftest import Repo, built_in

from scanner.chart import Chart
from scanner.counting import Index
from scanner.coverage import Coverage
from scanner.graph import Edge, Graph, Node
from scanner.installed import builtin_rules
from scanner.making import chart_of
from scanner.reaches import Arrival
from scanner.repository import open_repository
from scanner.scan import Scan, scan
from scanner.seams import Seam
from scanner.sites import FileSites, Innermost, SiteNode
from scanner.touchpoints import Confidence, Role, Touchpoint
from scanner.ways import Hop, Ways


class Asked:
    """A scanned repository and the answers of its graph, in words that a person can read."""

    def __init__(self, found: Scan) -> None:
        self.scan = found
        self.chart: Chart = chart_of(found)
        self.ways: Ways = self.chart.ways
        self.index = Index(found.seams)

    def seams(self, *names: str) -> Sequence[Seam]:
        """Seams of these rules or kinds in the running agent."""
        return self.index.running(names)

    def node(self, label: str) -> int:
        """The node that goes by a label; there must be one."""
        (number,) = (number for number in range(len(self.ways.nodes)) if self.ways.label(number) == label)
        return number

    def entries(self) -> set[tuple[str, str, str]]:
        """Label, surface and kind of every entry point."""
        return {(self.ways.label(each.node), each.surface, each.kind) for each in self.ways.entries}

    def starts_for(self, label: str) -> set[tuple[str, str]]:
        """Label and kind of where runs start that reach a function."""
        return {(self.ways.label(each.node), each.kind) for each in self.ways.starts_for({self.node(label)})}

    def way(self, hops: Iterable[Hop]) -> str:
        """The functions of a way."""
        return " -> ".join(self.ways.label(hop.node) for hop in hops)

    def coverage(self, *names: str) -> dict[str, Coverage]:
        """Verdicts on side effects by the function that acts."""
        found = self.chart.coverage(self.seams(*(names or ("side_effect",))))
        return {self.ways.label(self.ways.node(each.place)): each for each in found}

    def verdicts(self) -> dict[str, str]:
        """The same in one word each, with a mark where a condition can leave the gate out."""
        return {
            symbol: f"{each.verdict}{' conditional' if each.conditional else ''}"
            for symbol, each in self.coverage().items()
        }

    def arrivals(self, *topics: str) -> dict[str, Arrival]:
        """Whether an identifier reaches the model calls, by function."""
        found = self.chart.arrivals(self.seams("model_call"), topics or ("session",))
        return {self.ways.label(self.ways.node(each.place)): each for each in found}


def ask(repo: Repo, files: Mapping[str, str]) -> Asked:
    """Write files (path → source, dedented), scan them with the built-in rules and ask their graph."""
    for path, source in files.items():
        repo.write(path, source)
    return Asked(scan(open_repository(repo.root), built_in(), builtin_rules() / "vocabulary.yaml"))


#: Bytes of one function of a graph made by hand, one on each line.
WIDTH = 10


def graph_of(size: int, calls: Iterable[tuple[int, int]], sure: Confidence = Confidence.HIGH) -> Graph:
    """A graph of so many functions of one file, `f1` on line 1 and so on; number 0 is the top of the file."""
    sites = sites_of(size).nodes
    nodes = [Node("a.py", each.kind, each.symbol, each.line, each.end_line, each.parent) for each in sites]
    edges = [Edge(source, target, "direct", sure, source * WIDTH + 5, source) for source, target in calls]
    edges.sort(key=lambda edge: (edge.source, edge.start, edge.target))
    return Graph(tuple(nodes), tuple(edges), (), {"a.py": 0}, {"a.py": Innermost(sites)})


def sites_of(size: int) -> FileSites:
    """The file of a graph made by hand."""
    top = SiteNode("module", "", "", 0, size * WIDTH + WIDTH, 1, size, -1)
    made = [
        SiteNode("function", f"f{at}", f"f{at}", at * WIDTH, at * WIDTH + WIDTH, at, at, 0) for at in range(1, size + 1)
    ]
    return FileSites((top, *made))


def place_in(node: int, kind: str = "model_call", role: Role = Role.DEFINITION) -> Touchpoint:
    """A touchpoint that is a function of a graph made by hand."""
    return Touchpoint(
        f"{kind}-{node}", "r", kind, role, Confidence.HIGH, "a.py", node, node, f"f{node}", "", "", ("r",),
        start=node * WIDTH,
    )  # fmt: skip


def seam_in(node: int, kind: str = "model_call") -> Seam:
    """A seam of one function of a graph made by hand."""
    place = place_in(node, kind)
    return Seam(place.id, kind, place.symbol, (place,), "core")


def ways_of(graph: Graph, starts: Iterable[int] = ()) -> Ways:
    """A graph made by hand, where runs start at some functions."""
    return Ways(graph, [place_in(node, "command_entry") for node in starts], (), lambda path: "core")
