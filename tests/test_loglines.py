"""What is printed is no command to the runner that keeps a job's log, steers no terminal and shows no key."""

from __future__ import annotations

import json
import re

import pytest
from hostile import NASTY
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.jsonpage import json_page
from scanner.loglines import inert, line_of, page_of

#: As runners of GitHub, Azure and TeamCity read a line.
COMMAND = re.compile(
    r"(?:\A|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])[^\S\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]*::|##\w*\["
)
SIGNS = st.sampled_from(
    ["::", ":", "##[", "#", "##", "[", "##vso[", "\n", "\r", "\r\n", "\x85", "\u2028", " ", "\t", "\xa0", "\u3000", "x"]
)
TEXTS = st.lists(SIGNS, max_size=12).map("".join) | NASTY
KEY = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT" * 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::add-mask::x", "\\x3a:add-mask::x"),
        ("a\n  ::set-output name=x::y", "a\n  \\x3a:set-output name=x::y"),
        ("a\r\xa0::error::x", "a\r\xa0\\x3a:error::x"),
        ("x ##[error]y ##vso[task.setvariable]z", "x #\\x23[error]y #\\x23vso[task.setvariable]z"),
        ("###[error]", "##\\x23[error]"),
        ("std::path, ## Heading, #[derive]", "std::path, ## Heading, #[derive]"),
    ],
)
def test_a_command_loses_one_of_its_signs_and_nothing_else_changes(text: str, shown: str) -> None:
    assert inert(text) == shown
    assert inert(shown) == shown


@example("\n" * 50_000 + " " * 50_000)
@given(TEXTS)
def test_no_line_of_any_text_is_a_command(text: str) -> None:
    assert COMMAND.search(inert(text)) is None
    assert COMMAND.search(line_of(text)) is None


@given(TEXTS)
def test_a_page_has_its_lines_and_nothing_that_steers_a_terminal(text: str) -> None:
    page = page_of(text).decode()

    assert page.count("\n") == text.count("\n")
    assert all(line.replace("\t", "").isprintable() for line in page.split("\n"))
    assert COMMAND.search(page) is None


@given(TEXTS)
def test_json_of_any_text_is_no_command_steers_nothing_and_says_the_same(text: str) -> None:
    page = json_page({text: [text]}).decode()

    assert COMMAND.search(page) is None
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]", page)
    said = text.encode("utf-8", "replace").decode()
    assert json.loads(page) == {said: [said]}


def test_no_key_is_on_a_page_on_a_line_or_in_json() -> None:
    for said in (page_of(f"a {KEY}\n").decode(), line_of(KEY), json_page({KEY: [f"x\n{KEY}", {"a": KEY}]}).decode()):
        assert KEY not in said
        assert "…masked…" in said


def test_a_styled_page_keeps_its_colours_and_is_no_command() -> None:
    assert page_of("\x1b[1mx\x1b[0m\n::y", styled=True) == b"\x1b[1mx\x1b[0m\n\\x3a:y"
