"""Accuracy on a labelled repository: recall, distractors and precision, each with its Wilson interval.

A touchpoint matches a label when paths and kinds are equal and the line ranges overlap or the enclosing symbols are
equal and not empty. For labels over 150 lines only the line ranges count; of a touchpoint over 150 lines only its
first line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence, Set
from pathlib import Path
from typing import TypeVar

import msgspec

from scanner.errors import UsageError
from scanner.kinds import KINDS, family_of
from scanner.packet import Packet
from scanner.places import printable
from scanner.touchpoints import Confidence, Touchpoint

_LONG = 150
_Record = TypeVar("_Record")
#: Two-sided 95%.
_Z = 1.959963984540054


class Label(msgspec.Struct, frozen=True):
    """One labelled seam; unknown fields of the file are passed over."""

    path: str
    line: int
    end_line: int
    symbol: str
    kind: str
    importance: str
    note: str = ""


class Distractor(msgspec.Struct, frozen=True):
    """One tempting place that is not of kind `not_kind`."""

    path: str
    line: int
    symbol: str
    not_kind: str
    why: str = ""


class Share(msgspec.Struct, frozen=True):
    """`hits` of `total`, with the bounds of its Wilson 95% interval; all 0 when `total` is 0."""

    hits: int
    total: int
    low: float
    high: float


class Row(msgspec.Struct, frozen=True):
    """One kind, family, or `all`."""

    name: str
    recall: Share
    core: Share
    distractors: Share
    #: Share of the best-ranked K touchpoints that match a label, K the number of labels; labels are not exhaustive.
    precision: Share


class Score(msgspec.Struct, frozen=True):
    """The whole result of scoring one repository."""

    rows: tuple[Row, ...]
    missed: tuple[Label, ...]
    reported: tuple[tuple[Distractor, Touchpoint], ...]


def share(hits: int, total: int) -> Share:
    """A share with its Wilson score interval (Wilson 1927)."""
    if not total:
        return Share(0, 0, 0.0, 0.0)
    p, z2 = hits / total, _Z * _Z
    middle = p + z2 / (2 * total)
    spread = _Z * math.sqrt(p * (1 - p) / total + z2 / (4 * total * total))
    scale = 1 + z2 / total
    return Share(hits, total, max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))


def read_lines(path: Path, record: type[_Record]) -> tuple[_Record, ...]:
    """Records of a JSON Lines file.

    Raises:
        UsageError: naming file and line of the first line that is no such record.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
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


def score(touchpoints: Sequence[Touchpoint], labels: Sequence[Label], distractors: Sequence[Distractor]) -> Score:
    """Hold touchpoints, best-ranked first, against labels; only high and medium confidence counts."""
    shown = [item for item in touchpoints if item.confidence is not Confidence.LOW]
    at: dict[tuple[str, str], list[Touchpoint]] = {}
    for item in shown:
        at.setdefault((item.path, item.kind), []).append(item)
    found = [any(_matches(label, item) for item in at.get((label.path, label.kind), ())) for label in labels]
    reported = [
        (distractor, item)
        for distractor in distractors
        for item in at.get((distractor.path, distractor.not_kind), ())
        if _is_reported(distractor, item)
    ]
    kinds = sorted({label.kind for label in labels} | {distractor.not_kind for distractor in distractors})
    members = {family: {kind for kind in kinds if family_of(kind) == family} for family in map(family_of, kinds)}
    members |= {kind: {kind} for kind in kinds}
    groups = {"all": set(kinds) | {item.kind for item in shown}, **members}
    rows = tuple(_row(name, group, labels, found, distractors, reported, shown) for name, group in groups.items())
    missed = tuple(label for label, hit in zip(labels, found, strict=True) if not hit)
    return Score(rows, missed, tuple({(d.path, d.line, d.not_kind): (d, t) for d, t in reported}.values()))


def _row(
    name: str,
    kinds: Set[str],
    labels: Sequence[Label],
    found: Sequence[bool],
    distractors: Sequence[Distractor],
    reported: Iterable[tuple[Distractor, Touchpoint]],
    shown: Sequence[Touchpoint],
) -> Row:
    own = [(label, hit) for label, hit in zip(labels, found, strict=True) if label.kind in kinds]
    core = [hit for label, hit in own if label.importance == "core"]
    tempting = [item for item in distractors if item.not_kind in kinds]
    fallen = {(item.path, item.line, item.not_kind) for item, _ in reported if item.not_kind in kinds}
    best = [item for item in shown if item.kind in kinds][: len(own)]
    right = sum(any(_matches(label, item) for label, _ in own if label.kind == item.kind) for item in best)
    return Row(
        name,
        share(sum(hit for _, hit in own), len(own)),
        share(sum(core), len(core)),
        share(len(fallen), len(tempting)),
        share(right, len(best)),
    )


def _matches(label: Label, item: Touchpoint) -> bool:
    if label.path != item.path:
        return False
    last = item.end_line if item.end_line - item.line < _LONG else item.line
    if item.line <= max(label.end_line, label.line) and label.line <= last:
        return True
    return bool(label.symbol) and label.symbol == item.symbol and label.end_line - label.line < _LONG


def _is_reported(distractor: Distractor, item: Touchpoint) -> bool:
    covers = item.line <= distractor.line <= item.end_line and item.symbol in ("", distractor.symbol)
    return covers or item.line == distractor.line


class StatusLabel(msgspec.Struct, frozen=True):
    """The status that a reviewer gave to one requirement of a pack."""

    pack: str
    requirement: str
    status: str
    confidence: str = ""
    why: str = ""


class StatusPair(msgspec.Struct, frozen=True):
    """A reviewer's status beside the packet's."""

    requirement: str
    expected: str
    found: str
    why: str
    #: What the packet says is missing.
    missing: tuple[str, ...]


def compare_statuses(packet: Packet, labels: Sequence[StatusLabel]) -> tuple[StatusPair, ...]:
    """The statuses of a packet beside those of a reviewer, for the packet's pack."""
    from scanner.render import in_words

    packet = in_words(packet)
    given = {label.requirement: label for label in labels if label.pack == packet.pack.id}
    return tuple(
        StatusPair(result.id, given[result.id].status, result.status, given[result.id].why, result.missing)
        for result in packet.requirements
        if result.id in given
    )


def score_json(result: Score, statuses: Sequence[StatusPair]) -> bytes:
    """The whole score as JSON."""
    document = {**msgspec.to_builtins(result), "statuses": msgspec.to_builtins(statuses)}
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def score_table(result: Score, statuses: Sequence[StatusPair], ruled: Set[str]) -> str:
    """The score as a table, then every miss, every distractor that was reported, and the statuses side by side.

    Args:
        result: what `score` gave.
        statuses: what `compare_statuses` gave.
        ruled: kinds that any rule looks for; the others were not measured, and their rows say so.
    """
    lines = [f"{'':22} {'recall':22} {'core recall':22} {'distractors':22} precision at K"]
    for row in result.rows:
        shares = (row.recall, row.core, row.distractors, row.precision)
        cells = " ".join(f"{_shown(each):22}" for each in shares).rstrip()
        lines.append(
            f"{row.name:22} " + (cells if row.name not in KINDS or row.name in ruled else "no rule looks for it yet")
        )
    lines += ["", f"missed: {len(result.missed)}"]
    for label in result.missed:
        lines.append(
            f"  {label.path}:{label.line} {label.kind} ({label.importance}) {label.symbol} {label.note}".rstrip()
        )
    lines += ["", f"distractors reported: {len(result.reported)}"]
    for distractor, item in result.reported:
        place = f"{distractor.path}:{distractor.line}"
        lines.append(f"  {place} {distractor.not_kind} by {', '.join(item.rules)}: {distractor.why}")
    if statuses:
        agreed = sum(pair.expected == pair.found for pair in statuses)
        lines += ["", f"statuses that agree: {agreed} of {len(statuses)}"]
        lines.extend(f"  {pair.requirement}: reviewer {pair.expected}, packet {pair.found}" for pair in statuses)
    return "\n".join(lines) + "\n"


def _shown(each: Share) -> str:
    return f"{each.hits}/{each.total} [{each.low:.2f}, {each.high:.2f}]" if each.total else "-"
