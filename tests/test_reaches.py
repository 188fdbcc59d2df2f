"""An identifier reaches a model call where it flows into it: across functions, objects and files, and not beside it."""

from __future__ import annotations

import msgspec
import pytest
from asked import Asked, ask, graph_of, place_in, sites_of, ways_of
from conftest import Repo

from scanner.flows import Flows, Passed
from scanner.reaches import Reaching
from scanner.sites import FileSites

ANSWER = """
def resolve_approval(session, choice):
    entry = pending.pop(session, None)
    if entry is None:
        return False
    entry.result = choice
    entry.event.set()
    return True


def clicked(button, session_id):
    return resolve_approval({handed}, button.choice)
"""
PYTHON = "from openai import OpenAI\n\nclient = OpenAI()\n\n"
TYPESCRIPT = 'import OpenAI from "openai";\n\nconst client = new OpenAI();\n\n'
CREATE = 'client.chat.completions.create(model="m", messages=messages'

ATTACHED = {
    "a keyword": (
        f"def ask(messages, session_id):\n    return {CREATE}, user=session_id)\n",
        "ask",
    ),
    "a key of a mapping": (
        f'def ask(messages, ident):\n    return {CREATE}, metadata={{"session_id": ident}})\n',
        "ask",
    ),
    "a header": (
        'def ask(messages, session_id):\n    headers = {}\n    headers["X-Tag"] = session_id\n'
        f"    return {CREATE}, extra_headers=headers)\n",
        "ask",
    ),
    "a function that builds the options": (
        'def options_for(tag):\n    return {"metadata": {"session_id": tag}}\n\n'
        f"def ask(messages, tag):\n    return {CREATE}, **options_for(tag))\n",
        "options_for -> ask",
    ),
    "a parameter over two calls": (
        f"def ask(messages, tag):\n    return {CREATE}, user=tag)\n\n"
        "def turn(messages, label):\n    return ask(messages, label)\n\n"
        'def run(session_id):\n    return turn(["hi"], label=session_id)\n',
        "run -> turn -> ask",
    ),
    "an attribute of the own object": (
        "class Agent:\n    def __init__(self, session_id):\n        self.tag = session_id\n\n"
        f"    def ask(self, messages):\n        return {CREATE}, user=self.tag)\n",
        "Agent.__init__ -> Agent.ask",
    ),
    "a parameter of functions that call each other": (
        "def ask(messages, tag):\n    again(messages, tag)\n"
        f"    return {CREATE}, user=tag)\n\n"
        "def again(messages, tag):\n    return ask(messages, tag)\n\n"
        "def run(session_id):\n    return again([], session_id)\n",
        "run -> again -> ask",
    ),
}
IN_TYPESCRIPT = {
    "a field of an object": (
        "export async function ask(messages: M[], sessionId: string) {\n"
        '  return client.chat.completions.create({ model: "m", messages, metadata: { sessionId } });\n}\n',
        "ask",
    ),
    "an object that is handed on whole": (
        "export async function ask(messages: M[], options: Options) {\n"
        '  return client.chat.completions.create({ model: "m", messages }, options);\n}\n'
        "export async function run(sessionId: string) {\n  return ask([], { signal, sessionId });\n}\n",
        "run -> ask",
    ),
    "a member that is taken out of a parameter": (
        "export async function ask(messages: M[], { tag }: Options) {\n"
        '  return client.chat.completions.create({ model: "m", messages, user: tag });\n}\n'
        "export async function run(sessionId: string) {\n  return ask([], { tag: sessionId });\n}\n",
        "run -> ask",
    ),
    "an attribute of this": (
        "export class Agent {\n  private tag: string;\n"
        "  constructor(sessionId: string) {\n    this.tag = sessionId;\n  }\n"
        "  async ask(messages: M[]) {\n"
        '    return client.chat.completions.create({ model: "m", messages, user: this.tag });\n  }\n}\n',
        "Agent.constructor -> Agent.ask",
    ),
}


def only(asked: Asked, *topics: str) -> tuple[str, str, str]:
    """Level, topic and way of the one model call."""
    (found,) = asked.arrivals(*topics).values()
    return found.level, found.topic, asked.way(found.way)


@pytest.mark.parametrize(("source", "way"), ATTACHED.values(), ids=ATTACHED)
def test_an_identifier_reaches_a_call_through(repo: Repo, source: str, way: str) -> None:
    assert only(ask(repo, {"agent.py": PYTHON + source})) == ("attached", "session", way)


@pytest.mark.parametrize(("source", "way"), IN_TYPESCRIPT.values(), ids=IN_TYPESCRIPT)
def test_an_identifier_reaches_a_call_of_typescript_through(repo: Repo, source: str, way: str) -> None:
    assert only(ask(repo, {"src/agent.ts": TYPESCRIPT + source})) == ("attached", "session", way)


def test_an_identifier_reaches_a_call_of_go_through_a_field(repo: Repo) -> None:
    source = (
        'package main\n\nimport (\n\t"context"\n\n\t"github.com/sashabaranov/go-openai"\n)\n\n'
        "func ask(ctx context.Context, client *openai.Client, sessionID string) error {\n"
        '\t_, err := client.CreateChatCompletion(ctx, openai.ChatCompletionRequest{Model: "m", User: sessionID})\n'
        "\treturn err\n}\n"
    )

    assert only(ask(repo, {"agent.go": source})) == ("attached", "session", "ask")


def test_an_identifier_reaches_a_call_of_rust_through_a_builder(repo: Repo) -> None:
    source = (
        "use async_openai::{types::CreateChatCompletionRequestArgs, Client};\n\n"
        "async fn ask(client: &Client, session_id: &str) -> Result<Response> {\n"
        "    let request = CreateChatCompletionRequestArgs::default().user(session_id).build()?;\n"
        "    client.chat().create(request).await\n}\n"
    )

    assert only(ask(repo, {"src/main.rs": source})) == ("attached", "session", "ask")


def test_an_identifier_comes_from_another_file(repo: Repo) -> None:
    asked = ask(
        repo,
        {
            "agent.py": PYTHON + f"def ask(messages, tag):\n    return {CREATE}, user=tag)\n",
            "run.py": "from agent import ask\n\ndef main(session_id):\n    return ask([], session_id)\n",
        },
    )

    assert only(asked) == ("attached", "session", "main -> ask")


def test_one_of_several_topics_is_enough(repo: Repo) -> None:
    asked = ask(repo, {"agent.py": PYTHON + f"def ask(messages, run_id):\n    return {CREATE}, user=run_id)\n"})

    assert only(asked, "session", "run") == ("attached", "run", "ask")
    assert only(asked, "trace") == ("absent", "", "")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        pytest.param(
            "agent.py",
            PYTHON + f"def ask(messages, session_id):\n    log.info(session_id)\n    return {CREATE})\n",
            id="a parameter that is only logged",
        ),
        pytest.param(
            "agent.py",
            PYTHON + "class Agent:\n    def __init__(self, session_id):\n        self.session_id = session_id\n\n"
            f"    def ask(self, messages):\n        return {CREATE})\n",
            id="an attribute that another method set",
        ),
        pytest.param(
            "agent.py",
            PYTHON + "def ask(messages, session_id):\n"
            '    messages.append({"role": "user", "content": f"this is {session_id}"})\n'
            f"    return {CREATE})\n",
            id="what the model is told",
        ),
    ],
)
def test_an_identifier_is_in_scope_and_not_attached_as(repo: Repo, path: str, source: str) -> None:
    assert only(ask(repo, {path: source})) == ("in scope", "session", "")


def test_without_an_identifier_it_is_absent(repo: Repo) -> None:
    asked = ask(repo, {"agent.py": PYTHON + f"def ask(messages):\n    return {CREATE})\n"})

    assert only(asked) == ("absent", "", "")


def test_an_identifier_of_a_caller_that_is_not_handed_on_is_absent(repo: Repo) -> None:
    source = f"def ask(messages, tag):\n    return {CREATE})\n\ndef run(session_id):\n    return ask([], session_id)\n"

    assert only(ask(repo, {"agent.py": PYTHON + source})) == ("absent", "", "")


def test_one_member_of_an_object_does_not_carry_its_siblings(repo: Repo) -> None:
    source = (
        "export async function ask(messages: M[], options: Options) {\n"
        '  return client.chat.completions.create({ model: "m", messages }, { signal: options.signal });\n}\n'
        "export async function run(sessionId: string) {\n  return ask([], { signal, sessionId });\n}\n"
    )

    assert only(ask(repo, {"src/agent.ts": TYPESCRIPT + source})) == ("absent", "", "")


def test_a_keyword_reaches_the_parameter_of_its_name_and_not_the_one_in_its_place(repo: Repo) -> None:
    source = (
        f"def ask(messages, tag=None, session=None):\n    return {CREATE}, user=tag)\n\n"
        "def run(session_id):\n    return ask([], session=session_id)\n"
    )

    assert only(ask(repo, {"agent.py": PYTHON + source})) == ("absent", "", "")


def handed(size: int, topic_at: int) -> Reaching:
    """A chain of functions, each of which hands its parameter on to the next; one of them holds a topic."""
    graph = graph_of(size, [(at, at + 1) for at in range(1, size)] + [(size, 1)])
    nodes = tuple(
        node if node.kind == "module" else msgspec.structs.replace(node, parameters=("tag",))
        for node in sites_of(size).nodes
    )
    passed = tuple(
        Passed(at * 10 + 5, at * 10 + 6, at, "", 0, ("session",) if at == topic_at else (), ("tag",))
        for at in range(1, size + 1)
    )
    return Reaching(ways_of(graph), {"a.py": FileSites(nodes, flows=Flows(passed=passed))})


def test_what_comes_through_too_many_functions_goes_by_another_name() -> None:
    near, far = handed(20, 16), handed(20, 3)
    place, call = place_in(20), [205]

    assert [each.level for each in near.arrivals([(place, call)], frozenset({"session"}))] == ["attached"]
    assert [each.level for each in far.arrivals([(place, call)], frozenset({"session"}))] == ["absent"]


def test_a_ring_of_fifty_thousand_functions_is_searched_without_recursion() -> None:
    size = 50_000
    place, call = place_in(size), [size * 10 + 5]

    (found,) = handed(size, 0).arrivals([(place, call)], frozenset({"session"}))

    assert found.level == "absent"


@pytest.mark.parametrize(("handed", "level"), [("session_id", "attached"), ("button.place", "absent")])
def test_a_place_that_is_a_function_is_reached_by_what_its_callers_hand_to_it(
    repo: Repo, handed: str, level: str
) -> None:
    asked = ask(repo, {"surface.py": ANSWER.format(handed=handed)})

    (found,) = asked.chart.arrivals(asked.seams("approval-answered"), ("session",))

    assert found.level == level
