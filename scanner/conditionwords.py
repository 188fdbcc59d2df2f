"""Conditions of packs in plain English, for the pages of packs: what must hold, with the titles of the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from scanner.contracts import contract
from scanner.kinds import KINDS
from scanner.packs import (
    AtLeast,
    Beside,
    Chokepoints,
    Condition,
    Conforms,
    Documents,
    Every,
    Fields,
    Gated,
    Has,
    Negated,
    Reaches,
    Some,
    Spread,
    StatusIs,
    Unwired,
)
from scanner.phrases import joined, lowered, plural, title

_WITHIN = {
    "file": "in the same file",
    "function": "in the same function",
    "way": "in the same function, or up to two calls away",
}


class Line(msgspec.Struct, frozen=True):
    """One line of a condition told as a list; members of it are one level deeper."""

    depth: int
    text: str


class Words:
    """Tells the conditions of one pack."""

    def __init__(self, titles: Mapping[str, str], groups: Sequence[tuple[str, tuple[str, ...]]] = ()) -> None:
        """Prepare.

        Args:
            titles: rule id or kind to title.
            groups: names that the pack gives to several rules or kinds.
        """
        self._titles = titles
        # The largest first, so that a group within another does not hide it.
        self._groups = tuple(sorted(groups, key=lambda group: -len(group[1])))

    def lines(self, condition: Condition, depth: int = 0) -> Iterator[Line]:
        """The condition as a list; groups of conditions are told with their members below them."""
        match condition:
            case Every(members=(member,), say="") | Some(members=(member,), say=""):
                yield from self.lines(member, depth)
                return
            case Every(members=members):
                yield Line(depth, _headed(condition.say, "all of these"))
            case Some(members=members):
                yield Line(depth, _headed(condition.say, "one of these"))
            case AtLeast(members=members):
                yield Line(depth, _headed(condition.say, f"at least {condition.count} of these"))
            case Negated(member=member):
                yield Line(depth, _headed(condition.say, "this must not hold"))
                members = (member,)
            case _:
                yield Line(depth, self.sentence(condition))
                return
        for member in members:
            yield from self.lines(member, depth + 1)

    def sentence(self, condition: Condition) -> str:
        """A condition without members, in a sentence."""
        said = getattr(condition, "say", "")
        return f"{said}: {self._asked(condition)}" if said else self._asked(condition)

    def names(self, names: Sequence[str], last: str = "or") -> str:
        """Rules by their titles, kinds by their names, and what the pack made a group of by the group's name."""
        return joined(self.listed(names), last)

    def listed(self, names: Sequence[str]) -> list[str]:
        """The same one by one, in order; a group stands where its first member stood."""
        left = list(dict.fromkeys(names))
        told: dict[str, str] = {}
        for group, members in self._groups:
            if len(members) > 1 and set(members) <= set(left):
                told |= dict.fromkeys(members, f"*{group.replace('_', ' ')}*")
                left = [name for name in left if name not in members]
        return list(dict.fromkeys(told.get(name) or self.called(name) for name in names))

    def called(self, name: str) -> str:
        """A rule by its title in quotes, a kind as any seam of it."""
        if name in KINDS:
            return f"any {name.replace('_', ' ')}"
        return f"“{lowered(title(name, self._titles))}”"

    def known(self, name: str) -> str:
        """A rule, a kind or a group of the pack, whatever the name is one of."""
        return f"*{name.replace('_', ' ')}*" if name in dict(self._groups) else self.called(name)

    def _asked(self, condition: Condition) -> str:
        match condition:
            case Has():
                return self._has(condition)
            case Spread():
                return (
                    f"{self.names(condition.names)} in {_bounds(condition.at_least, condition.at_most, condition.over)}"
                )
            case Beside():
                every = (
                    "every place" if condition.at_least is None else f"at least {plural(condition.at_least, 'place')}"
                )
                beside = f"has {self.names(condition.companions)} {_WITHIN[condition.within]}"
                return f"{every} of {self.names(condition.of)} {beside}"
            case Chokepoints():
                door = "one function" if condition.at_most == 1 else f"at most {condition.at_most} functions"
                return f"every way to {_share(condition.share)}{self.names(condition.names, 'and')} passes {door}"
            case Gated():
                gates = self.names(condition.gates)
                behind = (
                    f"{'runs' if condition.share == 1 else 'run'} only behind {gates} at which a person can be asked"
                )
                return f"{_share(condition.share)}{self.names(condition.names, 'and')} {behind}"
            case Reaches():
                topics = joined([topic.replace("_", " ") for topic in condition.topics], "or")
                return f"an id of the {topics} flows into {_share(condition.share)}{self.names(condition.to, 'and')}"
            case Fields():
                fields = joined([name for name, _ in condition.fields], "and")
                some = f"at least {condition.at_least} of " if condition.at_least is not None else ""
                return f"{some}{fields} {_counted(condition.fields)} {self.names(condition.of)}"
            case Unwired():
                most = f"at most {condition.at_most} of" if condition.at_most else "none of"
                return f"{most} {self.names(condition.names, 'and')} is called by nothing"
            case Conforms():
                known = contract(condition.contract)
                return f"a data file of which {condition.at_least}% of the records validate as {lowered(known.title)}"
            case Documents():
                things = joined([name for name, _ in condition.things], "and")
                some = f"at least {condition.at_least} of " if condition.at_least is not None else ""
                about = (
                    f" in a passage about {joined([f'`{each}`' for each in condition.about], 'or')}"
                    if condition.about
                    else ""
                )
                return f"a document that names {some}{things}{about}"
            case StatusIs():
                statuses = joined([f"`{status}`" for status in condition.statuses], "or")
                return f"*{condition.requirement.replace('_', ' ')}* is {statuses}"
            case _:
                raise AssertionError("conditions with members are told as lists")

    def _has(self, condition: Has) -> str:
        names = self.names(condition.names)
        if condition.at_most is not None or condition.at_least != 1:
            return f"{names}, {_bounds(condition.at_least, condition.at_most, 'seams')}"
        return names


def contracts_in(condition: Condition | None) -> tuple[str, ...]:
    """Names of the contracts that a condition asks for, each once."""
    match condition:
        case Conforms():
            return (condition.contract,)
        case Every(members=members) | Some(members=members) | AtLeast(members=members):
            return tuple(dict.fromkeys(name for member in members for name in contracts_in(member)))
        case Negated(member=member):
            return contracts_in(member)
        case _:
            return ()


def _headed(said: str, asked: str) -> str:
    return f"{said} ({asked})" if said else asked


def _share(percent: int) -> str:
    return {100: "all of ", 1: "at least one of "}.get(percent, f"at least {percent}% of ")


def _counted(fields: Sequence[object]) -> str:
    return f"as {'a field' if len(fields) == 1 else 'fields'} of the records of"


def _bounds(least: int, most: int | None, what: str) -> str:
    if most is None:
        return f"at least {plural(least, what.removesuffix('s'))}"
    if not least:
        return f"at most {plural(most, what.removesuffix('s'))}"
    return f"{least} to {plural(most, what.removesuffix('s'))}"
