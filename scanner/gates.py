"""Which side effects run only after an approval: covered, passed by on some way, or not to be told.

A gate counts where its decision reaches the executor: the code that acts, or the call that leads to it, runs only on
one outcome of the gate (see `scanner.decisions`), or is handed to the gate among its arguments, or follows a gate that
stops by an error, or is decorated by one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from pathlib import PurePosixPath

import msgspec

from scanner.decisions import Decision
from scanner.graph import site_node
from scanner.guards import Guard, Guards, innermost
from scanner.languages.bindings import bare
from scanner.paths import reachable
from scanner.sites import FileSites, Site
from scanner.touchpoints import Confidence, Role, Touchpoint
from scanner.ways import Ways

#: Kinds at whose seams a model's decision becomes an action, the first that there are: coverage is asked from there on.
DECIDED_BY_A_MODEL = (("tool_dispatch",), ("tool_schema", "agent_loop"))

#: Rules that find what offers tools to a model of somebody else.
SERVERS = ("tool-server",)

#: Rules that find hooks rather than checks.
_HOOKS = frozenset({"hook-that-blocks", "step-before-a-tool"})


class Gates:
    """The gates of a repository, and the code that each of them decides on."""

    def __init__(
        self,
        ways: Ways,
        sites: Mapping[str, FileSites],
        gates: Iterable[Touchpoint],
        asking: Iterable[Touchpoint],
        kinds: Collection[str] = ("approval_gate",),
    ) -> None:
        """Prepare.

        Args:
            ways: the graph.
            sites: path → what the file told of its calls.
            gates: places that can stop an action.
            asking: places at which a person is asked.
            kinds: rules or kinds of the gates; a person's answer is an approval wherever code depends on it.
        """
        self._ways = ways
        self._sites = sites
        asked = list(asking)
        self._answers_decide = "approval_gate" in kinds
        self._asking = reachable(ways.predecessors, {ways.node(place) for place in asked} - {-1})
        #: Functions that ask a person.
        self._asked_in = {
            node: place for place in asked if place.role is Role.DEFINITION and (node := ways.node(place)) >= 0
        }
        #: Calls that ask a person themselves.
        self._asked: dict[str, dict[int, Touchpoint]] = {}
        for place in asked:
            self._asked.setdefault(place.path, {})[place.start] = place
        #: Node of a function that decides → the gate that it is, and those of them by their last name.
        self._deciders: dict[int, Touchpoint] = {}
        self._named: dict[str, list[int]] = {}
        self._deciding: dict[int, bool] = {}
        self._hooks: set[int] = set()
        #: Path → calls and conditions that are gates themselves.
        self._points: dict[str, list[Touchpoint]] = {}
        for place in gates:
            self._note(place)
        #: Edges to what is handed to a gate: it runs from there, however the gate comes to call it.
        self.handed: dict[int, set[int]] = {}
        #: Path → the code of a file that runs only on one outcome of a gate.
        self.guards = {path: Guards(self._guards_of(path)) for path in sites if path in ways.graph.files}
        self._called: dict[str, dict[str, list[int]]] = {}
        behind = {path: list(self._handed_on(path)) for path in self.guards}
        self.guards |= {path: self.guards[path].with_more(some) for path, some in behind.items() if some}

    def _note(self, place: Touchpoint) -> None:
        node = self._ways.node(place)
        # What a hook does is up to what is hung into it, and that is mostly nothing.
        if node < 0:
            return
        is_use = place.role is Role.USE
        if _HOOKS.issuperset(place.rules) and (is_use or node not in self._asking):
            self._hooks |= set() if is_use else {node}
            return
        here = self._ways.nodes[node]
        if here.line == place.line and place.role is Role.DEFINITION:
            self._deciders.setdefault(node, place)
            self._named.setdefault(here.symbol.rpartition(".")[2], []).append(node)
        else:
            self._points.setdefault(place.path, []).append(place)

    def _is_hooked(self, path: str, calls: Sequence[int]) -> bool:
        """Whether a condition rests on what a hook says."""
        graph = self._ways.graph
        return any(
            edge.target in self._hooks for start in calls for edge in graph.edges_at(graph.at(path, calls[0]), start)
        )

    def _guards_of(self, path: str) -> Iterator[Guard]:
        """The guarded extents of a file."""
        sites = self._sites[path]
        asked = self._gate_calls(path)
        questions = self._questions(path)
        arms = _asking_arms(sites.decisions, sorted(questions))
        arm_lines = {span: decision.line for decision in sites.decisions for span in decision.spans}
        around = innermost(arm_lines, sorted({*asked, *questions}))
        lines = {place.line: place for place in self._points.get(path, ())}
        for decision in sites.decisions:
            hits = [(*asked[start], start) for start in decision.calls if start in asked]
            if self._answers_decide:
                hits += [(questions[start], True, start) for start in decision.calls if start in questions]
            if decision.line in lines and not self._is_hooked(path, decision.calls):
                hits.append((lines[decision.line], self._asks_at(lines[decision.line], decision.calls), -1))
            if not hits:
                continue
            # Where a list and a person decide together, a person can be asked.
            gate, asks, at = max(hits, key=itemgetter(1))
            for start, end in decision.spans:
                # A check that says whether to ask: one arm asks, the other acts.
                elsewhere = not asks and any(not start <= asking < end for asking in arms.get(decision.calls, ()))
                arm = around.get(at) if asks else None
                # A later part of the same condition is no block around the question.
                left_out = arm is not None and arm_lines[arm] != decision.line and not arm[0] <= start < arm[1]
                yield Guard(start, end, gate, asks or elsewhere, conditional=elsewhere or left_out)
            if decision.left >= 0:
                yield Guard(decision.left, self._end(path, decision.left), gate, asks, conditional=True)
        for start, end, last in sites.statements:
            if start in asked and self._stops(path, start):
                yield Guard(start + 1, end, *asked[start])
                yield Guard(end, min(last, self._end(path, start + 1)), *asked[start], conditional=True)
        yield from self._handed_to(path, asked)
        yield from self._decorated(path)

    def _end(self, path: str, offset: int) -> int:
        """Where the function around an offset ends."""
        nodes = self._sites[path].nodes
        return nodes[self._ways.graph.innermost[path].at(offset - 1)].end

    def _gate_calls(self, path: str) -> Mapping[int, tuple[Touchpoint, bool]]:
        """Offset of each call of a gate in a file → the gate, and whether a person can be asked there."""
        found = {place.start: (place, self._asks_at(place, (place.start,))) for place in self._points.get(path, ())}
        for number in self._ways.graph.of_file(path):
            for edge in self._ways.graph.edges_from(number):
                gate = self._gate(edge.target)
                if gate is not None and edge.confidence is not Confidence.LOW:
                    found[edge.start] = (gate, self._asks(edge.target))
        return found

    def _questions(self, path: str) -> Mapping[int, Touchpoint]:
        """Offset of each call in a file that asks a person → where the question is put."""
        found = dict(self._asked.get(path, {}))
        for number in self._ways.graph.of_file(path) if self._asked_in else ():
            for edge in self._ways.graph.edges_from(number):
                if edge.target in self._asked_in and edge.confidence is not Confidence.LOW:
                    found.setdefault(edge.start, self._asked_in[edge.target])
        return found

    def _gate(self, number: int) -> Touchpoint | None:
        """The gate that a function is, or a method of which class is one."""
        known = self._deciders.get(number)
        node = self._ways.nodes[number]
        return known if known is not None or node.kind != "method" else self._deciders.get(node.parent)

    def _asks(self, node: int) -> bool:
        """Whether a person can be asked in a function, or in one that stands in it."""
        pending = [node]
        while pending:
            node = pending.pop()
            if node in self._asking:
                return True
            pending += [child for child in self._ways.children(node) if self._ways.nodes[child].kind != "method"]
        return False

    def _asks_at(self, place: Touchpoint, calls: Iterable[int]) -> bool:
        """Whether a person can be asked by one of some calls, or where nobody knows those, in the function around."""
        number = self._ways.node(place)
        called = [edge.target for start in calls for edge in self._ways.graph.edges_at(number, start)]
        if any(start in self._asked.get(place.path, ()) for start in calls) or any(map(self._asks, called)):
            return True
        return not called and number in self._asking

    def _stops(self, path: str, start: int) -> bool:
        """Whether a call may end its function by an error: what it calls raises one."""
        graph = self._ways.graph
        return any(
            edge.target - graph.files[target] in self._sites[target].raising
            for edge in graph.edges_at(graph.at(path, start), start)
            if (target := graph.nodes[edge.target].path)
        )

    def _handed_to(self, path: str, asked: Mapping[int, tuple[Touchpoint, bool]]) -> Iterator[Guard]:
        """What is handed to a gate among its own arguments: the gate runs it or does not."""
        graph, sites, first = self._ways.graph, self._sites[path], self._ways.graph.files[path]
        taking: dict[int, tuple[Touchpoint, bool]] = {}
        for site in sites.sites:
            if site.kind == "call" and site.start in asked and self._is_named(site.target, asked[site.start][0]):
                taking[site.arguments] = asked[site.start]
        for site in sites.sites if taking else ():
            if site.kind != "value" or site.arguments not in taking:
                continue
            source = first + site.node
            targets = {edge.target for edge in graph.edges_at(source, site.start)}
            self.handed.setdefault(source, set()).update(targets)
            end = sites.nodes[site.local].end if site.local >= 0 else site.start + 1
            yield Guard(site.start, end, *taking[site.arguments])

    def _handed_on(self, path: str) -> Iterator[Guard]:
        """What is handed to a function that asks first, and runs it on one answer only."""
        graph, sites, first = self._ways.graph, self._sites[path], self._ways.graph.files[path]
        calls = {site.arguments: site for site in sites.sites if site.kind == "call"}
        for site in sites.sites:
            call = calls.get(site.arguments) if site.kind == "value" and site.arguments >= 0 else None
            if call is None:
                continue
            for edge in graph.edges_at(first + call.node, call.start):
                guard = self._before_runs(edge.target, site) if edge.confidence is not Confidence.LOW else None
                if guard is not None:
                    end = sites.nodes[site.local].end if site.local >= 0 else site.start + 1
                    yield msgspec.structs.replace(guard, start=site.start, end=end)

    def _before_runs(self, number: int, site: Site) -> Guard | None:
        """The weakest guard before the calls that a function makes of what it is handed; None where one has none."""
        node = self._ways.nodes[number]
        guards, sites = self.guards[node.path], self._sites[node.path]
        if not guards:
            return None
        here = site_node(self._ways.graph, self._sites, number)
        name = here.taking(site.slot, site.position)
        if node.path not in self._called:
            found = self._called[node.path] = {}
            for each in sites.sites:
                if each.kind == "call" and "." not in each.target:
                    found.setdefault(bare(each.target), []).append(each.start)
        starts = self._called[node.path].get(name, []) if name else []
        inner = starts[bisect_left(starts, here.start) : bisect_left(starts, here.end)]
        before = [guards.around(start, here.start) for start in inner]
        if not before or not all(before):
            return None
        return min((max(some, key=_strength) for some in before), key=_strength)

    def _is_named(self, target: str, gate: Touchpoint) -> bool:
        """Whether a call is that of the gate, and not one in a chain behind it."""
        names = {gate.name.rpartition(".")[2]}
        if gate.role is Role.DEFINITION:
            names.add(gate.symbol.rpartition(".")[2])
        return target.rpartition(".")[2] in names

    def _decorated(self, path: str) -> Iterator[Guard]:
        """Functions that a decorator of the repository runs only after it asked."""
        for node in self._sites[path].nodes if self._named else ():
            for name in node.decorators:
                gate = self._decorator(name, path)
                if gate >= 0 and self._decides(gate):
                    yield Guard(node.start, node.end, self._deciders[gate], self._asks(gate))

    def _decorator(self, name: str, path: str) -> int:
        """The gate that a decorator is, by the end of its qualified name; -1 where it is none."""
        for number in self._named.get(name.rpartition(".")[2], ()):
            gate = self._ways.nodes[number]
            if name == gate.symbol and gate.path == path:
                return number
            module = name.removesuffix(f".{gate.symbol}").rpartition(".")[2]
            if name.endswith(f".{gate.symbol}") and module in PurePosixPath(gate.path).with_suffix("").parts:
                return number
        return -1

    def _decides(self, number: int) -> bool:
        """Whether something in a function depends on an answer, or is left by an error."""
        known = self._deciding.get(number)
        if known is not None:
            return known
        node = self._ways.nodes[number]
        sites, here = self._sites[node.path], site_node(self._ways.graph, self._sites, number)
        asked = (start for decision in sites.decisions for start in decision.calls)
        left = (sites.nodes[index].start for index in sites.raising)
        self._deciding[number] = any(here.start <= offset < here.end for offset in chain(asked, left))
        return self._deciding[number]

    def own(self, place: Touchpoint, number: int) -> Sequence[Guard]:
        """The guards before a place in its own function; of a function that acts and asks itself, all of its own."""
        node = site_node(self._ways.graph, self._sites, number)
        if node.line == place.line:
            return self.guards[place.path].within(node.start, node.end)
        return self.before(number, place.start)

    def before(self, number: int, offset: int) -> Sequence[Guard]:
        """The guards around an offset in a function."""
        path, first = self._ways.nodes[number].path, self._ways.graph.files[self._ways.nodes[number].path]
        while self._ways.nodes[number].parent > first:
            number = self._ways.nodes[number].parent
        # No guard reaches beyond the outermost function that it stands in.
        return self.guards[path].around(offset, site_node(self._ways.graph, self._sites, number).start)


def _asking_arms(decisions: Iterable[Decision], questions: Sequence[int]) -> Mapping[tuple[int, ...], Sequence[int]]:
    """Calls that decide between arms → offsets in those arms at which a person is asked, out of some in order."""
    found: dict[tuple[int, ...], list[int]] = {}
    for decision in decisions if questions else ():
        for start, end in decision.spans:
            inside = questions[bisect_left(questions, start) : bisect_left(questions, end)]
            found.setdefault(decision.calls, []).extend(inside)
    return found


def _strength(guard: Guard) -> tuple[bool, bool]:
    return guard.asks, not guard.conditional
