"""The facts of one file that each clause of a rulebook looks for, found in one pass; conditions are not asked yet."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from scanner.extents import Extents, is_short
from scanner.facts import Assignment, Call, ControlKind, Definition, Fact, FileFacts, Key
from scanner.languages import by_name
from scanner.lines import CodeLines
from scanner.plan import AtomIndex, Plan
from scanner.residue import Residue
from scanner.rules import AtomKind, Clause

#: Places around one fact that are looked at, and places within it, innermost and first ones first: hostile nesting
#: would make as many as there are facts, for every one of them.
_MOST_PLACES = 1000
#: Atoms of control and the kinds of fact that they find.
_CONTROLS: Mapping[AtomKind, tuple[ControlKind, ...]] = {
    "loop": ("loop",),
    "branch": ("branch",),
    "handler": ("handler",),
    "exit": ("return", "raise"),
}
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
        self._by_clause: dict[int, list[Fact]] = {}
        self._members: dict[int, frozenset[int]] = {}
        self._named("definition", [item for item in facts.definitions if item.kind in _FOUND])
        self._named("definition", list(_owners(facts)))
        self._named("key", facts.keys)
        self._named("assignment", facts.assignments)
        self._strings()
        self._calls()
        self._imports()
        self._decorated_and_derived()
        self._controls()
        self._matches()
        self._lines: CodeLines | None = None
        self._texts = plan.texts

    @property
    def clauses(self) -> Iterable[int]:
        """Identities of the clauses that found something; lines of text are looked for when they are asked for."""
        return self._by_clause

    def of(self, clause: Clause) -> Sequence[Fact]:
        """Facts that the leading atom of a clause finds."""
        found = self._by_clause.get(id(clause))
        if found is None:
            sources = self._texts.get(id(clause))
            if sources is None:
                return ()
            found = self._by_clause[id(clause)] = list(self._matching_lines(sources))
        return found

    def has(self, clause: Clause, fact: Fact) -> bool:
        """Whether the leading atom of a clause finds this very fact."""
        members = self._members.get(id(clause))
        if members is None:
            members = self._members[id(clause)] = frozenset(id(found) for found in self.of(clause))
        return id(fact) in members

    def _add(self, fact: Fact, clauses: Iterable[Clause]) -> None:
        for clause in clauses:
            known = self._by_clause.get(id(clause))
            if known is None:
                self._by_clause[id(clause)] = [fact]
            else:
                known.append(fact)

    def _named(self, kind: AtomKind, group: Iterable[Definition | Key | Assignment]) -> None:
        index = self._plan.atoms.get(kind)
        if index is not None:
            lookup = index.words.lookup
            for fact in group:
                if found := lookup(fact.name):
                    self._add(fact, found)

    def _strings(self) -> None:
        index = self._plan.atoms.get("string")
        if index is not None:
            lookup = index.words.lookup
            for string in self._facts.strings:
                if is_short(string) and (found := lookup(string.text.replace(".", " "))):
                    self._add(string, found)

    def _calls(self) -> None:
        by_name, by_meaning = self._plan.atoms.get("call"), self._plan.atoms.get("means")
        meanings, family = self._plan.meanings, self._family
        for call in self._facts.calls:
            if by_name is not None and (found := by_name.by_name(call.target, call.qualified, call.resolved)):
                self._add(call, found)
            if by_meaning is not None and not decorates(self._facts, call):
                for meaning in meanings(family, call.qualified, call.resolved):
                    self._add(call, by_meaning.means.get(meaning, ()))

    def _imports(self) -> None:
        index = self._plan.atoms.get("import")
        if index is not None:
            for item in self._facts.imports:
                self._add(item, index.by_name(item.qualified, item.qualified, True))

    def _decorated_and_derived(self) -> None:
        """Definitions found by what decorates or what they extend."""
        atoms = self._plan.atoms
        for definition in self._facts.definitions:
            self._found_by(definition, atoms.get("decorator"), definition.decorators)
            self._found_by(definition, atoms.get("extends"), definition.bases)

    def _found_by(self, definition: Definition, index: AtomIndex | None, names: Iterable[str]) -> None:
        by_meaning = self._plan.atoms.get("means")
        for name in names:
            if index is not None:
                self._add(definition, index.by_name(name, name, True))
            if by_meaning is not None:
                for meaning in self._plan.meanings(self._family, name, True):
                    self._add(definition, by_meaning.means.get(meaning, ()))

    def _controls(self) -> None:
        for kind, kinds in _CONTROLS.items():
            index = self._plan.atoms.get(kind)
            if index is None:
                continue
            controls = [control for control in self._facts.controls if control.kind in kinds]
            for clause in index.any:
                self._by_clause[id(clause)] = list(controls)
            for control in controls:
                self._add(control, index.exact.get(control.kind, ()))
                names = self._extents.between(control.start, control.body) if kind != "exit" else ()
                found = {id(clause): clause for name in names for clause in index.words.lookup(name)}
                self._add(control, found.values())

    def _matches(self) -> None:
        for kind in _SYNTAX:
            index = self._plan.atoms.get(kind)
            if index is not None:
                for match in self._facts.matches:
                    self._add(match, index.exact.get(match.source, ()))

    def _matching_lines(self, sources: Iterable[str]) -> Iterator[Fact]:
        for source in sources:
            if self._lines is None:
                self._lines = CodeLines(self._facts)
            yield from self._lines.matching(source)


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
