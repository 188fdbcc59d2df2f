"""The difference of two packets: the records that pages, gates and other tools read.

Every topic is one list at the top level, in the order in which readers need them; all are empty when nothing changed.
Moved lines, renamed files and further uses of a known seam say nothing.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from scanner.packet import PacketTouchpoint
from scanner.packs import Status
from scanner.touchpoints import Confidence, Role

#: Of the JSON of a difference; promises the same as that of a packet.
DIFF_SCHEMA_VERSION = "1.0"

#: What a requirement leaves to do, least ready first. One that does not apply leaves nothing to do, and keeps nothing.
STATUS_ORDER: tuple[Status, ...] = ("gap", "partial", "n/a", "ready")


class Side(msgspec.Struct, frozen=True):
    """One of the two packets."""

    #: `Ready`, `Partial`, `Gap` or `Not scored`.
    word: str
    #: 0 to 100; None where it is not scored.
    score: int | None
    #: Full id of the commit; empty where unknown.
    commit: str
    #: Template of a link to lines; empty where none can be made.
    permalink: str
    #: Files that differ from the commit; they get no permalink.
    changed: tuple[str, ...]
    completeness: Literal["complete", "partial"]
    scanner_version: str
    rules_digest: str
    pack_digest: str
    #: How many side effects are covered, behind policy alone, uncovered and unknown; empty where none is judged.
    gates: tuple[int, ...] = ()
    #: What was asked for, where that is another commit: `origin/main`, at which it and the other side parted.
    asked: str = ""


class StatusChange(msgspec.Struct, frozen=True):
    """A requirement whose status that counts differs."""

    requirement: str
    title: str
    was: Status
    now: Status
    #: What the scanner itself found; another than `was` or `now` where that is somebody's word.
    was_found: Status
    now_found: Status
    #: Whose word the status is; empty where it is what was found.
    was_by: str = ""
    now_by: str = ""
    #: Why, in words: what is missing now of a lowered one (that was not missing before), the claim of a raised one.
    why: tuple[str, ...] = ()


class ScoreChange(msgspec.Struct, frozen=True):
    """The score, where it or the verdict's word differs."""

    was: int | None
    now: int | None
    was_word: str
    now_word: str
    #: The arithmetic in words.
    was_words: str
    now_words: str


class Spot(msgspec.Struct, frozen=True):
    """A place in one of the two packets, as that packet has it."""

    #: Fingerprint there.
    id: str
    kind: str
    #: What to call it.
    name: str
    path: str
    line: int
    end_line: int
    symbol: str
    text: str
    confidence: Confidence
    role: Role


class SeamChange(msgspec.Struct, frozen=True):
    """A seam that is in both packets, and differs."""

    was: Spot
    now: Spot


class GateChange(msgspec.Struct, frozen=True):
    """A side effect that is in both packets, and whose gate differs."""

    place: Spot
    #: `covered`, `policy` (behind rules that ask nobody), `uncovered` or `unknown`.
    was: str
    now: str
    #: Whether a condition around the gate can leave it out.
    was_conditional: bool
    now_conditional: bool


class Call(msgspec.Struct, frozen=True):
    """One function on a way, and the line on which it calls the next; of the last one its own line."""

    path: str
    symbol: str
    line: int


class Bypass(msgspec.Struct, frozen=True):
    """A place that is newly reached past every gate, or past the first door."""

    what: Literal["gate", "door"]
    place: Spot
    #: The verdict or state before: `covered`, `policy`, `unknown`, `behind the door`; `new` of a place that was not.
    was: str
    #: The door that it passes, as `symbol (path:line)`; empty of a gate.
    door: str
    #: A shortest way.
    way: tuple[Call, ...]


class ValueNote(msgspec.Struct, frozen=True):
    """A value of the inventory that only one of the packets has."""

    value: str
    #: Its first place.
    path: str
    line: int
    #: How many places it has.
    places: int
    #: Whether only manifests ask for it.
    declared_only: bool = False


class AttestationChange(msgspec.Struct, frozen=True):
    """Somebody's word on a requirement that begins, ends or no longer says the same."""

    requirement: str
    title: str
    #: `expired`: its last day has passed; `withdrawn`: it is no longer written.
    event: Literal["begun", "changed", "expired", "withdrawn", "found differs"]
    status: Status
    by: str
    until: str
    reason: str
    was_found: Status
    now_found: Status


class CompletenessChange(msgspec.Struct, frozen=True):
    """How complete the look was, where that differs."""

    was: Literal["complete", "partial"]
    now: Literal["complete", "partial"]
    #: Reasons that only one of the packets gives.
    added: tuple[str, ...]
    removed: tuple[str, ...]


class PacketDiff(msgspec.Struct, frozen=True):
    """What differs between two packets of one pack."""

    schema_version: str
    #: Id and title of the pack.
    pack: str
    title: str
    repository: str
    old: Side
    new: Side
    #: What makes the two hard to compare: other rules, another scanner, another pack, settings that did not count.
    notes: tuple[str, ...] = ()
    statuses_raised: tuple[StatusChange, ...] = ()
    statuses_lowered: tuple[StatusChange, ...] = ()
    #: At most one.
    score: tuple[ScoreChange, ...] = ()
    seams_added: tuple[Spot, ...] = ()
    seams_removed: tuple[Spot, ...] = ()
    #: To another file, where that is no renamed file.
    seams_moved: tuple[SeamChange, ...] = ()
    seams_renamed: tuple[SeamChange, ...] = ()
    confidence_changed: tuple[SeamChange, ...] = ()
    gate_coverage: tuple[GateChange, ...] = ()
    new_bypasses: tuple[Bypass, ...] = ()
    models_added: tuple[ValueNote, ...] = ()
    models_removed: tuple[ValueNote, ...] = ()
    providers_added: tuple[ValueNote, ...] = ()
    providers_removed: tuple[ValueNote, ...] = ()
    sdks_added: tuple[ValueNote, ...] = ()
    sdks_removed: tuple[ValueNote, ...] = ()
    endpoints_added: tuple[ValueNote, ...] = ()
    endpoints_removed: tuple[ValueNote, ...] = ()
    env_vars_added: tuple[ValueNote, ...] = ()
    env_vars_removed: tuple[ValueNote, ...] = ()
    attestations: tuple[AttestationChange, ...] = ()
    #: At most one.
    completeness: tuple[CompletenessChange, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing changed; notes are no change."""
        return not any(getattr(self, topic) for topic in TOPICS)


def spot(place: PacketTouchpoint, name: str) -> Spot:
    """A touchpoint as a difference names it."""
    return Spot(
        id=place.id,
        kind=place.kind,
        name=name,
        path=place.path,
        line=place.line,
        end_line=place.end_line,
        symbol=place.symbol,
        text=place.text,
        confidence=place.confidence,
        role=place.role,
    )


#: The names of the lists of changes, in order.
TOPICS: tuple[str, ...] = tuple(
    field
    for field in PacketDiff.__struct_fields__
    if field not in ("schema_version", "pack", "title", "repository", "old", "new", "notes")
)
