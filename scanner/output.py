"""Writing results to files: whole or not at all, and never over somebody's work."""

from __future__ import annotations

import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from scanner.errors import UsageError
from scanner.leaving import undisturbed
from scanner.places import printable

if sys.platform != "win32":
    import fcntl

#: Files that are being written, and for how many seconds nobody else touches them.
_TEMPORARY = re.compile(r"\.scanner-[0-9a-f]{16}\.tmp")
_HOUR = 3600
#: Seconds that one run waits for another to finish writing into a folder, and between two looks.
_PATIENCE = 10.0
_LOOK = 0.02
#: Names of files that this process has open.
_OPEN = ("/dev/std", "/dev/fd/", "/proc/self/fd/")


def _nobodys(_old: bytes) -> bool:
    return False


def write_atomically(
    path: Path, data: bytes | str, force: bool = False, ours: Callable[[bytes], bool] = _nobodys
) -> None:
    """Write a file so that readers see the old content or the new one, never a part.

    A file that exists keeps its permissions; a link is followed; a device or a pipe (`/dev/stdout`) is written to.

    Args:
        path: Where to write.
        data: What to write; text becomes UTF-8.
        force: Whether to replace a file of somebody else.
        ours: Tells by its content whether a file is one that may be replaced without `force`.

    Raises:
        UsageError: When the file exists, differs and is neither ours nor forced, or cannot be written.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    shown = printable(os.fspath(path))
    try:
        target = os.path.realpath(path)
        mode = _mode(target)
        if _is_stream(path):
            _pour(os.fspath(path), content)
        elif mode is None:
            _replace(target, content, None)
        elif stat.S_ISDIR(mode):
            raise UsageError(f"cannot write {shown}: it is a folder; name a file in it")
        else:
            old = Path(target).read_bytes()
            if old == content:
                return
            if not force and not ours(old):
                raise UsageError(f"{shown} exists and was not written by scanner; use --force to replace it")
            _ask(target)
            _replace(target, content, stat.S_IMODE(mode))
    except FileNotFoundError:
        raise UsageError(f"cannot write {shown}: its folder does not exist; create it first") from None
    except OSError as error:
        raise UsageError(f"cannot write {shown}: {error.strerror or error}; name another file with -o") from None


def _is_stream(path: Path) -> bool:
    """Whether it is a device or a pipe, or names an open file of this process (`/dev/stdout`), whatever that is."""
    mode = _mode(os.fspath(path))
    is_file = mode is not None and (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return mode is not None and (not is_file or os.fspath(path).startswith(_OPEN))


def _mode(target: str) -> int | None:
    try:
        return os.stat(target).st_mode
    except FileNotFoundError:
        return None


def _pour(target: str, content: bytes) -> None:
    with open(target, "wb", buffering=0) as device:
        rest = memoryview(content)
        while rest:
            rest = rest[device.write(rest) :]


@contextmanager
def alone(folder: str | Path) -> Iterator[None]:
    """Write into a folder while no other run does, and sweep it first.

    The folder itself is locked, so that no file tells of it, and the system unlocks it when this process ends, however.
    Who cannot have the lock in time (another run stands still) or at all (Windows, some network disks) goes on without:
    each file is whole all the same.
    """
    with _locked(folder) as is_alone:
        if is_alone:
            _sweep(folder)
        yield


@contextmanager
def _locked(folder: str | Path) -> Iterator[bool]:
    """Hold a folder; tells whether no other run can be writing there, as far as can be known."""
    if sys.platform == "win32":
        yield True
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # writing says what is wrong with it
        yield False
        return
    try:
        yield _take(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK)
        except OSError:  # there are no locks
            return True
        else:
            return True


def _ask(path: str | Path) -> None:
    """Replacing needs no permission on a file, but its owner set one.

    Raises:
        OSError: when it may not be written.
    """
    os.close(os.open(path, os.O_WRONLY))


def _replace(target: str, content: bytes, mode: int | None) -> None:
    """Write beside the target, then rename."""
    with alone(os.path.dirname(target)), undisturbed():
        temporary = _beside(target, content, mode)
        try:
            os.replace(temporary, target)
        except BaseException:
            _drop(temporary)
            raise


def _beside(target: str, content: bytes, mode: int | None) -> str:
    """Write a file beside the target, whole and on disk; gives its path."""
    temporary = _new_name(target)
    try:
        # Opened by hand: `tempfile` would make it readable by its owner alone, against the user's umask.
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, mode)
    except BaseException:  # an interrupt, too, leaves nothing behind
        _drop(temporary)
        raise
    return temporary


def _new_name(target: str | Path) -> str:
    return os.path.join(os.path.dirname(target), f".scanner-{secrets.token_hex(8)}.tmp")


def _drop(temporary: str) -> None:
    with suppress(OSError):
        os.unlink(temporary)


def _sweep(folder: str | Path) -> None:
    """Remove what killed runs left half written; what is not an hour from now may still be being written.

    Not an hour before or after: a clock may have been set back.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name):
                age = time.time() - entry.stat(follow_symlinks=False).st_mtime
                if abs(age) > _HOUR:
                    os.unlink(entry.path)


def write_folder(folder: Path, files: Mapping[str, bytes | str], force: bool = False) -> None:
    """Write results that belong together into a folder, which is made where it is missing; see `write_together`.

    Args:
        folder: where.
        files: content by name; text becomes UTF-8.
        force: whether to replace files of somebody else.

    Raises:
        UsageError: when one of them cannot be written, or is somebody else's.
    """
    make_folder(folder)
    pages = [(folder / name, page.encode("utf-8") if isinstance(page, str) else page) for name, page in files.items()]
    with alone(folder):
        write_together(pages, force, written_by_scanner)


def write_together(
    files: Sequence[tuple[Path, bytes]], force: bool = False, ours: Callable[[bytes], bool] = _nobodys
) -> None:
    """Write files that belong together: all are whole beside their places before any moves, and all move or none.

    Only a process that is killed between two renames leaves new files beside old ones. Links are not followed, and
    files with the same content are left alone. To be called with the folder held, see `alone`.

    Args:
        files: Path and content, in the order in which they are to appear.
        force: Whether to replace files of somebody else.
        ours: Tells by its content whether a file is one that may be replaced without `force`.

    Raises:
        UsageError: When one of them cannot be written, or is somebody else's.
    """
    changed: list[tuple[Path, bytes, int | None]] = []
    moves: list[_Move] = []
    path = Path()
    try:
        for path, content in files:
            mode, old = _standing(path)
            if old == content:
                continue
            if old is not None and not force and not ours(old):
                shown = printable(os.fspath(path))
                raise UsageError(f"{shown} exists and was not written by scanner; use --force to replace it")
            changed.append((path, content, mode))
        with undisturbed():
            try:
                for path, content, mode in changed:
                    moves.append(_Move(_beside(os.fspath(path), content, mode), path, is_new=mode is None))
                _move_all(moves)
            finally:
                for move in moves:
                    move.tidy()
    except OSError as error:
        shown = printable(os.fspath(path))
        raise UsageError(f"cannot write {shown}: {error.strerror or error}; name another folder") from None


class _Move:
    """A file that waits beside its place, and the old one of that place."""

    def __init__(self, temporary: str, path: Path, is_new: bool) -> None:
        self._temporary = temporary
        self._path = path
        self._is_new = is_new
        #: A second name of the old file; empty where there is none.
        self._old = ""

    def keep_old(self) -> None:
        """Give the old file a second name, from which it can come back; not every disk can."""
        if not self._is_new:
            name = _new_name(self._path)
            with suppress(OSError):
                os.link(self._path, name, follow_symlinks=False)
                self._old = name

    def do(self) -> None:
        """Rename the new file into its place."""
        os.replace(self._temporary, self._path)

    def undo(self) -> None:
        """Have in its place what was there."""
        with suppress(OSError):
            if self._old:
                os.replace(self._old, self._path)
            elif self._is_new:
                os.unlink(self._path)

    def tidy(self) -> None:
        """Remove what is left beside the place."""
        for name in filter(None, (self._temporary, self._old)):
            _drop(name)


def _move_all(moves: Sequence[_Move]) -> None:
    done: list[_Move] = []
    for move in moves:
        move.keep_old()
    try:
        for move in moves:
            move.do()
            done.append(move)
    except BaseException:
        for move in done:
            move.undo()
        raise


def _standing(path: Path) -> tuple[int | None, bytes | None]:
    """Permissions and content of the file that stands there; None where there is none.

    Raises:
        UsageError: When something else stands there.
        OSError: When it cannot be read, or may not be written.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return None, None
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a link" if stat.S_ISLNK(mode) else "no file"
        raise UsageError(f"cannot write {printable(os.fspath(path))}: it is {what}; name another folder")
    _ask(path)
    return stat.S_IMODE(mode), path.read_bytes()


def written_by_scanner(old: bytes) -> bool:
    """Whether a file is a result that scanner wrote, and so may be replaced by a newer one."""
    from scanner.ownoutput import may_be_replaced

    return may_be_replaced(old)


def make_folder(path: Path) -> None:
    """Make a folder to write into, with those above it; one that is there stays as it is.

    Raises:
        UsageError: When it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        shown = printable(os.fspath(path))
        raise UsageError(f"cannot make the folder {shown}: {error.strerror}; name another one") from None
