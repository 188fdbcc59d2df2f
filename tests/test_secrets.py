"""What is masked in a line of code, and what people may go on reading."""

from __future__ import annotations

import msgspec
import pytest
from conftest import Repo

from scanner.secrets import mask


@pytest.mark.parametrize(
    "text",
    [
        'model = "gpt-4o-mini"',
        'api_key = "OPENAI_API_KEY"',
        'api_key = os.environ["OPENAI_API_KEY"]',
        "token = get_token()",
        'task = "ask-somebody-about-it"',
        "max_tokens: 4096",
        'url = "https://api.example.com/v1"',
        "tokens = 'some words here'",
        "risk-assessment-of-everything",
    ],
)
def test_code_without_secrets_is_left_as_it_is(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key = 'sk-proj-abcdefghijklmnop1234'", "key = '…masked…'"),
        ("sk-ant-REDACTED", "…masked…"),
        ("x = 'ghp_abcdefghijklmnopqrstuvwxyz012345'", "x = '…masked…'"),
        ("AKIAIOSFODNN7EXAMPLE", "…masked…"),
        ("password = 'hunter2hunter2'", "password = '…masked…'"),
        ('"api_key": "a1b2c3d4e5"', '"api_key": "…masked…"'),
        ("postgres://user:pass@host/db", "postgres://…masked…@host/db"),
        ("https://token@github.com/a/b", "https://…masked…@github.com/a/b"),
        ("'eyJhbGciOiJIUzI1NiIsInR5.eyJzdWIiOiIxMjM0NTY3.abc'", "'…masked…'"),
    ],
)
def test_a_secret_is_masked_and_the_code_around_it_stays(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_two_secrets_in_one_line_are_both_masked() -> None:
    assert mask("a='sk-abcdefghijklmnop', b='hf_abcdefghijklmnopqrstuvw'") == "a='…masked…', b='…masked…'"


def test_a_secret_in_a_line_that_matched_is_in_no_field_of_its_touchpoint(repo: Repo) -> None:
    repo.rule("{any: [{text: 'send.*key'}, {string: sk}]}")
    repo.write("agent.py", "def ask():\n    send('sk-abcdefghijklmnop123456', key)\n")

    found = repo.touchpoints()

    assert found
    assert not any("abcdefghijklmnop" in str(value) for each in found for value in msgspec.structs.astuple(each))


@pytest.mark.parametrize(
    "text",
    [
        'KEY = os.environ.get("OPENAI_API_KEY", "aB3dE6gH9jK2")',
        'def f(api_key: str = "aB3dE6gH9jK2"): ...',
        "api_key: aB3dE6gH9jK2",
        'headers = {"Authorization": "Bearer aB3dE6gH9jK2mN5p"}',
        'KEY = os.getenv("OPENAI_API_KEY") or "aB3dE6gH9jK2"',
    ],
)
def test_a_secret_is_masked_in_whatever_way_a_name_is_given_it(text: str) -> None:
    assert "aB3dE6gH9jK2" not in mask(text)
