"""A whole repository read: every file looked at, on all cores, then seen together."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path

import msgspec

from scanner.cache import NO_CACHE
from scanner.candidates import FileHead
from scanner.collector import without_collector
from scanner.contents import Contents
from scanner.crew import Crew, workers_for
from scanner.datafiles import DataFile, is_data
from scanner.documents import Page, chosen, is_document
from scanner.exports import second_looks
from scanner.graph import Graph
from scanner.idle import with_idle
from scanner.installed import builtin_rules
from scanner.kinds import ENTRY_KINDS
from scanner.languages import all_languages, language_of, may_be_script
from scanner.linking import link
from scanner.look import NO_SCRIPT, Task
from scanner.looked import Looked
from scanner.manifests import Manifest, read_manifest, size_limit, unread
from scanner.modules import layout, manifest_names
from scanner.packed import PackedReport, Reports, unpack
from scanner.places import category
from scanner.reading import CONFIG_LIMIT, Reader
from scanner.repository import Entry, Repository
from scanner.rules import Rulebook
from scanner.seams import Seam, best_first, fold
from scanner.setaside import Surfaces, set_aside, without_suppressed
from scanner.settings import NONE, Settings
from scanner.settingspacket import ExcludeNote, SuppressionNote
from scanner.strata import touchpoints
from scanner.touchpoints import Role, Touchpoint
from scanner.vocabulary import Vocabulary, vocabulary

#: Bytes that a worker takes at a time: small enough that all finish together.
_SHARE_BYTES = 100_000
#: Categories whose touchpoints support a claim but never make it.
_APART_ROLES = {"test": Role.TEST, "docs": Role.DOCS}
#: Categories that are not read at all.
_UNREAD = frozenset({"vendored", "generated"})

Progress = Callable[[int, int], None]


class Scan(msgspec.Struct, frozen=True):
    """Everything that is known of a repository; packs ask their questions of this."""

    repository: Repository
    rulebook: Rulebook
    #: One a file that was looked at, in order of path.
    reports: Reports
    #: All touchpoints, best-ranked first.
    touchpoints: tuple[Touchpoint, ...]
    #: All seams, best-ranked first.
    seams: tuple[Seam, ...]
    #: Entry points, in order of path and line; they are no seams, and no touchpoint of one.
    entries: tuple[Touchpoint, ...]
    #: Who calls whom in the code of the agent itself.
    graph: Graph
    #: Category → number of files, for files that are set apart.
    apart: Mapping[str, int]
    #: Paths of code files of the agent itself that no language here reads, by suffix.
    without_grammar: Mapping[str, tuple[str, ...]]
    #: Suffix (empty for none) → number of files in which nothing can be read: no language here has it.
    no_language: Mapping[str, int]
    #: Paths whose touchpoints are of low confidence: tests and documentation.
    set_apart: frozenset[str]
    #: Names of the languages that programs are written in.
    code_languages: frozenset[str]
    #: What all looks had in common, and what the few second looks were told, by path: enough to look again alike.
    task: Task
    told: Mapping[str, Mapping[str, str]]
    #: What manifests and lock files say of known SDKs, in order of path.
    manifests: tuple[Manifest, ...] = ()
    #: Data files with records that a contract knows, and documents, in order of path; fixtures of tests are among them.
    data: tuple[DataFile, ...] = ()
    pages: tuple[Page, ...] = ()
    #: What the repository says of itself, and what became of it.
    settings: Settings = NONE
    suppressions: tuple[SuppressionNote, ...] = ()
    excludes: tuple[ExcludeNote, ...] = ()


def scan(
    repository: Repository,
    rulebook: Rulebook,
    vocabulary_path: Path,
    progress: Progress | None = None,
    settings: Settings = NONE,
    contents: Contents | None = None,
) -> Scan:
    """Read a repository.

    Args:
        repository: what to read, without what scanner wrote.
        rulebook: what to look for.
        vocabulary_path: the file that names vendors and surfaces.
        progress: called with the number of files done and of all files.
        settings: of the repository.
        contents: of the files, with what was read of them before; None to read everything anew.
    """
    repository, excluded, excludes = set_aside(repository, settings)
    entries, categories = _choose(repository.files)
    paths = [entry.path for entry in entries]
    beside = _beside(repository.files)
    roles = {path: _APART_ROLES[name] for path, name in categories.items() if name in _APART_ROLES}
    task = Task(
        repository=msgspec.structs.replace(repository, files=()),
        rulebook=rulebook,
        vocabulary=vocabulary_path,
        identifiers=builtin_rules() / "identifiers.yaml",
        layout=layout(paths, manifests := _manifests(repository)),
        apart=frozenset(roles),
        documents=chosen([entry.path for entry in (*entries, *beside)]),
    )
    contents = contents or Contents(repository, NO_CACHE)
    looked, told = _look_at_all(task, [*entries, *beside], progress, Looked(task, contents))
    # Of files in no language, data and words are all there is.
    reports = Reports(report for report in looked if report.head.failure[0] != NO_SCRIPT)
    read = {head.path for head in reports.heads}
    categories = {path: name for path, name in categories.items() if path in read or name in _UNREAD}
    categories |= dict.fromkeys(excluded, "excluded")
    with without_collector():
        found = touchpoints(rulebook, reports.having("names", "claims", "mentions"), roles)
        graph = link(reports.having("names", "nodes", "sites"), frozenset(roles), task.layout)
        found = with_idle(found, graph, reports.having("names", "mentions", "nodes"))
    found, suppressions = without_suppressed(found, settings)
    words = vocabulary(vocabulary_path)
    surfaces = Surfaces(settings, words)
    seams = fold([item for item in found if item.kind not in ENTRY_KINDS], surfaces.of, surfaces.aside)
    return Scan(
        repository=repository,
        rulebook=rulebook,
        reports=reports,
        touchpoints=best_first(seams),
        seams=seams,
        entries=tuple(item for item in found if item.kind in ENTRY_KINDS),
        graph=graph,
        apart=_count(categories, reports.heads),
        without_grammar=_without_grammar(repository.files),
        no_language=_no_language(repository.files, read | set(categories)),
        set_apart=frozenset(roles),
        code_languages=frozenset(language.name for language in all_languages() if language.kind == "code"),
        task=task,
        told=told,
        manifests=tuple(_dependencies(repository, manifests, words)),
        data=tuple(report.head.data for report in looked if report.head.data is not None),
        pages=tuple(report.head.page for report in looked if report.head.page is not None),
        settings=settings,
        suppressions=suppressions,
        excludes=excludes,
    )


def _manifests(repository: Repository) -> dict[str, bytes]:
    """The files that say what packages are called, by path; those of vendored code say nothing of this repository."""
    names, reader = manifest_names(), Reader(repository)
    found: dict[str, bytes] = {}
    for entry in repository.files:
        if entry.path.rpartition("/")[2] in names and category(entry.path) not in _UNREAD:
            data = reader.read(entry, CONFIG_LIMIT)
            if isinstance(data, bytes):
                found[entry.path] = data
    return found


def _dependencies(repository: Repository, known: Mapping[str, bytes], words: Vocabulary) -> Iterator[Manifest]:
    """What manifests and lock files say of known SDKs; the content of some is known."""
    reader = Reader(repository)
    for entry in repository.files:
        limit = size_limit(entry.path)
        if limit:
            data = known.get(entry.path) or reader.read(entry, limit)
            if isinstance(data, bytes):
                yield read_manifest(entry.path, data, words.sdk_of_package, repository.changed(entry, data))
            else:
                yield unread(entry.path, data.detail or data.reason)


def looked_at(files: Sequence[Entry]) -> list[Entry]:
    """The files that are looked at, among some that no setting excludes."""
    return [*_choose(files)[0], *_beside(files)]


def _choose(files: Iterable[Entry]) -> tuple[list[Entry], dict[str, str]]:
    """The files to look at, and the category of each file that is no plain code."""
    entries: list[Entry] = []
    categories: dict[str, str] = {}
    for entry in files:
        if language_of(entry.path) is None and not may_be_script(entry.path):
            continue
        name = category(entry.path)
        if name != "code":
            categories[entry.path] = name
        if name not in _UNREAD:
            entries.append(entry)
    return entries, categories


def _beside(files: Iterable[Entry]) -> list[Entry]:
    """Data files and documents that no language reads."""
    return [
        entry
        for entry in files
        if language_of(entry.path) is None
        and not may_be_script(entry.path)
        and (is_data(entry.path) or is_document(entry.path))
        and category(entry.path) not in _UNREAD
    ]


def _count(categories: Mapping[str, str], heads: Iterable[FileHead]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    late = {head.path: "generated" for head in heads if head.failure[0] == "generated"}
    for name in {**categories, **late}.values():
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


#: Source code that an agent may be written in and that no language here reads yet: suffix → its name, where the
#: suffix is none.
_SOURCES = {f".{suffix}": suffix for suffix in "scala c cc cpp h hpp lua ex exs clj dart zig".split()} | {
    ".java": "Java",
    ".kt": "Kotlin",
    ".ps1": "PowerShell",
    ".rb": "Ruby",
    ".php": "PHP",
    ".cs": "C#",
    ".swift": "Swift",
    ".vue": "Vue",
    ".svelte": "Svelte",
}


def source_title(suffix: str) -> str:
    """What source code that no language here reads is called, by its suffix."""
    return _SOURCES[suffix]


def _without_grammar(files: Iterable[Entry]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for entry in files:
        suffix = os.path.splitext(entry.path)[1].lower()
        if suffix in _SOURCES and language_of(entry.path) is None and category(entry.path) == "code":
            found.setdefault(suffix, []).append(entry.path)
    return {suffix: tuple(found[suffix]) for suffix in sorted(found)}


def _no_language(files: Iterable[Entry], known: Set[str]) -> Mapping[str, int]:
    """How many files nobody looked at, by suffix, most files first."""
    counts = Counter(os.path.splitext(entry.path)[1].lower() for entry in files if entry.path not in known)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _look_at_all(
    task: Task, entries: Sequence[Entry], progress: Progress | None, looked: Looked
) -> tuple[tuple[PackedReport, ...], Mapping[str, Mapping[str, str]]]:
    """Two looks: at every file by itself, then again at the few that use what another file's names stand for.

    Returns:
        The reports, in order of path, and what the second looks were told, by path.
    """
    by_path = {entry.path: entry for entry in entries}
    nothing: Mapping[str, str] = {}
    done = looked.recall([(entry, nothing) for entry in entries])
    left = [entry for entry in entries if entry.path not in done]
    total = sum(max(entry.size, 0) for entry in left)
    with Crew(task, workers_for(total)) as crew:
        for report in crew.look([(list(share), nothing) for share in _shares(left)]):
            done[report.head.path] = report
            looked.keep(by_path[report.head.path], nothing, report)
            if progress is not None:
                progress(len(done), len(entries))
        first = [unpack(report, ("names", "claims")) for report in done.values()]
        told = dict(second_looks(task.layout, task.rulebook, first))
        del first
        again = looked.recall([(by_path[path], names) for path, names in told.items()])
        done |= again
        for report in crew.look([([by_path[path]], names) for path, names in told.items() if path not in again]):
            done[report.head.path] = report
            looked.keep(by_path[report.head.path], told[report.head.path], report)
    looked.save()
    return tuple(done[path] for path in sorted(done)), told


def _shares(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Entries in portions, biggest first, so that no worker is left with a large one at the end."""
    share: list[Entry] = []
    size = 0
    for entry in sorted(entries, key=lambda item: (-item.size, item.path)):
        share.append(entry)
        size += max(entry.size, 0)
        if size >= _SHARE_BYTES or len(share) >= 200:
            yield share
            share, size = [], 0
    if share:
        yield share
