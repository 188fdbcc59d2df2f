"""Looks at files that were made before, by this run or an earlier one, at this revision or another.

What a look yields depends on the file's content, on the scanner and its rules, on the file's path, and on little of the
tree around it: what its module is called, which aliases hold there, and which leading parts of names are the
repository's own. All but the last are in the key of a look. Of the leading parts many change when a file is added, so a
look is kept with those that it was made under, and holds under others as long as none of the difference can stand for
anything that the file names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import msgspec

from scanner.cache import decoded
from scanner.candidates import FileHead
from scanner.contents import Contents
from scanner.engine import engine, key
from scanner.languages import Language, language_of
from scanner.languages.extract import prepare
from scanner.languages.guard import as_utf8
from scanner.limits import is_whole_budget
from scanner.look import NO_SCRIPT, Task
from scanner.packed import PackedReport
from scanner.reading import CODE_LIMIT, DATA_LIMIT, Reader
from scanner.repository import Entry, Unreadable

#: Files up to this size are known by their content; larger ones are passed over by every look.
_LIMIT = max(CODE_LIMIT, DATA_LIMIT)
#: Reports are written when so many bytes have come together: what a killed run has read is not lost.
_MOST_BYTES = 16 * 1024 * 1024
#: Leading parts that may differ from those of an earlier look; with more, asking each costs more than looking anew.
_MOST_DIFFERENT = 256
_PIECE = re.compile(r"\w+")
_LAST = re.compile(r"[^./:]+$")

#: Leading parts of names that are the repository's own, each with whether a module is called just so.
_Roots = frozenset[tuple[str, bool]]


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A look as it is kept: `roots` is the key of the leading parts that it was made under."""

    roots: bytes
    report: PackedReport


class Looked:
    """Reports on the files of one tree by one set of rules."""

    def __init__(self, task: Task, contents: Contents, ids: Mapping[str, str] | None = None) -> None:
        """Reports on files whose contents are told by `contents`, or by `ids` (path → id) where they were others."""
        self._task = task
        self._cache = cache = contents.cache
        self._contents = contents
        self._reader = Reader(task.repository)
        repository, layout = task.repository, task.layout
        self._base = key(engine(cache), task.rulebook.digest, *_file_digests(task))
        names = frozenset(layout.modules.values())
        self._roots: dict[str, _Roots] = {
            family: frozenset((root, root in names) for root in roots) for family, roots in layout.roots.items()
        }
        self._root_keys = {family: _key_of_roots(roots) for family, roots in self._roots.items()}
        self._in_git = repository.store is not None
        self._around: dict[tuple[str, str], bytes] = {}
        self._since: dict[tuple[str, bytes], tuple[str, ...] | None] = {}
        self._new: dict[bytes, bytes] = {}
        self._size = 0
        self._ids: dict[str, str] = dict(ids or {})

    def recall(self, looks: Sequence[tuple[Entry, Mapping[str, str]]]) -> dict[str, PackedReport]:
        """The reports that are known already, by path.

        Args:
            looks: files, each with what names of other files stand for, which is empty at the first look.
        """
        if not self._cache.is_on:
            return {}
        self._ids |= self._contents.of([entry for entry, _ in looks if entry.path not in self._ids], _LIMIT)
        keys = {self._key(entry, told): (entry, told) for entry, told in looks if entry.path in self._ids}
        found: dict[str, PackedReport] = {}
        for each, value in self._cache.get(keys).items():
            entry, told = keys[each]
            report = self._held(each, value, entry, told)
            if report is not None:
                found[entry.path] = self._as_of_here(report, entry)
        return found

    def keep(self, entry: Entry, told: Mapping[str, str], report: PackedReport) -> None:
        """Remember a report, once `save` is called; one on a file that changed meanwhile is forgotten."""
        if entry.path in self._ids and not self._may_pass(entry, report.head) and self._contents.unchanged(entry):
            value = self._encoded(_with(report, changed=False), entry)
            self._new[self._key(entry, told)] = value
            self._size += len(value)
            if self._size > _MOST_BYTES:
                self._flush()

    def _may_pass(self, entry: Entry, head: FileHead) -> bool:
        """Whether a file could not be read, and may be the next time; reports do not say so of data and documents."""
        if head.failure[0] != NO_SCRIPT or head.data or head.page:
            over = head.failure[0] == "over budget" and not is_whole_budget(entry.size, head.failure)
            return over or head.failure[0] in _PASSING
        data = self._reader.read(entry, _LIMIT)
        return isinstance(data, Unreadable) and data.reason in _PASSING

    def save(self) -> None:
        """Write what was remembered; nothing is asked of this afterwards."""
        self._reader.__exit__(None, None, None)
        self._flush()

    def _flush(self) -> None:
        new, self._new, self._size = self._new, {}, 0
        keys = {value: _encoded_roots(self._roots[family]) for family, value in self._root_keys.items()}
        self._cache.put({**new, **(keys if new else {})})

    def _held(self, known: bytes, value: bytes, entry: Entry, told: Mapping[str, str]) -> PackedReport | None:
        """The report, if it holds under the leading parts of today."""
        kept = decoded(value, _Kept)
        if kept is None:
            return None
        if kept.roots != self._roots_of(entry):
            if self._may_differ(entry, kept.roots, told):
                return None
            self._new[known] = self._encoded(kept.report, entry)
        return kept.report

    def _as_of_here(self, report: PackedReport, entry: Entry) -> PackedReport:
        """The report with what differs between trees that hold the same file: whether it is as the commit has it."""
        same = self._task.repository.kind == "revision" or not self._in_git or self._ids[entry.path] == entry.oid
        if same or report.head.failure[0]:
            return report
        data = self._reader.read(entry, _LIMIT)
        changed = isinstance(data, Unreadable) or self._task.repository.changed(entry, data)
        return _with(report, changed=changed)

    def _may_differ(self, entry: Entry, before: bytes, told: Mapping[str, str]) -> bool:
        """Whether a leading part that is new or gone may be that of a name in the file."""
        language = language_of(entry.path)
        if language is None:
            return True  # a script, whose language its content says
        different = self._different(language.family, before)
        if different is None:
            return True
        own = self._task.layout.modules.get(entry.path, "")
        others = [*self._task.layout.aliases_at(language.family, entry.path).values(), *told, *told.values()]
        data = self._reader.read(entry, _LIMIT)
        if isinstance(data, Unreadable):
            return True
        try:
            text = _text(language, data) if different else b""
        except (RecursionError, MemoryError):
            return True
        return any(
            _leads(root, own) or any(_leads(root, name) for name in others) or _written(root, text, language)
            for root in different
        )

    def _different(self, family: str, before: bytes) -> tuple[str, ...] | None:
        """Leading parts that are new or gone since earlier ones; None where those are unknown, or too many differ."""
        if (family, before) not in self._since:
            earlier = decoded(self._cache.get([before]).get(before), _Roots)
            different = {root for root, _ in self._roots.get(family, frozenset()) ^ (earlier or frozenset())}
            is_told = earlier is not None and len(different) <= _MOST_DIFFERENT
            self._since[family, before] = tuple(sorted(different)) if is_told else None
        return self._since[family, before]

    def _roots_of(self, entry: Entry) -> bytes:
        language = language_of(entry.path)
        if language is None:  # a script may be of any language
            return key(*sorted(self._root_keys.values()))
        return self._root_keys.get(language.family, b"")

    def _encoded(self, report: PackedReport, entry: Entry) -> bytes:
        return msgspec.msgpack.encode(_Kept(self._roots_of(entry), report))

    def _key(self, entry: Entry, told: Mapping[str, str]) -> bytes:
        task, path = self._task, entry.path
        flags = f"{path in task.apart}{path in task.documents}"
        module = task.layout.modules.get(path, "")
        names = [part for pair in sorted(told.items()) for part in pair]
        around = self._surroundings(path, module)
        return key(self._base, path, self._ids[path], flags, module, around, *names)

    def _surroundings(self, path: str, module: str) -> bytes:
        """A digest of the aliases that hold at a path, and of whether users import from its module."""
        layout, language = self._task.layout, language_of(path)
        if language is None:  # a script, whose language its content says
            return b"".join(self._aliases_of(path, family) for family in sorted(layout.roots))
        return self._aliases_of(path, language.family) + bytes([layout.is_face(language.family, module)])

    def _aliases_of(self, path: str, family: str) -> bytes:
        folder = str(PurePosixPath(path).parent)
        aliases = self._around.get((family, folder))
        if aliases is None:
            pairs = sorted(self._task.layout.aliases_at(family, path).items())
            aliases = self._around[family, folder] = key(*(part for pair in pairs for part in pair))
        return aliases


#: Failures that may pass: reading may go well the next time.
_PASSING = frozenset({"unreadable", "missing object", "behind a link", "not a regular file", "crashed", "too much"})


def _with(report: PackedReport, changed: bool) -> PackedReport:
    """A report that says whether its file is as the commit has it."""
    if report.head.changed is changed:
        return report
    return msgspec.structs.replace(report, head=msgspec.structs.replace(report.head, changed=changed))


def _leads(root: str, name: str) -> bool:
    return name == root or name.startswith((f"{root}.", f"{root}/"))


def _text(language: Language, data: bytes) -> bytes:
    """A file as its names are read: another encoding, or the strings of a notebook, spell them otherwise."""
    text = as_utf8(data)
    return text if language.prepare is None else prepare(language, text).source


def _written(root: str, text: bytes, language: Language) -> bool:
    """Whether the end of a leading part, which every name has that it leads, stands in a file."""
    if language.traits is not None and root in language.traits.package_stems:
        return True  # the top folder's own module, which `.` or `..` may name
    last = _LAST.search(root)
    pieces = _PIECE.findall(last.group()) if last else []
    return all(piece.encode("utf-8", "replace") in text for piece in pieces)


def _key_of_roots(roots: _Roots) -> bytes:
    return key("roots", _encoded_roots(roots))


def _encoded_roots(roots: _Roots) -> bytes:
    return msgspec.msgpack.encode(sorted(roots))


def _file_digests(task: Task) -> Iterator[str]:
    """Digests of the files that a look reads beside the rules; those that ship with the scanner are part of it."""
    for path in (task.vocabulary, task.identifiers):
        yield hashlib.sha256(path.read_bytes()).hexdigest()
