"""Tables and pages of the command line: seams, rules, kinds, packs, and how examples and files fared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from scanner.assemble import public
from scanner.errors import UsageError
from scanner.examples import run_examples
from scanner.installed import builtin_rules
from scanner.jsonpage import json_page
from scanner.kinds import FAMILIES, KINDS, family_of
from scanner.packet import SCHEMA_VERSION
from scanner.packfile import builtin_packs, load_pack
from scanner.phrases import plural
from scanner.places import printable
from scanner.rulebook import load
from scanner.rules import Rule
from scanner.scan import Scan
from scanner.seams import Seam
from scanner.setaside import suppressed_words
from scanner.survey import completeness, described
from scanner.touchpoints import Confidence, Touchpoint
from scanner.yamlcheck import suggest


@dataclass(frozen=True, slots=True)
class Filter:
    """Which touchpoints a listing shows."""

    kinds: frozenset[str]
    confidence: Confidence
    paths: tuple[str, ...]

    @staticmethod
    def of(kinds: Sequence[str], families: Sequence[str], confidence: Confidence, paths: Sequence[str]) -> Filter:
        """A filter from what a user wrote.

        Raises:
            UsageError: for an unknown kind or family, with the nearest known one.
        """
        chosen: set[str] = set()
        for kind in kinds:
            if kind not in KINDS:
                raise UsageError(f"no kind of seam is called `{printable(kind)}`; {suggest(kind, KINDS, _SEE_KINDS)}")
            chosen.add(kind)
        for family in families:
            chosen.update(_kinds_of(family))
        return Filter(frozenset(chosen) or frozenset(KINDS), confidence, tuple(paths))

    def shows(self, item: Touchpoint) -> bool:
        """Whether a touchpoint passes."""
        return item.confidence.rank >= self.confidence.rank and self._asked_for(item)

    def holds_back(self, item: Touchpoint) -> bool:
        """Whether a touchpoint passes but for its confidence."""
        return item.confidence.rank < self.confidence.rank and self._asked_for(item)

    def _asked_for(self, item: Touchpoint) -> bool:
        return item.kind in self.kinds and (not self.paths or any(fnmatchcase(item.path, glob) for glob in self.paths))


_SEE_KINDS = "see `scanner rules list --kinds`"


def _kinds_of(family: str) -> tuple[str, ...]:
    if family not in FAMILIES:
        near = suggest(family, FAMILIES, "write one of " + ", ".join(FAMILIES))
        raise UsageError(f"no family of seams is called `{printable(family)}`; {near}")
    return tuple(FAMILIES[family])


def seams_json(found: Scan, chosen: Filter) -> bytes:
    """All touchpoints that pass, best-ranked first, in the shape of a packet's."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "completeness": msgspec.to_builtins(completeness(found)),
        "repository": msgspec.to_builtins(described(found)),
        "suppressions": msgspec.to_builtins(found.suppressions),
        "touchpoints": [msgspec.to_builtins(public(item)) for item in found.touchpoints if chosen.shows(item)],
    }
    return json_page(document)


def seams_table(found: Scan, chosen: Filter, width: int | None) -> str:
    """One line a seam, best-ranked first: how sure, kind, place, name, further places."""
    rows: list[tuple[str, str, str, str]] = []
    for seam in found.seams:
        shown = [item for item in seam.touchpoints if chosen.shows(item)]
        if shown:
            rows.append((shown[0].confidence.value, seam.kind, _place(shown[0]), _called(seam, len(shown))))
    held = sum(map(chosen.holds_back, found.touchpoints))
    head = ("confidence", "kind", "place", "seam")
    lines = aligned([head, *rows], width) if rows else ["no seam passes these filters"]
    lines.append("")
    lines.append(f"{plural(len(rows), 'seam')}; {plural(held, 'touchpoint')} of lower confidence held back")
    lines += [words] if (words := suppressed_words(found.suppressions)) else []
    look = completeness(found)
    lines.append(f"look: {look.status}")
    lines.extend(f"  {printable(reason)}" for reason in look.reasons)
    return "\n".join(lines) + "\n"


def _place(item: Touchpoint) -> str:
    return f"{item.path}:{item.line}"


def _called(seam: Seam, places: int) -> str:
    more = f" (+{places - 1})" if places > 1 else ""
    return printable(seam.name) + more + (" unwired" if seam.best.unwired else "")


def aligned(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Rows in columns, cut to a width if there is one."""
    sizes = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, sizes, strict=True)).rstrip() for row in rows]
    return [line if width is None or len(line) <= width else line[: width - 1] + "…" for line in lines]


def rules_table(family: str | None) -> str:
    """Id, kind and title of every built-in rule, by kind."""
    kinds = _kinds_of(family) if family else tuple(KINDS)
    order = list(KINDS)
    rules = sorted(
        (rule for rule in load().rules if rule.kind in kinds), key=lambda rule: (order.index(rule.kind), rule.id)
    )
    rows = [("rule", "kind", "title"), *((rule.id, rule.kind, rule.title) for rule in rules)]
    return "\n".join(aligned(rows, None)) + "\n"


def kinds_table() -> str:
    """Every kind of seam with its family and meaning."""
    rows = [
        ("family", "kind", "it is this"),
        *((family, *item) for family in FAMILIES for item in FAMILIES[family].items()),
    ]
    return "\n".join(aligned(rows, None)) + "\n"


def packs_table() -> str:
    """Every built-in pack."""
    packs = [load_pack(path) for path in builtin_packs().values()]
    rows = [("pack", "requirements", "migration")]
    rows.extend((pack.id, str(len(pack.requirements)), pack.migration) for pack in packs)
    return "\n".join(aligned(rows, None)) + "\n"


def rule_page(rule_id: str) -> str:
    """One built-in rule as its file has it, under a short head.

    Raises:
        UsageError: when there is none of that id.
    """
    rules = {rule.id: rule for rule in load().rules}
    rule = rules.get(rule_id)
    if rule is None:
        near = suggest(rule_id, rules, "see `scanner rules list`")
        raise UsageError(f"no rule is called `{printable(rule_id)}`; {near}")
    head = f"{rule.title}\n{rule.kind} ({family_of(rule.kind)}) · {rule.path}:{rule.line}\n\n{rule.why}\n\n"
    return head + _source(rule)


def _source(rule: Rule) -> str:
    path = builtin_rules().parent / rule.path
    lines = path.read_text(encoding="utf-8").splitlines()[rule.line - 1 :]
    end = next((at for at, line in enumerate(lines) if at and line.startswith("- ")), len(lines))
    return "\n".join(lines[:end]).rstrip() + "\n"


def tested(paths: Sequence[Path]) -> tuple[str, bool]:
    """How the examples of rules and packs fared: a line for each that does not hold, then a count.

    Args:
        paths: files or folders to try; none for everything that is built in.

    Raises:
        RuleError: when a file cannot be loaded.
    """
    from scanner.ownfiles import load_own
    from scanner.packtrials import try_examples

    own = load_own(paths)
    packs, rulebook = own.packs, own.rulebook
    cases = list(run_examples(rulebook, own.files))
    trials = [trial for pack in packs for trial in try_examples(pack, rulebook)]
    failed = [case for case in cases if not case.passed]
    lines = [f"{case.path}:{case.line}: {case.outcome}: rule `{case.rule}`, {case.language} example" for case in failed]
    lines += [problem for trial in trials for problem in trial.problems]
    good = len(cases) - len(failed) + sum(not trial.problems for trial in trials)
    total = len(cases) + len(trials)
    lines.append(f"{good} of {total} examples hold")
    return "\n".join(lines) + "\n", good == total
