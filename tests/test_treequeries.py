"""Predicates of rules' queries hold as tree-sitter's own do, in linear time, and leave nothing behind."""

from __future__ import annotations

import gc
import tracemalloc
from functools import cache

import pytest
from conftest import built_in

from scanner.languages import by_name
from scanner.languages.grammars import MATCH_LIMIT
from scanner.languages.outline import outline
from scanner.languages.treequeries import Asked
from scanner.modules import Layout
from scanner.plan import Plan

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


#: More of one thing than matches may be open at once, as in tables of texts and lists of words: begin, thing, end.
LONG = {
    "python": [
        ("x = {", '"a#": f, ', "}\n"),
        ("x = [", '"a#", ', "]\n"),
        ("f(", "a#=b, ", ")\n"),
        ("f(", '"a#", ', ")\n"),
        ("", "a# = f(b)\n", ""),
        ("class A(B):\n", "    def f#(self): pass\n", ""),
    ],
    "typescript": [
        ("const x = {", "a#: f, ", "};\n"),
        ("const x = {", "a#: {b: 1}, ", "};\n"),
        ("const x = {", "a#() { return 1; }, ", "};\n"),
        ("f(", "'a#', ", "'a');\n"),
        ("const x = [", "'a#', ", "];\n"),
        ("", "const a# = f(b);\n", ""),
        ("type T = ", "'a#' | ", "'a';\n"),
    ],
    "go": [
        ("package a\nvar x = f(", '"a#", ', "b)\n"),
        ("package a\nvar x = []string{", '"a#", ', "}\n"),
        ("package a\nvar x = A{", "B#: c, ", "}\n"),
        ("package a\nfunc f() {\n", "a# := b(c)\n", "}\n"),
    ],
    "rust": [
        ("#[derive(", "A#, ", "B)]\nstruct A;\n"),
        ("fn f() { f(", '"a#", ', "b); }\n"),
        ("const X: A = A { ", "a#: b, ", "};\n"),
        ("fn f() {\n", "let a# = b(c);\n", "}\n"),
    ],
}


@cache
def plan_of(language: str) -> tuple[Asked, ...]:
    """Patterns and queries of the built-in rules."""
    return Plan(built_in(), Layout()).asked(language)


@pytest.mark.parametrize(
    ("language", "begin", "thing", "end"),
    [(language, *shape) for language, shapes in LONG.items() for shape in shapes],
)
def test_a_long_table_does_not_leave_a_match_of_the_built_in_rules_open_for_each_of_its_things(
    language: str, begin: str, thing: str, end: str
) -> None:
    source = begin + "".join(thing.replace("#", str(number)) for number in range(MATCH_LIMIT + 500)) + end

    outline(by_name(language), source.encode(), plan_of(language))  # raises where matches would be left out
