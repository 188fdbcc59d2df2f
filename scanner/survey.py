"""What a scan says as a whole: inventory, surfaces, coverage, blind spots, and how complete the look was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from scanner.candidates import FileReport
from scanner.kinds import KINDS
from scanner.languages import by_name
from scanner.look import CODE_LIMIT, CONFIG_LIMIT
from scanner.packet import (
    BlindSpot,
    Completeness,
    Coverage,
    Inventory,
    InventoryItem,
    Place,
    Repository,
    SurfaceMatrix,
    SurfaceRow,
)
from scanner.repository import Repository as SourceTree
from scanner.scan import Scan, source_title
from scanner.seams import Seam
from scanner.vocabulary import Vocabulary

#: Share of the agent's own code that may be lost to parse errors before the look is partial.
LOST_SHARE = 0.01
#: Suffixes that are listed by themselves; a hostile tree has thousands.
_MOST_SUFFIXES = 40


class Survey(msgspec.Struct, frozen=True):
    """Everything in a packet that no pack decides."""

    repository: Repository
    inventory: Inventory
    coverage: Coverage
    blind_spots: tuple[BlindSpot, ...]
    completeness: Completeness
    surfaces: SurfaceMatrix


def survey(scan: Scan, words: Vocabulary, kinds: Sequence[str]) -> Survey:
    """Sum a scan up.

    Args:
        scan: the repository, read.
        words: knows which vendor a value belongs to.
        kinds: the kinds of seam that the surface matrix shows, in order.
    """
    spots = tuple(_blind_spots(scan))
    return Survey(
        repository=described(scan.repository, scan.reports),
        inventory=_inventory(scan.reports, words),
        coverage=_coverage(scan),
        blind_spots=spots,
        completeness=completeness(scan),
        surfaces=_surfaces(scan.seams, kinds),
    )


def described(tree: SourceTree, reports: Sequence[FileReport]) -> Repository:
    """What was scanned, as packets name it."""
    digest = hashlib.sha256()
    for report in reports:
        digest.update(f"{report.path}\0{report.digest}\0".encode("utf-8", "replace"))
    return Repository(
        name=tree.name,
        commit=tree.commit,
        remote=tree.remote,
        permalink=tree.permalink_template,
        changed=tuple(sorted({report.path for report in reports if report.changed} | set(tree.deleted))),
        digest=digest.hexdigest(),
    )


def _inventory(reports: Sequence[FileReport], words: Vocabulary) -> Inventory:
    topics: dict[str, dict[str, list[Place]]] = {}
    for report in reports:
        for value in report.values:
            place = Place(report.path, value.line)
            topics.setdefault(value.topic, {}).setdefault(value.value, []).append(place)
            for vendor in words.vendors_of(value):
                topics.setdefault("vendor", {}).setdefault(vendor, []).append(place)
    return Inventory(
        models=_items(topics.get("model", {})),
        providers=_items(topics.get("vendor", {})),
        sdks=_items(topics.get("sdk", {})),
        endpoints=_items(topics.get("endpoint", {})),
        env_vars=_items(topics.get("env_var", {})),
    )


def _items(values: Mapping[str, list[Place]]) -> tuple[InventoryItem, ...]:
    """Values with their places, the ones that stand in most places first."""
    unique = {value: tuple(dict.fromkeys(places)) for value, places in values.items()}
    ordered = sorted(unique.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(InventoryItem(value, places) for value, places in ordered)


def _surfaces(seams: Sequence[Seam], kinds: Sequence[str]) -> SurfaceMatrix:
    counts: dict[str, dict[str, int]] = {}
    for seam in seams:
        if seam.counts:
            row = counts.setdefault(seam.surface, {})
            row[seam.kind] = row.get(seam.kind, 0) + 1
    shown = tuple(kind for kind in KINDS if kind in kinds and any(kind in row for row in counts.values()))
    rows = [SurfaceRow(name, tuple(row.get(kind, 0) for kind in shown)) for name, row in counts.items()]
    rows = [row for row in rows if any(row.counts)]
    return SurfaceMatrix(shown, tuple(sorted(rows, key=lambda row: (-sum(row.counts), row.surface))))


def _read(reports: Iterable[FileReport]) -> list[FileReport]:
    return [report for report in reports if not report.failure[0]]


def _coverage(scan: Scan) -> Coverage:
    read = _read(scan.reports)
    languages: dict[str, int] = {}
    for report in read:
        languages[report.language] = languages.get(report.language, 0) + 1
    return Coverage(
        languages=tuple(
            (by_name(name).title, count)
            for name, count in sorted(languages.items(), key=lambda item: (-item[1], item[0]))
        ),
        files=len(read),
        bytes=sum(report.size for report in read),
        apart=tuple(scan.apart.items()),
        other=_other(scan.no_language),
        held_back=0,
    )


def _other(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Files of no known language by suffix, the rare ones together."""
    rows = [(suffix or "no suffix", count) for suffix, count in counts.items()]
    rest = sum(count for _, count in rows[_MOST_SUFFIXES:])
    return (*rows[:_MOST_SUFFIXES], *([("other", rest)] if rest else []))


def own_code(scan: Scan) -> list[FileReport]:
    """Reports of the agent's own code: no tests, no documentation, nothing generated."""
    return [
        report
        for report in scan.reports
        if report.language in scan.code_languages
        and report.path not in scan.set_apart
        and report.failure[0] != "generated"
    ]


def completeness(scan: Scan) -> Completeness:
    """How complete the look was, with every reason why it was not."""
    code = own_code(scan)
    reasons: list[str] = []
    unknown = [f"{language} ({_files(len(paths))})" for language, paths in _by_language(scan.without_grammar).items()]
    if unknown:
        reasons.append(f"code not read for want of a grammar: {', '.join(unknown)}")
    unread = [report for report in code if report.failure[0]]
    for reason in sorted({report.failure[0] for report in unread}):
        some = [report for report in unread if report.failure[0] == reason]
        reasons.append(f"{_files(len(some))} of code not read: {reason} ({some[0].path})")
    if not code and not scan.without_grammar:
        reasons.append("no source code was found, so only configuration could be read")
    size = sum(report.size for report in code if not report.failure[0])
    lost = sum(report.lost for report in code if not report.failure[0])
    if size and lost / size > LOST_SHARE:
        reasons.append(f"{100 * lost / size:.1f}% of the code's bytes lost to parse errors")
    for problem in scan.repository.problems:
        where = f" ({problem.path})" if problem.path else ""
        reasons.append(f"{_files(problem.count)} not read: {problem.reason}{where}")
    return Completeness("partial" if reasons else "complete", tuple(reasons))


def _by_language(paths: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for suffix, some in paths.items():
        found.setdefault(source_title(suffix), []).extend(some)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


def _blind_spots(scan: Scan) -> Iterable[BlindSpot]:
    for language, paths in _by_language(scan.without_grammar).items():
        detail = f"{language}: no grammar yet, so nothing in it was looked at"
        yield BlindSpot("no grammar", min(paths), 0, detail, len(paths))
    for report in scan.reports:
        reason, detail = report.failure
        if reason and reason != "generated":
            if reason == "too large":
                limit = CODE_LIMIT if report.language in scan.code_languages else CONFIG_LIMIT
                detail = f"{report.size:,} bytes; files over {limit:,} are skipped"
            yield BlindSpot(reason, report.path, 0, detail)
    for report in _read(scan.reports):
        if report.lost:
            detail = f"{report.lost:,} of {report.size:,} bytes could not be parsed; the rest was read"
            yield BlindSpot("parse errors", report.path, report.error_line, detail)
    dynamic = [(report.path, line) for report in scan.reports for line in report.dynamic]
    if dynamic:
        path, line = dynamic[0]
        detail = "functions picked by name at run time (`getattr(...)()`); what they call is not followed"
        yield BlindSpot("dynamic dispatch", path, line, detail, len(dynamic))
    for problem in scan.repository.problems:
        yield BlindSpot(problem.reason, problem.path, 0, problem.detail, problem.count)
    if scan.repository.untracked_count:
        detail = "code that git does not track yet; `git add` it to have it read"
        yield BlindSpot("untracked", scan.repository.untracked[0], 0, detail, scan.repository.untracked_count)
