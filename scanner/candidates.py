"""What reading one file yields for the rooms after it: small records that cross processes."""

from __future__ import annotations

from typing import Literal

import msgspec

from scanner.datafiles import DataFile
from scanner.documents import Page
from scanner.residue import Residue
from scanner.sites import FileSites
from scanner.touchpoints import Confidence, Role

#: What kind of fact a candidate stands on; definitions can have uses, keys and assignments fold by name.
Ground = Literal["definition", "call", "key", "assignment", "string", "import", "control", "syntax", "text"]


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """One hit of one rule, certain but for its residue."""

    rule: str
    kind: str
    role: Role
    confidence: Confidence
    ground: Ground
    #: Byte offset of the fact: hits of several rules on one fact are one place.
    start: int
    #: Where the fact ends, excluded.
    end: int
    line: int
    end_line: int
    #: The enclosing definition; of a definition its own symbol, of a module-level name that name.
    symbol: str
    name: str
    text: str
    #: The named part of the file around it, such as a cell of a notebook, where `symbol` does not tell.
    part: str = ""
    residue: Residue = True
    #: Line of its clause where the clause asks what it contains, else 0: of such hits around each other the innermost
    #: is the place.
    nesting: int = 0
    #: Whether its rule says `crowded: lower`.
    lowered_in_crowd: bool = False
    #: Whether only names speak for it.
    by_name: bool = False


class CallReference(msgspec.Struct, frozen=True, gc=False):
    """A call of something that this repository may define."""

    qualified: str
    #: Whether imports, the file itself or a receiver's type said so; else only the method's name is known.
    resolved: bool
    #: Byte offset of the call.
    start: int
    line: int
    end_line: int
    symbol: str
    text: str


class NamedValue(msgspec.Struct, frozen=True, gc=False):
    """A model id, endpoint, environment variable or SDK, and where it stands."""

    topic: Literal["model", "endpoint", "env_var", "sdk"]
    value: str
    line: int


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Lines of a file that follow each other, as people are shown them (see `scanner.lines.runs_around`)."""

    #: Number of the first, counted from 1.
    first: int
    #: Joined by newlines, without one at the end.
    text: str


class FileHead(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of one file at a glance."""

    path: str
    language: str
    module: str
    values: tuple[NamedValue, ...] = ()
    #: Lines of calls that are chosen at run time.
    dynamic: tuple[int, ...] = ()
    #: Bytes read, bytes lost to parse errors, line of the first error.
    size: int = 0
    lost: int = 0
    error_line: int = 0
    #: SHA-256 of the content, hexadecimal.
    digest: str = ""
    #: Why the file could not be read at all: (reason, detail); empty otherwise.
    failure: tuple[str, str] = ("", "")
    #: Whether its content differs from the commit's.
    changed: bool = False
    #: What contracts say of the records that it holds, and what it says as a document; None for most files.
    data: DataFile | None = None
    page: Page | None = None


class FileReport(FileHead, frozen=True):
    """All that later rooms know of one file."""

    candidates: tuple[Candidate, ...] = ()
    calls: tuple[CallReference, ...] = ()
    #: What it adds to the graph of calls.
    sites: FileSites = FileSites()
    #: Qualified names of definitions, with whether each may be called from outside (decorated, or overriding a base
    #: that is not here).
    definitions: tuple[tuple[str, bool], ...] = ()
    #: Every name that the code mentions other than by defining it.
    mentioned: frozenset[str] = frozenset()
    exports: dict[str, str] = {}
    #: Qualified names of everything that its classes extend.
    bases: tuple[str, ...] = ()
    #: The lines around its candidates, in order; no line is in two runs, nor do two runs touch.
    excerpts: tuple[Run, ...] = ()
