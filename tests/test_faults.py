"""What machines do to programs, at every point of a write and in whole runs: nothing is broken, lost or left behind.

`benchmarks/faults.py` does far more of it; docs/reliability.md has its figures.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from commandline import COMMAND, PROJECT, Done, Shell, environment

from scanner import output
from scanner.cache import Cache
from scanner.errors import UsageError
from scanner.leaving import Stopped, listen
from scanner.output import alone, write_folder

FAULTY = (sys.executable, str(PROJECT / "benchmarks" / "faulty.py"))
PACKET = ("packet", "--rules", "tensorzero", "--repo", "agent", "--format", "json")
CODE = """
import openai

client = openai.OpenAI()


def ask_{}(messages):
    return client.chat.completions.create(model="gpt-4o", messages=messages)
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a fault is done to a fork of the test")


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
    return import_module("faulty")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    for name in ("one", "two"):
        made.write(f"agent/{name}.py", CODE.format(name))
    return made


def with_faults(faulty: Any, fault: str, work: Callable[[], object]) -> Iterator[tuple[int, int]]:
    """Do some work in forks, each with a fault at one point later, until there is none; gives exit codes and points."""
    at = 0
    is_over = False
    while not is_over:
        at += 1
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            code = 70
            points = faulty.Points(fault, at)
            faulty.install(points)
            signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
            try:
                listen()
                work()
                code = 0
            except UsageError:
                code = 2
            except Stopped as stopped:
                code = stopped.exit_code
            finally:
                os.write(writing, str(len(points.passed)).encode())
                os._exit(code)
        os.close(writing)
        passed = int(os.read(reading, 20) or at)  # a process that was killed says nothing
        os.close(reading)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        is_over = passed < at
        yield code, at


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


OLD = {"a.json": b"old a\n", "b.json": b"old b\n", "manifest.json": b"old\n"}
NEW = {"a.json": b"new a\n", "b.json": b"new b\n", "c.json": b"new c\n", "manifest.json": b"new\n"}


@pytest.mark.parametrize(
    ("fault", "codes"), [("ENOSPC", {0, 2}), ("EIO", {0, 2}), ("SIGINT", {0, 130}), ("SIGTERM", {0, 143})]
)
def test_files_that_belong_together_are_all_old_or_all_new_wherever_a_write_ends(
    tmp_path: Path, faulty: Any, fault: str, codes: set[int]
) -> None:
    seen = set()
    for number, (code, at) in enumerate(with_faults(faulty, fault, lambda: write_folder(folder[0], NEW, force=True))):
        found = contents(folder[0])
        if fault == "EIO":  # what failed may have been its removal
            found = {name: content for name, content in found.items() if not name.endswith(".tmp")}
        assert code in codes, at
        assert found in (OLD, NEW), at
        seen.add(code)
        folder[0] = old_folder(tmp_path / str(number + 1))
    assert seen == codes


@pytest.fixture(autouse=True)
def _first_folder(tmp_path: Path) -> None:
    folder[:] = [old_folder(tmp_path / "0")]


#: The folder of the next try.
folder: list[Path] = []


def old_folder(path: Path) -> Path:
    path.mkdir()
    for name, content in OLD.items():
        (path / name).write_bytes(content)
    return path


def test_a_process_that_is_killed_while_it_writes_leaves_whole_files(tmp_path: Path, faulty: Any) -> None:
    mixed = 0
    for number, (code, at) in enumerate(
        with_faults(faulty, "SIGKILL", lambda: write_folder(folder[0], NEW, force=True))
    ):
        found = {name: content for name, content in contents(folder[0]).items() if not name.endswith(".tmp")}
        assert code in (0, -signal.SIGKILL), at
        assert all(content in (OLD.get(name), NEW[name]) for name, content in found.items()), at
        mixed += found not in (OLD, NEW)
        write_folder(folder[0], NEW, force=True)
        assert {**contents(folder[0]), **NEW} == contents(folder[0]), "a later run writes all of it"
        folder[0] = old_folder(tmp_path / str(number + 1))
    assert mixed < len(NEW), "between two renames, and nowhere else"


def test_a_cache_that_fails_anywhere_costs_entries_and_no_run(tmp_path: Path, faulty: Any) -> None:
    entries = {bytes([number]) * 16: bytes([number]) * 5_000 for number in range(20)}

    def use() -> None:
        cache = Cache(tmp_path / "cache")
        cache.put(entries)
        assert set(cache.get(entries).items()) <= set(entries.items())

    for fault in ("ENOSPC", "EIO"):
        assert {code for code, _ in with_faults(faulty, fault, use)} == {0}
    use()
    assert Cache(tmp_path / "cache").get(entries) == entries


def test_a_folder_is_one_runs_at_a_time_and_no_longer_once_that_run_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with alone(tmp_path):
            os.write(writing, b"held")
            signal.pause()
        os._exit(1)
    os.read(reading, 4)
    monkeypatch.setattr(output, "_PATIENCE", 0)
    with output._locked(tmp_path) as is_alone:
        assert not is_alone
    write_folder(tmp_path, NEW)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with output._locked(tmp_path) as is_alone:
        assert is_alone
    for descriptor in (reading, writing):
        os.close(descriptor)


def test_nobody_elses_file_is_swept_while_another_run_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = tmp_path / f".scanner-{'a' * 16}.tmp"
    waiting.write_text("half")
    os.utime(waiting, (1, 1))  # as where a clock went forward meanwhile
    monkeypatch.setattr(output, "_PATIENCE", 0)
    with alone(tmp_path.parent), output._locked(tmp_path):
        write_folder(tmp_path, NEW)
        assert waiting.exists()
    write_folder(tmp_path, NEW)
    assert not waiting.exists()


# Whole runs, as users start them.


def run(shell: Shell, *words: str, program: tuple[str, ...] = COMMAND, cache: str = "kept", **more: Any) -> Done:
    done = subprocess.run(
        [*program, *words],
        cwd=shell.here,
        env=environment(shell.home, SCANNER_CACHE_DIR=str(shell.here / cache) if cache else ""),
        stdin=subprocess.DEVNULL,
        check=False,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
    )
    return Done(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())


def test_a_terminated_run_takes_its_workers_along_and_says_so(shell: Shell) -> None:
    reading, held = os.pipe()
    stopping = subprocess.Popen(
        [*FAULTY, "worker:SIGSTOP", "1", *PACKET],  # what its worker reads takes until somebody ends it
        cwd=shell.here,
        env=environment(shell.home, SCANNER_CACHE_DIR=""),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(held,),
    )
    os.close(held)
    while not (shell.here / "hit").exists():
        assert stopping.poll() is None, "it waits for its worker"
    stopping.send_signal(signal.SIGTERM)
    out, err = stopping.communicate()
    assert (stopping.returncode, out, err) == (143, b"", b"error: terminated\n")
    assert select.select([reading], [], [], 30)[0], "its worker holds that pipe open"
    os.close(reading)


def test_a_worker_that_is_ended_once_changes_nothing_and_one_that_always_is_costs_that_run_its_file(
    shell: Shell,
) -> None:
    whole = run(shell, *PACKET, cache="")
    once = run(shell, *PACKET, program=(*FAULTY, "worker:SIGTERM", "1"), cache="")
    always = run(shell, *PACKET, program=(*FAULTY, "workers:SIGKILL", "1"))
    assert (shell.here / "hit").exists()
    assert once == whole
    assert [spot["path"] for spot in json.loads(always.out)["blind_spots"] if spot["reason"] == "crashed"] == ["one.py"]
    assert run(shell, *PACKET) == whole, "what happened to a run is not remembered of the files"


@pytest.mark.parametrize("seconds", [-10 * 365 * 86_400, 10 * 365 * 86_400])
def test_a_clock_that_jumps_during_a_run_changes_nothing(shell: Shell, seconds: int) -> None:
    whole = run(shell, *PACKET)
    shell.write("agent/two.py", CODE.format("changed"))
    jumped = run(shell, *PACKET, program=(*FAULTY, f"clock:{seconds}", "2"))
    assert jumped != whole
    assert jumped == run(shell, *PACKET) == run(shell, *PACKET, cache="")


def test_runs_at_once_with_one_cache_and_one_folder_write_what_each_would_alone(shell: Shell) -> None:
    words = [*COMMAND, *PACKET[:-2], "--output-dir"]
    variables = environment(shell.home, SCANNER_CACHE_DIR=str(shell.here / "kept"))
    runs = [subprocess.Popen([*words, "out"], cwd=shell.here, env=variables, stderr=subprocess.PIPE) for _ in range(3)]
    assert [each.communicate()[1] for each in runs] == [b""] * 3
    assert [each.returncode for each in runs] == [0] * 3
    assert run(shell, *words[len(COMMAND) :], "alone", cache="").code == 0
    assert contents(shell.here / "out") == contents(shell.here / "alone")


def test_too_few_open_files_are_one_line_and_3_and_no_blind_spots(shell: Shell) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (24, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    done = run(shell, *PACKET, preexec_fn=limit)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("error: too few files may be open at once (Too many open files)")
    assert len(done.err.splitlines()) == 1


GATE = ("check", "--rules", "tensorzero", "--repo", "agent", "--min-score", "100")


@pytest.mark.parametrize(
    ("redirection", "words", "code", "said"),
    [
        (">&-", PACKET, 2, "error: cannot write to standard output: Bad file descriptor\n"),
        (">&- <&-", (*PACKET, "-o", "packet.json"), 0, ""),
        ("2>&-", PACKET, 0, ""),
        (">/dev/full", ("rules", "list"), 2, "error: cannot write to standard output: No space left on device\n"),
        ("2>&1 >/dev/null | true", (*PACKET, "--no-such"), 2, ""),
    ],
)
def test_a_standard_stream_that_is_closed_or_full_is_one_line_or_nothing(
    shell: Shell, redirection: str, words: tuple[str, ...], code: int, said: str
) -> None:
    done = run(shell, "-c", f'set -o pipefail; "$@" {redirection}', "bash", *COMMAND, *words, program=("bash",))
    assert (done.code, done.err) == (code, said)
    if "-o" in words:
        json.loads((shell.here / "packet.json").read_bytes())


@pytest.mark.parametrize("redirection", ["", "| true", "2>&1 | true", ">/dev/null 2>&-"])
def test_a_gate_that_fails_does_so_whoever_reads_what_it_says(shell: Shell, redirection: str) -> None:
    done = run(shell, "-c", f'set -o pipefail; "$@" {redirection}', "bash", *COMMAND, *GATE, program=("bash",))
    assert done.code == 1


def test_ctrl_c_before_the_program_is_up_is_no_traceback(shell: Shell) -> None:
    for at in range(12):
        starting = subprocess.Popen(
            [sys.executable, "-v", *COMMAND[1:], *PACKET],
            cwd=shell.here,
            env=environment(shell.home, SCANNER_CACHE_DIR=""),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        assert starting.stderr is not None
        imports = (line for line in starting.stderr if line.startswith("import 'scanner."))
        with suppress(StopIteration):
            for _ in range(at + 1):
                next(imports)
        starting.send_signal(signal.SIGINT)
        assert "Traceback" not in starting.stderr.read()
        assert starting.wait() in (130, -signal.SIGINT)
