"""Readiness over commits, as the page for a design review shows it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from madeup import rich_packet
from sections import Read, shown
from test_history import history, row, some

from scanner.history import History
from scanner.historychart import history_svg
from scanner.packet import Packet
from scanner.reviewhistory import review_history

STYLE = Path(__file__).parent.parent / "templates" / "review" / "changes.css"


def packet_of(pack: str, name: str = "agent") -> Packet:
    packet = rich_packet()
    return msgspec.structs.replace(
        packet,
        pack=msgspec.structs.replace(packet.pack, id=pack),
        repository=msgspec.structs.replace(packet.repository, name=name, remote=""),
    )


def read(found: History, pack: str = "p0") -> Read:
    return shown("history", review_history(found, packet_of(pack)), pack)


def test_the_table_tells_of_every_commit_and_what_changed_in_words() -> None:
    line = read(some()).line

    expected = [
        "2026-02-05 0f0f0f0f0f 95 so many ↑ raised: calls, gates",
        "2026-01-29 0e0e0e0e0e v0.2, stable 60 so many → no longer n/a: calls, fallback",
        "2026-01-22 0d0d0d0d0d not scored so many ↓ lowered: gates → now n/a: calls, fallback",
        "2026-01-15 0c0c0c0c0c not judged the commit holds no files \N{EN DASH}",
        "2026-01-08 0b0b0b0b0b 40 so many ↑ raised: calls",
        "2026-01-01 0a0a0a0a0a v0.1 25 so many the first that was judged",
    ]
    assert " ".join(expected) in line
    assert "The 6 commits as a table" in line
    assert "6 commits of 99 since v0, at least 1w apart, up to 0f0f0f0f0f, judged by scanner 1.2.3." in line


def test_a_commit_at_which_no_status_changed_says_so() -> None:
    assert "none" in read(history(row(0, 10, "gap"), row(1, 10, "gap"))).line


def test_only_the_curve_of_the_pack_is_drawn_and_a_history_without_it_gives_no_section() -> None:
    found = review_history(some(), packet_of("p1"))

    assert found is not None
    assert [each.name for each in found.drawing.curves] == ["Pack 2: 25 at first, 95 at last"]
    assert review_history(some(), packet_of("p9")) is None


def test_a_history_of_another_repository_says_so() -> None:
    own, other = (review_history(some(), packet_of("p0", name)) for name in ("agent", "somebody"))

    assert own is not None
    assert other is not None
    assert own.notes == some().notes
    assert other.notes == (*some().notes, "The history is of agent, and the packet of somebody.")


def test_the_chart_needs_no_style_of_its_own_and_keeps_its_tips() -> None:
    found = read(some())

    assert not found.having("style")
    assert not [each for _, each in found.elements if "style" in each]
    (svg,) = found.having("svg")
    assert svg["role"] == "img"
    ids = [each["id"] for _, each in found.elements if "id" in each]
    assert set(svg["aria-labelledby"].split()) < set(ids)
    assert len(ids) == len(set(ids))
    assert all(each.startswith("p0/") for each in ids)
    assert len(found.having("polyline")) == 2
    assert "Pack 1: 95\n0f0f0f0f0f, 2026-02-05\n2 ready, 1 partial, 0 gaps, 0 n/a\nraised calls and gates" in found.text


def test_every_class_of_the_chart_is_drawn_by_the_style_of_the_page() -> None:
    style = STYLE.read_text()
    _, _, drawn = (
        history_svg(history(row(0, 10, "gap", tags=["v1"]), row(1, None, unjudged="x")))
        .decode()
        .partition('<text class="faint"')
    )

    used = {name for each in re.findall(r'class="([^"]+)"', drawn) for name in each.split()} - {"s1", "f1"}
    assert used >= {"curve", "point", "grid", "tag", "cross", "entry", "number"}
    assert [name for name in sorted(used) if f".history svg .{name} " not in style] == []


def test_the_chart_and_the_table_scroll_in_boxes_that_a_keyboard_reaches() -> None:
    boxes = [each for each in read(some()).having("div") if each.get("class") == "box"]

    assert [each["tabindex"] for each in boxes] == ["0", "0"]
    assert all(each["aria-label"] for each in boxes)


def test_notes_of_a_history_are_told() -> None:
    found = msgspec.structs.replace(some(), notes=("The clone is shallow.",))

    assert "The clone is shallow." in read(found).line


ALLOWED = {
    *(
        "section",
        "h2",
        "p",
        "code",
        "div",
        "details",
        "summary",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ),
    *("strong", "span", "br", "svg", "title", "desc", "g", "line", "text", "polyline", "path"),
}


def check_inert(found: Read) -> None:
    assert {tag for tag, _ in found.elements} <= ALLOWED
    names = {name for _, attributes in found.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("href", "style", "src")]
    assert not any(hidden in found.text for hidden in "\u202e\x1b\u2066")


def hostile_history(text: str) -> History:
    found = history(
        msgspec.structs.replace(row(0, 10, "gap", tags=[text]), commit=text, date=text),
        row(1, 90, "ready", tags=[text, text]),
        row(2, None, unjudged=text or "why"),
        title=text,
    )
    return msgspec.structs.replace(
        found, repository=text, since=text, every=text, until=text, notes=(text,), scanner_version=text
    )


@pytest.mark.parametrize(
    "text", ["</title><script>x</script>", "\"'><image href=x onload=y>", "`<b>`\u202e\x1b[31m", "]]><!--{{ 7*7 }}-->"]
)
def test_tags_titles_and_reasons_are_no_markup_and_hide_nothing(text: str) -> None:
    check_inert(read(hostile_history(text)))


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30))
def test_whatever_tags_say_the_section_keeps_its_shape(text: str) -> None:
    check_inert(read(hostile_history(text)))


def test_the_picture_is_the_same_whether_or_not_a_page_was_made_before_it() -> None:
    before = history_svg(some())
    read(some())

    assert history_svg(some()) == before
