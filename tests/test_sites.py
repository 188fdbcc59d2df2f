"""What one file adds to the graph of calls: its functions, and the places where they call or name others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import facts_of

from scanner.identifiers import Identifiers, identifiers
from scanner.installed import builtin_rules
from scanner.modules import layout
from scanner.sites import FileSites, Innermost, Site, SiteNode, sites_of

TOPICS: Identifiers = identifiers(builtin_rules() / "identifiers.yaml")


def sites(path: str, source: str) -> FileSites:
    return sites_of(facts_of(path, source), layout([path], {}), TOPICS)


def calls(path: str, source: str) -> list[Site]:
    return [site for site in sites(path, source).sites if site.kind == "call"]


def values(path: str, source: str) -> list[Site]:
    return [site for site in sites(path, source).sites if site.kind == "value"]


def symbols(nodes: Sequence[SiteNode]) -> list[tuple[str, str]]:
    return [(node.kind, node.symbol) for node in nodes]


def test_nodes_are_the_top_of_the_file_and_its_functions_in_order() -> None:
    source = "class A:\n    def run(self):\n        def inner(): pass\n        return lambda: 1\ndef f(): pass\n"

    assert symbols(sites("a.py", source).nodes) == [
        ("module", ""),
        ("class", "A"),
        ("method", "A.run"),
        ("function", "A.run.inner"),
        ("closure", "A.run"),
        ("function", "f"),
    ]
    assert [node.parent for node in sites("a.py", source).nodes] == [-1, 0, 1, 2, 2, 0]


def test_a_block_of_methods_that_stands_apart_from_its_class_is_no_node() -> None:
    source = "struct A;\nimpl A {\n    fn run(&self) {}\n}\nmod deep {\n    fn f() {}\n}\n"

    assert symbols(sites("src/lib.rs", source).nodes) == [
        ("module", ""),
        ("class", "A"),
        ("method", "A.run"),
        ("function", "deep.f"),
    ]


def test_tests_beside_the_code_are_no_nodes_and_no_sites() -> None:
    source = "fn f() {}\n#[cfg(test)]\nmod tests {\n    fn helper() { super::f(); run(super::f); }\n}\n"
    found = sites("src/lib.rs", source)

    assert symbols(found.nodes) == [("module", ""), ("function", "f")]
    assert found.sites == ()


@pytest.mark.parametrize(
    ("path", "source", "abstract"),
    [
        ("a.ts", "interface Tool { run(): void; }\nclass A { run() {} }\n", ["Tool.run"]),
        ("a.go", "package a\ntype Tool interface {\n\tRun()\n}\ntype A struct{}\nfunc (a A) Run() {}\n", ["Tool.Run"]),
        ("src/lib.rs", "trait Tool { fn run(&self); fn go(&self) {} }\n", ["Tool.run"]),
    ],
)
def test_a_method_without_a_body_only_says_how_it_is_called(path: str, source: str, abstract: list[str]) -> None:
    assert [node.symbol for node in sites(path, source).nodes if node.is_abstract] == abstract


def test_a_getter_runs_when_it_is_read_like_a_property() -> None:
    source = "class A { static get one() { return 1; } get two() { return 2; } get(x) { return x; } getter() {} }\n"
    found = {node.symbol: node.decorators for node in sites("a.ts", source).nodes if node.kind == "method"}

    assert found == {"A.one": ("property",), "A.two": ("property",), "A.get": (), "A.getter": ()}


def test_a_function_says_under_which_names_it_keeps_what_it_is_given() -> None:
    source = "class A:\n    def __init__(self, fn, other):\n        self.run = fn\n        make(go=other)\n"
    init = sites("a.py", source).nodes[2]

    assert sorted(init.keeps) == [("fn", "run"), ("other", "go")]
    assert {"run", "go"} <= set(init.keys)


def test_calls_of_libraries_and_of_commonplace_methods_are_no_sites() -> None:
    source = "import lib\ndef f(x):\n    lib.run()\n    x.append(1)\n    ' '.join(x)\n    x.reticulate()\n"

    assert [site.target for site in calls("a.py", source)] == ["x.reticulate"]


def test_a_call_of_a_function_of_the_file_is_known_by_its_qualified_name() -> None:
    (site,) = calls("app/a.py", "def g(): pass\ndef f():\n    g()\n")

    assert (site.target, site.known, site.of_value, site.line, site.node) == ("app.a.g", True, False, 3, 2)


def test_a_file_that_nothing_can_import_knows_its_functions_by_its_path() -> None:
    found = calls("tool-box/run-it.py", "def g(): pass\ndef f():\n    g()\n")

    assert [site.target.rpartition(".")[2].rpartition(":")[2] for site in found] == ["g"]
    assert all(site.known for site in found)


ORIGINS = {
    "an entry of a table": ("a.py", "def f(k):\n    fn = TABLE[k]\n    fn()\n", "TABLE[k]"),
    "what a table gives": ("a.py", "TABLE = {}\ndef f(k):\n    fn = TABLE.get(k)\n    fn()\n", "TABLE.get(k)"),
    "what a table of another file gives": (
        "a.py",
        "from b import TABLE\ndef f(k):\n    fn = TABLE.get(k)\n    fn()\n",
        "TABLE.get(k)",
    ),
    "what a map of the platform gives": (
        "a.ts",
        "const table = new Map();\nfunction f(k) { const fn = table.get(k); fn(); }\n",
        "table.get(k)",
    ),
    "one of a list": ("a.py", "def f():\n    for fn in HOOKS:\n        fn()\n", "for fn in HOOKS:"),
    "one of a list of pairs": (
        "a.ts",
        "function f() { for (const [k, fn] of hooks) { fn(); } }\n",
        "for (const [k, fn] of hooks)",
    ),
    "a nameless function": ("a.py", "def f():\n    fn = lambda: 1\n    fn()\n", "lambda: 1"),
    "one of a list of Go": (
        "a.go",
        "package a\nfunc f() { for _, fn := range hooks { fn() } }\n",
        "for _, fn := range hooks",
    ),
    "what a variable of the function around holds": (
        "a.py",
        "def f(k):\n    fn = TABLE[k]\n    def g():\n        fn()\n",
        "TABLE[k]",
    ),
}


@pytest.mark.parametrize("name", ORIGINS)
def test_of_a_variable_that_is_called_it_is_told_what_it_was_given(name: str) -> None:
    path, source, origin = ORIGINS[name]
    found = [site for site in calls(path, source) if site.head == "fn"]

    assert [(site.of_value, site.origin.strip()) for site in found] == [(True, origin)]


def test_what_a_table_or_a_call_gives_is_called_as_a_value() -> None:
    source = "def make(): pass\ndef f(k):\n    TABLE[k]()\n    make()()\n"

    assert [(site.line, site.of_value) for site in calls("a.py", source)] == [(3, True), (4, False), (4, True)]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "from typing import Callable\ndef apply(fn: Callable[[], int]):\n    fn()\n"),
        ("a.ts", "function apply(fn: () => void) { fn(); }\n"),
        ("a.rs", "fn apply<F: Fn()>(fn_: F) { fn_() }\n"),
        ("a.go", "package a\nfunc apply(fn func()) { fn() }\n"),
    ],
)
def test_a_parameter_that_is_called_is_a_site_whatever_its_type_says(path: str, source: str) -> None:
    assert [site.head.rstrip("_") for site in calls(path, source)] == ["fn"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "def ask(): pass\nrun({'a': 1, 'b': (2, 3)}, 'x, y', ask)\n"),
        ("a.ts", "function ask() {}\nrun({ a: 1, b: [2, 3] }, 'x, y', ask);\n"),
    ],
)
def test_a_value_knows_at_which_place_it_is_handed_to_which_call(path: str, source: str) -> None:
    (site,) = values(path, source)
    made = facts_of(path, source).calls[-1]

    assert (site.position, site.arguments) == (2, made.arguments)


def test_a_value_that_is_handed_to_nothing_has_no_place() -> None:
    (site,) = values("a.py", "def ask(): pass\nx = ask\n")

    assert (site.position, site.arguments) == (-1, -1)


def test_a_value_in_a_nameless_function_is_not_handed_to_the_call_around_it() -> None:
    found = values("a.ts", "function ask() {}\nrun(() => { keep = ask; });\n")

    assert [(site.target, site.arguments >= 0) for site in found] == [("", True), ("a.ask", False)]


@pytest.mark.parametrize(
    ("path", "source", "runs"),
    [
        ("a.py", "(lambda: 1)()\nx = lambda: 1\n", [True, False]),
        ("a.ts", "(() => 1)();\n(async function () {})();\nrun(() => 1);\n", [True, True, False]),
        ("a.go", "package a\nfunc f() { go func() {}(); run(func() {}) }\n", [True, False]),
    ],
)
def test_a_nameless_function_that_is_called_at_once_runs_where_it_stands(
    path: str, source: str, runs: list[bool]
) -> None:
    assert [site.runs for site in values(path, source)] == runs


def test_a_chain_of_calls_has_a_site_each_with_arguments_of_its_own() -> None:
    source = "def make(): pass\ndef f():\n    make().reticulate().splice_it()\n"
    found = calls("a.py", source)

    assert found[0].target == "a.make"
    assert len({site.arguments for site in found}) == len(found)


def test_the_innermost_node_is_found_at_every_offset_and_the_top_of_the_file_elsewhere() -> None:
    source = "x = 1\ndef f():\n    def g():\n        return 1\n    return 2\ny = 2\n"
    found = sites("a.py", source)
    inner = Innermost(found.nodes)

    for text, symbol in (("x = 1", ""), ("return 1", "f.g"), ("return 2", "f"), ("y = 2", "")):
        assert found.nodes[inner.at(source.index(text))].symbol == symbol
    assert inner.at(-1) == 0
    assert inner.at(10_000) == 0
