"""Writing results to files: whole or not at all, and never over somebody's work."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from scanner.errors import UsageError
from scanner.places import printable


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
    folder = os.path.dirname(target)
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
        os.replace(temporary, target)
    except BaseException:  # an interrupt, too, leaves nothing behind
        with suppress(OSError):
            os.unlink(temporary)
        raise


def written_by_scanner(old: bytes) -> bool:
    """Whether a file is a packet that scanner wrote, and so may be replaced by a newer one."""
    return b"\nScanner " in old[-2000:] or (b'"schema_version"' in old[:200] and b'"scanner_version"' in old[:400])
