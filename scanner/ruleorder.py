"""The order in which rules run: each stratum rests on touchpoints of earlier ones only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from scanner.yamlfile import Problem, note

#: Steps of a circle that are spelled; the place of the first leads to the others.
_MOST_STEPS = 12


class Reference(msgspec.Struct, frozen=True):
    """One rule's mention of another, or of all rules of a kind, under `seam`."""

    target: str
    is_kind: bool
    #: Where it is written, without a message.
    place: Problem


def stratify(
    edges: Mapping[str, Sequence[Reference]], kinds: Mapping[str, Sequence[str]], problems: list[Problem]
) -> tuple[tuple[str, ...], ...]:
    """Sort rules into strata, each of which names only rules of earlier ones.

    Args:
        edges: every rule's id, with what the rule names.
        kinds: the rules of each kind; thousands may name a kind of thousands, so that these are no edges of their own.
        problems: takes every circle, spelled.

    Returns:
        Ids of each stratum, sorted. Where there are circles, an order that breaks them.

    Raises:
        EnoughProblems: when there are as many problems as anybody reads.
    """
    order = _Order(edges, kinds)
    strata: list[tuple[str, ...]] = []
    while order.waiting:
        stratum = order.next()
        if not stratum:
            stratum = _circle(order, edges, kinds)
            note(problems, _spell(stratum, edges, kinds))
        order.finish(stratum)
        strata.append(tuple(stratum))
    return tuple(strata)


class _Order:
    """What waits for what; each mention is looked at once."""

    def __init__(self, edges: Mapping[str, Sequence[Reference]], kinds: Mapping[str, Sequence[str]]) -> None:
        #: Rules that are in no stratum yet, in order.
        self.waiting = dict.fromkeys(sorted(edges))
        self._kinds_of: dict[str, list[str]] = {}
        self._unfinished = {kind: len(names) for kind, names in kinds.items()}
        for kind, names in kinds.items():
            for name in names:
                self._kinds_of.setdefault(name, []).append(kind)
        #: Rules by what they wait for: (a rule or a kind, whether it is a kind).
        self._users: dict[tuple[str, bool], list[str]] = {}
        self._left: dict[str, int] = {}
        for name in self.waiting:
            asked = {(edge.target, edge.is_kind) for edge in edges[name] if not edge.is_kind or kinds.get(edge.target)}
            self._left[name] = len(asked)
            for target in asked:
                self._users.setdefault(target, []).append(name)
        self._ready = [name for name, left in self._left.items() if not left]

    def next(self) -> list[str]:
        """Rules that wait for nothing, sorted."""
        return sorted(name for name in self._ready if name in self.waiting)

    def finish(self, stratum: Iterable[str]) -> None:
        """Let others go on that waited for these rules."""
        self._ready = []
        for name in stratum:
            del self.waiting[name]
            self._let_go((name, False))
            for kind in self._kinds_of.get(name, ()):
                self._unfinished[kind] -= 1
                if not self._unfinished[kind]:
                    self._let_go((kind, True))

    def _let_go(self, target: tuple[str, bool]) -> None:
        for user in self._users.get(target, ()):
            self._left[user] -= 1
            if not self._left[user]:
                self._ready.append(user)


def _circle(order: _Order, edges: Mapping[str, Sequence[Reference]], kinds: Mapping[str, Sequence[str]]) -> list[str]:
    """Walk from rule to rule until one comes up again; every waiting rule waits for another."""
    path: dict[str, int] = {}
    first_of: dict[str, str | None] = {}
    name = next(iter(order.waiting))
    while name not in path:
        path[name] = len(path)
        targets = []
        for edge in edges[name]:
            if not edge.is_kind:
                targets.append(edge.target if edge.target in order.waiting else None)
                continue
            if edge.target not in first_of:
                members = (member for member in kinds.get(edge.target, ()) if member in order.waiting)
                first_of[edge.target] = min(members, default=None)
            targets.append(first_of[edge.target])
        name = min(target for target in targets if target is not None)
    circle = [*path][path[name] :]
    first = circle.index(min(circle))
    return circle[first:] + circle[:first]


def _spell(
    circle: Sequence[str], edges: Mapping[str, Sequence[Reference]], kinds: Mapping[str, Sequence[str]]
) -> Problem:
    steps = [circle[0]]
    places = []
    for name, target in zip(circle, [*circle[1:], circle[0]], strict=True):
        # A rule written by its own name says more than one that a kind stands for.
        edge = min(
            (edge for edge in edges[name] if target in (kinds.get(edge.target, ()) if edge.is_kind else [edge.target])),
            key=lambda edge: (edge.is_kind, edge.target),
        )
        steps.append(f"{target} (a {edge.target})" if edge.is_kind else target)
        places.append(edge.place)
        if len(steps) == _MOST_STEPS and len(circle) > _MOST_STEPS:
            steps += ["…", circle[0]]
            break
    message = f"rules rest on each other in a circle: {' → '.join(steps)}; drop one of these `seam` conditions"
    return msgspec.structs.replace(places[0], message=message)
