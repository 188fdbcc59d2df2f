"""The rule and pack files that a user names for checks, loaded together so that one may rest on the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from scanner.api import load_rules
from scanner.named import EVERY_PACK
from scanner.packs import PackFile
from scanner.rulebook import load, shown_path
from scanner.rules import Rulebook


class OwnFiles(msgspec.Struct, frozen=True):
    """What was named, with the built-in rules beside it."""

    packs: tuple[PackFile, ...]
    rulebook: Rulebook
    #: Files of the rules that were named; None for all, where no file was.
    files: frozenset[str] | None


def load_own(paths: Sequence[Path]) -> OwnFiles:
    """Load files that were named, or everything that is built in.

    Args:
        paths: rule, catalogue and pack files; where one is a folder, rules and catalogue entries alone.

    Raises:
        RuleError: with every problem of every file.
    """
    if not paths:
        return OwnFiles(*load_rules([EVERY_PACK]), None)
    files = all(path.is_file() for path in paths)
    packs, rulebook = load_rules([str(path) for path in paths]) if files else ((), load(paths))
    named = [shown_path(path) for path in paths]
    below = (rule.path for rule in rulebook.rules if any(_is_below(rule.path, name) for name in named))
    return OwnFiles(packs, rulebook, frozenset(below))


def _is_below(path: str, name: str) -> bool:
    return path == name or path.startswith(f"{name}/")
