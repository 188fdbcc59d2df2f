"""A rulebook compiled for matching: one table a kind of atom, from names to the clauses that look for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec

from scanner.atomtables import AtomIndex, AtomTables, leading_atom
from scanner.evidence import only_names
from scanner.languages.bindings import is_below
from scanner.languages.treequeries import Asked
from scanner.lines import Expressions
from scanner.memory import Memory
from scanner.modules import Layout
from scanner.nameindex import PatternBits, QualifiedIndex
from scanner.rules import AllOf, AnyOf, AtomKind, Clause, NamePattern, Node, Rule, Rulebook

#: Atoms that speak of a definition; they may stand together in one clause.
DEFINITION_ATOMS: frozenset[AtomKind] = frozenset({"definition", "decorator", "extends"})


@dataclass(frozen=True, eq=False)
class Finder:
    """One way to find facts: a clause with an atom, and the nodes that must hold at the same place."""

    rule: Rule | None
    clause: Clause
    beside: tuple[Node, ...] = ()

    @cached_property
    def by_name(self) -> bool:
        """Whether only names speak for what it finds."""
        return only_names((self.clause, *self.beside))


def finders(rule: Rule | None, node: Node, beside: tuple[Node, ...] = ()) -> Iterator[Finder]:
    """The finders of a node; a node without any atom has none."""
    if isinstance(node, Clause):
        if node.atoms:
            yield Finder(rule, node, beside)
    elif isinstance(node, AnyOf):
        for member in node.members:
            yield from finders(rule, member, beside)
    else:
        lead = next((member for member in node.members if next(finders(None, member), None)), None)
        if lead is not None:
            others = tuple(member for member in node.members if member is not lead)
            yield from finders(rule, lead, beside + others)


class Asks(msgspec.Struct, frozen=True, gc=False):
    """What a clause asks beside its leading atom, prepared."""

    #: Bits of `Plan.mentions` and of `Plan.around` that must all be set.
    mentions: int
    around: int
    #: Whether it asks anything of the file or of the fact itself, and of what lies elsewhere.
    here: bool
    elsewhere: bool


class Plan:
    """Everything that matching needs of a rulebook; built once a process.

    `layout` tells which modules are the scanned repository's own. Nodes and clauses are known by identity, which is
    good as long as the rulebook that holds them lives.
    """

    def __init__(self, rulebook: Rulebook, layout: Layout) -> None:
        self.rulebook = rulebook
        names = frozenset(layout.modules.values())
        self._own = {family: roots & names for family, roots in layout.roots.items()}
        self._meanings = Memory(self._catalogued)
        self.top = tuple(finder for rule in rulebook.rules for finder in finders(rule, rule.find))
        #: Places in `top` by the identity of their clause, and of those that look for lines of text.
        self._top_of: dict[int, list[int]] = {}
        self._top_texts = [at for at, finder in enumerate(self.top) if leading_atom(finder.clause) == "text"]
        for at, finder in enumerate(self.top):
            self._top_of.setdefault(id(finder.clause), []).append(at)
        nodes = [node for rule in rulebook.rules for node in (rule.find, rule.reject)]
        everything = [clause for node in nodes for clause in clauses(node)]
        self.texts = {id(clause): _expressions(clause) for clause in everything if leading_atom(clause) == "text"}
        self.expressions = Expressions(source for sources in self.texts.values() for source in sources)
        asked: dict[str, set[Asked]] = {}
        for clause in everything:
            for kind in ("pattern", "query"):
                for pattern in dict(clause.atoms).get(kind, ()):
                    asked.setdefault(pattern.language, set()).add(Asked(kind, pattern.source))
        self._asked = {
            family: tuple(sorted(found, key=lambda one: (one.text, one.kind))) for family, found in asked.items()
        }
        #: Words of names in an extent and around a place; each pattern has a bit.
        self.mentions = PatternBits(pattern for clause in everything for pattern in clause.mentions)
        self.around = PatternBits(pattern for clause in everything for pattern in clause.around)
        self._asks = {id(clause): self._prepared(clause) for clause in everything}
        self._nodes: dict[int, tuple[tuple[Finder, ...], tuple[Clause, ...]]] = {}
        self._alone = Memory(_alone)
        within = [part for clause in everything for part in (clause.inside, clause.contains, clause.guards)]
        nested = [finder for part in within if part is not None for finder in finders(None, part)]
        #: Clauses of which the facts of a file are listed.
        self.listed = AtomTables(
            {id(each.clause): each.clause for each in (*self.top, *nested)}.values(), self.meanings
        )
        #: All clauses: what a fact is asked whether it is.
        self.all = AtomTables({id(clause): clause for clause in everything}.values(), self.meanings)

    def loosened(self, rule: Rule) -> Plan:
        """The plan of a rulebook in which one of its rules rejects nothing; it shares all tables."""
        without = msgspec.structs.replace(rule, reject=None)
        rules = tuple(without if each is rule else each for each in self.rulebook.rules)
        loose = copy(self)
        loose.rulebook = msgspec.structs.replace(self.rulebook, rules=rules)
        loose.top = tuple(replace(finder, rule=without) if finder.rule is rule else finder for finder in self.top)
        return loose

    def meanings(self, family: str, qualified: str, resolved: bool) -> tuple[str, ...]:
        """What the catalogue of a family of languages says of a name.

        A package of the repository's own is not the library of that name.
        """
        known = resolved and not is_below(qualified, self._own.get(family, frozenset()))
        return self._meanings[family].lookup(qualified, known)

    def _catalogued(self, family: str) -> QualifiedIndex[str]:
        return QualifiedIndex((entry.name, entry.means) for entry in self.rulebook.catalog if entry.language == family)

    def asked(self, family: str) -> tuple[Asked, ...]:
        """The patterns and queries that rules have for a family of languages."""
        return self._asked.get(family, ())

    def asks(self, clause: Clause) -> Asks:
        """What a clause asks beside its leading atom; one that is of no rule is prepared anew."""
        return self._asks.get(id(clause)) or self._prepared(clause)

    def _prepared(self, clause: Clause) -> Asks:
        around = clause.inside, clause.contains, clause.guards, clause.negated
        given = clause.languages, clause.shapes, clause.paths, clause.arguments, clause.mentions, clause.around
        return Asks(
            mentions=self.mentions.all_of(clause.mentions),
            around=self.around.all_of(clause.around),
            here=any(given) or clause.lines > 0 or len(clause.atoms) > 1,
            elsewhere=bool(clause.seams) or any(node is not None for node in around),
        )

    def finders(self, found: Iterable[int]) -> Iterator[Finder]:
        """The finders of all rules, in their order, that may have hits where these clauses found something."""
        places = {at for clause in found for at in self._top_of.get(clause, ())}
        for at in sorted(places.union(self._top_texts)):
            yield self.top[at]

    def node(self, node: Node) -> tuple[Finder, ...]:
        """The finders of a node under `inside` or `contains`."""
        return self._node(node)[0]

    def atomless(self, node: Node) -> tuple[Clause, ...]:
        """The clauses of such a node that name no fact but speak of a place."""
        return self._node(node)[1]

    def _node(self, node: Node) -> tuple[tuple[Finder, ...], tuple[Clause, ...]]:
        known = self._nodes.get(id(node))
        if known is None:
            known = self._nodes[id(node)] = (tuple(finders(None, node)), tuple(_atomless(node)))
        return known

    def alone(self, kind: AtomKind, patterns: tuple[NamePattern, ...]) -> AtomIndex:
        """One atom of a clause by itself."""
        return self._alone[kind, patterns]


def _alone(asked: tuple[AtomKind, tuple[NamePattern, ...]]) -> AtomIndex:
    kind, patterns = asked
    return AtomIndex(kind, [(Clause(0, 0), patterns)])


def _atomless(node: Node) -> Iterator[Clause]:
    if isinstance(node, Clause):
        if not node.atoms:
            yield node
    elif isinstance(node, AnyOf):
        for member in node.members:
            yield from _atomless(member)


def _expressions(clause: Clause) -> list[str]:
    return [pattern.source for pattern in dict(clause.atoms)["text"]]


def clauses(node: Node | None) -> Iterator[Clause]:
    """All clauses of a node, at any depth."""
    if node is None:
        return
    if isinstance(node, (AnyOf, AllOf)):
        for member in node.members:
            yield from clauses(member)
        return
    yield node
    for inner in (node.inside, node.contains, node.guards, node.negated):
        yield from clauses(inner)
