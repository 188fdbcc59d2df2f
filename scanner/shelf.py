"""What data files and documents answer to the packs that ask for them, told in words with the best file."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scanner.contracts import contract
from scanner.datafiles import DataFile, Verdict
from scanner.documents import Naming, Page, naming
from scanner.outcome import HOLDS, Outcome
from scanner.packs import AtLeast, Condition, Conforms, Documents, Every, Some
from scanner.phrases import joined, listed, plural
from scanner.reading import DATA_LIMIT

#: How many names of a file one sentence spells out.
_NAMED = 8


class Answer(msgspec.Struct, frozen=True):
    """One question to the files, answered."""

    outcome: Outcome
    #: What the best file has of what is asked, as a sentence; empty where no file has any.
    found: str = ""


class Shelf:
    """Data files and documents of one repository."""

    def __init__(self, data: Sequence[DataFile] = (), pages: Sequence[Page] = ()) -> None:
        self._data = data
        self._pages = pages
        self._answers: dict[Conforms | Documents, Answer] = {}

    def answer(self, asked: Conforms | Documents) -> Answer:
        """Answer one question; asked again, it costs nothing."""
        if asked not in self._answers:
            made = self._conforms(asked) if isinstance(asked, Conforms) else self._documents(asked)
            self._answers[asked] = made
        return self._answers[asked]

    def found(self, *conditions: Condition) -> tuple[str, ...]:
        """Sentences on the best files for everything that conditions ask of files, each once."""
        answers = (self.answer(asked).found for condition in conditions for asked in files_asked(condition))
        return tuple(dict.fromkeys(filter(None, answers)))

    def _conforms(self, asked: Conforms) -> Answer:
        known = contract(asked.contract)
        verdicts = [
            (file.path, verdict) for file in self._data for verdict in file.verdicts if verdict.contract == known.name
        ]
        if not verdicts:
            keys = ", ".join(f"`{key}`" for key in known.required)
            words = f"{said(asked)}: no data file that looks like one (looked for: {keys}){self._unread()}"
            return Answer(Outcome(False, (words,)))
        path, best = min(verdicts, key=lambda each: (-each[1].valid / each[1].records, -each[1].valid, each[0]))
        of = f"{best.valid} of {plural(best.records, 'record')} in `{path}`"
        validate = "validates" if best.records == 1 else "validate"
        found = f"{of} {validate} against `{known.name}`."
        if 100 * best.valid >= asked.at_least * best.records:
            return Answer(HOLDS, found)
        return Answer(Outcome(False, (f"{said(asked)}: {of} {validate}; {_first(best)}",)), found if best.valid else "")

    def _unread(self) -> str:
        large = sum(file.too_large for file in self._data)
        limit = f"{DATA_LIMIT // 2**20} MiB"
        return f"; {plural(large, 'data file')} over {limit} not read" if large else ""

    def _documents(self, asked: Documents) -> Answer:
        found = naming(self._pages, asked.things, asked.about)
        if not found:
            pages = plural(len(self._pages), "document")
            what = "has a passage on it" if asked.about else "names any of it"
            return Answer(Outcome(False, (f"{said(asked)}: none of {pages} {what}",)))
        best = found[0]
        sentence = f"{_place(best)} names {listed(best.named, _NAMED)}."
        if len(best.named) >= asked.enough:
            return Answer(HOLDS, sentence)
        absent = [name for name, _ in asked.things if name not in best.named]
        text = (
            f"{said(asked)}: {_place(best)} comes nearest with {len(best.named)} of {len(asked.things)}, "
            f"without {joined(absent, 'and')}"
        )
        return Answer(Outcome(False, (text,)), sentence)


def said(asked: Conforms | Documents) -> str:
    """What is looked for, in words."""
    if asked.say:
        return asked.say
    if isinstance(asked, Conforms):
        return f"data that validates against `{asked.contract}`"
    return f"a document that names {listed([name for name, _ in asked.things], _NAMED)}"


def files_asked(condition: Condition | None) -> tuple[Conforms | Documents, ...]:
    """Everything that a condition asks of data files and documents."""
    match condition:
        case Conforms() | Documents():
            return (condition,)
        case AtLeast() | Every() | Some():
            return tuple(asked for member in condition.members for asked in files_asked(member))
    return ()


def _first(verdict: Verdict) -> str:
    where = f"line {verdict.line}, " if verdict.line else ""
    return f"first failure at {where}{verdict.first}"


def _place(each: Naming) -> str:
    return f"`{each.path}:{each.line}`"
