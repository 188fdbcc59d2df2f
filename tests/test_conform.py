"""`scanner conform`: a file of an exporter under construction, held against a contract."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from commandline import Shell
from hypothesis import given
from hypothesis import strategies as st

from scanner.conform import Conformity, FailureRow, conform, conformity_json, conformity_text
from scanner.contracts import contract, names
from scanner.errors import UsageError

GOOD = {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]}
BAD = {
    "messages": [
        {"role": "human", "content": 1},
        {"role": "bot", "content": "x"},
        {"role": "assistant", "content": "y"},
    ]
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def held(source: str | bytes, name: str = "a.jsonl") -> Conformity:
    data = source.encode() if isinstance(source, str) else source
    return conform(contract("chat-messages"), io.BytesIO(data), name)


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def test_failures_are_counted_by_pointer_with_the_line_of_the_first() -> None:
    found = held(lines(GOOD, BAD, GOOD, BAD))

    assert (found.records, found.valid, found.unit, found.holds) == (4, 2, "line", False)
    assert [(row.pointer, row.records, row.first) for row in found.failures] == [
        ("/messages/*/content", 2, 2),
        ("/messages/*/role", 2, 2),
    ]


@pytest.mark.parametrize(
    ("source", "name", "unit", "records"),
    [
        (lines(GOOD, GOOD), "a.jsonl", "line", 2),
        (lines(GOOD, GOOD), "a.json", "line", 2),
        (json.dumps([GOOD, GOOD, GOOD]), "a.json", "record", 3),
        (json.dumps([GOOD, GOOD], indent=2), "standard input", "record", 2),
        (json.dumps(GOOD, indent=2), "standard input", "record", 1),
        ("\n\n" + lines(GOOD) + "\n" + lines(GOOD), "a", "line", 2),
    ],
)
def test_json_lines_a_list_and_one_record_are_told_apart(source: str, name: str, unit: str, records: int) -> None:
    found = held(source, name)

    assert (found.unit, found.records, found.valid, found.holds) == (unit, records, records, True)


def test_lines_that_are_no_json_are_told_with_their_number_whatever_the_name() -> None:
    for name in ("a.jsonl", "standard input"):
        found = held('{"messages"\n' + lines(GOOD), name)

        assert (found.records, found.valid) == (2, 1)
        assert found.failures == (FailureRow("", "is no JSON", 1, 1),)


def test_a_file_without_a_record_does_not_conform() -> None:
    assert not held("").holds
    assert conformity_text(held("\n \n"), 20) == "a.jsonl: holds no record\n"


def test_a_line_that_never_ends_is_one_record_that_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.conform.LONGEST_LINE", 100)

    found = held(lines(GOOD)[:60] + "x" * 1_000 + "\n" + '{"messages": []}\n')

    assert [(row.why, row.first) for row in found.failures if row.pointer == ""] == [("is no JSON", 1)]
    assert found.records == 2


def test_a_json_document_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.conform.LONGEST_DOCUMENT", 100)

    with pytest.raises(UsageError, match="write one record a line instead"):
        held(json.dumps([GOOD] * 5, indent=2), "a.json")


def test_so_many_ways_to_fail_are_shown_and_the_rest_is_counted() -> None:
    found = held(lines(BAD))

    assert conformity_text(found, 1) == (
        "pointer              records  first line  why\n"
        "/messages/*/content  1        1           is a number, not text, a list or null\n"
        "\n"
        "1 more way to fail; see them with --limit 0\n"
        "a.jsonl: 0 of 1 record validates against chat-messages\n"
    )
    answer = json.loads(conformity_json(found, 1))
    assert (len(answer["failures"]), answer["failures_in_all"], answer["conforms"]) == (1, 2, False)
    assert len(json.loads(conformity_json(found, 0))["failures"]) == 2


def test_hostile_keys_do_not_make_a_table_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.conform._MOST_ROWS", 5)
    rows = [{"metric_name": "m", "value": 1, "episode_id": "", "tags": {f"k{at}": 1}} for at in range(50)]

    found = conform(contract("tensorzero-feedback"), io.BytesIO(lines(*rows).encode()), "a.jsonl")

    assert len(found.failures) <= 6
    assert found.records == 50


@given(st.binary(max_size=300), st.sampled_from(names()), st.sampled_from(["a.jsonl", "a.json"]))
def test_any_bytes_get_an_answer(source: bytes, name: str, file: str) -> None:
    found = conform(contract(name), io.BytesIO(source), file)

    assert 0 <= found.valid <= found.records
    assert conformity_text(found, 0)


def test_the_command_exits_with_1_where_a_record_fails_and_0_where_all_validate(shell: Shell) -> None:
    (shell.here / "good.jsonl").write_text(lines(GOOD))
    (shell.here / "bad.jsonl").write_text(lines(GOOD, BAD))

    good = shell.run("conform", "--contract", "chat-messages", "good.jsonl")
    bad = shell.run("conform", "--contract", "chat-messages", "bad.jsonl", "--format", "json")

    assert (good.code, good.out) == (0, "good.jsonl: 1 of 1 record validates against chat-messages\n")
    assert (bad.code, bad.err) == (1, "")
    assert json.loads(bad.out)["valid"] == 1


def test_standard_input_is_read_where_the_file_is_a_dash(shell: Shell) -> None:
    done = shell.run("conform", "--contract", "codeact", "-")

    assert (done.code, done.out) == (1, "standard input: holds no record\n")


def test_contracts_are_listed_with_their_keys_and_in_json_with_their_source(shell: Shell) -> None:
    listed = shell.run("conform", "--list")
    answer = json.loads(shell.run("conform", "--list", "--format", "json").out)

    assert [line.split()[0] for line in listed.out.splitlines()] == list(names())
    assert all("https://" in each["source"] for each in answer["contracts"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--contract", "codeac", "a"), "no contract is called `codeac`; write `codeact`"),
        (("--contract", "codeact", "nothing.jsonl"), "cannot read nothing.jsonl: No such file or directory"),
        (("--contract", "codeact", "."), "cannot read .: Is a directory"),
        (
            ("--contract", "codeact"),
            "name a contract and a file, as in `scanner conform --contract codeact FILE`; see --list",
        ),
        (("--list", "a"), "--list stands alone; leave out FILE and --contract"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_line(shell: Shell, words: tuple[str, ...], said: str) -> None:
    assert shell.fails("conform", *words, code=2) == said
