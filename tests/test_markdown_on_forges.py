"""The packet's page is shown by GitHub, GitLab and Forgejo as it is meant, and says what is not on it.

The limits are those of docs/usage.md, "Where the Markdown renders".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import msgspec
import pytest
from hostile import GRAPH, NASTY, graph_of, hostile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from madeup import REPOSITORY, pack_of, requirement, rich_packet, single
from markdown_it import MarkdownIt

from scanner.drawing import fitted, seam_map
from scanner.graphpacket import (
    Carrier,
    Door,
    Function,
    GateCoverage,
    GateVerdict,
    MapEdge,
    MapNode,
    Passages,
    PassedBy,
    SeamGraph,
    SeamMap,
    Step,
)
from scanner.packet import BlindSpot, Inventory, InventoryItem, Packet, Place
from scanner.packs import Has
from scanner.render import LONGEST_PAGE, to_markdown
from scanner.shortening import LIMITS, LeftOut, Limit, shortened

#: Characters of mermaid that GitLab draws in a comment without being asked; other forges take 5,000 or more.
GITLAB_DRAWS = 2_000
GITHUB_TAKES = 65_536

PAGES = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
#: All HTML that may stand in a page, a block each.
OPENING = re.compile(r"<details><summary>[\w ]+</summary>\n")
CLOSING = "</details>\n"
WITHOUT_LINKS = msgspec.structs.replace(REPOSITORY, permalink="")


def overfull(count: int, folder: str = "agent/some/longer/folder", requirements: int = 9) -> Packet:
    """A packet with so many of everything that a page can shorten."""
    calls = [single("sdk-model-call", f"{folder}/m_{at:04}.py:{at + 1}", f"Agent.send_{at}") for at in range(count)]
    functions = tuple(
        Function(f"f{at}", f"{folder}/m_{at:04}.py", at + 1, at + 9, f"Agent.send_{at}") for at in range(count)
    )
    places = tuple(one.best.id for one in calls)
    way = tuple(Step(each.id, each.line) for each in functions[:7])
    graph = SeamGraph(
        size=GRAPH.size,
        passages=Passages(
            ("model_call",),
            places,
            tuple(Door(each.id, places, ("command line",)) for each in functions),
            tuple(PassedBy(each, ("command line",), way) for each in places),
        ),
        gates=GateCoverage(
            (count, count, 0, 0),
            tuple(GateVerdict(each, "covered", False, places[:2], way) for each in places)
            + tuple(GateVerdict(each, "policy", False, places[:2], way) for each in places),
            places,
            tuple(Carrier(each.id, True, 1, 0, 0, 0) for each in functions),
        ),
        map=GRAPH.map,
        functions=functions,
    )
    values = tuple(InventoryItem(f"model-{at}", (Place(f"{folder}/m.py", at + 1),)) for at in range(count))
    asked = [requirement(Has(("model_call",)), id=f"r{at}", evidence=("model_call",)) for at in range(requirements)]
    return rich_packet(
        calls,
        pack_of(*(msgspec.structs.replace(each, title=f"Parity {each.id}") for each in asked)),
        graph=graph,
        inventory=Inventory(models=values, env_vars=values),
        blind_spots=tuple(BlindSpot("too large", f"{folder}/m_{at}.py", 0, "skipped") for at in range(count)),
    )


def cells(row: str) -> int:
    """The cells of a row, as all three forges split it: at pipes without a backslash before them."""
    return len(re.findall(r"(?<!\\)\|", row)) - 1


def rows_that_do_not_fit(page: str) -> list[str]:
    """Rows of tables with more or fewer cells than their head."""
    wrong, head = [], 0
    for line in re.sub(r"^(`{3,}).*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL).splitlines():
        head = (head or cells(line)) if line.startswith("|") else 0
        if head and (cells(line) != head or not line.endswith("|")):
            wrong.append(line)
    return wrong


def assert_forges_show(page: str) -> None:
    """All that the rules of the three forges ask of a page."""
    tokens = MARKDOWN.parse(page)
    html = [each.content for each in tokens if each.type == "html_block"]
    lines = page.split("\n")

    assert len(page.encode()) <= LONGEST_PAGE < GITHUB_TAKES
    assert not [each for block in tokens for each in (block.children or ()) if each.type == "html_inline"]
    assert all(OPENING.fullmatch(each) for each in html[::2])
    assert html[1::2] == [CLOSING] * (len(html) // 2)
    assert len(html) % 2 == 0
    # Inside HTML there is no Markdown before an empty line, and behind it none that is not kept apart.
    marks = [at for at, line in enumerate(lines) if line.startswith(("<details>", "</details>"))]
    assert len(marks) == len(html)
    assert not [at for at in marks if lines[at - 1] or lines[at + 1]]
    assert not [at for at, each in enumerate(tokens) if each.content == CLOSING and "_close" not in tokens[at - 1].type]
    assert rows_that_do_not_fit(page) == []
    tables = page.count("\n| --- |") + page.count("\n| | ")
    assert sum(each.type == "table_open" for each in tokens) >= min(tables, 1)
    for drawing in re.findall(r"^```mermaid\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        assert len(drawing.encode("utf-16-le")) // 2 <= GITLAB_DRAWS


def note_of(page: str) -> str:
    """What a page says of its being shortened; empty where it says nothing."""
    return "\n".join(line for line in page.splitlines() if line.startswith("**Shortened"))


def told(note: str, words: str) -> int:
    """The number before these words of a note; 0 where they are not in it."""
    found = re.search(rf"(\d+) {words}", note)
    return int(found.group(1)) if found else 0


def part(page: str, start: str, end: str) -> str:
    """A part of a page."""
    return page[page.index(start) : page.index(end, page.index(start))]


def shown(text: str, row: str) -> int:
    """Rows of tables and lines of lists that begin so."""
    return len(re.findall(rf"^(?:\| |- ){row}", text, re.MULTILINE))


def under(monkeypatch: pytest.MonkeyPatch, packet: Packet, limit: Limit) -> str:
    """The page with just that limit."""
    monkeypatch.setattr("scanner.shortening.LIMITS", (limit,))
    return to_markdown(packet)


# The forges' rules


@PAGES
@given(NASTY)
def test_forges_show_the_page_of_any_repository(text: str) -> None:
    assert_forges_show(to_markdown(hostile(text)))


@pytest.mark.parametrize("count", [1, 9, 13, 41, 60, 150, 600])
def test_forges_show_pages_of_few_and_of_many_seams(count: int) -> None:
    assert_forges_show(to_markdown(overfull(count)))


@pytest.mark.parametrize("limit", LIMITS)
def test_forges_show_a_page_under_every_limit(limit: Limit, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_forges_show(under(monkeypatch, overfull(10, requirements=2), limit))


def test_what_is_folded_is_a_list_or_a_table() -> None:
    tokens = MARKDOWN.parse(to_markdown(overfull(30, requirements=2)))
    folds = [at for at, each in enumerate(tokens) if OPENING.fullmatch(each.content)]

    assert len(folds) > 5
    assert {tokens[at + 1].type for at in folds} == {"bullet_list_open", "table_open"}


def test_headings_are_different_and_do_not_change_with_a_status() -> None:
    page = to_markdown(rich_packet(graph=GRAPH))
    headings = re.findall(r"^#+ (.*)", page, re.MULTILINE)

    assert len(headings) == len(set(headings))
    assert "1. Replacement scope" in headings
    assert not [each for each in headings if re.search(r"\b(ready|partial|gap|n/a)\b", each)]


def test_the_links_of_a_committed_packet_stay_in_the_repository() -> None:
    committed = msgspec.structs.replace(REPOSITORY, permalink="../../{path}#L{line}-L{end_line}", changed=())
    tokens = MARKDOWN.parse(to_markdown(rich_packet(repository=committed, graph=GRAPH)))
    targets = [str(each.attrs["href"]) for block in tokens for each in (block.children or ()) if "href" in each.attrs]

    assert targets
    assert all(each.startswith("../../") for each in targets)


def test_a_page_that_no_limit_makes_short_enough_is_cut_and_says_so() -> None:
    packet = overfull(40, "agent/" + "a_very_long_name_of_a_folder/" * 3, requirements=150)

    page = to_markdown(packet)

    assert_forges_show(page)
    assert re.search(r"^\*\*Cut here:\*\* \d+ sections and rows of this page are only in the JSON", page, re.MULTILINE)
    assert page.splitlines()[-1].startswith("Scanner ")
    assert "## Reproduce" in page


# The seam map


def drawing_of(labels: Sequence[str], role: str = "seam") -> SeamMap:
    """A map of two surfaces, one door, and boxes behind it."""
    boxes = [MapNode(f"p{at}", label, role, "core") for at, label in enumerate(labels)]  # type: ignore[arg-type] # one
    nodes = (MapNode("s0", "command line", "surface"), MapNode("d0", "Agent.send", "door", "core"), *boxes)
    return SeamMap(nodes, (MapEdge("s0", "d0"), *(MapEdge("d0", each.id) for each in boxes)))


def test_a_map_of_short_names_is_drawn_as_it_is() -> None:
    drawn = drawing_of(["Agent.ask"] * 22)

    assert fitted(drawn).lines == seam_map(drawn)
    assert fitted(drawn).boxes == 0


def test_long_names_of_a_map_lose_more_of_their_middle_before_any_box_is_left_out() -> None:
    drawn = drawing_of([f"Agent.{'stream_request_' * 4}{at:02}" for at in range(22)])

    made = fitted(drawn)

    assert len("\n".join(seam_map(drawn))) > GITLAB_DRAWS >= len("\n".join(made.lines))
    assert made.boxes == 0
    assert all(any(f'{at:02}"]' in line for line in made.lines) for at in range(22))


@settings(deadline=None)
@given(st.lists(st.text(max_size=80) | st.just("__" * 40) | st.just("\U00020000" * 60), max_size=23))
def test_no_map_is_longer_than_what_every_forge_draws(labels: list[str]) -> None:
    drawn = drawing_of(labels)

    made = fitted(drawn)
    source = "\n".join((*made.lines, ""))
    boxes = re.findall(r"^ +(n\d+)[\[({]", source, re.MULTILINE)

    assert len(source.encode("utf-16-le")) // 2 <= GITLAB_DRAWS
    assert len(boxes) == len(drawn.nodes) - made.boxes
    assert set(re.findall(r"(n\d+) --> (n\d+)", source)) <= {(one, other) for one in boxes for other in boxes}
    assert '(["command line"])' in source
    assert '{{"Agent.send"}}' in source


def test_a_map_without_some_boxes_says_how_many() -> None:
    drawn = drawing_of(["(<>)" * 20] * 22)
    made = fitted(drawn)

    page = to_markdown(rich_packet(graph=msgspec.structs.replace(GRAPH, map=drawn)))

    assert made.boxes > 1
    assert f"{made.boxes} boxes and the arrows to them are left out, so that every forge draws the map." in page
    assert told(note_of(page), "boxes of the seam map") == made.boxes


# The note of what is not on the page


def test_a_page_that_is_whole_says_nothing_of_it() -> None:
    assert "Shortened" not in to_markdown(rich_packet(graph=GRAPH))
    assert "Shortened" not in to_markdown(overfull(9, requirements=1))


@pytest.mark.parametrize("count", [45, 120, 400])
def test_the_note_counts_what_is_not_on_the_page(count: int) -> None:
    packet = overfull(count)

    page = to_markdown(packet)
    note = note_of(page)
    ways = part(page, "**Ways past the first door.**", "## Gate coverage")
    effects = part(page, "**Behind rules that ask nobody**", "**Carried out by**")

    assert len(page.encode()) <= LONGEST_PAGE
    assert page.index(note) < page.index("| | Requirement |")
    evidence = part(page, "## 1. Parity", "## Next slices")
    every = sum(len(each.places) for each in packet.requirements)
    assert told(note, "lines of evidence") == every - shown(evidence, r"\[?`agent/")
    assert told(note, "doors") == count - shown(part(page, "| Door |", "**Ways past"), r"(?:`Agent|`agent)")
    assert told(note, "ways past the first door") == count - shown(ways, "`")
    assert told(note, "side effects") == 2 * count - shown(effects, "`")
    carriers = part(page, "**Carried out by**", "**Modes that skip asking**")
    assert told(note, "functions that carry out actions") == count - carriers.count(" a model")
    modes = part(page, "**Modes that skip asking**", "## Inventory")
    assert told(note, "modes that skip asking") == count - modes.count("`Agent.")
    assert told(note, "inventory values") == 2 * count - shown(part(page, "## Inventory", "## Surfaces"), "`model-")
    assert told(note, "blind spots") == count - shown(page, r"\*\*too large\*\*")


def test_the_note_says_where_all_of_it_is() -> None:
    assert "are only in the JSON and the HTML (`--format html`)" in note_of(to_markdown(overfull(120)))


def test_the_note_counts_the_links_that_a_longer_page_has(monkeypatch: pytest.MonkeyPatch) -> None:
    packet = overfull(6, requirements=2)
    whole = LIMITS[0]

    linked = under(monkeypatch, packet, whole)
    pages = {rank: under(monkeypatch, packet, msgspec.structs.replace(whole, links=rank)) for rank in range(3)}

    assert note_of(linked) == ""
    for page in pages.values():
        assert told(note_of(page), "links of") == linked.count("](") - page.count("](")
    assert pages[0].count("](") == 0
    assert "links of evidence, sentences, doors, side effects, inventory and ways are left out." in note_of(pages[0])
    assert "links of sentences, doors, side effects, inventory and ways are left out." in note_of(pages[1])
    assert "links of inventory and ways are left out." in note_of(pages[2])


def test_where_there_can_be_no_link_the_note_misses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = msgspec.structs.replace(LIMITS[0], links=0)
    packet = rich_packet(graph=GRAPH, repository=WITHOUT_LINKS)

    assert note_of(under(monkeypatch, packet, limit)) == ""


def test_what_a_fold_would_not_hold_is_told_without_a_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    page = under(monkeypatch, overfull(20, requirements=1), Limit(0, 5, 5, 0, 5))

    assert "\n15 further lines of evidence in the JSON.\n" in page
    assert page.count("<details>") == 1
    assert "<details><summary>The arithmetic</summary>" in page


@given(st.lists(st.tuples(st.sampled_from(["evidence", "doors", "settings"]), st.integers(1, 99)), max_size=6))
def test_a_note_tells_the_sum_of_all_that_was_counted(given_counts: list[tuple[str, int]]) -> None:
    left = LeftOut()
    for group, count in given_counts:
        assert left.leave(group, count) == count

    note = left.note()

    assert sum(map(int, re.findall(r"\d+", note))) == sum(count for _, count in given_counts)
    assert (note == "") == (not given_counts)


def test_one_thing_left_out_is_told_as_one() -> None:
    left = LeftOut()
    left.leave("doors", 1)
    left.unlink(3)

    assert left.note() == (
        "**Shortened to fit a forge's comment:** 1 door is only in the JSON and the HTML (`--format html`); "
        "1 link of inventory and ways is left out."
    )


@pytest.mark.parametrize("first", range(len(LIMITS)))
def test_a_page_is_made_under_the_first_limit_at_which_it_fits_and_few_are_tried(first: int) -> None:
    tried: list[int] = []

    def page(limit: Limit) -> str:
        tried.append(LIMITS.index(limit))
        return f"{tried[-1]:02}".ljust(90 if tried[-1] >= first else 110)

    assert shortened(page, 100).startswith(f"{first:02}")
    assert len(tried) <= 6
    assert len(set(tried)) == len(tried)


def test_a_page_that_fits_under_no_limit_is_cut_under_the_last() -> None:
    page = shortened(lambda limit: f"{LIMITS.index(limit)}\n## A\n{'a' * 900}\n## End\n", 200)

    assert page.startswith(f"{len(LIMITS) - 1}\n\n**Cut here:**")
    assert page.endswith("## End\n")


def test_the_last_cut_leaves_the_score_where_it_takes_the_inventory() -> None:
    page = to_markdown(overfull(3))

    assert page.index("\n## Score\n") < page.index("\n## Inventory\n")


def test_every_limit_shows_no_more_than_the_one_before_in_one_of_its_parts() -> None:
    for one, other in itertools.pairwise(LIMITS):
        assert any(
            before > after
            for before, after in zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)
        )


def test_the_graph_of_a_hostile_repository_is_drawn_whole() -> None:
    functions = tuple(Function(f"f{at}", "a.py", at + 1, at + 2, "<b>" * 30) for at in range(9))

    assert fitted(graph_of(functions, ("a", "b"), "<b>" * 30).map).boxes == 0
