"""The verdict on each side effect: behind which gates it stands on the ways from what a model decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from functools import cached_property
from itertools import pairwise
from typing import Literal

import msgspec

from scanner.gates import Gates
from scanner.graph import Edge
from scanner.guards import Guard
from scanner.paths import Successors, reachable, witnesses
from scanner.touchpoints import Confidence, Touchpoint
from scanner.ways import Hop, Ways

#: `covered`: only behind a gate at which a person can be asked; `policy`: only behind gates at which nobody can be;
#: `uncovered`: some way passes every gate by; `unknown`: no way is known, so nobody can tell.
Verdict = Literal["covered", "policy", "uncovered", "unknown"]

#: Kinds of entry points that a request or a schedule starts, and not the code that calls or registers them.
_ASKED_FOR = frozenset({"request_entry", "schedule_entry"})


class Coverage(msgspec.Struct, frozen=True):
    """The verdict on one side effect."""

    place: Touchpoint
    verdict: Verdict
    #: Gates behind which it stands, in order of path and line; empty where it is uncovered.
    gates: tuple[Touchpoint, ...] = ()
    #: Of an uncovered one a way past all gates; of a covered one a way through; of an unknown one the way that depends
    #: on a guess, if there is any.
    way: tuple[Hop, ...] = ()
    #: Whether a condition around a gate can leave it out.
    conditional: bool = False


class Covering:
    """The ways from what a model decided to what acts, past gates and through them."""

    def __init__(self, ways: Ways, gates: Gates) -> None:
        self._ways = ways
        self._gates = gates
        self._asked_for = {entry.node for entry in ways.entries if entry.kind in _ASKED_FOR}
        self._typed = {entry.node for entry in ways.entries if entry.kind == "command_entry"}

    def _open(self, blocks: Callable[[Guard], bool]) -> Sequence[Sequence[int]]:
        """The graph without the calls that some guards stand before."""
        spans = {path: guards.spans(blocks) for path, guards in self._gates.guards.items()}
        found: list[Sequence[int]] = []
        for number, node in enumerate(self._ways.nodes):
            some = spans.get(node.path)
            if not some:
                found.append(self._successors[number])
                continue
            edges = [edge for edge in self._ways.graph.edges_from(number) if self._runs(edge)]
            found.append(sorted({edge.target for edge in edges if edge.start not in some}))
        return found

    def _runs(self, edge: Edge) -> bool:
        """Whether an edge lets its target run for whoever runs its source.

        A route, a job or the handler of a message runs for who asked, a command that is registered for who types it.
        """
        if edge.confidence is Confidence.LOW or edge.target in self._asked_for:
            return False
        return edge.how != "registry" or edge.target not in self._typed

    @cached_property
    def _successors(self) -> Sequence[Sequence[int]]:
        """The nodes that each node lets run."""
        found: list[Sequence[int]] = list(self._ways.successors)
        for number in {number for node in self._asked_for | self._typed for number in self._ways.predecessors[node]}:
            found[number] = sorted({edge.target for edge in self._ways.graph.edges_from(number) if self._runs(edge)})
        return found

    @cached_property
    def _opened(self) -> tuple[Successors, Successors, Successors]:
        """The graph past every gate, past those that can ask a person, and past those that no condition leaves out."""
        return (
            self._open(lambda guard: True),
            self._open(lambda guard: guard.asks),
            self._open(lambda guard: guard.asks and not guard.conditional),
        )

    @cached_property
    def _with_handed(self) -> Sequence[Sequence[int]]:
        """The graph with what is handed to gates."""
        found: list[Sequence[int]] = list(self._successors)
        for source, targets in self._gates.handed.items():
            found[source] = sorted(targets.union(found[source]))
        return found

    def coverage(self, effects: Sequence[Touchpoint], starts: Set[int]) -> tuple[Coverage, ...]:
        """The verdict on each side effect.

        Args:
            effects: places where something outside is changed, in files that the graph knows.
            starts: nodes from which actions of a model are carried out.
        """
        past_all, every = self._opened[0], self._with_handed
        reach_all, reach_asking, reach_certain = (reachable(graph, starts) for graph in self._opened)
        reached = reachable(every, starts)
        nodes = {self._ways.node(place) for place in effects}
        past, through = witnesses(past_all, starts, nodes & reach_all), witnesses(every, starts, nodes & reached)
        guessed = witnesses(self._ways.graph.successors(Confidence.LOW), starts, nodes - reached)
        found = []
        for place in effects:
            node = self._ways.node(place)
            own = self._gates.own(place, node)
            if node in reach_all and not own:
                found.append(Coverage(place, "uncovered", (), self._ways.hops(past[node])))
            elif node not in reached:
                found.append(Coverage(place, "unknown", (), self._ways.hops(self._followed(guessed.get(node, ())))))
            else:
                path = through[node]
                asks = node not in reach_asking or any(guard.asks for guard in own)
                certain = node not in reach_certain or any(guard.asks and not guard.conditional for guard in own)
                gates = self._passed(path, own)
                verdict: Verdict = "covered" if asks else "policy"
                found.append(Coverage(place, verdict, gates, self._ways.hops(path), conditional=asks and not certain))
        return tuple(found)

    def _followed(self, path: Sequence[int]) -> Sequence[int]:
        """A way that depends on one guess, which a reader can check; nothing where it takes more."""
        edges = [self._ways.graph.surest(source, target) for source, target in pairwise(path)]
        guesses = sum(edge is not None and edge.confidence is Confidence.LOW for edge in edges)
        return path if guesses == 1 else ()

    def _passed(self, path: Sequence[int], own: Sequence[Guard]) -> tuple[Touchpoint, ...]:
        """The gates on a way, those before the place in its own function last; each once."""
        found: dict[str, Touchpoint] = {}
        for at, number in enumerate(path[:-1]):
            for edge in self._ways.graph.edges_from(number):
                if edge.target == path[at + 1]:
                    found |= {guard.gate.id: guard.gate for guard in self._gates.before(number, edge.start)}
        found |= {guard.gate.id: guard.gate for guard in own}
        return tuple(found.values())
