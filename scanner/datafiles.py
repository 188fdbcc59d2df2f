"""Data files as facts: a bounded sample of their records is held against every contract, and only the verdicts stay.

Records hold what people said to an agent, so none of them leaves this room: a verdict is counts, a place and words that
come from the schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from scanner.contracts import Contract, Failure, contracts

#: So many records of a file are held against contracts, evenly spread over it.
MOST_RECORDS = 200
#: A longer line is no record that a sample could afford; it counts as one that does not validate.
LONGEST_RECORD = 256 * 1024
#: Lines after these are not looked at.
_MOST_LINES = 200_000

#: One record a line.
LINE_SUFFIXES = (".jsonl", ".ndjson")
_SUFFIXES = (*LINE_SUFFIXES, ".json")
#: JSON that is settings, a manifest or a schema, whatever it holds.
_SETTINGS = re.compile(
    r"(?:^|/)(?:\.[^/]+|package|package-lock|npm-shrinkwrap|composer|deno|biome|turbo|nx|lerna|renovate|vercel|manifest"
    r"|components|[jt]sconfig(?:\.[^/]+)?|[^/]*\.(?:schema|config|lock))\.jsonc?$"
)

NO_JSON = "is no JSON"


class Verdict(msgspec.Struct, frozen=True):
    """What one contract says of the sampled records of a file."""

    contract: str
    #: How many records were held against it, and how many of them validate.
    records: int
    valid: int
    #: The first record that does not: its line (0 in a file that is one JSON document), where in it, and why.
    line: int = 0
    first: Failure | None = None


class DataFile(msgspec.Struct, frozen=True):
    """A data file with a record that looks like one of a contract, or that was too large to be read."""

    path: str
    #: In order of name; of the contracts alone that a record of it resembles.
    verdicts: tuple[Verdict, ...] = ()
    too_large: bool = False


class _Record(msgspec.Struct, frozen=True):
    """One record of a sample."""

    #: Undecodable bytes are `msgspec.UNSET`.
    value: object
    line: int = 0
    #: Its place in a file that is one JSON document.
    pointer: str = ""


def is_data(path: str) -> bool:
    """Whether a file may hold records."""
    name = path.lower()
    return name.endswith(_SUFFIXES) and not _SETTINGS.search(name)


def verdicts_of(path: str, source: bytes) -> tuple[Verdict, ...]:
    """Hold a sample of a file's records against the contracts that they resemble; no content makes it raise.

    Args:
        path: of the file.
        source: all of it.
    """
    # A file without the keys of any record is settled before a byte of it is decoded.
    asked = [each for each in contracts() if each.may_be_in(source)]
    if not asked:
        return ()
    lines = path.lower().endswith(LINE_SUFFIXES)
    records = list(_of_lines(source) if lines else _of_document(source))
    return tuple(_verdict(each, records) for each in asked if any(each.resembles(record.value) for record in records))


def decoded(source: bytes) -> object:
    """A JSON text's value; `msgspec.UNSET` where it is none, or nested so deeply that nobody wrote it."""
    try:
        return msgspec.json.decode(source)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return msgspec.UNSET


def _verdict(contract: Contract, records: Sequence[_Record]) -> Verdict:
    valid, first = 0, None
    for record in records:
        failure = _failure(contract, record.value)
        if failure is None:
            valid += 1
        elif first is None:
            first = record.line, Failure(record.pointer + failure.pointer, failure.why)
    line, failure = first or (0, None)
    return Verdict(contract.name, len(records), valid, line, failure)


def _failure(contract: Contract, value: object) -> Failure | None:
    if value is msgspec.UNSET:
        return Failure("", NO_JSON)
    return next(iter(contract.failures(value)), None)


def _of_lines(source: bytes) -> Iterator[_Record]:
    lines = source.split(b"\n", _MOST_LINES)[:_MOST_LINES]
    filled = [number for number, line in enumerate(lines) if not line.isspace() and line]
    for number in _spread(filled):
        line = lines[number]
        yield _Record(decoded(line) if len(line) <= LONGEST_RECORD else msgspec.UNSET, line=number + 1)


def _of_document(source: bytes) -> Iterator[_Record]:
    document = decoded(source)
    if isinstance(document, list):
        yield from (_Record(document[at], pointer=f"/{at}") for at in _spread(range(len(document))))
    elif isinstance(document, dict):
        yield _Record(document)


def _spread(numbers: Sequence[int]) -> Iterator[int]:
    """At most `MOST_RECORDS` of these, evenly spread, the first and the same ones each time."""
    count = min(len(numbers), MOST_RECORDS)
    return (numbers[at * len(numbers) // count] for at in range(count))
