"""What a scan costs, in counts, is what it was; and whoever makes it cost more is told what grew."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from commandline import PROJECT

BENCHMARKS = PROJECT / "benchmarks"


@pytest.fixture
def guard(of_benchmarks: Callable[[str], ModuleType]) -> ModuleType:
    return of_benchmarks("guard")


def test_the_scanner_does_no_more_work_than_is_recorded() -> None:
    done = subprocess.run([sys.executable, BENCHMARKS / "guard.py"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_a_count_that_grew_is_told_with_what_to_do(guard: ModuleType) -> None:
    known = {"scan of 1": {"calls": 1000, "calls_of_c": 10}}
    (problem,) = guard.grown({"scan of 1": {"calls": 1100, "calls_of_c": 10}, "a new job": {"calls": 5}}, known)
    assert problem.startswith("scan of 1: 1,100 calls, 10.0% more than the 1,000 that are recorded;")
    assert "benchmarks/guard.py --record" in problem


def test_a_count_within_the_slack_is_no_problem(guard: ModuleType) -> None:
    assert guard.grown({"rules": {"calls": 1020}}, {"rules": {"calls": 1000}}) == []


def test_work_that_grows_with_the_square_of_the_files_is_told(guard: ModuleType) -> None:
    def work(copies: int) -> int:
        return 500 + 100 * copies**2

    counts = {f"scan of {copies}": {"calls": work(copies), "calls_of_c": 50 + copies} for copies in (1, 2, 4)}
    (problem,) = guard.steep(counts)
    assert problem.startswith("calls: a second copy of a repository costs 300, two more cost 1,200;")


def test_work_that_grows_with_the_files_is_no_problem(guard: ModuleType) -> None:
    counts = {f"scan of {copies}": {"calls": 500 + 100 * copies, "calls_of_c": 7} for copies in (1, 2, 4)}
    assert guard.steep(counts) == []
