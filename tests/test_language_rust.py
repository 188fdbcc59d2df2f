"""Rust: what its files say, and what its names stand for."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from conftest import Repo, facts_of, rule

from scanner.facts import FileFacts
from scanner.languages import language_of
from scanner.languages.extract import read
from scanner.languages.rust import without_macros
from scanner.languages.rust.crates import module_names
from scanner.look import surroundings
from scanner.modules import layout

CATALOG = """
- library: acme
  language: rust
  source: https://acme.example/docs
  means:
    model_call: ["acme.Client.ask"]
"""
MANIFEST = b'[package]\nname = "my-agent"\n'


def agent_file(content: str, path: str = "src/client.rs", manifest: bytes = MANIFEST) -> FileFacts:
    """The facts of one file of the crate `my_agent`."""
    language = language_of(path)
    assert language is not None
    around = surroundings(layout([path], {"Cargo.toml": manifest}), language, path, {})
    return read(language, path, content.encode(), around).facts


def names(facts: FileFacts) -> dict[str, str]:
    """What is called, as written → as it is known."""
    return {call.target: call.qualified for call in facts.calls if call.resolved}


def controls(facts: FileFacts, kind: str) -> list[tuple[int, str]]:
    """Lines of one kind of control, with the text of what each guards."""
    chosen = [item for item in facts.controls if item.kind == kind]
    return [(item.line, facts.text(item.guarded_start, item.guarded_end)) for item in chosen]


def keys(facts: FileFacts, kind: str) -> list[str]:
    return [key.name for key in facts.keys if key.kind == kind]


def test_definitions_of_every_kind_have_a_symbol() -> None:
    facts = agent_file(
        """
pub struct Client<T> { model: T }
pub enum Kind { Chat, Tool(String) }
union Raw { a: u8 }
type Reply = Vec<String>;
pub trait Model: Base + Send { fn complete(&self) -> String; fn name(&self) -> String { todo!() } }
impl<T> Client<T> { pub async fn send(&self, text: &str, (a, b): (u8, u8), mut tries: u32) {} }
impl<T> fmt::Display for other::Thing<T> { fn fmt(&self) {} }
mod inner { fn help() {} }
macro_rules! shout { ($x:expr) => { print($x) } }
fn outer() { fn within() {} }
"""
    )

    assert [(item.kind, item.symbol) for item in facts.definitions] == [
        ("class", "Client"),
        ("class", "Kind"),
        ("class", "Raw"),
        ("class", "Reply"),
        ("class", "Model"),
        ("method", "Model.complete"),
        ("method", "Model.name"),
        ("extension", "Client"),
        ("method", "Client.send"),
        ("extension", "Thing"),
        ("method", "Thing.fmt"),
        ("module", "inner"),
        ("function", "inner.help"),
        ("function", "shout"),
        ("function", "outer"),
        ("function", "outer.within"),
    ]
    assert next(item.parameters for item in facts.definitions if item.name == "send") == ("text", "tries")


def test_a_type_has_the_traits_that_are_implemented_for_it_as_bases() -> None:
    facts = agent_file("use rig::tool::Tool;\nstruct Adder;\nimpl Tool for Adder { fn call(&self) {} }\n")

    assert [(item.kind, item.bases) for item in facts.definitions[:2]] == [
        ("class", ("rig.tool.Tool",)),
        ("extension", ("rig.tool.Tool",)),
    ]


def test_attributes_are_decorators_and_so_is_each_name_that_is_derived() -> None:
    facts = agent_file(
        """
use serde::Serialize;
#[derive(Serialize, schemars::JsonSchema)]
/// Said in between.
#[serde(rename_all = "camelCase")]
struct Reply { #[serde(default)] text: String }
fn plain() {}
#[tokio::main(flavor = "current_thread")]
async fn main() {}
"""
    )
    reply, plain, main = facts.definitions

    assert set(reply.decorators) == {"derive", "serde.Serialize", "schemars.JsonSchema", "serde"}
    assert (plain.decorators, main.decorators) == ((), ("tokio.main",))


def test_comments_are_prose_and_raw_strings_are_strings() -> None:
    facts = agent_file('//! Top.\n/// Doc.\n/* Block. */\nfn f() { g(r#"say "yes""#, "no", b"x"); }\n')

    assert [item.line for item in facts.prose] == [1, 2, 3]
    assert [item.text for item in facts.strings] == ['say "yes"', "no", "x"]


def test_every_kind_of_key_is_told_apart() -> None:
    facts = agent_file(
        """
struct Options { model: String, limit: u32 }
enum Mode { Fast, Slow }
fn f(&self, prompt: &str) {
    let o = Options { model: "m", limit };
    self.state.turns;
    map["item"];
    serde_json::json!({"messages": [{"role": "user"}]});
    std::env::var("API_KEY");
    option_env!("BUILD_ID");
}
"""
    )
    found = {kind: keys(facts, kind) for kind in {key.kind for key in facts.keys}}

    assert found == {
        "field": ["model", "limit", "Fast", "Slow"],
        "parameter": ["prompt"],
        "mapping": ["model", "limit", "messages", "role"],
        "attribute": ["state", "turns"],
        "subscript": ["item"],
        "environment": ["API_KEY", "BUILD_ID"],
    }


def test_an_environment_read_is_told_by_its_import() -> None:
    facts = agent_file('use std::env;\nfn f() { env::var("HOST"); env::var_os("PORT"); env!("NAME"); }\n')

    assert keys(facts, "environment") == ["HOST", "PORT", "NAME"]


@pytest.mark.parametrize(
    ("statement", "bound"),
    [
        ("let a = 1;", ["a"]),
        ("let (a, mut b) = x;", ["a", "b"]),
        ("let Point { a, y: b } = x;", ["a", "b"]),
        ("let Some(a) = x else { return };", ["a"]),
        ("if let Ok(a) = x {}", ["a"]),
        ("while let Some((a, b)) = x {}", ["a", "b"]),
        ("match x { Some(a) => 1, Kind::Tool(b) => 2, NONE => 3, c => 4 }", ["a", "b", "c"]),
        ("for (a, b) in x {}", ["a", "b"]),
        ("run(|a, (b, c): (u8, u8)| 1);", ["a", "b", "c"]),
        ("const A: u8 = 1; static B: u8 = 2;", ["A", "B"]),
    ],
)
def test_every_name_of_a_pattern_is_bound_once(statement: str, bound: Iterable[str]) -> None:
    facts = agent_file(f"fn f() {{ {statement} }}")

    assert sorted(item.name for item in facts.assignments) == list(bound)


def test_imports_name_what_they_bind() -> None:
    facts = agent_file(
        """
use std::{io::{self, Write as _}, sync::Arc as Shared};
use crate::config::Config;
use super::tools::*;
use self::inner::Thing;
pub use other::{Reply as Answer};
extern crate serde as s;
mod inner;
use inner::Deep;
mod tests { use super::*; use super::super::tools::run; }
"""
    )

    assert [(item.qualified, item.alias) for item in facts.imports] == [
        ("std.io", "io"),
        ("std.io.Write", "_"),
        ("std.sync.Arc", "Shared"),
        ("my_agent.config.Config", "Config"),
        ("my_agent.tools", "*"),
        ("my_agent.client.inner.Thing", "Thing"),
        ("other.Reply", "Answer"),
        ("serde", "s"),
        ("my_agent.client.inner", "inner"),
        ("my_agent.client.inner.Deep", "Deep"),
        ("my_agent.tools.run", "run"),
    ]


@pytest.mark.parametrize(
    ("call", "target", "qualified"),
    [
        ("reqwest::get(u)", "reqwest.get", "reqwest.get"),
        ("fs::write(p, t)", "fs.write", "std.fs.write"),
        ('tracing::info!("x")', "tracing.info", "tracing.info"),
        ("crate::tools::run()", "crate.tools.run", "my_agent.tools.run"),
        ("super::tools::run()", "super.tools.run", "my_agent.tools.run"),
        ("help()", "help", "my_agent.client.help"),
        ("Http::new().post(u).send()", "Http.new().post().send", "reqwest.Client.post.send"),
        ("Http::builder().timeout(t).build()?.get(u)", "Http.builder().timeout().build().get", "reqwest.Client.get"),
        ("iter.collect::<Vec<_>>()", "iter.collect", "std.iter.Iter.collect"),
        ("Vec::<u8>::with_capacity(1)", "Vec.with_capacity", "Vec.with_capacity"),
        ("(*http).clone().delete(u)", "http.clone().delete", "reqwest.Client.delete"),
    ],
)
def test_a_call_is_known_by_the_path_that_users_import(call: str, target: str, qualified: str) -> None:
    call = call.replace("(*http)", "http")
    facts = agent_file(
        "use std::fs;\nuse reqwest::Client as Http;\n"
        f"fn help() {{}}\nfn f(iter: std::iter::Iter, http: &Http) {{ {call}; }}\n"
    )

    assert names(facts)[target] == qualified


@pytest.mark.parametrize(
    "binding",
    [
        "let c = Client::new();",
        "let c: Box<Client> = make();",
        "let c = Arc::new(Mutex::new(Client::new()));",
        'let c = Client::builder().timeout(1).build().context("x")?;',
        "let c = &self.http;",
        "let c = self.http.clone();",
        "let c = make_client().await?;",
        "let c = Self::connect();",
        "if let Some(c) = &self.spare",
        "match self.spare { Some(c) => c.post(1), None => 2 };",
        "let c = Shared;",
    ],
)
def test_the_type_of_a_receiver_is_followed(binding: str) -> None:
    rest = "" if binding.startswith("match") else "{ c.post(1); }"
    facts = agent_file(
        f"""
use reqwest::Client;
type Shared = Arc<Client>;
struct Agent {{ http: Arc<Client>, spare: Option<Box<Client>> }}
impl Agent {{
    fn connect() -> Client {{ todo!() }}
    async fn run(&self) {{ {binding} {rest} }}
}}
async fn make_client() -> Result<Client, Error> {{ todo!() }}
"""
    )

    assert names(facts)["c.post"] == "reqwest.Client.post"


def test_a_parameter_is_known_by_its_type_or_by_the_bound_of_its_type() -> None:
    facts = agent_file(
        """
use rig::Model;
fn f<T: Send + Model>(a: &'a mut T, b: impl Model, c: Arc<dyn Model>, d: Option<&Model>) { a.go(); b.go(); c.go(); d.go(); }
fn g<M>(m: M) where M: Model { m.go(); }
"""
    )

    assert [call.qualified for call in facts.calls] == ["rig.Model.go"] * 5


def test_a_method_and_a_field_may_have_the_same_name() -> None:
    facts = agent_file(
        """
struct Session { state: crate::store::State }
impl Session {
    fn state(&self) -> u8 { 1 }
    fn go(&self) { self.state(); self.state.save(); }
}
"""
    )

    assert names(facts) == {
        "self.state": "my_agent.client.Session.state",
        "self.state.save": "my_agent.store.State.save",
    }


def test_a_field_is_told_by_its_declared_type_whatever_it_is_given() -> None:
    facts = agent_file(
        """
use crate::store::{self, Session};
struct Agent { session: Option<Session> }
impl Agent {
    fn open(&mut self) { let store = find(); self.session = store; }
    fn ask(&self) { self.session.save(); }
}
"""
    )

    assert names(facts)["self.session.save"] == "my_agent.store.Session.save"


def test_a_trait_imported_without_a_name_hides_no_type_of_the_file() -> None:
    facts = agent_file(
        """
pub struct Model { url: String }
mod tests {
    use super::*;
    use acme::Model as _;
    fn model() -> Model { todo!() }
    fn ask() { let model = model(); model.send(); }
}
"""
    )

    assert names(facts)["model.send"] == "my_agent.client.Model.send"


def test_methods_of_a_type_from_another_file_belong_to_that_type() -> None:
    facts = agent_file(
        "use crate::agent::Agent;\nimpl Agent { fn a(&self) { self.b(); self.http.get(); } fn b(&self) {} }\n"
    )

    assert names(facts) == {
        "self.b": "my_agent.client.Agent.b",
        "self.http.get": "my_agent.agent.Agent.http.get",
    }


def test_a_variant_is_an_object_of_its_enumeration() -> None:
    facts = agent_file(
        "use acme::Reply;\nfn f() { let r = Reply::Text(1); r.show(); let s = Reply::Made { a: 1 }; s.show(); }"
    )

    assert names(facts) == {"Reply.Text": "acme.Reply.Text", "r.show": "acme.Reply.show", "s.show": "acme.Reply.show"}


def test_a_name_that_only_a_star_can_bind_is_of_what_it_imports() -> None:
    facts = agent_file("use acme::prelude::*;\nfn f(x: u8) { Client::new(); helper(); println!(); unknown.go(); }")

    assert names(facts) == {"Client.new": "acme.prelude.Client.new", "helper": "acme.prelude.helper"}


def test_calls_in_macros_are_read() -> None:
    facts = agent_file(
        """
async fn f(http: reqwest::Client) {
    tokio::select! { r = http.get(u).send() => { handle::<u8>(r); } _ = tokio::time::sleep(d) => {} };
    let all = vec![Message { role: http.head(u) }];
    assert_eq!(http.put(u), 1, "x {}", 2);
    let s = async_stream::stream! { let again = http.clone(); yield again.patch(u); };
    anyhow::bail!("no {}", http.delete(u));
}
#[cfg(any(test, feature(x)))]
fn g() {}
"""
    )
    found = names(facts)

    assert {found[f"http.{verb}"] for verb in ("get", "head", "put", "delete")} == {
        "reqwest.Client.get",
        "reqwest.Client.head",
        "reqwest.Client.put",
        "reqwest.Client.delete",
    }
    assert found["http.get().send"] == "reqwest.Client.get.send"
    assert (found["tokio.time.sleep"], found["again.patch"]) == ("tokio.time.sleep", "reqwest.Client.patch")
    assert "feature" not in [call.target for call in facts.calls]
    assert keys(facts, "mapping") == ["role"]
    assert b"vec![Message" in facts.source


def test_macros_become_what_they_look_like_without_moving_a_byte() -> None:
    source = b'x = vec![1]; print!("{}", a); json!({}); stream! { yield 1 }'

    assert without_macros(source) == b'x =     [1]; print ("{}", a); json!({});         { yield 1 }'


def test_control_is_told_in_the_words_of_all_languages() -> None:
    facts = agent_file(
        """
fn f() {
    for x in y { }
    while a { loop { } }
    if a {
    } else if b {
    } else {
    }
    match x {
        1 => a,
        _ => return 2,
    }
    let Some(z) = w else { return };
}
"""
    )

    assert [line for line, _ in controls(facts, "loop")] == [3, 4, 4]
    assert [line for line, _ in controls(facts, "branch")] == [5, 6, 7, 10, 11, 13]
    assert [line for line, _ in controls(facts, "return")] == [11, 13]


def test_an_error_is_handled_where_an_arm_or_a_closure_takes_it() -> None:
    facts = agent_file(
        """
fn f() {
    match call() { Ok(v) => v, Err(e) if x => retry(), Err(_) => 2 }
    if let Err(e) = send() { log(e); } else { more(); }
    let Ok(v) = parse() else { return };
    get().map_err(|e| log(e))?;
    option.unwrap_or_else(|| 1);
}
"""
    )

    assert controls(facts, "handler") == [(3, "call()"), (3, "call()"), (4, "send()"), (5, "parse()"), (6, "get()")]
    assert [line for line, _ in controls(facts, "branch")] == [3, 4]
    assert facts.text(*next((c.start, c.end) for c in facts.controls if c.line == 4)).endswith("log(e); }")


@pytest.mark.parametrize(
    "statement",
    [
        "return Err(x);",
        "Err(x)?;",
        "Err(x)",
        "match a { _ => Err(x) }",
        'bail!("x");',
        'anyhow::ensure!(a, "x");',
        'panic!("x");',
        "todo!()",
    ],
)
def test_an_error_leaves_the_function(statement: str) -> None:
    facts = agent_file(f"fn f() {{ {statement} }}")

    assert [item.kind for item in facts.controls if item.kind in ("raise", "return")] == ["raise"]


def test_modules_are_called_after_their_crates() -> None:
    found = module_names(
        [
            "src/lib.rs",
            "src/a/mod.rs",
            "src/a/b.rs",
            "src/bin/tool.rs",
            "tests/whole.rs",
            "crates/core/src/main.rs",
            "crates/core/lib/x.rs",
            "loose/src/y.rs",
            "build.rs",
        ],
        {
            "Cargo.toml": b'[package]\nname = "my-agent"\n[dependencies]\nkernel = { package = "agent-core" }\n'
            b'web = { package = "reqwest" }\n',
            "crates/core/Cargo.toml": b'[package]\nname = "agent-core"\n[lib]\nname = "core_of_it"\n',
            "broken/Cargo.toml": b"[package",
        },
    )

    assert found.names == {
        "src/lib.rs": "my_agent",
        "src/a/mod.rs": "my_agent.a",
        "src/a/b.rs": "my_agent.a.b",
        "src/bin/tool.rs": "my_agent_bin.tool",
        "tests/whole.rs": "my_agent_tests.whole",
        "crates/core/src/main.rs": "core_of_it",
        "crates/core/lib/x.rs": "core_of_it_lib.x",
        "loose/src/y.rs": "my_agent_loose.src.y",
        "build.rs": "my_agent_build",
    }
    assert {"my_agent", "core_of_it", "my_agent_tests"} <= found.roots
    assert found.aliases == {"kernel": "core_of_it", "web": "reqwest"}


def test_without_a_manifest_a_crate_is_called_after_its_folder() -> None:
    found = module_names(["my-tool/src/main.rs", "my-tool/src/a.rs", "b.rs"], {})

    assert list(found.names.values()) == ["my_tool", "my_tool.a", "crate.b"]


def test_a_dependency_under_another_name_is_known_by_its_own() -> None:
    facts = agent_file(
        "use web::Client;\nfn f() { Client::new(); web::get(u); }",
        manifest=MANIFEST + b'[dependencies]\nweb = { package = "reqwest" }\n',
    )

    assert names(facts) == {"Client.new": "reqwest.Client.new", "web.get": "reqwest.get"}


def test_a_type_of_another_file_leads_to_the_library(repo: Repo) -> None:
    repo.rules(rule("calls-a-model", "{means: model_call}") + CATALOG)
    repo.write("Cargo.toml", MANIFEST.decode())
    repo.write("src/lib.rs", "pub mod store;\npub mod run;\npub use store::Store;\n")
    repo.write(
        "src/store.rs",
        "pub struct Store { api: acme::Client }\nimpl Store { pub fn api(&self) -> &acme::Client { &self.api } }\n",
    )
    repo.write("src/run.rs", "use crate::Store;\npub async fn go(s: &Store) { s.api().ask(u).await; }\n")

    assert repo.places() == ["src/run.rs:2"]


def test_hostile_files_are_read_in_passing() -> None:
    arms = "".join("Err(e) => a, Ok(x) => b," for _ in range(2000))
    arguments = ",".join(f"a{at}.b(c)" for at in range(500))
    facts = facts_of("a.rs", f"fn f() {{ match x {{ {arms} }} g({arguments}); {'if a { ' * 100}{'}' * 100} }}")

    assert facts.report.lost == 0
    assert len(facts.calls) == 501


def test_tests_beside_the_code_are_told_apart() -> None:
    facts = facts_of(
        "src/agent.rs",
        """
        fn run() { ask(); }

        #[cfg(test)]
        mod tests {
            #[test]
            fn works() { run(); }
        }

        #[cfg(all(test, feature = "x"))]
        #[allow(dead_code)]
        mod more {}

        #[cfg(feature = "test")]
        mod real { fn other() { run(); } }
        """,
    )

    told = {definition.symbol: facts.is_test(definition.start) for definition in facts.definitions}
    assert told == {
        "run": False,
        "tests": True,
        "tests.works": True,
        "more": True,
        "real": False,
        "real.other": False,
    }
