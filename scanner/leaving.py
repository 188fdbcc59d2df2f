"""How a run ends when something outside says so: a signal, a reader that leaves, a system with nothing left to give.

Whatever happens, what was begun is cleaned up, nothing but one line is said, and the exit code is a documented one.
"""

from __future__ import annotations

import errno
import io
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final, TextIO

from scanner.errors import RepositoryError, UsageError
from scanner.places import printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: Signals that ask a run to end, and what it says then; the exit code is 128 and the signal's number, as in shells.
_ASKING: Final = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
#: Seconds in which the same signal comes twice without anybody meaning more: a terminal sends it to all, and so may
#: what started this run. Who sends it later again does not want to wait.
_TWICE = 1.0
#: Open files that a run may need at once: pipes to workers and to git, the cache, what is read.
_FILES: Final = 64
#: What a system says when it has no more of something; the same call may work later.
_SCARCE: Final = {
    getattr(errno, name)
    for name in ("EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "ENOSPC", "EDQUOT", "EROFS", "EIO")
    if hasattr(errno, name)
}


class Stopped(BaseException):
    """A signal asked this run to end; no `Exception`, so that nothing takes it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.words = _ASKING[signal.Signals(number)]
        self.exit_code = 128 + number


class _Ears:
    """Hears signals: the first one ends the run, one that comes again much later ends it without cleaning up."""

    def __init__(self) -> None:
        self._since: float | None = None

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if self._since is None:
            self._since = time.monotonic()
            raise Stopped(number)
        if time.monotonic() - self._since > _TWICE:
            os._exit(128 + number)


def listen() -> None:
    """Have signals raise `Stopped`, but for those that whoever started this had ignored."""
    ears = _Ears()
    for number in _ASKING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, ears)


def leave_it_to_the_system() -> None:
    """Have signals end this process at once, without a word."""
    for number in _ASKING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that come meanwhile are heard afterwards; a process that is started here begins deaf to them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def only_deaf_to_interrupts() -> None:
    """For a worker: Ctrl-C is for the process that started it, which ends it; anything else ends it as usual."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


class _Stream(io.FileIO):
    """Standard output or error whose reader may leave: what is left to say is then said to nobody.

    So the exit code of a gate does not depend on who reads what it says.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self._is_over = False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, or leave it.

        Raises:
            UsageError: once, when standard output cannot be written to.
        """
        if not self._is_over:
            try:
                while (written := super().write(data)) is None:  # whoever made it does not let it block
                    select.select([], [self], [])
                return written
            except OSError as error:
                self._is_over = True
                if self.fileno() == 1 and not isinstance(error, BrokenPipeError):
                    raise UsageError(f"cannot write to standard output: {error.strerror}") from None
        return memoryview(data).nbytes


def whole_streams() -> None:
    """Give this process a standard input, output and error to rely on, also where some are closed.

    A file that is opened later would else take the place of one, and messages would go into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # Whoever closed standard output is told that nothing can be written to it.
            os.open(os.devnull, os.O_WRONLY if descriptor == 2 else os.O_RDONLY)
    if sys.platform == "win32":
        return
    sys.stdout = _text(1, sys.stdout)
    sys.stderr = _text(2, sys.stderr)


def _text(descriptor: int, old: TextIO | None) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(_Stream(descriptor)),
        encoding=old.encoding if old is not None else "utf-8",
        errors=old.errors if old is not None else "backslashreplace",
        line_buffering=descriptor == 2 or (old is not None and old.isatty()),
    )


def enough_files() -> None:
    """See that as many files can be open as a run needs: else some would be blind spots for no reason of their own.

    Raises:
        RepositoryError: when the system allows fewer.
    """
    taken: list[int] = []
    try:
        for _ in range(_FILES):
            taken.append(os.dup(0))  # noqa: PERF401  # closed again, however many there are
    except OSError as error:
        raise RepositoryError(
            f"too few files may be open at once ({error.strerror}); allow more, as with `ulimit -n {4 * _FILES}`"
        ) from None
    finally:
        for each in taken:
            os.close(each)


def lack(error: Exception) -> str:
    """What the system lacks, as an error tells it, in one line; empty where the error is another."""
    from scanner.git import GitError

    if isinstance(error, MemoryError):
        return "the system has no more memory for this run; give it more, and run again"
    if isinstance(error, GitError):
        return f"git cannot be asked ({printable(error.message)}); mend that, and run again"
    if isinstance(error, OSError) and error.errno in _SCARCE:
        return f"the system fails this run ({error.strerror}); mend that, and run again"
    return ""
