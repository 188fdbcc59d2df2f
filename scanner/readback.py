"""Files of ours read back: their content, as JSON, of a schema version that this scanner knows.

Every error is one line that says what is wrong and how to mend it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import msgspec

from scanner import __version__
from scanner.errors import UsageError
from scanner.places import printable

_VERSION: Final = re.compile(r"(\d{1,6})\.(\d{1,6})")


class Reading(msgspec.Struct, frozen=True):
    """One kind of file, and what to say of one that is none."""

    #: Such as `packet`.
    what: str
    #: What to name instead.
    mend: str

    def content(self, path: Path, name: str) -> bytes:
        """The content of a file.

        Raises:
            UsageError: when it cannot be read.
        """
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise UsageError(f"there is no file {name}; {self.mend}") from None
        except OSError as error:
            raise UsageError(f"{name} cannot be read: {error.strerror}; {self.mend}") from None

    def document(self, content: bytes, name: str) -> Any:
        """The content as plain data.

        Raises:
            UsageError: when it is no JSON.
        """
        try:
            return msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            why = "nested too deeply" if isinstance(error, RecursionError) else printable(str(error))
            raise UsageError(f"{name} is no JSON ({why}); {self.mend}") from None

    def check_version(self, version: object, name: str, own: str) -> None:
        """See whether this scanner reads a schema version: of one major number, and no newer one.

        Args:
            version: of the file.
            name: what to call it in errors.
            own: the version that this scanner writes.

        Raises:
            UsageError: when it does not, with which side is to be renewed.
        """
        parts = _VERSION.fullmatch(version) if isinstance(version, str) else None
        if parts is None:
            raise UsageError(f"{name} is no {self.what}: it has no schema version; {self.mend}")
        major, minor = (int(part) for part in own.split("."))
        there = int(parts[1]), int(parts[2])
        if there[0] == major and there[1] <= minor:
            return
        reads = f"scanner {__version__} reads {own}" + (f" and older {major}.x" if minor else "")
        again = f"make the {self.what} again with this scanner"
        mend = again if there < (major, minor) else "install a newer scanner"
        raise UsageError(f"{name} has schema version {parts[0]}, and {reads}; {mend}")
