"""The graph of calls of small repositories: who reaches whom, how, and how sure that is."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest
from conftest import CATALOG, Repo, rule
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linked import edges, edges_of, graph_of, unresolved

from scanner.graph import Graph
from scanner.touchpoints import Confidence

GO = {"go.mod": "module forge.example/app\n\ngo 1.22\n"}
RUST = {"Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\n'}
NPM = {"package.json": '{"name": "app"}'}

#: Name → files, and edges that must be there.
Cases = dict[str, tuple[dict[str, str], set[str]]]


def check(repo: Repo, case: tuple[dict[str, str], set[str]]) -> None:
    files, wanted = case
    assert wanted <= edges(repo, files)


FUNCTIONS: Cases = {
    "python": (
        {
            "app/__init__.py": "",
            "app/tools.py": "def search():\n    clean()\ndef clean(): pass\n",
            "app/run.py": "from app.tools import search as look\nimport app.tools as t\nfrom . import tools\n"
            "def one(): look()\ndef two(): t.search()\ndef three(): tools.search()\n",
        },
        {
            "search -> clean direct high",
            "one -> search imported high",
            "two -> search imported high",
            "three -> search imported high",
        },
    ),
    "typescript": (
        NPM
        | {
            "src/tools.ts": "export function search() { clean(); }\nfunction clean() {}\n"
            "export default function main() {}\nexport const arrow = () => clean();\n",
            "src/run.ts": 'import main, { search as look, arrow } from "./tools.js";\nimport * as t from "./tools";\n'
            "function one() { look(); }\nfunction two() { t.search(); }\nfunction three() { main(); arrow(); }\n",
        },
        {
            "search -> clean direct high",
            "arrow -> clean direct high",
            "one -> search imported high",
            "two -> search imported high",
            "three -> main imported high",
            "three -> arrow imported high",
        },
    ),
    "rust": (
        RUST
        | {
            "src/main.rs": "mod tools;\nuse crate::tools::search as look;\nfn main() { look(); }\n"
            "fn two() { tools::search(); }\n",
            "src/tools.rs": "pub fn search() { clean() }\nfn clean() {}\n",
        },
        {"search -> clean direct high", "main -> search imported high", "two -> search imported high"},
    ),
    "go": (
        GO
        | {
            "main.go": 'package main\n\nimport t "forge.example/app/tools"\n\nfunc main() { t.Search(); help() }\n',
            "help.go": "package main\n\nfunc help() {}\n",
            "tools/a.go": "package tools\n\nfunc Search() { clean() }\n",
            "tools/b.go": "package tools\n\nfunc clean() {}\n",
        },
        {"main -> Search imported high", "main -> help imported high", "Search -> clean imported high"},
    ),
}


@pytest.mark.parametrize("language", FUNCTIONS)
def test_functions_are_joined_across_files_through_imports_and_aliases(repo: Repo, language: str) -> None:
    files, wanted = FUNCTIONS[language]

    assert edges(repo, files) == wanted


REEXPORTS: Cases = {
    "python": (
        {
            "app/__init__.py": "from .inner import *\nfrom .inner import search as find\n",
            "app/inner.py": "def search(): pass\ndef other(): pass\n",
            "run.py": "from app import find, other\ndef run():\n    find()\n    other()\n",
        },
        {"run -> search imported high", "run -> other imported high"},
    ),
    "typescript": (
        NPM
        | {
            "src/inner.ts": "export function search() {}\nexport function other() {}\n",
            "src/index.ts": 'export * from "./inner";\nexport { search as find } from "./inner";\n',
            "src/run.ts": 'import { find, other } from ".";\nfunction run() { find(); other(); }\n',
        },
        {"run -> search imported high", "run -> other imported high"},
    ),
    "rust": (
        RUST
        | {
            "src/main.rs": "mod inner;\nmod face;\nuse face::find;\nfn main() { find(); }\n",
            "src/inner.rs": "pub fn search() {}\n",
            "src/face.rs": "pub use crate::inner::search as find;\n",
        },
        {"main -> search imported high"},
    ),
}


@pytest.mark.parametrize("language", REEXPORTS)
def test_functions_are_joined_through_modules_that_hand_them_on(repo: Repo, language: str) -> None:
    check(repo, REEXPORTS[language])


METHODS: Cases = {
    "python": (
        {
            "base.py": "class Base:\n    def run(self):\n        self.step()\n    def step(self): pass\n",
            "child.py": "from base import Base\nclass Child(Base):\n    def step(self):\n        super().step()\n"
            "def use():\n    child = Child()\n    child.run()\ndef typed(child: Child):\n    child.step()\n",
        },
        {
            "Base.run -> Base.step method high",
            "Base.run -> Child.step method medium",
            "Child.step -> Base.step method high",
            "use -> Base.run method high",
            "typed -> Child.step method high",
        },
    ),
    "typescript": (
        NPM
        | {
            "base.ts": "export class Base {\n  run() { this.step(); }\n  step() {}\n}\n",
            "child.ts": 'import { Base } from "./base";\nexport class Child extends Base {\n'
            "  step() { this.#own(); super.step(); }\n  #own() {}\n  arrow = () => this.step();\n}\n"
            "function use() { const child = new Child(); child.run(); }\nfunction typed(child: Child) { child.step(); }\n",
        },
        {
            "Base.run -> Base.step method high",
            "Base.run -> Child.step method medium",
            "Child.step -> Child.own method high",
            "Child.step -> Base.step method high",
            "Child.arrow -> Child.step method high",
            "use -> Base.run method high",
            "typed -> Child.step method high",
        },
    ),
    "rust": (
        RUST
        | {
            "src/main.rs": "mod agent;\nuse agent::Agent;\nfn main() { let a = Agent::new(); a.run(); }\n"
            "fn typed(a: &Agent) { a.step(); }\n",
            "src/agent.rs": "pub struct Agent;\nimpl Agent {\n    pub fn new() -> Self { Self::made() }\n"
            "    fn made() -> Self { Agent }\n    pub fn run(&self) { self.step(); }\n    pub fn step(&self) {}\n}\n",
        },
        {
            "Agent.new -> Agent.made method high",
            "Agent.run -> Agent.step method high",
            "main -> Agent.new method high",
            "main -> Agent.run method high",
            "typed -> Agent.step method high",
        },
    ),
    "go": (
        GO
        | {
            "agent/agent.go": "package agent\n\ntype Base struct{}\n\nfunc (b *Base) Step() {}\n\n"
            "type Agent struct {\n\tBase\n}\n\nfunc New() *Agent { return &Agent{} }\n\n"
            "func (a *Agent) Run() { a.Step(); a.own() }\nfunc (a *Agent) own() {}\n",
            "main.go": 'package main\n\nimport "forge.example/app/agent"\n\nfunc main() { a := agent.New(); a.Run() }\n'
            "func typed(a *agent.Agent) { a.Run() }\n",
        },
        {
            "Agent.Run -> Base.Step method high",
            "Agent.Run -> Agent.own method high",
            "main -> New imported high",
            "main -> Agent.Run method high",
            "typed -> Agent.Run method high",
        },
    ),
}


@pytest.mark.parametrize("language", METHODS)
def test_methods_are_joined_through_the_own_object_inheritance_and_overrides(repo: Repo, language: str) -> None:
    files, wanted = METHODS[language]
    found = edges(repo, files)

    assert wanted <= found
    assert not {edge for edge in found if " dynamic " in edge}


INTERFACES: Cases = {
    "classes that implement it": (
        NPM
        | {
            "a.ts": "export interface Tool { run(): void; describe(): string }\n"
            "export class Search implements Tool { run() {} describe() { return ''; } }\n"
            "export const fetch_: Tool = { run() {}, describe() { return ''; } };\n",
            "b.ts": 'import { Tool } from "./a";\nexport function use(t: Tool) { t.run(); }\n',
        },
        {"use -> Tool.run method high", "use -> Search.run method medium", "use -> fetch_.run registry medium"},
    ),
    "types that have its methods": (
        GO
        | {
            "a.go": "package main\n\ntype Tool interface {\n\tExecute()\n\tDescribe() string\n}\n\n"
            "type Search struct{}\n\nfunc (s Search) Execute() {}\nfunc (s Search) Describe() string { return a }\n\n"
            "type Half struct{}\n\nfunc (h Half) Execute() {}\n\nfunc use(t Tool) { t.Execute() }\n",
        },
        {"use -> Tool.Execute method high", "use -> Search.Execute method medium"},
    ),
    "implementations of a trait": (
        RUST
        | {
            "src/main.rs": "mod tool;\nuse tool::Tool;\nfn use_it(t: &dyn Tool) { t.execute(); }\n",
            "src/tool.rs": "pub trait Tool {\n    fn execute(&self);\n    fn twice(&self) { self.execute(); }\n}\n"
            "pub struct Search;\nimpl Tool for Search {\n    fn execute(&self) {}\n}\n",
        },
        {
            "use_it -> Tool.execute method high",
            "use_it -> Search.execute method medium",
            "Tool.twice -> Tool.execute method high",
            "Tool.twice -> Search.execute method medium",
        },
    ),
    "subclasses of an abstract class": (
        {
            "a.py": "from abc import ABC, abstractmethod\nclass Tool(ABC):\n    @abstractmethod\n    def run(self): ...\n"
            "    def call(self):\n        self.run()\n",
            "b.py": "from a import Tool\nclass Search(Tool):\n    def run(self): pass\n",
        },
        {"Tool.call -> Tool.run method high", "Tool.call -> Search.run method medium"},
    ),
    "classes that have the methods of a protocol": (
        {
            "a.py": "from typing import Protocol\nclass Tool(Protocol):\n    def execute(self): ...\n"
            "    def describe(self): ...\nclass Half:\n    def execute(self): pass\n",
            "b.py": "from a import Tool\nclass Search:\n    def execute(self): pass\n    def describe(self): pass\n"
            "def use(tool: Tool):\n    tool.execute()\n",
        },
        {"use -> Tool.execute method high", "use -> Search.execute method medium"},
    ),
}


@pytest.mark.parametrize("name", INTERFACES)
def test_a_method_of_an_interface_may_be_that_of_what_implements_it(repo: Repo, name: str) -> None:
    files, wanted = INTERFACES[name]
    found = edges(repo, files)

    assert wanted <= found
    assert not {edge for edge in found if "Half" in edge}


CONSTRUCTORS: Cases = {
    "its own": ({"a.py": "class A:\n    def __init__(self): pass\ndef f(): A()\n"}, {"f -> A.__init__ direct high", "f -> A direct high"}),
    "an inherited one": (
        {"a.py": "class A:\n    def __init__(self): pass\nclass B(A): pass\ndef f(): B()\n"},
        {"f -> A.__init__ direct high", "f -> B direct high"},
    ),
    "that of the class above": (
        {"a.py": "class A:\n    def __init__(self): pass\nclass B(A):\n    def __init__(self):\n        super().__init__()\n"},
        {"B.__init__ -> A.__init__ method high"},
    ),
    "of typescript": (
        {"a.ts": "class A { constructor() {} }\nclass B extends A { constructor() { super(); } }\nfunction f() { new B(); }\n"},
        {"f -> B.constructor direct high", "B.constructor -> A.constructor method high"},
    ),
    "of another file": (
        {"a.py": "class A:\n    def __init__(self): pass\n", "b.py": "from a import A\ndef f(): A()\n"},
        {"f -> A.__init__ imported high"},
    ),
    "of an object that is called itself": (
        {"a.py": "class A:\n    def __call__(self): pass\nclass B:\n    def __init__(self):\n        self.a = A()\n    def f(self):\n        self.a()\n"},
        {"B.f -> A.__call__ method medium"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_making_an_object_runs_its_constructor(repo: Repo, name: str) -> None:
    check(repo, CONSTRUCTORS[name])


@pytest.mark.parametrize("call", ["super().run()", "super().__init__()"])
def test_a_call_of_the_class_above_that_is_a_library_s_guesses_at_no_other_class(repo: Repo, call: str) -> None:
    name = call[8:-2]
    source = (
        f"import lib\nclass A(lib.Base):\n    def {name}(self):\n        {call}\nclass B:\n    def {name}(self): pass\n"
    )

    assert edges(repo, {"a.py": source}, f"A.{name}") == set()


CLOSURES: Cases = {
    "python": (
        {
            "a.py": "import lib\ndef ask(): pass\ndef apply(fn): fn()\n"
            "def library():\n    lib.run(lambda: ask())\n"
            "def own():\n    apply(lambda: ask())\n"
            "def once():\n    (lambda: ask())()\n"
            "def stored():\n    fn = lambda: ask()\n    fn()\n"
            "def named():\n    def inner(): ask()\n    inner()\n"
        },
        {
            "library -> library:5 registry medium",
            "own -> own:7 registry medium",
            "once -> once:9 direct high",
            "stored -> stored:11 registry medium",
            "named -> named.inner direct high",
            "library:5 -> ask direct high",
            "own:7 -> ask direct high",
            "once:9 -> ask direct high",
            "stored:11 -> ask direct high",
        },
    ),
    "typescript": (
        {
            "a.ts": 'import lib from "lib";\nfunction ask() {}\nfunction apply(fn: () => void) { fn(); }\n'
            "function library() { lib.run(() => ask()); }\nfunction own() { apply(() => ask()); }\n"
            "function once() { (async () => { ask(); })(); }\nfunction stored() { const fn = () => ask(); fn(); }\n"
            "function list(xs) { return xs.map((x) => ask()); }\n"
        },
        {
            "library -> library:4 registry medium",
            "own -> own:5 registry medium",
            "once -> once:6 direct high",
            "stored -> stored.fn direct high",
            "list -> list:8 registry medium",
            "list:8 -> ask direct high",
        },
    ),
    "rust": (
        RUST
        | {
            "src/main.rs": "fn ask() {}\nfn apply<F: Fn()>(f: F) { f() }\n"
            "fn library(xs: Vec<u8>) { xs.iter().for_each(|x| ask()); }\nfn own() { apply(|| ask()); }\n"
            "fn once() { (|| ask())(); }\nfn stored() { let f = || ask(); f(); }\n"
        },
        {
            "library -> library:3 registry medium",
            "own -> own:4 registry medium",
            "once -> once:5 direct high",
            "stored -> stored:6 registry medium",
        },
    ),
    "go": (
        GO
        | {
            "a.go": 'package main\n\nimport "lib"\n\nfunc ask() {}\nfunc apply(f func()) { f() }\n'
            "func library() { lib.Run(func() { ask() }) }\nfunc own() { apply(func() { ask() }) }\n"
            "func once() { go func() { ask() }() }\nfunc stored() { f := func() { ask() }; f() }\n"
        },
        {
            "library -> library:7 registry medium",
            "own -> own:8 registry medium",
            "once -> once:9 direct high",
            "stored -> stored.f direct high",
        },
    ),
}


@pytest.mark.parametrize("language", CLOSURES)
def test_nameless_functions_are_reached_where_they_are_handed_over_or_called(repo: Repo, language: str) -> None:
    check(repo, CLOSURES[language])


def test_a_nameless_function_that_is_kept_and_never_seen_called_is_no_more_than_a_guess(repo: Repo) -> None:
    source = "KEPT = set()\ndef keep(fn):\n    KEPT.add(fn)\ndef f():\n    keep(lambda: 1)\n"

    assert "f -> f:5 registry low" in edges(repo, {"a.py": source})


CALLBACKS: Cases = {
    "a function that calls it": (
        {"a.py": "def ask(): pass\ndef apply(x, fn): fn()\ndef f(): apply(1, ask)\n"},
        {"f -> ask registry medium"},
    ),
    "a function that calls it, by keyword": (
        {"a.py": "def ask(): pass\ndef apply(*, fn): fn()\ndef f(): apply(fn=ask)\n"},
        {"f -> ask registry medium"},
    ),
    "a function whose parameter has a type": (
        {"a.py": "from typing import Callable\ndef ask(): pass\ndef apply(fn: Callable[[], None]): fn()\ndef f(): apply(ask)\n"},
        {"f -> ask registry medium"},
    ),
    "a function whose parameter has a type of the repository": (
        {"a.ts": "type Work = () => void;\nfunction ask() {}\nfunction apply(fn: Work) { fn(); }\nfunction f() { apply(ask); }\n"},
        {"f -> ask registry medium"},
    ),
    "a function of rust": (
        RUST | {"src/main.rs": "fn ask() {}\nfn apply<F: Fn()>(f: F) { f() }\nfn main() { apply(ask); }\n"},
        {"main -> ask registry medium"},
    ),
    "a function of go whose parameter has a type of the repository": (
        GO | {"a.go": "package main\n\ntype Work func()\n\nfunc ask() {}\nfunc apply(w Work) { w() }\nfunc f() { apply(ask) }\n"},
        {"f -> ask registry medium"},
    ),
    "a method that calls it": (
        {"a.py": "def ask(): pass\nclass A:\n    def apply(self, fn): fn()\ndef f(a: A): a.apply(ask)\n"},
        {"f -> ask registry medium"},
    ),
    "a library": ({"a.py": "import lib\ndef ask(): pass\ndef f(): lib.run(ask)\n"}, {"f -> ask registry medium"}),
    "a field that is called": (
        {"a.py": "def ask(): pass\nclass A:\n    def __init__(self, on_done):\n        self.on_done = on_done\n    def go(self):\n        self.on_done()\ndef f(): A(ask)\n"},
        {"A.go -> ask registry medium"},
    ),
    "a field of a struct": (
        GO | {"a.go": "package main\n\ntype Cmd struct { Run func() }\n\nfunc ask() {}\n\nvar one = &Cmd{Run: ask}\nvar two = &Cmd{Run: func() { ask() }}\n\nfunc f(c *Cmd) { c.Run() }\n"},
        {"f -> ask registry medium", "f -> Run registry medium", "Run -> ask direct high"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_function_that_is_handed_over_by_name_is_reached_by(repo: Repo, name: str) -> None:
    check(repo, CALLBACKS[name])


def test_a_decorator_runs_where_it_stands_and_keeps_what_it_decorates(repo: Repo) -> None:
    found = edges(
        repo,
        {
            "registry.py": "TOOLS = {}\ndef tool(fn):\n    TOOLS[fn.__name__] = fn\n    return fn\n"
            "def named(name):\n    def keep(fn):\n        TOOLS[name] = fn\n    return keep\n"
            "def call(name):\n    return TOOLS[name]()\n",
            "a.py": "from registry import named, tool\n@tool\ndef one(): pass\n@named('b')\ndef two(): pass\n",
        },
    )

    assert {
        "a.py -> tool imported high",
        "a.py -> named imported high",
        "call -> one registry medium",
        "call -> two registry medium",
    } <= found


def test_a_decorator_that_calls_what_it_decorates_leaves_nothing_open(repo: Repo) -> None:
    source = (
        "def timed(fn):\n    def wrapper(*args):\n        return fn(*args)\n    return wrapper\n"
        "@timed\ndef work(): pass\ndef f(): work()\n"
    )
    graph = graph_of(repo, {"a.py": source})

    assert {"a.py -> timed direct high", "f -> work direct high"} <= edges_of(graph)
    assert unresolved(graph) == []


HANDLERS = "def one(): pass\ndef two(): pass\n"
TS_HANDLERS = "function one() {}\nfunction two() {}\n"
GO_HANDLERS = "package main\n\nfunc one() {}\nfunc two() {}\n\n"
BOTH = {"f -> one registry medium", "f -> two registry medium"}

REGISTRIES: Cases = {
    "a dict by subscript": ({"a.py": HANDLERS + "T = {'a': one, 'b': two}\ndef f(k): T[k]()\n"}, BOTH),
    "a dict by get": ({"a.py": HANDLERS + "T = {'a': one, 'b': two}\ndef f(k): T.get(k)()\n"}, BOTH),
    "a dict through a variable": ({"a.py": HANDLERS + "T = {'a': one, 'b': two}\ndef f(k):\n    h = T.get(k)\n    if h:\n        h()\n"}, BOTH),
    "a dict that is filled one by one": ({"a.py": HANDLERS + "T = {}\nT['a'] = one\nT['b'] = two\ndef f(k): T[k]()\n"}, BOTH),
    "a dict of another file": (
        {"a.py": HANDLERS + "T = {'a': one, 'b': two}\n", "b.py": "from a import T\ndef f(k): T[k]()\n"},
        BOTH,
    ),
    "a dict of another file through a variable": (
        {"a.py": HANDLERS + "T = {'a': one, 'b': two}\n", "b.py": "import a\ndef f(k):\n    h = a.T.get(k)\n    h()\n"},
        BOTH,
    ),
    "a dict of the function itself": ({"a.py": HANDLERS + "def f(k):\n    t = {'a': one, 'b': two}\n    return t[k]()\n"}, BOTH),
    "a dict that is nowhere kept": ({"a.py": HANDLERS + "def f(k):\n    h = {'a': one, 'b': two}.get(k)\n    h()\n"}, BOTH),
    "a list that is walked": ({"a.py": HANDLERS + "HOOKS = [one, two]\ndef f():\n    for hook in HOOKS:\n        hook()\n"}, BOTH),
    "a list that is added to": (
        {"a.py": HANDLERS + "HOOKS = []\nHOOKS.append(one)\nHOOKS.append(two)\ndef f():\n    for hook in HOOKS:\n        hook()\n"},
        BOTH,
    ),
    "a function that registers": (
        {"a.py": HANDLERS + "T = {}\ndef register(name, fn):\n    T[name] = fn\nregister('a', one)\nregister('b', fn=two)\ndef f(k): T[k]()\n"},
        BOTH,
    ),
    "an object literal": ({"a.ts": TS_HANDLERS + "const t = { a: one, b: two };\nfunction f(k: string) { t[k](); }\n"}, BOTH),
    "a map": (
        {"a.ts": TS_HANDLERS + "const t = new Map([['a', one]]);\nt.set('b', two);\nfunction f(k: string) { t.get(k)!(); }\n"},
        BOTH,
    ),
    "a map through a variable": (
        {"a.ts": TS_HANDLERS + "const t = new Map([['a', one], ['b', two]]);\nfunction f(k: string) { const h = t.get(k); h?.(); }\n"},
        BOTH,
    ),
    "an object of the function itself": ({"a.ts": TS_HANDLERS + "function f(k: string) { const t = { a: one, b: two }; t[k](); }\n"}, BOTH),
    "an array that is walked": ({"a.ts": TS_HANDLERS + "const hooks = [one, two];\nfunction f() { for (const h of hooks) h(); }\n"}, BOTH),
    "a map of go": (
        GO | {"a.go": GO_HANDLERS + 'var t = map[string]func(){"a": one, "b": two}\n\nfunc f(k string) { t[k]() }\n'},
        BOTH,
    ),
    "a map of go with a type of its own": (
        GO | {"a.go": GO_HANDLERS + 'type H func()\n\nvar t = map[string]H{"a": one, "b": two}\n\nfunc f(k string) { t[k]() }\n'},
        BOTH,
    ),
    "a map of go through a variable": (
        GO | {"a.go": GO_HANDLERS + 'var t = map[string]func(){"a": one, "b": two}\n\nfunc f(k string) { if h, ok := t[k]; ok { h() } }\n'},
        BOTH,
    ),
    "a slice of go": (
        GO | {"a.go": GO_HANDLERS + "var hooks = []func(){one, two}\n\nfunc f() { for _, h := range hooks { h() } }\n"},
        BOTH,
    ),
    "a slice of rust": (
        RUST | {"src/main.rs": 'fn one() {}\nfn two() {}\nstatic T: &[(&str, fn())] = &[("a", one), ("b", two)];\nfn f() { for (n, h) in T { h(); } }\n'},
        BOTH,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REGISTRIES)
def test_a_call_reaches_all_handlers_of(repo: Repo, name: str) -> None:
    files, wanted = REGISTRIES[name]
    graph = graph_of(repo, files)

    assert edges_of(graph, "f") == wanted
    assert unresolved(graph) == []


OBJECTS: Cases = {
    "by position and by keyword": (
        {
            "registry.py": "class Registry:\n    def __init__(self):\n        self._tools = {}\n"
            "    def register(self, name, fn):\n        self._tools[name] = fn\n"
            "    def call(self, name):\n        return self._tools[name]()\n",
            "a.py": HANDLERS + "from registry import Registry\nregistry = Registry()\n"
            "registry.register('a', one)\nregistry.register(name='b', fn=two)\n",
        },
        {"Registry.call -> one registry medium", "Registry.call -> two registry medium"},
    ),
    "through a variable": (
        {
            "a.py": HANDLERS + "class Registry:\n    def __init__(self):\n        self._tools = {}\n"
            "    def register(self, name, fn):\n        self._tools[name] = fn\n"
            "    def call(self, name):\n        fn = self._tools.get(name)\n        return fn()\n"
            "def setup(r: Registry):\n    r.register('a', one)\n",
        },
        {"Registry.call -> one registry medium"},
    ),
    "as hooks": (
        {
            "a.py": HANDLERS + "class Bus:\n    def __init__(self):\n        self.hooks = []\n"
            "    def add(self, hook):\n        self.hooks.append(hook)\n"
            "    def fire(self):\n        for hook in self.hooks:\n            hook()\n"
            "def setup(b: Bus):\n    b.add(one)\n",
        },
        {"Bus.fire -> one registry medium"},
    ),
    "in a map": (
        {
            "a.ts": TS_HANDLERS + "type Fn = () => void;\nclass Registry {\n  tools = new Map<string, Fn>();\n"
            "  register(name: string, fn: Fn) { this.tools.set(name, fn); }\n"
            "  call(name: string) { const fn = this.tools.get(name); return fn?.(); }\n}\n"
            "const r = new Registry();\nr.register('a', one);\nr.register('b', () => two());\n",
        },
        {"Registry.call -> one registry medium", "Registry.call -> a.ts:11 registry medium"},
    ),
    "in a set whose type names a class": (
        {
            "a.ts": TS_HANDLERS + "interface Event_ { name: string }\nclass Bus {\n"
            "  hooks = new Set<(event: Event_) => void>();\n  add(hook: (event: Event_) => void) { this.hooks.add(hook); }\n"
            "  fire() { for (const hook of this.hooks) { hook(event); } }\n}\nconst b = new Bus();\nb.add(one);\n",
        },
        {"Bus.fire -> one registry medium"},
    ),
    "as classes": (
        {
            "a.py": "class A: pass\nclass B: pass\nclass Box:\n    T = {'a': A, 'b': B}\n    def call(self, k):\n"
            "        return self.T[k]()\n"
        },
        {"Box.call -> A registry medium", "Box.call -> B registry medium"},
    ),
    "in a hash map": (
        RUST
        | {
            "src/main.rs": "fn one() {}\nstruct Registry { tools: HashMap<String, fn()> }\nimpl Registry {\n"
            "    fn register(&mut self, name: &str, f: fn()) { self.tools.insert(name.into(), f); }\n"
            "    fn call(&self, k: &str) { let f = self.tools.get(k).unwrap(); f(); }\n}\n"
            'fn setup(r: &mut Registry) { r.register("a", one); r.register("b", || one()); }\n'
        },
        {"Registry.call -> one registry medium", "Registry.call -> setup:7 registry medium"},
    ),
    "as a table of the class": (
        {
            "a.py": HANDLERS + "class Box:\n    T = {'a': one, 'b': lambda: two()}\n"
            "    def call(self, k):\n        self.T[k]()\n"
        },
        {"Box.call -> one registry medium", "Box.call -> Box:4 registry medium"},
    ),
    "as a table of its own methods": (
        {
            "a.py": "class Box:\n    def __init__(self):\n        self.t = {'a': self.one}\n    def one(self): pass\n"
            "    def call(self, k):\n        fn = self.t.get(k)\n        fn()\n"
        },
        {"Box.call -> Box.one registry medium"},
    ),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_reaches_what_is_registered_with_it(repo: Repo, name: str) -> None:
    check(repo, OBJECTS[name])


def test_a_function_that_a_file_hands_on_by_default_is_itself_where_it_is_handed_over(repo: Repo) -> None:
    found = edges(
        repo,
        NPM
        | {
            "app.tsx": "function App() {}\nexport default App;\n",
            "main.tsx": 'import App from "./app";\nroot().render(<App />);\n',
        },
    )

    assert "main.tsx -> App registry medium" in found


def test_a_factory_reaches_the_functions_of_the_objects_that_it_is_handed(repo: Repo) -> None:
    found = edges(
        repo,
        NPM
        | {
            "factory.ts": "export function createTool(options: any) {\n  return { go: async () => options.run() };\n}\n",
            "a.ts": 'import { createTool } from "./factory";\nfunction ask() {}\n'
            "export const one = createTool({ run() { ask(); } });\n"
            "export const two = createTool({ run: () => ask() });\nexport const three = createTool({ run: ask });\n",
        },
    )

    assert {
        "a.ts -> createTool imported high",
        "createTool.go -> one.run registry medium",
        "createTool.go -> two.run registry medium",
        "createTool.go -> ask registry medium",
        "one.run -> ask direct high",
    } <= found


PROPERTIES: Cases = {
    "python": (
        {"a.py": "class A:\n    @property\n    def client(self): pass\n    def f(self):\n        self.client.send()\n    def g(self):\n        return self.client\n"},
        {"A.f -> A.client method high", "A.g -> A.client method high"},
    ),
    "typescript": (
        {"a.ts": "class A {\n  get client() { return 1; }\n  f() { this.client.send(); }\n  g() { return this.client; }\n}\n"},
        {"A.f -> A.client method high", "A.g -> A.client method high"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", PROPERTIES)
def test_a_property_runs_where_it_is_read(repo: Repo, language: str) -> None:
    files, wanted = PROPERTIES[language]

    assert edges(repo, files) == wanted


def test_a_field_of_rust_is_no_method_of_the_same_name(repo: Repo) -> None:
    source = "struct A { style: u8 }\nimpl A {\n    fn style(&self) {}\n    fn f(&self) { lib::run(self.style); }\n}\n"

    assert edges(repo, RUST | {"src/main.rs": source}) == set()


def classes(count: int, method: str) -> str:
    return "".join(f"class C{number}:\n    def {method}(self): pass\n" for number in range(count))


@pytest.mark.parametrize(
    ("count", "method", "confidence"),
    [(1, "run_it", "medium"), (1, "step", "low"), (3, "run_it", "low"), (6, "step", "low")],
)
def test_a_method_of_an_unknown_object_is_joined_by_its_name(
    repo: Repo, count: int, method: str, confidence: str
) -> None:
    source = classes(count, method) + f"def f(x): x.{method}()\n"

    assert edges(repo, {"a.py": source}) == {f"f -> C{n}.{method} dynamic {confidence}" for n in range(count)}


def test_a_name_that_too_many_methods_have_is_a_blind_spot_with_their_number(repo: Repo) -> None:
    graph = graph_of(repo, {"a.py": classes(7, "run_it") + "def f(x): x.run_it()\n"})

    assert graph.edges == ()
    assert unresolved(graph) == [("f", "x.run_it", 7)]


@pytest.mark.parametrize("method", ["get", "append", "close", "update"])
def test_a_method_that_every_container_has_is_joined_to_nothing_by_its_name(repo: Repo, method: str) -> None:
    graph = graph_of(repo, {"a.py": classes(1, method) + f"def f(x): x.{method}()\n"})

    assert (graph.edges, graph.unresolved) == ((), ())


def test_an_unknown_client_is_one_of_the_classes_that_are_called_client(repo: Repo) -> None:
    source = (
        "class ModelClient:\n    def stream(self): pass\nclass FakeClient:\n    def stream(self): pass\n"
        "class River:\n    def stream(self): pass\ndef f(client): client.stream()\n"
    )

    assert edges(repo, {"a.py": source}) == {
        "f -> ModelClient.stream dynamic medium",
        "f -> FakeClient.stream dynamic medium",
    }


def test_a_client_is_a_client_whoever_else_keeps_a_function_under_the_same_key(repo: Repo) -> None:
    source = (
        "class LocalSandbox:\n    def run_it(self): pass\nclass SandboxConfig:\n    def run_it(self): pass\n"
        "def shown(): pass\nVIEW = View(run_it=shown)\ndef f(sandbox): sandbox.run_it()\n"
    )

    assert edges(repo, {"a.py": source}, "f") == {
        "f -> LocalSandbox.run_it dynamic medium",
        "f -> shown registry low",
    }


def test_of_many_classes_with_a_word_those_are_meant_that_are_such_a_thing(repo: Repo) -> None:
    adapters = "".join(f"class A{n}Adapter:\n    def send_it(self): pass\n" for n in range(8))
    source = adapters + "class AdapterConfig:\n    def send_it(self): pass\ndef f(adapter): adapter.send_it()\n"

    assert edges(repo, {"a.py": source}, "f") == {f"f -> A{n}Adapter.send_it dynamic medium" for n in range(8)}


def test_a_method_with_a_telling_name_is_a_guess_where_nothing_brings_both_files_together(repo: Repo) -> None:
    files = {
        "one/a.py": "class View:\n    def execute_command(self): pass\n",
        "two/b.py": "def f(process): process.execute_command()\n",
    }

    assert edges(repo, files, "f") == {"f -> View.execute_command dynamic low"}
    assert edges(repo, files | {"main.py": "import one.a\nimport two.b\n"}, "f") == {
        "f -> View.execute_command dynamic medium"
    }


def test_names_of_one_language_mean_nothing_in_another(repo: Repo) -> None:
    found = edges(
        repo,
        NPM
        | {
            "a.py": "def ask(): pass\nclass A:\n    def __init__(self): pass\n    def run_it(self): pass\n",
            "a.ts": "export const x = 1;\n",
            "b.ts": 'import { ask, A } from "./a";\nfunction f(y: any) { ask(); new A(); y.run_it(); }\n',
            "c.ts": "const t = { on_done() {} };\n",
            "c.py": "def g(x):\n    x.on_done()\n",
        },
    )

    assert not {edge for edge in found if edge.startswith(("f ->", "g ->"))}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.tsx", "function other() {}\nfunction f() { const [x, setX] = useState(0); setX(1); }\n"),
        ("a.py", "def other(): pass\ndef f():\n    fn = make_one()\n    fn()\n"),
        ("a.py", "def other(): pass\ndef f(fn): fn()\n"),
        ("a.go", "package main\n\nfunc other() {}\nfunc f(fn func()) { fn() }\n"),
    ],
)
def test_a_variable_of_which_nothing_is_known_reaches_nothing_and_is_a_blind_spot(
    repo: Repo, path: str, source: str
) -> None:
    graph = graph_of(repo, {path: source})

    assert edges_of(graph, "f") == set()
    assert [(node, candidates) for node, _, candidates in unresolved(graph)] == [("f", 0)]


def test_what_a_function_gives_back_is_not_the_function(repo: Repo) -> None:
    graph = graph_of(repo, {"a.py": "def make(): pass\ndef other(): pass\ndef f():\n    make()()\n"})

    assert edges_of(graph) == {"f -> make direct high"}
    assert unresolved(graph) == [("f", "a.make", 0)]


def test_a_class_does_not_call_its_methods_by_having_them(repo: Repo) -> None:
    assert edges(repo, {"a.ts": "export class A { run() {} get x() { return 1; } }\n"}) == set()


def test_a_class_that_extends_one_of_a_library_may_have_its_methods_called(repo: Repo) -> None:
    source = "import lib\nclass A(lib.Base):\n    def on_event(self): pass\nclass B:\n    def on_event(self): pass\n"

    assert edges(repo, {"a.py": source}) == {"A -> A.on_event dynamic low"}


@pytest.mark.parametrize("base", ["ABC", "Protocol", "Generic[T]", "object"])
def test_a_base_that_only_says_what_a_class_is_calls_nothing(repo: Repo, base: str) -> None:
    source = (
        f"from abc import ABC\nfrom typing import Generic, Protocol, T\nclass A({base}):\n    def run(self): pass\n"
    )

    assert edges(repo, {"a.py": source}) == set()


def test_tests_are_not_in_the_graph(repo: Repo) -> None:
    graph = graph_of(
        repo,
        RUST
        | {
            "a.py": "def f(): pass\n",
            "tests/test_a.py": "from a import f\ndef test_f(): f()\n",
            "src/main.rs": "fn main() { g(); }\nfn g() {}\n#[cfg(test)]\nmod tests {\n    fn helper() { super::g(); }\n}\n",
        },
    )

    assert "tests/test_a.py" not in graph.files
    assert edges_of(graph) == {"main -> g direct high"}
    assert {node.symbol for node in graph.nodes} == {"", "f", "main", "g"}


def exported(graph: Graph) -> set[str]:
    return {graph.nodes[number].label for number in graph.exported}


def test_what_a_package_hands_on_at_its_face_is_exported(repo: Repo) -> None:
    graph = graph_of(
        repo,
        {
            "pyproject.toml": '[project]\nname = "box"\n',
            "src/box/__init__.py": "from box.inner import Open, find\nfrom .more import *\ndef own(): pass\ndef _own(): pass\n",
            "src/box/inner.py": "class Open:\n    def __init__(self): pass\n    def run(self): pass\n    def _own(self): pass\n"
            "def find(): pass\ndef unused(): pass\n",
            "src/box/more.py": "def starred(): pass\ndef _not(): pass\n",
        },
    )

    assert exported(graph) == {"own", "find", "Open.run", "starred"}


def test_what_an_index_of_a_package_hands_on_is_exported(repo: Repo) -> None:
    graph = graph_of(
        repo,
        {
            "package.json": '{"name": "box", "main": "dist/index.js"}',
            "src/index.ts": 'export * from "./inner";\nexport { two as second } from "./two";\n',
            "src/inner.ts": "export class Open { run() {} }\nexport function find() {}\n",
            "src/two.ts": "export function two() {}\nexport function three() {}\n",
        },
    )

    assert exported(graph) == {"Open.run", "find", "two"}


def test_recursion_is_an_edge_and_ends(repo: Repo) -> None:
    source = (
        "def f(): f()\ndef g(): h()\ndef h(): g()\nclass A(B):\n    def run(self): self.run()\nclass B(A): pass\n"
        "def use(): B().nowhere_at_all()\n"
    )

    assert {"f -> f direct high", "g -> h direct high", "h -> g direct high", "A.run -> A.run method high"} <= edges(
        repo, {"a.py": source}
    )


def test_a_chain_of_calls_longer_than_any_stack_is_linked(repo: Repo) -> None:
    count = 5_000
    assert count > sys.getrecursionlimit()
    lines = [f"def f{number}(): f{number + 1}()" for number in range(count)]
    graph = graph_of(repo, {"a.py": "\n".join([*lines, f"def f{count}(): pass", ""])})

    assert len(graph.edges) == count
    assert [len(after) for after in graph.successors()] == [0, *([1] * count), 0]


def test_nodes_are_found_by_what_a_user_calls_them_and_by_where_they_stand(repo: Repo) -> None:
    graph = graph_of(repo, {"a.py": "class A:\n    def run(self): pass\n", "b.py": "def run(): pass\n"})

    assert [graph.nodes[number].label for number in graph.named("run")] == ["A.run", "run"]
    assert [graph.nodes[number].path for number in graph.named("b.py:run")] == ["b.py"]
    assert graph.named("nowhere") == []
    assert graph.nodes[graph.at("a.py", 20)].label == "A.run"
    assert graph.at("c.py", 0) == -1


def test_edges_that_are_less_sure_are_left_out_unless_asked_for(repo: Repo) -> None:
    graph = graph_of(repo, {"a.py": classes(2, "step") + "def f(x): x.step()\n"})
    source = graph.named("f")[0]

    assert graph.successors()[source] == []
    assert len(graph.successors(Confidence.LOW)[source]) == 2
    assert len(graph.edges_from(source)) == 2


PIECES = {
    "py": [
        "from b import *", "from a import go as run", "import a", "class A(B):\n    def run(self): super().run()",
        "class B(A):\n    T = {'a': go}\n    def run(self): self.T['a']()", "def go(fn=None): fn()", "go(lambda: go)",
        "@go\ndef run(): run()", "T = {'x': go}", "T['y'] = run", "def use(k): T.get(k)()", "x = a.T[0]()()", "go.go.go()",
        "for h in T: h()", "def f():\n    x = lambda: x()\n    x()", "self.run()", "super().run()", "go = A = run = T",
    ],
    "ts": [
        'import { go as run } from "./b";', 'export * from "./a";', 'import * as a from "./a";', "class A extends B { run() { super.run(); } }",
        "class B extends A { get t() { return this.t; } constructor() { super(); } }", "function go(fn) { fn(); }", "go(() => go(go));",
        "const T = { run() { this.run(); }, go };", "T['x'] = run;", "function use(k) { T[k]()(); a.go(); }", "const m = new Map([['a', go]]); m.get(k)!();",
        "(() => { go(); })();", "interface I { run(): void }", "function f(i: I) { for (const h of T) h(); i.run(); }", "super.run();",
    ],
    "go": [
        "type A struct { B }", "type B struct { A }", "func (a *A) Run() { a.Run() }", "type I interface { Run(); Go() }", "func Go(f func()) { f() }",
        "func use(i I) { i.Run(); Go(func() { Go(use) }) }", 'var T = map[string]func(){"a": Run}', "func g(k string) { T[k](); h := T[k]; h() }",
        "type H func()", "func hh(h H) { h() }", "var c = A{Run: func() {}}",
    ],
    "rs": [
        "use crate::b::*;", "mod a;", "struct A;", "impl A { fn new() -> Self { Self::new() } fn run(&self) { self.run(); super::go(); } }",
        "trait I { fn run(&self); fn go(&self) { self.run() } }", "impl I for A { fn run(&self) {} }", "fn go<F: Fn()>(f: F) { f() }",
        "fn x() { go(|| go(x)); let f = || x(); f(); }", 'static T: &[(&str, fn())] = &[("a", x)];', "fn w(t: &dyn I) { for (n, h) in T { h(); } t.run(); }",
    ],
}  # fmt: skip
HEADS = {"go": "package main\n"}


@st.composite
def repositories(draw: st.DrawFn) -> dict[str, str]:
    files = {}
    for name in draw(
        st.sets(
            st.sampled_from(["a.py", "b.py", "a.ts", "b.ts", "a.go", "b.go", "src/main.rs", "src/b.rs"]), min_size=1
        )
    ):
        suffix = name.rpartition(".")[2]
        lines = draw(st.lists(st.sampled_from(PIECES[suffix]), max_size=8))
        files[name] = HEADS.get(suffix, "") + "\n".join([*lines, ""])
    return files


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(repositories())
def test_any_mixture_of_files_is_linked_into_a_graph_that_holds_together(files: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rules, root = Path(folder) / "rules", Path(folder) / "tree"
        rules.mkdir()
        root.mkdir()
        (rules / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
        (rules / "rules.yaml").write_text(rule("calls-a-model", "{means: model_call}"), encoding="utf-8")
        graph = graph_of(Repo(root, rules), files)

    assert list(graph.files) == sorted(files)
    assert list(graph.edges) == sorted(graph.edges, key=lambda edge: (edge.source, edge.start, edge.target))
    for edge in graph.edges:
        source, target = graph.nodes[edge.source], graph.nodes[edge.target]
        assert source.line <= edge.line <= source.end_line
        assert Path(source.path).suffix == Path(target.path).suffix
    for open_call in graph.unresolved:
        assert 0 <= open_call.node < len(graph.nodes)
    for number, node in enumerate(graph.nodes):
        assert (node.parent < 0) == (node.kind == "module")
        assert node.parent < number


def test_a_method_picked_by_the_beginning_of_its_name_is_one_of_those_that_begin_so(repo: Repo) -> None:
    source = """
        class Bot:
            def handle(self, name, text):
                return getattr(self, f"cmd_{name}")(text)

            def cmd_help(self, text): ...
            def cmd_stop(self, text): ...
            def other(self, text): ...
    """

    assert edges(repo, {"bot/__init__.py": "", "bot/main.py": source}, "Bot.handle") == {
        "Bot.handle -> Bot.cmd_help dynamic medium",
        "Bot.handle -> Bot.cmd_stop dynamic medium",
    }
