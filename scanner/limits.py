"""What one file may cost: limits of a worker process that the kernel enforces, also while native code runs."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Final

if sys.platform != "win32":
    import resource

#: Seconds of processor time for one file at most, and for a file of no size. A megabyte of what people write takes
#: three seconds, and no file took one: a machine that is ten times slower reads them all.
SECONDS: Final = 30
_AT_LEAST: Final = 10
#: Bytes for which a file has one second more.
_A_SECOND: Final = 1_000_000 // 30
#: When so many files were over their budget, the rest have a fifth of it: one that harms comes in hundreds, too.
MOST_OVER: Final = 5
_SHORTER: Final = 5
#: Seconds by the clock, after which the parent ends a worker: what waits uses no processor time.
PATIENCE: Final = 300
#: Bytes of address space that a worker may take beside what it began with.
MEMORY: Final = 2 * 1024**3

#: Why a worker ended by a signal, for the file that it was at.
_ENDS: Final = {
    "SIGXCPU": ("over budget", "took more than {} seconds of processor time"),
    "SIGKILL": ("crashed", "its process was killed, as where memory runs out"),
    "SIGSEGV": ("crashed", "the parser ended its process"),
    "SIGABRT": ("crashed", "the parser ended its process, as where it finds no more memory"),
}


def limit_worker() -> None:
    """Limit the memory of this process, and keep what its native code says of its end from the user's terminal."""
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):  # where the kernel tells nothing, or allows less
        with open("/proc/self/statm", "rb") as file:
            begun = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (begun + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    if "SCANNER_DEBUG" not in os.environ:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)
        os.close(nothing)


def seconds_for(size: int, over: int) -> int:
    """Seconds of processor time for one file, as much more than it takes as machines may be slower.

    Args:
        size: of the file, in bytes; below 0 where nobody knows.
        over: how many files of the same scan were over their budget.
    """
    seconds = min(_AT_LEAST + size // _A_SECOND, SECONDS) if size >= 0 else SECONDS
    return seconds if over < MOST_OVER else max(seconds // _SHORTER, 1)


def limit_file(seconds: int) -> None:
    """Give this process the processor time of one more file; past it the kernel ends it, whatever it is at."""
    if sys.platform == "win32":
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        wanted = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard < 0 else min(wanted, hard), hard))


def is_whole_budget(size: int, failure: tuple[str, str]) -> bool:
    """Whether a file took all that one of its size may take, as it would the next time; others may have had less.

    Args:
        size: of the file, in bytes.
        failure: reason and detail, as `why_ended` has them.
    """
    return failure == why_ended(-getattr(signal, "SIGXCPU", 0), seconds_for(size, 0))


def why_ended(code: int | None, seconds: int) -> tuple[str, str]:
    """Why a worker ended, as reason and detail of the file that it was at.

    Args:
        code: as `multiprocessing` has it: a signal is negative.
        seconds: of processor time that the file had.
    """
    with suppress(ValueError):
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            reason, detail = _ENDS.get(name, ("crashed", f"{name} ended its process"))
            return reason, detail.format(seconds)
    return "crashed", "the parser ended its process"
