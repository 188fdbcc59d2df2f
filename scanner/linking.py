"""From the sites of all files to one graph: every call and every mention of a function joined to what it reaches.

Names that imports resolve are joined first. What is handed over as a value is followed by the names of parameters,
keys and tables into which it is put, one name standing for all fields so called (a field-based analysis, after
Feldthaus, Schäfer, Sridharan, Dolby and Tip, "Efficient construction of approximate call graphs", ICSE 2013). Where
only a method's name is left, its candidates are joined as a guess, and too many of them are a blind spot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from operator import attrgetter
from pathlib import PurePosixPath

import msgspec

from scanner.candidates import FileReport
from scanner.commonplace import COMMONPLACE
from scanner.graph import Edge, Graph, How, Node, Unresolved, node_of
from scanner.handing import Handed
from scanner.languages import by_name
from scanner.members import Members
from scanner.modules import Layout
from scanner.receivers import MOST_CANDIDATES
from scanner.sites import Innermost, Site
from scanner.touchpoints import Confidence
from scanner.words import split

_PROPERTY = frozenset({"property", "cached_property", "computed_field", "hybrid_property"})
#: A method of the own object, picked by a name that is put together at run time.
_PICKED = re.compile(r"getattr\(\s*(?:self|cls)\s*,\s*[fF]?[\"'](\w{3,})")
#: `super().run()` of Python, `super.run()` and `super()` of TypeScript.
_SUPER = re.compile(r"super(?:\(\))?(?:\.(\w+))?")
#: Edges to methods that override what is called: every call of one method leads to each, and no real code has so many.
_MOST_OVERRIDING = 500_000


def link(reports: Sequence[FileReport], apart: Set[str], layout: Layout) -> Graph:
    """The graph of calls of a repository.

    Args:
        reports: one a file, in order of path.
        apart: paths whose code is no part of the agent (tests, documentation).
        layout: tells which modules are the faces of packages.
    """
    chosen = [report for report in reports if report.path not in apart and report.sites.nodes]
    nodes: list[Node] = []
    first: dict[str, int] = {}
    families: dict[str, list[FileReport]] = {}
    for report in chosen:
        first[report.path] = len(nodes)
        nodes += [node_of(report.path, node, first[report.path]) for node in report.sites.nodes]
        families.setdefault(by_name(report.language).family, []).append(report)
    # Names of one language mean nothing in another.
    linkers = [_Linker(some, nodes, first) for some in families.values()]
    edges = [edge for linker in linkers for edge in linker.edges()]
    places = {path: place for place, path in enumerate(first)}
    return Graph(
        nodes=tuple(nodes),
        edges=tuple(sorted(edges, key=attrgetter("source", "start", "target"))),
        unresolved=tuple(
            sorted(
                (item for linker in linkers for item in linker.unresolved),
                key=lambda item: (places[nodes[item.node].path], item.start),
            )
        ),
        files=first,
        exported=frozenset(number for linker in linkers for number in linker.exported(layout)),
        innermost={report.path: Innermost(report.sites.nodes) for report in chosen},
    )


class _Linker:
    """Joins the files of one family of languages."""

    def __init__(self, reports: Sequence[FileReport], nodes: Sequence[Node], first: Mapping[str, int]) -> None:
        self._reports = reports
        self._nodes = nodes
        self._first = first
        self._members = Members(reports, first)
        self._handed = Handed(reports, first, self._members)
        self._by_method: dict[str, list[int]] = {}
        for number in self._numbers():
            if nodes[number].kind == "method":
                self._by_method.setdefault(nodes[number].symbol.rpartition(".")[2], []).append(number)
        self._edges: dict[tuple[int, int, int], Edge] = {}
        self._overriding = 0
        self.unresolved: list[Unresolved] = []

    def _numbers(self) -> Iterator[int]:
        """The nodes of these files."""
        for report in self._reports:
            first = self._first[report.path]
            yield from range(first, first + len(report.sites.nodes))

    def edges(self) -> Iterator[Edge]:
        """All edges, each once."""
        for report in self._reports:
            first = self._first[report.path]
            for site in report.sites.sites:
                if site.kind == "call":
                    self._call(site, first + site.node)
                else:
                    self._value(site, first + site.node, first)
        self._decorate()
        reached = {edge.target for edge in self._edges.values()}
        for edge in (*self._handed_over(reached), *self._called_by_libraries(reached)):
            self._edges.setdefault((edge.source, edge.target, edge.start), edge)
        yield from self._edges.values()

    def _decorate(self) -> None:
        """A decorator runs where it stands; one with arguments is a call anyway."""
        called = {(edge.source, edge.target) for edge in self._edges.values()}
        for number in self._numbers():
            node = self._handed.site_node(number)
            for target in self._handed.decorators(number) if node.decorators else ():
                source = self._nodes[number].parent
                if (source, target) not in called:
                    site = Site("call", node.parent, node.start, node.line, "", True)
                    self._found(site, source, target, inherited=False)

    def exported(self, layout: Layout) -> Iterator[int]:
        """What packages hand on at their face."""
        for report in self._reports:
            traits = by_name(report.language).traits
            # A lone file at the top can be imported too, but nobody made a package of it for others.
            is_package = traits is not None and PurePosixPath(report.path).stem in traits.package_stems
            if is_package and report.module and layout.is_face(by_name(report.language).family, report.module):
                own = [node.symbol for node in report.sites.nodes if node.symbol and "." not in node.symbol]
                names = {f"{report.module}.{symbol}" for symbol in own} | set(report.exports)
                names |= set(self._members.passed_on(report.module))
                yield from self._members.public(sorted(name for name in names if not name.endswith("*")))

    def _add(self, site: Site, source: int, target: int, how: How, confidence: Confidence) -> None:
        key = (source, target, site.start)
        known = self._edges.get(key)
        if known is None or known.confidence.rank < confidence.rank:
            self._edges[key] = Edge(source, target, how, confidence, site.start, site.line)

    def _call(self, site: Site, source: int) -> None:
        if site.known and not site.of_value:
            found = self._members.find(site.target)
            if found is not None and not self._handed.is_value(site, source, found.node):
                self._found(site, source, found.node, found.inherited)
                return
            if found is not None:  # a variable goes by its type
                site = msgspec.structs.replace(site, target=site.head, known=False)
                is_parameter = self._handed.is_open(site, source)
                site = msgspec.structs.replace(site, of_value=not is_parameter)
        picked = _PICKED.match(site.origin) if site.origin else None
        if picked is not None and (some := self._handed.methods_named(source, picked.group(1))):
            for target in some:
                self._add(site, source, target, "dynamic", Confidence.MEDIUM)
            return
        above = _SUPER.fullmatch(site.target) if site.target.startswith("super") else None
        if above is not None:
            self._above(site, source, above.group(1) or "constructor")
            return
        held, confidence = self._handed.reached(site, source)
        receiver, _, name = site.target.rpartition(".")
        meant = self._handed.of_class_like(self._named(name), receiver, source)
        if held and meant:
            meant = self._instead(held, meant, receiver)
            confidence = Confidence.LOW if meant else confidence
        for target in meant:
            self._add(site, source, target, "dynamic", Confidence.MEDIUM)
        for target in held:
            if target != source:
                self._add(site, source, target, "registry", confidence)
        if not held and not meant:
            self._by_name(site, source)

    def _found(self, site: Site, source: int, target: int, inherited: bool) -> None:
        how: How = "direct" if self._nodes[source].path == self._nodes[target].path else "imported"
        if self._members.is_class(target):
            self._add(site, source, self._members.constructor(target), how, Confidence.HIGH)
            self._add(site, source, target, how, Confidence.HIGH)
            runs = self._handed.called_object(site, source, target)
            if runs >= 0:
                self._add(site, source, runs, "method", Confidence.MEDIUM)
            return
        how = "method" if self._nodes[target].kind == "method" else how
        self._add(site, source, target, how, Confidence.HIGH if not inherited else Confidence.MEDIUM)
        node = self._handed.site_node(target)
        overriding = self._members.implementations(target)
        self._overriding += len(overriding)
        if self._overriding > _MOST_OVERRIDING:
            self.unresolved.append(Unresolved(source, site.target, site.line, len(overriding), site.start))
            overriding = ()
        for override in overriding:
            self._add(site, source, override, "method", Confidence.MEDIUM)
        if node.is_abstract:
            receiver = node.symbol.rpartition(".")[0]
            values, confidence = self._handed.under(node.name, source, receiver)
            for value in values:
                self._add(site, source, value, "registry", confidence)

    def _above(self, site: Site, source: int, name: str) -> None:
        """Join a call of the class above to its method."""
        target = self._members.above(self._handed.owner(source), name)
        if target >= 0:
            self._add(site, source, target, "method", Confidence.HIGH)

    def _by_name(self, site: Site, source: int) -> None:
        """Join a call to the methods that are called so, where they are few."""
        name = site.target.rpartition(".")[2]
        candidates = self._named(name)
        if site.of_value or "." not in site.target:
            # A variable is called: whatever it holds was not found.
            if self._handed.is_open(site, source):
                self.unresolved.append(Unresolved(source, site.target, site.line, 0, site.start))
            return
        if len(candidates) > MOST_CANDIDATES:
            self.unresolved.append(Unresolved(source, site.target, site.line, len(candidates), site.start))
            return
        is_phrase = len(candidates) == 1 and len(split(name)) > 1
        for target in candidates:
            sure = is_phrase and self._handed.may_meet(source, target)
            self._add(site, source, target, "dynamic", Confidence.MEDIUM if sure else Confidence.LOW)

    def _instead(self, held: Sequence[int], meant: Sequence[int], receiver: str) -> list[int]:
        """Methods that a call means rather than the functions that are kept under such a key.

        A `client.stream` is that of a class which is some client, whoever else has a `stream`; an interface is only
        what those others fill.
        """
        if set(held) & set(meant):
            return []
        some = self._handed.of_such(meant, receiver)
        return [number for number in some if not self._handed.site_node(number).is_abstract]

    def _named(self, name: str) -> Sequence[int]:
        """The methods that have a name which says something."""
        return self._by_method.get(name, ()) if name not in COMMONPLACE else ()

    def _value(self, site: Site, source: int, first: int) -> None:
        """A property that is read runs; a function that is handed to one that calls it runs there and then."""
        target = self._handed.named(site, first)
        # A class does not call its methods by having them.
        if target < 0 or target == source or self._members.owner(target) == source:
            return
        node = self._handed.site_node(target)
        if any(name.rpartition(".")[2] in _PROPERTY for name in node.decorators):
            self._add(site, source, target, "method", Confidence.HIGH)
        elif site.runs:
            self._add(site, source, target, "direct", Confidence.HIGH)
        elif self._handed.is_called_back(site, first):
            self._add(site, source, target, "registry", Confidence.MEDIUM)

    def _handed_over(self, reached: Set[int]) -> Iterator[Edge]:
        """Functions that are named and never seen called: a library to which they are handed calls them, most likely.

        Elsewhere who names them may be who calls them, which is no more than a guess.
        """
        for site, source, target in self._handed.mentions():
            # A class that is only named is asked for its type, mostly.
            is_given = not self._members.is_class(target) or site.arguments >= 0 or bool(site.holder)
            if not is_given or self._members.owner(target) == source:
                continue
            if target not in reached and target != source:
                is_called = self._handed.to_library(site, source) and not self._members.is_class(target)
                sure = Confidence.MEDIUM if is_called else Confidence.LOW
                yield Edge(source, target, "registry", sure, site.start, site.line)

    def _called_by_libraries(self, reached: Set[int]) -> Iterator[Edge]:
        """Methods of a class that extends one of a library, and that nothing here calls: the library does."""
        for number in self._numbers():
            node = self._nodes[number]
            if node.kind != "method" or number in reached:
                continue
            owner = self._members.owner(number)
            if owner >= 0 and self._members.extends_a_library(owner):
                yield Edge(owner, number, "dynamic", Confidence.LOW, 0, self._nodes[owner].line)
