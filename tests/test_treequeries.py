"""Predicates of rules' queries hold as tree-sitter's own do, in linear time, and leave nothing behind."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from scanner.languages import by_name
from scanner.languages.outline import outline
from scanner.languages.treequeries import Asked

SOURCE = b'run_tool(1)\nrun("a", "b")\nstop("a", "a")\n'


def found(predicates: str, source: bytes = SOURCE) -> list[str]:
    """The calls that a query finds whose predicates are about its name and its arguments."""
    given = '[(argument_list (string) @given . "," . (string) @given) (argument_list (integer) @given)]'
    query = f"((call function: (identifier) @name arguments: {given}) @match\n{predicates})"
    asked = Asked("query", query)
    return [source[start:end].decode() for _, start, end in outline(by_name("python"), source, (asked,)).found]


@pytest.mark.parametrize(
    ("predicates", "calls"),
    [
        ("", ["run_tool(1)", 'run("a", "b")', 'stop("a", "a")']),
        ('(#match? @name "^run")', ["run_tool(1)", 'run("a", "b")']),
        ('(#not-match? @name "^run")', ['stop("a", "a")']),
        ('(#match? @given "a")', ['stop("a", "a")']),
        ('(#any-match? @given "a")', ['run("a", "b")', 'stop("a", "a")']),
        ('(#not-any-match? @given "a")', ["run_tool(1)"]),
        ('(#match? @name "^run") (#match? @name "_")', ["run_tool(1)"]),
        ('(#match? @name "^run") (#eq? @name "run")', ['run("a", "b")']),
        ('(#any-of? @name "stop" "run") (#not-eq? @name "stop")', ['run("a", "b")']),
        ('(#match? @given "^\\"a\\"$")', ['stop("a", "a")']),
        ('(#match? @name "\\\\w_\\\\w")', ["run_tool(1)"]),
        ('; (#match? @name "nothing")', ["run_tool(1)", 'run("a", "b")', 'stop("a", "a")']),
        ('(#match? @name "[;#]|run")', ["run_tool(1)", 'run("a", "b")']),
        ('(#nobody-knows? @name "run")', []),
        ('(#match? @name "^run") (#nobody-knows? @name)', []),
        ("(#match? @name @given)", []),
    ],
)
def test_a_predicate_holds_of_what_is_captured(predicates: str, calls: list[str]) -> None:
    assert found(f"{predicates}\n") == calls


def test_what_a_predicate_was_asked_about_is_let_go_of() -> None:
    predicates = '(#match? @name "^run")'
    found(predicates, SOURCE * 100)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(3):
            found(predicates, SOURCE * 100)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 10_000
    finally:
        tracemalloc.stop()
