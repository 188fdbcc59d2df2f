"""Patterns of paths as users write them, in the language of `.gitignore`, on an engine that takes linear time."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

#: A longer pattern is no path.
_LONGEST = 200


class PathPattern(msgspec.Struct, frozen=True):
    """One pattern, checked by `bad_pattern`."""

    source: str

    def matches(self, path: str) -> bool:
        """Whether a path, relative to the scanned root, is one of those that the pattern means."""
        return last_match((self.source,), path) >= 0


def last_match(patterns: tuple[str, ...], path: str) -> int:
    """The number of the last pattern that matches a path; -1 where none does."""
    index = _spec(patterns).check_file(path).index
    return -1 if index is None else index


def bad_pattern(pattern: str) -> str:
    """Why a text is no pattern of paths, as the end of a sentence that begins with it; empty for a good one."""
    if len(pattern) > _LONGEST:
        return f"is longer than {_LONGEST} characters; write a shorter pattern"
    if pattern != pattern.strip() or not pattern.isprintable():
        return "holds spaces at its ends, or signs that cannot be shown; write the path alone"
    try:
        included = [each.include for each in _compiled((pattern,)).patterns]
    except Exception:  # noqa: BLE001  # pathspec, re and re2 each have their own error for a bad pattern
        included = []
    if included != [True]:
        return "is no pattern of paths; write one as in `.gitignore`, such as `legacy/` or `**/*_old.py`"
    return ""


def too_many(patterns: tuple[str, ...]) -> bool:
    """Whether patterns, each good by itself, are more together than the engine takes."""
    try:
        _spec(patterns)
    except Exception:  # noqa: BLE001  # see above
        return True
    return False


@cache
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    return _compiled(patterns)


def _compiled(patterns: Sequence[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # here, since few repositories have patterns

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd character classes warn
        return GitIgnoreSpec.from_lines(patterns, backend="re2")
