"""Located occurrences of seams: the records between matching and seams."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Confidence(StrEnum):
    """How sure a rule is; ordered by `rank`."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def lowered(self) -> Confidence:
        """One step less sure; low stays low."""
        return Confidence.MEDIUM if self is Confidence.HIGH else Confidence.LOW

    @property
    def rank(self) -> int:
        """3 for high, 2 for medium, 1 for low."""
        return {"high": 3, "medium": 2, "low": 1}[self.value]


class Role(StrEnum):
    """What a touchpoint is to its seam."""

    DEFINITION = "definition"
    USE = "use"
    CONFIG = "config"
    CONTRACT = "contract"
    DOCS = "docs"
    TEST = "test"


class Touchpoint(msgspec.Struct, frozen=True, gc=False):
    """One place where a seam is.

    The first ten fields are the public contract (names never change); the rest is for later rooms.
    """

    #: Fingerprint: survives moved lines, reformatting and edits inside.
    id: str
    rule: str
    kind: str
    role: Role
    confidence: Confidence
    path: str
    #: First line, counted from 1.
    line: int
    #: Last line, included.
    end_line: int
    #: Dotted name of the enclosing definition inside the file; empty at file level and in configuration.
    symbol: str
    #: First line of its code, trimmed, at most 200 characters, secrets masked.
    text: str
    #: The name or key that matched.
    name: str
    #: All rules that found this place, sorted; `rule` is the strongest of them.
    rules: tuple[str, ...]
    #: Fingerprint of the touchpoint that stands for its seam; empty for that one itself.
    seam: str = ""
    #: A definition that nothing in the scanned code calls or reads.
    unwired: bool = False
    #: Whether its rules say `crowded: lower`, so that it is less sure where its kind has many places.
    lowered_in_crowd: bool = False
    #: Whether only names speak for it: no known call, no behaviour, no other seam.
    by_name: bool = False
    #: Byte offset of the fact that it stands on: with the path it says which definition, call or key that is.
    start: int = 0
