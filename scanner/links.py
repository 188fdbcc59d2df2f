"""Where the forge shows the lines of a place."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from scanner.escape import address
from scanner.masking import is_masked


class Placed(Protocol):
    """Something in a file; it may also tell its `end_line`."""

    @property
    def path(self) -> str: ...

    @property
    def line(self) -> int: ...


class Links:
    """Addresses of the places of one packet, or of one side of a difference.

    Args:
        permalink: template of an address, see `packet.Repository`.
        changed: paths of files that differ from the commit, in which the forge has other lines.
        web: whether only the web can be linked. Links that lead from a committed packet's own folder to files beside it
            are for Markdown, which a forge shows in its place; other pages are opened anywhere.
    """

    def __init__(self, permalink: str, changed: Collection[str], web: bool = False) -> None:
        self._permalink = permalink if not web or permalink.startswith(("https://", "http://")) else ""
        self._changed = frozenset(changed)

    def of(self, place: Placed) -> str:
        """The address of a place's very lines; empty where there is none."""
        if place.path in self._changed or is_masked(place.path):
            return ""
        return address(self._permalink, place.path, place.line, getattr(place, "end_line", place.line))
