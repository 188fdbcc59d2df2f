"""Identifiers are followed from where they are held into what a call is given, and no further than they flow."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from conftest import facts_of
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import RuleError
from scanner.facts import Call, FileFacts
from scanner.flows import OBJECT, SPREAD, Carried, Passed, carried, flows, passed, returned
from scanner.identifiers import Identifiers, identifiers
from scanner.installed import builtin_rules


@pytest.fixture(scope="module")
def topics() -> Identifiers:
    return identifiers(builtin_rules() / "identifiers.yaml")


def sent(facts: FileFacts, topics: Identifiers, target: str = "send") -> dict[str, Passed]:
    """What flows into each argument of the calls of `target`, by slot or position."""
    calls = [call for call in facts.calls if call.target.split(".")[-1] == target]
    return {record.slot or str(record.position): record for record in passed(facts, topics, calls)}


def topics_sent(path: str, source: str, topics: Identifiers, target: str = "send") -> set[str]:
    return {topic for record in sent(facts_of(path, source), topics, target).values() for topic in record.topics}


ATTACHED = {
    "a keyword": ("a.py", "def run(session_id):\n    send(user=session_id)\n"),
    "a key of a mapping": ("a.py", "def run(x):\n    send(metadata={'session_id': x})\n"),
    "options that are spread": (
        "a.py",
        "def run(session_id):\n    kwargs = {'a': 1}\n    kwargs['metadata'] = {'id': session_id}\n    send(**kwargs)\n",
    ),
    "a mapping that is updated": (
        "a.py",
        "def run(sid):\n    extra = {}\n    extra.update(tag=sid)\n    body = {**base, **extra}\n    send(body)\n",
    ),
    "names that are unpacked": ("a.py", "def run(self):\n    a, b = self.session_id, 1\n    send(a)\n"),
    "a loop": ("a.py", "def run(session_ids):\n    for one in session_ids:\n        send(one)\n"),
    "text that is added to": ("a.py", "def run(session_id):\n    url = base\n    url += session_id\n    send(url)\n"),
    "a mapping that a closure fills": (
        "a.py",
        "def run(sid):\n    extra = {}\n    def fill():\n        extra['tag'] = sid\n    fill()\n    send(extra)\n",
    ),
    "a string with values": ("a.py", "def run(session_id):\n    url = f'/v1/{session_id}/turns'\n    send(url)\n"),
    "a context manager": ("a.py", "def run(session_id):\n    with enter(session_id) as scope:\n        send(scope)\n"),
    "an attribute of the own object": ("a.py", "class A:\n    def run(self):\n        send(self.session_id)\n"),
    "a constant of the file": ("a.py", "NAME = 'x-session-id'\n\ndef run(x):\n    send({NAME: x})\n"),
    "a field of an object": (
        "a.ts",
        "async function run(sessionId: string) { await send({ model, metadata: { id: sessionId } }); }",
    ),
    "a field with a short name": ("a.ts", "function run(sessionId: string) { send({ sessionId }); }"),
    "a header that is set": (
        "a.ts",
        "function run(sid: string) { const headers = new Headers(); headers.set('X-Run', sid); send(url, { headers }); }",
    ),
    "an object that is assigned to": (
        "a.ts",
        "function run(sid: string) { const body: any = {}; Object.assign(body, { tag: sid }); send(body); }",
    ),
    "a place that is assigned to": (
        "a.ts",
        "function run(x: string) {\n  const headers: any = {};\n  headers['X-Session-Id'] = x;\n  send({ ...headers });\n}",
    ),
    "a member that is assigned to": (
        "a.ts",
        "function run(x: string) { const body: any = {}; body.sessionId = x; send(body); }",
    ),
    "a template": ("a.ts", "function run(sessionId: string) { send(`/v1/${sessionId}`); }"),
    "members that are taken out": (
        "a.ts",
        "function run(session: S) { const { id: x } = session.sessionId; send(x); }",
    ),
    "a builder": (
        "a.rs",
        'async fn run(id: &str) { client.post(url).header("x-session-id", id).json(&body).send().await; }',
    ),
    "a builder that is kept": (
        "a.rs",
        "fn run(session_id: &str) { let mut request = client.post(url); request = request.header(NAME, session_id);"
        " send(request); }",
    ),
    "a struct literal": ("a.rs", "fn run(session_id: String) { send(Request { model, session_id }); }"),
    "a value in a format string": (
        "a.rs",
        'fn run(session_id: &str) { let url = format!("/v1/{session_id}"); send(url); }',
    ),
    "a JSON macro": ("a.rs", 'fn run(id: &str) { let body = json!({"session_id": id}); send(&body); }'),
    "a header of a request": (
        "a.go",
        'package a\nfunc run(sid string) { req := build(); req.Header.Set("X-Session-Id", sid); send(req) }',
    ),
    "a struct literal by reference": (
        "a.go",
        'package a\nfunc run(sid string) { send(ctx, &Request{Model: m, Metadata: map[string]string{"s": sid}}) }',
    ),
    "a map entry": (
        "a.go",
        'package a\nfunc run(id string) {\n\tm := map[string]string{}\n\tm["session_id"] = id\n\tsend(m)\n}',
    ),
    "a context with a value": (
        "a.go",
        "package a\nfunc run(ctx context.Context) { ctx = context.WithValue(ctx, sessionIDKey, x); send(ctx) }",
    ),
}


@pytest.mark.parametrize("case", ATTACHED)
def test_an_identifier_that_is_attached_flows_into_the_call(case: str, topics: Identifiers) -> None:
    assert "session" in topics_sent(*ATTACHED[case], topics)


NOT_ATTACHED = {
    "an id in scope": ("a.py", "def run(session_id, body):\n    send(body)\n"),
    "an id that is logged only": (
        "a.py",
        "def run(session_id, body):\n    log.info('at %s', session_id)\n    send(body)\n",
    ),
    "an id in a comment": ("a.py", "def run(body):\n    send(body)  # session_id is lost here\n"),
    "an id in a comment between arguments": ("a.py", "def run(body):\n    send(\n        body,  # session_id\n    )\n"),
    "an id in prose": ("a.py", "def run(body):\n    send('no session_id here')\n"),
    "a string that has no values": ("a.py", "def run(session_id):\n    send('{session_id}')\n"),
    "an id of another variable": (
        "a.py",
        "def run(session_id):\n    other = {'id': session_id}\n    body = {}\n    send(body)\n",
    ),
    "an id of another function": (
        "a.py",
        "def one(session_id):\n    body = session_id\n\ndef two(body):\n    send(body)\n",
    ),
    "a key that has the name of a variable": (
        "a.py",
        "def run(session_id):\n    a = session_id\n    send(b=dict(a=1))\n",
    ),
    "a question about an id": ("a.py", "def run(x):\n    send(has_session_id(x))\n"),
    "another member of the same object": (
        "a.ts",
        "function run(ctx: C) { log(ctx.sessionId); send({ text: ctx.text }); }",
    ),
    "an id that is logged in a template": (
        "a.ts",
        "function run(sessionId: string, body: B) { console.log(`at ${sessionId}`); send(body); }",
    ),
    "a key of another object": (
        "a.ts",
        "function run(id: string, body: B) { save({ sessionId: id }); send({ body }); }",
    ),
    "one of two members": ("a.ts", "function run(x: C) { const { sessionId, text } = x; send(text); }"),
    "a field of another struct": (
        "a.rs",
        "fn run(session_id: &str, body: Body) { let row = Row { session_id }; store(row); send(body); }",
    ),
    "an id that is traced": ("a.rs", 'fn run(session_id: &str, body: Body) { info!("{session_id}"); send(body); }'),
    "a header of another request": (
        "a.go",
        'package a\nfunc run(sid string, b *Request) { a := build(); a.Header.Set("X-Session-Id", sid); send(b) }',
    ),
    "a store of the platform": (
        "a.ts",
        "function run(id: string) { storage.set({ sessionId: id }); storage.send(1); }",
    ),
    "the error of a call": ("a.go", "package a\nfunc run(sid string) { x, err := load(sid); use(x); send(err) }"),
}


@pytest.mark.parametrize("case", NOT_ATTACHED)
def test_an_identifier_that_is_only_nearby_does_not(case: str, topics: Identifiers) -> None:
    assert "session" not in topics_sent(*NOT_ATTACHED[case], topics)


def test_parameters_results_and_attributes_flow_as_identifiers_do(topics: Identifiers) -> None:
    facts = facts_of(
        "a.py",
        """
        class Agent:
            def run(self, text, *rest, limit, **options):
                messages = build(text)
                options["headers"] = self.headers
                send(messages, *rest, n=limit, **options)
        """,
    )
    build = next(call for call in facts.calls if call.target == "build")
    calls = [call for call in facts.calls if call.target in ("build", "send")]
    found = {
        (record.call == build.start, record.slot, record.position): record for record in passed(facts, topics, calls)
    }

    assert found[True, "", 0].parameters == ("text",)
    assert (found[False, "", 0].parameters, found[False, "", 0].results) == (("text",), (build.start,))
    assert found[False, SPREAD, 1].parameters == ("rest",)
    assert found[False, "n", 2].parameters == ("limit",)
    assert (found[False, SPREAD, 3].parameters, found[False, SPREAD, 3].attributes) == (("options",), ("headers",))


def test_fields_of_an_object_that_is_written_out_are_told_apart(topics: Identifiers) -> None:
    facts = facts_of(
        "a.ts", 'function run(text: string, rest: R) { send(url, { "x-run-id": 1, input: f(text, 2), ...rest }); }'
    )
    found = sent(facts, topics)

    assert (found["x-run-id"].topics, found["x-run-id"].position) == (("run",), 1)
    assert (found["input"].parameters, found[SPREAD].parameters) == (("text",), ("rest",))


def test_calls_of_a_chain_are_told_apart_by_where_they_end(topics: Identifiers) -> None:
    facts = facts_of("a.rs", 'fn run(id: &str) { client.post(url).header("x-session-id", id).send(); }')
    last = max(facts.calls, key=lambda call: call.end)

    records = [record for record in passed(facts, topics, facts.calls) if record.end == last.end]

    assert [(record.position, record.topics) for record in records] == [(OBJECT, ("session",))]


def test_a_closure_reaches_the_parameters_around_it(topics: Identifiers) -> None:
    facts = facts_of("a.py", "def run(text):\n    def inner():\n        send(text)\n    return inner\n")

    assert sent(facts, topics)["0"].parameters == ("text",)


def test_the_object_of_a_go_method_is_its_own(topics: Identifiers) -> None:
    facts = facts_of("a.go", "package a\nfunc (s *Server) Run(x string) { send(s.headers, x) }")
    found = sent(facts, topics)

    assert (found["0"].attributes, found["1"].parameters) == (("headers",), ("x",))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "def build(x):\n    body = {'session_id': x}\n    return body\n"),
        ("a.ts", "function build(x: string) { const body = { sessionId: x }; return body; }"),
        ("a.ts", "const build = (x: string) => ({ sessionId: x });"),
        ("a.rs", "fn build(x: String) -> Body { let y = x.clone(); Body { session_id: y } }"),
        ("a.go", "package a\nfunc build(x string) *Body { return &Body{SessionID: x} }"),
    ],
)
def test_what_a_function_gives_back_is_followed(path: str, source: str, topics: Identifiers) -> None:
    (record,) = returned(facts_of(path, source), topics)

    assert (record.call, record.slot, record.scope) == (-1, "", 0)
    assert (record.topics, record.parameters) == (("session",), ("x",))


def test_statements_before_the_last_value_of_a_block_are_not_given_back(topics: Identifiers) -> None:
    source = "fn build(session_id: &str, x: u32) -> u32 { if x > 1 { log(session_id); }\n x }"
    (record,) = returned(facts_of("a.rs", source), topics)

    assert (record.topics, record.parameters) == ((), ("x",))


def test_what_an_attribute_is_given_is_followed(topics: Identifiers) -> None:
    facts = facts_of(
        "a.py",
        "class A:\n    def __init__(self, sid, url):\n        self.headers = {'x': sid}\n        self.url = url\n",
    )

    found = {record.slot: (record.topics, record.parameters) for record in returned(facts, topics)}

    assert found == {"headers": (("session",), ("sid",)), "url": ((), ("url",))}


def held(path: str, source: str, topics: Identifiers) -> set[tuple[str, str, str, bool]]:
    return {(item.topic, item.name, item.how, item.made) for item in carried(facts_of(path, source), topics)}


def test_what_a_definition_holds_says_how_and_whether_it_is_made_there(topics: Identifiers) -> None:
    source = """
    import os, uuid
    from contextvars import ContextVar

    current_session_id = ContextVar("session_id")
    TRACE = os.environ["TRACE_ID"]

    class Run:
        def __init__(self, user_id):
            self.run_id = str(uuid.uuid4())
            span_id = user_id
            emit({"tool_call_id": 1}, variant="a", request_id=f"r-{uuid.uuid4()}")
    """
    assert held("a.py", source, topics) >= {
        ("session", "current_session_id", "context", False),
        ("trace", "TRACE_ID", "environment", False),
        ("user", "user_id", "parameter", False),
        ("run", "run_id", "attribute", True),
        ("trace", "span_id", "variable", False),
        ("tool_call", "tool_call_id", "key", False),
        ("cohort", "variant", "key", False),
        ("trace", "request_id", "key", True),
    }


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("a.py", "def f():\n    run_id = f'run-{int(time.time())}'\n"),
        ("a.ts", "const runId = crypto.randomUUID();"),
        ("a.ts", "class A { start() { this.runId = `run_${nanoid()}`; } }"),
        ("a.rs", "fn f() { let run_id = Uuid::new_v4().to_string(); }"),
        ("a.go", "package a\nfunc f() { runID := uuid.NewString(); use(runID) }"),
        ("a.go", "package a\nfunc f() *Run { return &Run{RunID: uuid.New()} }"),
    ],
)
def test_an_id_is_made_where_random_time_or_a_hash_gives_it(path: str, source: str, topics: Identifiers) -> None:
    assert [item[0] for item in held(path, source, topics) if item[3]] == ["run"]


def test_an_id_that_is_handed_on_is_not_made(topics: Identifiers) -> None:
    assert {item[3] for item in held("a.py", "def f(run_id):\n    self.run_id = run_id or load()\n", topics)} == {False}


def test_nothing_is_told_of_calls_that_are_not_asked_for(topics: Identifiers) -> None:
    facts = facts_of("a.py", "def run(session_id):\n    body = build(session_id)\n    send(body)\n")

    assert list(passed(facts, topics, ())) == []
    assert [record.results for record in passed(facts, topics, facts.calls[1:])] == [()]


def test_what_a_followed_call_is_given_is_no_part_of_its_result_by_itself(topics: Identifiers) -> None:
    facts = facts_of(
        "a.py", "def run(session_id, x):\n    body = build(x, a(session_id))\n    send(str(body))\n    send(str(x))\n"
    )
    build = next(call for call in facts.calls if call.target == "build")

    def told(followed: tuple[Call, ...]) -> list[Passed]:
        return [record for record in flows(facts, topics, facts.calls, followed).passed if record.call > build.end]

    assert told(())[0].topics == ("session",)
    assert told((build,))[0].topics == ()
    assert build.start in told((build,))[0].results
    assert told((build,))[-1].parameters == ("x",)


def test_one_reading_says_the_same_as_three(topics: Identifiers) -> None:
    facts = facts_of(
        "a.py", "class A:\n    def run(self, session_id):\n        self.x = session_id\n        return send(self.x)\n"
    )
    found = flows(facts, topics, facts.calls)

    assert found.carried == carried(facts, topics)
    assert found.passed == tuple(passed(facts, topics, facts.calls))
    assert found.returned == tuple(returned(facts, topics, facts.calls))
    assert pickle.loads(pickle.dumps(found)) == found


FRAGMENTS = st.sampled_from(
    "( ) [ ] { } , : = += \n \" ' ` ${ f' # // /* */ \x01 \x011 . .. ... ** -> => session_id x this self. def fn func class "
    "return for in of let const run é 模 | & :: ; json! send( x[ ] = a, b = return ".split(" ")
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["a.py", "a.ts", "a.rs", "a.go", "a.sh", "a.sql", "a.yaml"]), st.lists(FRAGMENTS, max_size=40))
def test_no_source_is_too_strange(path: str, parts: list[str]) -> None:
    facts = facts_of(path, " ".join(parts))
    found = flows(facts, identifiers(builtin_rules() / "identifiers.yaml"), facts.calls)

    assert all(isinstance(item, Carried) for item in found.carried)
    assert all(-1 <= item.scope < len(facts.definitions) for item in (*found.passed, *found.returned))


def test_a_value_that_depends_on_itself_is_followed_once(topics: Identifiers) -> None:
    lines = [f"    x{n} = x{(n + 1) % 300}, x{(n * 7) % 300}" for n in range(300)]
    facts = facts_of("a.py", "def run(session_id):\n    x1 = session_id\n" + "\n".join(lines) + "\n    send(x0)\n")

    assert sent(facts, topics)["0"].topics == ("session",)


def test_every_shipped_topic_says_why(topics: Identifiers) -> None:
    assert {"session", "run", "trace", "cohort", "redaction", "user"} <= {topic.name for topic in topics.topics}
    assert all(topic.why.endswith(".") and topic.patterns for topic in topics.topics)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("topics: {}", "`topics` is an empty mapping"),
        ("topics: {session: {why: w}}", "topic `session` lacks `names`"),
        ("topics: {session: {why: w, names: [a|b]}}", "bad word pattern `a|b`"),
        ("topics: {Session: {why: w, names: [a]}}", "bad topic `Session`"),
        ("topic: {}", "the file has no key `topic`; write `topics`"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_write(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "identifiers.yaml"
    path.write_text(text)

    with pytest.raises(RuleError, match=r"identifiers\.yaml") as error:
        identifiers(path)

    assert message in str(error.value)
