"""Functions that are named as values: where, under which key, in which table; and what is no such mention."""

from __future__ import annotations

import pytest
from conftest import facts_of


def references(path: str, source: str) -> list[tuple[int, str]]:
    """Line and name of every mention."""
    return [(item.line, item.qualified) for item in facts_of(path, source).references]


def holders(path: str, source: str) -> set[tuple[str, str]]:
    """What is put into which table; a nameless function goes by its line."""
    facts = facts_of(path, source)
    found = {(item.qualified, item.holder) for item in facts.references if item.holder}
    return found | {(str(item.line), item.holder) for item in facts.closures if item.holder}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "def ask(): pass\nrun(ask)\n"),
        ("a.ts", "function ask() {}\nrun(ask);\n"),
        ("a.rs", "fn ask() {}\nfn main() { run(ask); }\n"),
        ("a.go", "package a\nfunc ask() {}; func main() { run(ask) }\n"),
    ],
)
def test_a_function_that_is_handed_to_a_call_is_a_mention(path: str, source: str) -> None:
    assert [(line, name.rpartition(".")[2]) for line, name in references(path, source)] == [(2, "ask")]


def test_an_imported_name_is_mentioned_by_what_it_was_called_where_it_came_from() -> None:
    facts = facts_of("app/a.py", "from app.tools import search as look\nimport app.tools as t\nrun(look, t.search)\n")
    assert {item.qualified for item in facts.references} <= {"app.tools.search"}


@pytest.mark.parametrize(
    "source",
    [
        "def ask(): pass\nask()\n",
        "def ask(): pass\n# run(ask)\n'run(ask)'\n",
        'def ask(): pass\nprint("ask")\n',
        "def ask(): pass\nask = None\n",
        "def ask(): pass\nask: int = 1\n",
        "def ask(): pass\nrun(ask=1)\n",
        "def ask(): pass\nother.ask\n",
    ],
)
def test_a_call_a_comment_a_string_and_a_name_that_is_given_a_value_are_no_mentions(source: str) -> None:
    assert references("a.py", source) == []


def test_the_clause_that_names_a_package_mentions_no_function() -> None:
    assert references("main.go", "package main\n\nfunc main() {}\n") == []


def test_the_keyword_the_key_and_the_variable_under_which_a_function_is_given_are_told() -> None:
    source = (
        "def ask(): pass\nrun(fn=ask)\ntable = dict(go={'k': 1})\nwork = ask\nother = lambda: 1\nrun(key=lambda x: x)\n"
    )
    facts = facts_of("a.py", source)

    assert [item.slot for item in facts.references] == ["fn", "work"]
    assert [item.slot for item in facts.closures] == ["other", "key"]


def test_a_string_key_is_no_slot_since_any_string_may_ask_for_it() -> None:
    facts = facts_of("a.ts", "function ask() {}\nconst t = { 'ask-it': ask, run: ask };\n")

    assert [item.slot for item in facts.references] == ["", "run"]


TABLES = {
    "a table that is written out": (
        "a.py",
        "def ask(): pass\nTABLE = {'a': ask, 'b': lambda: 1}\n",
        {"a.ask", "2"},
        "a.TABLE",
    ),
    "a subscript": ("a.py", "def ask(): pass\nTABLE = {}\nTABLE['a'] = ask\n", {"a.ask"}, "a.TABLE"),
    "a list that is added to": ("a.py", "def ask(): pass\nHOOKS = []\nHOOKS.append(ask)\n", {"a.ask"}, "a.HOOKS"),
    "an attribute": (
        "a.py",
        "class Box:\n    def __init__(self):\n        self.table = {'a': self.go}\n    def go(self): pass\n",
        {"a.Box.go"},
        "a.Box.table",
    ),
    "a table of a class": (
        "a.py",
        "def ask(): pass\nclass Box:\n    TABLE = {'a': ask, 'b': lambda: 1}\n",
        {"a.ask", "3"},
        "a.Box.TABLE",
    ),
    "a map": ("a.ts", "function ask() {}\nconst table = new Map([['a', ask]]);\n", {"a.ask"}, "a.table"),
    "a map that is added to": (
        "a.ts",
        "function ask() {}\nconst table = new Map();\ntable.set('a', ask);\ntable.set('b', () => 1);\n",
        {"a.ask", "4"},
        "a.table",
    ),
    "a map of a type of the file": (
        "a.go",
        'package a\ntype Handler func()\nfunc ask() {}\nvar table = map[string]Handler{"a": ask}\n',
        {"main.ask"},
        "main.table",
    ),
    "a slice of pairs": (
        "src/lib.rs",
        'fn ask() {}\nstatic TABLE: &[(&str, F)] = &[("a", ask)];\n',
        {"crate.ask"},
        "crate.TABLE",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_put_into_a_table_is_told_with_the_name_of_the_table(name: str) -> None:
    path, source, values, table = TABLES[name]
    found = holders(path, source)

    assert {value for value, _ in found if not value.endswith(".Handler")} == values
    assert {holder for _, holder in found} == {table}


def test_a_list_of_a_function_is_no_table_since_it_is_gone_with_the_function() -> None:
    assert holders("a.py", "def ask(): pass\ndef run():\n    local = {'a': ask}\n") == set()


def test_a_type_before_its_fields_is_made_and_put_into_no_table() -> None:
    source = "package a\ntype Cmd struct{}\nfunc ask() {}\nvar all = []any{Cmd{}, ask}\n"

    assert holders("a.go", source) == {("main.ask", "main.all")}


@pytest.mark.parametrize(
    "line",
    [
        "for hook in HOOKS:\n        hook()",
        "return HOOKS[0]()",
        "hook = HOOKS.get(1)",
        "while HOOKS:  # more\n        pass",
    ],
)
def test_where_a_table_of_the_file_is_read_it_is_mentioned(line: str) -> None:
    source = f"def ask(): pass\nHOOKS = [ask]\ndef run():\n    {line}\n"

    assert (4, "a.HOOKS") in references("a.py", source)


def test_a_table_of_go_whose_element_is_called_is_mentioned() -> None:
    source = 'package a\nfunc ask() {}\nvar t = map[string]func(){"a": ask}\nfunc run(k string) { t[k]() }\n'

    assert (4, "main.t") in references("a.go", source)


def test_a_property_whose_member_is_asked_for_is_mentioned_by_its_own_name() -> None:
    source = """
    class Box:
        @property
        def client(self):
            return make()
        def go(self):
            return self.client.send()
        def here(self):
            return self.client
    def make(): pass
    """

    assert references("a.py", source) == [(6, "a.Box.client"), (8, "a.Box.client")]


def test_a_method_that_is_bound_is_mentioned() -> None:
    source = "class Box {\n  go() {}\n  wire() { run(this.go.bind(this)); }\n}\n"

    assert (3, "a.Box.go") in references("a.ts", source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.ts", "export const tool = { run() {}, go: () => 1 };\n"),
        ("a.go", "package a\nvar cmd = &Cmd{run: func() {}, go: func() {}}\n"),
    ],
)
def test_functions_under_keys_of_an_object_are_values_under_these_keys(path: str, source: str) -> None:
    source = source.replace("go:", "other:")

    assert [item.slot for item in facts_of(path, source).references if item.slot] == ["run", "other"]


def test_the_arms_of_a_condition_are_mentions() -> None:
    assert references("a.ts", "function ask() {}\nconst f = x ? ask : other;\n") == [(2, "a.ask")]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "run(lambda: 1)\n"),
        ("a.ts", "run(() => 1);\nrun(function () {});\n"),
        ("a.rs", "fn main() { run(|x| x); }\n"),
        ("a.go", "package a\nfunc main() { run(func() {}) }\n"),
    ],
)
def test_functions_without_a_name_are_closures(path: str, source: str) -> None:
    facts = facts_of(path, source)

    assert len(facts.closures) == source.count("run(")
    assert facts.references == ()
