"""Does to real runs of the scanner what machines do to programs, and sees what is left.

    python benchmarks/faults.py [--only KIND] [--jobs N] [--step N] [--write]

Every run begins with what an earlier, undisturbed run left: outputs, a baseline, a history, a cache. After it, each
file must be as it was or as an undisturbed run writes it, a folder of files as one of the two as a whole; exit code and
messages must be documented ones; no process and (unless it was killed) no temporary file may be left; and a run without
a fault, with the same cache, must then write the very bytes of an undisturbed one. `--write` puts the figures into
`docs/reliability.md`. What cannot be done on this machine is told as not measured.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench_page import replace
from faults_kinds import KINDS, Kind
from faults_page import Outcome, page
from faults_stage import Stage

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
START, END = "<!-- generated: start -->", "<!-- generated: end -->"


def outcomes(stage: Stage, kinds: Sequence[Kind], jobs: int, step: int) -> Iterator[Outcome]:
    """What became of each kind of fault, in order."""
    for kind in kinds:
        faults = list(kind.faults(stage))[::step]
        if not faults:
            yield Outcome(kind.name, 0, (), kind.needs)
            continue
        with ThreadPoolExecutor(jobs if kind.is_parallel else 1) as pool:
            wrong = [each for each in pool.map(lambda fault: fault(stage), faults) if each]
        yield Outcome(kind.name, len(faults), tuple(wrong), "")


def main(words: Sequence[str] | None = None) -> int:
    """Do all faults, and tell; 1 when one was not survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="KIND", choices=[kind.name for kind in KINDS])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--step", type=int, default=1, metavar="N", help="of each kind do every Nth fault only")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    given = parser.parse_args(words)
    found: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        stage = Stage(Path(folder), given.jobs)
        kinds = [kind for kind in KINDS if given.only is None or kind.name in given.only]
        for each in outcomes(stage, kinds, given.jobs, given.step):
            print(each.line(), flush=True)
            for wrong in each.wrong:
                print(f"  {wrong}", flush=True)
            found.append(each)
    if given.write:
        PAGE.write_text(
            replace(PAGE.read_text(encoding="utf-8"), START, END, page(found, given.step)), encoding="utf-8"
        )
    return 1 if any(each.wrong for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())
