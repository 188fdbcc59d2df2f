"""Questions to the disk that never follow a link."""

from __future__ import annotations

import os
import stat


class Folders:
    """Remembers which folders below a root are reached without a link, as git asks of tracked files."""

    def __init__(self, root: str) -> None:
        self._root = os.fsencode(root)
        self._real: dict[bytes, bool] = {b"": True}

    def hold(self, raw: bytes) -> bool:
        """Whether no folder on the way to a path is a link."""
        folder = raw.rpartition(b"/")[0]
        if folder in self._real:
            return self._real[folder]
        real, at = True, b""
        for part in folder.split(b"/"):  # a loop: a forged name may have more parts than Python has frames
            at = at + b"/" + part if at else part
            if at not in self._real:
                self._real[at] = real and _is_folder(os.path.join(self._root, at))
            real = self._real[at]
        return real


def _is_folder(path: bytes) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def look(path: bytes) -> int | str:
    """Give a regular file's size, or `gone`, or why it is no file to read; links are not followed."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except OSError as error:
        return str(error.strerror)
    return status.st_size if stat.S_ISREG(status.st_mode) else "not a regular file"
