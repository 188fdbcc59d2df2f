"""The gate: a packet held against a baseline and against floors, one reason a line for each thing that fails.

What counts as a regression is what a team did not mean to lose: a requirement that is less ready than it was, a side
effect that was behind a gate and can now be reached past every one, or a packet that can no longer be scored. A new
side effect without a gate, or a new way past the door, is a new bypass. A lower score alone is neither: it falls only
with a status, or where a requirement begins to apply, which is a status that is lowered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from scanner.diffpacket import Bypass, GateChange, PacketDiff, StatusChange
from scanner.packet import Packet
from scanner.packs import Status

REGRESSION: Final = "regression"
NEW_BYPASS: Final = "new-bypass"
STALE: Final = "stale-packet"
#: What `--min-status` knows, least first.
FLOORS: Final[tuple[Status, ...]] = ("gap", "partial", "ready")
#: Verdicts under which a side effect waits for a person, or for rules.
_GUARDED: Final = ("covered", "policy")
#: So many things that are missing are told of a status.
_MOST_MISSING: Final = 2


class Reason(msgspec.Struct, frozen=True):
    """One thing for which the gate fails."""

    check: Literal["regression", "new-bypass", "stale-packet", "min-status", "min-score"]
    pack: str
    #: In one line, without the check and the pack.
    text: str
    #: Id of the requirement that it is about; empty for none.
    requirement: str = ""
    #: The place that it is about; empty for none.
    path: str = ""
    line: int = 0


class Compared(msgspec.Struct, frozen=True):
    """A packet held against its baseline."""

    reasons: tuple[Reason, ...]
    #: What makes the two hard to compare.
    notes: tuple[str, ...]


class Asked(msgspec.Struct, frozen=True):
    """What a gate asks for."""

    #: What `--fail-on` names; stale packets are told elsewhere.
    fail_on: frozenset[str] = frozenset()
    #: One of `FLOORS`, or None.
    min_status: str | None = None
    #: 0 to 100, or None.
    min_score: int | None = None
    #: As for `diff.compare`, like `guess`.
    renames: Mapping[str, str] = {}
    guess: bool = True


def judged(before: Sequence[Packet], now: Sequence[Packet], asked: Asked) -> Compared:
    """Hold packets against their baselines and against floors.

    Args:
        before: one a pack, in the order of `now`; empty where there is no baseline.
        now: the packets of today.
        asked: what is asked for.

    Raises:
        UsageError: when a packet and its baseline are of different packs.
    """
    reasons: list[Reason] = []
    notes: list[str] = []
    for old, new in zip(before, now, strict=False):
        found = against(old, new, asked.fail_on, asked.renames, asked.guess)
        reasons += found.reasons
        notes += [f"{new.pack.id}: {each}" for each in found.notes]
    reasons += [reason for packet in now for reason in below(packet, asked.min_status, asked.min_score)]
    return Compared(tuple(reasons), tuple(notes))


def against(
    old: Packet, new: Packet, fail_on: Collection[str], renames: Mapping[str, str] | None = None, guess: bool = True
) -> Compared:
    """Hold a packet against its baseline.

    Args:
        old: the baseline.
        new: the packet of today.
        fail_on: as in `Asked`.
        renames: as for `diff.compare`.
        guess: likewise.

    Raises:
        UsageError: when the packets are of different packs.
    """
    from scanner.diff import compare

    found = compare(old, new, renames or {}, guess)
    reasons: list[Reason] = []
    if REGRESSION in fail_on:
        reasons += _regressions(found, old, new)
    if NEW_BYPASS in fail_on:
        known = {(each.path, each.line) for each in reasons if each.path}
        fresh = (_bypass(found.pack, each) for each in found.new_bypasses)
        reasons += [each for each in fresh if (each.path, each.line) not in known]
    return Compared(tuple(reasons), found.notes)


def below(packet: Packet, min_status: str | None, min_score: int | None) -> Iterator[Reason]:
    """Where a packet is below what is asked at least; what does not apply is not asked.

    Args:
        packet: the packet of today.
        min_status: one of `FLOORS`, or None.
        min_score: 0 to 100, or None.
    """
    from scanner.inwords import in_words

    packet = in_words(packet)
    pack, scored = packet.pack.id, packet.score.value
    if min_status is not None:
        if scored is None and not any(each.status in FLOORS for each in packet.requirements):
            yield Reason("min-status", pack, f"nothing is judged: {packet.score.words}")
        for each in packet.requirements:
            if each.status in FLOORS and FLOORS.index(each.status) < FLOORS.index(min_status):
                text = f"{each.title} is {each.status}, and at least {min_status} is asked{_missing(each.missing)}"
                yield Reason("min-status", pack, text, each.id)
    if min_score is not None:
        if scored is None:
            yield Reason("min-score", pack, f"at least {min_score} is asked, and the packet is {packet.score.words}")
        elif scored < min_score:
            text = f"the score is {scored} of 100, and at least {min_score} is asked ({packet.score.words})"
            yield Reason("min-score", pack, text)


def _regressions(found: PacketDiff, old: Packet, new: Packet) -> Iterator[Reason]:
    # Other rules or another pack may lower a status by themselves; the note says which.
    doubt = "; the baseline was made by other rules" if old.rules_digest != new.rules_digest else ""
    doubt = "; the pack differs from the baseline's" if old.pack.digest != new.pack.digest else doubt
    if old.score.value is not None and new.score.value is None:
        yield Reason("regression", found.pack, f"the score was {old.score.value}, now the packet is {new.score.words}")
    ended = {each.requirement: each.event for each in found.attestations if each.event in ("expired", "withdrawn")}
    for each in found.statuses_lowered:
        text = f"{each.title} was {each.was}, now {each.now}{_why(each, ended.get(each.requirement, ''))}{doubt}"
        yield Reason("regression", found.pack, text, each.requirement)
    for change in found.gate_coverage:
        if change.was in _GUARDED and change.now == "uncovered":
            yield _ungated(found.pack, change, doubt)


def _why(change: StatusChange, ended: str) -> str:
    if ended:
        return f": the attestation by {change.was_by} {'expired' if ended == 'expired' else 'was withdrawn'}"
    return _missing(change.why)


def _missing(items: Sequence[str]) -> str:
    if not items:
        return ""
    more = f"; {len(items) - _MOST_MISSING} more" if len(items) > _MOST_MISSING else ""
    return f": missing {'; '.join(items[:_MOST_MISSING])}{more}"


def _ungated(pack: str, change: GateChange, doubt: str) -> Reason:
    place = change.place
    behind = "behind a gate" if change.was == "covered" else "behind rules"
    text = f"{place.name} ({place.path}:{place.line}) was {behind}, now it can be reached past every gate{doubt}"
    return Reason("regression", pack, text, path=place.path, line=place.line)


def _bypass(pack: str, bypass: Bypass) -> Reason:
    place = bypass.place
    past = "every gate" if bypass.what == "gate" else f"the door {bypass.door}"
    way = " → ".join(each.symbol or each.path for each in bypass.way)
    text = f"{place.name} ({place.path}:{place.line}) can be reached past {past}{f', by {way}' if way else ''}"
    return Reason("new-bypass", pack, text, path=place.path, line=place.line)
