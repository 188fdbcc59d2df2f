"""The kinds of fault, each with all of its faults: what is done to a run, and how the run may end."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from faults_stage import COMMANDS, DOCUMENTED, PLAIN, PRINTED, Command, Ended, Stage

#: Does one fault; gives what was wrong afterwards, or nothing.
Fault = Callable[[Stage], str]

#: Kinds of points, see `faulty`.
ALL: Final = ("", "room", "input", "removal", "start")
#: Writes to standard output.
SAID: Final = (PRINTED, COMMANDS[-1])
_SEED: Final = 11
#: Bytes that a file may have.
_SIZES: Final = (0, 512, 4096, 20_000, 60_000, 100_000, 200_000, 250_000)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault."""

    name: str
    #: All of its faults; none where this machine cannot do them.
    faults: Callable[[Stage], Iterator[Fault]]
    needs: str = ""
    is_parallel: bool = True


def _at(fault: str, command: Command, at: int, codes: tuple[int, ...] = DOCUMENTED, tells: bool = False) -> Fault:
    def do(stage: Stage) -> str:
        folder = stage.folder()
        ended = stage.faulty(fault, at, command, folder)
        return _told(f"{command.name}, {fault} at {at}", stage.judge(command, folder, ended, codes, tells), folder)

    return do


def _told(what: str, wrong: str, folder: Path) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    return f"{what}: {wrong}" if wrong else ""


def _points(
    fault: str, *kinds: str, first: int = 0, step: int = 1, tells: bool = False
) -> Callable[[Stage], Iterator[Fault]]:
    """A fault at points of some kinds in every command: at all of them, or at every so many."""

    def faults(stage: Stage) -> Iterator[Fault]:
        for command in COMMANDS:
            passed = [at for at, kind in enumerate(stage.points(command), 1) if kind in kinds]
            for at in passed[first::step]:
                yield _at(fault, command, at, tells=tells)

    return faults


def _sent(number: int, to_all: bool) -> Callable[[Stage], Iterator[Fault]]:
    """A signal from outside, at random moments of whole runs."""

    def faults(stage: Stage) -> Iterator[Fault]:
        chance = random.Random(_SEED + number)
        for command in (COMMANDS[0], COMMANDS[2]):
            for _ in range(6):
                yield _after(command, number, chance.uniform(0, 1), to_all)

    return faults


def _after(command: Command, number: int, share: float, to_all: bool) -> Fault:
    def do(stage: Stage) -> str:
        folder = stage.folder()

        def start(held: int) -> subprocess.Popen[bytes]:
            process = stage.start(PLAIN, command, folder, pass_fds=(held,))
            try:
                process.wait(stage.usual(command) * share)
            except subprocess.TimeoutExpired:
                (os.killpg if to_all else os.kill)(process.pid, number)
            return process

        ended = stage.end(start)
        # Before the scanner hears, the system ends it, which shells show as 128 and the number.
        codes = (0, 128 + number, -number)
        what = f"{command.name}, {signal.Signals(number).name} after {share:.2f} of a run"
        return _told(what, stage.judge(command, folder, ended, codes), folder)

    return do


def _limited(which: int, limits: Iterator[int] | range | tuple[int, ...]) -> Callable[[Stage], Iterator[Fault]]:
    def faults(_stage: Stage) -> Iterator[Fault]:
        for number, limit in enumerate(limits):
            yield _under(COMMANDS[number % len(COMMANDS)], which, limit)

    return faults


def _under(command: Command, which: int, limit: int) -> Fault:
    def do(stage: Stage) -> str:
        folder = stage.folder()
        ended = stage.run(
            PLAIN, command, folder, preexec_fn=lambda: resource.setrlimit(which, (limit, resource.getrlimit(which)[1]))
        )
        return _told(f"{command.name}, limit {which} at {limit}", stage.judge(command, folder, ended), folder)

    return do


def _full_disks(_stage: Stage) -> Iterator[Fault]:
    """Disks of their own, with a little room left."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return
    for number, kilobytes in enumerate((0, 4, 16, 64, 128, 256, 384, 512, 640, 1024)):
        yield _full(COMMANDS[number % 4], kilobytes)


def _full(command: Command, kilobytes: int) -> Fault:
    def do(stage: Stage) -> str:
        whole = stage.folder()
        disk = whole.with_name(f"{whole.name}-disk")
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], check=True)
        try:
            folder = disk / "run"
            shutil.copytree(whole, folder)
            status = os.statvfs(disk)
            used = (status.f_blocks - status.f_bfree) * status.f_frsize // 1024 + kilobytes
            subprocess.run(["mount", "-o", f"remount,size={used}k", disk], check=True)
            ended = stage.run(PLAIN, command, folder)
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            wrong = stage.judge(command, folder, ended)
        finally:
            subprocess.run(["umount", disk], check=True)
        return _told(f"{command.name}, {kilobytes} KB left", wrong, whole)

    return do


def _sealed(_stage: Stage) -> Iterator[Fault]:
    """A cache, and an output folder, that cannot be written to."""
    for command in COMMANDS:
        yield _read_only(command, "cache", (0,))
    yield _read_only(COMMANDS[0], "out", (2,))
    yield _read_only(COMMANDS[2], "past", (2,))


def _read_only(command: Command, name: str, codes: tuple[int, ...]) -> Fault:
    def do(stage: Stage) -> str:
        folder = stage.folder()
        sealed, is_root = folder / name, os.geteuid() == 0
        if is_root:
            subprocess.run(["mount", "--bind", sealed, sealed], check=True)
            subprocess.run(["mount", "-o", "remount,bind,ro", sealed], check=True)
        else:
            sealed.chmod(0o555)
        try:
            ended = stage.run(PLAIN, command, folder)
        finally:
            subprocess.run(["umount", sealed], check=True) if is_root else sealed.chmod(0o755)
        return _told(f"{command.name}, {name} is read-only", stage.judge(command, folder, ended, codes), folder)

    return do


def _without_temporary(_stage: Stage) -> Iterator[Fault]:
    for command in COMMANDS:
        for name in ("missing", "diff.md"):
            yield _temporary_at(command, name)


def _temporary_at(command: Command, name: str) -> Fault:
    def do(stage: Stage) -> str:
        folder = stage.folder()
        ended = stage.run(PLAIN, command, folder, env=stage.environment(folder, TMPDIR=str(folder / name)))
        return _told(f"{command.name}, TMPDIR is {name}", stage.judge(command, folder, ended, (0, 3)), folder)

    return do


def _clocks(_stage: Stage) -> Iterator[Fault]:
    for command in COMMANDS[:3]:
        for seconds in (-10 * 365 * 86_400, -7_200, 7_200, 10 * 365 * 86_400):
            for at in (1, 2, 4):
                yield _at(f"clock:{seconds}", command, at, (0,))


def _workers(_stage: Stage) -> Iterator[Fault]:
    for name in ("SIGKILL", "SIGTERM", "SIGSEGV"):
        for at in range(1, 5):
            yield _at(f"worker:{name}", COMMANDS[at % 3], at, (0,))
            yield _at(f"workers:{name}", COMMANDS[(at + 1) % 2], at, (0,), tells=True)


def _together(_stage: Stage) -> Iterator[Fault]:
    for many in (2, 5):
        for is_cold in (False, True):
            for command in COMMANDS[:3]:
                yield _at_once(command, many, is_cold)


def _at_once(command: Command, many: int, is_cold: bool) -> Fault:
    """Runs with one cache that write into one folder."""

    def do(stage: Stage) -> str:
        folder = stage.folder()
        if is_cold:
            shutil.rmtree(folder / "cache")
        runs = [stage.start(PLAIN, command, folder) for _ in range(many)]
        said = [each.communicate() for each in runs]
        ends = [Ended(run.returncode, out, err.decode(), True) for run, (out, err) in zip(runs, said, strict=True)]
        worst = max(ends, key=lambda each: (each.code != 0, each.err))
        wrong = stage.judge(command, folder, worst, (0,))
        return _told(f"{command.name}, {many} at once{', no cache yet' if is_cold else ''}", wrong, folder)

    return do


def _closed(_stage: Stage) -> Iterator[Fault]:
    for command in SAID:
        for redirection, codes in (
            (">&-", (2,)), ("2>&-", (0,)), ("<&-", (0,)), ("<&- >&- 2>&-", (2,)), (">/dev/full", (2,)),
            ("| head -c 0", (0,)), ("| head -c 5000 >/dev/null", (0,)), ("2>&1 | true", (0,)),
        ):  # fmt: skip
            yield _redirected(command, redirection, codes)


def _redirected(command: Command, redirection: str, codes: tuple[int, ...]) -> Fault:
    def do(stage: Stage) -> str:
        folder = stage.folder()
        shell = ("bash", "-c", f'set -o pipefail; "$@" {redirection}', "bash", *PLAIN)
        ended = stage.run(shell, command, folder)
        is_mute = "2>" in redirection and ended.code in codes
        ended = Ended(0 if is_mute else ended.code, ended.out, ended.err, ended.is_gone)
        what = f"{command.name} {redirection}"
        return _told(what, stage.judge(command, folder, ended, (0, *codes) if is_mute else codes), folder)

    return do


KINDS: Final = (
    Kind("the disk is full from a call on", _points("ENOSPC", "room")),
    Kind("a disk with little room (tmpfs)", _full_disks, "root on Linux mounts one"),
    Kind("a file may have no more than so many bytes", _limited(resource.RLIMIT_FSIZE, _SIZES)),
    Kind("a call fails (`EIO`)", _points("EIO", "", "room", tells=True)),
    Kind("a file cannot be opened (`EIO`)", _points("EIO", "input", tells=True)),
    Kind("git cannot be started (`EAGAIN`)", _points("EAGAIN", "start", tells=True)),
    Kind("a call finds no free descriptor (`EMFILE`)", _points("EMFILE", "", "room", step=4, tells=True)),
    Kind("`SIGKILL` at a call", _points("SIGKILL", *ALL)),
    Kind("`SIGINT` at a call", _points("SIGINT", *ALL, step=2)),
    Kind("`SIGTERM` at a call", _points("SIGTERM", *ALL, first=1, step=2)),
    Kind("`SIGKILL` at some moment, workers included", _sent(signal.SIGKILL, to_all=True)),
    Kind("`SIGKILL` at some moment, of the command alone", _sent(signal.SIGKILL, to_all=False)),
    Kind("`SIGINT` at some moment, as Ctrl-C sends it", _sent(signal.SIGINT, to_all=True)),
    Kind("`SIGTERM` at some moment, of the command alone", _sent(signal.SIGTERM, to_all=False)),
    Kind("a worker is ended while it reads a file", _workers),
    Kind("cache or output folder is read-only", _sealed),
    Kind("there is no temporary folder", _without_temporary),
    Kind("the clock jumps by 2 hours or 10 years", _clocks),
    Kind("few files may be open", _limited(resource.RLIMIT_NOFILE, range(6, 90, 4))),
    Kind("2 or 5 runs at once, one cache and one folder", _together, is_parallel=False),
    Kind("standard streams are closed, full or left", _closed),
)  # fmt: skip
