"""Atoms and conditions of the rule language, each with the near miss that it must leave alone."""

from __future__ import annotations

import pytest
from conftest import Repo, rule
from hypothesis import given
from hypothesis import strategies as st

from scanner.nameindex import QualifiedIndex, WordIndex
from scanner.words import parse, split

SOURCE = '''
"""fallback in a docstring"""
# fallback in a comment
import acme
from acme.tools import fallback_tool

FALLBACK_CHAIN = ["a"]

@acme.retry(stop=3)
def try_fallback(provider, fallback_model=None):
    """fallback"""
    acme.completion(model="m", fallbacks=["x"], stream=True)
    client.run_fallback("first", 2)
    settings["fallback_models"]
    return self.fallback_list

class FallbackError(acme.Base):
    fallback_field: int = 1

    def plain(self):
        label = "fallback label"
        long = "a fallback in a sentence that goes on and on for so long that it is prose"
        while True:
            break
'''.lstrip("\n")


@pytest.mark.parametrize(
    ("find", "lines"),
    [
        ("{definition: fallback}", [9, 16]),
        ("{definition: '^fallback'}", [16]),
        ("{definition: 'fallback$'}", [9]),
        ("{definition: [plain, fallback error]}", [16, 19]),
        ("{definition: fallback, as: function}", [9]),
        ("{definition: fallback, as: class}", [16]),
        ("{definition: plain, as: method}", [19]),
        ("{definition: plain, as: function}", []),
        ("{call: fallback}", [12]),
        ("{call: acme.completion}", [11]),
        ("{call: 'acme.*'}", [8, 11]),
        ("{call: '**.completion'}", [11]),
        ("{call: 'acme.other'}", []),
        ("{means: model_call}", [11]),
        ("{means: retry}", [9]),
        ("{key: fallbacks}", [11]),
        ("{key: fallback, as: parameter}", [9]),
        ("{key: fallback, as: subscript}", [13]),
        ("{key: fallback, as: attribute}", [14]),
        ("{key: fallback, as: field}", [17]),
        ("{key: fallback, as: [field, parameter]}", [9, 17]),
        ("{assignment: fallback}", [6, 17]),
        ("{string: fallback label}", [20]),
        ("{string: sentence}", []),
        ("{import: acme}", [3]),
        ("{import: fallback}", [4]),
        ("{import: 'acme.tools.**'}", [4]),
        ("{decorator: acme.retry}", [9]),
        ("{decorator: retry}", [9]),
        ("{decorator: acme.other}", []),
        ("{extends: acme.Base}", [16]),
        ("{extends: base}", [16]),
        ("{extends: other}", []),
        ("{definition: fallback, decorator: retry}", [9]),
        ("{definition: fallback, extends: base}", [16]),
        ("{definition: fallback, extends: other}", []),
        ("{text: '^\\s+while True:$'}", [22]),
        ("{text: 'fallback in'}", [21]),
        ("{text: 'import acme\\s*from'}", []),
    ],
)  # fmt: skip
def test_an_atom_finds_its_facts_and_no_others(repo: Repo, find: str, lines: list[int]) -> None:
    repo.write("agent.py", SOURCE)
    repo.rule(find)

    assert repo.lines() == lines


@pytest.mark.parametrize(
    ("find", "lines"),
    [
        ("{definition: fallback, mentions: stream}", [9]),
        ("{definition: fallback, mentions: docstring}", []),
        ("{definition: fallback, mentions: [stream, models]}", [9]),
        ("{definition: fallback, mentions: [stream, nothing]}", []),
        ("{definition: fallback, mentions: plain}", [16]),
        ("{definition: fallback, mentions: label}", []),
        ("{call: run, mentions: first}", [12]),
        ("{call: run, mentions: stream}", []),
        ("{call: completion, with: {stream: true}}", [11]),
        ("{call: completion, with: {stream: false}}", []),
        ("{call: completion, with: {fallbacks: any, model: any}}", [11]),
        ("{call: completion, with: {fallbacks: any, other: any}}", []),
        ("{call: completion, with: {model: '=m'}}", [11]),
        ("{call: completion, with: {model: '=n'}}", []),
        ("{call: run, with: {'0': first}}", [12]),
        ("{call: run, with: {'1': '2'}}", [12]),
        ("{call: run, with: {'2': any}}", []),
        ("{call: run, inside: {definition: fallback}}", [12]),
        ("{call: run, inside: {definition: plain}}", []),
        ("{call: run, inside: {mentions: stream}}", [12]),
        ("{definition: plain, around: fallback error}", [19]),
        ("{definition: plain, around: plain}", []),
        ("{call: run, around: try fallback}", [12]),
        ("{call: run, around: agent}", [12]),
        ("{call: run, around: other}", []),
        ("{definition: fallback, lines: 6}", [9, 16]),
        ("{definition: fallback, lines: 7}", [16]),
        ("{all: [{definition: fallback}, {at_least: 2, of: [{mentions: stream}, {mentions: m}, {mentions: no}]}]}", [9]),
        ("{all: [{definition: fallback}, {at_least: 2, of: [{mentions: stream}, {mentions: no}]}]}", []),
        ("{at_least: 1, of: [{call: run}, {definition: plain}]}", [12, 19]),
        ("{definition: fallback, contains: {call: run}}", [9]),
        ("{definition: fallback, contains: {text: while}}", [16]),
        ("{definition: fallback, contains: {call: run, with: {'0': second}}}", []),
        ("{definition: fallback, contains: {any: [{call: nothing}, {call: run}]}}", [9]),
        ("{definition: fallback, contains: {all: [{call: run}, {mentions: first}]}}", [9]),
        ("{definition: fallback, contains: {all: [{call: run}, {mentions: stream}]}}", []),
        ("{definition: fallback, not: {mentions: stream}}", [16]),
        ("{definition: fallback, not: {definition: try}}", [16]),
        ("{call: run, not: {with: {'0': first}}}", []),
        ("{call: run, not: {with: {'0': second}}}", [12]),
        ("{call: run, not: {inside: {definition: fallback}}}", []),
        ("{definition: fallback, paths: '*.py'}", [9, 16]),
        ("{definition: fallback, paths: 'src/*'}", []),
        ("{definition: fallback, languages: python}", [9, 16]),
        ("{definition: fallback, languages: yaml}", []),
        ("{all: [{definition: fallback}, {mentions: stream}]}", [9]),
        ("{all: [{call: run}, {with: {'0': first}}]}", [12]),
        ("{all: [{call: run}, {with: {'0': second}}]}", []),
        ("{any: [{call: run}, {definition: plain}]}", [12, 19]),
    ],
)  # fmt: skip
def test_the_conditions_of_a_clause_hold_together(repo: Repo, find: str, lines: list[int]) -> None:
    repo.write("agent.py", SOURCE)
    repo.rule(find)

    assert repo.lines() == lines


@pytest.mark.parametrize(
    ("reject", "lines"),
    [
        ("{mentions: stream}", [12]),
        ("{with: {stream: true}}", [12]),
        ("{with: {stream: false}}", [11, 12]),
        ("{definition: fallback}", [11, 12]),
        ("{inside: {definition: fallback}}", []),
        ("{paths: '*.py'}", []),
        ("{any: [{mentions: stream}, {mentions: first}]}", []),
        ("{all: [{mentions: run}, {with: {'0': second}}]}", [11, 12]),
        ("{all: [{mentions: run}, {with: {'0': first}}]}", [11]),
    ],
)
def test_reject_without_an_atom_speaks_of_the_place_itself(repo: Repo, reject: str, lines: list[int]) -> None:
    repo.write("agent.py", SOURCE)
    repo.rule("{any: [{call: completion}, {call: run}]}", reject)

    assert repo.lines() == lines


def test_arguments_are_asked_of_calls_and_of_nothing_else(repo: Repo) -> None:
    repo.write("agent.py", SOURCE)
    repo.rule("{all: [{key: fallbacks}, {with: {stream: any}}]}")

    assert repo.lines() == []


@pytest.mark.parametrize(
    ("find", "places"),
    [
        ("{means: retry}", [(9, "try_fallback")]),
        ("{any: [{decorator: retry}, {call: retry}]}", [(9, "try_fallback")]),
        ("{call: retry, with: {stop: any}}", [(8, "")]),
        ("{call: retry, with: {tries: any}}", []),
    ],
)
def test_a_decorator_is_one_place_with_what_it_decorates(repo: Repo, find: str, places: list[tuple[int, str]]) -> None:
    repo.write("agent.py", SOURCE)
    repo.rule(find)

    assert [(item.line, item.symbol) for item in repo.touchpoints()] == places


def test_a_long_function_is_known_by_its_header(repo: Repo) -> None:
    body = "    x = 1\n" * 160
    repo.write("agent.py", f"def short():\n    provider()\n\ndef long(task):\n    provider()\n{body}")
    repo.rule("{definition: '{short, long}', mentions: provider}")
    short = repo.symbols()
    repo.rule("{definition: '{short, long}', mentions: task}")

    assert (short, repo.symbols()) == (["short"], ["long"])


def test_a_class_mentions_its_methods_and_fields_but_not_their_bodies(repo: Repo) -> None:
    repo.write("agent.py", "class Client:\n    model: str\n\n    def send(self):\n        provider()\n")
    for words, found in (("model", ["Client"]), ("send", ["Client"]), ("provider", [])):
        repo.rule(f"{{definition: client, mentions: {words}}}")
        assert repo.symbols() == found


def test_a_comment_between_arguments_is_no_argument(repo: Repo) -> None:
    repo.write("agent.py", "run(\n    # stream=True,\n    model='m',  # a, b\n    text='(, stream=True',\n)\n")
    repo.rule("{call: run, with: {stream: any}}")
    missed = repo.lines()
    repo.rule("{call: run, with: {text: any, model: '=m'}}")

    assert (missed, repo.lines()) == ([], [1])


def test_a_configuration_key_is_found_with_its_role(repo: Repo) -> None:
    repo.write("agent.yaml", "model:\n  fallback_chain: [a]\n")
    repo.write("pyproject.toml", "[tool.agent]\nfallback_chain = ['a']\n")
    repo.write("a.json", '{"fallback_chain": 1}')
    repo.write(".env", "FALLBACK_CHAIN=1\n")
    repo.rule("{key: fallback chain}")

    assert [(item.path, item.role, item.symbol) for item in repo.touchpoints()] == [
        (".env", "config", ""),
        ("a.json", "config", ""),
        ("agent.yaml", "config", ""),
        ("pyproject.toml", "config", ""),
    ]


def test_roles_follow_from_what_is_found(repo: Repo) -> None:
    repo.write("agent.py", SOURCE)
    repo.rule("{any: [{definition: try fallback}, {assignment: fallback chain}, {call: run}, {key: stream}]}")

    assert [(item.line, item.role, item.symbol) for item in repo.touchpoints()] == [
        (6, "definition", "FALLBACK_CHAIN"),
        (9, "definition", "try_fallback"),
        (11, "use", "try_fallback"),
        (12, "use", "try_fallback"),
    ]


def test_confidence_and_role_are_those_of_the_clause_else_of_the_rule(repo: Repo) -> None:
    repo.write("agent.py", SOURCE)
    repo.rule(
        "{any: [{call: run, confidence: high}, {call: completion, role: contract}]}", confidence="low", role="use"
    )

    assert [(item.confidence, item.role) for item in repo.touchpoints()] == [("low", "contract"), ("high", "use")]


def test_two_clauses_of_one_rule_at_one_place_count_once_with_the_better_confidence(repo: Repo) -> None:
    repo.write("agent.py", SOURCE)
    repo.rule("{any: [{call: run, confidence: low}, {call: fallback, confidence: medium}]}")

    assert [(item.line, item.confidence) for item in repo.touchpoints()] == [(12, "medium")]


@pytest.mark.parametrize(("path", "role"), [("tests/test_agent.py", "test"), ("docs/agent.py", "docs")])
def test_tests_and_documentation_are_found_at_low_confidence(repo: Repo, path: str, role: str) -> None:
    repo.write(path, SOURCE)
    repo.rule("{call: run, confidence: high}")

    assert [(item.confidence, item.role) for item in repo.touchpoints()] == [("low", role)]


def test_a_rule_speaks_only_of_its_languages(repo: Repo) -> None:
    repo.write("agent.py", "fallback_chain = 1\n")
    repo.write("agent.yaml", "fallback_chain: 1\n")
    repo.rule("{any: [{key: fallback chain}, {assignment: fallback chain}]}", languages="[yaml]")

    assert repo.places() == ["agent.yaml:1"]


def test_a_line_is_shown_without_its_secrets(repo: Repo) -> None:
    repo.write("agent.py", "run_fallback(api_key='sk-proj-abcdefghijklmnop1234')\n")
    repo.rule("{call: fallback}")

    assert [item.text for item in repo.touchpoints()] == ["run_fallback(api_key='…masked…')"]


def test_an_alternative_spelling_is_the_same_name(repo: Repo) -> None:
    repo.write("agent.py", "def tryFallback(): ...\ndef TRY_FALLBACK(): ...\ndef try_fallbacks(): ...\n")
    repo.rule("{definition: try fallback}")

    assert repo.lines() == [1, 2]


def test_many_facts_inside_each_other_are_matched(repo: Repo) -> None:
    depth = 120
    repo.write("agent.py", "outer(" * depth + "inner()" + ")" * depth + "\n")
    repo.rule("{call: inner, inside: {call: outer}}")
    inner = repo.lines()
    repo.rule("{call: outer, contains: {call: inner}}")

    assert inner == [1]
    assert len(repo.lines()) == 1, "equal calls on one line of one function are one place"


WORDS = st.lists(st.sampled_from(["try", "load", "fallback", "chain", "model"]), min_size=1, max_size=4)
PATTERNS = st.sampled_from(
    [
        "fallback",
        "^try",
        "chain$",
        "try * fallback",
        "{try, load} fallback",
        "{load model, chain}",
        "^try * chain$",
        "* model",
    ]
)


@given(names=st.lists(WORDS.map("_".join), max_size=5), patterns=st.lists(PATTERNS, max_size=6, unique=True))
def test_an_index_finds_what_its_patterns_match_one_by_one(names: list[str], patterns: list[str]) -> None:
    index = WordIndex((parse(pattern), pattern) for pattern in patterns)

    for name in names:
        assert sorted(index.lookup(name)) == sorted(each for each in patterns if parse(each).matches(split(name)))


@pytest.mark.parametrize(
    ("name", "resolved", "found"),
    [
        ("acme.Client.send", True, ["exact", "one", "any"]),
        ("acme.Client.send", False, ["any"]),
        ("acme.Client.deep.send", True, ["any"]),
        ("open", False, ["builtin"]),
        ("send", True, ["any"]),
        ("acme.Client.sent", True, []),
    ],
)
def test_a_qualified_name_is_equal_as_a_whole(name: str, resolved: bool, found: list[str]) -> None:
    index = QualifiedIndex(
        [
            (("acme", "Client", "send"), "exact"),
            (("acme", "*", "send"), "one"),
            (("**", "send"), "any"),
            (("open",), "builtin"),
        ]
    )

    assert list(index.lookup(name, resolved)) == found


def test_rules_are_written_as_the_language_says(repo: Repo) -> None:
    repo.rules(rule("one", "{definition: fallback}") + "\n" + rule("two", "{call: run}", kind="fallback_chain"))
    repo.write("agent.py", SOURCE)

    assert (repo.lines("model_call"), repo.lines("fallback_chain")) == ([9, 16], [12])
