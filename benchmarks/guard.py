"""What the scanner's work amounts to in counts that do not depend on the machine's mood: calls, memory and imports.

    python benchmarks/guard.py [--record]

Each job runs in a process of its own, in which nothing is left to chance: no worker, no cache, one hash seed. Told are
the calls of the scanner's own functions, the calls that they make of functions in C, and the most memory that Python
held; of a command that starts, how many modules it imports. Fails, with what grew, where a count is more than 3% above
what `benchmarks/guard.json` holds; `--record` writes that file, and whoever does it says why in the change. The counts
are those of one version of Python: under another one only growth is judged, which is whether two more copies of a
repository cost twice what one more costs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

HERE = Path(__file__).resolve().parent
RECORD = HERE / "guard.json"
SAMPLES = (HERE / "sample-agent", HERE / "sample-agent-ts")
#: How far a count may grow before somebody must say why.
SLACK = 1.03
#: Two more copies of a repository cost at most so many times what one more costs, whatever the version of Python.
MOST_GROWTH = 2.2
#: Comprehensions are calls in some versions of Python and none in others.
_COMPREHENSIONS = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>"})

#: How many copies of the samples are one repository.
COPIES = (1, 2, 4)

Counts = dict[str, int]


def main() -> int:
    """Count, compare, and say what grew."""
    parser = argparse.ArgumentParser(description="work of the scanner, counted")
    parser.add_argument("--record", action="store_true", help="accept the counts as they are")
    parser.add_argument("--job", choices=sorted(JOBS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job:
        print(json.dumps(JOBS[given.job]()))
        return 0
    counts = {name: run(name) for name in JOBS}
    if given.record:
        RECORD.write_text(json.dumps({"python": version(), "counts": counts}, indent=2) + "\n", encoding="utf-8")
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    known = recorded["counts"] if recorded["python"] == version() else {}
    print(table(counts, known))
    problems = [*grown(counts, known), *steep(counts)]
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


def run(job: str) -> Counts:
    """The counts of one job, in a fresh process."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(HERE.parent), "SCANNER_CACHE_DIR": ""}
    done = subprocess.run([sys.executable, __file__, "--job", job], capture_output=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"error: {job} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    found: Counts = json.loads(done.stdout)
    return found


def version() -> str:
    """The version of Python whose counts are comparable: `3.11`."""
    return ".".join(platform.python_version_tuple()[:2])


def grown(counts: Mapping[str, Counts], known: Mapping[str, Counts]) -> list[str]:
    """What is more than it was, one line each."""
    return [
        f"{job}: {count:,} {what.replace('_', ' ')}, {count / was - 1:.1%} more than the {was:,} that are recorded; "
        "spare them, or run `python benchmarks/guard.py --record` and say why in the change"
        for job, found in counts.items()
        for what, count in found.items()
        if (was := known.get(job, {}).get(what)) and count > was * SLACK
    ]


def steep(counts: Mapping[str, Counts]) -> list[str]:
    """What grows faster than the repository, one line each."""
    one, two, four = (counts[f"scan of {copies}"] for copies in COPIES)
    return [
        f"{what.replace('_', ' ')}: a second copy of a repository costs {two[what] - one[what]:,}, two more cost "
        f"{four[what] - two[what]:,}; look for what every file asks of every other"
        for what in ("calls", "calls_of_c")  # tables grow in steps
        if four[what] - two[what] > MOST_GROWTH * (two[what] - one[what])
    ]


def table(counts: Mapping[str, Counts], known: Mapping[str, Counts]) -> str:
    """The counts beside those that are recorded."""
    lines = ["| job | count | now | recorded |", "| --- | --- | --- | --- |"]
    for job, found in counts.items():
        for what, count in found.items():
            was = known.get(job, {}).get(what)
            lines.append(f"| {job} | {what.replace('_', ' ')} | {count:,} | {f'{was:,}' if was else 'none'} |")
    return "\n".join(lines)


def counted(work: Callable[[], object]) -> Counts:
    """The calls that some work makes, and the most memory that it holds in Python; it is done twice."""
    own = os.path.join(str(HERE.parent), "scanner")
    calls = native = 0

    def look(frame: FrameType, event: str, _: Any) -> None:
        nonlocal calls, native
        code = frame.f_code
        if not code.co_filename.startswith(own):
            return
        if event == "call":
            calls += code.co_name not in _COMPREHENSIONS
        elif event == "c_call":
            native += 1

    sys.setprofile(look)
    work()
    sys.setprofile(None)
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    return {"calls": calls, "calls_of_c": native, "kilobytes": most // 1000}


def load() -> Counts:
    """Rules and a pack are read from their files."""
    from scanner.named import load_named

    return counted(lambda: load_named(["tensorzero"]))


def scan_copies(copies: int) -> Counts:
    """A small repository, so many times beside itself, is read and judged."""
    from scanner import api
    from scanner.making import make_packets

    _here()
    packs, rulebook = api.load_rules(["tensorzero"])
    with tempfile.TemporaryDirectory() as folder:
        _copy(Path(folder), copies)

        def judged() -> None:
            make_packets(api.read_repository(Path(folder), None, rulebook), packs)

        judged()  # tables are made once a process
        return counted(judged)


def pages() -> Counts:
    """The largest of these packets becomes its pages; each is bounded, and is made anew until it is short enough."""
    from scanner import api
    from scanner.making import make_shown
    from scanner.render import to_markdown
    from scanner.reviewpage import Review, to_html

    _here()
    packs, rulebook = api.load_rules(["tensorzero"])
    with tempfile.TemporaryDirectory() as folder:
        _copy(Path(folder), COPIES[-1])
        ((packet, beside),) = make_shown(api.read_repository(Path(folder), None, rulebook), packs)

    def told() -> None:
        to_markdown(packet)
        to_html([Review(packet, beside)])

    told()  # templates are compiled once a process
    return counted(told)


def _here() -> None:
    """Look at files in this process, where calls are counted."""
    from scanner import scan

    vars(scan)["workers_for"] = lambda _size: 0


def _copy(folder: Path, copies: int) -> None:
    for number in range(copies):
        for sample in SAMPLES:
            shutil.copytree(sample, folder / f"copy_{number}_{sample.name}")


def started(*words: str) -> Counts:
    """A command runs, and imports what it needs."""
    command = [sys.executable, "-X", "importtime", "-m", "scanner", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"modules": sum(line.startswith("import time:") for line in done.stderr.splitlines()) - 1}


JOBS: Mapping[str, Callable[[], Counts]] = {
    "rules": load,
    **{f"scan of {copies}": partial(scan_copies, copies) for copies in COPIES},
    "pages": pages,
    "scanner --help": lambda: started("--help"),
    "scanner rules list": lambda: started("rules", "list"),
}

if __name__ == "__main__":
    sys.exit(main())
