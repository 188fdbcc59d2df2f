"""The order in which rules run: each stratum rests on touchpoints of earlier ones only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from scanner.yamlfile import Problem


class Reference(msgspec.Struct, frozen=True):
    """One rule's mention of another under `seam`."""

    target: str
    #: The kind that was written and stands for the target; empty when the target itself was written.
    kind: str
    #: Where it is written, without a message.
    place: Problem


def stratify(edges: Mapping[str, Sequence[Reference]], problems: list[Problem]) -> tuple[tuple[str, ...], ...]:
    """Sort rules into strata, each of which names only rules of earlier ones.

    Args:
        edges: every rule's id, with what the rule names.
        problems: takes every circle, spelled.

    Returns:
        Ids of each stratum, sorted. Where there are circles, an order that breaks them.
    """
    waiting = {name: {edge.target for edge in edges[name]} for name in sorted(edges)}
    strata: list[tuple[str, ...]] = []
    done: set[str] = set()
    while waiting:
        stratum = tuple(name for name, targets in waiting.items() if targets <= done)
        if not stratum:
            circle = _circle(waiting, done)
            problems.append(_spell(circle, edges))
            stratum = tuple(circle)
        strata.append(stratum)
        done.update(stratum)
        for name in stratum:
            del waiting[name]
    return tuple(strata)


def _circle(waiting: Mapping[str, set[str]], done: set[str]) -> list[str]:
    """Walk from rule to rule until one comes up again; every waiting rule waits for another."""
    path: list[str] = []
    name = next(iter(waiting))
    while name not in path:
        path.append(name)
        name = min(waiting[name] - done)
    circle = path[path.index(name) :]
    first = circle.index(min(circle))
    return circle[first:] + circle[:first]


def _spell(circle: Sequence[str], edges: Mapping[str, Sequence[Reference]]) -> Problem:
    steps = [circle[0]]
    places = []
    for name, target in zip(circle, [*circle[1:], circle[0]], strict=True):
        # A rule written by its own name says more than one that a kind stands for.
        edge = min((edge for edge in edges[name] if edge.target == target), key=lambda edge: edge.kind)
        steps.append(f"{target} (a {edge.kind})" if edge.kind else target)
        places.append(edge.place)
    message = f"rules rest on each other in a circle: {' → '.join(steps)}; drop one of these `seam` conditions"
    return msgspec.structs.replace(places[0], message=message)
