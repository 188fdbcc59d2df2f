"""How far the statuses of a packet agree with those of a reviewer."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scanner.labels import StatusLabel
from scanner.packet import Packet
from scanner.score import Share, share

#: The scale of statuses, worst first; `n/a` is not on it.
_SCALE = ("gap", "partial", "ready")


class StatusPair(msgspec.Struct, frozen=True):
    """A reviewer's status beside the packet's."""

    requirement: str
    expected: str
    found: str
    why: str
    #: What the packet says is missing.
    missing: tuple[str, ...]
    pack: str = ""
    #: How sure the reviewer was; empty where he does not say.
    confidence: str = ""


class Agreement(msgspec.Struct, frozen=True):
    """Three views of the same pairs: how often they are equal, by class, and by how far they are apart."""

    agreed: Share
    #: None without pairs.
    macro_f1: float | None
    #: None without pairs on the scale.
    kappa: float | None
    pairs: tuple[StatusPair, ...]


def compare_statuses(packet: Packet, labels: Sequence[StatusLabel]) -> tuple[StatusPair, ...]:
    """The statuses of a packet beside those of a reviewer, for the packet's pack."""
    from scanner.inwords import in_words

    packet = in_words(packet)
    given = {label.requirement: label for label in labels if label.pack == packet.pack.id}
    return tuple(
        StatusPair(result.id, label.status, result.status, label.why, result.missing, packet.pack.id, label.confidence)
        for result in packet.requirements
        if (label := given.get(result.id)) is not None
    )


def judged(pairs: Sequence[StatusPair]) -> tuple[StatusPair, ...]:
    """The pairs of which the reviewer was not unsure, and where neither side says `n/a`."""
    return tuple(
        pair for pair in pairs if pair.confidence != "low" and pair.expected in _SCALE and pair.found in _SCALE
    )


def agreement(pairs: Sequence[StatusPair]) -> Agreement:
    """Plain agreement, macro-F1 and quadratic-weighted kappa of status pairs.

    `n/a` is a class of its own for agreement and macro-F1. It has no place on the scale gap < partial < ready, so a
    pair with an `n/a` on either side is left out of kappa.
    """
    equal = sum(pair.expected == pair.found for pair in pairs)
    return Agreement(share(equal, len(pairs)), macro_f1(pairs), weighted_kappa(pairs), tuple(pairs))


def macro_f1(pairs: Sequence[StatusPair]) -> float | None:
    """The mean F1 of all classes that either side uses; None without pairs."""
    classes = {pair.expected for pair in pairs} | {pair.found for pair in pairs}
    if not classes:
        return None
    total = 0.0
    for each in classes:
        both = sum(pair.expected == pair.found == each for pair in pairs)
        either = sum((pair.expected == each) + (pair.found == each) for pair in pairs)
        total += 2 * both / either
    return total / len(classes)


def weighted_kappa(pairs: Sequence[StatusPair]) -> float | None:
    """Kappa with quadratic weights, over the pairs that are on the scale on both sides.

    1 is full agreement, 0 what two sides with these frequencies reach by chance. Where both sides give every
    requirement the same status, chance agrees fully too and the quotient is undefined; that counts as 1.

    Source: J. Cohen, "Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial
    credit", Psychological Bulletin 70 (1968), 213-220.
    """
    scaled = [
        (_SCALE.index(pair.expected), _SCALE.index(pair.found))
        for pair in pairs
        if pair.expected in _SCALE and pair.found in _SCALE
    ]
    if not scaled:
        return None
    observed = sum((a - b) ** 2 for a, b in scaled) / len(scaled)
    by_chance = sum((a - b) ** 2 for a, _ in scaled for _, b in scaled) / len(scaled) ** 2
    return 1 - observed / by_chance if by_chance else 1.0
