"""Where the forge shows the lines of a place."""

from __future__ import annotations

import pytest
from madeup import rich_packet

from scanner.diffwords import Where
from scanner.links import Links
from scanner.packet import Place

WEB = "https://forge.example/o/n/blob/abc/{path}#L{line}-L{end_line}"
BESIDE = "../../{path}#L{line}-L{end_line}"


def test_a_place_is_linked_with_its_last_line_where_it_tells_one() -> None:
    links = Links(WEB, ())

    assert links.of(Place("a/b.py", 3)) == "https://forge.example/o/n/blob/abc/a/b.py#L3"
    assert links.of(Where("a/b.py", 3, 9)) == "https://forge.example/o/n/blob/abc/a/b.py#L3-L9"
    place = next(each for each in rich_packet().touchpoints if each.end_line > each.line)
    assert links.of(place).endswith(f"{place.path}#L{place.line}-L{place.end_line}")


def test_a_file_that_differs_from_the_commit_has_no_link() -> None:
    links = Links(WEB, ["a.py"])

    assert links.of(Place("a.py", 3)) == ""
    assert links.of(Place("b.py", 3)) != ""


def test_files_beside_a_committed_packet_are_linked_where_a_page_stays_in_its_folder() -> None:
    assert Links(BESIDE, ()).of(Place("a.py", 3)) == "../../a.py#L3"
    assert Links(BESIDE, (), web=True).of(Place("a.py", 3)) == ""
    assert Links(WEB, (), web=True).of(Place("a.py", 3)) != ""


@pytest.mark.parametrize("template", ["", "javascript:{path}", "file:///{path}", "//evil.example/{path}"])
def test_nothing_else_becomes_a_link(template: str) -> None:
    assert Links(template, ()).of(Place("a.py", 3)) == ""
    assert Links(template, (), web=True).of(Place("a.py", 3)) == ""
