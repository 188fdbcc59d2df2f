"""Opening files in folders that strangers fill: what stands at a path may be a pipe or a device by now."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO, Final

#: A pipe does not wait for a writer. Windows has none of these.
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


def open_regular(path: str | bytes | os.PathLike[str]) -> BinaryIO | None:
    """Open a file; None where something else stands there.

    Raises:
        OSError: when it cannot be opened; with `ELOOP` where the path ends at a link.
    """
    return _open(path, _FLAGS | _NO_LINK)


def open_linked(path: str | bytes | os.PathLike[str]) -> BinaryIO | None:
    """As `open_regular`, also where the path ends at a link to a file."""
    return _open(path, _FLAGS)


def _open(path: str | bytes | os.PathLike[str], flags: int) -> BinaryIO | None:
    file = open(os.open(path, flags), "rb")  # noqa: SIM115  # the caller closes it
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    return None
