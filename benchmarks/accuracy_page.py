"""The generated part of `docs/accuracy.md`, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from accuracy_cells import cell
from corpora import Corpus, Missing
from status_page import statuses

from scanner.agreement import StatusPair
from scanner.languages import by_name
from scanner.scan import Scan
from scanner.score import Row, Score, pool

#: Group → what it means, in the order of the page.
_GROUPS = {
    "named": "labels open while the rules were written",
    "opened": "scored unseen first, then opened to widen the rules",
    "left out": "scored without the authors of the rules having seen them",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One repository, scanned and scored."""

    corpus: Corpus
    found: Scan
    result: Score
    #: The statuses of all packs for which a reviewer gave some.
    statuses: tuple[StatusPair, ...]


def page(measured: Sequence[Measured], missing: Sequence[tuple[Corpus, Missing]], ruled: Set[str]) -> Iterator[str]:
    """All lines between the marks.

    Args:
        measured: what was scored.
        missing: what could not be had, and why.
        ruled: kinds that any rule looks for.
    """
    yield from _repositories(measured, missing)
    yield from _pooled(measured, ruled)
    yield from _what_was_read([(each.corpus.name, each.found) for each in measured])
    for each in measured:
        yield from _one(each)
    yield from statuses([(each.corpus.name, each.statuses) for each in measured if each.statuses])


def _repositories(measured: Sequence[Measured], missing: Sequence[tuple[Corpus, Missing]]) -> Iterator[str]:
    yield "## Labelled repositories"
    yield ""
    yield "*Places* are the seams at high or medium confidence, uses folded: what a reader is asked to open."
    yield ""
    yield "| repository | commit | labels found | core labels found | distractors reported | places ÷ labels |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for group in dict.fromkeys([*_GROUPS, *(each.corpus.group for each in measured)]):
        own = [each for each in measured if each.corpus.group == group]
        for each in own:
            yield f"| {each.corpus.name} | `{each.corpus.commit[:10]}` | {_cells(each.result.rows[0])} |"
        if own:
            total = pool([each.result for each in own])[0]
            yield f"| **{group}**: {_GROUPS.get(group, '')} | | {_cells(total)} |"
    yield ""
    for corpus, why in missing:
        yield f"- `{corpus.name}` ({corpus.group}) is not in these figures: {why.reason}"
    if missing:
        yield ""


def _pooled(measured: Sequence[Measured], ruled: Set[str]) -> Iterator[str]:
    rows = pool([each.result for each in measured])
    yield "## All repositories together"
    yield ""
    yield from _families(rows)
    groups = dict.fromkeys(each.corpus.group for each in measured)
    for group in groups if len(groups) > 1 else ():
        yield f"Of these, **{group}**:"
        yield ""
        yield from _families(pool([each.result for each in measured if each.corpus.group == group]))
    yield from _head("kind", precision=True)
    for row in rows:
        if row.level == "kind":
            unruled = "no rule looks for it yet | | | | "
            yield f"| {row.name} | {_cells(row, precision=True) if row.name in ruled else unruled} |"
    yield ""


def _families(rows: Sequence[Row]) -> Iterator[str]:
    yield from _head("family", precision=False)
    yield from (f"| {row.name} | {_cells(row)} |" for row in rows if row.level != "kind")
    yield ""


def _one(each: Measured) -> Iterator[str]:
    yield f"### {each.corpus.name}"
    yield ""
    yield from _head("family", precision=True)
    for row in each.result.rows:
        if row.level != "kind":
            yield f"| {row.name} | {_cells(row, precision=True)} |"
    yield ""
    if each.result.reported:
        yield "Distractors reported:"
        yield ""
        for distractor, item in each.result.reported:
            yield f"- `{distractor.path}:{distractor.line}` as {distractor.not_kind}, by `{item.rule}`"
        yield ""


def _head(first: str, *, precision: bool) -> Iterator[str]:
    titles = [first, "labels found", "core labels found", "distractors reported"]
    titles += ["precision at K"] * precision + ["places ÷ labels"]
    yield f"| {' | '.join(titles)} |"
    yield "| --- " * len(titles) + "|"


def _cells(row: Row, *, precision: bool = False) -> str:
    shares = [row.recall, row.core, row.distractors, *([row.precision] if precision else [])]
    places = f"{row.places} ÷ {row.recall.total}"
    if row.places_per_label is not None:
        places += f" = {row.places_per_label:.2f}"
    return " | ".join([*map(cell, shares), places])


def _what_was_read(scans: Sequence[tuple[str, Scan]]) -> Iterator[str]:
    """Every file of a repository is in one column; bytes lost to parse errors are told by language."""
    yield "## What was read"
    yield ""
    yield "| repository | files | read | not read: vendored or generated | not read, and why | in no known language |"
    yield "| --- | --- | --- | --- | --- | --- |"
    lost: dict[str, list[int]] = {}
    for name, found in scans:
        read = [report for report in found.reports if not report.failure[0]]
        failed = Counter(report.failure[0] for report in found.reports if report.failure[0] not in ("", "generated"))
        apart = sum(found.apart.get(category, 0) for category in ("vendored", "generated"))
        why = ", ".join(f"{reason}: {count}" for reason, count in sorted(failed.items())) or "0"
        other = ", ".join(f"{count} {suffix or 'without suffix'}" for suffix, count in found.no_language.items())
        total = len(read) + sum(failed.values()) + apart + sum(found.no_language.values())
        assert total == len(found.repository.files), f"{name}: {total} of {len(found.repository.files)} files are named"
        yield f"| {name} | {total:,} | {len(read):,} | {apart:,} | {why} | {other or '0'} |"
        for report in read:
            row = lost.setdefault(by_name(report.language).title, [0, 0, 0, 0])
            row[0] += 1
            row[1] += report.size
            row[2] += report.lost
            row[3] += report.lost > 0
    yield ""
    yield "| language | files | bytes | files with a parse error | bytes lost |"
    yield "| --- | --- | --- | --- | --- |"
    for title, (files, size, bytes_lost, broken) in sorted(lost.items(), key=lambda item: -item[1][1]):
        yield f"| {title} | {files:,} | {size:,} | {broken:,} | {bytes_lost:,} ({bytes_lost / max(size, 1):.3%}) |"
    yield ""
