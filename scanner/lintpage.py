"""What `scanner rules lint` says: whether files are sound, and how good their rules are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from scanner.catalogcheck import check_catalog
from scanner.jsonpage import json_page
from scanner.ownfiles import load_own
from scanner.phrases import aligned, joined, plural
from scanner.rubric import WEIGHTS, Grade
from scanner.rulebook import shown_path
from scanner.rules import Rulebook


class Linted(msgspec.Struct, frozen=True):
    """Files that are sound."""

    #: A line that says what was checked.
    said: str
    rulebook: Rulebook
    #: Files of the rules that are to be graded; None for all.
    own: frozenset[str] | None


def lint(paths: Sequence[Path]) -> Linted:
    """Check the built-in rules and packs, or those of files and folders, together.

    Raises:
        RuleError: with every problem of every file.
    """
    own = load_own(paths)
    check_catalog(own.rulebook.catalog)
    if not paths:
        counts = (
            f"{len(own.rulebook.rules)} rules, {len(own.rulebook.catalog)} catalogue names and {len(own.packs)} packs"
        )
        return Linted(f"{counts} are sound", own.rulebook, None)
    said = f"{joined([shown_path(path) for path in paths], 'and')} {'is' if len(paths) == 1 else 'are'} sound"
    return Linted(said, own.rulebook, own.files)


def passes(grade: Grade, least: int) -> bool:
    """Whether a rule passes all gates and scores enough."""
    return not grade.failed and grade.score >= least


def lint_json(linted: Linted, grades: Sequence[Grade], least: int) -> bytes:
    """The grades of all rules, in the order of their files."""
    document: dict[str, Any] = {
        "checked": linted.said,
        "weights": WEIGHTS,
        "min_score": least,
        "passed": all(passes(grade, least) for grade in grades),
        "rules": [{**msgspec.to_builtins(grade), "passed": passes(grade, least)} for grade in grades],
    }
    return json_page(document)


def lint_table(linted: Linted, grades: Sequence[Grade], least: int, every: bool) -> str:
    """What was checked, a row a rule, and what to mend.

    Args:
        linted: what was checked.
        grades: of its rules.
        least: the score below which a rule fails.
        every: whether all rules have a row, and not only those that fail.
    """
    shown = [grade for grade in grades if every or not passes(grade, least)]
    lines = [linted.said]
    if shown:
        head = ["rule", "score", *WEIGHTS, *(("hits", "files", "functions", "hooks") if shown[0].spread else ())]
        lines += ["", *aligned([head, *map(_row, shown)], None)]
    mend = [line for grade in shown for line in _mend(grade, least)]
    if mend:
        lines += ["", *mend]
    if grades:
        failed = sum(not passes(grade, least) for grade in grades)
        scores = [grade.score for grade in grades]
        middle = f", the middle one {round(median(scores))}" if len(scores) > 2 else ""
        lines += [
            "",
            f"{plural(len(grades), 'rule')}: score {_range(scores)} of 100{middle}; {failed or 'none'} failed",
        ]
    return "\n".join(lines) + "\n"


def _row(grade: Grade) -> list[str]:
    parts = [f"{grade.parts[part]:.2f}" for part in WEIGHTS]
    spread = grade.spread
    counts = [spread.hits, spread.files, spread.functions, spread.hooks] if spread else []
    return [grade.rule, str(grade.score), *parts, *map(str, counts)]


def _mend(grade: Grade, least: int) -> list[str]:
    place = f"{grade.path}:{grade.line}: rule `{grade.rule}`"
    said = [f"{place} fails: {each}" for each in grade.failed]
    if grade.score < least:
        said.append(f"{place} fails: it scores {grade.score}, and {least} is asked")
    return said + [f"{place} could be better: {each}" for each in grade.mend]


def _range(scores: Sequence[int]) -> str:
    return str(scores[0]) if min(scores) == max(scores) else f"{min(scores)} to {max(scores)}"
