"""Programs that `bench.py` times: how each is started, and what a run of it took."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench_rules import AST_GREP, SEMGREP, vocabulary

from scanner.rules import Rulebook

HERE = Path(__file__).resolve().parent
#: Seconds between two samples of memory; of a program that takes minutes and is not run again for its memory, longer.
SAMPLE, SLOW_SAMPLE = 0.02, 1.0
RIPGREP, AST, SEM = "ripgrep", "ast-grep", "Semgrep"
#: Name → the program, and its package in `rivals.txt`.
PROGRAMS = {RIPGREP: ("rg", "ripgrep"), AST: ("ast-grep", "ast-grep-cli"), SEM: ("semgrep", "semgrep")}


class ToolError(Exception):
    """A program failed, so that its time would mean nothing; the message is one line."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program with its words."""

    name: str
    command: tuple[str, ...]
    #: Where it runs; None for here.
    folder: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took, whole process."""

    #: Seconds of wall clock.
    wall: float
    #: Seconds of processor, in user and system mode, of the process and all that it waited for.
    cpu: float
    #: Peak of the proportional set sizes of all its processes together, in bytes; 0 where nobody looked.
    memory: int = 0


def scanner(*words: str) -> tuple[str, ...]:
    """The scanner as it was installed beside this Python, else as a module of this checkout."""
    installed = Path(sys.executable).with_name("scanner")
    return (str(installed), *words) if installed.is_file() else (sys.executable, "-m", "scanner", *words)


def packet(folder: Path, cache: Path, rules: str) -> Tool:
    """`scanner packet` of a folder, with a cache of its own."""
    return Tool(
        "scanner packet",
        scanner("packet", "--rules", rules, "--repo", str(folder)),
        variables={"SCANNER_CACHE_DIR": str(cache)},
    )


def find_program(name: str, rivals: Path) -> Path | None:
    """Where a rival is: in the environment that `make bench` sets up, else on the PATH."""
    program = PROGRAMS[name][0]
    if (rivals / program).is_file():
        return rivals / program
    found = shutil.which(program)
    return Path(found) if found else None


def version(program: Path) -> str:
    """What a program says of its version, the first line."""
    done = subprocess.run(
        [program, "--version"], env=_environment(program, {}), capture_output=True, text=True, check=False
    )
    said = (done.stdout or done.stderr).strip().splitlines()
    return next((word for line in said for word in line.split() if word[0].isdigit()), "of unknown version")


def rivals(programs: Mapping[str, Path], folder: Path, suffixes: set[str], book: Rulebook, made: Path) -> list[Tool]:
    """The rivals that are there, each with the rules of the languages that the folder has files of.

    Args:
        programs: by name.
        folder: what they read.
        suffixes: ends of the names of its files.
        book: whose words ripgrep looks for.
        made: a folder for what they are configured with.
    """
    tools = []
    if RIPGREP in programs:
        words = made / "words"
        words.write_text("\n".join(vocabulary(book)) + "\n", encoding="utf-8")
        options = ("--ignore-case", "--fixed-strings", "--count-matches", "--no-ignore", "--hidden", "--no-config")
        tools.append(_tool(RIPGREP, programs, (*options, "--file", str(words), "."), folder))
    if AST in programs:
        config = made / "sgconfig.yml"
        places = [
            str(HERE / "ast-grep" / language) for language, ends in AST_GREP.items() if suffixes.intersection(ends)
        ]
        config.write_text("ruleDirs:\n" + "".join(f"  - {place}\n" for place in places), encoding="utf-8")
        ignore = [word for kind in ("hidden", "vcs", "dot") for word in ("--no-ignore", kind)]
        words_of = ("scan", "-c", str(config), *ignore, "--json=stream", ".")
        tools.append(_tool(AST, programs, words_of, folder))
    if SEM in programs:
        present = [language for language, ends in SEMGREP.items() if suffixes.intersection(ends)]
        configs = [word for language in present for word in ("--config", str(HERE / "semgrep" / f"{language}.yml"))]
        local = ("--metrics=off", "--disable-version-check", "--oss-only", "--no-git-ignore", "--json", "--quiet")
        limits = ("--timeout", "300", "--timeout-threshold", "0", "--max-target-bytes", "0")
        tools.append(_tool(SEM, programs, ("scan", *configs, *local, *limits, "."), folder))
    return tools


def _tool(name: str, programs: Mapping[str, Path], words: tuple[str, ...], folder: Path) -> Tool:
    return Tool(name, (str(programs[name]), *words), folder)


def _environment(program: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Of whoever runs this, with the checkout to import from, and nothing that goes out to the network."""
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"  # Semgrep starts parts of itself by name
    fixed = {"PYTHONPATH": str(HERE.parent), "SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}
    if program.name == "semgrep":
        del fixed["PYTHONPATH"]
    return {**os.environ, "PATH": path, **fixed, **variables}


def run(tool: Tool, sample: float | None = None) -> Run:
    """Run a program, its output thrown away.

    Args:
        tool: the program.
        sample: seconds between two looks at its memory; None for none.

    Raises:
        ToolError: it could not be started, or did not end with 0.
    """
    with tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        try:
            process = subprocess.Popen(
                tool.command,
                cwd=tool.folder,
                env=_environment(Path(tool.command[0]), tool.variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        except OSError as error:
            raise ToolError(f"{tool.name} cannot be started: {error.strerror}") from error
        memory = 0
        try:
            while sample is not None and os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                memory = max(memory, sum(map(proportional_size, family(process.pid))))
                time.sleep(sample)
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines()
            raise ToolError(f"{tool.name} ended with {process.returncode}: {said[-1] if said else 'it said nothing'}")
    return Run(wall, usage.ru_utime + usage.ru_stime, memory)


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


def in_turns(turn: int, names: Sequence[str]) -> list[str]:
    """The order of one turn: forwards, then backwards, so that nobody always comes after the same."""
    return list(names) if turn % 2 == 0 else list(reversed(names))
