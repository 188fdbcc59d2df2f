"""What a scan says as a whole: inventory, surfaces, coverage, blind spots, and how complete the look was."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from scanner.candidates import FileHead
from scanner.chart import Chart
from scanner.counting import standing
from scanner.graph import Graph
from scanner.graphpacket import NO_CODE, UNREACHED
from scanner.inventory import inventory
from scanner.kinds import KINDS
from scanner.languages import by_name
from scanner.manifests import Manifest
from scanner.packet import (
    BlindSpot,
    Completeness,
    Coverage,
    Inventory,
    Repository,
    SurfaceMatrix,
    SurfaceRow,
)
from scanner.reading import CODE_LIMIT, CONFIG_LIMIT
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


def survey(scan: Scan, words: Vocabulary, kinds: Sequence[str], chart: Chart | None = None) -> Survey:
    """Sum a scan up.

    Args:
        scan: the repository, read.
        words: knows which vendor a value belongs to.
        kinds: the kinds of seam that the surface matrix shows, in order.
        chart: tells what entry points reach; without one a seam is on the surface where it stands.
    """
    spots = tuple(_blind_spots(scan))
    return Survey(
        repository=described(scan),
        inventory=inventory(scan.reports.heads, scan.manifests, words),
        coverage=_coverage(scan),
        blind_spots=spots,
        completeness=completeness(scan),
        surfaces=_surfaces(scan.seams, kinds, chart),
    )


def described(scan: Scan) -> Repository:
    """What was scanned, as packets name it."""
    tree, digest = scan.repository, hashlib.sha256()
    files: list[Manifest | FileHead] = [*scan.manifests, *scan.reports.heads]
    # What is set apart makes no claim: a test or a page that changes leaves the digest alone, hence committed packets.
    digests = {each.path: each.digest for each in files if each.path not in scan.set_apart}
    digests |= dict(scan.settings.digests)
    for path in sorted(digests):
        digest.update(f"{path}\0{digests[path]}\0".encode("utf-8", "replace"))
    changed = {each.path for each in files if each.changed}
    return Repository(
        name=tree.name,
        commit=tree.commit,
        remote=tree.remote,
        permalink=tree.permalink_template,
        changed=tuple(sorted(changed.union(tree.deleted, scan.settings.changed))),
        digest=digest.hexdigest(),
    )


def _surfaces(seams: Sequence[Seam], kinds: Sequence[str], chart: Chart | None) -> SurfaceMatrix:
    """Surfaces × kinds, by what entry points reach; without a graph by where seams stand."""
    counts: dict[str, dict[str, int]] = {}
    for seam in seams:
        for surface in _surfaces_of(seam, chart) if seam.counts else ():
            row = counts.setdefault(surface, {})
            row[seam.kind] = row.get(seam.kind, 0) + 1
    shown = tuple(kind for kind in KINDS if kind in kinds and any(kind in row for row in counts.values()))
    rows = [SurfaceRow(name, tuple(row.get(kind, 0) for kind in shown)) for name, row in counts.items()]
    rows = [row for row in rows if any(row.counts)]
    apart = (UNREACHED, NO_CODE)
    return SurfaceMatrix(
        shown, tuple(sorted(rows, key=lambda row: (row.surface in apart, -sum(row.counts), row.surface)))
    )


def _surfaces_of(seam: Seam, chart: Chart | None) -> Collection[str]:
    if chart is None or seam.aside:
        return (seam.surface,)
    nodes = {node for place in standing(seam) if (node := chart.ways.node(place)) >= 0}
    if not nodes:
        return (NO_CODE,)
    return {surface for node in nodes for surface in chart.ways.surfaces_of(node)} or (UNREACHED,)


def _read(reports: Iterable[FileHead]) -> list[FileHead]:
    return [report for report in reports if not report.failure[0]]


def _coverage(scan: Scan) -> Coverage:
    read = _read(scan.reports.heads)
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


def own_code(scan: Scan) -> list[FileHead]:
    """Reports of the agent's own code: no tests, no documentation, nothing generated."""
    return [
        report
        for report in scan.reports.heads
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


def _unresolved(graph: Graph) -> Iterable[BlindSpot]:
    """Calls that the graph could not follow, by why; `scanner graph --format json` lists them all."""
    for many, detail in (
        (False, "calls of a parameter, or of what a table gives, into which nothing known flows; not followed"),
        (True, "calls of a method by a name that many classes have, on an object of unknown type; not followed"),
    ):
        some = [each for each in graph.unresolved if bool(each.candidates) is many]
        if some:
            yield BlindSpot("unresolved call", graph.nodes[some[0].node].path, some[0].line, detail, len(some))


def _blind_spots(scan: Scan) -> Iterable[BlindSpot]:
    for language, paths in _by_language(scan.without_grammar).items():
        detail = f"{language}: no grammar yet, so nothing in it was looked at"
        yield BlindSpot("no grammar", min(paths), 0, detail, len(paths))
    for report in scan.reports.heads:
        reason, detail = report.failure
        if reason and reason != "generated":
            if reason == "too large":
                limit = CODE_LIMIT if report.language in scan.code_languages else CONFIG_LIMIT
                detail = f"{report.size:,} bytes; files over {limit:,} are skipped"
            yield BlindSpot(reason, report.path, 0, detail)
    for report in _read(scan.reports.heads):
        if report.lost:
            detail = f"{report.lost:,} of {report.size:,} bytes could not be parsed; the rest was read"
            yield BlindSpot("parse errors", report.path, report.error_line, detail)
    for manifest in scan.manifests:
        if manifest.failure:
            detail = f"{manifest.failure}; the versions that it names are unknown"
            yield BlindSpot("manifest not read", manifest.path, 0, detail)
    dynamic = [(report.path, line) for report in scan.reports.heads for line in report.dynamic]
    if dynamic:
        path, line = dynamic[0]
        detail = "functions picked by name at run time (`getattr(...)()`); what they call is not followed"
        yield BlindSpot("dynamic dispatch", path, line, detail, len(dynamic))
    yield from _unresolved(scan.graph)
    for problem in scan.repository.problems:
        yield BlindSpot(problem.reason, problem.path, 0, problem.detail, problem.count)
    if scan.repository.untracked_count:
        detail = "code that git does not track yet; `git add` it to have it read"
        yield BlindSpot("untracked", scan.repository.untracked[0], 0, detail, scan.repository.untracked_count)
