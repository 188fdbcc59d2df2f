"""`scanner packet` beside ripgrep, ast-grep and Semgrep: the same files, one run, taking turns.

    python benchmarks/bench.py [--corpora DIR] [--corpus NAME]... [--runs 3] [--semgrep-runs 1]

The corpora are the two largest Python repositories and the largest TypeScript one of `truth/corpora.json`. DIR holds
one folder or git repository for each; one that is not there is fetched, at its commit, into `.cache/corpora`. All read
a copy of a repository's code in the languages that the rivals have rules for, less what lies in vendored and generated
places, so that none is charged for files that another passes over. Times are those of whole processes, processor time
that of all they started; a ratio is the median of the ratios within each turn. Memory is the peak of the proportional
set sizes of all processes together, sampled in a run of its own (Semgrep's in the run that is timed: it takes minutes).
The text between the two marks of `docs/performance.md` is replaced; the rest stays.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from bench_page import ALL_PACKS, COLD, FUNCTION, HELP, NOTHING, REMARK, RULES, WARM, Measured, Report, page, replace
from bench_rules import AST_GREP
from bench_tools import (
    PROGRAMS,
    SAMPLE,
    SEM,
    SLOW_SAMPLE,
    Run,
    Tool,
    ToolError,
    find_program,
    in_turns,
    packet,
    rivals,
    run,
    scanner,
    version,
)
from corpora import Corpus, Missing, Place, obtain, read_corpora

from scanner import __version__
from scanner.api import load_rules
from scanner.errors import UserError
from scanner.places import category
from scanner.reading import CODE_LIMIT, Reader
from scanner.repository import open_repository

PROJECT = Path(__file__).resolve().parent.parent
START, END = "<!-- generated: start -->", "<!-- generated: end -->"
#: The two largest of Python and the largest of TypeScript, by bytes of code.
CORPORA = ("hermes-agent", "nanobot", "maestro")
#: Code that the rivals have rules for.
SUFFIXES = tuple(suffix for suffixes in AST_GREP.values() for suffix in suffixes)
#: Of one pack, and of all that come with the scanner.
PACK, EVERY_PACK = "tensorzero", "all"
#: Seconds after which a file counts as settled: what changed a moment ago is read again, and its time is not trusted.
SETTLED = 2.5
#: Runs of commands that take a fraction of a second.
STARTS = 10
#: Suffix → a function of that language, and how a remark begins.
_ADDED: Mapping[str, tuple[str, str]] = {
    ".py": ("\n\ndef added_{0}(value):\n    return len(value) + {0}\n", "#"),
    ".ts": ("\nexport function added{0}(value: string): number {{\n  return value.length + {0};\n}}\n", "//"),
    ".js": ("\nfunction added{0}(value) {{\n  return value.length + {0};\n}}\n", "//"),
    ".rs": ("\npub fn added_{0}(value: &str) -> usize {{\n    value.len() + {0}\n}}\n", "//"),
    ".go": ("\nfunc added{0}(value string) int {{\n\treturn len(value) + {0}\n}}\n", "//"),
}


class Copy:
    """A corpus as all read it, and a cache of the scanner that knows it."""

    def __init__(self, place: Place, folder: Path) -> None:
        """Copy the code that belongs to the tree.

        Args:
            place: where the corpus is.
            folder: for all that is made.
        """
        self.tree, self.cache, self.made = (folder / name for name in ("tree", "cache", "made"))
        self.made.mkdir()
        self.sizes: dict[str, int] = {}
        repository = open_repository(place.path, place.rev)
        with Reader(repository) as reader:
            for entry in repository.files:
                if entry.path.endswith(SUFFIXES) and category(entry.path) not in ("vendored", "generated"):
                    data = reader.read(entry, CODE_LIMIT)
                    if isinstance(data, bytes):
                        target = self.tree / os.fsdecode(entry.raw)
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(data)
                        self.sizes[entry.path] = len(data)
        if not self.sizes:
            raise UserError(f"{place.path} holds no code that can be compared")
        # Semgrep passes over tests and more unless a file of this name says what to pass over: nothing.
        (self.tree / ".semgrepignore").touch()
        self._touched: float | None = time.monotonic()

    @property
    def suffixes(self) -> set[str]:
        """Ends of the names of the files."""
        return {PurePosixPath(path).suffix for path in self.sizes}

    def cold(self, sample: float | None = None, rules: str = PACK) -> Run:
        """A packet with an empty cache."""
        with tempfile.TemporaryDirectory() as cache:
            return run(packet(self.tree, Path(cache), rules), sample)

    def warm(self, sample: float | None = None) -> Run:
        """A packet when nothing changed since the last."""
        self._settle()
        return run(packet(self.tree, self.cache, PACK), sample)

    def changed(self, number: int, remark: bool) -> Run:
        """A packet when one file changed, by a text that was never there before; afterwards it is as it was."""
        self._settle()
        path = self._middle()
        function, sign = _ADDED[PurePosixPath(path).suffix]
        file = self.tree / path
        before = file.read_bytes()
        added = f"\n{sign} remark {number}\n" if remark else function.format(number)
        file.write_bytes(before + added.encode())
        try:
            return run(packet(self.tree, self.cache, PACK))
        finally:
            file.write_bytes(before)
            self._touched = time.monotonic()

    def _settle(self) -> None:
        """Let the cache know the tree as it is."""
        if self._touched is not None:
            time.sleep(max(0.0, self._touched + SETTLED - time.monotonic()))
            run(packet(self.tree, self.cache, PACK))
            self._touched = None

    def _middle(self) -> str:
        """Of the files in the language with the most code, the one of middle size."""
        kinds = dict.fromkeys(_ADDED, 0)
        for path, size in self.sizes.items():
            if (suffix := PurePosixPath(path).suffix) in kinds:
                kinds[suffix] += size
        most = max(kinds, key=lambda suffix: kinds[suffix])
        paths = sorted((path for path in self.sizes if path.endswith(most)), key=lambda path: (self.sizes[path], path))
        return paths[len(paths) // 2]


def main(words: Sequence[str] | None = None) -> int:
    """Measure and write the page; 1 when a program failed or no corpus could be had."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=Path)
    parser.add_argument("--corpus", action="append", metavar="NAME", help="instead of the three; may be repeated")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--semgrep-runs", type=int, default=1)
    parser.add_argument("--rivals", type=Path, default=PROJECT / ".cache" / "rivals" / "bin", metavar="DIR")
    parser.add_argument("--cache", type=Path, default=PROJECT / ".cache" / "corpora")
    parser.add_argument("--page", type=Path, default=PROJECT / "docs" / "performance.md")
    given = parser.parse_args(words)
    if given.runs < 1 or given.semgrep_runs < 0:
        parser.error("it needs one run at least")
    try:
        made = _report(given)
        given.page.write_text(replace(given.page.read_text(encoding="utf-8"), START, END, page(made)), encoding="utf-8")
    except (ToolError, UserError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"wrote {given.page}")
    return 0


def _report(given: argparse.Namespace) -> Report:
    found = {name: find_program(name, given.rivals) for name in PROGRAMS}
    programs = {name: program for name, program in found.items() if program is not None}
    missing = {
        name: f"which is neither in {PROJECT.name}'s `.cache/rivals` nor on the PATH"
        for name in found
        if not found[name]
    }
    said = {"scanner": __version__, **{name: version(program) for name, program in programs.items()}}
    known = {corpus.name: corpus for corpus in read_corpora(PROJECT / "benchmarks" / "truth")}
    measured = []
    for name in given.corpus or CORPORA:
        corpus = known.get(name, Corpus(name, "", "", ""))
        place = obtain(corpus, given.corpora, given.cache) if _can_be_had(corpus, given.corpora) else None
        if place is None or isinstance(place, Missing):
            missing[name] = place.reason if place else "which is no folder of --corpora and has no address"
            continue
        measured.append(_measure(corpus, place, programs, given.runs, given.semgrep_runs))
    if not measured:
        raise UserError(f"no corpus can be had; {given.page.name} is as it was")
    return Report(machine(), said, measured, missing, _starts())


def _can_be_had(corpus: Corpus, corpora: Path | None) -> bool:
    return bool(corpus.repository) or (corpora is not None and (corpora / corpus.name).is_dir())


def _measure(corpus: Corpus, place: Place, programs: Mapping[str, Path], runs: int, semgrep_runs: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(place, Path(folder))
        _, book = load_rules([PACK])
        tools = {tool.name: tool for tool in rivals(programs, copy.tree, copy.suffixes, book, copy.made)}
        memory = {name: run(tool, SAMPLE).memory for name, tool in tools.items() if name != SEM}
        memory |= {COLD: copy.cold(SAMPLE).memory, WARM: copy.warm(SAMPLE).memory}
        memory[ALL_PACKS] = copy.cold(SAMPLE, EVERY_PACK).memory
        turns = []
        for turn in range(runs):
            steps = _steps(copy, tools, turn, with_semgrep=turn < semgrep_runs)
            turns.append({name: _told(corpus.name, turn, name, steps[name]()) for name in in_turns(turn, list(steps))})
        memory[SEM] = max((turn[SEM].memory for turn in turns if SEM in turn), default=0)
        seen = {name: size for name, size in memory.items() if size}
        return Measured(corpus.name, corpus.commit, len(copy.sizes), sum(copy.sizes.values()), tuple(turns), seen)


def _steps(copy: Copy, tools: Mapping[str, Tool], turn: int, *, with_semgrep: bool) -> dict[str, Callable[[], Run]]:
    """What takes its turn."""
    steps: dict[str, Callable[[], Run]] = {
        name: lambda tool=tool: run(tool, SLOW_SAMPLE if tool.name == SEM else None)  # type: ignore[misc]
        for name, tool in tools.items()
        if name != SEM or with_semgrep
    }
    return {
        **steps,
        COLD: copy.cold,
        WARM: copy.warm,
        FUNCTION: lambda: copy.changed(turn, remark=False),
        REMARK: lambda: copy.changed(turn, remark=True),
        ALL_PACKS: lambda: copy.cold(rules=EVERY_PACK),
    }


def _told(corpus: str, turn: int, name: str, taken: Run) -> Run:
    """Say how it goes, since it takes long."""
    print(f"{corpus}, turn {turn + 1}: {name} {taken.wall:.2f} s, {taken.cpu:.2f} s CPU", file=sys.stderr, flush=True)
    return taken


def _starts() -> dict[str, list[float]]:
    """Commands that should feel like nothing, each once before it is timed: what they keep is kept then."""
    with tempfile.TemporaryDirectory() as cache:
        commands = {HELP: scanner("--help"), RULES: scanner("rules", "list"), NOTHING: (sys.executable, "-c", "pass")}
        tools = {name: Tool(name, words, None, {"SCANNER_CACHE_DIR": cache}) for name, words in commands.items()}
        for tool in tools.values():
            run(tool)
        taken: dict[str, list[float]] = {name: [] for name in tools}
        for turn in range(STARTS):
            for name in in_turns(turn, list(tools)):
                taken[name].append(run(tools[name]).wall)
    return taken


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
