"""Places explained within what a file may cost: whoever wrote the file does not decide how long that takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from scanner.aside import Ended, aside
from scanner.explain import Asked, Explainer, Explanation, Missed, Unread
from scanner.labels import Label
from scanner.scan import Scan


class _Told(msgspec.Struct, frozen=True):
    """What `Explainer.explain` gave."""

    explained: Explanation | None = None
    unread: Unread | None = None
    lines: int = 0


def explain_line(found: Scan, path: str, line: int, kind: str) -> Explanation | Unread | int:
    """As `Explainer.explain`, within what a file may cost: past it the file counts as not read."""

    def explained() -> _Told:
        told = Explainer(found).explain(path, line, kind)
        if isinstance(told, int):
            return _Told(lines=told)
        return _Told(explained=told) if isinstance(told, Explanation) else _Told(unread=told)

    told = aside(explained, _Told)
    if isinstance(told, Ended):
        return Unread(path, line, f"{told.reason} ({told.detail})")
    return told.explained or told.unread or told.lines


def explain_labels(found: Scan, labels: Sequence[Label]) -> tuple[Missed, ...]:
    """Why labels were missed, in their order; each file is within what a file may cost."""
    by_path: dict[str, list[tuple[int, Asked]]] = {}
    for number, label in enumerate(labels):
        asked = Asked(label.path, label.line, max(label.line, label.end_line), label.kind)
        by_path.setdefault(label.path, []).append((number, asked))
    explainer = Explainer(found)
    explainer.prepare(by_path)
    misses: dict[int, Missed] = {}
    for numbered in by_path.values():
        of_file = [asked for _, asked in numbered]
        told = aside(partial(explainer.near_misses, of_file), tuple[Missed, ...])
        if isinstance(told, Ended):
            told = tuple(Missed(asked, (), f"{told.reason} ({told.detail})") for asked in of_file)
        misses |= {number: missed for (number, _), missed in zip(numbered, told, strict=True)}
    return tuple(misses[number] for number in range(len(labels)))
