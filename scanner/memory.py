"""What a function says of a name is remembered: the same names come up in every file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

#: Names that a memory keeps; a repository can have millions of them.
_LIMIT = 60_000
Name = TypeVar("Name")
Result = TypeVar("Result")


class Memory(dict[Name, Result]):
    """Remembers what a function says of names."""

    def __init__(self, find: Callable[[Name], Result]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: Name) -> Result:
        if len(self) >= _LIMIT:
            self.clear()
        found = self[name] = self._find(name)
        return found
