"""The code around a place: the lines of the file that the packet links, few, short, and without secrets."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from conftest import Repo
from hypothesis import given
from hypothesis import strategies as st

from scanner.assemble import public
from scanner.candidates import Candidate, FileReport
from scanner.excerpts import Excerpt, excerpts_at
from scanner.lines import runs_around, window
from scanner.packed import Reports, pack
from scanner.packet import PacketTouchpoint
from scanner.touchpoints import Confidence, Role

CALL = "acme.completion()"


def shown(repo: Repo) -> dict[int, Excerpt]:
    """The excerpts of all touchpoints of a repository, by line."""
    found = repo.scan()
    excerpts = excerpts_at(found.reports, map(public, found.touchpoints))
    return {item.line: excerpts[item.id] for item in found.touchpoints if item.id in excerpts}


def candidate(line: int, end_line: int = 0) -> Candidate:
    return Candidate(
        rule="r",
        kind="model_call",
        role=Role.USE,
        confidence=Confidence.HIGH,
        ground="call",
        start=line,
        end=line + 1,
        line=line,
        end_line=end_line or line,
        symbol="",
        name="",
        text="",
    )


def place(line: int, end_line: int = 0, path: str = "a.py") -> PacketTouchpoint:
    end_line = end_line or line
    return PacketTouchpoint(f"{path}:{line}", "r", "k", Role.USE, Confidence.HIGH, path, line, end_line, "", "")


def of_source(source: bytes, *candidates: Candidate) -> Reports:
    """Reports on one file with these candidates."""
    report = FileReport("a.py", "python", "a", excerpts=runs_around(source, candidates))
    return Reports([pack(report)])


def numbered(count: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(1, count + 1))


def test_a_place_is_shown_from_two_lines_before_it_to_two_after_its_end(repo: Repo) -> None:
    repo.write("a.py", f"import acme\n\nA = 1\nB = 2\n{CALL}\nC = 3\nD = 4\nE = 5\n")
    assert shown(repo) == {5: Excerpt("a.py", 3, ("A = 1", "B = 2", CALL, "C = 3", "D = 4"))}


def test_of_a_long_place_no_more_than_six_lines_after_its_first_are_shown() -> None:
    excerpt = excerpts_at(of_source(numbered(50), candidate(10, 40)), [place(10, 40)])["a.py:10"]
    assert (excerpt.first, len(excerpt.lines), excerpt.lines[-1]) == (8, 9, "line 16")


def test_lines_keep_their_indentation(repo: Repo) -> None:
    repo.write("a.py", f"import acme\n\ndef run():\n\tif A:\n\t\treturn {CALL}  \n")
    assert shown(repo)[5].lines == ("def run():", "\tif A:", f"\t\treturn {CALL}  ")


def test_windows_that_overlap_or_touch_are_kept_once() -> None:
    runs = runs_around(numbered(100), [candidate(40), candidate(10), candidate(12), candidate(17), candidate(10)])
    assert [(run.first, run.first + run.text.count("\n")) for run in runs] == [(8, 19), (38, 42)]


def test_neighbours_in_one_run_have_an_excerpt_each() -> None:
    reports = of_source(numbered(30), candidate(10), candidate(12))
    excerpts = excerpts_at(reports, [place(10), place(12)])
    assert {key: (each.first, len(each.lines)) for key, each in excerpts.items()} == {
        "a.py:10": (8, 5),
        "a.py:12": (10, 5),
    }


def test_a_place_without_lines_of_its_own_has_an_excerpt_only_near_another() -> None:
    reports = of_source(numbered(30), candidate(10))
    excerpts = excerpts_at(reports, [place(12), place(13), place(10, path="elsewhere.py")])
    assert excerpts == {"a.py:12": Excerpt("a.py", 10, ("line 10", "line 11", "line 12"))}


def test_blank_lines_at_either_end_are_left_out() -> None:
    reports = of_source(b"a\n\n  \nhere\n\nb\n\n", candidate(4, 5))
    assert excerpts_at(reports, [place(4, 5)])["a.py:4"] == Excerpt("a.py", 4, ("here", "", "b"))


def test_a_blank_line_is_shown_where_the_place_itself_is_one() -> None:
    assert excerpts_at(of_source(b"\n\n\n", candidate(2)), [place(2)])["a.py:2"] == Excerpt("a.py", 2, ("",))


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_the_last_line_is_the_last_whether_it_ends_or_not(repo: Repo, ending: str) -> None:
    repo.write("a.py", f"import acme\nx = 1\n{CALL}{ending}".encode())
    assert shown(repo)[3] == Excerpt("a.py", 1, ("import acme", "x = 1", CALL))
    (run,) = repo.report("a.py").excerpts
    assert run.text.count("\n") == 2 + (ending == "\n\n")


def test_carriage_returns_are_no_part_of_a_line(repo: Repo) -> None:
    repo.write("a.py", f"import acme\r\nx = 1\r\n{CALL}\r\ny = 2\r\n".encode())
    assert shown(repo)[3].lines == ("import acme", "x = 1", CALL, "y = 2")
    assert runs_around(b"x\r\ny\r", [candidate(1)])[0].text == "x\ny"


def test_signs_that_other_tools_take_for_ends_of_lines_are_part_of_theirs(repo: Repo) -> None:
    repo.write("a.py", f"import acme\nx = '\u2028 \x0b \x85'\n{CALL}\n".encode())
    assert shown(repo)[3].lines == ("import acme", "x = '\u2028 \x0b \x85'", CALL)


def test_secrets_of_the_lines_around_a_place_are_masked(repo: Repo) -> None:
    repo.write(
        "a.py", f"import acme\nclient = Client('sk-proj-abcdefghijklmnop1234')\n{CALL}\npassword = 'hunter2hunter2'\n"
    )
    lines = shown(repo)[3].lines
    assert lines[1] == "client = Client('…masked…')"
    assert lines[3] == "password = '…masked…'"


def test_a_secret_is_masked_before_its_line_is_cut(repo: Repo) -> None:
    start = f"x = '{'a' * 180}', "
    repo.write("a.py", f"import acme\n{start}'sk-proj-{'abcdefgh1234' * 5}'\n{CALL}\n")
    line = shown(repo)[3].lines[1]
    assert "sk-proj" not in line
    assert line.startswith(f"{start}'…masked…"[:200])


def test_a_line_of_fifty_kilobytes_is_shown_by_its_beginning(repo: Repo) -> None:
    repo.write("a.py", f"import acme;{CALL};x = '{'y' * 50_000}'")
    report = repo.report("a.py")
    assert [len(run.text) for run in report.excerpts] == [200]
    assert shown(repo)[1].lines[0].startswith(f"import acme;{CALL}")


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert runs_around(b"a\xffb\n", [candidate(1)])[0].text == "a\ufffdb"


def test_of_one_file_so_many_lines_are_kept_and_no_more() -> None:
    source = b"x\n" * 40_000
    runs = runs_around(source, [candidate(line) for line in range(39_999, 0, -10)])
    assert sum(run.text.count("\n") + 1 for run in runs) == 3000
    assert runs[0].first == 7
    one = runs_around(source, [candidate(line) for line in range(1, 39_999)])
    assert [(run.first, run.text.count("\n") + 1) for run in one] == [(1, 3000)]


@pytest.mark.parametrize("source", [b"", b"\n"])
def test_a_file_of_nothing_has_at_most_an_empty_line(source: bytes) -> None:
    assert [run.text for run in runs_around(source, [candidate(1)])] == [""] * source.count(b"\n")


def test_without_candidates_nothing_is_kept(repo: Repo) -> None:
    repo.write("a.py", "import os\nos.getcwd()\n")
    assert repo.report("a.py").excerpts == ()


def test_of_tests_nothing_is_kept(repo: Repo) -> None:
    repo.write("tests/test_a.py", f"import acme\n\ndef test_it():\n    {CALL}\n")
    report = repo.report("tests/test_a.py")
    assert report.candidates
    assert report.excerpts == ()


def notebook(*cells: str) -> dict[str, object]:
    made = [{"cell_type": "code", "outputs": [], "source": cell.splitlines(keepends=True)} for cell in cells]
    return {"cells": made, "metadata": {}, "nbformat": 4}


def test_of_a_notebook_the_code_is_shown_on_the_lines_that_hold_it(repo: Repo) -> None:
    text = json.dumps(notebook("import acme\n", f"if True:\n    {CALL}\n"), indent=1)
    repo.write("a.ipynb", text)
    ((line, excerpt),) = shown(repo).items()
    assert CALL in text.splitlines()[line - 1]
    assert excerpt == Excerpt("a.ipynb", line - 1, ("if True:", f"    {CALL}"))


def test_of_a_notebook_on_one_line_the_code_is_shown_where_the_packet_counts_it(repo: Repo) -> None:
    repo.write("a.ipynb", json.dumps(notebook(f"import acme\nx = 1\n{CALL}")))
    ((line, excerpt),) = shown(repo).items()
    assert excerpt.lines[line - excerpt.first] == CALL
    assert excerpt.lines[0] == "import acme"


def test_of_a_page_the_text_below_its_settings_is_shown_as_it_is_written(repo: Repo) -> None:
    repo.rule("{key: found me}")
    repo.write("agents/a.md", "---\nname: x\nfound_me: yes\n---\nYou are kind.\n")
    assert shown(repo)[3] == Excerpt("agents/a.md", 1, ("---", "name: x", "found_me: yes", "---", "You are kind."))


def test_what_is_blanked_for_the_parser_is_shown(repo: Repo) -> None:
    repo.rule("{call: found me}")
    repo.write("a.rs", 'fn main() {\n    println!("{}", found_me());\n}\n')
    assert shown(repo)[2].lines == ("fn main() {", '    println!("{}", found_me());', "}")


LINES = st.lists(st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=30), max_size=60)
PLACES = st.lists(st.tuples(st.integers(1, 70), st.integers(0, 20)), max_size=10)


@given(LINES, PLACES, st.booleans())
def test_the_lines_of_an_excerpt_are_lines_of_the_file(
    lines: list[str], spans: list[tuple[int, int]], ends: bool
) -> None:
    source = "\n".join(lines).encode() + (b"\n" if ends and lines else b"")
    there = [(line, line + more) for line, more in spans if line <= len(lines) - (not ends and not (lines or [""])[-1])]
    reports = of_source(source, *(candidate(*span) for span in there))
    places = [place(*span) for span in dict(there).items()]
    excerpts = excerpts_at(reports, places)
    assert list(excerpts) == [each.id for each in places]
    for each in places:
        excerpt = excerpts[each.id]
        end = excerpt.first + len(excerpt.lines)
        first, last = window(each.line, each.end_line)
        assert first <= excerpt.first <= each.line < end <= last + 1
        assert list(excerpt.lines) == lines[excerpt.first - 1 : end - 1]


@given(LINES, PLACES)
def test_runs_are_the_windows_of_all_candidates_and_nothing_else(
    lines: list[str], spans: list[tuple[int, int]]
) -> None:
    source = "".join(f"{line}\n" for line in lines).encode()
    runs = runs_around(source, [candidate(line, line + more) for line, more in spans])
    kept = [number for run in runs for number in range(run.first, run.first + run.text.count("\n") + 1)]
    wanted = {
        number
        for line, more in spans
        for number in range(window(line, line + more)[0], window(line, line + more)[1] + 1)
    }
    assert kept == sorted(number for number in wanted if number <= len(lines))
    assert all(run.first + run.text.count("\n") + 1 < following.first for run, following in pairwise(runs))
