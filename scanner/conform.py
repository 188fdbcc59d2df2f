"""Whether a file that a user names holds records of a contract: read as a stream, and told by where records fail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO

import msgspec

from scanner.contracts import Contract, Failure
from scanner.datafiles import LINE_SUFFIXES, NO_JSON, decoded
from scanner.errors import UsageError
from scanner.jsonpage import json_page
from scanner.phrases import plural

#: A longer line is no record of a run; it fails, and is not kept.
LONGEST_LINE = 64 * 1024 * 1024
#: A file that is one JSON document is read whole.
LONGEST_DOCUMENT = 256 * 1024 * 1024
#: So many different failures are told apart; the keys of hostile records never end.
_MOST_ROWS = 10_000
#: Its number from 1, and its bytes.
Line = tuple[int, bytes]

_INDEX = re.compile(r"/\d+(?=/|$)")
_ELSEWHERE = Failure("", "fails elsewhere: there are too many different failures to tell them apart")


class FailureRow(msgspec.Struct, frozen=True):
    """One way in which records fail."""

    #: JSON pointer, with `*` for the places in lists.
    pointer: str
    why: str
    #: How many records fail so.
    records: int
    #: The first of them: its line, or in a file that is one JSON document its number, from 1.
    first: int


class Conformity(msgspec.Struct, frozen=True):
    """What a contract says of a file."""

    contract: str
    file: str
    #: What `first` counts: `line` or `record`.
    unit: str
    records: int
    valid: int
    #: Those of most records first.
    failures: tuple[FailureRow, ...]

    @property
    def holds(self) -> bool:
        """Whether there are records, and all of them validate."""
        return 0 < self.records == self.valid


def conform(known: Contract, file: IO[bytes], name: str) -> Conformity:
    """Hold every record of a file against a contract; only the counts of failures are kept.

    Args:
        known: the contract.
        file: JSON lines, one JSON list of records, or one record.
        name: of the file; its suffix tells JSON lines, else the first line does.

    Raises:
        UsageError: when a file that is one JSON document is too large.
    """
    lines = _lines(file)
    first = next((line for line in lines if line[1].strip()), None)
    unit, records = "line", _of_lines(chain([first] if first else [], lines))
    if first and not name.lower().endswith(LINE_SUFFIXES) and not isinstance(decoded(first[1]), dict):
        unit, records = _of_document(first, lines, name)
    count = valid = 0
    rows: dict[Failure, tuple[int, int]] = {}
    for number, value in records:
        count += 1
        found = _failures(known, value)
        valid += not found
        for each in found:
            key = each if each in rows or len(rows) < _MOST_ROWS else _ELSEWHERE
            times, earliest = rows.get(key, (0, number))
            rows[key] = times + 1, earliest
    told = [FailureRow(key.pointer, key.why, times, number) for key, (times, number) in rows.items()]
    told.sort(key=lambda row: (-row.records, row.first, row.pointer, row.why))
    return Conformity(known.name, name, unit, count, valid, tuple(told))


def conformity_json(found: Conformity, limit: int) -> bytes:
    """The answer as JSON, with so many failures; 0 for all."""
    whole = msgspec.to_builtins(found) | {"conforms": found.holds, "failures_in_all": len(found.failures)}
    whole["failures"] = whole["failures"][: limit or None]
    return json_page(whole)


def conformity_text(found: Conformity, limit: int) -> str:
    """The answer as a table of failures, with so many rows; 0 for all."""
    shown = found.failures[: limit or None]
    rows = [(row.pointer or "/", str(row.records), str(row.first), row.why) for row in shown]
    table = [("pointer", "records", f"first {found.unit}", "why"), *rows] if rows else []
    widths = [max(len(row[at]) for row in table) for at in range(3)] if table else []
    lines = ["  ".join([*map(str.ljust, row[:3], widths), row[3]]) for row in table]
    if lines:
        lines.append("")
    if len(found.failures) > len(shown):
        lines.append(f"{plural(len(found.failures) - len(shown), 'more way')} to fail; see them with --limit 0")
    if not found.records:
        lines.append(f"{found.file}: holds no record")
    else:
        validate = "validates" if found.records == 1 else "validate"
        of = f"{found.valid} of {plural(found.records, 'record')}"
        lines.append(f"{found.file}: {of} {validate} against {found.contract}")
    return "\n".join(lines) + "\n"


def _failures(known: Contract, value: object) -> set[Failure]:
    """What is wrong with one record, each way to fail once: places in lists are not told apart."""
    if value is msgspec.UNSET:
        return {Failure("", NO_JSON)}
    return {Failure(_INDEX.sub("/*", each.pointer), each.why) for each in known.failures(value)}


def _lines(file: IO[bytes]) -> Iterator[Line]:
    """Lines with their numbers; of one that is too long only its beginning, which is then no JSON."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        yield number, line
        while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)


def _of_lines(lines: Iterable[Line]) -> Iterator[tuple[int, object]]:
    return ((number, decoded(line)) for number, line in lines if line.strip())


def _of_document(first: Line, rest: Iterator[Line], name: str) -> tuple[str, Iterator[tuple[int, object]]]:
    """The records of a JSON document, and what their numbers count; what is none was meant as JSON lines."""
    kept, size = [first], len(first[1])
    for line in rest:
        kept.append(line)
        size += len(line[1])
        if size > LONGEST_DOCUMENT:
            limit = f"{LONGEST_DOCUMENT // 2**20} MiB"
            raise UsageError(f"{name} is one JSON document of more than {limit}; write one record a line instead")
    document = decoded(b"".join(line for _, line in kept))
    if document is msgspec.UNSET:
        return "line", _of_lines(kept)
    return "record", enumerate(document if isinstance(document, list) else [document], 1)
