"""A history is read back as it was written, and any other file is refused with a line that says how to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from madeup import rich_packet
from test_history import some

from scanner import __version__
from scanner.diff import compare
from scanner.diffpage import diff_to_json
from scanner.errors import UsageError
from scanner.historyfile import read_history
from scanner.historypage import history_json
from scanner.render import packets_to_json, to_json

MEND = "name the JSON of a history, as `scanner history --format json` writes it"


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as problem:
        read_history(path)
    return str(problem.value)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("h.json")


def test_a_history_is_read_as_it_was_written_even_behind_a_byte_order_mark(file: Path) -> None:
    for mark in (b"", b"\xef\xbb\xbf"):
        file.write_bytes(mark + history_json(some()))

        assert read_history(file) == some()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"# Readiness", "h.json is no JSON (JSON is malformed: invalid character (byte 0))"),
        (b"\xff", "h.json is no JSON (JSON is malformed: invalid character (byte 0))"),
        (b"[" * 100_000, "h.json is no JSON (nested too deeply)"),
        (b"[]", "h.json is no history"),
        (b"{}", "h.json is no history: it has no schema version"),
        (b'{"schema_version": "1.0"}', "h.json is no history (Object missing required field `scanner_version`)"),
        (to_json(rich_packet()), "h.json holds a packet and no history"),
        (packets_to_json([rich_packet()]), "h.json holds packets and no history"),
        (diff_to_json(compare(rich_packet(), rich_packet())), "h.json holds a difference and no history"),
    ],
    ids=["text", "bytes", "deep", "list", "empty", "too little", "packet", "packets", "difference"],
)
def test_what_is_no_history_is_refused_with_how_to_mend_it(file: Path, content: bytes, line: str) -> None:
    file.write_bytes(content)

    assert refused(file) == f"{line}; {MEND}"


def test_a_file_that_is_not_there_or_no_file_is_told_in_one_line(file: Path) -> None:
    assert refused(file) == f"there is no file h.json; {MEND}"
    assert refused(Path()) == f". cannot be read: Is a directory; {MEND}"


@pytest.mark.parametrize(
    ("version", "mend"),
    [
        ("0.9", "make the history again with this scanner"),
        ("1.1", "install a newer scanner"),
        ("2.0", "install a newer scanner"),
    ],
)
def test_another_schema_version_is_told_with_the_one_that_is_read(file: Path, version: str, mend: str) -> None:
    file.write_text(json.dumps(json.loads(history_json(some())) | {"schema_version": version}))

    assert refused(file) == f"h.json has schema version {version}, and scanner {__version__} reads 1.0; {mend}"


def set_in_row(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["series"][0]["rows"][0].update({name: value})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda document: document.update(series=[]), "it has no pack"),
        (lambda document: document["series"].append(document["series"][0]), "it has a pack twice"),
        (lambda document: document["series"][0].update(rows=[]), "no commit of the pack `p0`"),
        (set_in_row("commit", "<b>\u202e"), "`<b>\\u202e` is no commit's id"),
        (set_in_row("date", "soon"), "`soon` is no date"),
        (set_in_row("other", ["never"]), "commit 0f0f0f0f0f of the pack `p0` says what cannot be"),
        (
            lambda document: document["series"][0]["rows"][0]["standing"].update(score=101),
            "commit 0f0f0f0f0f of the pack `p0` says what cannot be",
        ),
    ],
    ids=["no pack", "a pack twice", "no rows", "commit", "date", "unknown requirement", "score"],
)
def test_what_no_history_says_is_refused_before_it_is_drawn(
    file: Path, change: Callable[[dict[str, Any]], None], problem: str
) -> None:
    document = json.loads(history_json(some()))
    change(document)
    file.write_text(json.dumps(document))

    assert refused(file) == f"h.json is no history ({problem}); {MEND}"


@given(content=st.binary(max_size=60))
def test_any_other_bytes_are_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any"
    file.write_bytes(content)

    assert len(refused(file).splitlines()) == 1
