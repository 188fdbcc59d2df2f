"""Scores and comparisons as tables and as JSON; nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

import msgspec

from scanner.agreement import Agreement
from scanner.compare import Comparison, Paired
from scanner.explain import Missed
from scanner.jsonpage import json_page
from scanner.labels import Label
from scanner.places import printable
from scanner.score import Row, Score, Share


def score_json(
    result: Score, statuses: Agreement | None, ruled: Set[str], misses: Sequence[Missed] | None = None
) -> bytes:
    """The whole score as JSON.

    Args:
        result: what `score` gave.
        statuses: what `agreement` gave; None when no statuses were given.
        ruled: kinds that any rule looks for; the other kinds of the rows are listed as `unruled`.
        misses: what `explain_labels` gave for the missed labels; None when nobody asked.
    """
    document = {
        **msgspec.to_builtins(result),
        "unruled": [row.name for row in result.rows if row.level == "kind" and row.name not in ruled],
        "statuses": msgspec.to_builtins(statuses),
    }
    if misses is not None:
        document["near_misses"] = msgspec.to_builtins(misses)
    return json_page(document)


def comparison_json(result: Comparison, a: str, b: str) -> bytes:
    """The whole comparison as JSON, with what the two sides were called."""
    return json_page({"a": printable(a), "b": printable(b), **msgspec.to_builtins(result)})


def score_table(result: Score, statuses: Agreement | None, ruled: Set[str]) -> str:
    """The score as a table, then every miss, every distractor that was reported, and the statuses side by side.

    Args:
        result: what `score` gave.
        statuses: what `agreement` gave; None when no statuses were given.
        ruled: kinds that any rule looks for; the others were not measured, and their rows say so.
    """
    return _text(
        [*_rows(result.rows, ruled), "", *_misses(result), "", *_distractors(result), *_statuses(statuses)],
    )


def comparison_table(result: Comparison, a: str, b: str) -> str:
    """The comparison as two paired tables, then every label that only one side finds."""
    return _text([*_sides(a, b), *_paired(result), *_only("a", result.only_a), *_only("b", result.only_b)])


def shown_label(label: Label) -> str:
    """A label in a line: where, what, and why a reviewer put it there."""
    place = f"{printable(label.path)}:{label.line}"
    return f"{place} {label.kind} ({printable(label.importance)}) {printable(label.symbol)} {label.note}".rstrip()


def shown_p(p: float) -> str:
    """A p with as many digits as anybody compares.

    >>> shown_p(0.00004), shown_p(0.25)
    ('< 0.001', '0.250')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _rows(rows: Sequence[Row], ruled: Set[str]) -> Iterator[str]:
    titles = ("recall", "core recall", "distractors", "precision at K")
    yield f"{'':24}" + "".join(f"{title:23}" for title in titles) + "places"
    for row in rows:
        cells = "".join(f"{_share(each):23}" for each in (row.recall, row.core, row.distractors, row.precision))
        unruled = row.level == "kind" and row.name not in ruled
        name = f"  {row.name}" if row.level == "kind" else row.name
        yield f"{name:24}" + ("no rule looks for it yet" if unruled else cells + _places(row))


def _places(row: Row) -> str:
    return f"{row.places}" + ("" if row.places_per_label is None else f" ({row.places_per_label:.1f} a label)")


def _misses(result: Score) -> Iterator[str]:
    yield f"missed: {len(result.missed)}"
    for label in result.missed:
        yield f"  {shown_label(label)}"


def _distractors(result: Score) -> Iterator[str]:
    yield f"distractors reported: {len(result.reported)}"
    for distractor, item in result.reported:
        place = f"{printable(distractor.path)}:{distractor.line}"
        yield f"  {place} {distractor.not_kind} by {', '.join(item.rules)}: {distractor.why}"


def _statuses(statuses: Agreement | None) -> Iterator[str]:
    if statuses is None:
        return
    yield ""
    yield f"statuses that agree: {_share(statuses.agreed)}"
    yield f"macro-F1: {_number(statuses.macro_f1)}; quadratic-weighted kappa: {_number(statuses.kappa)}"
    for pair in statuses.pairs:
        mark = " " if pair.expected == pair.found else "!"
        yield f"{mark} {pair.pack} {pair.requirement}: reviewer {pair.expected}, packet {pair.found}"


def _sides(a: str, b: str) -> Iterator[str]:
    yield f"a: {printable(a)}"
    yield f"b: {printable(b)}"


def _paired(result: Comparison) -> Iterator[str]:
    for title in ("labels", "core labels"):
        yield ""
        yield f"{title:24}{'both':>6}{'only a':>8}{'only b':>8}{'neither':>9}  {'p':9}{'places a':>8}{'places b':>10}"
        for row in result.rows:
            cells: Paired = row.labels if title == "labels" else row.core
            counts = f"{cells.both:6}{cells.only_a:8}{cells.only_b:8}{cells.neither:9}"
            yield f"{row.name:24}{counts}  {shown_p(cells.p):9}{row.places_a:8}{row.places_b:10}"


def _only(side: str, labels: Sequence[Label]) -> Iterator[str]:
    yield ""
    yield f"only {side} finds: {len(labels)}"
    for label in labels:
        yield f"  {shown_label(label)}"


def _share(each: Share) -> str:
    return f"{each.hits}/{each.total} [{each.low:.2f}, {each.high:.2f}]" if each.total else "-"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _text(lines: Sequence[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"
