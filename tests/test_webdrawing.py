"""The drawing of the seam graph: boxes that never overlap, columns by what boxes are, text that fits, all in words."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.layered import arranged, columns_of
from scanner.seamweb import Role, SeamWeb, WebEdge, WebNode
from scanner.webdrawing import Box, Drawing, draw
from scanner.webwords import fitted

ROLES: tuple[Role, ...] = ("surface", "unreached", "shared", "carrier", "door", "gate", "seam")
KINDS = ("model_call", "side_effect", "session_store", "retry_policy")


@st.composite
def webs(draw_from: st.DrawFn) -> SeamWeb:
    """Any boxes and any arrows between them: circles, arrows back, to themselves and to boxes that are not there."""
    count = draw_from(st.integers(1, 40))
    verdicts = st.sampled_from(("", "covered", "uncovered"))
    nodes = tuple(
        node(f"n{at}", draw_from(st.sampled_from(ROLES)), draw_from(st.sampled_from(KINDS)), draw_from(verdicts))
        for at in range(count)
    )
    ends = st.integers(0, count).map(lambda at: f"n{at}")
    edges = draw_from(st.lists(st.tuples(ends, ends), max_size=80, unique=True))
    return SeamWeb(nodes, tuple(WebEdge(one, other, 1, 2) for one, other in edges))


def node(name: str, role: Role, kind: str = "model_call", verdict: str = "", **more: object) -> WebNode:
    """A box; seams alone have a kind and a verdict."""
    kinds = (
        {"kind": kind, "verdict": verdict, "seam": f"fp-{name}", "surfaces": ("command line",)}
        if role == "seam"
        else {}
    )
    return WebNode(name, role, f"name_of_{name}", "src/agent.py", 7, **{**kinds, **more})  # type: ignore[arg-type]


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def box(drawing: Drawing, name: str) -> Box:
    return next(each for each in drawing.boxes if each.node.id == name)


@settings(deadline=None, max_examples=150)
@given(webs())
def test_no_two_boxes_overlap_and_all_lie_within_the_drawing(web: SeamWeb) -> None:
    drawing = draw(web)

    assert [each.node for each in drawing.boxes] == list(web.nodes)
    assert not any(overlap(one, other) for one, other in combinations(drawing.boxes, 2))
    assert all(each.x >= 0 and each.y >= 0 for each in drawing.boxes)
    assert all(each.x + each.width <= drawing.width for each in drawing.boxes)
    assert all(each.y + each.height <= drawing.height for each in drawing.boxes)


@settings(deadline=None, max_examples=60)
@given(webs())
def test_the_same_web_gives_the_same_drawing_and_every_curve_is_path_data(web: SeamWeb) -> None:
    drawing = draw(web)

    assert draw(web) == drawing
    assert all(re.fullmatch(r"[MCHL0-9 -]*", each.path) for each in drawing.curves)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_lanes_keep_clear_of_the_boxes_of_their_column(data: st.DataObject) -> None:
    columns = data.draw(st.lists(st.integers(0, 4), min_size=2, max_size=30))
    pairs = st.tuples(st.integers(0, len(columns) - 1), st.integers(0, len(columns) - 1))
    arrows = [
        pair for pair in data.draw(st.lists(pairs, max_size=40, unique=True)) if columns[pair[0]] < columns[pair[1]]
    ]

    found = arranged(columns, [40] * len(columns), arrows, 6, 10)

    for (source, _), lanes in zip(arrows, found.lanes, strict=True):
        for column, lane in enumerate(lanes, columns[source] + 1):
            here = [middle for at, middle in enumerate(found.middles) if columns[at] == column]
            assert all(abs(middle - lane) > 20 for middle in here)


def test_a_tree_is_drawn_without_a_crossing_and_with_a_parent_beside_its_children() -> None:
    arrows = [(0, 2), (0, 1), (2, 5), (1, 3), (1, 4), (2, 6)]

    found = arranged([0, 1, 1, 2, 2, 2, 2], [40] * 7, arrows, 6, 10)

    middles = found.middles
    assert max(middles[3], middles[4]) < min(middles[5], middles[6])
    assert middles[1] == (middles[3] + middles[4]) // 2


def test_a_column_is_behind_all_that_leads_there_and_a_circle_ends() -> None:
    assert columns_of(4, [(0, 1), (1, 2), (0, 2), (2, 3)]) == [0, 1, 2, 3]
    assert columns_of(3, [(0, 1), (1, 2), (2, 1)]) == [0, 1, 2]
    assert columns_of(2, [(0, 1), (1, 0)]) == [0, 1]
    assert columns_of(1, [(0, 0)]) == [0]


def test_a_chain_of_fifty_thousand_boxes_is_laid_out_without_recursion() -> None:
    size = 50_000
    chain = [(at, at + 1) for at in range(size - 1)]

    assert columns_of(size, chain) == list(range(size))


def test_a_thousand_arrows_side_by_side_are_laid_out() -> None:
    arrows = [(0, at) for at in range(1, 1000)]

    found = arranged([0, *(2 for _ in arrows)], [40] * 1000, arrows, 6, 10)

    assert len({lane for (lane,) in found.lanes}) == 999


def test_surfaces_lie_left_of_functions_gates_before_seams_and_seams_right() -> None:
    roles: tuple[Role, ...] = ("surface", "shared", "door", "gate", "seam")
    web = SeamWeb(
        tuple(node(role, role) for role in roles),
        (WebEdge("surface", "shared", 0), WebEdge("shared", "door", 3, 12), WebEdge("door", "gate", 0),
         WebEdge("gate", "seam", 1, 20)),
    )  # fmt: skip

    drawing = draw(web)

    lefts = [box(drawing, role).x for role in roles]
    assert lefts == sorted(set(lefts))
    assert [each.text for each in drawing.headings] == [
        "Runs start at",
        "Functions that ways share",
        "Behind gates",
        "Seams",
    ]
    assert [(each.words, each.folded) for each in drawing.curves] == [
        ("name_of_surface → name_of_shared: starts there", False),
        ("name_of_shared → name_of_door: 3 calls, the first at line 12", True),
        ("name_of_door → name_of_gate: asked before what follows", False),
        ("name_of_gate → name_of_seam: 1 call, at line 20", False),
    ]


def test_seams_of_no_known_entry_point_stand_side_by_side_under_the_rest_with_no_curve() -> None:
    seams = [node(f"s{at}", "seam") for at in range(7)]
    nodes = (node("top", "surface"), node("none", "unreached"), node("s", "seam"), *seams)
    edges = (WebEdge("top", "s", 1), *(WebEdge("none", each.id, 0) for each in seams))

    drawing = draw(SeamWeb(nodes, edges))

    below = [box(drawing, each.id) for each in seams]
    assert min(each.y for each in below) == box(drawing, "none").y > box(drawing, "s").y
    assert len({each.x for each in below}) > 1
    assert [each.path for each in drawing.curves[1:]] == [""] * 7


def test_forty_seams_are_readable_on_a_page_of_1440_pixels() -> None:
    shared = [node(f"f{at}", "shared") for at in range(3)]
    seams = [node(f"s{at}", "seam") for at in range(40)]
    chain = ["top", "f0", "f1", "f2", "gate"]
    edges = [*(WebEdge(one, other, 1) for one, other in pairwise(chain)),
             *(WebEdge(chain[at % 5], each.id, 1) for at, each in enumerate(seams))]  # fmt: skip

    drawing = draw(SeamWeb((node("top", "surface"), *shared, node("gate", "gate"), *seams), tuple(edges)))

    assert drawing.width <= 1300
    assert drawing.height <= 2000


def test_a_seam_is_told_with_its_way_its_verdict_and_who_else_reaches_it() -> None:
    seam = node(
        "s", "seam", "side_effect", verdict="covered", way=("main", "run_loop", "name_of_s"), gates=("ask",),
        surfaces=("command line", "gateway and server"),
    )  # fmt: skip

    (found,) = draw(SeamWeb((seam,))).boxes

    assert found.words == (
        "command line → main → run_loop → behind ask → name_of_s, side effect at src/agent.py:7; gates: a person can be "
        "asked; reached from gateway and server too"
    )
    assert (found.mark, found.note, found.family) == (
        "● a person can be asked",
        "side effect · agent.py:7",
        "execution",
    )


def test_a_side_effect_that_a_condition_gates_says_so_and_one_without_a_verdict_is_not_judged() -> None:
    seams = (
        node("a", "seam", "side_effect", verdict="covered", conditional=True),
        node("b", "seam", "side_effect"),
        node("c", "seam", "model_call"),
    )

    gated, loose, other = draw(SeamWeb(seams)).boxes

    assert gated.mark == "● only where a condition asks"
    assert gated.words.endswith("; gates: a person can be asked, only where a condition asks")
    assert draw(SeamWeb(seams)).verdicts[0].label == "● a person can be asked, only where a condition asks"
    assert (loose.mark, loose.words) == (
        "– not judged",
        "command line → name_of_b, side effect at src/agent.py:7; gates: not judged",
    )
    assert (other.mark, other.words) == ("", "command line → name_of_c, model call at src/agent.py:7")
    assert draw(SeamWeb(seams[1:])).boxes[0].mark == "", "where nothing is judged, nothing is said of it"


def test_a_box_that_stands_for_seams_of_other_lines_says_how_many() -> None:
    (found,) = draw(SeamWeb((node("s", "seam", touchpoints=("fp-s", "second", "third")),))).boxes

    assert found.label == "name_of_s +2"
    assert found.words == "command line → name_of_s, model call at src/agent.py:7 and 2 more places in it"


def test_an_arrow_tells_functions_of_one_name_apart_by_their_files() -> None:
    nodes = (node("one", "shared", called="cli.py:name_of_one"), node("other", "shared"))

    (curve,) = draw(SeamWeb(nodes, (WebEdge("one", "other", 1, 4),))).curves

    assert curve.words == "cli.py:name_of_one → name_of_other: 1 call, at line 4"


def test_a_long_way_is_told_by_both_its_ends() -> None:
    seam = node("s", "seam", way=tuple(f"f{at}" for at in range(12)))

    (found,) = draw(SeamWeb((seam,))).boxes

    assert found.words.startswith("command line → f0 → f1 → f2 → f3 → (5 more functions) → f9 → f10 → f11 → name_of_s")


def test_the_filter_counts_kinds_in_the_order_of_families_and_verdicts_worst_first() -> None:
    seams = (
        node("a", "seam", "side_effect", verdict="covered"),
        node("b", "seam", "side_effect", verdict="uncovered"),
        node("c", "seam", "model_call"),
    )

    drawing = draw(SeamWeb(seams))

    assert [(each.value, each.count) for each in drawing.kinds] == [("model_call", 1), ("side_effect", 2)]
    assert [(each.value, each.count) for each in drawing.verdicts] == [("uncovered", 1), ("covered", 1)]
    assert draw(SeamWeb(seams[2:])).verdicts == ()


def test_an_empty_web_is_an_empty_drawing() -> None:
    assert draw(SeamWeb()) == Drawing()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("AIAgent.run", "AIAgent.run"),
        ("SomeVeryLongClass.run", "SomeVer….run"),
        ("AnyClass.run_turns", "…run_turns"),
        ("a_function_with_a_long_name", "a_func…_name"),
        ("漢字漢字漢字漢字", "漢字漢…漢字"),
    ],
)
def test_a_name_is_cut_to_its_box_and_keeps_its_end(text: str, shown: str) -> None:
    assert fitted(text, 12, 1) == shown


@given(st.text(max_size=60), st.integers(2, 40))
def test_no_text_is_longer_than_its_box(text: str, room: int) -> None:
    assert len(fitted(text, room, 1)) <= max(room, 2)
