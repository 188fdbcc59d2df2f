"""Texts and code of a repository as HTML: text stays text."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

import pytest
from hostile import NASTY
from hypothesis import given
from markupsafe import Markup

from scanner.escape import marker
from scanner.highlight import highlighted
from scanner.htmltext import code, inert, prose

_OURS = {"code", "wbr", "span", "b"}


class _Read(HTMLParser):
    """What a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(str(page))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@given(NASTY)
def test_no_text_becomes_markup(text: str) -> None:
    for page in (code(text), prose(text, lambda _: None), Markup().join(highlighted("a.py", [text]))):
        seen = _Read(page)
        assert seen.tags <= _OURS
        assert seen.attributes <= {"title", "class"}


@given(NASTY, NASTY)
def test_no_text_hides_characters(text: str, other: str) -> None:
    pages = code(text), prose(f"{text} `{other}`", lambda _: None), Markup().join(highlighted("a.ts", [text]))
    for page in pages:
        # Spaces of all kinds can be seen.
        letters = [each for each in _Read(page).text if each not in "\t\n" and unicodedata.category(each) != "Zs"]
        assert all(map(str.isprintable, letters))


def test_code_and_places_keep_their_meaning_in_running_text() -> None:
    page = prose(f"Put `x<y>` behind {marker('f1')}, then.", lambda found: Markup("<b>{}</b>").format(found))

    assert page == "Put <code>x&lt;y&gt;</code> behind <b>f1</b>, then."


def test_a_place_that_is_unknown_is_shown_as_written() -> None:
    assert prose("see [[place:nowhere]]", lambda _: None) == "see [[place:nowhere]]"


def test_a_path_breaks_behind_its_parts_and_reads_as_it_is() -> None:
    page = code("agent/side_tasks.py:41")

    assert page == "<code>agent/<wbr>side_tasks.<wbr>py:<wbr>41</code>"
    assert _Read(page).text == "agent/side_tasks.py:41"


def test_a_long_name_loses_its_middle_and_is_whole_in_its_title() -> None:
    page = code("a" * 80 + "b" * 80)

    assert "…" in _Read(page).text
    assert 'title="' + "a" * 80 + "b" * 80 + '"' in page


@given(NASTY)
def test_values_of_templates_are_one_printable_line(text: str) -> None:
    shown = inert(text)

    assert isinstance(shown, str)
    assert shown.isprintable()


def test_markup_of_ours_and_numbers_pass_as_they_are() -> None:
    assert inert(Markup("<b>x</b>")) == "<b>x</b>"
    assert inert(3) == 3


@pytest.mark.parametrize(
    "path", ["a.py", "a.ts", "a.tsx", "a.rs", "a.go", "a.yaml", "a.toml", "a.json", "a.sql", "a.sh"]
)
def test_code_of_each_language_gets_its_colours_line_by_line(path: str) -> None:
    lines = ["# one", 'x = "two" // 3', "", "import four"]

    marked = highlighted(path, lines)

    assert [_Read(each).text for each in marked] == lines
    assert any("<span" in each for each in marked)


def test_a_language_that_is_not_known_is_plain_text() -> None:
    assert highlighted("a.unknown", ["<x>"]) == (Markup("&lt;x&gt;"),)


def test_lines_lose_the_indent_that_all_share() -> None:
    assert [_Read(each).text for each in highlighted("a.py", ["        if x:", "", "            y"])] == [
        "if x:",
        "",
        "    y",
    ]


def test_a_text_over_several_lines_keeps_each_line_whole() -> None:
    marked = highlighted("a.py", ['"""One', "two <b>", 'three"""'])

    assert [each.count("<span") == each.count("</span>") for each in marked] == [True] * 3
    assert [_Read(each).text for each in marked] == ['"""One', "two <b>", 'three"""']
