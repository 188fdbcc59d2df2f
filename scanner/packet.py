"""The packet: the versioned contract between the scanner and everything that reads its JSON.

Everything a page shows is in these records; templates judge nothing. Lists are in the order in which they are shown.
In memory, texts (`claim`, `missing`, `next`, `step`, `text` of the verdict) refer to places by markers, see
`escape.marker`; the JSON has them as "`symbol` (path:line)".

`python -m scanner.packet FILE` writes the JSON Schema of the contract.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.graphpacket import SeamGraph
from scanner.jsonpage import json_page
from scanner.packs import Status
from scanner.recordschema import record_schema
from scanner.settingspacket import Attested, SettingsNote
from scanner.touchpoints import Confidence, Role

SCHEMA_VERSION = "1.1"


class Completeness(msgspec.Struct, frozen=True):
    """How complete the look was; `partial` when code of the agent itself could not be read."""

    status: Literal["complete", "partial"]
    reasons: tuple[str, ...] = ()


class Repository(msgspec.Struct, frozen=True):
    """What was scanned. `commit` and `remote` are empty where unknown; the remote never holds credentials.

    A committed packet is part of the commit that it would have to name: `name`, `commit` and `remote` are empty, and
    `permalink` leads from the packet's own folder to files beside it.
    """

    name: str
    commit: str
    #: Web address of the repository, such as `https://github.com/owner/name`.
    remote: str
    #: Template of a link to lines, with `{path}`, `{line}` and `{end_line}`; empty where none can be made. Of a
    #: committed packet it begins with `./` or `../`.
    permalink: str
    #: Paths of files that differ from the commit; they get no permalink.
    changed: tuple[str, ...] = ()
    #: Digest over paths and contents of what was read, but for tests and documentation, hexadecimal.
    digest: str = ""


class PackRef(msgspec.Struct, frozen=True):
    """Which question was asked."""

    id: str
    title: str
    migration: str
    digest: str


class Term(msgspec.Struct, frozen=True):
    """One summand of the score: `value` (1, 0.5 or 0) times `weight`; `n/a` is no summand, its value is 0."""

    requirement: str
    status: Status
    weight: int
    value: float


class Score(msgspec.Struct, frozen=True):
    """The score and its arithmetic."""

    #: 0 to 100, rounded half up; None when less than half of the weight could be judged.
    value: int | None
    earned: float
    judged: int
    total: int
    #: The arithmetic in words, such as `13 of 25 by weight`, or `not scored: ...`.
    words: str
    terms: tuple[Term, ...]
    #: How many requirements have a status that is somebody's word.
    attested: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """The packet in two sentences."""

    #: `Ready`, `Partial`, `Gap` or `Not scored`.
    word: str
    headline: str
    text: str
    #: How many requirements have each status, in the order ready, partial, gap, n/a.
    counts: tuple[int, int, int, int]


class PacketTouchpoint(msgspec.Struct, frozen=True):
    """The public part of a touchpoint; field names never change."""

    id: str
    rule: str
    kind: str
    role: Role
    confidence: Confidence
    path: str
    line: int
    end_line: int
    symbol: str
    text: str
    name: str = ""
    rules: tuple[str, ...] = ()
    unwired: bool = False
    #: Fingerprint of the touchpoint that stands for its seam, of which this is a use; empty for that one itself.
    seam: str = ""


class PacketSeam(msgspec.Struct, frozen=True):
    """One seam: its best touchpoint and the places that belong to it."""

    #: Fingerprint of the best touchpoint.
    id: str
    kind: str
    #: What to call it: the symbol, else the key, else the file.
    name: str
    path: str
    line: int
    confidence: Confidence
    role: Role
    surface: str
    unwired: bool
    #: Fingerprints of all touchpoints of this seam, best first.
    touchpoints: tuple[str, ...]
    #: How many of them are uses.
    uses: int
    #: Steps of confidence that it lost only because its kind has many places.
    crowded: int = 0


class EvidenceGroup(msgspec.Struct, frozen=True):
    """One line of evidence: a place, with the number of places folded into it."""

    #: Fingerprint of the touchpoint that is linked.
    id: str
    #: Further places: of the same seam, or in the same function; at file level, of the same kind in that file.
    more: int
    #: Why it is shown: titles of rules.
    note: str


class Place(msgspec.Struct, frozen=True):
    """A path and a line, counted from 1."""

    path: str
    line: int


class FieldRow(msgspec.Struct, frozen=True):
    """One field that a requirement asks of a record: where it is, or what was looked for."""

    #: In words.
    field: str
    #: Whether some record carries it.
    present: bool
    #: The names that it has, in order of places; empty where it is missing.
    names: tuple[str, ...]
    #: Where the functions or classes begin that carry it, in order of path and line; at most three.
    places: tuple[Place, ...]
    #: Word patterns of its name.
    looked_for: tuple[str, ...]


class RequirementResult(msgspec.Struct, frozen=True):
    """One requirement, judged."""

    id: str
    title: str
    status: Status
    weight: int
    #: 1, 0.5 or 0; None for `n/a`, and where this version can judge no level of it.
    score: float | None
    asks: str
    #: What was found, in words with counts.
    claim: str
    #: Fingerprints, strongest first: the whole evidence.
    evidence: tuple[str, ...]
    #: The same folded to one line a seam or function, strongest first.
    places: tuple[EvidenceGroup, ...]
    #: What is missing, in words, each with where it is missing.
    missing: tuple[str, ...]
    #: Questions that this version does not answer, in words.
    not_judged: tuple[str, ...]
    #: What was looked for, in words: the titles of the rules behind it.
    looked_for: tuple[str, ...]
    next: tuple[str, ...]
    #: A row for each field that the requirement asks for, in the order of the pack.
    fields: tuple[FieldRow, ...] = ()
    #: Fingerprints of all places that keep it from `ready`; the sentences of `missing` name the first of them.
    exceptions: tuple[str, ...] = ()
    #: Set where `status` is somebody's word, which counts in place of what the scanner found; the rest is as found.
    attested: Attested | None = None


class Version(msgspec.Struct, frozen=True):
    """Which version of a package a manifest asks for, or a lock file pins."""

    #: The package as the file calls it, such as `google-genai`.
    package: str
    #: The constraint as written, empty for any version; of a lock file the version itself.
    version: str
    #: Whether it is what is installed rather than what is asked for.
    pinned: bool
    path: str
    line: int


class InventoryItem(msgspec.Struct, frozen=True):
    """One value with its places, best first."""

    value: str
    #: `path:line` pairs as records, so that renderers can link them: the first place of each file, then the others.
    places: tuple[Place, ...]
    #: Of an SDK, and of a provider those of its SDKs: what manifests ask for, then what lock files pin.
    versions: tuple[Version, ...] = ()
    #: Fingerprints of the packet's seams that have a touchpoint around one of the places, best first.
    seams: tuple[str, ...] = ()
    #: Whether manifests ask for it and no code imports it; its places are then those of the manifests.
    declared_only: bool = False


class Inventory(msgspec.Struct, frozen=True):
    """Values that the migration must know of."""

    models: tuple[InventoryItem, ...] = ()
    providers: tuple[InventoryItem, ...] = ()
    sdks: tuple[InventoryItem, ...] = ()
    endpoints: tuple[InventoryItem, ...] = ()
    env_vars: tuple[InventoryItem, ...] = ()


class SurfaceRow(msgspec.Struct, frozen=True):
    """One surface, with the number of seams that its entry points reach (parallel to `SurfaceMatrix.kinds`).

    Two rows are no surfaces: seams that no known entry point reaches, and seams that stand in no code.
    """

    surface: str
    counts: tuple[int, ...]


class SurfaceMatrix(msgspec.Struct, frozen=True):
    """Surfaces × kinds of seam. A seam counts on every surface from which it is reached."""

    kinds: tuple[str, ...]
    rows: tuple[SurfaceRow, ...]


class Slice(msgspec.Struct, frozen=True):
    """One next slice of work, in order."""

    title: str
    #: Ids of the requirements that it is about.
    closes: tuple[str, ...]
    #: Ids of other requirements that are not ready and rest on the same places.
    helps: tuple[str, ...]
    #: How many functions or other definitions it touches.
    functions: int
    #: How many files it touches.
    files: int
    #: Fingerprint of the place to start; empty where there is none yet.
    start: str
    step: str


class BlindSpot(msgspec.Struct, frozen=True):
    """Something the scanner could not see."""

    #: `unreadable`, `too large`, `parse errors`, `no grammar`, `dynamic dispatch`, `untracked`, ...
    reason: str
    #: Empty where it speaks of many files.
    path: str
    line: int
    detail: str
    #: How many files or places it stands for.
    count: int = 1


class Coverage(msgspec.Struct, frozen=True):
    """What was read."""

    #: Language and number of files, most files first.
    languages: tuple[tuple[str, int], ...]
    files: int
    bytes: int
    #: Category (`test`, `vendored`, `generated`, `docs`, `example`) and number of files that were read but set apart.
    apart: tuple[tuple[str, int], ...]
    #: Suffix and number of files in which no known language is written, such as pictures.
    other: tuple[tuple[str, int], ...] = ()
    #: Touchpoints of low confidence that are held back from the pages.
    held_back: int = 0


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """One repository, one pack."""

    schema_version: str
    scanner_version: str
    completeness: Completeness
    verdict: Verdict
    score: Score
    repository: Repository
    pack: PackRef
    requirements: tuple[RequirementResult, ...]
    slices: tuple[Slice, ...]
    inventory: Inventory
    surfaces: SurfaceMatrix
    #: What is reached through what.
    graph: SeamGraph = SeamGraph()
    coverage: Coverage
    blind_spots: tuple[BlindSpot, ...]
    #: Commands that make the same packet again.
    reproduce: tuple[str, ...]
    #: Digest of rules and catalogue, hexadecimal.
    rules_digest: str
    seams: tuple[PacketSeam, ...]
    touchpoints: tuple[PacketTouchpoint, ...]
    #: What the repository's own `scanner.toml` says, and what became of it.
    settings: SettingsNote = SettingsNote()
    #: Fingerprints of seams of the code that would be here if their kind had fewer places, or if a way led by them.
    crowded_out: tuple[str, ...] = ()


def schema() -> dict[str, Any]:
    """The JSON Schema of a packet's JSON."""
    return record_schema(Packet, "packet", SCHEMA_VERSION, "Migration packet")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m scanner.packet FILE")
    Path(sys.argv[1]).write_bytes(json_page(schema()))
