"""Documents as facts: which pages are documents, how their words are kept, and what passages name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.documents import (
    MOST_PAGES,
    PAGE_LIMIT,
    PASSAGE,
    Naming,
    Page,
    chosen,
    is_document,
    naming,
    page_of,
    words_of,
)
from scanner.outcome import HOLDS
from scanner.packs import Documents
from scanner.shelf import Shelf
from scanner.words import parse

THINGS = (
    ("ids", ("{session, run} id",)),
    ("tool calls", ("tool {call, calls}",)),
    ("redaction", ("{redacted, redaction}",)),
)


def page(text: str, path: str = "docs/a.md") -> Page:
    return page_of(path, text.encode())


def named(
    text: str, things: tuple[tuple[str, tuple[str, ...]], ...] = THINGS, *about: str
) -> list[tuple[int, tuple[str, ...]]]:
    return [(each.line, each.named) for each in naming([page(text)], things, about)]


@pytest.mark.parametrize(
    "path", ["docs/a.md", "README.md", "README", "docs/a.rst", "docs/b.txt", "schemas/readme", "NOTES.md"]
)
def test_pages_for_people_are_documents(path: str) -> None:
    assert is_document(path)


@pytest.mark.parametrize(
    "path",
    [
        "CHANGELOG.md", "docs/changelog.md", "docs/releases/v0.1.md", "RELEASE_v0.7.0.md", "LICENSE", "docs/license.md", "AUTHORS.md",
        "requirements.txt", "docs/requirements-dev.txt", "notes.txt", "AGENTS.md", "prompts/plan.md", "tests/a.md", "vendor/a/README.md",
        "a.py", "CONTRIBUTING.md",
    ],
)  # fmt: skip
def test_logs_of_changes_licences_orders_and_code_are_no_documents(path: str) -> None:
    assert not is_document(path)


def test_names_in_every_casing_are_found_as_words_with_the_line_where_they_begin() -> None:
    text = "# Fields\n\n| `sessionId` | text |\n| `tool_calls` | list |\n\nKeys are redacted.\n"

    assert named(text) == [(3, ("ids", "tool calls", "redaction"))]


def test_words_of_one_run_do_not_cross_a_line() -> None:
    assert named("The session\nid of a tool\ncall.\n") == []


def test_a_pattern_may_bind_to_a_whole_line_and_skip_words() -> None:
    assert named("## Redaction\n", (("r", ("^redaction$",)),)) == [(1, ("r",))]
    assert named("On redaction\n", (("r", ("^redaction$",)),)) == []
    assert named("redacted by the first hook\n", (("r", ("redacted * hook",)),)) == [(1, ("r",))]


def test_things_that_stand_too_far_apart_are_not_one_description() -> None:
    near = "session id\n" + "\n" * (PASSAGE - 3) + "tool call\nredacted\n"
    far = "session id\n" + "\n" * (PASSAGE - 1) + "tool call\nredacted\n"

    assert named(near) == [(1, ("ids", "tool calls", "redaction"))]
    assert named(far) == [(PASSAGE + 1, ("tool calls", "redaction"))]


def test_a_passage_counts_only_if_it_is_about_what_is_asked() -> None:
    text = "session id, tool call\n" + "\n" * PASSAGE + "training data: redacted\n"

    assert named(text, THINGS, "training data") == [(PASSAGE + 2, ("redaction",))]
    assert named(text, THINGS, "evaluation data") == []


def test_the_document_that_names_most_comes_first_then_the_least_deep() -> None:
    pages = [page("session id", "docs/deep/a.md"), page("tool call redacted", "docs/b.md"), page("run id", "docs/c.md")]

    assert naming(pages, THINGS) == (
        Naming("docs/b.md", 1, ("tool calls", "redaction")),
        Naming("docs/c.md", 1, ("ids",)),
        Naming("docs/deep/a.md", 1, ("ids",)),
    )


def test_a_condition_on_documents_says_what_the_best_one_lacks() -> None:
    shelf = Shelf((), [page("session id\ntool call\n")])

    assert shelf.answer(Documents(THINGS, at_least=2)).outcome == HOLDS
    assert shelf.answer(Documents(THINGS, at_least=2)).found == "`docs/a.md:1` names ids and tool calls."
    assert shelf.answer(Documents(THINGS, say="a note")).outcome.missing == (
        "a note: `docs/a.md:1` comes nearest with 2 of 3, without redaction",
    )
    assert Shelf((), [page("nothing")]).answer(Documents(THINGS)).outcome.missing == (
        "a document that names ids, tool calls and redaction: none of 1 document names any of it",
    )
    assert shelf.answer(Documents(THINGS, ("training data",), say="a note")).outcome.missing == (
        "a note: none of 1 document has a passage on it",
    )


def test_only_the_beginning_of_a_page_is_kept_and_only_so_many_pages() -> None:
    assert named("x\n" * PAGE_LIMIT + "session id") == []
    kept = chosen([f"docs/deep/{number}.md" for number in range(MOST_PAGES)] + ["README.md", "a.py"])
    assert len(kept) == MOST_PAGES
    assert "README.md" in kept


@given(st.text())
def test_any_text_keeps_its_lines_and_gives_words_between_blanks(text: str) -> None:
    words = words_of(text)

    assert words.count("\n") == text.count("\n")
    assert all(line == "" or (line[0] == line[-1] == " " and "  " not in line) for line in words.split("\n"))
    assert naming([page_of("docs/a.md", text.encode("utf-8", "replace"))], THINGS) is not None


@given(
    st.lists(st.sampled_from(["tool", "call", "the", "id"]), max_size=8),
    st.sampled_from(["tool call", "tool * id", "^the {call, id}$"]),
)
def test_a_line_matches_as_a_name_of_the_same_words_does(words: list[str], pattern: str) -> None:
    expected = parse(pattern).matches(tuple(words))

    assert bool(named(" ".join(words), (("x", (pattern,)),))) == expected
