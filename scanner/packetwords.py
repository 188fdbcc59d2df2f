"""What pages say of a packet in words, whatever they are written in; nothing here is escaped, and nothing is judged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from scanner.graphpacket import NO_CODE, UNREACHED, GateCoverage, Passages
from scanner.kinds import KINDS
from scanner.packet import InventoryItem, Packet, RequirementResult, Version
from scanner.packs import Status
from scanner.phrases import joined, plural

#: Statuses for those who see no colours.
SHAPES: Final[Mapping[Status, str]] = MappingProxyType({"ready": "●", "partial": "◐", "gap": "○", "n/a": "\N{EN DASH}"})

#: A place in a sentence, in memory and as JSON has it; a door is told with what it holds.
_PLACE: Final = (
    r"(?:(?:\[\[place:[^\[\]\s]+\]\]|`[^`]+` \([^`]*?:\d+\)|[^\s`\[\](),;]+:\d+)(?: \((?:holds \d+|with the next)\))?)"
)


def _list(item: str) -> str:
    return rf"{item}(?:(?:, | and ){item})*(?: and \d+ more)?"


_CLAUSE: Final = re.compile(r"(?:`[^`]*`|(?!; ).)+", re.DOTALL)
#: Code, in which nothing is looked for, or a list that may be cut.
_LISTED: Final = re.compile(
    rf"`[^`]*`|(?P<files>(?:(?<=\bfile)|(?<=files))[:,] {_list('`[^`]+`')}(?! \(|(?:, | and )`| and \d))"
    rf"|(?P<places>[:,](?: now)? {_list(_PLACE)})"
)

#: What files that are set apart are called; vendored and generated ones are not read at all.
_APART: Final = {
    "test": "test file",
    "docs": "documentation file",
    "example": "example file",
    "vendored": "unread vendored file",
    "generated": "unread generated file",
    "excluded": "unread excluded file",
}

#: Rows of the matrix that are no surfaces, and which seams they count.
_NO_SURFACES: Final = {
    UNREACHED: "to which no way from a known entry point leads",
    NO_CODE: "that stand in no code",
}
#: What stands in place of a suffix.
_NO_SUFFIXES: Final = {"no suffix": "with no suffix", "other": "with another suffix"}


def asked_of(packet: Packet, passages: Passages | None, counted: bool = False) -> str:
    """What is asked for: `the functions that send requests to a model`, or with their number."""
    kinds = _kinds(packet, passages.places if passages is not None else ())
    sends = kinds == ["model_call"]
    which = "that {} requests to a model" if sends else f"that {{}} a seam of {_spaced(kinds)}"
    count = len(passages.places) if passages is not None else 0
    one, many = ("sends", "send") if sends else ("has", "have")
    if not counted:
        return f"the functions {which.format(many)}"
    return f"{plural(count, 'function')} {which.format(one if count == 1 else many)}"


def verdicts_of(packet: Packet, gates: GateCoverage) -> str:
    """How many side effects are gated, in a sentence."""
    covered, policy, uncovered, unknown = gates.counts
    total = sum(gates.counts)
    conditional = conditional_in(gates)
    only = f" ({conditional} of them only where a condition asks)" if conditional else ""
    kinds = _spaced(_kinds(packet, [each.id for each in gates.effects]))
    return (
        f"Of {plural(total, 'function')} that a model's decision can set off ({kinds}), {covered} "
        f"{'runs' if covered == 1 else 'run'} only behind a gate at which a person can be asked{only}, {policy} "
        f"only behind rules that ask nobody, {uncovered} can be reached past every gate, and of {unknown} no sure "
        "way is known."
    )


def conditional_in(gates: GateCoverage) -> int:
    """How many side effects are covered only where a condition asks."""
    return sum(each.conditional for each in gates.effects if each.verdict == "covered")


def _kinds(packet: Packet, places: Sequence[str]) -> list[str]:
    wanted = frozenset(places)
    found = {each.kind for each in packet.touchpoints if each.id in wanted}
    return [kind for kind in KINDS if kind in found]


def _spaced(kinds: Sequence[str]) -> str:
    return joined([kind.replace("_", " ") for kind in kinds], "or")


def without_places(text: str) -> str:
    """The gist of a sentence: without the lists of places and files that end its clauses.

    What counts or says something stays, as do places and code inside of it; a further clause that is nothing but a
    label of places goes whole.
    """
    first, *others = _CLAUSE.findall(text) or [""]
    kept = [_without_lists(first), *(gist for each in others if (gist := _further(each)))]
    return "; ".join(kept)


def _further(clause: str) -> str:
    """The gist of a clause after the first; empty of a label such as `absent: `, but not of one with a number."""
    clause = clause.removeprefix(" ")
    gist = _without_lists(clause)
    return "" if clause.startswith(f"{gist}: ") and not gist[:1].isdigit() else gist


def _without_lists(clause: str) -> str:
    pieces: list[str] = []
    at = 0
    for match in _LISTED.finditer(clause):
        end = match.end()
        if match.lastgroup and (clause[end:] in ("", ".") or clause.startswith(", or ", end)):
            pieces.append(clause[at : match.start()])
            at = end
    return "".join((*pieces, clause[at:])) or clause


def set_apart(category: str) -> str:
    """What a file of a category is called."""
    return _APART.get(category, f"{category} file")


def no_suffix(suffix: str) -> str:
    """What files without a language are called that have no suffix, or a rare one; empty of a suffix."""
    return _NO_SUFFIXES.get(suffix, "")


def no_surface(surface: str) -> str:
    """Which seams a row of the matrix counts that is no surface; empty of a surface."""
    return _NO_SURFACES.get(surface, "")


def versions_of(item: InventoryItem) -> list[Version]:
    """The versions that differ, each where it is written first."""
    different: dict[tuple[str, str, bool], Version] = {}
    for each in item.versions:
        different.setdefault((each.package, each.version, each.pinned), each)
    return list(different.values())


def columns_of(packet: Packet) -> list[int]:
    """Kinds that any surface has, by their place in the matrix."""
    rows = packet.surfaces.rows
    return [at for at in range(len(packet.surfaces.kinds)) if any(row.counts[at] for row in rows)]


def read_of(packet: Packet) -> str:
    """How many files were read, by language."""
    languages = [f"{count} {name}" for name, count in packet.coverage.languages]
    named = f" ({joined(languages, 'and')})" if languages else ""
    return f"{plural(packet.coverage.files, 'file')} read{named}"


def unanswered(requirements: Sequence[RequirementResult]) -> int:
    """How many requirements have a question that was not answered."""
    return sum(bool(each.not_judged) and each.attested is None for each in requirements)


def size(count: int) -> str:
    """Bytes for people: `640 B`, `8.6 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 999_950 else f"{count / 1_000_000:.1f} MB"
