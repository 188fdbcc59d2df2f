"""What pages say of a packet in words."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from madeup import rich_packet

from scanner import packetwords
from scanner.graphpacket import NO_CODE, UNREACHED, GateCoverage, GateVerdict, Passages
from scanner.packet import Coverage, InventoryItem, SurfaceMatrix, SurfaceRow, Version
from scanner.packetwords import without_places

A, B, C = "[[place:a]]", "[[place:b1]]", "[[place:c]]"


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        (f"counted: missing at 4 of 21 places, {A}, {B} and 2 more", "counted: missing at 4 of 21 places"),
        (f"counted: missing at 4 of 21 places: {A}, {B} and 2 more", "counted: missing at 4 of 21 places"),
        (f"counted: missing at 1 of 1 place, {A}", "counted: missing at 1 of 1 place"),
        (f"counted: missing in 2 of 6 files, {A} and {B}", "counted: missing in 2 of 6 files"),
        (f"prompts out of code: now {A}, {B} and {C}", "prompts out of code"),
        (f"a loop, found, but no call of it here: {A}", "a loop, found, but no call of it here"),
        (f"an id: reaches 8 of 21 places; at hand but not handed on: {A} and {B}; absent: {C} and 5 more", "an id: reaches 8 of 21 places"),
        (f"an id: reaches 0 of 9 places; absent: {A}", "an id: reaches 0 of 9 places"),
        (
            f"effects: 0 of 5 covered; 4 reached past every gate, {A} and {B}; 1 behind rules that ask nobody, {C}",
            "effects: 0 of 5 covered; 4 reached past every gate; 1 behind rules that ask nobody",
        ),
        (
            f"calls: 14 functions that do it are reached through 5, {A} (holds 10), {B} (with the next) and 3 more; "
            f"4 pass the first by: {C} and {A}",
            "calls: 14 functions that do it are reached through 5; 4 pass the first by",
        ),
        (f"this: missing at 1 of 2 places, {A}, or that: missing at 1 of 3 places, {B}", "this: missing at 1 of 2 places, or that: missing at 1 of 3 places"),
        ("one list: now in 2 files, `a.py` and `b.py`", "one list: now in 2 files"),
        ("one list: now in 1 file, `settings`", "one list: now in 1 file"),
        ("one list: now in 9 files, `a.py`, `b.py` and 7 more", "one list: now in 9 files"),
        (f"Nothing is asked: {A}.", "Nothing is asked."),
    ],
)  # fmt: skip
def test_the_lists_that_end_clauses_are_left_out_of_the_gist(text: str, gist: str) -> None:
    assert without_places(text) == gist


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        ("counted: missing at 1 of 2 places, `Agent.run` (a/b.py:3), `ask` (c.py:4) and 2 more", "counted: missing at 1 of 2 places"),
        ("counted: missing at 1 of 2 places, `page` (app/(main) 2/page.tsx:3) and settings.yaml:4", "counted: missing at 1 of 2 places"),
        ("an id: reaches 0 of 9 places; absent: `a` (b.py:1)", "an id: reaches 0 of 9 places"),
        ("missing in 2 of 6 files, `a` (b.py:1) and `c` (d.py:2)", "missing in 2 of 6 files"),
        ("a card: `docs/card.md:4` comes nearest with 1 of 2, without `a` (b.py:1)", "a card: `docs/card.md:4` comes nearest with 1 of 2, without `a` (b.py:1)"),
    ],
)  # fmt: skip
def test_places_in_words_as_json_has_them_are_told_from_other_code(text: str, gist: str) -> None:
    assert without_places(text) == gist


@pytest.mark.parametrize(
    "text",
    [
        "",
        A,
        f"no call found of {A}",
        f"put it behind {A}",
        f"call {A}, then {B} of it",
        "operations such as `invoke_agent` and `execute_tool` (`gen_ai.operation.name`)",
        "Calls go through `litellm`, `openai` and a gateway of its own",
        "Calls go through `litellm`, `openai`",
        "the tokens (`gen_ai.usage.input_tokens`, `gen_ai.usage.output_tokens`)",
        "a name with `; absent: ` in it",
        "a name with `, [[place:a]]`",
        "now on 2 surfaces, `cli` and `core`",
        "one mark of 3; none of it on results",
        "an open ` and; more",
    ],
)
def test_what_a_sentence_is_about_stays(text: str) -> None:
    assert without_places(text) == text


@given(
    st.lists(
        st.sampled_from(f"{A}|, | and |: |; |`|`a`| (holds 1)| (a.py:1)|a.py:1|now | files|, or |word|.".split("|"))
    )
)
def test_a_gist_is_no_longer_than_its_sentence_and_never_nothing(pieces: list[str]) -> None:
    text = "".join(pieces)
    gist = without_places(text)

    assert len(gist) <= len(text)
    assert gist or not text


def test_what_is_asked_for_is_told_by_its_kinds_and_number() -> None:
    packet = rich_packet()
    calls = tuple(each.id for each in packet.touchpoints if each.kind == "model_call")
    other = next(each for each in packet.touchpoints if each.kind != "model_call")

    def asked(*places: str, counted: bool = False) -> str:
        return packetwords.asked_of(packet, Passages((), places, (), ()), counted)

    assert asked(*calls) == "the functions that send requests to a model"
    assert asked(calls[0], counted=True) == "1 function that sends requests to a model"
    assert asked(other.id, counted=True) == f"1 function that has a seam of {other.kind.replace('_', ' ')}"


def test_gates_that_only_a_condition_reaches_are_counted_once() -> None:
    packet = rich_packet()
    place = packet.touchpoints[0].id
    effects = (
        GateVerdict(place, "covered", True, (), ()),
        GateVerdict(place, "covered", False, (), ()),
        GateVerdict(place, "uncovered", True, (), ()),
    )
    gates = GateCoverage((2, 0, 1, 0), effects, ())

    assert packetwords.conditional_in(gates) == 1
    assert "2 run only behind a gate at which a person can be asked (1 of them only where a" in packetwords.verdicts_of(
        packet, gates
    )


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (8_630_000, "8.6 MB")])
def test_bytes_are_told_for_people(count: int, text: str) -> None:
    assert packetwords.size(count) == text


def test_names_that_are_none_are_told_in_words() -> None:
    assert packetwords.no_surface(UNREACHED) == "to which no way from a known entry point leads"
    assert packetwords.no_surface(NO_CODE) == "that stand in no code"
    assert packetwords.no_surface("cli") == ""
    assert packetwords.no_suffix("no suffix") == "with no suffix"
    assert packetwords.no_suffix("other") == "with another suffix"
    assert packetwords.no_suffix(".png") == ""
    assert packetwords.set_apart("docs") == "documentation file"
    assert packetwords.set_apart("fixture") == "fixture file"


def test_of_a_version_only_the_first_place_is_told() -> None:
    first, again = (Version("openai", "1.2", False, path, 1) for path in ("a.toml", "b.toml"))
    pinned = Version("openai", "1.2", True, "a.lock", 1)

    assert packetwords.versions_of(InventoryItem("openai", (), (first, again, pinned))) == [first, pinned]


def test_kinds_that_no_surface_has_are_left_out() -> None:
    rows = (SurfaceRow("core", (1, 0, 0)), SurfaceRow("cli", (0, 0, 2)))
    packet = msgspec.structs.replace(rich_packet(), surfaces=SurfaceMatrix(("a", "b", "c"), rows))

    assert packetwords.columns_of(packet) == [0, 2]


def test_what_was_read_is_told_by_language() -> None:
    packet = msgspec.structs.replace(rich_packet(), coverage=Coverage((("Python", 3), ("Go", 1)), 4, 10, ()))

    assert packetwords.read_of(packet) == "4 files read (3 Python and 1 Go)"
