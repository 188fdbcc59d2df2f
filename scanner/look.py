"""One look at one file: bytes in, a small report out. Everything that needs the source happens here."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import msgspec

from scanner.candidates import CallReference, FileReport
from scanner.facts import Definition, FileFacts
from scanner.languages import language_of
from scanner.languages.extract import Reading, read
from scanner.languages.guard import as_utf8, objection
from scanner.lines import ShownLines
from scanner.matching import match
from scanner.places import HEAD_BYTES, category
from scanner.plan import Plan
from scanner.reading import Reader
from scanner.repository import Entry, Repository, Unreadable
from scanner.rules import Rulebook
from scanner.vocabulary import vocabulary
from scanner.words import split

#: Larger files are listed as skipped: no one writes so much code by hand, and data is not code.
CODE_LIMIT = 2 * 1024 * 1024
CONFIG_LIMIT = 512 * 1024
_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")


class Task(msgspec.Struct, frozen=True):
    """What every look at a repository has in common; goes to each worker once."""

    #: Without its files.
    repository: Repository
    rulebook: Rulebook
    vocabulary: Path
    #: Path → dotted module name.
    modules: Mapping[str, str]
    #: First segments of all module names of this repository.
    packages: frozenset[str]
    #: Module names without a dot: packages and files at the top of this repository.
    own: frozenset[str]
    #: Paths that are set apart: their touchpoints are of low confidence.
    apart: frozenset[str]


class Looker:
    """Looks at files, one after the other, in one process."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._plan = Plan(task.rulebook, task.own)
        self._reader = Reader(task.repository)
        self._vocabulary = vocabulary(task.vocabulary)

    def look(self, entry: Entry, external: Mapping[str, str]) -> FileReport:
        """Read one file and report; whatever is in the file, this does not raise.

        Args:
            entry: the file.
            external: what names of other files stand for; empty at the first look.
        """
        language = language_of(entry.path)
        assert language is not None, "only files of a known language are looked at"
        limit = CODE_LIMIT if language.kind == "code" else CONFIG_LIMIT
        data = self._reader.read(entry, limit)
        if isinstance(data, Unreadable):
            return failed(entry, data.reason, data.detail)
        source = as_utf8(data)
        if category(entry.path, source[:HEAD_BYTES]) == "generated":
            return failed(entry, "generated", "")
        reason, detail = objection(source, language.name)
        if reason:
            return failed(entry, reason, detail)
        module = self._task.modules.get(entry.path, "")
        try:
            reading = read(language, entry.path, source, module, external)
            return self._report(entry, data, reading)
        except (RecursionError, MemoryError) as error:
            return failed(entry, "too much", type(error).__name__)

    def _report(self, entry: Entry, data: bytes, reading: Reading) -> FileReport:
        facts = reading.facts
        apart = entry.path in self._task.apart
        return FileReport(
            path=entry.path,
            language=facts.language,
            module=facts.module,
            candidates=match(self._plan, facts, apart),
            calls=() if apart else tuple(call_references(facts, self._task.packages)),
            definitions=tuple(definition_names(facts, self._task.packages)),
            mentioned=frozenset() if apart else mentioned_names(facts),
            exports={} if apart else dict(reading.exports),
            bases=tuple({base for definition in facts.definitions for base in definition.bases}),
            values=() if apart else tuple(self._vocabulary.values(facts)),
            dynamic=() if apart else reading.dynamic,
            size=len(data),
            lost=min(facts.report.lost, len(data)),
            error_line=facts.report.line,
            digest=hashlib.sha256(data).hexdigest(),
            changed=self._task.repository.changed(entry, data),
        )


def failed(entry: Entry, reason: str, detail: str) -> FileReport:
    """The report on a file that could not be read."""
    language = language_of(entry.path)
    name = language.name if language is not None else ""
    return FileReport(entry.path, name, "", size=max(entry.size, 0), failure=(reason, detail))


def call_references(facts: FileFacts, packages: Set[str]) -> Iterator[CallReference]:
    """Calls that may reach a definition of the repository whose top-level packages are `packages`."""
    lines = ShownLines(facts.source)
    for call in facts.calls:
        last = call.qualified.rpartition(".")[2]
        internal = call.resolved and call.qualified.partition(".")[0] in packages
        if not internal and (call.resolved or len(split(last)) < 2):
            continue
        symbol = facts.symbol(call.scope)
        yield CallReference(
            call.qualified, internal, call.start, call.line, call.end_line, symbol, lines.text(call.line)
        )


def definition_names(facts: FileFacts, packages: Set[str]) -> Iterator[tuple[str, bool]]:
    """Qualified names of a file's definitions, with whether something outside the code may call each."""
    prefix = f"{facts.module}." if facts.module else ""
    for definition in facts.definitions:
        yield prefix + definition.symbol, _is_open(facts, definition, packages)


def _is_open(facts: FileFacts, definition: Definition, packages: Set[str]) -> bool:
    """A decorator's owner may call it, and so may a framework that its class extends."""
    if definition.decorators:
        return True
    owner = facts.definitions[definition.scope] if definition.scope >= 0 else None
    if owner is None or owner.kind != "class":
        return False
    return any(base.partition(".")[0] not in packages and base != "object" for base in owner.bases)


def mentioned_names(facts: FileFacts) -> frozenset[str]:
    """Every identifier that stands anywhere but in its own definition; comments and docstrings do not count."""
    pieces: list[bytes] = []
    at = 0
    for prose in facts.prose:
        if prose.start >= at:
            pieces.append(facts.source[at : prose.start])
            at = prose.end
    pieces.append(facts.source[at:])
    counted = Counter(_IDENTIFIER.findall(b" ".join(pieces)))
    for definition in facts.definitions:
        counted[definition.name.encode("utf-8", "replace")] -= 1
    return frozenset(name.decode("utf-8", "replace") for name, count in counted.items() if count > 0)
