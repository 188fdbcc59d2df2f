"""What one file may cost: limits of a worker process that the kernel enforces, also while native code runs."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Final

if sys.platform != "win32":
    import resource

#: Seconds of processor time for one file. The largest that are read take a tenth of it on a slow machine.
SECONDS: Final = 30
#: Seconds by the clock, after which the parent ends a worker: what waits uses no processor time.
PATIENCE: Final = 300
#: Bytes of address space that a worker may take beside what it began with.
MEMORY: Final = 2 * 1024**3

#: Why a worker ended by a signal, for the file that it was at.
_ENDS: Final = {
    "SIGXCPU": ("over budget", f"took more than {SECONDS} seconds of processor time"),
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


def limit_file() -> None:
    """Give this process the processor time of one more file; past it the kernel ends it, whatever it is at."""
    if sys.platform == "win32":
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        wanted = int(usage.ru_utime + usage.ru_stime) + 1 + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard < 0 else min(wanted, hard), hard))


def why_ended(code: int | None) -> tuple[str, str]:
    """Why a worker ended, as reason and detail of the file that it was at.

    Args:
        code: as `multiprocessing` has it: a signal is negative.
    """
    with suppress(ValueError):
        if code is not None and code < 0:
            return _ENDS.get(signal.Signals(-code).name, ("crashed", f"{signal.Signals(-code).name} ended its process"))
    return "crashed", "the parser ended its process"
