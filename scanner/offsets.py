"""A source at its own offsets: where its lines end, and copies of it in which some places are blank."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Final

#: What stands for each byte of a blank place: a space, and where lines are to stay lines a newline for a newline.
SPACES: Final = b" " * 256
LINES: Final = bytes(10 if byte == 10 else 32 for byte in range(256))


def newlines(source: bytes) -> list[int]:
    """The offset of each newline."""
    # As many bytes as the lines before it have, and a newline after each of these.
    ends = [length + at for at, length in enumerate(accumulate(map(len, source.split(b"\n"))))]
    return ends[:-1]


def blanked(source: bytes, extents: Iterable[tuple[int, int]], blank: bytes = SPACES) -> bytes:
    """A source with blanks in some places; all offsets stay.

    Args:
        source: what to copy.
        extents: the places, by where they start; one that starts inside another is passed over.
        blank: what takes the place of each byte, by its value.
    """
    pieces: list[bytes] = []
    at = 0
    for start, end in extents:
        if start >= at:
            pieces += (source[at:start], source[start:end].translate(blank))
            at = end
    pieces.append(source[at:])
    return b"".join(pieces)
