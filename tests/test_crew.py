"""What a file may cost that ends the process, never ends, or takes all memory: itself, and no other."""

from __future__ import annotations

import ctypes
import faulthandler
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Repo

import scanner.crew
import scanner.limits
import scanner.scan
from scanner.candidates import FileReport
from scanner.look import Looker
from scanner.repository import Entry

CALL = "import acme\n\n\ndef ask():\n    acme.completion()\n"

pytestmark = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="what a test puts into a worker, a fork takes along"
)


def end_in_native_code() -> None:
    faulthandler.disable()  # it tells of tests, and these are none
    ctypes.string_at(0)


def abort() -> None:
    faulthandler.disable()
    os.abort()


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave() -> None:
    os._exit(0)


def never_end_in_native_code() -> None:
    re.match(r"(a+)+$", "a" * 60 + "!")


def wait_without_end() -> None:
    time.sleep(3600)


def take_all_memory() -> None:
    bytearray(1 << 45)


def be_broken() -> None:
    raise KeyError("nothing that anybody expects")


@pytest.fixture
def failures(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], object]], dict[str, tuple[str, str]]]:
    """Scans a repository with one file at which something happens; gives the failures by path."""

    def scanned(happens: Callable[[], object]) -> dict[str, tuple[str, str]]:
        for number in range(4):
            repo.write(f"agent_{number}.py", CALL)
        repo.write("deadly.py", CALL)
        look = Looker.look

        def looked(self: Looker, entry: Entry, external: dict[str, str]) -> FileReport:
            if entry.path == "deadly.py":
                happens()
            return look(self, entry, external)

        monkeypatch.setattr(Looker, "look", looked)
        monkeypatch.setattr(scanner.scan, "workers_for", lambda _size: 2)
        found = repo.scan()
        assert len(found.touchpoints) == 4, "the other files are read"
        return {head.path: head.failure for head in found.reports.heads if head.failure[0]}

    return scanned


Failures = Callable[[Callable[[], object]], dict[str, tuple[str, str]]]


@pytest.mark.parametrize(
    ("happens", "reason", "detail"),
    [
        (end_in_native_code, "crashed", "the parser ended its process"),
        (abort, "crashed", "the parser ended its process, as where it finds no more memory"),
        (be_killed, "crashed", "its process was killed, as where memory runs out"),
        (leave, "crashed", "the parser ended its process"),
        (take_all_memory, "crashed", "an internal error: MemoryError"),
        (be_broken, "crashed", "an internal error: KeyError"),
    ],
)
def test_a_file_that_ends_its_process_costs_itself(
    failures: Failures, happens: Callable[[], object], reason: str, detail: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert failures(happens) == {"deadly.py": (reason, detail)}
    assert capfd.readouterr().err == "", "what native code says of its end is nothing to the user"


def test_a_file_on_which_native_code_never_ends_is_over_its_budget(
    failures: Failures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner.limits, "SECONDS", 1)

    ((path, (reason, _)),) = failures(never_end_in_native_code).items()

    assert (path, reason) == ("deadly.py", "over budget")


def test_a_file_that_only_waits_is_over_its_budget_too(failures: Failures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner.crew, "PATIENCE", 1)
    monkeypatch.setattr(scanner.crew, "_TICK", 0.2)

    ((path, (reason, _)),) = failures(wait_without_end).items()

    assert (path, reason) == ("deadly.py", "over budget")


def test_a_file_at_which_a_worker_dies_once_is_read_the_second_time(failures: Failures, tmp_path: Path) -> None:
    def die_once() -> None:
        if not (tmp_path / "died").exists():
            (tmp_path / "died").touch()
            be_killed()

    with pytest.raises(AssertionError, match="the other files are read"):
        failures(die_once)  # all five are


def test_workers_end_with_the_process_that_started_them(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        repo.write(f"agent_{number}.py", CALL)
    monkeypatch.setattr(scanner.scan, "workers_for", lambda _size: 2)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        look = Looker.look

        def told(self: Looker, entry: Entry, external: dict[str, str]) -> FileReport:
            os.write(writing, b"here")
            return look(self, entry, external)

        Looker.look = told  # type: ignore[method-assign]  # in this process alone
        repo.scan()
        os._exit(0)
    os.close(writing)
    assert os.read(reading, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while os.read(reading, 1024):  # it ends when the last worker has let go of it
        pass
    os.close(reading)
