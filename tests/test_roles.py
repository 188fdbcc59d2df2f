"""The part that a place plays in a seam, and definitions that nothing uses, in every language."""

from __future__ import annotations

import pytest
from conftest import Repo

from scanner.touchpoints import Confidence, Role

SENDS = {
    "python": ("agent.py", "def send_turn(text):\n    return text\n", "def run(x):\n    return send_turn(x)\n"),
    "typescript": (
        "agent.ts",
        "export function sendTurn(text: string) {\n  return text\n}\n",
        "export const run = (x: string) => sendTurn(x)\n",
    ),
    "javascript": ("agent.js", "const sendTurn = (text) => text\n", "module.exports = (x) => sendTurn(x)\n"),
    "rust": ("src/agent.rs", "fn send_turn(text: &str) {}\n", "pub fn run(x: &str) { send_turn(x) }\n"),
    "go": ("agent.go", "package agent\n\nfunc SendTurn(text string) {}\n", "func Run(x string) { SendTurn(x) }\n"),
}


@pytest.mark.parametrize("language", SENDS)
def test_a_definition_defines_and_its_calls_use_it(repo: Repo, language: str) -> None:
    path, definition, use = SENDS[language]
    repo.rule("{definition: send turn}")
    repo.write(path, definition + use)

    assert [each.role for each in repo.touchpoints()] == [Role.DEFINITION, Role.USE]


@pytest.mark.parametrize("language", SENDS)
def test_what_nothing_calls_is_unwired_and_what_is_called_is_not(repo: Repo, language: str) -> None:
    path, definition, use = SENDS[language]
    repo.rule("{definition: send turn}")
    repo.write(path, definition)
    alone = repo.touchpoints()
    repo.write(path, definition + use)
    called = repo.touchpoints()

    assert [each.unwired for each in alone] == [True]
    assert called[0].unwired is False


def test_an_import_or_a_list_of_exports_alone_is_no_use(repo: Repo) -> None:
    repo.rule("{definition: send turn}")
    repo.write("agent/send.py", "def send_turn(text): ...\n")
    repo.write("agent/__init__.py", "")
    repo.write("agent/core/__init__.py", "from agent.send import send_turn\n\n__all__ = ['send_turn']\n")

    assert [each.unwired for each in repo.touchpoints()] == [True]


def test_what_a_package_hands_on_at_its_face_is_used_by_others(repo: Repo) -> None:
    repo.rule("{definition: send turn}")
    repo.write("agent/send.py", "def send_turn(text): ...\n")
    repo.write("agent/__init__.py", "from .send import send_turn\n")

    assert [each.unwired for each in repo.touchpoints()] == [False]


def test_a_method_of_a_class_that_nothing_uses_is_unwired(repo: Repo) -> None:
    repo.rule("{definition: send turn}")
    repo.write("agent.py", "class Sender:\n    def send_turn(self): ...\n\n\ndef run(x):\n    x.send_turn()\n")

    assert [each.unwired for each in repo.touchpoints() if each.role is Role.DEFINITION] == [True]


def test_a_comment_that_names_a_definition_neither_makes_nor_hides_a_use(repo: Repo) -> None:
    repo.rule("{definition: send turn}")
    body = "def send_turn(n):\n    # send_turn again\n    return send_turn(n - 1)\n"
    repo.write("agent.py", body)
    alone = repo.touchpoints()
    repo.write("agent.py", body + "\n\nsend_turn(3)\n")

    assert (alone[0].unwired, repo.touchpoints()[0].unwired) == (True, False)


def test_a_function_that_only_calls_itself_is_unwired(repo: Repo) -> None:
    repo.rule("{definition: send turn}")
    repo.write("agent.ts", "function sendTurn(n: number) {\n  return sendTurn(n - 1)\n}\n")

    assert repo.touchpoints()[0].unwired is True


@pytest.mark.parametrize(
    ("path", "content", "role"),
    [
        ("events.proto", 'syntax = "proto3";\nmessage SendTurn { string text = 1; }\n', Role.CONTRACT),
        ("schema.sql", "CREATE TABLE send_turn (id TEXT PRIMARY KEY);\n", Role.CONTRACT),
        (
            "turn.schema.json",
            '{"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"send_turn": {}}}',
            Role.CONTRACT,
        ),
        ("settings.json", '{"send_turn": true}', Role.CONFIG),
        ("settings.yaml", "send_turn: true\n", Role.CONFIG),
        ("settings.toml", "send_turn = true\n", Role.CONFIG),
        (".env", "SEND_TURN=1\n", Role.CONFIG),
    ],
)
def test_settings_configure_and_schemas_are_contracts(repo: Repo, path: str, content: str, role: Role) -> None:
    repo.rule("{any: [{definition: send turn}, {key: send turn}]}")
    repo.write(path, content)

    assert [each.role for each in repo.touchpoints()] == [role]


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("tests/test_agent.py", Role.TEST),
        ("src/agent.test.ts", Role.TEST),
        ("agent_test.go", Role.TEST),
        ("docs/conf.py", Role.DOCS),
    ],
)
def test_tests_and_documentation_support_a_claim_and_never_make_it(repo: Repo, path: str, role: Role) -> None:
    content = next(definition for name, definition, _ in SENDS.values() if name[-3:] == path[-3:])
    repo.rule("{definition: send turn}")
    repo.write(path, content)

    assert [(each.role, each.confidence) for each in repo.touchpoints()] == [(role, Confidence.LOW)]


def test_tests_beside_the_code_they_test_are_tests_too(repo: Repo) -> None:
    repo.rule("{definition: send turn}")
    repo.write("src/lib.rs", "#[cfg(test)]\nmod tests {\n    fn send_turn() {}\n}\n")

    assert [(each.role, each.confidence) for each in repo.touchpoints()] == [(Role.TEST, Confidence.LOW)]
