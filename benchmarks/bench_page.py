"""What `bench.py` found, as the generated part of `docs/performance.md`."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bench_tools import AST, PROGRAMS, SEM, Run

COLD, WARM, ALL_PACKS = "cold", "warm", "cold, every pack"
FUNCTION, REMARK = "one file changed: a function added", "one file changed: a remark added"
SCANNER = (COLD, WARM, FUNCTION, REMARK, ALL_PACKS)
HELP, RULES, NOTHING = "scanner --help", "scanner rules list", "python -c pass"
#: Most milliseconds that a command may take.
_STARTS = {HELP: 120, RULES: 250}
_MB = 2**20


@dataclass(frozen=True, slots=True)
class Measured:
    """One corpus: turn by turn, what each program took of those that took their turn."""

    name: str
    #: As it is told from others of its name; empty for a plain folder.
    commit: str
    files: int
    size: int
    turns: tuple[Mapping[str, Run], ...]
    #: Peak memory of a run of its own, in bytes.
    memory: Mapping[str, int] = field(default_factory=dict)

    def runs(self, name: str) -> list[Run]:
        """Of one program, by turn."""
        return [turn[name] for turn in self.turns if name in turn]

    def ratio(self, name: str, base: str) -> float | None:
        """Median of the ratios of wall clocks within each turn that has both; None where none has."""
        ratios = [turn[name].wall / turn[base].wall for turn in self.turns if name in turn and base in turn]
        return statistics.median(ratios) if ratios else None


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured in one run of `bench.py`."""

    machine: str
    #: What was timed → its version.
    versions: Mapping[str, str]
    measured: Sequence[Measured]
    #: What did not happen, in words, by name: programs and corpora.
    missing: Mapping[str, str]
    #: Name of a command → seconds of each run.
    starts: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that should be no greater than asked."""

    what: str
    asked: float
    #: After the number.
    unit: str
    digits: int
    found: Sequence[float | None]

    def said(self, value: float | None) -> str:
        """A figure with whether it holds; by the figure itself, not as it is rounded."""
        if value is None:
            return "not measured"
        return f"{value:.{self.digits}f}{self.unit} {'holds' if value <= self.asked else '**misses**'}"


def targets(measured: Sequence[Measured]) -> list[Target]:
    """The targets for each corpus."""
    memory = [each.memory[COLD] / _MB if COLD in each.memory else None for each in measured]
    return [
        Target("cold, to ast-grep", 1.0, "×", 2, [each.ratio(COLD, AST) for each in measured]),
        Target("cold, to Semgrep", 0.15, "×", 3, [each.ratio(COLD, SEM) for each in measured]),
        Target("warm, to ast-grep", 0.35, "×", 2, [each.ratio(WARM, AST) for each in measured]),
        Target("a function added, to warm", 1.15, "×", 2, [each.ratio(FUNCTION, WARM) for each in measured]),
        Target("a remark added, to warm", 1.15, "×", 2, [each.ratio(REMARK, WARM) for each in measured]),
        Target("peak memory, cold", 200, " MB", 0, memory),
    ]


def page(report: Report) -> str:
    """The page's generated part."""
    return "\n".join([*_head(report), *_targets(report), *(line for each in report.measured for line in _corpus(each))])


def _head(report: Report) -> Iterator[str]:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    yield f"{report.machine}; {versions}."
    for name, reason in report.missing.items():
        yield ""
        yield f"Not measured: {name}, {reason}."
    yield ""


def _targets(report: Report) -> Iterator[str]:
    yield "## Targets"
    yield ""
    if report.measured:
        yield f"| figure | at most | {' | '.join(each.name for each in report.measured)} |"
        yield "| --- | --- |" + " --- |" * len(report.measured)
        for target in targets(report.measured):
            asked = f"{target.asked:g}{target.unit}"
            yield f"| {target.what} | {asked} | {' | '.join(map(target.said, target.found))} |"
        yield ""
    yield "| command, whole process | at most | median | range |"
    yield "| --- | --- | --- | --- |"
    for name, seconds in report.starts.items():
        middle, most = statistics.median(seconds) * 1000, _STARTS.get(name)
        said = f"{middle:.0f} ms" if most is None else Target(name, most, " ms", 0, ()).said(middle)
        spread = f"{min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f} ms"
        yield f"| `{name}` | {f'{most} ms' if most else ''} | {said} | {spread} |"
    yield ""


def _corpus(each: Measured) -> Iterator[str]:
    yield f"## {each.name}" + (f" at `{each.commit[:10]}`" if each.commit else "")
    yield ""
    yield f"{each.files:,} files of code, {each.size / 1e6:.1f} MB."
    yield ""
    yield "| what | runs | wall | range | CPU | peak memory | to ast-grep | to Semgrep |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for name in (*PROGRAMS, *SCANNER):
        if runs := each.runs(name):
            walls = [run.wall for run in runs]
            cpu = statistics.median(run.cpu for run in runs)
            memory = f"{each.memory[name] / _MB:.0f} MB" if each.memory.get(name) else "–"
            shown = name if name in PROGRAMS else f"scanner, {name}"
            yield (
                f"| {shown} | {len(runs)} | {statistics.median(walls):.2f} s "
                f"| {min(walls):.2f} to {max(walls):.2f} s | {cpu:.2f} s | {memory} "
                f"| {_times(each.ratio(name, AST))} | {_times(each.ratio(name, SEM))} |"
            )
    yield ""


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2f}×" if ratio >= 0.1 else f"{ratio:.3f}×"


def replace(text: str, start: str, end: str, generated: str) -> str:
    """A page with what lies between two marks replaced."""
    before, rest = text.split(start)
    return f"{before}{start}\n\n{generated.strip()}\n\n{end}{rest.split(end)[1]}"
