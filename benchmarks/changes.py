"""What a change costs: a diff of two commits with the base in the cache, and the gate after an edit of one file.

    python benchmarks/changes.py REPOSITORY BASE HEAD [--edit PATH] [--runs 5] [--rules tensorzero]

REPOSITORY is any git repository that holds both commits; HEAD is checked out into a temporary folder, where one file is
edited. Each time is that of a whole process. The report is Markdown.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import machine

PROJECT = Path(__file__).resolve().parent.parent
SCANNER = (sys.executable, "-m", "scanner")


class Bench:
    """One repository, checked out, with a cache of its own."""

    def __init__(self, repository: Path, base: str, head: str, rules: str, folder: Path) -> None:
        self.repository, self.base, self.head, self.rules = repository, base, head, rules
        self.tree = folder / "tree"
        self.cache = folder / "cache"
        self.baseline = folder / "baseline.json"
        _git(repository, "clone", "-q", "--no-checkout", "--shared", str(repository.resolve()), str(self.tree))
        _git(self.tree, "checkout", "-q", head)

    def run(self, *words: str, cached: bool = True) -> float:
        """Seconds that a command of the scanner takes, whole process."""
        cache = str(self.cache) if cached else ""
        environment = {**os.environ, "SCANNER_CACHE_DIR": cache, "PYTHONPATH": str(PROJECT)}
        return _seconds((*SCANNER, *words), environment)

    def scan(self, rev: str, cached: bool) -> float:
        """Write a packet of a revision."""
        words = ("packet", "--rules", self.rules, "--repo", str(self.tree), "--rev", rev, "--format", "json")
        return self.run(*words, "-o", str(self.baseline), "--force", cached=cached)

    def diff(self) -> float:
        """Compare base and head, with the base alone in the cache."""
        self.forget()
        self.scan(self.base, cached=True)
        words = ("diff", "--rules", self.rules, "--repo", str(self.tree), "--base", self.base, "--head", self.head)
        return self.run(*words)

    def check(self) -> float:
        """Hold the files on disk against the baseline."""
        return self.run("check", "--rules", self.rules, "--repo", str(self.tree), "--baseline", str(self.baseline))

    def forget(self) -> None:
        """Empty the cache."""
        self.run("cache", "clear")


def _seconds(words: Sequence[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return taken


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def rows(bench: Bench, path: str, runs: int) -> list[tuple[str, list[float]]]:
    """What was timed, with the seconds of each run; commands take turns."""
    nothing = dict(os.environ)
    timed: dict[str, list[float]] = {}

    def take(name: str, measure: Callable[[], float]) -> None:
        timed.setdefault(name, []).append(measure())

    for _ in range(max(1, runs // 2)):
        take("two scans without a cache", lambda: bench.scan(bench.base, False) + bench.scan(bench.head, False))
        take("diff, base in the cache", bench.diff)
    bench.scan(bench.head, cached=True)
    file = bench.tree / path
    original = file.read_text()
    bench.check()
    time.sleep(2.5)  # what changed a moment ago is read again
    for run in range(runs):
        take("`python -c pass`", lambda: _seconds((sys.executable, "-c", "pass"), nothing))
        take("check, nothing changed", bench.check)
        file.write_text(f"{original}\n# remark {run}\n")
        take("check, a remark added to one file", bench.check)
        take("check, the same again", bench.check)
        file.write_text(f"{original}\n\ndef added_{run}(value):\n    return len(value)\n")
        take("check, a function added to one file", bench.check)
        file.write_text(original)
    return list(timed.items())


def report(bench: Bench, timed: Sequence[tuple[str, list[float]]]) -> str:
    """The table, and what it was measured on."""
    medians = {name: statistics.median(seconds) for name, seconds in timed}
    cold, least = medians["two scans without a cache"], medians["`python -c pass`"]
    lines = [
        f"`{bench.base[:10]}` to `{bench.head[:10]}`, {machine()}.",
        "",
        "| what | median | range | to two cold scans | to `python -c pass` |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, seconds in timed:
        median = medians[name]
        spread = f"{min(seconds):.2f} to {max(seconds):.2f} s"
        lines.append(f"| {name} | {median:.2f} s | {spread} | {100 * median / cold:.1f}% | {median / least:.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("base")
    parser.add_argument("head")
    parser.add_argument("--edit", required=True, metavar="PATH", help="a Python file of the repository")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rules", default="tensorzero")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(asked.repository, asked.base, asked.head, asked.rules, Path(folder))
        print(report(bench, rows(bench, asked.edit, asked.runs)), end="")


if __name__ == "__main__":
    main()
