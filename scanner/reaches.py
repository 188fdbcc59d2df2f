"""Whether an identifier flows into the places that need it: what each file told of its calls, joined over the graph.

The search goes backwards from the call: from what is written into its arguments to the parameters of the function
around, to what callers hand over there, to what functions give back and attributes hold. It asks "may it": one way in
is enough, and an object that holds the identifier under a key counts as carrying it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Literal

import msgspec

from scanner.flows import Passed
from scanner.graph import site_node
from scanner.languages import language_of
from scanner.sites import FileSites, SiteNode
from scanner.touchpoints import Touchpoint
from scanner.ways import Hop, Ways
from scanner.words import parse, split

#: `attached`: it flows into the call; `in scope`: the function around, or its object, holds it and does not pass it on;
#: `absent`: neither.
Level = Literal["attached", "in scope", "absent"]
#: Names of what a model is told: an identifier among these words is text, and joins nothing.
_CONTENT = parse(
    "{message, messages, prompt, prompts, content, contents, text, input, inputs, history, transcript, system, query, "
    "question, answer, result, output, response, reply, tools, schema, description, command, code, error, exception}$"
)
#: Steps of one search; flows that are longer nobody could follow.
_MOST_STEPS = 3_000
#: Functions through which an identifier is handed on; on longer ways something else goes by its name.
_MOST_HOPS = 5


class Arrival(msgspec.Struct, frozen=True):
    """Whether an identifier reaches a place."""

    place: Touchpoint
    level: Level
    #: The topic that was found; empty where it is absent.
    topic: str = ""
    #: Where it is attached first, the function around the place last.
    way: tuple[Hop, ...] = ()


class _Wanted(msgspec.Struct, frozen=True, gc=False):
    """Something whose origin is looked for: a parameter, what a function gives back, an attribute of an object."""

    kind: Literal["parameter", "result", "attribute"]
    node: int
    name: str


class Reaching:
    """Answers for one graph."""

    def __init__(self, ways: Ways, sites: Mapping[str, FileSites]) -> None:
        """Prepare.

        Args:
            ways: the graph.
            sites: path → what the file told of its calls and of what flows into them.
        """
        self._ways = ways
        self._sites = sites
        #: (path, offset of a call) → what flows into its arguments.
        self._into: dict[tuple[str, int], list[Passed]] = {}
        #: Node → what flows into what it gives back; (path, class) and attribute → what flows into that.
        self._given: dict[int, list[Passed]] = {}
        self._set: dict[tuple[str, str, str], list[tuple[int, Passed]]] = {}
        #: Topics that nodes hold, and that objects of a class hold.
        self._held: dict[int, set[str]] = {}
        self._of_object: dict[tuple[str, str], set[str]] = {}
        self._callers: dict[int, list[tuple[int, int]]] = {}
        for path, some in sites.items():
            if path in ways.graph.files:
                self._read(path, some, ways.graph.files[path])
        for edge in ways.graph.edges:
            self._callers.setdefault(edge.target, []).append((edge.source, edge.start))

    def _read(self, path: str, some: FileSites, first: int) -> None:
        for passed in some.flows.passed:
            self._into.setdefault((path, passed.call), []).append(passed)
        for passed in some.flows.returned:
            node = first + passed.scope
            if passed.slot:
                self._set.setdefault((path, self._owner(node), passed.slot), []).append((node, passed))
            else:
                self._given.setdefault(node, []).append(passed)
        for held in some.flows.carried:
            node = first + held.scope
            self._held.setdefault(node, set()).add(held.topic)
            if held.how == "attribute":
                self._of_object.setdefault((path, self._owner(node)), set()).add(held.topic)

    def _owner(self, node: int) -> str:
        """The symbol of the class of a method, by its own symbol."""
        symbol = self._ways.nodes[node].symbol
        while node >= 0 and self._ways.nodes[node].kind not in ("method", "class"):
            node = self._ways.nodes[node].parent
        if node < 0:
            return symbol.rpartition(".")[0]
        here = self._ways.nodes[node]
        return here.symbol if here.kind == "class" else here.symbol.rpartition(".")[0]

    def arrivals(self, places: Iterable[tuple[Touchpoint, Sequence[int]]], topics: frozenset[str]) -> Iterator[Arrival]:
        """Whether an identifier of one of some topics reaches each place.

        Args:
            places: each with the offsets of the calls that it stands for.
            topics: any of them is enough.
        """
        for place, calls in places:
            node = self._ways.node(place)
            found = self._search(place.path, node, calls, topics) if node >= 0 else None
            if found is None and node >= 0 and self._is_function(place, node, calls):
                found = self._handed_in(node, topics)
            if found is not None:
                topic, hops = found
                yield Arrival(place, "attached", topic, hops)
                continue
            held = self._in_scope(node, topics) if node >= 0 else ""
            yield Arrival(place, "in scope" if held else "absent", held)

    def _is_function(self, place: Touchpoint, node: int, calls: Sequence[int]) -> bool:
        """Whether a place is a function itself, and no call in it."""
        return place.line == self._ways.nodes[node].line and not any((place.path, call) in self._into for call in calls)

    def _handed_in(self, node: int, topics: frozenset[str]) -> tuple[str, tuple[Hop, ...]] | None:
        """What reaches a function itself: what its callers hand to it."""
        found = (
            self._search(self._ways.nodes[source].path, source, [start], topics)
            for source, start in self._callers.get(node, ())
        )
        return next(filter(None, found), None)

    def _in_scope(self, node: int, topics: frozenset[str]) -> str:
        at = node
        while at >= 0:
            if found := sorted(topics & self._held.get(at, set())):
                return found[0]
            at = self._ways.nodes[at].parent
        of_object = self._of_object.get((self._ways.nodes[node].path, self._owner(node)), set())
        return min(topics & of_object, default="")

    def _search(
        self, path: str, node: int, calls: Sequence[int], topics: frozenset[str]
    ) -> tuple[str, tuple[Hop, ...]] | None:
        """The first topic found backwards from some calls, with the functions that it comes through."""
        pending: deque[tuple[int, int, Passed, tuple[Hop, ...]]] = deque()
        line = self._ways.nodes[node].line
        for call in calls:
            pending += [(node, call, passed, (Hop(node, line),)) for passed in self._into.get((path, call), ())]
        seen: set[_Wanted] = set()
        steps = 0
        while pending and steps < _MOST_STEPS:
            at, _, passed, hops = pending.popleft()
            steps += 1
            if _is_content(passed.slot) or len(hops) > _MOST_HOPS:
                continue
            if found := topics.intersection(passed.topics):
                return min(found), hops
            for wanted in self._asked(at, passed):
                if wanted not in seen:
                    seen.add(wanted)
                    pending += [(*each, self._longer(hops, each[0])) for each in self._origins(wanted)]
        return None

    def _longer(self, hops: tuple[Hop, ...], node: int) -> tuple[Hop, ...]:
        return hops if hops[0].node == node else (Hop(node, self._ways.nodes[node].line), *hops)

    def _asked(self, node: int, passed: Passed) -> Iterator[_Wanted]:
        """What flows into an argument that is not known on the spot."""
        # Of what goes through a function, what comes out need not hold what went in.
        for name in passed.parameters if passed.call >= 0 else ():
            if not _is_content(name):
                yield _Wanted("parameter", node, name)
        for name in passed.attributes:
            if not _is_content(name):
                yield _Wanted("attribute", node, name)
        path, graph = self._ways.nodes[node].path, self._ways.graph
        # Nor is what a builder of a builder gives back found again in a request, mostly.
        for start in passed.results if passed.call >= 0 or passed.slot else ():
            for edge in graph.edges_at(graph.at(path, start), start):
                yield _Wanted("result", edge.target, "")

    def _origins(self, wanted: _Wanted) -> Iterator[tuple[int, int, Passed]]:
        """Where something comes from: (node, call, what flows there)."""
        if wanted.kind == "result":
            for passed in self._given.get(wanted.node, ()):
                yield wanted.node, -1, passed
        elif wanted.kind == "attribute":
            path = self._ways.nodes[wanted.node].path
            for node, passed in self._set.get((path, self._owner(wanted.node), wanted.name), ()):
                yield node, -1, passed
        else:
            yield from self._handed(wanted.node, wanted.name)

    def _handed(self, node: int, name: str) -> Iterator[tuple[int, int, Passed]]:
        """What callers hand to a parameter; that of a function around is handed to that one."""
        while node >= 0 and name not in self._site_node(node).parameters:
            node = self._ways.nodes[node].parent
        if node < 0:
            return
        here = self._site_node(node)
        at = here.parameters.index(name) - here.own
        for source, start in self._callers.get(node, ()):
            path = self._ways.nodes[source].path
            fields = _has_fields(path)
            for passed in self._into.get((path, start), ()):
                # An object that is written out is told by its fields.
                if passed.slot in (name, "**") or ((fields or not passed.slot) and passed.position == at):
                    yield source, start, passed

    def _site_node(self, node: int) -> SiteNode:
        return site_node(self._ways.graph, self._sites, node)


@cache
def _has_fields(path: str) -> bool:
    """Whether a name before an argument's value is that of a field, and not of a parameter."""
    language = language_of(path)
    traits = language.traits if language is not None else None
    return traits is not None and traits.named_fields


@cache
def _is_content(name: str) -> bool:
    return bool(name) and _CONTENT.matches(split(name))
