"""Rules that say what code does: control facts, patterns of code and queries of the syntax tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import facts_of
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import RuleError
from scanner.examples import run_examples
from scanner.languages import by_name
from scanner.languages.treequeries import Asked, check
from scanner.rulebook import load_rulebook


def outcomes(tmp_path: Path, find: str, finds: str, ignores: str = "pass") -> list[str]:
    """How the examples of a rule end, the found one first."""
    path = tmp_path / "rule.yaml"
    path.write_text(
        "- id: a-rule\n  kind: tool_dispatch\n  title: t\n  why: w\n"
        f"  find: {find}\n"
        f"  examples:\n    finds:\n      python: |\n{_indented(finds)}\n"
        f"    ignores:\n      python: |\n{_indented(ignores)}\n",
        encoding="utf-8",
    )
    return [case.outcome for case in run_examples(load_rulebook([path]))]


def _indented(code: str) -> str:
    return "\n".join(f"        {line}" for line in code.strip("\n").splitlines())


GOOD = ["found", "left alone"]


def test_a_loop_is_found_by_the_names_in_its_header_only(tmp_path: Path) -> None:
    over_models = "for model in self.models:\n    ask(model)"
    over_names = "for name in names:\n    ask(models)"

    assert outcomes(tmp_path, '{loop: "models"}', over_models, over_names) == GOOD


def test_a_branch_is_one_arm_with_its_condition(tmp_path: Path) -> None:
    denied = "def f():\n    if not approved:\n        raise Denied()\n    run()"
    elsewhere = "def f():\n    if approved:\n        run()\n    else:\n        raise Denied()"

    assert outcomes(tmp_path, '{branch: "approved", contains: {exit: raise}}', denied, elsewhere) == GOOD


def test_an_else_is_an_arm_of_its_own(tmp_path: Path) -> None:
    code = "if a:\n    b()\nelif c:\n    d()\nelse:\n    e()"

    assert [control.kind for control in facts_of("a.py", code).controls] == ["branch", "branch", "branch"]


def test_a_handler_knows_what_it_guards(tmp_path: Path) -> None:
    swaps = "try:\n    ask()\nexcept Error:\n    model = other"
    asks_itself = "try:\n    work()\nexcept Error:\n    ask()\n    model = other"
    find = '{handler: any, guards: {call: "ask"}, contains: {assignment: "model"}}'

    assert outcomes(tmp_path, find, swaps, asks_itself) == GOOD


def test_a_handler_is_found_by_the_error_it_names(tmp_path: Path) -> None:
    named = "try:\n    ask()\nexcept RateLimitError as error:\n    wait()"
    other = "try:\n    ask()\nexcept KeyError:\n    wait(RateLimitError)"

    assert outcomes(tmp_path, '{handler: "rate limit"}', named, other) == GOOD


@pytest.mark.parametrize(("exit", "code"), [("return", "def f():\n    return 1"), ("raise", "raise Denied()")])
def test_an_exit_is_a_return_or_a_raise(tmp_path: Path, exit: str, code: str) -> None:
    assert outcomes(tmp_path, f"{{exit: {exit}}}", code) == GOOD
    assert outcomes(tmp_path, "{exit: any}", code) == GOOD


@pytest.mark.parametrize(
    ("pattern", "finds", "ignores"),
    [
        ("getattr($O, $N)(...)", "getattr(\n    tools, name\n)(1, 2)", "getattr(tools, name)"),
        ("$X = $X or $Y", "client = client or make()", "client = other or make()"),
        ("f(a, ..., z)", "f(a, 1, 2, z)", "f(a, 1, 2)"),
        ("f(a, $_)", "f(a, g(1))", "f(a, 1, 2)"),
        ("f()", "f()", "f(1)"),
        ('os.environ["KEY"]', "x = os.environ['KEY']", "x = os.environ['OTHER']"),
        ("for $M in $L:\n  ...", "for a in b:\n    c()\n    d()", "while a:\n    b()"),
        ("@tool\ndef $F(...): ...", "@tool\ndef add(a, b):\n    return a", "@other\ndef add(a, b):\n    return a"),
    ],
)
def test_a_pattern_is_code_with_holes(tmp_path: Path, pattern: str, finds: str, ignores: str) -> None:
    block = "{pattern: {python: " + _quoted(pattern) + "}}"

    assert outcomes(tmp_path, block, finds, ignores) == GOOD


def test_a_query_finds_what_it_captures_as_match(tmp_path: Path) -> None:
    query = '(call function: (identifier) @name (#match? @name "^run_")) @match'

    assert outcomes(tmp_path, "{query: {python: " + _quoted(query) + "}}", "run_tool()", "tool_run()") == GOOD


@pytest.mark.parametrize(
    ("atom", "code", "said"),
    [
        ("pattern", "f(", "it is no code of that language"),
        ("pattern", "$X", "it matches everything"),
        ("pattern", "f(..., a, ..., b, ...)", "more than 2 `...` in one list"),
        ("pattern", "a()\nb()", "it is several statements"),
        ("query", "(call)", "it captures nothing as `@match`"),
        ("query", "(no_such_node) @match", "Invalid node type"),
        ("query", '((identifier) @match (#match? @match "(a"))', "bad regular expression"),
    ],
)
def test_a_pattern_or_query_that_cannot_work_is_told_with_its_place(
    tmp_path: Path, atom: str, code: str, said: str
) -> None:
    with pytest.raises(RuleError) as raised:
        outcomes(tmp_path, f"{{{atom}: {{python: {_quoted(code)}}}}}", "x")

    (problem,) = raised.value.problems
    assert "rule.yaml:5:" in problem
    assert f"bad {atom} for python: " in problem
    assert said in problem


def test_what_a_handler_guards_is_asked_of_handlers_alone(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="`guards` asks what a handler guards; write it beside `handler`"):
        outcomes(tmp_path, '{loop: any, guards: {call: "f"}}', "x")


def test_an_unknown_way_out_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="`leave` is no way to leave a function; write `return`, `raise`, `any`"):
        outcomes(tmp_path, "{exit: leave}", "x")


@given(st.text(alphabet="ab$X_. ()[]{}=,:'\"\n", max_size=30))
def test_no_pattern_makes_the_check_fail(text: str) -> None:
    assert isinstance(check(by_name("python"), Asked("pattern", text)), str)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
