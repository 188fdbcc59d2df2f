"""A whole repository read: every file looked at, on all cores, then seen together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from scanner.calls import follow
from scanner.candidates import FileReport
from scanner.crew import Crew
from scanner.languages import all_languages, language_of
from scanner.look import Task
from scanner.modules import module_names
from scanner.nameindex import QualifiedIndex
from scanner.places import category
from scanner.plan import clauses
from scanner.repository import Entry, Repository
from scanner.rules import Rulebook
from scanner.seams import Seam, fold
from scanner.strata import touchpoints
from scanner.touchpoints import Role, Touchpoint
from scanner.vocabulary import vocabulary

#: Below this many bytes, starting workers costs more than it saves.
_ALONE_BYTES = 250_000
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
    reports: tuple[FileReport, ...]
    #: All touchpoints, best-ranked first.
    touchpoints: tuple[Touchpoint, ...]
    #: All seams, best-ranked first.
    seams: tuple[Seam, ...]
    #: Category → number of files, for files that are set apart.
    apart: Mapping[str, int]
    #: Paths of code files of the agent itself that no language here reads, by suffix.
    without_grammar: Mapping[str, tuple[str, ...]]
    #: Paths whose touchpoints are of low confidence: tests and documentation.
    set_apart: frozenset[str]
    #: Names of the languages that programs are written in.
    code_languages: frozenset[str]


def scan(repository: Repository, rulebook: Rulebook, vocabulary_path: Path, progress: Progress | None = None) -> Scan:
    """Read a repository.

    Args:
        repository: what to read.
        rulebook: what to look for.
        vocabulary_path: the file that names vendors and surfaces.
        progress: called with the number of files done and of all files.
    """
    entries, categories = _choose(repository.files)
    roles = {path: _APART_ROLES[name] for path, name in categories.items() if name in _APART_ROLES}
    modules: dict[str, str] = {}
    for language in all_languages():
        if language.traits is not None:
            paths = [entry.path for entry in entries]
            modules.update(module_names(paths, language.suffixes, language.traits.package_stems))
    task = Task(
        repository=msgspec.structs.replace(repository, files=()),
        rulebook=rulebook,
        vocabulary=vocabulary_path,
        modules=modules,
        packages=frozenset(name.partition(".")[0] for name in modules.values()),
        own=frozenset(name for name in modules.values() if name and "." not in name),
        apart=frozenset(roles),
    )
    reports = _look_at_all(task, entries, progress)
    found = touchpoints(rulebook, reports, roles)
    words = vocabulary(vocabulary_path)
    seams = fold(found, words.surface, words.aside)
    return Scan(
        repository=repository,
        rulebook=rulebook,
        reports=reports,
        touchpoints=tuple(touchpoint for seam in seams for touchpoint in seam.touchpoints),
        seams=seams,
        apart=_count(categories, reports),
        without_grammar=_without_grammar(repository.files),
        set_apart=frozenset(roles),
        code_languages=frozenset(language.name for language in all_languages() if language.kind == "code"),
    )


def _choose(files: Iterable[Entry]) -> tuple[list[Entry], dict[str, str]]:
    """The files to look at, and the category of each file that is no plain code."""
    entries: list[Entry] = []
    categories: dict[str, str] = {}
    for entry in files:
        if language_of(entry.path) is None:
            continue
        name = category(entry.path)
        if name != "code":
            categories[entry.path] = name
        if name not in _UNREAD:
            entries.append(entry)
    return entries, categories


def _count(categories: Mapping[str, str], reports: Sequence[FileReport]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    late = {report.path: "generated" for report in reports if report.failure[0] == "generated"}
    for name in {**categories, **late}.values():
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


#: Source code that an agent may be written in and that no language here reads yet.
_SOURCE_SUFFIXES = (  # forty short words read better in lines than in a column
    ".ts .tsx .mts .cts .js .jsx .mjs .cjs .rs .go .java .kt .scala .rb .php .cs .swift .c .cc .cpp .h .hpp .lua .ex"
    " .exs .clj .sh .bash .ps1 .sql .proto .ipynb .vue .svelte .dart .zig"
).split()


def _without_grammar(files: Iterable[Entry]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for entry in files:
        suffix = os.path.splitext(entry.path)[1].lower()
        if suffix in _SOURCE_SUFFIXES and language_of(entry.path) is None and category(entry.path) == "code":
            found.setdefault(suffix, []).append(entry.path)
    return {suffix: tuple(found[suffix]) for suffix in sorted(found)}


def _look_at_all(task: Task, entries: Sequence[Entry], progress: Progress | None) -> tuple[FileReport, ...]:
    """Two looks: at every file by itself, then again at the few that use what another file's names stand for."""
    by_path = {entry.path: entry for entry in entries}
    total = sum(max(entry.size, 0) for entry in entries)
    workers = min(os.cpu_count() or 1, 8)
    done: dict[str, FileReport] = {}
    with Crew(task, 1 if total < _ALONE_BYTES else workers) as crew:
        for report in crew.look([(list(share), {}) for share in _shares(entries)]):
            done[report.path] = report
            if progress is not None:
                progress(len(done), len(entries))
        for report in crew.look(_second_looks(task, done, by_path)):
            done[report.path] = report
    return tuple(done[path] for path in sorted(done))


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


def _second_looks(
    task: Task, reports: Mapping[str, FileReport], entries: Mapping[str, Entry]
) -> list[tuple[list[Entry], dict[str, str]]]:
    """Files that call through, or inherit, a name to which another file gave a meaning that the catalogue knows."""
    external, by_owner = _external(task, reports)
    asked = _asked(task.rulebook)
    looks: list[tuple[list[Entry], dict[str, str]]] = []
    for path, report in sorted(reports.items()):
        names: set[str] = set()
        for call in report.calls:
            for name in _prefixes(call.qualified) if call.resolved else ():
                value = external.get(name)
                if value and asked.lookup(value + call.qualified[len(name.removesuffix("()")) :], True):
                    names.add(name)
        for base in report.bases:
            names.update(by_owner.get(base, ()))
        own = f"{report.module}."
        told = {name: external[name] for name in names if not name.startswith(own)}
        if told:
            looks.append(([entries[path]], told))
    return looks


def _external(task: Task, reports: Mapping[str, FileReport]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Names of this repository that stand for something of a library; and these names by the class that owns them."""
    exports = {name: value for path in sorted(reports) for name, value in reports[path].exports.items()}
    leads = _leads(task.rulebook)
    external: dict[str, str] = {}
    by_owner: dict[str, list[str]] = {}
    for name in exports:
        # What a re-exported function gives back is known under its other name too.
        for asked in (name,) if name.endswith("()") else (name, f"{name}()"):
            final = follow(asked, exports)
            if final.partition(".")[0] not in task.packages and _leads_on(final, leads):
                external[asked] = final
                by_owner.setdefault(asked.rpartition(".")[0], []).append(asked)
    for name in exports:
        target = follow(name, exports)
        for owned in by_owner.get(target, ()) if target != name else ():
            other = name + owned.removeprefix(target)
            if other not in external:
                external[other] = external[owned]
                by_owner.setdefault(name, []).append(other)
    return external, by_owner


def _asked(rulebook: Rulebook) -> QualifiedIndex[bool]:
    """Every qualified name that the catalogue or a rule asks for."""
    nodes = [node for rule in rulebook.rules for node in (rule.find, rule.reject)]
    atoms = [patterns for node in nodes for clause in clauses(node) for _, patterns in clause.atoms]
    names = [entry.name for entry in rulebook.catalog]
    names += [pattern.qualified for patterns in atoms for pattern in patterns if pattern.qualified]
    return QualifiedIndex((name, True) for name in names)


def _leads(rulebook: Rulebook) -> dict[str, bool]:
    """Leading parts of the names in the catalogue, with whether any name may follow."""
    leads: dict[str, bool] = {}
    for entry in rulebook.catalog:
        for size, segment in enumerate(entry.name):
            if segment in ("*", "**"):
                leads[".".join(entry.name[:size])] = True
                break
            leads.setdefault(".".join(entry.name[: size + 1]), False)
    leads.pop("", None)
    return leads


def _leads_on(name: str, leads: Mapping[str, bool]) -> bool:
    """Whether something in the catalogue is, or may be, called by a name that begins so."""
    if name in leads:
        return True
    return any(leads.get(part, False) for part in _prefixes(name))


def _prefixes(qualified: str) -> Iterator[str]:
    """Every leading part of a dotted name, as itself and as what calling it gives."""
    at = qualified.find(".")
    while at >= 0:
        yield qualified[:at]
        yield f"{qualified[:at]}()"
        at = qualified.find(".", at + 1)
    yield qualified
