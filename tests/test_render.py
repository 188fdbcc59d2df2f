"""The packet's page reads well, and nothing from a repository changes its shape."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from hostile import GRAPH, NASTY, graph_of, hostile
from hypothesis import HealthCheck, given, settings
from madeup import PACK, REPOSITORY, SEAMS, pack_of, requirement, rich_packet, single
from markdown_it import MarkdownIt
from pages import as_read

from scanner import escape
from scanner.drawing import Arrow, as_dot, as_mermaid
from scanner.escape import marker
from scanner.graphpacket import (
    NO_CODE,
    UNREACHED,
    Door,
    Function,
    GateCoverage,
    GateVerdict,
    MapNode,
    Passages,
    PassedBy,
    SeamGraph,
    Step,
)
from scanner.packet import Completeness, SurfaceMatrix, SurfaceRow
from scanner.packs import Has
from scanner.render import LONGEST_PAGE, to_json, to_markdown
from scanner.secrets import mask_names

LINKS = REPOSITORY.permalink.partition("/{path}")[0]

#: A page takes a while to make.
PAGES = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shape(markdown: str) -> list[tuple[str, str]]:
    """All tokens of a page but for their text; links with where they lead."""
    tokens = [each for block in MARKDOWN.parse(markdown) for each in (block, *(block.children or ()))]
    skipped = {"text", "code_inline", "text_special", "softbreak"}
    return [(each.type, each.content if "html" in each.type else "") for each in tokens if each.type not in skipped]


def test_the_page_of_a_rich_packet_is_the_one_that_was_read() -> None:
    page = to_markdown(rich_packet(graph=GRAPH))

    assert page == as_read("packet.md", page)


@PAGES
@given(NASTY)
def test_nothing_in_a_repository_changes_the_shape_of_the_page(text: str) -> None:
    # `on x` and the like become code where they look like a link; code and text are the same shape.
    assert shape(to_markdown(hostile(text))) == shape(to_markdown(hostile("plain")))


@PAGES
@given(NASTY)
def test_no_link_leads_anywhere_but_to_the_repository(text: str) -> None:
    tokens = [each for block in MARKDOWN.parse(to_markdown(hostile(text))) for each in (block.children or ())]
    targets = [str(each.attrs["href"]) for each in tokens if each.type == "link_open"]

    assert targets
    assert all(each.startswith("https://forge.example/owner/made-up-agent/blob/") for each in targets)


@PAGES
@given(NASTY)
def test_what_a_forge_would_link_or_hide_stays_in_code(text: str) -> None:
    page = to_markdown(hostile(text))
    tokens = [each for block in MARKDOWN.parse(page) for each in (block.children or ())]
    running = " ".join(each.content for each in tokens if each.type in ("text", "text_special"))

    assert not re.search(r"@\w|://|www\.|#\d|[!$&]\d|[%~][\w\"]|:[\w+-]+:", running)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u2028\u2029]", page)


#: Every line that a seam map may have.
DRAWN = re.compile(
    r"flowchart LR|  end|  classDef door stroke-width:3px|  class n\d+(?:,n\d+)* door"
    r"|  n\d+ (?:-->|-\.->)(?:\|LABEL\|)? n\d+|  subgraph g\d+\[LABEL\]"
    r"|(?:  )+n\d+(?:\(\[LABEL\]\)|\{\{LABEL\}\}|\[LABEL\])".replace("LABEL", r'"(?:[\w ./-]|#\d+;)+"')
)


def label_shown(label: str) -> str:
    """What a reader sees of a mermaid label."""
    return re.sub(r"#(\d+);", lambda match: chr(int(match.group(1))), label)


@PAGES
@given(NASTY)
def test_nothing_in_a_repository_changes_the_drawing_of_the_seam_map(text: str) -> None:
    (drawing,) = re.findall(r"^```mermaid\n(.*?)^```$", to_markdown(hostile(text)), re.MULTILINE | re.DOTALL)
    lines = drawing.splitlines()

    assert [line for line in lines if not DRAWN.fullmatch(line)] == []
    assert len(lines) == len(as_mermaid(hostile("plain").graph.map.nodes, [Arrow("s0", "d0"), Arrow("d0", "p1")]))


@settings(deadline=None)
@given(NASTY)
def test_a_label_of_a_drawing_shows_its_text_and_is_no_markup(text: str) -> None:
    label = escape.mermaid(f"a{text}", 200)
    bare = re.sub(r"#\d+;", "", label[1:-1])

    assert re.fullmatch(r'"(?:[\w ./-]|#\d+;)+"', label)
    assert label_shown(label[1:-1]) == escape.shorten(escape.visible(f"a{text}"), 200).strip()
    assert not re.search(r"\bend\b|www\.|:|(?<![^\W_])_|_(?![^\W_])", bare, re.IGNORECASE)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Agent.run_once", '"Agent.run_once"'),
        ("Agent.__call__", '"Agent#46;#95;#95;call#95;#95;"'),
        ("end", '"#101;nd"'),
        ("1. first", '"1#46; first"'),
        ("- item", '"#45; item"'),
        ('a"b', '"a#34;b"'),
        ("Vec<T>", '"Vec#60;T#62;"'),
        ("", '"#63;"'),
    ],
)
def test_what_mermaid_or_its_markdown_would_read_is_written_by_number(label: str, expected: str) -> None:
    assert escape.mermaid(label) == expected


def test_a_very_long_name_loses_its_middle_in_a_drawing() -> None:
    shown = label_shown(escape.mermaid("a" * 300 + "_end_of_it"))

    assert len(shown) == 62
    assert shown.endswith('_end_of_it"')


@settings(deadline=None)
@given(NASTY)
def test_a_string_of_graphviz_ends_where_it_should(text: str) -> None:
    drawn = as_dot([MapNode("a", text, "seam", f"g{text}")], [Arrow("a", "a", text)])

    assert len(drawn) == 8
    assert all(re.fullmatch(r'[^"]*(?:"(?:[^"\\]|\\["\\])*"[^"]*)*', line) for line in drawn)


def test_code_beside_code_stays_code() -> None:
    rendered = escape.prose("could not read [](://)``|`", lambda _: None)

    assert [each.type for each in MARKDOWN.parse(rendered)[1].children or ()].count("code_inline") == 2


def test_arrows_to_boxes_that_are_not_drawn_are_left_out() -> None:
    boxes = [MapNode("a", "one", "seam"), MapNode("b", "two", "door")]
    arrows = [Arrow("a", "b", "method", guess=True), Arrow("a", "gone")]

    assert as_mermaid(boxes, arrows)[3:4] == ('  n0 -.->|"method"| n1',)
    assert not any("gone" in line for line in as_dot(boxes, arrows))


@PAGES
@given(NASTY)
def test_json_of_any_text_can_be_read(text: str) -> None:
    made = json.loads(to_json(hostile(text)))

    assert made["touchpoints"][0]["text"] == mask_names(text.encode("utf-8", "replace").decode("utf-8"))


@settings(deadline=None)
@given(NASTY)
def test_a_code_span_shows_its_text_in_a_table_and_outside(text: str) -> None:
    shown = escape.shorten(escape.visible(f"a{text}"))
    outside = MARKDOWN.parse(escape.code(f"a{text}"))[1].children or []
    rows = MARKDOWN.parse(f"| h |\n| --- |\n| {escape.code(f'a{text}', table=True)} |\n")
    inside = next(each for each in reversed(rows) if each.type == "inline").children or []

    assert [(each.type, each.content) for each in outside] == [("code_inline", shown)]
    assert [(each.type, each.content) for each in inside] == [("code_inline", shown.replace("\\|", "\\¦"))]


@settings(deadline=None)
@given(NASTY)
def test_running_text_is_shown_as_it_is(text: str) -> None:
    inline = MARKDOWN.parse(f"x {escape.plain(text)}")[1]

    shown = "".join(each.content for each in inline.children or ())
    assert shown.split() == f"x {escape.visible(text)}".split()


@pytest.mark.parametrize(
    ("path", "end", "expected"),
    [
        ("a b/(c)#[d]?.py", 3, "https://x/blob/main/a%20b/%28c%29%23%5Bd%5D%3F.py#L3"),
        ("a.py", 9, "https://x/blob/main/a.py#L3-L9"),
        ("{line}.py", 3, "https://x/blob/main/%7Bline%7D.py#L3"),
        ("\udcff.py", 3, "https://x/blob/main/%FF.py#L3"),
    ],
)
def test_a_permalink_encodes_its_path(path: str, end: int, expected: str) -> None:
    assert escape.address("https://x/blob/main/{path}#L{line}-L{end_line}", path, 3, end) == expected


def test_what_is_no_web_address_is_no_link() -> None:
    assert escape.address("javascript:alert(1)//{path}", "a.py", 1, 1) == ""


def test_without_a_permalink_places_are_plain() -> None:
    page = to_markdown(rich_packet(SEAMS, PACK, msgspec.structs.replace(REPOSITORY, permalink="")))

    assert "](" not in page
    assert "| `store/db.py:15` | `SessionStore` | Session table |" in page


def test_changed_files_get_no_link() -> None:
    page = to_markdown(rich_packet())

    assert "| `config.yaml:12` | `fallback_models` |" in page
    assert "config.yaml#" not in page


def test_a_function_that_a_text_names_is_linked_on_the_page_and_told_by_place_in_json() -> None:
    pack = pack_of(requirement(Has(("model_call",)), claim="All pass through it."))
    packet = rich_packet(SEAMS, pack, graph=GRAPH)
    (asked,) = packet.requirements
    named = msgspec.structs.replace(asked, claim=f"All pass {marker('f2')}.")
    packet = msgspec.structs.replace(packet, requirements=(named,))

    assert f"All pass `Agent.send` ([`agent/loop.py:200`]({LINKS}/agent/loop.py#L200-L240))." in to_markdown(packet)
    assert json.loads(to_json(packet))["requirements"][0]["claim"] == "All pass `Agent.send` (agent/loop.py:200)."


def test_json_has_the_whole_graph() -> None:
    made = json.loads(to_json(rich_packet(graph=GRAPH)))

    assert msgspec.convert(made["graph"], SeamGraph) == GRAPH


def test_a_way_names_files_where_they_change_and_links_each_call() -> None:
    page = to_markdown(rich_packet(graph=GRAPH))

    assert (
        f"| [`main.py:main:303`]({LINKS}/cli/main.py#L303) → [`loop.py:Agent.send:203`]({LINKS}/agent/loop.py#L203)"
        f" → [`Agent.send:233`]({LINKS}/agent/loop.py#L233) → `side.py:summarize` |"
    ) in page


def test_a_long_way_loses_its_middle() -> None:
    functions = tuple(Function(f"f{at}", "a.py", at + 1, at + 1, f"step_{at}") for at in range(12))
    graph = graph_of(functions, ("model_call-agent-loop.py-210", "model_call-agent-side.py-41"))

    page = to_markdown(rich_packet(graph=graph))

    assert f"→ [`step_2:6`]({LINKS}/a.py#L6) → *6 more calls* → [`step_9:13`]" in page
    assert "step_3:" not in page


def test_doors_and_ways_beyond_eight_are_folded() -> None:
    functions = tuple(Function(f"f{at}", "a.py", at + 1, at + 1, f"step_{at}") for at in range(12))
    places = tuple(each.id for seam in SEAMS for each in seam.touchpoints if each.kind == "model_call")
    graph = graph_of(functions[:4], places)
    assert graph.passages is not None
    doors = tuple(Door(each.id, places[:1], ("command line",)) for each in functions)
    ways = tuple(PassedBy(places[at % len(places)], (), (Step(f"f{at}", 1),)) for at in range(11))
    passages = msgspec.structs.replace(graph.passages, doors=doors, passed_by=ways)

    page = to_markdown(rich_packet(graph=msgspec.structs.replace(graph, passages=passages, functions=functions)))
    section = page[page.index("## Chokepoints") : page.index("## Gate coverage")]
    opened, folded, others = section.split("<details>")

    assert opened.count("\n| `step_") == 8
    assert "<summary>4 further doors</summary>" in folded
    assert others.startswith("<summary>3 more</summary>")
    assert "| no known entry point |" in folded


def test_a_packet_without_a_graph_has_no_sections_about_it() -> None:
    page = to_markdown(rich_packet())

    assert "## Seam map" not in page
    assert "## Gate coverage" not in page
    assert "How many seams of each kind each surface has." in page


def test_the_rows_that_are_no_surfaces_are_explained() -> None:
    rows = (SurfaceRow("core", (2,)), SurfaceRow(UNREACHED, (1,)), SurfaceRow(NO_CODE, (3,)))

    page = to_markdown(rich_packet(graph=GRAPH, surfaces=SurfaceMatrix(("model_call",), rows)))

    assert "a seam counts on every surface from which it is reached" in page
    assert "*no entry point found* counts those to which no way from a known entry point leads" in page
    assert "*settings and data* counts those that stand in no code." in page


def test_a_partial_look_stands_first_in_both_formats() -> None:
    packet = rich_packet(completeness=Completeness("partial", ("3 files of the agent could not be read",)))

    lines = to_markdown(packet).splitlines()
    made = json.loads(to_json(packet))

    assert lines[2] == (
        "**Partial look:** 11 files read (9 Python and 2 YAML); 3 files of the agent could not be read."
    )
    assert made["completeness"] == {"status": "partial", "reasons": ["3 files of the agent could not be read"]}
    assert list(made)[2] == "completeness"


def test_a_packet_without_a_score_says_so_and_gives_no_number() -> None:
    page = to_markdown(rich_packet((), pack_of(requirement(Has(("model_call",)), applies=Has(("model_call",))))))

    assert "**Not scored: nothing could be judged.** 0 ready · 0 partial · 0 gap · 1 n/a." in page
    assert "of 100" not in page


def test_eight_places_are_open_and_the_rest_is_folded() -> None:
    calls = [single("sdk-model-call", f"agent/f{at:02}.py:{at + 1}", f"send_{at}") for at in range(60)]
    page = to_markdown(rich_packet(calls, pack_of(requirement(Has(("model_call",)), evidence=("model_call",)))))

    section = page[page.index("## 1. Parity") : page.index("## Next slices")]
    opened, folded = section.split("<details>")
    assert opened.count("| [`agent/") == 8
    assert "<summary>52 further lines of evidence</summary>" in folded
    assert folded.count("- `agent/") == 40
    assert "- and 12 more in the JSON" in folded


def test_the_page_of_a_big_packet_stays_short_enough_for_a_forge() -> None:
    calls = [
        single(
            "sdk-model-call",
            f"agent/some/longer/folder/of/files/module_{at:04}.py:{at + 1}",
            f"Agent.send_request_{at}",
        )
        for at in range(3000)
    ]
    pack = pack_of(*(requirement(Has(("model_call",)), id=f"r{at}", evidence=("model_call",)) for at in range(12)))

    page = to_markdown(rich_packet(calls, pack))

    assert len(page.encode()) <= LONGEST_PAGE
    assert page.count("| [`agent/some/") >= 12 * 8


def test_a_page_full_of_links_and_ways_stays_short_enough_and_keeps_the_links_of_its_evidence() -> None:
    folder = "agent/some/longer/folder/of/files"
    calls = [single("sdk-model-call", f"{folder}/module_{at:04}.py:{at + 1}", f"Agent.send_{at}") for at in range(300)]
    functions = tuple(
        Function(f"f{at}", f"{folder}/module_{at:04}.py", at + 1, at + 9, f"Agent.send_{at}") for at in range(300)
    )
    places = tuple(each.id for one in calls for each in one.touchpoints)
    way = tuple(Step(each.id, each.line) for each in functions[:7])
    graph = graph_of(functions, places)
    assert graph.passages is not None
    assert graph.gates is not None
    graph = msgspec.structs.replace(
        graph,
        passages=Passages(
            ("model_call",),
            places,
            tuple(Door(each.id, places, ("command line",)) for each in functions),
            tuple(PassedBy(each, ("command line",), way) for each in places),
        ),
        gates=GateCoverage(
            (300, 300, 300, 300),
            tuple(
                GateVerdict(each, verdict, False, places[:9], way)
                for verdict in ("covered", "policy", "uncovered", "unknown")
                for each in places
            ),
            places,
        ),
    )
    pack = pack_of(*(requirement(Has(("model_call",)), id=f"r{at}", evidence=("model_call",)) for at in range(12)))

    page = to_markdown(rich_packet(calls, pack, graph=graph))

    assert len(page.encode()) <= LONGEST_PAGE
    assert page.count(f"| [`{folder}/") >= 12 * 4


def test_the_same_packet_gives_the_same_bytes() -> None:
    assert to_markdown(rich_packet()) == to_markdown(rich_packet(SEAMS, PACK))
    assert to_json(rich_packet()) == to_json(rich_packet(SEAMS, PACK))
    assert to_json(rich_packet()).endswith(b"}\n")
