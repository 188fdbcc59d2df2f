"""A history read back from its JSON, as `scanner history --format json` writes it.

The schema version of a history promises the same as that of a packet, see `scanner.packetfile`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from scanner.errors import UsageError
from scanner.history import SCHEMA_VERSION, History, Row, Series
from scanner.masking import without_keys
from scanner.places import printable
from scanner.readback import Reading

_MEND: Final = "name the JSON of a history, as `scanner history --format json` writes it"
_READING: Final = Reading("history", _MEND)
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_DATE = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?", re.ASCII)
#: Keys that only other files of this scanner have at their top, and what these are.
_OTHERS: Final = (("requirements", "a packet"), ("packets", "packets"), ("seams_added", "a difference"))


def read_history(path: Path) -> History:
    """Read the JSON of a history, which can be shown as it is: each pack once, each with commits.

    Args:
        path: the file.

    Raises:
        UsageError: when it holds anything else, with how to mend it in one line.
    """
    name = printable(os.fspath(path))
    document = _document(_READING.content(path, name), name)
    _READING.check_version(document.get("schema_version"), name, SCHEMA_VERSION)
    try:
        found = msgspec.convert(document, History)
    except (msgspec.ValidationError, RecursionError) as error:
        raise UsageError(f"{name} is no history ({printable(str(error))}); {_MEND}") from None
    for problem in _problems(found):
        raise UsageError(f"{name} is no history ({problem}); {_MEND}")
    return without_keys(found)


def _document(content: bytes, name: str) -> dict[str, Any]:
    document = _READING.document(content, name)
    if not isinstance(document, dict):
        raise UsageError(f"{name} is no history; {_MEND}")
    if "series" not in document:
        for key, what in _OTHERS:
            if key in document:
                raise UsageError(f"{name} holds {what} and no history; {_MEND}")
    return document


def _problems(found: History) -> Iterator[str]:
    """What the types of the fields allow and a history never says: nothing that shows one need ask again."""
    packs = [each.pack.id for each in found.series]
    if not packs:
        yield "it has no pack"
    if len(set(packs)) < len(packs):
        yield "it has a pack twice"
    for series in found.series:
        yield from _problems_of(series)


def _problems_of(series: Series) -> Iterator[str]:
    pack = f"of the pack `{printable(series.pack.id)}`"
    if not series.rows:
        yield f"no commit {pack}"
    for row in series.rows:
        if not _COMMIT.fullmatch(row.commit):
            yield f"`{printable(row.commit[:80])}` is no commit's id"
        elif not _DATE.fullmatch(row.date):
            yield f"`{printable(row.date[:80])}` is no date"
        elif _cannot_be(row):
            yield f"commit {row.commit[:10]} {pack} says what cannot be"


def _cannot_be(row: Row) -> bool:
    """Whether a row has a score that is none, or changes of requirements that it does not have."""
    score = row.standing.score if row.standing is not None else None
    known = row.standing.statuses if row.standing is not None else {}
    names = {*row.raised, *row.lowered, *row.other}
    return (score is not None and not 0 <= score <= 100) or not names <= known.keys()
