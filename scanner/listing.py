"""The touchpoints of a scan as the command line lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from scanner.assemble import public
from scanner.errors import UsageError
from scanner.jsonpage import json_page
from scanner.kinds import KINDS, SEE_KINDS, kinds_of
from scanner.packet import SCHEMA_VERSION
from scanner.phrases import aligned, plural
from scanner.places import printable
from scanner.scan import Scan
from scanner.seams import Seam
from scanner.secrets import mask_names
from scanner.setaside import suppressed_words
from scanner.suggestion import suggest
from scanner.survey import completeness, described
from scanner.touchpoints import Confidence, Touchpoint


@dataclass(frozen=True, slots=True)
class Filter:
    """Which touchpoints a listing shows."""

    kinds: frozenset[str]
    confidence: Confidence
    paths: tuple[str, ...]

    @staticmethod
    def of(kinds: Sequence[str], families: Sequence[str], confidence: Confidence, paths: Sequence[str]) -> Filter:
        """A filter from what a user wrote.

        Raises:
            UsageError: for an unknown kind or family, with the nearest known one.
        """
        chosen: set[str] = set()
        for kind in kinds:
            if kind not in KINDS:
                raise UsageError(f"no kind of seam is called `{printable(kind)}`; {suggest(kind, KINDS, SEE_KINDS)}")
            chosen.add(kind)
        for family in families:
            chosen.update(kinds_of(family))
        return Filter(frozenset(chosen) or frozenset(KINDS), confidence, tuple(paths))

    def shows(self, item: Touchpoint) -> bool:
        """Whether a touchpoint passes."""
        return item.confidence.rank >= self.confidence.rank and self._asked_for(item)

    def holds_back(self, item: Touchpoint) -> bool:
        """Whether a touchpoint passes but for its confidence."""
        return item.confidence.rank < self.confidence.rank and self._asked_for(item)

    def _asked_for(self, item: Touchpoint) -> bool:
        return item.kind in self.kinds and (not self.paths or any(fnmatchcase(item.path, glob) for glob in self.paths))


def seams_json(found: Scan, chosen: Filter) -> bytes:
    """All touchpoints that pass, best-ranked first, in the shape of a packet's."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "completeness": msgspec.to_builtins(completeness(found)),
        "repository": msgspec.to_builtins(described(found)),
        "suppressions": msgspec.to_builtins(found.suppressions),
        "touchpoints": [msgspec.to_builtins(public(item)) for item in found.touchpoints if chosen.shows(item)],
    }
    return json_page(document)


def seams_table(found: Scan, chosen: Filter, width: int | None) -> str:
    """One line a seam, best-ranked first: how sure, kind, place, name, further places."""
    rows: list[tuple[str, str, str, str]] = []
    for seam in found.seams:
        shown = [item for item in seam.touchpoints if chosen.shows(item)]
        if shown:
            rows.append((shown[0].confidence.value, seam.kind, _place(shown[0]), _called(seam, len(shown))))
    held = sum(map(chosen.holds_back, found.touchpoints))
    head = ("confidence", "kind", "place", "seam")
    lines = aligned([head, *rows], width) if rows else ["no seam passes these filters"]
    lines.append("")
    lines.append(f"{plural(len(rows), 'seam')}; {plural(held, 'touchpoint')} of lower confidence held back")
    lines += [words] if (words := suppressed_words(found.suppressions)) else []
    look = completeness(found)
    lines.append(f"look: {look.status}")
    lines.extend(f"  {printable(reason)}" for reason in look.reasons)
    return "\n".join(lines) + "\n"


def _place(item: Touchpoint) -> str:
    return f"{mask_names(item.path)}:{item.line}"


def _called(seam: Seam, places: int) -> str:
    more = f" (+{places - 1})" if places > 1 else ""
    return mask_names(printable(seam.name)) + more + (" unwired" if seam.best.unwired else "")
