"""The rules of a SARIF run: what its results are about, with the help that a forge shows beside an alert."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from scanner import escape
from scanner.kinds import FAMILIES, KINDS, family_of
from scanner.packet import Packet, RequirementResult

#: The rules that no pack decides.
UNGATED: Final = "gate.ungated-side-effect"
BYPASS: Final = "chokepoint.bypass"

#: Forges show so much of a description.
_LONGEST: Final = 1024

_ACCEPT: Final = (
    "Where this is right as it is, say so in scanner.toml with an [[override]] for `{requirement}` (status, reason, "
    "by, until); it then counts, and shows as attested. A place that is none is taken out by a [[suppress]]."
)


def requirement_rule(packet: Packet, requirement: RequirementResult) -> str:
    """The id of a requirement's rule; packs may share names. A slash in it would make it a sub-rule."""
    return f"{packet.pack.id}.{requirement.id}"


def kind_rule(kind: str) -> str:
    """The id of the rule of a kind of seam."""
    return f"seam.{kind}"


def rules_of(packet: Packet, kinds: Collection[str]) -> list[dict[str, Any]]:
    """The rules of a packet, the same for every repository but for its kinds.

    Args:
        packet: whose requirements are rules.
        kinds: of the seams that the run shows.
    """
    return [
        *(_requirement(packet, each) for each in packet.requirements),
        _ungated(),
        _bypass(),
        *(_kind(kind) for kind in KINDS if kind in kinds),
        *(_kind(kind) for kind in sorted(set(kinds).difference(KINDS))),
    ]


def _requirement(packet: Packet, requirement: RequirementResult) -> dict[str, Any]:
    total = sum(each.weight for each in packet.requirements)
    asks = f"{requirement.title} asks: {requirement.asks}"
    weighs = f"It weighs {requirement.weight} of {total} in the score of {packet.pack.title}."
    levels = "A gap is a warning, what is partial a note; ready and not applicable are no alerts."
    accept = _ACCEPT.format(requirement=requirement.id)
    looked = "".join(f"\n- {escape.plain(title)}" for title in requirement.looked_for)
    return _rule(
        requirement_rule(packet, requirement),
        f"{packet.pack.title}: {requirement.title}",
        asks,
        f"{asks}\n\n{weighs} {levels}\n\n{accept}",
        f"{_prose(asks)}\n\n{_prose(weighs)} {_prose(levels)}\n\n{_prose(accept)}"
        + (f"\n\nLooked for:\n{looked}" if looked else ""),
        "warning",
        {"tags": ["requirement", packet.pack.id], "pack": packet.pack.id, "weight": requirement.weight},
    )


def _ungated() -> dict[str, Any]:
    asks = (
        "A model's decision can reach this side effect past every gate at which a person can be asked, and past every "
        "rule that could stop it."
    )
    mend = (
        "Put the gate on the way that is shown, or into a function that all ways pass. The way is the shortest one "
        "that the graph of calls has; `scanner graph --to side_effect` shows others."
    )
    tags = {"tags": ["gate", "side_effect"], "kind": "side_effect", "family": family_of("side_effect")}
    full = f"{asks} {mend}"
    return _rule(UNGATED, "Side effect that no gate covers", asks, full, _prose(full), "warning", tags)


def _bypass() -> dict[str, Any]:
    asks = "This place is reached without passing the chokepoint through which most of its kind are reached."
    mend = (
        "What is changed at the chokepoint (a gateway's address, a gate) does not hold here: change this place too, or "
        "lead it through the chokepoint. The way is the shortest one from an entry point."
    )
    full = f"{asks} {mend}"
    return _rule(BYPASS, "Way past a chokepoint", asks, full, _prose(full), "note", {"tags": ["chokepoint"]})


def _kind(kind: str) -> dict[str, Any]:
    family = family_of(kind) if kind in KINDS else ""
    says = FAMILIES.get(family, {}).get(kind, kind)
    full = (
        f"A seam that a migration must touch or keep: {says}. It is no problem in itself; requirements say what to do. "
        "Its uses are related locations."
    )
    title = kind.replace("_", " ").capitalize()
    tags = {"tags": ["seam", *([family] if family else []), kind], "kind": kind, "family": family}
    return _rule(kind_rule(kind), title, f"{title}: {says}.", full, _prose(full), "none", tags)


def _rule(
    rule: str, title: str, asks: str, text: str, markdown: str, level: str, properties: dict[str, Any]
) -> dict[str, Any]:
    # Forges sort by these two, of which one has a dot in its name.
    sorting = {"precision": "high", "problem.severity": "warning" if level == "warning" else "recommendation"}
    return {
        "id": rule,
        "name": "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", rule.partition(".")[2])),
        "shortDescription": {"text": escape.shorten(escape.visible(title), _LONGEST)},
        "fullDescription": {"text": escape.shorten(escape.visible(asks), _LONGEST)},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": level},
        "properties": {**properties, **sorting},
    }


def _prose(text: str) -> str:
    return escape.prose(text, lambda _: None)
