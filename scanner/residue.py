"""What a rule still has to ask once a file has been read, such as whether a touchpoint of some other rule lies here.

Rules are evaluated while their file is in memory, file by file, in any process. What they say of other rules'
touchpoints (`seam`) cannot be known then, since a call in this file may be a use of a definition in another. So
evaluation leaves a *residue*: a small expression over line ranges that `strata` decides when all files have been read.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Lies(msgspec.Struct, frozen=True, tag="lies", gc=False):
    """A touchpoint of one of `names` lies here, within these lines, or around them."""

    names: tuple[str, ...]
    relation: Literal["here", "within", "around"]
    line: int
    end_line: int


class Both(msgspec.Struct, frozen=True, tag="both"):
    """All parts hold."""

    parts: tuple[Residue, ...]


class Either(msgspec.Struct, frozen=True, tag="either"):
    """One part holds."""

    parts: tuple[Residue, ...]


class Never(msgspec.Struct, frozen=True, tag="never"):
    """The part does not hold."""

    part: Residue


Residue = bool | Lies | Both | Either | Never


def both(parts: list[Residue]) -> Residue:
    """All of them, simplified."""
    if False in parts:
        return False
    open_parts = tuple(part for part in parts if part is not True)
    return open_parts[0] if len(open_parts) == 1 else Both(open_parts) if open_parts else True


def either(parts: list[Residue]) -> Residue:
    """One of them, simplified."""
    if True in parts:
        return True
    open_parts = tuple(part for part in parts if part is not False)
    return open_parts[0] if len(open_parts) == 1 else Either(open_parts) if open_parts else False


def never(part: Residue) -> Residue:
    """Its opposite, simplified."""
    return (not part) if isinstance(part, bool) else Never(part)
