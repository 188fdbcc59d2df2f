"""Work in a process of its own: what it yields, and what is said of work that does not end."""

from __future__ import annotations

import ctypes
import faulthandler
import multiprocessing
import os
import re
import signal
from collections.abc import Callable

import pytest
from conftest import Repo

import scanner.aside
from scanner.aside import Ended, aside
from scanner.explain import Explainer, Unread
from scanner.explaining import explain_labels, explain_line
from scanner.labels import Label

pytestmark = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="without forks it is done here"
)
AGENT = "import acme\n\n\ndef ask():\n    acme.completion()\n"


def end_in_native_code() -> int:
    faulthandler.disable()  # it tells of tests, and this is none
    ctypes.string_at(0)
    return 1


def be_killed() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 1


def take_all_memory() -> int:
    return len(bytearray(1 << 45))


def never_end(*_words: object) -> int:
    re.match(r"(a+)+$", "a" * 60 + "!")
    return 1


def test_what_work_yields_is_handed_over() -> None:
    assert aside(lambda: ("a", os.getpid() != parent), tuple[str, bool]) == ("a", True)


parent = os.getpid()


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (end_in_native_code, Ended("crashed", "the parser ended its process")),
        (be_killed, Ended("crashed", "its process was killed, as where memory runs out")),
        (take_all_memory, Ended("crashed", "an internal error")),
    ],
)
def test_work_that_ends_its_process_says_why(
    work: Callable[[], int], why: Ended, capfd: pytest.CaptureFixture[str]
) -> None:
    assert aside(work, int) == why
    assert capfd.readouterr().err == ""


def test_work_that_never_ends_is_over_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner.aside, "SECONDS", 1)

    assert aside(never_end, int) == Ended("over budget", "took more than 1 seconds of processor time")


def test_work_that_only_waits_is_over_its_budget_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner.aside, "PATIENCE", 0.2)

    assert aside(signal.pause, int) == Ended("over budget", "took more than 0.2 seconds")  # type: ignore[arg-type]


def test_a_place_is_explained_aside_as_it_is_here(repo: Repo) -> None:
    repo.write("agent.py", AGENT)
    found = repo.scan()

    for line in (1, 2, 5, 99):
        assert explain_line(found, "agent.py", line, "") == Explainer(found).explain("agent.py", line)
    assert explain_line(found, "other.py", 1, "") == Unread("other.py", 1, "the repository has no such file")


def test_a_place_that_takes_without_end_to_explain_is_told_as_not_read(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("agent.py", AGENT)
    found = repo.scan()
    monkeypatch.setattr(scanner.aside, "SECONDS", 1)
    monkeypatch.setattr(Explainer, "view", never_end)

    told = explain_line(found, "agent.py", 5, "")

    assert told == Unread("agent.py", 5, "over budget (took more than 1 seconds of processor time)")


def test_labels_of_a_file_that_takes_without_end_cost_no_others(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("agent.py", AGENT)
    repo.write("deadly.py", AGENT)
    found = repo.scan()
    view = Explainer.view
    monkeypatch.setattr(scanner.aside, "SECONDS", 1)
    monkeypatch.setattr(Explainer, "view", lambda self, path: never_end() if path == "deadly.py" else view(self, path))
    places = (("agent.py", 1), ("deadly.py", 5), ("agent.py", 4))
    labels = [Label(path, line, line, "", "model_call", "core") for path, line in places]

    misses = explain_labels(found, labels)

    assert [(item.asked.path, item.asked.line) for item in misses] == list(places)
    assert [item.unread.partition(" (")[0] for item in misses] == ["", "over budget", ""]
