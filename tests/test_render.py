"""The packet's page reads well, and nothing from a repository changes its shape."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from madeup import PACK, REPOSITORY, SEAMS, pack_of, place, requirement, rich_packet, seam, single
from markdown_it import MarkdownIt
from pages import as_read

from scanner import escape
from scanner.packet import (
    BlindSpot,
    Completeness,
    Coverage,
    Inventory,
    InventoryItem,
    Packet,
    Place,
    SurfaceMatrix,
    SurfaceRow,
)
from scanner.packs import Has
from scanner.render import LONGEST_PAGE, to_json, to_markdown
from scanner.touchpoints import Role

#: A page takes a while to make.
PAGES = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])

NASTY = st.text(max_size=30) | st.lists(
    st.sampled_from(
        [
            "`",
            "``",
            "|",
            "\\",
            "\\|",
            "\n",
            "\r",
            "[x](http://x)",
            "<b>",
            "<!--",
            "-->",
            "![",
            "](",
            ")",
            "&lt;",
            "*",
            "__",
            "~~",
            "# ",
            "- ",
            "1. ",
            "> ",
            "---",
            "@someone",
            "www.x.org",
            "https://x.org",
            "#12",
            "\u202e",
            "\x00",
            "\x1b[31m",
            "\ud800",
            "\u2028",
            "[[place:",
            "]]",
            "{path}",
            "{{ 1 }}",
            "</details>",
            "name",
            " ",
            "  ",
            "\t",
            "$x$",
            "%0A",
            '"',
        ]
    ),
    max_size=8,
).map("".join)


def shape(markdown: str) -> list[tuple[str, str]]:
    """All tokens of a page but for their text; links with where they lead."""
    tokens = [each for block in MARKDOWN.parse(markdown) for each in (block, *(block.children or ()))]
    skipped = {"text", "code_inline", "text_special", "softbreak"}
    return [(each.type, each.content if "html" in each.type else "") for each in tokens if each.type not in skipped]


def hostile(text: str) -> Packet:
    """A packet of a repository that has `text` wherever it can have its say."""
    path, symbol = f"agent/{text}.py", f"Agent.{text}"
    chain = seam(
        msgspec.structs.replace(
            place("provider-fallback", "a.py:3", symbol, kind="fallback_chain", role=Role.DEFINITION),
            path=path,
            text=text,
            name=text,
        ),
        msgspec.structs.replace(
            place("provider-fallback", "a.py:9", kind="fallback_chain"), path=path, name=f"x{text}"
        ),
        surface=f"on {text}",
    )
    pack = pack_of(
        requirement(
            Has(("fallback_chain",), at_most=0, say="no chain"),
            claim="{{ seam('fallback_chain').best }} on {{ surfaces('fallback_chain') }}",
            next=("Move {{ seam('fallback_chain').best }}.",),
            slice="Move it",
        )
    )
    return rich_packet(
        (chain,),
        pack,
        msgspec.structs.replace(REPOSITORY, name=f"n{text}", changed=(), digest="", commit=f"c{text}"),
        completeness=Completeness("partial", (f"could not read {text}",)),
        inventory=Inventory(models=(InventoryItem(text, (Place(path, 1),)),)),
        blind_spots=(BlindSpot("too large", path, 0, f"d{text}"), BlindSpot("parse errors", path, 2, f"d{text}")),
        surfaces=SurfaceMatrix(("model_call",), (SurfaceRow(f"s{text}", (1,)),)),
        reproduce=(f"scanner packet --repo {text}",),
        coverage=Coverage(((f"l{text}", 1),), 1, 1, ((f"t{text}", 1),), ((f".{text}", 2),), 0),
    )


def test_the_page_of_a_rich_packet_is_the_one_that_was_read() -> None:
    page = to_markdown(rich_packet())

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

    assert not re.search(r"@\w|://|www\.|#\d", running)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u2028\u2029]", page)


@PAGES
@given(NASTY)
def test_json_of_any_text_can_be_read(text: str) -> None:
    made = json.loads(to_json(hostile(text)))

    assert made["touchpoints"][0]["text"] == text.encode("utf-8", "replace").decode("utf-8")


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


def test_the_same_packet_gives_the_same_bytes() -> None:
    assert to_markdown(rich_packet()) == to_markdown(rich_packet(SEAMS, PACK))
    assert to_json(rich_packet()) == to_json(rich_packet(SEAMS, PACK))
    assert to_json(rich_packet()).endswith(b"}\n")
