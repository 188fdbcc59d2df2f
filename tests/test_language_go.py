"""What Go files say: definitions, names, keys and the way through the code."""

from __future__ import annotations

import pytest
from conftest import Repo, facts_of, rule

from scanner.facts import Control, FileFacts
from scanner.languages import by_name
from scanner.languages.bindings import Surroundings
from scanner.languages.extract import read
from scanner.languages.go import element_type, made_type, module_names

MODULE = "example.com/agent/loop"


def go(source: str, **external: str) -> FileFacts:
    """The facts of one file of the package `example.com/agent/loop`."""
    around = Surroundings(MODULE, external, frozenset({MODULE}))
    return read(by_name("go"), "loop.go", f"package loop\n{source}".encode(), around).facts


def body(statements: str) -> FileFacts:
    return go(f"func run() {{\n{statements}\n}}\n")


def qualified(source: str) -> list[str]:
    """Qualified names of all calls about which something is known."""
    return [call.qualified for call in go(source).calls if call.resolved]


def keys(facts: FileFacts, kind: str) -> list[str]:
    return [key.name for key in facts.keys if key.kind == kind]


def parts(facts: FileFacts, kind: str) -> list[tuple[str, str]]:
    """Header and body of every control of a kind, on one line each."""

    def text(control: Control, start: int, end: int) -> str:
        return " ".join(facts.text(start, end).split())

    return [
        (text(item, item.start, item.body), text(item, item.body, item.end))
        for item in facts.controls
        if item.kind == kind
    ]


def test_methods_belong_to_the_type_of_their_receiver() -> None:
    facts = go(
        """
        type Agent[T any] struct{ client *Client }
        func (a *Agent[T]) Run(ctx context.Context, name, model string, rest ...int) (reply *Reply, err error) {
            return nil, nil
        }
        func (Agent[T]) Name() string { return "" }
        type Tool interface { Call(input string) (string, error) }
        func main() {}
        """
    )

    assert [(item.kind, item.symbol, item.parameters) for item in facts.definitions] == [
        ("class", "Agent", ()),
        ("method", "Agent.Run", ("ctx", "name", "model", "rest")),
        ("method", "Agent.Name", ()),
        ("class", "Tool", ()),
        ("method", "Tool.Call", ("input",)),
        ("function", "main", ()),
    ]


def test_embedded_types_are_bases_wherever_they_stand() -> None:
    facts = go(
        """
        import "net/http"
        type Base struct{}
        type Agent struct {
            name, model string
            *Base `json:",inline"`
            // a comment
            key string
            http.Client
        }
        type Both interface { Base; Run(); http.Handler; ~int | string }
        """
    )

    assert [item.bases for item in facts.definitions if item.kind == "class"] == [
        (),
        (f"{MODULE}.Base", "net/http.Client"),
        (f"{MODULE}.Base", "net/http.Handler"),
    ]
    assert keys(facts, "field") == ["model", "name", "Base", "key", "Client"]


def test_every_kind_of_named_type_is_a_class_and_an_alias_is_what_it_stands_for() -> None:
    facts = go(
        """
        import "github.com/sashabaranov/go-openai"
        type Names []string
        type Step func(int) error
        type Client = openai.Client
        func run(c *Client) { c.CreateChatCompletion() }
        """
    )

    assert [(item.kind, item.symbol) for item in facts.definitions] == [
        ("class", "Names"),
        ("class", "Step"),
        ("function", "run"),
    ]
    assert facts.calls[0].qualified == "github.com/sashabaranov/go-openai.Client.CreateChatCompletion"


def test_a_function_literal_goes_by_the_name_that_it_is_given_and_by_no_other() -> None:
    facts = go(
        """
        var check = func(name string) error { return nil }
        func run() {
            retry := func() { call() }
            retry()
            go func() { other() }()
        }
        var command = Command{Run: func(args []string) { start() }}
        """
    )

    assert [(item.kind, item.symbol) for item in facts.definitions] == [
        ("function", "check"),
        ("function", "run"),
        ("function", "run.retry"),
        ("function", "Run"),
    ]
    assert [item.name for item in facts.assignments] == ["command"]
    assert [(call.target, facts.symbol(call.scope)) for call in facts.calls] == [
        ("call", "run.retry"),
        ("retry", "run"),
        ("()", "run"),
        ("other", "run"),
        ("start", "Run"),
    ]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('import "os"\nfunc f() { os.Exit(1) }', ["os.Exit"]),
        ('import "os/exec"\nfunc f() { go exec.Command("a") }', ["os/exec.Command"]),
        ('import run "os/exec"\nfunc f() { defer run.Command("a") }', ["os/exec.Command"]),
        ('import (\n"fmt"\n"net/http"\n)\nfunc f() { http.Get(fmt.Sprint()) }', ["net/http.Get", "fmt.Sprint"]),
        ("func f() { g(); len(g()) }", [f"{MODULE}.g", f"{MODULE}.g"]),
        ("func f() { pool[string](1); pool[int, string](1, 2) }", [f"{MODULE}.pool", f"{MODULE}.pool"]),
        ('import "strings"\nfunc f() { var b strings.Builder; b.Len() }', ["strings.Builder.Len"]),
        ('import "net/http"\nfunc f() { c := &http.Client{}; c.Do(r) }', ["net/http.Client.Do"]),
        ('import "net/http"\nfunc f() { c := new(http.Client); c.Do(r) }', ["net/http.Client.Do"]),
        ('import "net/url"\nfunc f() { v := make(url.Values); v.Add() }', ["net/url.Values.Add"]),
        ('import "net/http"\nfunc f(c ...*http.Client) { c[0].Do(r) }', ["net/http.Client.Do"]),
        ('import "net/http"\nfunc f(a any) { c := a.(*http.Client); c.Do(r) }', ["net/http.Client.Do"]),
        (
            'import "net/http"\nfunc f(m map[string]*http.Client) { for _, c := range m { c.Do() } }',
            ["net/http.Client.Do"],
        ),
        ('import "net/http"\nfunc f[T http.Handler](h T) { h.ServeHTTP() }', ["net/http.Handler.ServeHTTP"]),
        ('import "net/http"\nvar a, b *http.Client\nfunc f() { a.Do(r); b.Do(r) }', ["net/http.Client.Do"] * 2),
        ('import "net/url"\nfunc f(base *url.URL) { url := base.JoinPath(); _ = url }', ["net/url.URL.JoinPath"]),
        ('import "a.b/store"\nfunc f(store store.Store) { store.Get() }', ["a.b/store.Store.Get"]),
    ],
)
def test_a_name_stands_for_what_it_was_imported_made_or_declared_as(source: str, names: list[str]) -> None:
    assert qualified(source) == names


@pytest.mark.parametrize(
    "source",
    [
        "func f() { len(x); string(y); panic(z) }",
        "func f(call func(ctx context.Context) error) { call(nil) }",
        "func f() { switch v := x.(type) { case int: v.Run() } }",
        "func f() { for name := range x { name.Run() } }",
        "func f() { _, ok := x.(T); ok.Run() }",
        "func f() { select { case m := <-done(): _ = m } ; func() {}() }",
    ],
)
def test_near_miss_a_name_that_is_predeclared_or_bound_to_nothing_known_stays_as_written(source: str) -> None:
    assert [call.qualified for call in go(source).calls if call.resolved and call.target != "done"] == []


def test_the_first_of_several_names_has_what_a_call_gives() -> None:
    facts = body("reply, err := client.Do(req)\na, b := one, two\nx, y, z := three()\nreply.Close()\nerr.Error()")

    assert sorted((item.name, item.value) for item in facts.assignments) == [
        ("a", "one"),
        ("b", "two"),
        ("err", ""),
        ("reply", "client.Do(req)"),
        ("x", "three()"),
        ("y", ""),
        ("z", ""),
    ]
    assert [call.resolved for call in facts.calls if call.target == "err.Error"] == [False]


def test_constants_and_variables_are_assignments_with_several_names_too() -> None:
    facts = go(
        """
        const (
            First Kind = iota
            Second
            Third, Fourth = "three", "four"
        )
        var model = "m"
        var one, two, three string
        """
    )

    assert sorted((item.name, item.value) for item in facts.assignments) == [
        ("First", "iota"),
        ("Fourth", ""),
        ("Second", ""),
        ("Third", "three"),
        ("model", "m"),
        ("one", ""),
        ("three", ""),
        ("two", ""),
    ]


def test_fields_are_known_through_the_receiver_and_through_constructors() -> None:
    source = """
        import ("net/http"; "example.com/agent/store")
        type Agent struct { http *http.Client; store store.Store }
        func NewAgent() (*Agent, error) { return &Agent{}, nil }
        func (a *Agent) Run() { a.http.Do(nil); a.store.Put(); a.help().Go() }
        func (a *Agent) help() *http.Server { return nil }
        func main() { agent, err := NewAgent(); agent.http.Get("") }
        """

    assert qualified(source) == [
        "net/http.Client.Do",
        "example.com/agent/store.Store.Put",
        f"{MODULE}.Agent.help",
        "net/http.Server.Go",
        f"{MODULE}.NewAgent",
        "net/http.Client.Get",
    ]


def test_a_value_assigned_through_the_receiver_tells_the_type_of_the_field() -> None:
    source = """
        import "github.com/sashabaranov/go-openai"
        type Agent struct { model any }
        func (a *Agent) Open() { a.client = openai.NewClient("key") }
        func (a *Agent) Run() { a.client.CreateChatCompletion() }
        """

    assert qualified(source)[-1] == "github.com/sashabaranov/go-openai.Client.CreateChatCompletion"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("github.com/a/go-openai.NewClient().Chat", "github.com/a/go-openai.Client().Chat"),
        ("github.com/a/go-openai.NewClientWithConfig().Chat", "github.com/a/go-openai.Client().Chat"),
        ("gopkg.in/yaml.v3.NewDecoder().Decode", "gopkg.in/yaml.v3.Decoder().Decode"),
        ("log.New().Print", "log.New().Print"),
        ("example.com/m/csync.NewMapFrom().Get", "example.com/m/csync.Map().Get"),
        ("k8s.io/kubernetes.NewForConfig().Core", "k8s.io/kubernetes.NewForConfig().Core"),
        ("example.com/m/store.Store.NewTable().Put", "example.com/m/store.Store.NewTable().Put"),
        ("example.com/m.NewClient", "example.com/m.NewClient"),
        ("os.Newsletter().Send", "os.Newsletter().Send"),
    ],
)
def test_a_constructor_of_a_package_is_respelled_as_its_type(written: str, meant: str) -> None:
    assert made_type(written) == meant


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        ("*http.Client", "http.Client"),
        ("[]*Tool", "Tool"),
        ("[4]Tool", "Tool"),
        ("map[pkg.ID][]Tool", "Tool"),
        ("<-chan Event", "Event"),
        ("...Option", "Option"),
        ("(*Reply, error)", "Reply"),
        ("(reply *Reply, err error)", "Reply"),
        ("(map[string]int, error)", "int"),
        ("Pool[Tool]", "Pool"),
        ("func(ctx context.Context) error", ""),
        ("[]func(*Options)", ""),
        ("struct{ a T }", ""),
        ("interface{ Run() }", ""),
        ("map[", ""),
        ("", ""),
    ],
)
def test_of_a_type_counts_what_its_elements_can_do(annotation: str, name: str) -> None:
    assert element_type(annotation) == name


@pytest.mark.parametrize(
    ("path", "use", "alias"),
    [
        ("github.com/sashabaranov/go-openai", "openai.New()", "openai"),
        ("github.com/openai/openai-go/v3", "openai.New()", "openai"),
        ("github.com/anthropics/anthropic-sdk-go", "anthropic.New()", "anthropic"),
        ("gopkg.in/yaml.v3", "yaml.Marshal()", "yaml"),
        ("github.com/nats-io/nats.go", "nats.Connect()", "nats"),
        ("github.com/jackc/pgx/v5", "pgx.Connect()", "pgx"),
        ("github.com/mattn/go-isatty", "isatty.Is()", "isatty"),
        ("github.com/launchdarkly/go-server-sdk/v7", "server.Make()", "server"),
        ("net/http", "unused()", "http"),
        ("C", "C.puts()", "C"),
    ],
)
def test_the_package_of_an_import_path_is_told_by_its_last_part(path: str, use: str, alias: str) -> None:
    facts = go(f'import "{path}"\nfunc f() {{ {use} }}')

    assert [(item.qualified, item.alias) for item in facts.imports] == [(path, alias)]


def test_dot_and_blank_imports_are_imports_and_their_paths_are_no_strings() -> None:
    facts = go('import (\n. "example.com/a"\n_ "example.com/b"\n)\nvar x = "text"\n')

    assert [(item.qualified, item.alias) for item in facts.imports] == [("example.com/a", "*"), ("example.com/b", "_")]
    assert [item.text for item in facts.strings] == ["text"]


def test_an_import_without_a_path_binds_nothing() -> None:
    assert facts_of("a.go", "package a\nimport\n").imports == ()


def test_literals_tags_and_reads_are_keys() -> None:
    facts = go(
        """
        type Config struct {
            Model string `json:"model" env:"AGENT_MODEL,required"`
            Retry int
        }
        func f(m map[string]string, h http.Header) {
            use(Config{Model: "m", Retry: 2}, map[string]int{"limit": 1})
            use(m["name"], h.Get("X-Id"))
            use(cfg.Model)
        }
        """
    )

    assert keys(facts, "mapping") == ["Model", "Retry", "limit"]
    assert keys(facts, "subscript") == ["name", "X-Id"]
    assert keys(facts, "attribute") == ["Model"]
    assert keys(facts, "environment") == ["AGENT_MODEL"]
    assert 'json:"model" env:"AGENT_MODEL,required"' in [item.text for item in facts.strings]


def test_environment_variables_are_named_where_they_are_read() -> None:
    facts = go(
        """
        import ("os"; "github.com/spf13/viper")
        func f() {
            os.Getenv("API_KEY")
            home, ok := os.LookupEnv("home")
            viper.BindEnv("model", "MODEL_NAME")
            getEnv("TIME_OUT", "1")
            getEnv("lower", "1")
        }
        """
    )

    assert keys(facts, "environment") == ["API_KEY", "home", "MODEL_NAME", "TIME_OUT"]


def test_an_error_check_handles_the_statement_before_it_or_its_own() -> None:
    facts = body(
        """
        reply, err := client.Do(req)
        // a comment between
        if err != nil {
            return
        }
        if err := save(reply); err != nil {
            log()
        }
        other()
        if reply != nil {
            use()
        } else if errors.Is(err, io.EOF) {
            stop()
        } else {
            wait()
        }
        """
    )
    handlers = [item for item in facts.controls if item.kind == "handler"]

    assert [facts.text(item.guarded_start, item.guarded_end) for item in handlers] == [
        "reply, err := client.Do(req)",
        "err := save(reply)",
        "",
    ]
    assert parts(facts, "branch") == [("if reply != nil", "{ use() }"), ("else", "{ wait() }")]


def test_a_check_that_asks_for_more_than_an_error_is_an_arm_too() -> None:
    facts = body("ok, err := ask()\nif err != nil || !ok {\nreturn\n}")

    assert [item.kind for item in facts.controls] == ["handler", "branch", "return"]


def test_near_miss_a_comparison_with_nil_is_no_error_check() -> None:
    facts = body("x := get()\nif x.Errand != nil {\n}\nif x != nil {\n}\nif err == nil {\n}")

    assert [item.kind for item in facts.controls] == ["branch", "branch", "branch"]


def test_loops_and_cases_have_headers_and_bodies() -> None:
    facts = body(
        """
        for { a() }
        for i := 0; i < 3; i++ { b() }
        for range ticks { c() }
        switch x { case 1, 2: d()
        default: }
        switch v := x.(type) { case string: e() }
        select { case <-done: f()
        default: g() }
        """
    )

    assert parts(facts, "loop") == [
        ("for", "{ a() }"),
        ("for i := 0; i < 3; i++", "{ b() }"),
        ("for range ticks", "{ c() }"),
    ]
    assert parts(facts, "branch") == [
        ("case 1, 2:", "d()"),
        ("default:", ""),
        ("case string:", "e()"),
        ("case <-done:", "f()"),
        ("default:", "g()"),
    ]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("return", "return"),
        ("return nil", "return"),
        ("return reply, nil", "return"),
        ("return err.Error()", "return"),
        ("return errMsg(x)", "return"),
        ("return errors.Is(err, io.EOF)", "return"),
        ("return f(err)", "return"),
        ("return err", "raise"),
        ("return nil, parseErr", "raise"),
        ("return nil, ErrNotFound", "raise"),
        ("return nil, store.ErrNotFound", "raise"),
        ('return nil, fmt.Errorf("a: %w", err)', "raise"),
        ('return errors.New("a")', "raise"),
        ("return nil, &APIError{Code: 4}", "raise"),
        ("panic(err)", "raise"),
    ],
)
def test_a_function_ends_with_a_value_or_with_an_error(statement: str, kind: str) -> None:
    assert [item.kind for item in body(statement).controls] == [kind]


def test_modules_are_import_paths_below_the_nearest_manifest() -> None:
    paths = ["main.go", "internal/a/a.go", "internal/a/b.go", "tools/x/x.go", "vendor/github.com/o/lib/lib.go"]
    manifests = {
        "go.mod": b"// comment\nmodule example.com/agent // why\n\ngo 1.23\n",
        "tools/go.mod": b'module "example.com/tools"\n',
    }
    found = module_names(paths, manifests)

    assert found.names == {
        "main.go": "example.com/agent",
        "internal/a/a.go": "example.com/agent/internal/a",
        "internal/a/b.go": "example.com/agent/internal/a",
        "tools/x/x.go": "example.com/tools/x",
        "vendor/github.com/o/lib/lib.go": "github.com/o/lib",
    }
    assert found.roots == {"example.com/agent", "example.com/agent/internal/a", "example.com/tools/x"}


def test_without_a_manifest_a_module_is_its_folder() -> None:
    found = module_names(["main.go", "pkg/agent/agent.go"], {})

    assert dict(found.names) == {"main.go": "main", "pkg/agent/agent.go": "pkg/agent"}
    assert found.roots == {"main", "pkg/agent"}


def test_what_other_files_of_a_package_declare_is_known_by_its_name() -> None:
    names = {
        f"{MODULE}.Agent.client": "github.com/sashabaranov/go-openai.Client",
        f"{MODULE}.shared": "net/http.Client",
        f"{MODULE}.open()": "database/sql.DB",
    }
    facts = go("func (a *Agent) Run() { a.client.Chat(); shared.Do(); open().Query(); a.Other() }", **names)

    assert [call.qualified for call in facts.calls] == [
        "github.com/sashabaranov/go-openai.Client.Chat",
        "net/http.Client.Do",
        f"{MODULE}.open",
        "database/sql.DB.Query",
        f"{MODULE}.Agent.Other",
    ]


GO_CATALOG = """
- library: acme
  language: go
  source: https://acme.example/docs
  means:
    model_call: ["github.com/acme/go-acme.Client.Chat"]
"""


@pytest.fixture
def agent(repo: Repo) -> Repo:
    repo.rules(rule("calls-a-model", "{means: model_call}") + GO_CATALOG)
    repo.write("go.mod", "module example.com/agent\n")
    repo.write(
        "llm/client.go",
        """
        package llm

        import "github.com/acme/go-acme"

        type Agent struct{ client *acme.Client }

        var shared = acme.NewClient()

        func New() *acme.Client { return shared }
        """,
    )
    return repo


@pytest.mark.parametrize(
    "code",
    [
        "package llm\n\nfunc (a *Agent) Run() {\n\ta.client.Chat()\n}\n",
        "package llm\n\nfunc Run() {\n\tshared.Chat()\n}\n",
        "package llm\n\nfunc Run() {\n\tNew().Chat()\n}\n",
        'package llm\nimport acme "github.com/acme/go-acme"\nfunc Run(c acme.Client) {\n\tc.Chat()\n}\n',
    ],
)
def test_a_library_is_known_through_the_other_files_of_its_package(agent: Repo, code: str) -> None:
    agent.write("llm/run.go", code)

    assert agent.places("model_call") == ["llm/run.go:4"]


def test_a_library_is_known_through_other_packages(agent: Repo) -> None:
    agent.write(
        "main.go",
        """
        package main

        import "example.com/agent/llm"

        func main() {
            client := llm.New()
            client.Chat()
        }
        """,
    )

    assert agent.places("model_call") == ["main.go:7"]


@pytest.mark.parametrize(
    "source",
    [
        "func f() { g(" + ",".join(f"a{index}" for index in range(500)) + ") }",
        "func f() { " + "if err != nil {" * 100 + "}" * 100 + " }",
        "type S struct {\n" + "\n".join(f"T{index}" for index in range(500)) + "\n}",
        "type S struct {" + ",".join(f"a{index}" for index in range(500)) + " int}",
        "func f() { return " + ",".join('fmt.Errorf("a")' for _ in range(500)) + " }",
        "import (\n" + "\n".join(f'"example.com/go-x{index}"' for index in range(200)) + "\n)",
    ],
)
def test_long_lists_and_deep_nests_are_read_without_loss(source: str) -> None:
    assert go(source).report.lost == 0


def test_a_file_with_an_error_yields_what_could_be_read() -> None:
    facts = go("func f( {\n}\nfunc g() { os.Exit(1) }\n")

    assert facts.report.lost > 0
    assert "os.Exit" in [call.target for call in facts.calls]


@pytest.mark.parametrize(
    ("statements", "names"),
    [
        ("store := store.Open()\nstore.Put()", ["a.b/store.Open", "a.b/store.Open.Put"]),
        ("store.Open()\nstore := other()\nstore.Put()", ["a.b/store.Open", f"{MODULE}.other", f"{MODULE}.other.Put"]),
        ("f(func() { store := store.Open() })\nf(func() { store := store.Open() })", ["a.b/store.Open"] * 2),
        ("for _, store := range store.All() { store.Put() }", ["a.b/store.All", "a.b/store.All.Put"]),
    ],
)
def test_a_variable_hides_an_import_only_once_it_is_declared(statements: str, names: list[str]) -> None:
    found = qualified(f'import "a.b/store"\nfunc run() {{\n{statements}\n}}')

    assert [name for name in found if not name.endswith(".f")] == names


def test_a_request_that_is_made_of_itself_keeps_its_type() -> None:
    source = """
        import "net/http"
        func run(req *http.Request) { req = req.Clone(ctx); req.FormValue("a") }
        """

    assert qualified(source) == ["net/http.Request.Clone", "net/http.Request.FormValue"]


def test_a_field_that_is_made_of_itself_has_its_declared_type() -> None:
    source = """
        import "example.com/ui"
        type Page struct { table, other ui.Table }
        func (i *Page) Update() {
            next, cmd := i.table.Update(cmd)
            i.table = next
            i.other, cmd = i.other.Update(cmd)
        }
        func (i *Page) View() { i.table.View(); i.other.View(); for i := range 3 { use(i) } }
        """

    assert qualified(source)[-3:] == ["example.com/ui.Table.View", "example.com/ui.Table.View", f"{MODULE}.use"]


def test_a_type_parameter_is_no_type_of_the_package() -> None:
    source = """
        type Map[K comparable, V any] struct { inner map[K]V }
        func (m *Map[K, V]) Get(key K) (V, bool) { return m.inner[key], true }
        func (m *Map[K, V]) Run() { m.Get(key).Close() }
        """

    assert qualified(source) == [f"{MODULE}.Map.Get", f"{MODULE}.Map.Get.Close"]


def test_the_file_that_declares_a_field_knows_its_type_best(agent: Repo) -> None:
    agent.write(
        "llm/another.go",
        """
        package llm

        func (a *Agent) Renew() {
            next := a.client.Clone()
            a.client = next
            a.client.Chat()
        }
        """,
    )

    assert agent.places("model_call") == ["llm/another.go:6"]


def test_uses_of_a_method_are_found_behind_a_function_that_gives_its_object(agent: Repo) -> None:
    agent.write("loop/loop.go", "package loop\n\ntype Loop struct{}\n\nfunc New() *Loop { return nil }\n")
    agent.write("loop/run.go", "package loop\n\nfunc (l *Loop) Fallback() { }\n")
    agent.write(
        "main.go", 'package main\n\nimport "example.com/agent/loop"\n\nfunc main() {\n\tloop.New().Fallback()\n}\n'
    )
    agent.rule("{definition: fallback}")

    assert agent.places() == ["loop/run.go:3", "main.go:6"]
