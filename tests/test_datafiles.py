"""Data files as facts: which files are data, what of them is sampled, and that hostile ones cost little."""

from __future__ import annotations

import json

import pytest
from conftest import Repo, built_in
from hypothesis import given
from hypothesis import strategies as st

from scanner.api import load_rules, read_repository
from scanner.contracts import Failure
from scanner.datafiles import LONGEST_RECORD, MOST_RECORDS, Verdict, is_data, verdicts_of
from scanner.installed import builtin_rules
from scanner.making import make_packet
from scanner.reading import DATA_LIMIT
from scanner.repository import open_repository
from scanner.scan import scan

GOOD = {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]}
BAD = {"messages": [{"role": "human", "content": "Why?"}, {"role": "assistant", "content": "So."}]}
ROLES = "is not `system`, `developer`, `user`, `assistant`, `tool` or `function`"


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def chats(path: str, source: bytes) -> Verdict | None:
    return next((each for each in verdicts_of(path, source) if each.contract == "chat-messages"), None)


@pytest.mark.parametrize(
    "path", ["runs.jsonl", "data/x.ndjson", "tests/fixtures/session.json", "A/B.JSONL", "manifests/a.json"]
)
def test_files_of_records_are_data(path: str) -> None:
    assert is_data(path)


@pytest.mark.parametrize(
    "path",
    [
        "package.json", "web/package-lock.json", "tsconfig.json", "tsconfig.build.json", ".eslintrc.json", "composer.json",
        "schemas/record.schema.json", "a/notebook.ipynb", "x.json5", "runs.jsonl.gz", "manifest.json", "jest.config.json",
    ],
)  # fmt: skip
def test_settings_manifests_schemas_and_notebooks_are_no_data(path: str) -> None:
    assert not is_data(path)


def test_the_share_that_validates_is_told_with_the_first_failure() -> None:
    verdict = chats("a.jsonl", lines(GOOD, BAD) + b"\n" + lines(BAD))

    assert verdict == Verdict("chat-messages", 3, 1, 2, Failure("/messages/0/role", ROLES))


def test_a_json_list_is_records_and_a_json_object_is_one() -> None:
    assert chats("a.json", json.dumps([GOOD, BAD]).encode()) == Verdict(
        "chat-messages", 2, 1, 0, Failure("/1/messages/0/role", ROLES)
    )
    assert chats("a.json", json.dumps(GOOD, indent=2).encode()) == Verdict("chat-messages", 1, 1)


def test_a_line_that_is_no_json_or_too_long_is_a_record_that_does_not_validate() -> None:
    long = {"messages": [{"role": "user", "content": "x" * LONGEST_RECORD}]}

    assert chats("a.jsonl", lines(GOOD) + b'{"messages": [\n') == Verdict(
        "chat-messages", 2, 1, 2, Failure("", "is no JSON")
    )
    assert chats("a.jsonl", lines(GOOD, long)) == Verdict("chat-messages", 2, 1, 2, Failure("", "is no JSON"))


def test_a_long_file_is_sampled_evenly_to_its_end_and_alike_each_time() -> None:
    source = lines(*[GOOD] * 900, *[BAD] * 100)
    verdict = chats("a.jsonl", source)

    assert verdict is not None
    assert (verdict.records, verdict.valid, verdict.line) == (MOST_RECORDS, 180, 901)
    assert chats("a.jsonl", source) == verdict


def test_a_file_in_which_no_record_looks_like_one_says_nothing() -> None:
    assert verdicts_of("a.jsonl", lines({"text": "messages"}, {"role": "user"})) == ()
    assert verdicts_of("en.json", json.dumps({"messages": {"hello": "Hello"}}).encode()) == ()


@pytest.mark.parametrize(
    "source",
    [
        b'{"messages":' + b"[" * 100_000,
        b'{"messages":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"messages": ["\\ud800"]}',
        b'{"messages": [1e999999]}',
        b'{"messages": [' + b"9" * 5_000 + b"]}",
        b'\xff\xfe"messages"\x00',
        b'"messages"' + b"\n" * 300_000,
        b"",
    ],
)
@pytest.mark.parametrize("path", ["a.json", "a.jsonl"])
def test_hostile_files_get_an_answer(path: str, source: bytes) -> None:
    verdicts_of(path, source)


@given(st.binary(max_size=200), st.sampled_from(["a.json", "a.jsonl"]))
def test_any_bytes_get_an_answer(noise: bytes, path: str) -> None:
    verdicts_of(path, noise + b'{"messages": []}\n' + noise)


def test_fixtures_of_tests_count_vendored_files_do_not_and_nothing_of_a_record_is_kept(repo: Repo) -> None:
    secret = "hunter2hunter2"
    spoken = lines({"messages": [{"role": secret, "content": secret}, {"role": "assistant", "content": "x"}]})
    for path in ("tests/fixtures/a.jsonl", "node_modules/x/b.jsonl", "dist/c.jsonl", "runs/d.jsonl"):
        repo.write(path, spoken.decode())
    repo.write("agent.py", "def run(): ...\n")

    found = scan(open_repository(repo.root), built_in(), builtin_rules() / "vocabulary.yaml")

    assert [each.path for each in found.data] == ["runs/d.jsonl", "tests/fixtures/a.jsonl"]
    assert secret not in repr(found.data)
    assert [report.path for report in found.reports] == ["agent.py"]


def test_a_file_over_the_limit_is_named_and_not_read(repo: Repo) -> None:
    repo.write("agent.py", "def run(): ...\n")
    (repo.root / "big.jsonl").write_bytes(lines(GOOD) * (DATA_LIMIT // len(lines(GOOD)) + 1))

    found = scan(open_repository(repo.root), built_in(), builtin_rules() / "vocabulary.yaml")

    assert [(each.path, each.too_large) for each in found.data] == [("big.jsonl", True)]


PACK = """\
id: data-pack
title: Data
migration: Keep chats.
requirements:
  - id: kept
    title: Kept chats
    weight: 1
    asks: Chats are kept.
    claim: Looked for chats.
    ready: {contract: chat-messages, say: kept chats}
    partial: {contract: chat-messages, at_least: 40}
    next: ["Keep them."]
    evidence: [model_call]
    slice: Chats
recommendations:
  - {headline: Go, text: "Go on."}
"""


@pytest.mark.parametrize(
    ("records", "status", "claim", "missing"),
    [
        (
            [GOOD, GOOD],
            "ready",
            "Looked for chats. 2 of 2 records in `tests/runs.jsonl` validate against `chat-messages`.",
            (),
        ),
        (
            [GOOD, BAD],
            "partial",
            "Looked for chats. 1 of 2 records in `tests/runs.jsonl` validate against `chat-messages`.",
            (
                "kept chats: 1 of 2 records in `tests/runs.jsonl` validate; first failure at line 2, "
                f"/messages/0/role: {ROLES}",
            ),
        ),
        (
            [BAD],
            "gap",
            "Nothing that serves was found.",
            (
                "kept chats: 0 of 1 record in `tests/runs.jsonl` validates; first failure at line 1, "
                f"/messages/0/role: {ROLES}",
            ),
        ),
        (
            [{"text": "x"}],
            "gap",
            "Nothing that serves was found.",
            ("kept chats: no data file that looks like one (looked for: `messages`)",),
        ),
    ],
)
def test_a_packet_tells_what_validates_and_why_the_rest_does_not(
    repo: Repo, records: list[object], status: str, claim: str, missing: tuple[str, ...]
) -> None:
    repo.write("tests/runs.jsonl", lines(*records).decode())
    repo.write("agent.py", "def run(): ...\n")
    pack = repo.root / "pack.yaml"
    pack.write_text(PACK)
    packs, rulebook = load_rules([str(pack)])

    (result,) = make_packet(read_repository(repo.root, None, rulebook), packs[0]).requirements

    assert (result.status, result.claim, result.missing) == (status, claim, missing)
