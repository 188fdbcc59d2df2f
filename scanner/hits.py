"""The facts of one file that each clause of a rulebook looks for, found in one pass; conditions are not asked yet."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from scanner.atomtables import CONTROLS, AtomTables
from scanner.extents import Extents, is_short
from scanner.facts import Assignment, Call, Control, Definition, Fact, FileFacts, Import, Key, Match, String
from scanner.languages import by_name
from scanner.lines import CodeLines
from scanner.plan import Plan
from scanner.residue import Residue
from scanner.rules import AtomKind, Clause

#: Places around one fact that are looked at, and places within it, innermost and first ones first: hostile nesting
#: would make as many as there are facts, for every one of them.
_MOST_PLACES = 1000
_OF_CALLS = frozenset[AtomKind]({"call", "means"})
_OF_DEFINITIONS = frozenset[AtomKind]({"definition", "decorator", "extends", "means"})
_SYNTAX: tuple[AtomKind, ...] = ("pattern", "query")
#: Kinds of definition that stand for something around a place; rules find all but the last.
_FOUND = frozenset({"function", "class", "method", "extension"})


def decorates(facts: FileFacts, call: Call) -> bool:
    """Whether a call is a decorator: what that means is said of the definition which follows."""
    return facts.source[call.start - 1 : call.start] == b"@"


def _owners(facts: FileFacts) -> Iterator[Definition]:
    """The classes of methods that stand outside of them, as something around each method."""
    for method in facts.definitions:
        around = facts.symbol(method.scope)
        written = f"{around}.{method.name}" if around else method.name
        if method.kind == "method" and method.symbol != written:
            owner = method.symbol.removesuffix(f".{method.name}")
            name = owner.rpartition(".")[2]
            yield msgspec.structs.replace(method, kind="extension", name=name, symbol=owner, decorators=(), bases=())


class Hits:
    """Facts by the clause whose leading atom finds them."""

    def __init__(self, plan: Plan, facts: FileFacts, extents: Extents) -> None:
        self._plan = plan
        self._extents = extents
        self._facts = facts
        self._family = by_name(facts.language).family
        self._extensions = list(_owners(facts))
        self._by_clause = self._listed(plan.listed)
        self._of_text: dict[int, list[Fact]] = {}
        #: Of a fact, by its identity: the fact and all clauses that find it.
        self._finding: dict[int, tuple[Fact, frozenset[int]]] = {}
        self._lines: CodeLines | None = None

    @property
    def clauses(self) -> Iterable[int]:
        """Identities of the clauses that found something; lines of text are looked for when they are asked for."""
        return self._by_clause

    def of(self, clause: Clause) -> Sequence[Fact]:
        """Facts that the leading atom of a clause finds, for a clause that leads a finder."""
        number = id(clause)
        if number in self._plan.texts:
            return self._matching_lines(number)
        return self._by_clause.get(number, ())

    def has(self, clause: Clause, fact: Fact) -> bool:
        """Whether the leading atom of a clause finds this very fact."""
        if id(clause) in self._plan.texts:
            return any(line is fact for line in self.of(clause))
        known = self._finding.get(id(fact))
        if known is None:
            found = next(iter(self._clauses_of(self._plan.all, [fact])))
            known = self._finding[id(fact)] = (fact, frozenset(found))
        return id(clause) in known[1]

    def _matching_lines(self, number: int) -> list[Fact]:
        found = self._of_text.get(number)
        if found is None:
            if self._lines is None:
                self._lines = CodeLines(self._facts, self._plan.expressions)
            found = self._of_text[number] = []
            for source in self._plan.texts[number]:
                found += self._lines.matching(source)
        return found

    def _listed(self, tables: AtomTables) -> dict[int, list[Fact]]:
        """All facts of the file by the clauses of some tables."""
        by_clause: dict[int, list[Fact]] = {}
        facts = self._facts
        groups: tuple[tuple[Sequence[Fact], AbstractSet[AtomKind]], ...] = (
            (facts.calls, _OF_CALLS),
            (facts.definitions, _OF_DEFINITIONS),
            (self._extensions, {"definition"}),
            (facts.keys, {"key"}),
            (facts.assignments, {"assignment"}),
            (facts.strings, {"string"}),
            (facts.imports, {"import"}),
            (facts.controls, set(CONTROLS.values())),
            (facts.matches, set(_SYNTAX)),
        )
        for group, atoms in groups:
            if not group or tables.kinds.isdisjoint(atoms):
                continue
            for fact, found in zip(group, self._clauses_of(tables, group), strict=True):
                for number in found:
                    known = by_clause.get(number)
                    if known is None:
                        by_clause[number] = [fact]
                    else:
                        known.append(fact)
        return by_clause

    def _clauses_of(self, tables: AtomTables, group: Sequence[Any]) -> Iterable[Iterable[int]]:
        """For each of some facts of one type the clauses of some tables that find it."""
        kind = type(group[0])
        if kind is Key:
            return map(tables.atoms["key"].words.lookup, [key.name for key in group])
        if kind is Assignment:
            return map(tables.atoms["assignment"].words.lookup, [assignment.name for assignment in group])
        if kind is String:
            lookup = tables.atoms["string"].words.lookup
            return [lookup(string.text.replace(".", " ")) if is_short(string) else () for string in group]
        if kind is Match:
            syntax = [tables.atoms[atom].exact for atom in _SYNTAX]
            return [[number for exact in syntax for number in exact.get(match.source, ())] for match in group]
        if kind is Import:
            return map(tables.imported, [item.qualified for item in group])
        if kind is Call:
            return self._of_calls(tables, group)
        if kind is Definition:
            return [self._of_definition(tables, definition) for definition in group]
        return [self._of_control(tables, control) if kind is Control else () for control in group]

    def _of_calls(self, tables: AtomTables, calls: Sequence[Call]) -> Iterator[Iterable[int]]:
        family = self._family
        asked = [(family, call.target, call.qualified, call.resolved) for call in calls]
        for call, (named, meant) in zip(calls, map(tables.called, asked), strict=True):
            yield named + meant if meant and not decorates(self._facts, call) else named

    def _of_definition(self, tables: AtomTables, definition: Definition) -> Iterable[int]:
        """Clauses that find a definition by its name, by what decorates it or by what it extends."""
        found = tables.atoms["definition"].words.lookup(definition.name) if definition.kind in _FOUND else ()
        for name in definition.decorators:
            found += tables.decorator((self._family, name))
        for name in definition.bases:
            found += tables.base((self._family, name))
        return found

    def _of_control(self, tables: AtomTables, control: Control) -> Iterable[int]:
        index = tables.atoms[CONTROLS[control.kind]]
        found = [*index.any, *index.exact.get(control.kind, ())]
        if index.has_words:
            names = self._extents.between(control.start, control.body)
            found += set().union(*map(index.words.lookup, names))
        return found


class Places:
    """Facts with residues, ordered so that those within or around an extent are found without asking all."""

    def __init__(self, found: Iterable[tuple[Fact, Residue]]) -> None:
        self._items = sorted(found, key=lambda item: (item[0].start, -item[0].end))
        self._starts = [fact.start for fact, _ in self._items]
        #: Of each place, the one before it that is still open where it starts, or -1.
        self._outer: list[int] = []
        stack: list[int] = []
        for index, (fact, _) in enumerate(self._items):
            while stack and self._items[stack[-1]][0].end <= fact.start:
                stack.pop()
            self._outer.append(stack[-1] if stack else -1)
            stack.append(index)

    def within(self, fact: Fact) -> Iterator[Residue]:
        """Residues of places that lie in the extent of a fact."""
        at = bisect_right(self._starts, fact.start - 1)
        last = min(bisect_right(self._starts, fact.end), at + _MOST_PLACES)
        for found, residue in self._items[at:last]:
            if found.end <= fact.end and found is not fact:
                yield residue

    def around(self, fact: Fact) -> Iterator[Residue]:
        """Residues of places in whose extent a fact lies, innermost first."""
        at = bisect_right(self._starts, fact.start) - 1
        for _ in range(_MOST_PLACES):
            if at < 0:
                return
            found, residue = self._items[at]
            if found.end >= fact.end and found is not fact:
                yield residue
            at = self._outer[at]
