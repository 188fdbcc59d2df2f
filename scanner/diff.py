"""Packet against packet: what changed, in seams rather than lines.

Everything is keyed by fingerprints, which comparison carries across renames (`scanner.carry`). A seam that is more or
less sure only because its kind has more or fewer places has not changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from scanner.alike import SeamView
from scanner.carry import Carried, Pair
from scanner.diffgates import bypasses, gate_changes
from scanner.diffpacket import (
    DIFF_SCHEMA_VERSION,
    STATUS_ORDER,
    AttestationChange,
    CompletenessChange,
    PacketDiff,
    ScoreChange,
    SeamChange,
    Side,
    Spot,
    StatusChange,
    ValueNote,
    spot,
)
from scanner.errors import UsageError
from scanner.graphpacket import SeamGraph
from scanner.inwords import in_words
from scanner.packet import Inventory, InventoryItem, Packet, RequirementResult
from scanner.packs import Status
from scanner.places import printable

#: Nothing was renamed.
NO_RENAMES: Final[Mapping[str, str]] = MappingProxyType({})


def compare(old: Packet, new: Packet, renames: Mapping[str, str] = NO_RENAMES, guess: bool = True) -> PacketDiff:
    """What changed between two packets of one pack.

    Args:
        old: the packet before.
        new: the packet after.
        renames: path in the old packet → path in the new one, as git detects them.
        guess: whether a file that is gone, and not among the renames, may stand under another path, as what stands
            there tells; not where git knows all renames.

    Raises:
        UsageError: when the packets are of different packs.
    """
    if old.pack.id != new.pack.id:
        names = f"`{printable(old.pack.id)}` and `{printable(new.pack.id)}`"
        raise UsageError(f"the packets are of different packs, {names}; compare packets of one pack")
    old, new = in_words(old), in_words(new)
    carried = Carried(old, new, renames, guess)
    statuses = tuple(_statuses(old, new))
    return PacketDiff(
        schema_version=DIFF_SCHEMA_VERSION,
        pack=new.pack.id,
        title=new.pack.title,
        repository=new.repository.name,
        old=_side(old),
        new=_side(new),
        notes=tuple(_notes(old, new)),
        statuses_raised=tuple(each for each in statuses if _rank(each.now) > _rank(each.was)),
        statuses_lowered=tuple(each for each in statuses if _rank(each.now) < _rank(each.was)),
        score=tuple(_score(old, new)),
        seams_added=tuple(_spot(each, new) for each in carried.added),
        seams_removed=tuple(_spot(each, old) for each in carried.removed),
        seams_moved=tuple(_seam_change(pair, old, new) for pair in carried.moved),
        seams_renamed=tuple(_seam_change(pair, old, new) for pair in carried.renamed),
        confidence_changed=tuple(_confidence(carried, old, new)),
        gate_coverage=tuple(gate_changes(old, new, carried)),
        new_bypasses=tuple(bypasses(old, new, carried)),
        **_values(old.inventory, new.inventory),
        attestations=tuple(_attestations(old, new)),
        completeness=tuple(_completeness(old, new, carried)),
    )


def _rank(status: Status) -> int:
    return STATUS_ORDER.index(status)


def _side(packet: Packet) -> Side:
    gates = packet.graph.gates
    return Side(
        word=packet.verdict.word,
        score=packet.score.value,
        commit=packet.repository.commit,
        permalink=packet.repository.permalink,
        changed=packet.repository.changed,
        completeness=packet.completeness.status,
        scanner_version=packet.scanner_version,
        rules_digest=packet.rules_digest,
        pack_digest=packet.pack.digest,
        gates=gates.counts if gates is not None else (),
    )


def _notes(old: Packet, new: Packet) -> Iterable[str]:
    """What makes the two hard to compare."""
    if old.scanner_version != new.scanner_version:
        versions = f"scanner {old.scanner_version} and scanner {new.scanner_version}"
        yield f"The packets were made by {versions}: a change below may be one of the scanner and not of the code."
    if old.rules_digest != new.rules_digest:
        digests = f"`{old.rules_digest[:12]}` and `{new.rules_digest[:12]}`"
        yield f"The packets were made with different rules ({digests}): a change below may be one of the rules."
    if old.pack.digest != new.pack.digest:
        yield f"The pack `{new.pack.id}` itself changed between the packets: requirements may ask for something else."
    before, after = ([each.id for each in packet.requirements] for packet in (old, new))
    for names, word in (_without(after, before), "new"), (_without(before, after), "gone"):
        if names:
            yield f"Requirements of the pack that are {word} are not compared: {', '.join(names)}."
    if _ignores_settings(old) != _ignores_settings(new):
        which = "old" if _ignores_settings(old) else "new"
        yield f"Settings that the repository keeps were left out of the {which} packet alone."
    if (old.graph == SeamGraph()) != (new.graph == SeamGraph()):
        which = "old" if old.graph == SeamGraph() else "new"
        yield f"The {which} packet knows no ways through the code, so gates and bypasses are not compared."
    # A committed packet names no repository.
    if old.repository.name and new.repository.name and old.repository.name != new.repository.name:
        yield f"The packets are of `{old.repository.name}` and `{new.repository.name}`."


def _ignores_settings(packet: Packet) -> bool:
    return packet.settings.state == "ignored"


def _without(some: Sequence[str], others: Sequence[str]) -> list[str]:
    return [each for each in some if each not in others]


def _statuses(old: Packet, new: Packet) -> Iterable[StatusChange]:
    before = {each.id: each for each in old.requirements}
    for now in new.requirements:
        was = before.get(now.id)
        if was is not None and was.status != now.status:
            yield StatusChange(
                requirement=now.id,
                title=now.title,
                was=was.status,
                now=now.status,
                was_found=_found(was),
                now_found=_found(now),
                was_by=was.attested.by if was.attested else "",
                now_by=now.attested.by if now.attested else "",
                why=_why(was, now),
            )


def _found(result: RequirementResult) -> Status:
    return result.attested.found if result.attested else result.status


def _why(was: RequirementResult, now: RequirementResult) -> tuple[str, ...]:
    """What is missing now and was not; of a raised one its claim."""
    if _rank(now.status) > _rank(was.status):
        return (now.claim,) if now.claim else ()
    known = {_without_lines(each) for each in was.missing}
    return tuple(each for each in now.missing if _without_lines(each) not in known)


def _without_lines(text: str) -> str:
    return re.sub(r":\d+\b", "", text)


def _score(old: Packet, new: Packet) -> Iterable[ScoreChange]:
    was, now = old.score, new.score
    if (was.value, old.verdict.word) != (now.value, new.verdict.word):
        yield ScoreChange(was.value, now.value, old.verdict.word, new.verdict.word, was.words, now.words)


def _spot(view: SeamView, packet: Packet) -> Spot:
    """A seam as its own packet has it."""
    best = next(each for each in packet.touchpoints if each.id == view.places[0].id)
    return msgspec.structs.replace(spot(best, view.seam.name), confidence=view.seam.confidence)


def _seam_change(pair: Pair, old: Packet, new: Packet) -> SeamChange:
    return SeamChange(_spot(pair[0], old), _spot(pair[1], new))


def _confidence(carried: Carried, old: Packet, new: Packet) -> Iterable[SeamChange]:
    for pair in (*carried.same, *carried.moved, *carried.renamed):
        was, now = (view.seam.confidence.rank + view.seam.crowded for view in pair)
        if was != now:
            yield _seam_change(pair, old, new)


def _values(old: Inventory, new: Inventory) -> dict[str, tuple[ValueNote, ...]]:
    found = {}
    for topic in old.__struct_fields__:
        before, after = getattr(old, topic), getattr(new, topic)
        found[f"{topic}_added"] = tuple(_only_in(after, before))
        found[f"{topic}_removed"] = tuple(_only_in(before, after))
    return found


def _only_in(items: Iterable[InventoryItem], others: Iterable[InventoryItem]) -> Iterable[ValueNote]:
    known = {each.value for each in others}
    for each in items:
        if each.value not in known:
            path, line = (each.places[0].path, each.places[0].line) if each.places else ("", 0)
            yield ValueNote(each.value, path, line, len(each.places), each.declared_only)


def _attestations(old: Packet, new: Packet) -> Iterable[AttestationChange]:
    before = {each.id: each for each in old.requirements}
    expired = {each.requirement for each in new.settings.overrides if each.state == "expired"}
    for now in new.requirements:
        was = before.get(now.id)
        if was is None:
            continue
        event = _event(was, now, expired)
        said = now.attested or was.attested
        if event and said is not None:
            yield AttestationChange(
                requirement=now.id,
                title=now.title,
                event=event,  # type: ignore[arg-type]  # one of its words
                status=now.status if now.attested else was.status,
                by=said.by,
                until=said.until,
                reason=said.reason,
                was_found=_found(was),
                now_found=_found(now),
            )


def _event(was: RequirementResult, now: RequirementResult, expired: set[str]) -> str:
    if was.attested is None or now.attested is None:
        if was.attested is now.attested:
            return ""
        return "begun" if now.attested else "expired" if now.id in expired else "withdrawn"
    before, after = (msgspec.structs.replace(each, found="gap", written=0) for each in (was.attested, now.attested))
    if before != after or was.status != now.status:
        return "changed"
    return "found differs" if was.attested.found != now.attested.found else ""


def _completeness(old: Packet, new: Packet, carried: Carried) -> Iterable[CompletenessChange]:
    before = [_moved(each, carried) for each in old.completeness.reasons]
    added, removed = _without(new.completeness.reasons, before), _without(before, new.completeness.reasons)
    if added or removed or old.completeness.status != new.completeness.status:
        yield CompletenessChange(old.completeness.status, new.completeness.status, tuple(added), tuple(removed))


def _moved(reason: str, carried: Carried) -> str:
    """A reason with the path that it ends with as the new packet has it."""
    return re.sub(r"\(([^()]+)\)$", lambda match: f"({carried.path(match[1])})", reason)
