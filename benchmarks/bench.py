"""`scanner packet` against `ast-grep scan` with one rule a kind of seam: same files, same run, taking turns.

    python benchmarks/bench.py FOLDER [--runs 5] [--ast-grep ast-grep]

Both read a copy of the folder's code in the languages that the rules of ast-grep know (what lies in ignored, vendored
and generated places is left out), so that neither is charged for files that the other passes over. Times are wall
clock, medians of all runs; memory is the peak of the proportional set sizes of all processes together, sampled in
a run of its own. The report is Markdown.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from scanner.places import category  # noqa: E402
from scanner.reading import CODE_LIMIT  # noqa: E402
from scanner.repository import open_repository  # noqa: E402

#: Code that `ast-grep/rules` has rules for.
SUFFIXES = (".py", ".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".rs", ".go")
#: Seconds between two samples of memory.
SAMPLE = 0.02


@dataclass(frozen=True, slots=True)
class Tool:
    """One side of the comparison."""

    name: str
    command: tuple[str, ...]
    #: Exit codes that mean success; ast-grep says 1 where an error-level rule matched.
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Result:
    """What one tool took."""

    name: str
    #: Wall-clock seconds of every run.
    seconds: tuple[float, ...]
    #: Peak of all its processes, in bytes.
    memory: int

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)


def main() -> int:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description="scanner against ast-grep on one folder")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--ast-grep", default=shutil.which("ast-grep") or "ast-grep")
    given = parser.parse_args()
    if not given.folder.is_dir() or given.runs < 1:
        parser.error("it needs a folder, and one run at least")
    with code_files(given.folder) as (copy, files, size):
        packet = (sys.executable, "-m", "scanner", "packet", "--rules", "tensorzero", "--repo", copy)
        rules = str(HERE / "ast-grep/sgconfig.yml")
        tools = (
            Tool("scanner packet", packet),
            Tool("ast-grep scan", (given.ast_grep, "scan", "-c", rules, "--json", copy)),
        )
        results = compare(tools, given.runs)
    print(report(results, files, size))
    return 0


@contextmanager
def code_files(folder: Path) -> Iterator[tuple[str, int, int]]:
    """A copy of the code that belongs to the tree, with the number and size of its files."""
    with tempfile.TemporaryDirectory() as name:
        files, size = 0, 0
        for entry in open_repository(folder).files:
            if entry.path.endswith(SUFFIXES) and category(entry.path) not in ("vendored", "generated"):
                source, target = folder / os.fsdecode(entry.raw), Path(name) / os.fsdecode(entry.raw)
                if entry.size <= CODE_LIMIT and source.is_file():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, target)
                    files, size = files + 1, size + entry.size
        yield name, files, size


def compare(tools: Sequence[Tool], runs: int) -> list[Result]:
    """Each tool once for its memory, which also warms the disk cache; then all in turn, `runs` times."""
    memory = {tool.name: peak_memory(tool) for tool in tools}
    seconds: dict[str, list[float]] = {tool.name: [] for tool in tools}
    for turn in range(runs):
        for tool in tools if turn % 2 == 0 else reversed(tools):
            begin = time.perf_counter()
            with start(tool) as process:
                process.wait()
            seconds[tool.name].append(time.perf_counter() - begin)
    return [Result(tool.name, tuple(seconds[tool.name]), memory[tool.name]) for tool in tools]


@contextmanager
def start(tool: Tool) -> Iterator[subprocess.Popen[bytes]]:
    """A run of a tool, its output thrown away; a failure is an error here, since its time would mean nothing."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "SCANNER_CACHE_DIR": ""}
    with subprocess.Popen(tool.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as process:
        yield process
        _, errors = process.communicate()
    if process.returncode not in tool.codes:
        raise SystemExit(f"{tool.name} ended with {process.returncode}: {errors.decode(errors='replace')[-500:]}")


def peak_memory(tool: Tool) -> int:
    """The most memory that a tool and its children hold at one time, in bytes."""
    most = 0
    with start(tool) as process:
        while process.poll() is None:
            most = max(most, sum(map(proportional_size, family(process.pid))))
            time.sleep(SAMPLE)
    return most


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for parent in found:
        try:
            threads = list(Path(f"/proc/{parent}/task").iterdir())
            found += [int(child) for thread in threads for child in (thread / "children").read_text().split()]
        except OSError:
            continue
    return found


def proportional_size(pid: int) -> int:
    """Memory of one process in bytes, what it shares with others divided among them; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def report(results: Sequence[Result], files: int, size: int) -> str:
    """The comparison as Markdown."""
    rules = len(list((HERE / "ast-grep/rules").glob("*.yml")))
    base = results[-1]
    rows = [
        f"| {result.name} | {result.median:.2f} s | {min(result.seconds):.2f} to {max(result.seconds):.2f} s "
        f"| {result.memory / 2**20:.0f} MB | {result.median / base.median:.2f} |"
        for result in results
    ]
    return "\n".join(
        [
            f"{files:,} files of code, {size / 1e6:.1f} MB; {len(results[0].seconds)} runs each, in turn; {machine()}.",
            f"ast-grep runs {rules} rules a language, one a kind, over names; the scanner all of its own and a pack.",
            "",
            "| tool | median | range | peak memory | ratio |",
            "| --- | --- | --- | --- | --- |",
            *rows,
        ]
    )


def machine() -> str:
    """The processor and how many of it, the system and Python."""
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        pass
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{os.cpu_count()} cores {model or platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}{load} at the end"
    )


if __name__ == "__main__":
    sys.exit(main())
