"""The difference of two packets as sections of rows, which pages only lay out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from scanner.diffpacket import (
    AttestationChange,
    Bypass,
    Call,
    CompletenessChange,
    GateChange,
    PacketDiff,
    SeamChange,
    Side,
    Spot,
    StatusChange,
    ValueNote,
)
from scanner.phrases import joined, plural


class Where(msgspec.Struct, frozen=True):
    """Lines of a file, in one of the two packets."""

    path: str
    line: int
    end_line: int
    is_old: bool = False


class Row(msgspec.Struct, frozen=True):
    """One change."""

    #: `+`, `-` or `~`; `↑` and `↓` of a status or score.
    mark: str
    #: Names from the repository, before and after where they differ.
    names: tuple[str, ...]
    #: Words of the scanner or of a pack in place of a name.
    title: str = ""
    #: The kind of seam or value, in words.
    kind: str = ""
    places: tuple[Where, ...] = ()
    #: In words; code is in backticks.
    detail: str = ""
    #: Sentences of their own.
    more: tuple[str, ...] = ()
    way: tuple[Call, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """One topic."""

    title: str
    rows: tuple[Row, ...]
    #: In words, above the rows.
    head: str = ""


#: Topics of the inventory, in words for one and for many.
_VALUES = {
    "models": ("model", "models"),
    "providers": ("provider", "providers"),
    "sdks": ("SDK", "SDKs"),
    "endpoints": ("endpoint", "endpoints"),
    "env_vars": ("env var", "env vars"),
}
_GATES = ("covered", "behind rules that ask nobody", "uncovered", "unknown")
_VERDICTS = {"policy": "behind rules that ask nobody", "unknown": "no sure way known"}


def headline(diff: PacketDiff) -> str:
    """The whole difference in one line: `Partial 52 → 48 of 100 · 1 requirement lowered · 1 new bypass`."""
    parts = [_scored(diff)]
    for topic, one, many in _COUNTED:
        if found := getattr(diff, topic):
            parts.append(plural(len(found), one, many))
    for word in ("added", "removed"):
        counts = [(len(getattr(diff, f"{topic}_{word}")), *names) for topic, names in _VALUES.items()]
        some = [plural(count, one, many) for count, one, many in counts if count]
        parts += [f"{joined(some, 'and')} {word}"] if some else []
    if diff.attestations:
        parts.append(plural(len(diff.attestations), "change of what is attested", "changes of what is attested"))
    if diff.completeness:
        was, now = diff.completeness[0].was, diff.completeness[0].now
        parts.append(f"look {was} → {now}" if was != now else f"look {now} for other reasons")
    return " · ".join(parts) if not diff.empty else f"nothing changed · {parts[0]}"


_COUNTED = (
    ("statuses_raised", "requirement raised", "requirements raised"),
    ("statuses_lowered", "requirement lowered", "requirements lowered"),
    ("seams_added", "seam added", "seams added"),
    ("seams_removed", "seam removed", "seams removed"),
    ("seams_moved", "seam moved", "seams moved"),
    ("seams_renamed", "seam renamed", "seams renamed"),
    ("confidence_changed", "seam of another confidence", "seams of another confidence"),
    ("gate_coverage", "gate changed", "gates changed"),
    ("new_bypasses", "new bypass", "new bypasses"),
)


def _scored(diff: PacketDiff) -> str:
    old, new = diff.old, diff.new
    if not diff.score:
        return _rated(new.word, new.score)
    if old.score is None or new.score is None:
        return f"{_rated(old.word, old.score)} → {_rated(new.word, new.score)}"
    was = f"{old.word} {old.score}"
    now = str(new.score) if new.word == old.word else f"{new.word} {new.score}"
    return f"{was} → {now} of 100"


def _rated(word: str, score: int | None) -> str:
    return word if score is None else f"{word} {score} of 100"


def sections(diff: PacketDiff) -> tuple[Section, ...]:
    """What changed, a section a topic; empty ones are left out."""
    found = [
        Section("Requirements raised", tuple(_status(each, "↑") for each in diff.statuses_raised)),
        Section("Requirements lowered", tuple(_status(each, "↓") for each in diff.statuses_lowered)),
        Section("Score", tuple(_score(diff))),
        Section("Seams added", tuple(_seam("+", each) for each in diff.seams_added)),
        Section("Seams removed", tuple(_seam("-", each) for each in diff.seams_removed)),
        Section("Seams moved to another file", tuple(map(_moved, diff.seams_moved))),
        Section("Seams renamed", tuple(map(_moved, diff.seams_renamed))),
        Section("Seams of another confidence", tuple(map(_confidence, diff.confidence_changed))),
        Section("Gates before side effects", tuple(map(_gate, diff.gate_coverage)), _counts(diff.old, diff.new)),
        Section("New bypasses", tuple(map(_bypass, diff.new_bypasses))),
        Section("Added to the inventory", tuple(_values(diff, "added", "+"))),
        Section("Removed from the inventory", tuple(_values(diff, "removed", "-"))),
        Section("What somebody answers for", tuple(map(_attestation, diff.attestations))),
        Section("How complete the look is", tuple(row for each in diff.completeness for row in _completeness(each))),
    ]
    return tuple(section for section in found if section.rows)


def side_words(side: Side) -> str:
    """What a side is, in a few words: a commit, or files on disk; code is in backticks."""
    if not side.commit:
        return "files of no commit"
    words = f"`{side.commit[:12]}`"
    if side.changed:
        words += f" with {plural(len(side.changed), 'changed file')}"
    return f"{words} ({side.asked})" if side.asked else words


def _status(change: StatusChange, mark: str) -> Row:
    attested = attested_words(change)
    lead = "missing now: " if mark == "↓" else ""
    return Row(
        mark,
        (),
        title=change.title,
        detail=", ".join(filter(None, (f"{change.was} → {change.now}", attested))),
        more=tuple(lead + each for each in change.why),
    )


def attested_words(change: StatusChange) -> str:
    """Whose word a status is or was; empty where both are as found."""
    if change.now_by:
        return f"on the word of {change.now_by} (found: {change.now_found})"
    return f"as found; it was {change.was} on the word of {change.was_by}" if change.was_by else ""


def _score(diff: PacketDiff) -> Iterator[Row]:
    for change in diff.score:
        mark = "↑" if (change.now or 0) > (change.was or 0) else "↓" if change.now != change.was else "~"
        detail = (
            change.was_words if change.was_words == change.now_words else f"{change.was_words} → {change.now_words}"
        )
        yield Row(mark, (), title=_scored(diff), detail=detail)


def _at(spot: Spot, is_old: bool = False) -> Where:
    return Where(spot.path, spot.line, spot.end_line, is_old)


def _seam(mark: str, spot: Spot) -> Row:
    detail = str(spot.confidence.value)
    return Row(mark, (spot.name,), kind=_spaced(spot.kind), places=(_at(spot, mark == "-"),), detail=detail)


def _spaced(kind: str) -> str:
    return kind.replace("_", " ")


def _moved(change: SeamChange) -> Row:
    names = dict.fromkeys((change.was.name, change.now.name))
    places = (_at(change.was, True), _at(change.now)) if change.was.path != change.now.path else (_at(change.now),)
    return Row("~", tuple(names), kind=_spaced(change.now.kind), places=places)


def _confidence(change: SeamChange) -> Row:
    # Both packets may say the same where a crowd hides what one of them knows.
    was, now = change.was.confidence.value, change.now.confidence.value
    detail = f"{was} → {now}" if was != now else f"{now}; other evidence"
    return Row("~", (change.now.name,), kind=_spaced(change.now.kind), places=(_at(change.now),), detail=detail)


def _counts(old: Side, new: Side) -> str:
    """How many side effects have each verdict, where that differs."""
    if not old.gates or not new.gates or old.gates == new.gates:
        return ""
    pairs = zip(_GATES, old.gates, new.gates, strict=True)
    words = [f"{was} → {now} {name}" if was != now else f"{now} {name}" for name, was, now in pairs]
    return f"Side effects: {', '.join(words)}."


def _gate(change: GateChange) -> Row:
    was = _verdict(change.was, change.was_conditional)
    now = _verdict(change.now, change.now_conditional)
    spot = change.place
    return Row("~", (spot.name,), kind=_spaced(spot.kind), places=(_at(spot),), detail=f"{was} → {now}")


def _verdict(verdict: str, conditional: bool) -> str:
    return _VERDICTS.get(verdict, verdict) + (" where a condition asks" if conditional else "")


def _bypass(change: Bypass) -> Row:
    what = "reached past every gate" if change.what == "gate" else f"reached without passing `{change.door}`"
    was = {"new": "new", "not judged": "no model set it off before"}.get(
        change.was, f"was {_verdict(change.was, False)}"
    )
    spot = change.place
    return Row(
        "+", (spot.name,), kind=_spaced(spot.kind), places=(_at(spot),), detail=f"{what} ({was})", way=change.way
    )


def _values(diff: PacketDiff, word: str, mark: str) -> Iterator[Row]:
    for topic, (one, _) in _VALUES.items():
        found: Sequence[ValueNote] = getattr(diff, f"{topic}_{word}")
        for each in found:
            places = (Where(each.path, each.line, each.line, mark == "-"),) if each.path else ()
            more = [plural(each.places, "place")] if each.places > 1 else []
            more += ["only declared"] if each.declared_only else []
            yield Row(mark, (each.value,), kind=one, places=places, detail=", ".join(more))


_EVENTS: dict[str, Callable[[AttestationChange], str]] = {
    "begun": lambda each: f"attested as {each.status} (found: {each.now_found})",
    "changed": lambda each: f"attested as {each.status} in other words (found: {each.now_found})",
    "expired": lambda each: f"no longer attested since {each.until}; found: {each.now_found}",
    "withdrawn": lambda each: f"no longer attested; found: {each.now_found}",
    "found differs": lambda each: f"attested as {each.status}; found: {each.was_found} → {each.now_found}",
}


def _attestation(change: AttestationChange) -> Row:
    said = " ".join(filter(None, (f"by {change.by}", f"until {change.until}" if change.until else "")))
    reason = f"{said}: {change.reason}" if change.reason else said
    return Row("~", (), title=change.title, detail=_EVENTS[change.event](change), more=(reason,))


def _completeness(change: CompletenessChange) -> Iterable[Row]:
    if change.was != change.now:
        yield Row("↓" if change.now == "partial" else "↑", (), title=f"{change.was} → {change.now}")
    yield from (Row("+", (), title=reason) for reason in change.added)
    yield from (Row("-", (), title=reason) for reason in change.removed)
