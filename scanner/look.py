"""One look at one file: bytes in, a small report out. Everything that needs the source happens here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from scanner.candidates import CallReference, Candidate, FileReport, Run
from scanner.datafiles import DataFile, is_data, verdicts_of
from scanner.documents import Page, page_of
from scanner.facts import Definition, FileFacts
from scanner.identifiers import identifiers
from scanner.languages import Language, by_name, language_of, may_be_script
from scanner.languages.bindings import Surroundings
from scanner.languages.extract import Reading, prepare, read
from scanner.languages.grammars import TooManyMatches
from scanner.languages.guard import as_utf8, objection
from scanner.languages.treequeries import compiled
from scanner.lines import ShownLines, runs_around
from scanner.matching import match
from scanner.modules import Layout
from scanner.places import HEAD_BYTES, category
from scanner.plan import Plan
from scanner.reading import CODE_LIMIT, CONFIG_LIMIT, DATA_LIMIT, Reader
from scanner.repository import Entry, Repository, Unreadable
from scanner.rules import Rulebook
from scanner.sites import FileSites, sites_of
from scanner.touchpoints import Role
from scanner.vocabulary import vocabulary
from scanner.wiring import used_names
from scanner.words import split

#: The failure of a file without a suffix that turned out to be no script: it is no part of the code.
NO_SCRIPT = "no script"


class Task(msgspec.Struct, frozen=True):
    """What every look at a repository has in common; goes to each worker once."""

    #: Without its files.
    repository: Repository
    rulebook: Rulebook
    vocabulary: Path
    #: The identifiers that are followed.
    identifiers: Path
    layout: Layout
    #: Paths that are set apart: their touchpoints are of low confidence.
    apart: frozenset[str]
    #: Paths of the documents whose words are kept.
    documents: frozenset[str] = frozenset()


class Looker:
    """Looks at files, one after the other, in one process."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.plan = Plan(task.rulebook, task.layout)
        self._reader = Reader(task.repository)
        self._vocabulary = vocabulary(task.vocabulary)
        self._topics = identifiers(task.identifiers)

    def prepare(self, languages: Iterable[Language]) -> None:
        """Make what looks at files of some languages have in common, which the first of them would make."""
        self.plan.listed.make()
        for language in languages:
            if language.grammar:
                compiled(language.name, self.plan.asked(language.family))
            self.plan.meanings(language.family, "", True)

    def look(self, entry: Entry, external: Mapping[str, str]) -> FileReport:
        """Read one file and report; whatever is in the file, this does not raise.

        Args:
            entry: the file.
            external: what names of other files stand for; empty at the first look.
        """
        try:
            report = self._code(entry, external)
            data, page = self._data(entry), self._page(entry)
        except (RecursionError, MemoryError) as error:
            detail = str(error) if isinstance(error, TooManyMatches) else type(error).__name__
            return failed(entry, "too much", detail)
        return msgspec.structs.replace(report, data=data, page=page) if data or page else report

    def _code(self, entry: Entry, external: Mapping[str, str]) -> FileReport:
        if language_of(entry.path) is None and not may_be_script(entry.path):
            return failed(entry, NO_SCRIPT, "")
        found = self.read(entry, external)
        return found if isinstance(found, FileReport) else self._report(entry, *found)

    def _data(self, entry: Entry) -> DataFile | None:
        """What contracts say of the records of a file; None where nothing in it resembles one of theirs."""
        if not is_data(entry.path):
            return None
        data = self._reader.read(entry, DATA_LIMIT)
        if isinstance(data, Unreadable):
            return DataFile(entry.path, too_large=True) if data.reason == "too large" else None
        verdicts = verdicts_of(entry.path, as_utf8(data))
        return DataFile(entry.path, verdicts) if verdicts else None

    def _page(self, entry: Entry) -> Page | None:
        """The words of a document."""
        if entry.path not in self._task.documents:
            return None
        data = self._reader.read(entry, CODE_LIMIT)
        return None if isinstance(data, Unreadable) else page_of(entry.path, as_utf8(data))

    def read(self, entry: Entry, external: Mapping[str, str]) -> tuple[bytes, Reading] | FileReport:
        """A file's bytes and what they say, or the report that says why it cannot be read.

        Raises:
            RecursionError: when it is too deep.
            MemoryError: when it is too much.
        """
        named = language_of(entry.path)
        limit = CONFIG_LIMIT if named is not None and named.kind == "config" else CODE_LIMIT
        data = self._reader.read(entry, limit)
        if isinstance(data, Unreadable):
            return failed(entry, data.reason, data.detail)
        source = as_utf8(data)
        language = named or language_of(entry.path, source[:HEAD_BYTES])
        if language is None:
            return failed(entry, NO_SCRIPT, "")
        if category(entry.path, source[:HEAD_BYTES]) == "generated":
            return failed(entry, "generated", "")
        # Of a page, its settings alone are parsed.
        parsed = prepare(language, source).source if language.kind == "config" else source
        reason, detail = objection(parsed, language)
        if reason:
            return failed(entry, reason, detail)
        around = surroundings(self._task.layout, language, entry.path, external)
        reading = read(language, entry.path, source, around, self.plan.asked(language.family))
        if reading.facts.report.failure:
            return failed(entry, "unreadable", reading.facts.report.failure)
        return data, reading

    def _report(self, entry: Entry, data: bytes, reading: Reading) -> FileReport:
        facts = reading.facts
        layout = self._task.layout
        apart = entry.path in self._task.apart
        is_face = layout.is_face(by_name(facts.language).family, facts.module)
        candidates = match(self.plan, facts, apart)
        matched = frozenset(item.start for item in candidates if item.ground == "call")
        return FileReport(
            path=entry.path,
            language=facts.language,
            module=facts.module,
            candidates=candidates,
            calls=() if apart else tuple(call_references(facts, layout)),
            sites=FileSites() if apart else sites_of(facts, layout, self._topics, matched),
            definitions=tuple(definition_names(facts, layout)),
            mentioned=frozenset() if apart else used_names(facts, is_face),
            exports={} if apart else dict(reading.exports),
            excerpts=() if apart else excerpts(facts, data, candidates),
            bases=tuple({base for definition in facts.definitions for base in definition.bases}),
            values=() if apart else tuple(self._vocabulary.values(facts, layout.roots)),
            dynamic=() if apart else reading.dynamic,
            size=len(data),
            lost=min(facts.report.lost, len(data)),
            error_line=facts.report.line,
            digest=hashlib.sha256(data).hexdigest(),
            changed=self._task.repository.changed(entry, data),
        )


def surroundings(layout: Layout, language: Language, path: str, external: Mapping[str, str]) -> Surroundings:
    """What the reader of a file is told of the repository around it."""
    return Surroundings(
        module=layout.modules.get(path, ""),
        external=external,
        roots=layout.roots.get(language.family, frozenset()),
        aliases=layout.aliases_at(language.family, path),
    )


def failed(entry: Entry, reason: str, detail: str) -> FileReport:
    """The report on a file that could not be read."""
    language = language_of(entry.path)
    name = language.name if language is not None else ""
    return FileReport(entry.path, name, "", size=max(entry.size, 0), failure=(reason, detail))


def call_references(facts: FileFacts, layout: Layout) -> Iterator[CallReference]:
    """Calls that may reach a definition of the repository."""
    family = by_name(facts.language).family
    lines = ShownLines(facts.source)
    for call in facts.calls:
        if facts.is_test(call.start):
            continue
        last = call.qualified.rpartition(".")[2]
        internal = call.resolved and layout.owns(family, call.qualified)
        if not internal and (call.resolved or len(split(last)) < 2):
            continue
        symbol = facts.symbol(call.scope)
        yield CallReference(
            call.qualified, internal, call.start, call.line, call.end_line, symbol, lines.text(call.line)
        )


def excerpts(facts: FileFacts, data: bytes, candidates: Iterable[Candidate]) -> tuple[Run, ...]:
    """The lines around candidates; tests are no evidence, and nobody is shown them."""
    language = by_name(facts.language)
    # Of a page only its settings were parsed, and all else is blank. Of a notebook the code is shown, on its lines.
    source = as_utf8(data) if language.kind == "config" and language.prepare else facts.source
    return runs_around(source, (each for each in candidates if each.role is not Role.TEST))


def definition_names(facts: FileFacts, layout: Layout) -> Iterator[tuple[str, bool]]:
    """Qualified names of a file's definitions, with whether something outside the code may call each."""
    prefix = f"{facts.module}." if facts.module else ""
    for definition in facts.definitions:
        yield prefix + definition.symbol, _is_open(facts, definition, layout)


def _is_open(facts: FileFacts, definition: Definition, layout: Layout) -> bool:
    """A decorator's owner may call it, and so may a framework that its class extends."""
    if definition.decorators:
        return True
    owner = facts.definitions[definition.scope] if definition.scope >= 0 else None
    if owner is None or owner.kind not in ("class", "extension"):
        return False
    family = by_name(facts.language).family
    return any(not layout.owns(family, base) and base != "object" for base in owner.bases)
