"""What files of TypeScript, TSX and JavaScript say."""

from __future__ import annotations

import json

import pytest
from conftest import Repo, facts_of

from scanner.arguments import arguments_of
from scanner.facts import FileFacts
from scanner.languages import language_of
from scanner.languages.typescript.modules import module_names
from scanner.modules import layout

ALL = ("a.ts", "a.tsx", "a.js")


def qualified(source: str, target: str, name: str = "src/a.ts") -> str:
    """What a call stands for; empty where nothing is known of it."""
    call = next(call for call in facts_of(name, source).calls if call.target == target)
    return call.qualified if call.resolved else ""


def definitions(facts: FileFacts) -> list[tuple[str, str]]:
    return [(item.kind, item.symbol) for item in facts.definitions]


def keys(facts: FileFacts, *kinds: str) -> list[str]:
    return [key.name for key in facts.keys if key.kind in kinds]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.ts", "typescript"),
        ("a.d.mts", "typescript"),
        ("a.cts", "typescript"),
        ("a.tsx", "tsx"),
        ("a.js", "javascript"),
        ("a.mjs", "javascript"),
        ("a.cjs", "javascript"),
        ("a.jsx", "javascript"),
    ],
)
def test_a_file_is_told_by_its_suffix_and_all_are_one_family(path: str, name: str) -> None:
    language = language_of(path)

    assert language is not None
    assert (language.name, language.family) == (name, "typescript")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"#!/usr/bin/env node\n", "javascript"),
        (b"#!/usr/bin/env bun\n", "typescript"),
        (b"#!/usr/bin/env -S deno run\n", "typescript"),
        (b"#!/usr/bin/env tsx\n", "typescript"),
        (b"#!/usr/bin/env -S npx ts-node\n", None),
    ],
)
def test_a_script_is_told_by_its_first_line(line: bytes, name: str | None) -> None:
    language = language_of("bin/agent", line)

    assert (language.name if language else None) == name


@pytest.mark.parametrize("name", ALL)
def test_every_form_of_a_function_is_a_definition_by_the_name_it_is_bound_to(name: str) -> None:
    facts = facts_of(
        name,
        """
        function plain() {}
        async function* stream() {}
        const arrow = async (x) => x;
        let expression = function () {};
        exports.shared = () => {};
        export const kept = useCallback(() => {}, []);
        list.map((item) => item);
        run(function named() {});
        export default () => {};
        """,
    )

    assert [item.name for item in facts.definitions] == [
        "plain", "stream", "arrow", "expression", "shared", "kept", "named", "default",
    ]  # fmt: skip
    assert {item.kind for item in facts.definitions} == {"function"}
    assert "arrow" not in [item.name for item in facts.assignments]


@pytest.mark.parametrize("name", ALL)
def test_members_of_classes_and_objects_are_definitions_with_their_owner(name: str) -> None:
    facts = facts_of(
        name,
        """
        class Agent extends Base {
          constructor() { super(); }
          async run() {}
          get client() { return this.held; }
          #secret() {}
          handler = async () => {};
          tools = { first() {} };
        }
        const tool = createTool({ id: "t", execute: async () => {}, check() {} });
        const table = { "read-file": () => {}, nested: { inner: function () {} } };
        """,
    )

    assert definitions(facts) == [
        ("class", "Agent"),
        ("method", "Agent.constructor"),
        ("method", "Agent.run"),
        ("method", "Agent.client"),
        ("method", "Agent.secret"),
        ("method", "Agent.handler"),
        ("method", "Agent.tools.first"),
        ("function", "tool.execute"),
        ("method", "tool.check"),
        ("function", "table.read-file"),
        ("method", "table.inner"),
    ]
    assert facts.definitions[0].bases == ("Base",)


@pytest.mark.parametrize("name", ["a.ts", "a.tsx"])
def test_types_with_members_are_classes(name: str) -> None:
    facts = facts_of(
        name,
        """
        interface Store<T> extends Reader<T>, Other { path: string; save(entry: T): Promise<void>; "quoted"?: number }
        type Options = { model: string } & Extra;
        type Name = string;
        enum Mode { Fast, Slow = "slow" }
        namespace Inner { export function deep() {} }
        abstract class Base<T> extends Root<T> implements Kept<T> { abstract go(): void; declare kept: string }
        """,
    )

    assert definitions(facts) == [
        ("class", "Store"),
        ("method", "Store.save"),
        ("class", "Options"),
        ("class", "Mode"),
        ("module", "Inner"),
        ("function", "Inner.deep"),
        ("class", "Base"),
        ("method", "Base.go"),
    ]
    assert facts.definitions[0].bases == ("Reader", "Other")
    assert facts.definitions[6].bases == ("Root", "Kept")
    assert keys(facts, "field") == ["path", "quoted", "model", "Fast", "Slow", "kept"]


def test_decorators_belong_to_what_they_decorate() -> None:
    facts = facts_of(
        "a.ts",
        """
        import { Injectable, Tool } from "lib";
        @Injectable()
        export class A {
          @Input() name: string;
          @Tool({ name: "x" })
          async run(@Body() body: X) {}
          plain() {}
        }
        @Injectable class B { first() {} }
        """,
    )

    assert [(item.symbol, item.decorators) for item in facts.definitions] == [
        ("A", ("lib.Injectable",)),
        ("A.run", ("lib.Tool",)),
        ("A.plain", ()),
        ("B", ("lib.Injectable",)),
        ("B.first", ()),
    ]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("new OpenAI<T>()", "OpenAI"),
        ("f<T>(1)", "f"),
        ("a?.b?.(c)", "a.b"),
        ("a!.b!()", "a.b"),
        ("(await a()).b()", "a().b"),
        ("(a as any).b()", "a.b"),
        ("sql`select ${x}`", "sql"),
        ("import('x')", "import"),
        ("a['b'].c()", "a[].c"),
        ("a().b.c()", "a().b.c"),
        ("class A extends B { constructor() { super(1); } }", "super"),
        ("new a.b.C()", "a.b.C"),
        ("this.#client.go()", "this.client.go"),
    ],
)
def test_a_call_names_what_is_called(source: str, target: str) -> None:
    assert target in [call.target for call in facts_of("a.ts", source).calls]


def test_markup_is_no_call_but_what_stands_in_it_is() -> None:
    facts = facts_of("a.tsx", "const View = () => <Panel onClick={() => send(1)} title='t'>{render()}</Panel>;")

    assert [call.target for call in facts.calls] == ["send", "render"]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ('import OpenAI from "openai"; new OpenAI().chat.create()', "OpenAI().chat.create", "openai.chat.create"),
        ('import { OpenAI as O } from "openai"; const c = new O(); c.go()', "c.go", "openai.OpenAI.go"),
        ('import * as fs from "node:fs/promises"; fs.readFile("x")', "fs.readFile", "fs/promises.readFile"),
        ('const { exec: run } = require("child_process"); run("ls")', "run", "child_process.exec"),
        ('import x = require("lib"); x.go()', "x.go", "lib.go"),
        ('async function f() { const { go } = await import("lib"); go(); }', "go", "lib.go"),
        ('import type { C } from "lib"; function f(c?: C | null) { c?.go(); }', "c.go", "lib.C.go"),
        ('import { C } from "lib"; async function mk(): Promise<C> {} (await mk()).go()', "mk().go", "lib.C.go"),
        ('import { C } from "lib"; const mk = () => new C(); mk().go()', "mk().go", "lib.C.go"),
        ('import { C } from "lib"; class A { c = new C(); f() { this.c.go() } }', "this.c.go", "lib.C.go"),
        ('import { C } from "lib"; class A { #c: C; f() { this.#c.go() } }', "this.c.go", "lib.C.go"),
        ('import { C } from "lib"; class A { constructor(private c: C) {} f() { this.c.go() } }', "this.c.go", "lib.C.go"),
        ('import { C } from "lib"; class A { h; get c() { return this.h ??= new C() } f() { this.h.go() } }', "this.h.go",
         "lib.C.go"),
        ('import { C } from "lib"; class A { get c(): C {} f() { this.c.go() } }', "this.c.go", "lib.C.go"),
        ('import { C } from "lib"; class A { c = new C(); f() { x({ cb: () => this.c.go() }) } }', "this.c.go", "lib.C.go"),
        ('import { C } from "lib"; interface D { c: C } function f({ c }: D) { c.go() }', "c.go", "lib.C.go"),
        ('import { C } from "lib"; interface D { c: C } class A { constructor(private d: D) { this.d.c.go() } }',
         "this.d.c.go", "lib.C.go"),
        ('import { promisify } from "util"; import { exec } from "child_process"; const e = promisify(exec); e()', "e",
         "child_process.exec"),
        ('import { c } from "lib"; const d = opts.d ?? (c as any); d.go()', "d.go", "lib.c.go"),
        ('const w = new WebSocket("u"); w.send(1)', "w.send", "WebSocket.send"),
        ("function f(r: Request) { r.json() }", "r.json", "Request.json"),
        ("crypto.randomUUID()", "crypto.randomUUID", "crypto.randomUUID"),
        ("const o = { a() {} }; o.a()", "o.a", "src/a.o.a"),
        ('import { go } from "./lib/go.js"; go()', "go", "src/lib/go.go"),
        ('import { go } from "../lib/index.ts"; go()', "go", "lib.go"),
        ('import go from "./go"; go()', "go", "src/go"),
    ],
)  # fmt: skip
def test_a_call_is_resolved_through_imports_and_types(source: str, target: str, expected: str) -> None:
    assert qualified(source, target) == expected


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("fetch('u')", "fetch"),
        ('import { c } from "lib"; function f({ c }) { c.go() }', "c.go"),
        ('import { c } from "lib"; function f() { for (const c of xs) c.go() }', "c.go"),
        ('import { C } from "lib"; type F = (c: C) => void; function f() { c.go() }', "c.go"),
        ("const o = { fetch() {} }; fetch('u')", "fetch"),
        ("const tool = make({ run() {} }); tool.go()", "tool.go"),
        ("const m = await import(new URL(x)); m.go()", "m.go"),
    ],
)
def test_a_name_that_something_else_binds_is_not_resolved(source: str, target: str) -> None:
    assert qualified(source, target) == ""


def test_imports_and_what_is_passed_on_are_listed() -> None:
    facts = facts_of(
        "src/index.ts",
        """
        import "dotenv/config";
        import def, { type T, a as b } from "lib";
        export * from "./x";
        export * as y from "./y/index.js";
        export { z as zed } from "node:z";
        const q = require("q");
        """,
    )

    assert [(item.qualified, item.alias) for item in facts.imports] == [
        ("dotenv/config", ""),
        ("lib", "def"),
        ("lib.T", "T"),
        ("lib.a", "b"),
        ("src/x", "*"),
        ("src/y", "y"),
        ("z.z", "zed"),
        ("q", ""),
    ]
    assert facts.strings == ()


@pytest.mark.parametrize("name", ["a.ts", "a.tsx"])
def test_every_kind_of_key_is_told_apart(name: str) -> None:
    facts = facts_of(
        name,
        """
        class A {
          private readonly held?: string = "x";
          constructor(readonly part: B, private other = 1) {}
          run(plain, given = 1, { taken, renamed: local = 2 }: Options, ...rest: string[]) {
            send({ model: "m", short, "quoted": 1, ...spread });
            given.deep.name;
            table["item"];
            map.get("asked");
          }
        }
        """,
    )
    names = {kind: keys(facts, kind) for kind in ("field", "parameter", "mapping", "attribute", "subscript")}

    assert names == {
        "field": ["held", "part", "other"],
        "parameter": ["part", "other", "plain", "given", "taken", "local", "rest"],
        "mapping": ["model", "short", "quoted"],
        "attribute": ["deep", "name"],
        "subscript": ["item", "asked"],
    }
    assert [(item.name, item.parameters) for item in facts.definitions[1:]] == [
        ("constructor", ("part", "other")),
        ("run", ("plain", "given", "taken", "local", "rest")),
    ]


@pytest.mark.parametrize("name", ALL)
def test_the_environment_is_read_in_many_ways(name: str) -> None:
    facts = facts_of(
        name,
        """
        import { env } from "node:process";
        process.env.HOME;
        process.env["API_KEY"];
        const { BASE_URL, MODEL: model = "m" } = process.env;
        import.meta.env.VITE_KEY;
        Bun.env.BUN_KEY;
        Deno.env.get("DENO_KEY");
        env.OTHER_KEY;
        getEnv("ASKED_KEY");
        other.NOT_READ;
        """,
    )

    assert keys(facts, "environment") == [
        "HOME", "API_KEY", "BASE_URL", "MODEL", "VITE_KEY", "BUN_KEY", "DENO_KEY", "OTHER_KEY", "ASKED_KEY",
    ]  # fmt: skip


def test_assignments_name_members_and_parts_of_a_pattern() -> None:
    facts = facts_of("a.ts", "this.x = 1; exports.y = 2; const { a, b: c } = d; let [e] = f; g ??= h; i += 1;")

    assert [(item.name, item.value) for item in facts.assignments] == [
        ("this.x", "1"),
        ("exports.y", "2"),
        ("a", "d"),
        ("c", "d"),
        ("e", ""),
        ("g", "h"),
    ]


@pytest.mark.parametrize("name", ALL)
def test_directives_and_comments_are_prose_and_templates_are_strings(name: str) -> None:
    facts = facts_of(name, "\"use strict\";\n// one\n/** two */\nconst a = `b ${c} d`;\nconst e = 'f';\n")

    assert [item.line for item in facts.prose] == [1, 2, 3]
    assert [item.text for item in facts.strings] == ["b ${c} d", "f"]


@pytest.mark.parametrize("name", ALL)
def test_control_is_told_as_in_every_language(name: str) -> None:
    source = """
        function f() {
          for (const x of xs) { a(); }
          while (x) b();
          if (x) { c(); } else if (y) d(); else return 1;
          switch (x) { case 1: e(); break; case 2: default: g(); }
          try { h(); } catch (error) { throw error; } finally { i(); }
          j().catch(() => k());
        }
    """
    facts = facts_of(name, source)
    told = [(item.kind, facts.text(item.guarded_start, item.guarded_end)) for item in facts.controls]

    assert told == [
        ("loop", ""),
        ("loop", ""),
        ("branch", ""),
        ("branch", ""),
        ("branch", ""),
        ("return", ""),
        ("branch", ""),
        ("branch", ""),
        ("handler", "{ h(); }"),
        ("raise", ""),
        ("handler", "j()"),
    ]


@pytest.mark.parametrize(
    "source",
    [
        'const a = await original<typeof import("../b.js")>();\n',
        'let a: import("node:fs").Dirent[];\n',
        'export type * from "./types";\n',
        "const a = <T,>(x: T) => x;\n",
        "enum A { B }\nconst c = { d } satisfies E;\n",
    ],
)
def test_what_the_grammar_stumbles_on_is_read_whole_and_shown_as_written(source: str) -> None:
    facts = facts_of("a.ts", source)

    assert facts.report.lost == 0
    assert facts.source == source.encode()


def test_fields_of_an_object_count_as_named_arguments() -> None:
    facts = facts_of("a.ts", 'create({ model: "m", messages, "max_tokens": 3, ...rest, async run() {} }, (x) => x);')
    call = next(call for call in facts.calls if call.target == "create")

    assert [(item.name, item.value) for item in arguments_of(facts, call) if item.name] == [
        ("model", "m"),
        ("messages", "messages"),
        ("max_tokens", "3"),
        ("run", "async run() {}"),
    ]
    assert len([item for item in arguments_of(facts, call) if not item.name]) == 2


def test_modules_are_named_by_path_and_packages_by_their_sources() -> None:
    files = ["packages/core/src/index.ts", "packages/core/src/llm/client.ts", "apps/web/src/main.tsx", "index.js"]
    manifests = {
        "packages/core/package.json": b'{"name": "@acme/core", "main": "dist/index.js",'
        b' "exports": {".": {"import": "./dist/index.js"}, "./llm": "./dist/llm/client.js"}}',
        "apps/web/tsconfig.json": b'{// why\n"compilerOptions": {"paths": {"@/*": ["./src/*"], "react": ["./node_modules/r"]},},}',
        "broken/package.json": b"{",
    }
    found = layout(files, manifests)

    assert dict(found.modules) == {
        "packages/core/src/index.ts": "packages/core/src",
        "packages/core/src/llm/client.ts": "packages/core/src/llm/client",
        "apps/web/src/main.tsx": "apps/web/src/main",
        "index.js": "index",
    }
    assert found.aliases_at("typescript", "apps/web/src/main.tsx") == {
        "@acme/core": "packages/core/src",
        "@acme/core/llm": "packages/core/src/llm/client",
        "@": "apps/web/src",
    }
    assert "@" not in found.aliases_at("typescript", "index.js")


CATALOG = """
- library: acme
  language: typescript
  source: https://acme.example/docs
  means:
    model_call: ["acme.Client.create", "acme.create"]
"""


@pytest.mark.parametrize(
    ("shared", "used"),
    [
        ("export const client = new Client();", 'import { client } from "@app/llm";\nclient.create();'),
        ("export function make(): Client { return 1 as any; }", 'import { make } from "@app/llm";\nmake().create();'),
        ("const client = new Client();\nexport default client;", 'import c from "@app/llm/client";\nc.create();'),
        (
            "export class Holder { client = new Client(); }",
            'import { Holder } from "@app/llm";\nnew Holder().client.create();',
        ),
    ],
)
def test_a_name_is_followed_through_barrels_of_a_workspace(repo: Repo, shared: str, used: str) -> None:
    (repo.root.parent / "rules" / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    repo.write("packages/llm/package.json", '{"name": "@app/llm", "main": "./dist/index.js"}')
    repo.write("packages/llm/src/index.ts", 'export * from "./client.js";\n')
    repo.write("packages/llm/src/client.ts", f'import {{ Client }} from "acme";\n{shared}\n')
    repo.write("apps/agent/src/main.ts", f"{used}\n")

    assert "apps/agent/src/main.ts:2" in repo.places("model_call")


def test_names_in_manifests_that_are_too_long_or_too_many_name_nothing() -> None:
    long = "a/" * 1_000
    exports = {f"./a{number}": "./index.ts" for number in range(9_000)}
    paths = {f"@{number}/*": ["./*"] for number in range(9_000)}
    manifests = {
        "package.json": json.dumps({"name": long, "exports": exports}).encode(),
        "one/package.json": json.dumps({"name": "one", "exports": {**exports, long: "./index.ts"}}).encode(),
        "tsconfig.json": json.dumps({"compilerOptions": {"baseUrl": long, "paths": {"b": ["./index"]}}}).encode(),
        "two/tsconfig.json": json.dumps({"compilerOptions": {"paths": paths}}).encode(),
    }
    found = module_names(["index.ts", "one/index.ts", "two/index.ts"], manifests)

    assert {name.partition("/")[0] for name in found.aliases} == {"one"}
    assert len(found.aliases) == 5_000 + 1
    assert found.folder_aliases["."] == {"b": "index"}
    assert 5_000 <= len(found.folder_aliases["two"]) < 5_010
