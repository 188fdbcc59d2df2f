"""Paths, dominators and cuts of small graphs are those of the definition; long and cyclic graphs work as well."""

from __future__ import annotations

import pickle
from itertools import combinations, pairwise
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.cuts import Cover, NoCut, Step, covered_by, minimum_cut, ordered_cover
from scanner.paths import (
    ROOT,
    UNREACHED,
    components,
    dominators,
    marks_reached,
    reachable,
    reversed_graph,
    shortest_path,
    witnesses,
)

LONG = 50_000
CHAIN = [[node + 1] for node in range(LONG - 1)] + [[]]
RING = [[(node + 1) % LONG] for node in range(LONG)]
BOTH_WAYS = [[other for other in (node - 1, node + 1) if 0 <= other < LONG] for node in range(LONG)]
THOROUGH = settings(max_examples=300, deadline=None, database=None)


class Case(NamedTuple):
    """A small graph, and some of its nodes."""

    successors: list[list[int]]
    sources: set[int]
    sinks: set[int]
    some: set[int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Graphs of up to seven nodes; sources, sinks and the others may overlap."""
    size = draw(st.integers(1, 7))
    nodes = st.integers(0, size - 1)
    successors: list[list[int]] = [[] for _ in range(size)]
    for start, end in draw(st.lists(st.tuples(nodes, nodes), max_size=3 * size)):
        successors[start].append(end)
    few = st.sets(nodes, max_size=3)
    return Case(successors, draw(few), draw(few), draw(few))


def subsets(nodes: set[int]) -> list[set[int]]:
    """All subsets, smallest first."""
    return [set(chosen) for size in range(len(nodes) + 1) for chosen in combinations(sorted(nodes), size)]


def reached(case: Case, removed: set[int]) -> set[int]:
    """What sources lead to, by closing the set of edges, so as not to trust the code under test."""
    found = case.sources - removed
    for _ in case.successors:
        found = found | {end for node in found for end in case.successors[node]} - removed
    return found


def minimum_cuts(case: Case, fixed: set[int]) -> list[set[int]]:
    """All smallest cuts, by trying."""
    allowed = set(range(len(case.successors))) - fixed - (case.sources - case.sinks)
    cuts = [cut for cut in subsets(allowed) if not reached(case, cut) & case.sinks]
    return [cut for cut in cuts if len(cut) == len(cuts[0])]


def shortest_paths(case: Case, without: set[int]) -> list[tuple[int, ...]]:
    """All paths of the least length, by trying."""
    paths = [(start,) for start in sorted(case.sources - without)]
    for _ in case.successors:
        if found := [path for path in paths if path[-1] in case.sinks]:
            return found
        paths = [(*path, node) for path in paths for node in set(case.successors[path[-1]]) - without - set(path)]
    return []


# Paths


@THOROUGH
@given(cases())
def test_what_is_reachable_is_what_closing_over_the_edges_finds(case: Case) -> None:
    assert reachable(case.successors, case.sources, without=case.some) == reached(case, case.some)


@THOROUGH
@given(cases())
def test_a_reversed_graph_has_the_same_edges_turned_round(case: Case) -> None:
    edges = sorted((node, end) for node, row in enumerate(case.successors) for end in row)
    back = reversed_graph(case.successors)
    assert sorted((start, node) for node, row in enumerate(back) for start in row) == edges


@THOROUGH
@given(cases())
def test_the_shortest_path_is_the_least_of_the_shortest(case: Case) -> None:
    assert shortest_path(case.successors, case.sources, case.sinks, case.some) == min(
        shortest_paths(case, case.some), default=()
    )


@THOROUGH
@given(cases())
def test_every_goal_that_is_reached_has_its_own_shortest_path_as_witness(case: Case) -> None:
    paths = witnesses(case.successors, case.sources, case.sinks, case.some)
    assert list(paths) == sorted(case.sinks & reached(case, case.some))
    for goal, path in paths.items():
        assert path == shortest_path(case.successors, case.sources, {goal}, case.some)


def test_a_start_that_is_a_goal_is_its_own_path() -> None:
    assert shortest_path([[1], []], [0], {0, 1}) == (0,)


def test_no_path_begins_at_a_node_that_is_left_out() -> None:
    assert shortest_path([[1], []], [0], {1}, without={0}) == ()
    assert reachable([[1], []], [0], without={0}) == set()


@THOROUGH
@given(cases())
def test_components_are_the_nodes_that_reach_each_other_and_followers_come_first(case: Case) -> None:
    found = components(case.successors, sorted(case.sources))
    assert sorted(node for component in found for node in component) == sorted(reached(case, set()))
    earlier: set[int] = set()
    for component in found:
        earlier |= set(component)
        for node in component:
            onward = reachable(case.successors, [node])
            assert onward <= earlier
            assert {other for other in onward if node in reachable(case.successors, [other])} == set(component)


@THOROUGH
@given(cases())
def test_marks_are_united_from_all_that_a_node_leads_to(case: Case) -> None:
    found = marks_reached(case.successors, case.sources, {sink: 1 << sink for sink in case.sinks})
    assert found == {
        node: sum(1 << sink for sink in case.sinks & reachable(case.successors, [node]))
        for node in reached(case, set())
    }


# Dominators


def chain_above(immediate: list[int], node: int) -> set[int]:
    above = set()
    while (node := immediate[node]) != ROOT:
        above.add(node)
    return above


@THOROUGH
@given(cases())
def test_dominators_are_the_nodes_without_which_a_node_is_not_reached(case: Case) -> None:
    immediate = dominators(case.successors, case.sources)
    everything = reached(case, set())
    assert {node for node, above in enumerate(immediate) if above == UNREACHED} == set(
        range(len(case.successors))
    ) - everything
    for node in everything:
        needed = {other for other in everything - {node} if node not in reached(case, {other})}
        assert chain_above(immediate, node) == needed


def test_where_there_are_two_doors_no_node_dominates() -> None:
    assert dominators([[1, 2], [3], [3], []], [1, 2]) == [UNREACHED, ROOT, ROOT, ROOT]
    assert dominators([[1, 2], [3], [3], []], [0]) == [ROOT, 0, 0, 0]


# Minimum cuts


@THOROUGH
@given(cases())
def test_a_minimum_cut_is_smallest_and_the_last_of_the_smallest(case: Case) -> None:
    fixed = case.some - case.sinks
    cut = minimum_cut(case.successors, case.sources, case.sinks, fixed)
    smallest = minimum_cuts(case, fixed)
    assert set(cut) in smallest
    assert list(cut) == sorted(set(cut))
    for other in smallest:
        assert not reachable(case.successors, other, without=set(cut)) & case.sinks


@THOROUGH
@given(cases())
def test_with_fixed_sinks_there_is_a_minimum_cut_or_a_path_that_nothing_may_block(case: Case) -> None:
    try:
        cut = minimum_cut(case.successors, case.sources, case.sinks, case.some)
    except NoCut as error:
        assert error.path[0] in case.sources
        assert error.path[-1] in case.sinks & case.some
        assert all(end in case.successors[start] for start, end in pairwise(error.path))
        assert set(error.path) <= case.some | (case.sources - case.sinks)
    else:
        smallest = minimum_cuts(case, case.some)
        assert set(cut) in smallest
        for other in smallest:
            assert not reachable(case.successors, other, without=set(cut)) & case.sinks


@settings(max_examples=60, deadline=None, database=None)
@given(st.randoms(use_true_random=False), st.integers(10, 60), st.integers(1, 4))
def test_as_many_paths_as_a_cut_has_members_share_no_node(random: Random, size: int, degree: int) -> None:
    """Larger graphs than can be tried out: removing is enough, and no member can be spared."""
    successors = [[random.randrange(size) for _ in range(random.randint(0, degree))] for _ in range(size)]
    sources, sinks = set(random.sample(range(size), 4)), set(random.sample(range(size), 6))
    fixed = set(random.sample(range(size), size // 3)) - sinks
    cut = minimum_cut(successors, sources, sinks, fixed)
    assert not reachable(successors, sources, without=set(cut)) & sinks
    assert not set(cut) & (fixed | (sources - sinks))
    for member in cut:
        assert reachable(successors, sources, without=set(cut) - {member}) & sinks
    assert len(cut) == flow_by_single_paths(successors, sources, sinks, fixed)


def flow_by_single_paths(successors: list[list[int]], sources: set[int], sinks: set[int], fixed: set[int]) -> int:
    """The size of a minimum cut by the textbook: one augmenting path after the other over split nodes."""
    size = len(successors)
    start, end, plenty = 2 * size, 2 * size + 1, size
    room: dict[int, dict[int, int]] = {half: {} for half in range(2 * size + 2)}

    def join(before: int, after: int, amount: int) -> None:
        room[before][after] = room[before].get(after, 0) + amount
        room[after].setdefault(before, 0)

    for node, row in enumerate(successors):
        join(node, node + size, plenty if node in fixed or node in sources - sinks else 1)
        for follower in row:
            join(node + size, follower, plenty)
    for source in sources:
        join(start, source, plenty)
    for sink in sinks:
        join(sink + size, end, plenty)
    for amount in range(plenty + 1):
        came = {start: start}
        todo = [start]
        for half in todo:
            for after, left in room[half].items():
                if left and after not in came:
                    came[after] = half
                    todo.append(after)
        if end not in came:
            return amount
        half = end
        while half != start:
            room[came[half]][half] -= 1
            room[half][came[half]] += 1
            half = came[half]
    raise AssertionError("more paths than nodes")


def test_of_two_doors_in_a_row_the_one_nearer_to_the_sinks_is_the_cut() -> None:
    assert minimum_cut([[1], [2], [3, 4], [], []], {0}, {3, 4}) == (2,)


def test_a_single_sink_is_its_own_cut_unless_it_is_fixed() -> None:
    assert minimum_cut([[1], [2], []], {0}, {2}) == (2,)
    assert minimum_cut([[1], [2], []], {0}, {2}, fixed={2}) == (1,)


def test_a_sink_that_is_a_source_is_cut_by_itself_alone_and_cuts_what_lies_behind_it() -> None:
    assert minimum_cut([[1], [2], []], {0}, {0, 2}) == (0,)
    assert minimum_cut([[1], [2], []], {0, 1}, {0, 2}) == (0, 2)


def test_nothing_needs_cutting_where_no_sink_is_reached() -> None:
    assert minimum_cut([[], [0]], {0}, {1}) == ()
    assert minimum_cut([], set(), set()) == ()
    assert minimum_cut([[1], []], {0}, {1}, fixed=set()) == (1,)


def test_a_cut_that_cannot_be_says_which_path_stays_open_and_survives_pickling() -> None:
    with pytest.raises(NoCut) as refused:
        minimum_cut([[1, 2], [3], [3], []], {0}, {3}, fixed={2, 3})
    assert str(refused.value) == "nothing on the path 0 -> 2 -> 3 may be removed"
    copy = pickle.loads(pickle.dumps(refused.value))
    assert (copy.path, str(copy)) == ((0, 2, 3), str(refused.value))


def test_a_path_that_took_the_wrong_door_makes_way_for_another() -> None:
    # 1 and 2 lie before 3 and 4; 2 leads to 3 alone, so the way by 1 has to leave 3 to it.
    assert minimum_cut([[1, 2], [3, 4], [3], [5], [6], [], []], {0}, {5, 6}, fixed={5, 6}) == (3, 4)


def test_the_same_graph_in_another_order_has_the_same_answers() -> None:
    successors = [[3, 1, 2], [4, 5], [5, 4, 4], [6, 2], [7], [7, 8], [8], [], [0]]
    turned = [row[::-1] for row in successors]
    for graph in (successors, turned):
        assert minimum_cut(graph, {0}, {7, 8}, fixed={7, 8}) == (4, 5, 6)
        assert witnesses(graph, [0], {7, 8}) == {7: (0, 1, 4, 7), 8: (0, 1, 5, 8)}
        assert ordered_cover(graph, [0], [6, 5, 4], [8, 7]) == Cover((Step(5, ()), Step(4, (7,)), Step(6, (8,))), ())


# What the members of a cut hold


@THOROUGH
@given(cases())
def test_a_member_covers_the_sinks_it_leads_to_if_it_is_reached_itself(case: Case) -> None:
    everything = reached(case, set())
    assert covered_by(case.successors, case.sources, case.some, case.sinks) == {
        member: reachable(case.successors, [member]) & case.sinks if member in everything else set()
        for member in case.some
    }


@THOROUGH
@given(cases())
def test_each_step_of_a_cover_tells_what_it_cuts_off_and_none_would_have_cut_off_more(case: Case) -> None:
    cover = ordered_cover(case.successors, case.sources, case.some, case.sinks)
    assert {step.member for step in cover.steps} == case.some
    removed: set[int] = set()
    for step in cover.steps:
        open_sinks = reached(case, removed) & case.sinks
        most = max(len(open_sinks - reached(case, removed | {member})) for member in case.some - removed)
        removed.add(step.member)
        assert list(step.sinks) == sorted(open_sinks - reached(case, removed))
        assert len(step.sinks) == most
    assert list(cover.bypassing) == sorted(reached(case, case.some) & case.sinks)


@THOROUGH
@given(cases())
def test_a_minimum_cut_lets_nothing_bypass_and_needs_all_members(case: Case) -> None:
    cut = minimum_cut(case.successors, case.sources, case.sinks)
    cover = ordered_cover(case.successors, case.sources, cut, case.sinks)
    assert cover.bypassing == ()
    assert cover.needed(1) == len(cut)


def test_a_cover_begins_with_what_holds_most_and_keeps_doors_to_the_same_sinks_together() -> None:
    # 1 holds 5 and 6; 2 and 3 share 7 and 8; 4 holds 9.
    successors = [[1, 2, 3, 4], [5, 6], [7, 8], [7, 8], [9], [], [], [], [], []]
    cover = ordered_cover(successors, [0], [1, 2, 3, 4], range(5, 10))
    assert cover.steps == (Step(1, (5, 6)), Step(4, (9,)), Step(2, ()), Step(3, (7, 8)))
    assert [cover.needed(share) for share in (0, 0.4, 0.5, 0.6, 0.61, 1)] == [0, 1, 2, 2, 4, 4]


def test_a_share_that_bypasses_leave_out_of_reach_has_no_number() -> None:
    cover = ordered_cover([[1, 3], [2], [], []], [0], [1], [2, 3])
    assert cover == Cover((Step(1, (2,)),), (3,))
    assert (cover.needed(0.5), cover.needed(0.51)) == (1, None)


def test_a_share_is_counted_without_the_errors_of_fractions() -> None:
    successors = [[1, *range(9, 102)], list(range(2, 9)), *([] for _ in range(100))]
    assert ordered_cover(successors, [0], [1], range(2, 102)).needed(0.07) == 1


# Long graphs


@pytest.mark.parametrize("graph", [CHAIN, RING, BOTH_WAYS], ids=["a chain", "a ring", "a chain both ways"])
def test_fifty_thousand_nodes_in_a_row_need_no_recursion(graph: list[list[int]]) -> None:
    last = LONG - 1
    assert len(reachable(graph, [0])) == LONG
    assert shortest_path(graph, [0], {last - 1}) == tuple(range(last))
    assert dominators(graph, [0]) == [ROOT, *range(last)]
    assert minimum_cut(graph, {0}, {last}) == (last,)
    assert minimum_cut(graph, {0}, {last}, fixed=set(range(2, LONG))) == (1,)
    assert covered_by(graph, [0], [last - 1], [last]) == {last - 1: {last}}
    assert ordered_cover(graph, [0], [7, 9], [5, 8]) == Cover((Step(7, (8,)), Step(9, ())), (5,))


def test_fifty_thousand_nodes_on_one_cycle_are_one_component() -> None:
    assert [len(component) for component in components(RING, [5])] == [LONG]
    assert len(components(CHAIN, [0])) == LONG


def test_of_many_ladders_side_by_side_each_is_cut_once() -> None:
    # Two hundred chains of 250 nodes; between neighbours, rungs that lead nowhere new.
    width, length = 200, 250
    graph: list[list[int]] = [[] for _ in range(width * length + 1)]
    start = width * length
    graph[start] = list(range(width))
    for node in range(width * (length - 1)):
        graph[node] = [node + width, node + width - node % width + (node + 1) % width]
    sinks = set(range(width * (length - 1), width * length))
    assert minimum_cut(graph, {start}, sinks) == tuple(sorted(sinks))
    assert len(minimum_cut(graph, {start}, sinks, fixed=sinks)) == width
