"""Writing results to files: whole or not at all, and never over somebody's work."""

from __future__ import annotations

import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from scanner.errors import UsageError
from scanner.places import printable

#: Files that are being written, and for how many seconds nobody else touches them.
_TEMPORARY = re.compile(r"\.scanner-[0-9a-f]{16}\.tmp")
_HOUR = 3600


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
        if mode is None:
            _replace(target, content, None)
        elif stat.S_ISDIR(mode):
            raise UsageError(f"cannot write {shown}: it is a folder; name a file in it")
        elif not stat.S_ISREG(mode):
            _pour(target, content)
        else:
            old = Path(target).read_bytes()
            if old == content:
                return
            if not force and not ours(old):
                raise UsageError(f"{shown} exists and was not written by scanner; use --force to replace it")
            os.close(os.open(target, os.O_WRONLY))  # replacing needs no permission on the file, but its owner set one
            _replace(target, content, stat.S_IMODE(mode))
    except FileNotFoundError:
        raise UsageError(f"cannot write {shown}: its folder does not exist; create it first") from None
    except OSError as error:
        raise UsageError(f"cannot write {shown}: {error.strerror or error}; name another file with -o") from None


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


def _replace(target: str, content: bytes, mode: int | None) -> None:
    """Write beside the target, then rename."""
    temporary = _beside(target, content, mode)
    try:
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _beside(target: str, content: bytes, mode: int | None) -> str:
    """Write a file beside the target, whole and on disk; gives its path."""
    folder = os.path.dirname(target)
    _sweep(folder)
    temporary = os.path.join(folder, f".scanner-{secrets.token_hex(8)}.tmp")
    # Opened by hand: `tempfile` would make it readable by its owner alone, against the user's umask.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, mode)
    except BaseException:  # an interrupt, too, leaves nothing behind
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


def _sweep(folder: str) -> None:
    """Remove what killed runs left half written; what is younger than an hour may still be being written."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and entry.stat(follow_symlinks=False).st_mtime < time.time() - _HOUR:
                os.unlink(entry.path)


def write_together(
    files: Sequence[tuple[Path, bytes]], force: bool = False, ours: Callable[[bytes], bool] = _nobodys
) -> None:
    """Write files that belong together: either none is touched, or all are whole beside their places before any moves.

    Only a crash between two renames leaves new files beside old ones. Links are not followed, and files with the same
    content are left alone.

    Args:
        files: Path and content, in the order in which they are to appear.
        force: Whether to replace files of somebody else.
        ours: Tells by its content whether a file is one that may be replaced without `force`.

    Raises:
        UsageError: When one of them cannot be written, or is somebody else's.
    """
    changed: list[tuple[Path, bytes, int | None]] = []
    waiting: list[tuple[str, Path]] = []
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
        for path, content, mode in changed:
            waiting.append((_beside(os.fspath(path), content, mode), path))
        while waiting:
            temporary, path = waiting[0]
            os.replace(temporary, path)
            del waiting[0]
    except OSError as error:
        shown = printable(os.fspath(path))
        raise UsageError(f"cannot write {shown}: {error.strerror or error}; name another folder") from None
    finally:
        for temporary, _ in waiting:
            with suppress(OSError):
                os.unlink(temporary)


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
    os.close(os.open(path, os.O_WRONLY))  # replacing needs no permission on the file, but its owner set one
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
