"""Score the rules on labelled repositories and write the tables of `docs/accuracy.md`.

    python benchmarks/accuracy.py --corpora DIR --truth DIR

CORPORA holds one folder (or git repository) for each name in TRUTH/corpora.json; one that is missing is named in the
table. The text between the two marks of the page is replaced; the rest, judged by hand, stays.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner.api import load_rules, make_packet, read_repository
from scanner.kinds import FAMILIES, KINDS
from scanner.languages import by_name
from scanner.packs import Pack
from scanner.rules import Rulebook
from scanner.scan import Scan
from scanner.score import Distractor, Label, Score, Share, StatusLabel, StatusPair, compare_statuses, read_lines, score
from scanner.touchpoints import Confidence

_PAGE = Path(__file__).resolve().parent.parent / "docs" / "accuracy.md"
_START, _END = "<!-- generated: start -->", "<!-- generated: end -->"


def main() -> int:
    """Write the page and print what changed in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--pack", default="tensorzero")
    arguments = parser.parse_args()
    pack, rulebook = load_rules([arguments.pack])
    assert pack is not None, "the pack is named"
    names = json.loads((arguments.truth / "corpora.json").read_text(encoding="utf-8"))
    lines = list(_report(names, arguments.corpora, arguments.truth, pack, rulebook))
    page = _PAGE.read_text(encoding="utf-8")
    before, rest = page.split(_START)
    after = rest.split(_END)[1]
    _PAGE.write_text(before + _START + "\n\n" + "\n".join(lines) + "\n\n" + _END + after, encoding="utf-8")
    print("\n".join(lines))
    return 0


def _report(
    names: dict[str, dict[str, str]], corpora: Path, truth: Path, pack: Pack, rulebook: Rulebook
) -> Iterator[str]:
    scored: list[tuple[str, Scan, Score]] = []
    pairs: list[tuple[str, tuple[StatusPair, ...]]] = []
    missing: list[str] = []
    for name in names:
        folder = corpora / name
        if not folder.is_dir():
            missing.append(name)
            continue
        found = read_repository(folder, None, rulebook)
        labels = read_lines(truth / f"{name}.labels.jsonl", Label)
        distractors = read_lines(truth / f"{name}.distractors.jsonl", Distractor)
        scored.append((name, found, score(found.touchpoints, labels, distractors)))
        statuses = read_lines(truth / f"{name}.statuses.jsonl", StatusLabel)
        compared = compare_statuses(make_packet(found, pack), statuses)
        if compared:
            pairs.append((name, compared))
    yield from _totals(scored, names)
    yield from _what_was_read([(name, found) for name, found, _ in scored])
    for name, _, result in scored:
        yield from _families(name, result, {rule.kind for rule in rulebook.rules})
    for name, compared in pairs:
        yield from _statuses(name, compared)
    for name in missing:
        yield f"`{name}` was not at hand when this page was made."


def _totals(scored: Sequence[tuple[str, Scan, Score]], names: dict[str, dict[str, str]]) -> Iterator[str]:
    yield "## Labelled repositories"
    yield ""
    yield "| repository | commit | labels found | core labels found | distractors reported | seams shown |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, found, result in scored:
        row = result.rows[0]
        shown = sum(seam.confidence is not Confidence.LOW for seam in found.seams)
        cells = [_cell(row.recall), _cell(row.core), _cell(row.distractors)]
        yield f"| {name} | `{names[name]['commit'][:10]}` | {' | '.join(cells)} | {shown} |"
    yield ""


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


def _families(name: str, result: Score, ruled: set[str]) -> Iterator[str]:
    yield f"### {name}"
    yield ""
    yield "| family or kind | labels found | core labels found | distractors reported | precision at K |"
    yield "| --- | --- | --- | --- | --- |"
    for row in result.rows:
        bold = "**" if row.name in FAMILIES or row.name == "all" else ""
        cells = [_cell(row.recall), _cell(row.core), _cell(row.distractors), _cell(row.precision)]
        if row.name in KINDS and row.name not in ruled:
            cells = ["no rule looks for it yet", "", "", ""]
        yield f"| {bold}{row.name}{bold} | {' | '.join(cells)} |"
    yield ""
    if result.reported:
        yield "Distractors reported:"
        yield ""
        for distractor, item in result.reported:
            yield f"- `{distractor.path}:{distractor.line}` as {distractor.not_kind}, by `{item.rule}`"
        yield ""


def _statuses(name: str, pairs: Sequence[StatusPair]) -> Iterator[str]:
    agreed = sum(pair.expected == pair.found for pair in pairs)
    yield f"### Statuses of {name}: {agreed} of {len(pairs)} agree"
    yield ""
    yield "| requirement | reviewer | packet | the reviewer's reason | what the packet says is missing |"
    yield "| --- | --- | --- | --- | --- |"
    for pair in pairs:
        said = "; ".join(_plain(item) for item in pair.missing) or "nothing"
        yield f"| {pair.requirement} | {pair.expected} | {pair.found} | {_plain(pair.why)} | {said} |"
    yield ""


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


def _cell(share: Share) -> str:
    if not share.total:
        return "–"
    return f"{share.hits}/{share.total} ({share.hits / share.total:.2f}; {share.low:.2f}–{share.high:.2f})"


if __name__ == "__main__":
    sys.exit(main())
