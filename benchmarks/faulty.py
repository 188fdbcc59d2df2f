"""Runs the scanner in this process with a fault at one point: a call of the system that fails, or a signal at it.

    python benchmarks/faulty.py FAULT AT WORDS...

runs `scanner WORDS` with the fault at the point of that number, from 1; `count` tells in the file `points` what each
point of a run is: `room` takes some on a disk, `input` opens a file of the repository or one that was named, `removal`
removes what is done with, `start` starts git. Points are what the process that the user started does to files and to
its cache, and programs and workers that it starts. Only calls are replaced, in this process alone; no other program is
touched.

FAULT is `count`, the name of an error as `ENOSPC` (the call fails with it; a full disk stays full, others fail once),
or of a signal as `SIGKILL` (the process gets it just before the call). `clock:SECONDS` sets the clock off by so much
from that reading of it on. `worker:SIGNAL` sends a worker this signal at that file, once; `workers:SIGNAL` whenever it
is at that file.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

#: Calls that Python tells of before it makes them.
_EVENTS: Final = {
    "fcntl.flock", "os.chmod", "os.fork", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
    "sqlite3.connect", "subprocess.Popen",
}  # fmt: skip
#: What those are that are no mere calls.
_KINDS: Final = {
    "os.mkdir": "room", "os.link": "room", "os.remove": "removal", "os.rmdir": "removal", "subprocess.Popen": "start",
}  # fmt: skip


class Points:
    """Counts what a run does, and does the fault at one of it."""

    def __init__(self, fault: str, at: int) -> None:
        #: What each point was that was passed.
        self.passed: list[str] = []
        self._at = at
        self._signal = getattr(signal, fault, None) if fault.startswith("SIG") else None
        self._error = getattr(errno, fault, None) if fault.startswith("E") else None
        self._process = os.getpid()
        self._is_in = False

    def pass_by(self, name: str, kind: str = "", database: bool = False) -> None:
        """One more point, of a kind or none; does what is to be done there."""
        if os.getpid() != self._process or self._is_in:
            return
        self.passed.append(kind)
        full = self._error == errno.ENOSPC
        if full and not (kind == "room" and len(self.passed) >= self._at):
            return
        if not full and len(self.passed) != self._at:
            return
        if self._signal is not None:
            self._is_in = True
            os.kill(self._process, self._signal)
            self._is_in = False
        elif self._error is not None and database:
            raise sqlite3.OperationalError("database or disk is full" if full else "disk I/O error")
        elif self._error is not None:
            raise OSError(self._error, os.strerror(self._error), name)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook."""
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, (str, bytes)):
                writes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
                if path == os.devnull:  # what a program that is started has as its standard input
                    self.pass_by(event, "start")
                elif writes or _is_input(os.fsencode(path)):
                    self.pass_by(event, "input" if not writes else "room" if flags & os.O_CREAT else "")
        elif event in _EVENTS:
            self.pass_by(event, _KINDS.get(event, ""))


def _is_input(path: bytes) -> bool:
    """Whether a file is of what is scanned, or one that was named; those of Python and of scanner are not."""
    return (
        path.endswith((b".py", b".json", b".toml", b".md", b".env"))
        and b"/scanner/" not in path
        and b"site-" not in path
    )


class _File(io.FileIO):
    points: Points

    def write(self, data: Any, /) -> int:
        self.points.pass_by("write", "room")
        return super().write(data) or 0


class _Connection(sqlite3.Connection):
    points: Points

    def execute(self, *words: Any) -> sqlite3.Cursor:
        self.points.pass_by("execute", database=True)
        return super().execute(*words)

    def executemany(self, *words: Any) -> sqlite3.Cursor:
        self.points.pass_by("executemany", "room", database=True)
        return super().executemany(*words)

    def commit(self) -> None:
        self.points.pass_by("commit", "room", database=True)
        super().commit()


def install(points: Points) -> None:
    """Have calls of this process pass by."""
    _File.points = _Connection.points = points
    opened, synced, connected = builtins.open, os.fsync, sqlite3.connect

    def faulty_open(file: Any, mode: str = "r", *words: Any, **more: Any) -> Any:
        if isinstance(file, int) and mode == "wb":
            return io.BufferedWriter(_File(file, "wb"))
        return opened(file, mode, *words, **more)

    def faulty_sync(descriptor: Any) -> None:
        points.pass_by("fsync", "room")
        synced(descriptor)

    builtins.open = faulty_open
    os.fsync = faulty_sync  # type: ignore[assignment]  # the name of its argument
    sqlite3.connect = lambda *words, **more: connected(*words, factory=_Connection, **more)  # type: ignore[assignment]
    sys.addaudithook(points.hear)


def off(read: Callable[[], float], seconds: float, at: int) -> Callable[[], float]:
    """A clock that is off from a reading on."""
    readings = 0

    def reading() -> float:
        nonlocal readings
        readings += 1
        return read() + (seconds if readings >= at else 0)

    return reading


def set_clock(seconds: float, at: int) -> None:
    """Have the clock jump; what counts seconds since a start is another clock, which no one can set."""
    time.time = off(time.time, seconds, at)
    nanoseconds = off(lambda: 0.0, seconds * 1e9, at)
    read = time.time_ns
    time.time_ns = lambda: read() + int(nanoseconds())


def hit_worker(number: int, at: int, once: Path | None) -> None:
    """Have a worker get a signal at the file of this number in order of their paths.

    Args:
        number: of the signal.
        at: of the file, from 1.
        once: a file that is made when it happened, and keeps it from happening again; None for whenever.
    """
    from scanner.look import Looker

    look = Looker.look

    def hit(self: Any, entry: Any, external: Any) -> Any:
        paths = sorted(path for path in map(str, Path(self_root(self)).rglob("*.py")))
        if len(paths) >= at and paths[at - 1].endswith("/" + entry.path) and not (once is not None and once.exists()):
            if once is not None:
                once.touch()
            os.kill(os.getpid(), number)
        return look(self, entry, external)

    def self_root(looker: Any) -> str:
        return str(looker._task.repository.root)

    Looker.look = hit  # type: ignore[method-assign]


def run(fault: str, at: int, words: list[str]) -> NoReturn:
    """Run the scanner with a fault, in this process."""
    from scanner.cli import main

    points = Points(fault, at)
    kind, _, what = fault.partition(":")
    if kind == "clock":
        set_clock(float(what), at)
    elif kind in ("worker", "workers"):
        hit_worker(getattr(signal, what), at, Path("hit") if kind == "worker" else None)
    else:
        install(points)
    sys.argv = ["scanner", *words]
    try:
        main()
    finally:
        if fault == "count":
            Path("points").write_text(",".join(points.passed))


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
