"""What reviewers wrote down about a repository, a JSON object a line: labels, distractors, statuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

import msgspec

from scanner.errors import UsageError
from scanner.kinds import KINDS
from scanner.places import printable

_Record = TypeVar("_Record")


class Label(msgspec.Struct, frozen=True):
    """One labelled seam; unknown fields of the file are passed over."""

    path: str
    line: int
    end_line: int
    symbol: str
    kind: str
    #: `core` or `supporting`.
    importance: str
    note: str = ""


class Distractor(msgspec.Struct, frozen=True):
    """One tempting place that is not of kind `not_kind`."""

    path: str
    line: int
    symbol: str
    not_kind: str
    why: str = ""


class StatusLabel(msgspec.Struct, frozen=True):
    """The status that a reviewer gave to one requirement of a pack."""

    pack: str
    requirement: str
    status: str
    confidence: str = ""
    why: str = ""


def read_lines(path: Path, record: type[_Record]) -> tuple[_Record, ...]:
    """Records of a JSON Lines file.

    Raises:
        UsageError: naming file and line of the first line that is no such record.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: cannot be read: it is not UTF-8") from error
    found: list[_Record] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                made = msgspec.convert(json.loads(line), record, strict=False)
            except (ValueError, msgspec.ValidationError) as error:
                raise UsageError(f"{path}:{number}: not a record of this kind: {error}") from error
            kind = getattr(made, "kind", None) or getattr(made, "not_kind", None)
            if kind is not None and kind not in KINDS:
                raise UsageError(f"{path}:{number}: no kind of seam is called `{printable(kind)}`")
            found.append(made)
    return tuple(found)
