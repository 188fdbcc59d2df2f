"""What is kept of earlier scans: it comes back as it was or not at all, and never does harm."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from commandline import PROJECT, SAMPLE, Shell, environment
from hypothesis import given
from hypothesis import strategies as st

from scanner import cache as module
from scanner.cache import Cache, Info, decoded, users_cache
from scanner.candidates import FileReport

#: Writes forever, one batch after the other; every value says what it must be.
WRITER = """
import hashlib, itertools, sys
from pathlib import Path
from scanner.cache import Cache
cache = Cache(Path(sys.argv[1]))
print("ready", flush=True)
for number in itertools.count(int(sys.argv[2])):
    key = hashlib.sha256(str(number).encode()).digest()
    cache.put({key + bytes([part]): key * 100 for part in range(20)})
    if number == int(sys.argv[3]):
        break
"""


def file_of(folder: Path) -> Path:
    return folder / "entries.sqlite3"


@given(st.dictionaries(st.binary(min_size=1, max_size=40), st.binary(max_size=2_000), max_size=20))
def test_what_is_kept_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[bytes, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    Cache(folder).put(entries)
    assert Cache(folder).get([*entries, b"\0" * 41]) == entries


def test_an_entry_that_is_kept_again_is_replaced(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put({b"a": b"1", b"b": b"2"})
    cache.put({b"a": b"3"})
    assert cache.get([b"a", b"b"]) == {b"a": b"3", b"b": b"2"}


def test_asking_an_empty_cache_makes_no_file(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "new")
    assert cache.get([b"a"]) == {}
    assert cache.info().entries == 0
    assert not (tmp_path / "new").exists()


def test_nothing_is_kept_without_a_directory() -> None:
    cache = Cache(None)
    cache.put({b"a": b"1"})
    assert cache.get([b"a"]) == {}
    assert not cache.is_on
    assert cache.info().directory == ""
    cache.clear()


@pytest.mark.parametrize(
    "garbage", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 4096], ids=["empty", "text", "torn"]
)
def test_a_file_that_is_no_database_is_replaced(tmp_path: Path, garbage: bytes) -> None:
    file_of(tmp_path).write_bytes(garbage)
    cache = Cache(tmp_path)
    assert cache.get([b"a"]) == {}
    cache.put({b"a": b"1"})
    cache.put({b"a": b"1"})
    assert Cache(tmp_path).get([b"a"]) == {b"a": b"1"}


def test_an_entry_whose_content_was_spoilt_is_not_there_and_its_neighbour_is(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put({b"a": b"sound" * 100, b"b": b"spoilt" * 100})
    cache.close()
    content = file_of(tmp_path).read_bytes()
    assert content.count(b"spoilt" * 100) == 1
    file_of(tmp_path).write_bytes(content.replace(b"spoilt" * 100, b"spoilT" * 100))
    assert cache.get([b"a", b"b"]) == {b"a": b"sound" * 100}
    cache.put({b"b": b"mended"})
    assert cache.get([b"b"]) == {b"b": b"mended"}


def test_a_file_of_another_version_is_replaced(tmp_path: Path) -> None:
    with sqlite3.connect(file_of(tmp_path)) as connection:
        connection.execute("create table entries (other text)")
        connection.execute("pragma user_version = 99")
    cache = Cache(tmp_path)
    assert cache.get([b"a"]) == {}
    cache.put({b"a": b"1"})
    assert cache.get([b"a"]) == {b"a": b"1"}


@pytest.mark.parametrize(
    "schema",
    [
        "create view entries as with recursive t(key, value, used) as (select x'00', x'00', 1 union all "
        "select key, value, used + 1 from t) select key, value, used from t",
        "create table entries (key blob primary key, value blob not null, used integer not null); "
        "create trigger t after insert on entries begin delete from entries; end",
        "create table others (key)",
    ],
)
@pytest.mark.parametrize("version", [0, 1])
def test_a_file_with_other_tables_than_ours_is_replaced(tmp_path: Path, schema: str, version: int) -> None:
    with closing(sqlite3.connect(file_of(tmp_path))) as connection:
        connection.executescript(f"{schema}; pragma user_version = {version}")
    cache = Cache(tmp_path)
    assert cache.get([b"a"]) == {}
    cache.put({b"a": b"1"})
    assert Cache(tmp_path).get([b"a"]) == {b"a": b"1"}


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x91" * 200_000,
        b"\xdd\xff\xff\xff\xff\x01",
        b"\xdb\xff\xff\xff\xff",
        b"\x93\xa2\xff\xfe\x01\x01",
        b"\xc1",
    ],
    ids=["empty", "deep", "long list", "long text", "no text", "no type"],
)
def test_an_entry_that_somebody_made_up_is_no_record(value: bytes) -> None:
    assert decoded(value, Info) is None
    assert decoded(value, dict[str, int]) is None
    assert decoded(value, tuple[str, int, int]) is None


@given(st.binary(max_size=200))
def test_no_entry_stops_a_run(value: bytes) -> None:
    decoded(value, FileReport)


def super_journal(database: Path, named: Path) -> bytes:
    """A journal of one of several databases, as a crash leaves it, that names another file as theirs."""
    page = int.from_bytes(database.read_bytes()[16:18], "big")
    magic, name = bytes.fromhex("d9d505f920a163d7"), os.fsencode(named)
    head = magic + struct.pack(">IIIII", 0, 0, database.stat().st_size // page, 512, page)
    end = struct.pack(">I", 2**30 // page + 1) + name + struct.pack(">II", len(name), sum(name)) + magic
    return head.ljust(512, b"\0") + end


@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_a_journal_that_names_another_file_neither_deletes_nor_opens_it(tmp_path: Path, kind: str) -> None:
    Cache(tmp_path).put({b"a": b"1"})
    victim = tmp_path / "precious.txt"
    if kind == "pipe":
        os.mkfifo(victim)
    else:
        victim.write_text("work")
    journal = tmp_path / "entries.sqlite3-journal"
    journal.write_bytes(super_journal(file_of(tmp_path), victim))

    assert Cache(tmp_path).get([b"a"]) == {}

    assert victim.exists()
    assert not journal.exists()


def test_such_a_journal_would_delete_the_file(tmp_path: Path) -> None:
    Cache(tmp_path).put({b"a": b"1"})
    (tmp_path / "precious.txt").write_text("work")
    journal = super_journal(file_of(tmp_path), tmp_path / "precious.txt")
    (tmp_path / "entries.sqlite3-journal").write_bytes(journal)

    with closing(sqlite3.connect(file_of(tmp_path))) as connection:
        connection.execute("pragma user_version").fetchone()

    assert not (tmp_path / "precious.txt").exists()


@pytest.mark.parametrize("name", ["entries.sqlite3", "entries.sqlite3-journal", "entries.sqlite3-wal"])
def test_a_link_to_somebodys_file_or_a_pipe_is_replaced_and_not_opened(tmp_path: Path, name: str) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("create table mine(a)")
    before = other.read_bytes()
    folder = tmp_path / "cache"
    for spoil in (lambda file: file.symlink_to(other), os.mkfifo):
        Cache(folder).put({b"a": b"1"})
        (folder / name).unlink(missing_ok=True)
        spoil(folder / name)

        Cache(folder).put({b"b": b"2"})

        assert Cache(folder).get([b"b"]) == {b"b": b"2"}
        assert other.read_bytes() == before


def test_a_database_of_somebody_else_gets_no_table_of_ours(tmp_path: Path) -> None:
    with closing(sqlite3.connect(file_of(tmp_path))) as connection:
        connection.execute("create table mine(a)")
    other = tmp_path / "other.db"
    os.link(file_of(tmp_path), other)
    before = other.read_bytes()

    Cache(tmp_path).put({b"a": b"1"})

    assert other.read_bytes() == before


def test_a_place_that_cannot_be_written_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "cache")
    cache.put({b"a": b"1"})
    assert cache.get([b"a"]) == {}


def test_what_was_not_used_for_longest_goes_when_there_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMIT", 400_000)
    monkeypatch.setattr(module, "_KEPT", 300_000)
    days = iter(range(1, 1_000))
    monkeypatch.setattr(module.time, "time", lambda: next(days) * 86_400.0)
    cache = Cache(tmp_path)
    cache.put({b"used": b"u" * 20_000})
    for number in range(50):
        cache.put({b"%d" % number: bytes(20_000)})
        assert list(cache.get([b"used"])) == [b"used"]
        assert file_of(tmp_path).stat().st_size < 600_000
    assert cache.get([b"0", b"1"]) == {}
    assert list(cache.get([b"49"])) == [b"49"]


def test_what_a_clock_that_was_ahead_says_was_used_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 100_000)
    monkeypatch.setattr(module, "_KEPT", 80_000)
    now = 9e8
    monkeypatch.setattr(module.time, "time", lambda: now)
    cache = Cache(tmp_path)
    cache.put({b"ahead": bytes(50_000)})
    now = 5e8
    cache.put({b"today": bytes(50_000)})
    cache.put({b"later": bytes(20_000)})
    assert set(cache.get([b"ahead", b"today", b"later"])) == {b"today", b"later"}


def test_an_entry_under_another_key_is_none(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put({b"a": b"1", b"b": b"2"})
    cache.close()
    with closing(sqlite3.connect(file_of(tmp_path))) as connection:
        connection.execute("update entries set key = x'63' where key = x'61'")
        connection.commit()
    assert cache.get([b"a", b"b", b"c"]) == {b"b": b"2"}


def test_a_cache_that_another_run_does_not_let_go_of_is_waited_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Cache(tmp_path).put({b"a": b"1"})
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    cache = Cache(tmp_path)
    with closing(sqlite3.connect(file_of(tmp_path))) as other:
        other.execute("begin exclusive")
        assert cache.get([b"a"]) == {}
    assert cache.get([b"a"]) == {}
    assert Cache(tmp_path).get([b"a"]) == {b"a": b"1"}


def test_two_runs_at_once_keep_what_both_write(tmp_path: Path) -> None:
    words = [sys.executable, "-c", WRITER, str(tmp_path / "shared")]
    runs = [subprocess.Popen([*words, str(at), str(at + 30)], env=environment(tmp_path)) for at in (0, 1_000)]
    assert [run.wait() for run in runs] == [0, 0]
    assert Cache(tmp_path / "shared").info().entries == 2 * 31 * 20


def test_a_run_that_looks_while_another_makes_the_file_does_not_remove_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Disturbed(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql.startswith("pragma user_version ="):
                assert Cache(tmp_path).get([b"a"]) == {}
            return super().execute(sql, *values)

    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Disturbed))
    Cache(tmp_path).put({b"a": b"1"})
    assert Cache(tmp_path).get([b"a"]) == {b"a": b"1"}


def test_a_journal_that_another_run_just_began_is_none_that_names_a_file(tmp_path: Path) -> None:
    Cache(tmp_path).put({b"a": b"1"})
    begun = bytes.fromhex("d9d505f920a163d7")
    file_of(tmp_path).with_name("entries.sqlite3-journal").write_bytes(begun)
    assert Cache(tmp_path).get([b"a"]) == {b"a": b"1"}


def test_a_killed_run_leaves_whole_entries_or_none(tmp_path: Path) -> None:
    import hashlib

    for number in range(15):
        start = number * 100_000
        words = [sys.executable, "-c", WRITER, str(tmp_path / "shared"), str(start), str(start + 99_999)]
        run = subprocess.Popen(words, env=environment(tmp_path), stdout=subprocess.PIPE)
        assert run.stdout is not None
        run.stdout.readline()
        while not Cache(tmp_path / "shared").get([hashlib.sha256(str(start + number).encode()).digest() + b"\0"]):
            assert run.poll() is None, "it writes until it is killed"
        run.send_signal(signal.SIGKILL)
        run.wait()
        run.stdout.close()
        cache = Cache(tmp_path / "shared")
        for at in range(start, start + number + 1):
            key = hashlib.sha256(str(at).encode()).digest()
            found = cache.get([key + bytes([part]) for part in range(20)])
            assert len(found) == 20
            assert set(found.values()) == {key * 100}
        cache.close()


def test_the_environment_says_where_it_lies_or_that_there_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SCANNER_CACHE_DIR", str(tmp_path))
    assert users_cache().info().directory == str(tmp_path)
    monkeypatch.setenv("SCANNER_CACHE_DIR", "")
    assert not users_cache().is_on
    monkeypatch.delenv("SCANNER_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert users_cache().is_on


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_the_command_says_what_is_kept_and_forgets_it(shell: Shell) -> None:
    where = {"SCANNER_CACHE_DIR": str(shell.here / "kept")}
    shell.sample()
    assert shell.run("seams", "--repo", "errand", **where).code == 0
    told = json.loads(shell.run("cache", "info", "--format", "json", **where).out)
    assert told["directory"] == where["SCANNER_CACHE_DIR"]
    assert told["entries"] > 20
    assert 0 < told["bytes"] < told["file_bytes"] < told["limit"]
    assert f"{told['entries']} entries" in shell.run("cache", "info", **where).out
    assert shell.run("cache", "clear", **where) == (0, "", "")
    assert json.loads(shell.run("cache", "info", "--format", "json", **where).out)["entries"] == 0
    assert shell.run("cache", "info", SCANNER_CACHE_DIR="").out == "off: SCANNER_CACHE_DIR is empty\n"


def test_a_scan_without_cache_leaves_none(shell: Shell) -> None:
    shell.sample()
    done = shell.run("seams", "--repo", "errand", "--no-cache", SCANNER_CACHE_DIR=str(shell.here / "kept"))
    assert done.code == 0
    assert not (shell.here / "kept").exists()


def test_a_spoilt_cache_changes_no_answer(shell: Shell) -> None:
    where = {"SCANNER_CACHE_DIR": str(shell.here / "kept")}
    shell.sample()
    asked = ("packet", "--rules", "tensorzero", "--repo", "errand", "--format", "json")
    first = shell.run(*asked, **where)
    file = file_of(shell.here / "kept")
    content = bytearray(file.read_bytes())
    for at in range(20_000, len(content), 9_973):
        content[at] ^= 0x55
    file.write_bytes(content)
    assert shell.run(*asked, **where) == first
    assert shell.run(*asked, **where) == first


def test_records_that_say_what_no_file_does_are_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.api import load_rules, read_repository

    def astray(*_: object) -> object:
        raise KeyError

    monkeypatch.setenv("SCANNER_CACHE_DIR", str(tmp_path))
    _, rulebook = load_rules(["tensorzero"])
    reports = read_repository(SAMPLE, None, rulebook).reports
    monkeypatch.setattr("scanner.looked.Looked._held", astray)
    assert read_repository(SAMPLE, None, rulebook).reports == reports


def test_a_cache_that_holds_less_than_one_scan_changes_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scanner.api import load_rules, packets_at

    packs, rulebook = load_rules(["tensorzero"])
    monkeypatch.setenv("SCANNER_CACHE_DIR", "")
    anew = packets_at(SAMPLE, None, packs, rulebook)
    monkeypatch.setattr(module, "LIMIT", 60_000)
    monkeypatch.setattr(module, "_KEPT", 40_000)
    monkeypatch.setattr("scanner.looked._MOST_BYTES", 5_000)
    monkeypatch.setenv("SCANNER_CACHE_DIR", str(tmp_path))
    for _ in range(3):
        assert packets_at(SAMPLE, None, packs, rulebook) == anew
    assert file_of(tmp_path).stat().st_size < 1_000_000


def test_another_release_of_a_library_is_another_scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner import engine as room

    before = room.engine(Cache(tmp_path))
    assert before == room.engine(Cache(tmp_path / "other"))
    monkeypatch.setattr(room, "_releases", lambda: ["tree_sitter-99.dist-info"])
    assert room.engine(Cache(tmp_path)) != before


def test_the_scanner_is_known_by_what_its_files_hold(tmp_path: Path) -> None:
    asked = "from scanner.cache import Cache; from scanner.engine import engine; print(engine(Cache(None)).hex())"

    def engine_at(folder: Path) -> str:
        words = [sys.executable, "-c", asked]
        variables = environment(tmp_path, PYTHONPATH=str(folder))
        return subprocess.run(words, cwd=folder, env=variables, check=True, capture_output=True, text=True).stdout

    copy = tmp_path / "copy"
    for name in ("scanner", "rules"):
        shutil.copytree(PROJECT / name, copy / name)
    os.utime(copy / "scanner" / "words.py", (1, 1))
    assert engine_at(copy) == engine_at(PROJECT)
    with (copy / "rules" / "vocabulary.yaml").open("a") as file:
        file.write("# more\n")
    assert engine_at(copy) != engine_at(PROJECT)
