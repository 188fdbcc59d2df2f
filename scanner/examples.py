"""The examples of rules, run as tests: what each finds and what it must leave alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Literal

import msgspec

from scanner.candidates import FileReport
from scanner.exports import exports_of
from scanner.languages import by_name, language_of
from scanner.languages.extract import read
from scanner.look import call_references, definition_names, surroundings
from scanner.matching import match
from scanner.modules import Layout, layout
from scanner.plan import Plan
from scanner.rulefile import FILE_MARK
from scanner.rules import Example, Rule, Rulebook
from scanner.strata import touchpoints
from scanner.wiring import used_names

_DEFAULT_NAMES = {"python": "example.py", "dotenv": ".env"}

#: How a case ended; a near miss proves nothing if no `reject` is what holds it back.
Outcome = Literal["found", "left alone", "missing", "noisy", "reject proves nothing"]


class Case(msgspec.Struct, frozen=True):
    """One example, tried."""

    rule: str
    #: Rule file and line of the snippet.
    path: str
    line: int
    language: str
    outcome: Outcome

    @property
    def passed(self) -> bool:
        """Whether the rule does what its author says."""
        return self.outcome in ("found", "left alone")


def run_examples(rulebook: Rulebook, only: frozenset[str] | None = None) -> Iterator[Case]:
    """Try the examples of all rules, or of those whose file is in `only`."""
    plan = Plan(rulebook, Layout())
    for rule in rulebook.rules:
        if only is None or rule.path in only:
            yield from _cases(plan, rule)


def _cases(plan: Plan, rule: Rule) -> Iterator[Case]:
    for example in rule.examples:
        hit = _finds(plan, rule.id, example)
        if example.finds:
            outcome: Outcome = "found" if hit else "missing"
        else:
            outcome = "noisy" if hit else "left alone"
        yield Case(rule.id, rule.path, example.line, example.language, outcome)
    near_misses = [example for example in rule.examples if not example.finds]
    if rule.reject is not None and near_misses:
        loose = plan.loosened(rule)
        if not any(_finds(loose, rule.id, example) for example in near_misses):
            yield Case(rule.id, rule.path, near_misses[0].line, near_misses[0].language, "reject proves nothing")


def _finds(plan: Plan, rule: str, example: Example) -> bool:
    found = touchpoints(plan.rulebook, example_reports(plan, example), {})
    return any(rule in item.rules for item in found)


def example_reports(plan: Plan, example: Example) -> tuple[FileReport, ...]:
    """The files of a snippet, read as a repository of their own with the rules of a plan."""
    files = dict(_files(example))
    around = layout(sorted(files), {})
    exports: dict[str, str] = {}
    reports: tuple[FileReport, ...] = ()
    for _ in range(2):  # the second time with what the first says of other files
        reports = tuple(_report(plan, path, source, around, exports) for path, source in sorted(files.items()))
        exports = exports_of(reports)
    return reports


def _report(plan: Plan, path: str, source: bytes, around: Layout, external: Mapping[str, str]) -> FileReport:
    language = language_of(path, source)
    assert language is not None, "the names of example files have the suffix of a known language"
    reading = read(language, path, source, surroundings(around, language, path, external), plan.asked(language.family))
    return FileReport(
        path=path,
        language=language.name,
        module=around.modules.get(path, ""),
        candidates=match(plan, reading.facts, apart=False),
        calls=tuple(call_references(reading.facts, around)),
        definitions=tuple(definition_names(reading.facts, around)),
        mentioned=used_names(reading.facts, False),
        exports=dict(reading.exports),
    )


def _files(example: Example) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a snippet; `# file: NAME` starts one."""
    marks = list(FILE_MARK.finditer(example.code))
    if not marks or example.code[: marks[0].start()].strip():
        suffix = by_name(example.language).suffixes[0]
        name = _DEFAULT_NAMES.get(example.language, f"example{suffix}")
        yield name, example.code[: marks[0].start() if marks else None].encode()
    for mark, following in zip_longest(marks, marks[1:]):
        yield mark.group(1), example.code[mark.end() : following.start() if following else None].encode()
