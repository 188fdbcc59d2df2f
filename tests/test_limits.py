"""What a file may cost: more the larger it is, and less once others cost too much."""

from __future__ import annotations

import multiprocessing
import re

import pytest
from conftest import Repo

import scanner.limits
import scanner.scan
from scanner.candidates import FileReport
from scanner.explaining import explain_line
from scanner.limits import MOST_OVER, SECONDS, seconds_for
from scanner.look import Looker
from scanner.reading import CODE_LIMIT
from scanner.repository import Entry

CALL = "import acme\n\n\ndef ask():\n    acme.completion()\n"


def test_a_large_file_has_more_time_than_a_small_one_and_none_more_than_the_most() -> None:
    given = [seconds_for(size, 0) for size in (0, 20_000, 200_000, CODE_LIMIT)]

    assert given == sorted(given)
    assert given[0] < given[2] < given[-1] == SECONDS
    assert seconds_for(-1, 0) == SECONDS, "of a file whose size nobody knows"


def test_once_some_files_were_over_their_budget_the_rest_have_less() -> None:
    sizes = (0, 20_000, 200_000, CODE_LIMIT)

    assert [seconds_for(size, MOST_OVER - 1) for size in sizes] == [seconds_for(size, 0) for size in sizes]
    assert all(0 < seconds_for(size, MOST_OVER) <= seconds_for(size, 0) / 4 for size in sizes)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="a fork takes the look along")
def test_many_files_over_their_budget_cost_less_each_and_none_is_read_again(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("_AT_LEAST", 2), ("_SHORTER", 2), ("MOST_OVER", 1)):
        monkeypatch.setattr(scanner.limits, name, value)
    monkeypatch.setattr(scanner.scan, "workers_for", lambda _size: 1)
    for name in ("agent.py", "deadly_1.py", "deadly_2.py"):
        repo.write(name, CALL)
    look = Looker.look

    def looked(self: Looker, entry: Entry, external: dict[str, str]) -> FileReport:
        if entry.path.startswith("deadly"):
            re.match(r"(a+)+$", "a" * 60 + "!")
        return look(self, entry, external)

    monkeypatch.setattr(Looker, "look", looked)
    found = repo.scan()

    assert [item.path for item in found.touchpoints] == ["agent.py"]
    told = sorted(head.failure for head in found.reports.heads if head.failure[0])
    assert told == [("over budget", f"took more than {seconds} seconds of processor time") for seconds in (1, 2)]

    monkeypatch.setattr(Looker, "read", None)  # whoever reads fails
    (again,) = {type(explain_line(found, path, 5, "")).__name__ for path in ("deadly_1.py", "deadly_2.py")}
    assert again == "Unread"
