"""Contracts: records of public examples validate, what is wrong is told by the schema, never by the record."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scanner.contracts import Contract, contract, contracts, names, pointer_of
from scanner.installed import builtin_rules

UUID = "0196a3c0-7f4a-7000-8000-000000000001"
CALL = {"id": "call_1", "type": "function", "function": {"name": "search", "arguments": '{"q": "x"}'}}
CHAT = {
    "messages": [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Which is it?"},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "it"},
        {"role": "assistant", "content": "It.", "weight": 1},
    ],
    "tools": [{"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}],
}
STEPS = [
    {"role": "thought", "content": "Read it."},
    {"role": "action", "tool": "Read", "args": {"path": "a"}},
    {"role": "observation", "content": "no such file"},
]
#: A record of each contract, of which every required part is there.
GOOD: dict[str, Any] = {
    "chat-messages": CHAT,
    "codeact": {
        "session_id": "s1",
        "trajectory": STEPS,
        "outcome": "success",
        "has_error_recovery": True,
        "error_recovery_spans": [[1, 2]],
    },
    "evidence-record": {
        "schema_version": "1",
        "run_id": "r1",
        "actions": [{"tool": "bash", "decision": "ask"}],
        "verdicts": [{"by": "tests", "passed": True, "score": 1.0}],
    },
    "playbook-entry": {
        "cue": {"pattern": "timeout"},
        "action": "Ask for one page.",
        "expected_effect": "No timeout.",
        "scope": "search",
        "provenance": {"session_id": "s1"},
    },
    "rl-transition": {
        "ob": [1, 2],
        "ac": {"tokens": [3], "maybe_logprobs": [-0.5], "stop_reason": "stop"},
        "reward": 0.5,
        "episode_done": True,
    },
    "sft-conversation": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Why?"}]},
            {"role": "assistant", "content": "So.", "tool_calls": None, "trainable": True},
        ]
    },
    "tensorzero-feedback": {"metric_name": "solved", "value": True, "episode_id": UUID},
    "tensorzero-inference": {
        "id": UUID,
        "function_name": "agent",
        "variant_name": "v1",
        "episode_id": UUID,
        "input": {"messages": [{"role": "user", "content": "Hi."}]},
        "output": [{"type": "text", "text": "Hi."}],
        "tags": {"user": "1"},
    },
}


def told(name: str, record: object) -> list[str]:
    return [str(failure) for failure in contract(name).failures(record)]


def with_(name: str, **changes: object) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD[name]), **changes}


def test_every_contract_has_a_record_here() -> None:
    assert tuple(sorted(GOOD)) == names()


@pytest.mark.parametrize("each", contracts(), ids=lambda each: each.name)
def test_a_good_record_validates_and_lacks_each_required_key_when_it_is_taken_away(each: Contract) -> None:
    assert each.failures(GOOD[each.name]) == []
    for key in each.required:
        record = {name: value for name, value in GOOD[each.name].items() if name != key}
        assert f"/: `{key}` is missing" in told(each.name, record)


@pytest.mark.parametrize("each", contracts(), ids=lambda each: each.name)
def test_a_contract_is_a_schema_of_draft_2020_12_that_names_its_source(each: Contract) -> None:
    schema = json.loads((builtin_rules() / "contracts" / f"{each.name}.schema.json").read_bytes())

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "https://" in each.source
    assert any(word in each.source for word in ("read 20", "release 20", "sources of 20"))


@pytest.mark.parametrize("each", contracts(), ids=lambda each: each.name)
def test_another_validator_of_the_same_draft_agrees(each: Contract) -> None:
    schema = json.loads((builtin_rules() / "contracts" / f"{each.name}.schema.json").read_bytes())
    other = Draft202012Validator(schema)

    for record in (*GOOD.values(), {}, [], "x", None):
        assert other.is_valid(record) == (not each.failures(record))


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("chat-messages", {"messages": []}, "/messages: is empty"),
        ("chat-messages", {"messages": "hi"}, "/messages: is text, not a list"),
        ("chat-messages", {"messages": [{"role": "human", "content": "x"}]}, "/messages/0/role: is not `system`"),
        ("chat-messages", {"messages": [{"role": "user"}]}, "/messages: lacks at least one message of the role"),
        ("chat-messages", {"messages": [{"role": "tool", "content": "x"}]}, "/messages/0: `tool_call_id` is missing"),
        ("codeact", {"trajectory": [{"role": "action"}]}, "/trajectory/0: lacks `content`, or the `tool`"),
        ("codeact", {"error_recovery_spans": []}, "/error_recovery_spans: is empty"),
        ("codeact", {"has_error_recovery": False}, "/error_recovery_spans: breaks `maxItems: 0`"),
        ("codeact", {"has_error_recovery": "yes"}, "/has_error_recovery: is text, not true or false"),
        ("evidence-record", {"verdicts": []}, "/verdicts: is empty"),
        ("playbook-entry", {"provenance": None}, "/provenance: is null, not an object, text or a list"),
        ("rl-transition", {"ac": {"tokens": [1.5]}}, "/ac/tokens/0: is a number, not a whole number"),
        ("tensorzero-feedback", {"episode_id": "e1"}, "/episode_id: is no UUID"),
        ("tensorzero-feedback", {"target_id": UUID}, "/: lacks exactly one of `inference_id`"),
        ("tensorzero-inference", {"output": 3}, "/output: is a number, not a list, an object or text"),
        ("sft-conversation", {"messages": [{"role": "assistant", "content": 1}]}, "/messages/0/content: is a number"),
    ],
)
def test_a_failure_says_where_and_why_in_words(name: str, changes: dict[str, Any], expected: str) -> None:
    assert any(words.startswith(expected) for words in told(name, with_(name, **changes))), told(
        name, with_(name, **changes)
    )


def test_what_is_wrong_with_the_record_itself_comes_before_what_is_wrong_inside() -> None:
    record = with_("evidence-record", actions=[{}])
    del record["run_id"]

    assert told("evidence-record", record) == ["/: `run_id` is missing", "/actions/0: `tool` is missing"]


def test_no_value_of_a_record_is_ever_told() -> None:
    secret = "sk-proj-abcdefghijklmnop1234567890"
    record = {"messages": [{"role": secret, "content": {secret: secret}, "weight": secret}], secret: secret}

    assert secret not in " ".join(told("chat-messages", record))


def test_a_secret_among_the_keys_of_a_pointer_is_masked_and_a_long_pointer_is_cut() -> None:
    assert "sk-proj" not in pointer_of(["tags", "sk-proj-abcdefghijklmnop1234567890"])
    assert pointer_of(["a/b", "c~d", 0]) == "/a~1b/c~0d/0"
    assert len(pointer_of(["x" * 1_000])) == 120
    assert "\x1b" not in pointer_of(["\x1b[31m"])


def test_a_record_looks_like_a_contract_with_more_than_half_of_its_keys_and_their_types() -> None:
    codeact = contract("codeact")

    assert codeact.resembles({"session_id": "s", "trajectory": [], "outcome": "success"})
    assert not codeact.resembles({"session_id": "s", "trajectory": []})
    assert not codeact.resembles({"session_id": "s", "trajectory": {}, "outcome": "success"})
    assert not contract("chat-messages").resembles({"messages": {"hello": "Hello"}})
    assert not codeact.resembles(["session_id", "trajectory", "outcome"])


def test_a_record_that_is_nested_too_deeply_fails_instead_of_crashing() -> None:
    record: Any = "x"
    for _ in range(5_000):
        record = [record]

    assert told("chat-messages", {"messages": record}) == ["/: is nested too deeply"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(names()), st.data())
def test_any_record_gets_an_answer_and_the_same_one_twice(name: str, data: st.DataObject) -> None:
    keys = st.sampled_from([*contract(name).required, "other"])
    record = data.draw(st.dictionaries(keys, values) | values)

    assert contract(name).failures(record) == contract(name).failures(record)
