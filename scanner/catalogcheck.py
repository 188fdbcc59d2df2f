"""Names that the catalogue says twice, and names of which it says two things.

A name has one meaning in one language. What an entry means by a name is compared with what others mean by the same
name, and by patterns that cover it, since a call of it would get the meanings of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.errors import RuleError
from scanner.rules import CatalogEntry
from scanner.yamlfile import Problem, printable

_Name = tuple[str, ...]


def check_catalog(entries: Sequence[CatalogEntry]) -> None:
    """Refuse a catalogue that says something twice or against itself.

    Raises:
        RuleError: with every problem.
    """
    problems = sorted(set(catalog_problems(entries)))
    if problems:
        raise RuleError(tuple(str(problem) for problem in problems))


def catalog_problems(entries: Sequence[CatalogEntry]) -> Iterator[Problem]:
    """What entries say twice or against each other, told once for each pair of places.

    Args:
        entries: of all files; where two disagree, the later one is blamed.
    """
    pairs: dict[tuple[object, ...], tuple[str, CatalogEntry, CatalogEntry, list[_Name]]] = {}
    for what, entry, other in _clashes(entries):
        key = (what, entry.means, *_place(entry), *_place(other))
        pairs.setdefault(key, (what, entry, other, []))[3].append(entry.name)
    for what, entry, other, names in pairs.values():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        message = _MESSAGES[what].format(
            names=f"`{_shown(entry)}`{more}",
            mean="mean" if more else "means",
            means=entry.means,
            other=_shown(other),
            other_means=other.means,
            at=":".join(map(str, _place(other))),
        )
        yield Problem(entry.path, entry.line, entry.column, message)


_MESSAGES = {
    "twice": "{names} {mean} `{means}` already at {at}; write it once",
    "against": "{names} {mean} `{means}` here and `{other_means}` at {at}; keep one, or write `also: {other_means}`",
}


def _clashes(entries: Sequence[CatalogEntry]) -> Iterator[tuple[str, CatalogEntry, CatalogEntry]]:
    """What is wrong, the entry to blame, and the other one."""
    first: dict[tuple[str, _Name], dict[str, CatalogEntry]] = {}
    patterns: dict[str, _Pattern] = {}
    for entry in entries:
        same = first.setdefault((entry.language, entry.name), {})
        if entry.means in same:
            yield "twice", entry, same[entry.means]
            continue
        for other in same.values():
            if not _stand_together(entry, other):
                yield "against", entry, other
                break
        same[entry.means] = entry
        if "*" in entry.name or "**" in entry.name:
            patterns.setdefault(entry.language, _Pattern()).add(entry)
    for by_meaning in first.values():
        for entry in by_meaning.values():
            covering = patterns[entry.language].covering(entry.name) if entry.language in patterns else ()
            for other in covering:
                if other.means not in by_meaning and not _stand_together(entry, other):
                    yield "against", entry, other
                    break


def _stand_together(one: CatalogEntry, two: CatalogEntry) -> bool:
    return one.means == two.means or two.means in one.also or one.means in two.also


class _Pattern:
    """Patterns as a tree, by their segments from the last one on: names that differ in their ends never meet."""

    def __init__(self) -> None:
        self._children: dict[str, _Pattern] = {}
        self._entries: list[CatalogEntry] = []
        self._name: _Name = ()

    def add(self, entry: CatalogEntry) -> None:
        node = self
        for segment in reversed(entry.name):
            node = node._children.setdefault(segment, _Pattern())
        node._entries.append(entry)
        node._name = entry.name

    def covering(self, name: _Name) -> tuple[CatalogEntry, ...]:
        """Entries, other than of the name itself, whose pattern equals all that this name or pattern equals."""
        # The nodes reached, each with whether it stands at a `**`, which takes any further segment.
        reached = _with_gaps({self: False})
        for segment in reversed(name):
            following = {node: True for node, gap in reached.items() if gap}
            for node in reached:
                wild = node._children.get("*") if segment != "**" else None
                for child in (node._children.get(segment), wild):
                    if child is not None:
                        following.setdefault(child, segment == "**")
            reached = _with_gaps(following)
        return tuple(entry for node in reached if node._name != name for entry in node._entries)


def _with_gaps(reached: dict[_Pattern, bool]) -> dict[_Pattern, bool]:
    """The same, with every `**` that may stand for nothing here."""
    waiting = list(reached)
    for node in waiting:
        gap = node._children.get("**")
        if gap is not None:
            if gap not in reached:
                waiting.append(gap)
            reached[gap] = True
    return reached


def _place(entry: CatalogEntry) -> tuple[str, int, int]:
    return entry.path, entry.line, entry.column


def _shown(entry: CatalogEntry) -> str:
    return printable(".".join(entry.name))
