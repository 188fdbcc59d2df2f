"""What changed since a baseline, as the page for a design review shows it."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from madeup import rich_packet
from sections import Read, shown
from test_diff import rich_diff

from scanner.diff import compare
from scanner.diffpacket import (
    AttestationChange,
    Bypass,
    Call,
    CompletenessChange,
    GateChange,
    PacketDiff,
    SeamChange,
    Spot,
    StatusChange,
    ValueNote,
)
from scanner.diffwords import headline, sections
from scanner.packet import Packet
from scanner.reviewchanges import review_changes
from scanner.touchpoints import Confidence, Role

PERMALINK = "https://forge.example/owner/agent/blob/{}/{{path}}#L{{line}}-L{{end_line}}"


def read(diff: PacketDiff, packet: Packet | None = None) -> Read:
    return shown("changes", review_changes(diff, packet), diff.pack)


def linked(diff: PacketDiff) -> PacketDiff:
    """The same with a forge that has both commits."""
    old, new = (msgspec.structs.replace(each, permalink=PERMALINK.format(each.commit)) for each in (diff.old, diff.new))
    return msgspec.structs.replace(diff, old=old, new=new)


def spot(name: str, path: str = "a.py", line: int = 3, kind: str = "side_effect", id: str = "f1") -> Spot:
    return Spot(id, kind, name, path, line, line + 2, name, "text", Confidence.HIGH, Role.USE)


@cache
def nothing() -> PacketDiff:
    return linked(compare(rich_packet(), rich_packet()))


def of(**topics: Any) -> PacketDiff:
    """A difference of these topics alone."""
    return msgspec.structs.replace(nothing(), **topics)


def test_a_difference_is_told_with_its_headline_both_scores_and_every_section() -> None:
    diff = rich_diff()
    found = read(diff)

    assert headline(diff) in found.line
    assert "Before cccccccccccc with 1 changed file Partial 61 of 100, 6.5 of 12 by weight" in found.line
    assert "Now 0123456789ab with 1 changed file Partial 54 of 100, 6.5 of 12 by weight" in found.line
    topics = [each for each in sections(diff) if each.title not in ("Requirements lowered", "Score")]
    assert len(topics) >= 4
    for each in topics:
        assert f"{each.title} {len(each.rows)}" in found.line
        for row in each.rows:
            assert all(name in found.line for name in row.names)


def test_nothing_changed_is_said_plainly_and_notes_stand_before_it() -> None:
    packet = rich_packet()
    other = msgspec.structs.replace(packet, rules_digest="0" * 64, scanner_version="9.9.9")

    plain, noted = (read(compare(packet, each)) for each in (packet, other))

    assert "Nothing changed since the baseline." in plain.line
    assert "Note:" not in plain.line
    assert plain.having("details") == plain.having("table") == []
    order = [noted.line.index(each) for each in ("scanner 9.9.9", "different rules", "Nothing changed", "Before")]
    assert order == sorted(order)


def test_a_status_is_told_by_its_shape_and_its_word_before_and_now_with_the_reason() -> None:
    diff = of(
        statuses_raised=(StatusChange("canary", "Canary rollout", "gap", "n/a", "gap", "n/a", why=("No `split`.",)),),
        statuses_lowered=(
            StatusChange(
                "fallback", "Fallback", "ready", "partial", "ready", "gap", now_by="the team", why=("a retry",)
            ),
        ),
    )
    found = read(diff)

    assert "Canary rollout No split. ○ gap \N{EN DASH} n/a ↑ raised" in found.line
    assert (
        "Fallback on the word of the team (found: gap) missing now: a retry ● ready ◐ partial ↓ lowered" in found.line
    )
    assert found.links == {"#gateway/requirement/canary": "Canary rollout", "#gateway/requirement/fallback": "Fallback"}
    assert "Requirements raised" not in found.text, "the table has them"


def test_places_are_linked_on_the_side_on_which_they_are_but_not_in_changed_files() -> None:
    was, now = spot("ask", "old.py", 7, id="f0"), spot("send", "new.py", 9)
    diff = of(
        seams_moved=(SeamChange(was, now),),
        seams_removed=(spot("gone", "gone.py", 1, id="f2"),),
        models_added=(ValueNote("m-1", "config.yaml", 10, 1),),
    )
    changed = msgspec.structs.replace(diff.new, changed=("config.yaml", "gone.py"))
    found = read(msgspec.structs.replace(diff, new=changed))

    old, new = (f"https://forge.example/owner/agent/blob/{side.commit}" for side in (diff.old, diff.new))
    assert {address: text for address, text in found.links.items() if not address.startswith("#")} == {
        f"{old}/old.py#L7-L9": "old.py:7",
        f"{new}/new.py#L9-L11": "new.py:9",
        f"{old}/gone.py#L1-L3": "gone.py:1",
    }
    assert "old.py:7 (before) → new.py:9" in found.line
    assert "config.yaml:10" in found.line


def test_a_baseline_that_is_part_of_a_commit_has_no_links_since_its_own_lead_from_its_folder() -> None:
    diff = of(seams_removed=(spot("gone", "gone.py", 1),), seams_added=(spot("more", "more.py", 4),))
    old = msgspec.structs.replace(diff.old, permalink="../../{path}#L{line}")
    found = read(msgspec.structs.replace(diff, old=old))

    assert "gone.py:1" in found.line
    assert [each for each in found.links if not each.startswith(("#", "https://"))] == []
    assert "more.py:4" in found.links.values()


def test_a_seam_of_the_new_packet_is_linked_within_the_page_and_a_removed_one_is_not() -> None:
    diff = rich_diff()
    found = read(diff)

    inside = {address for address in found.links if address.startswith("#gateway/seam/")}
    named = (*diff.seams_added, *(each.now for each in diff.confidence_changed))
    assert inside == {f"#gateway/seam/{each.id}" for each in named}
    assert inside.isdisjoint(f"#gateway/seam/{each.id}" for each in diff.seams_removed)


def test_a_use_is_linked_to_its_seam_where_the_packet_is_known() -> None:
    packet = rich_packet()
    seam = next(each for each in packet.seams if len(each.touchpoints) > 1)
    use = spot("act", id=seam.touchpoints[-1])
    diff = of(gate_coverage=(GateChange(use, "covered", "uncovered", True, False),))

    assert read(diff, packet).links.get(f"#gateway/seam/{seam.id}") == "act"
    assert not [each for each in read(diff).links if each.startswith("#")], "else it may lead nowhere"


def test_a_seam_that_the_page_does_not_have_is_not_linked_within_it() -> None:
    diff = of(seams_added=(spot("send", id="never"),))

    assert not [each for each in read(diff, rich_packet()).links if each.startswith("#")]


def test_signs_are_words_for_those_who_do_not_see_them() -> None:
    diff = of(
        seams_added=(spot("new"),),
        seams_removed=(spot("gone"),),
        seams_renamed=(SeamChange(spot("a"), spot("b")),),
        completeness=(CompletenessChange("complete", "partial", ("one file",), ()),),
    )
    signs = [each for each in read(diff).having("span") if each.get("role") == "img"]

    assert [each["aria-label"] for each in signs] == ["added", "removed", "changed", "lowered", "added"]


def test_a_way_is_shown_call_by_call_and_somebodys_word_leads_to_its_requirement() -> None:
    way = (Call("cli/main.py", "main", 4), Call("loop.py", "act", 9))
    word = AttestationChange("canary", "Canary rollout", "expired", "ready", "ops", "2026-01-01", "Seen.", "gap", "gap")
    found = read(of(new_bypasses=(Bypass("gate", spot("act"), "new", "", way),), attestations=(word,)))

    assert "main.py:main:4 loop.py:act:9" in found.line
    assert found.links["#gateway/requirement/canary"] == "Canary rollout"
    assert "by ops until 2026-01-01: Seen." in found.line


@pytest.mark.parametrize(("count", "is_open", "rest"), [(12, True, ""), (13, False, ""), (420, False, "and 20 more")])
def test_a_short_list_is_open_and_a_very_long_one_says_how_much_it_leaves_out(
    count: int, is_open: bool, rest: str
) -> None:
    found = read(of(seams_added=tuple(spot(f"f{at}", line=at, id=f"f{at}") for at in range(count))))

    assert [("open" in each) for each in found.having("details")] == [is_open]
    assert f"Seams added {count}" in found.line
    assert rest in found.line
    assert ("more" in found.line) == bool(rest)


ALLOWED = {
    *("section", "h2", "h3", "p", "strong", "dl", "div", "dt", "dd", "span", "code", "a", "ul", "ol", "li", "details"),
    *("summary", "table", "caption", "thead", "tbody", "tr", "th", "td", "wbr"),
}
HOSTILE = "</code><script>x</script>\"'`<img src=x onerror=y>` {{ 7*7 }}\u202e\x1b[31m\n](javascript:z)"


def hostile_diff(text: str) -> PacketDiff:
    """A difference in which everything that comes from elsewhere is the same text."""
    place = spot(text, text, 3, id=text)
    diff = of(
        notes=(text,),
        title=text,
        repository=text,
        statuses_lowered=(StatusChange(text, text, "ready", "gap", "ready", "gap", text, text, (text,)),),
        seams_added=(place,),
        seams_removed=(place,),
        seams_moved=(SeamChange(place, spot(f"{text}2", f"{text}2")),),
        gate_coverage=(GateChange(place, "covered", "uncovered", False, False),),
        new_bypasses=(Bypass("door", place, text, text, (Call(text, text, 1), Call(text, text, 2))),),
        env_vars_added=(ValueNote(text, text, 1, 2, True),),
        attestations=(AttestationChange(text, text, "begun", "ready", text, text, text, "gap", "gap"),),
        completeness=(CompletenessChange("partial", "partial", (text,), (text,)),),
    )
    side = msgspec.structs.replace(diff.new, word=text, commit=text, asked=text)
    return msgspec.structs.replace(diff, old=side, new=msgspec.structs.replace(side, permalink="javascript:{path}"))


def check_inert(found: Read) -> None:
    assert {tag for tag, _ in found.elements} <= ALLOWED
    names = {name for _, attributes in found.elements for name in attributes}
    assert names <= {"class", "id", "aria-labelledby", "aria-label", "aria-hidden", "role", "href", "rel", "open"} | {
        "scope",
        "title",
    }
    assert all(each.startswith(("#gateway/", "https://forge.example/")) for each in found.links)
    assert not any(hidden in found.text for hidden in "\u202e\x1b\u2066")


@pytest.mark.parametrize("text", [HOSTILE, "`" + HOSTILE, HOSTILE + "`", "[[place:x]]" + HOSTILE])
def test_names_from_elsewhere_are_no_markup_and_hide_nothing(text: str) -> None:
    found = read(hostile_diff(text), rich_packet())

    check_inert(found)
    assert "<script>x</script>" in found.text
    assert "{{ 7*7 }}" in found.text


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30))
def test_whatever_names_say_the_section_keeps_its_shape(text: str) -> None:
    check_inert(read(hostile_diff(text)))
