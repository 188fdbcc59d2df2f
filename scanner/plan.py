"""A rulebook compiled for matching: one table a kind of atom, from names to the clauses that look for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from scanner.evidence import only_names
from scanner.languages.bindings import is_below
from scanner.languages.treequeries import Asked
from scanner.modules import Layout
from scanner.nameindex import QualifiedIndex, WordIndex
from scanner.rules import AllOf, AnyOf, AtomKind, Clause, NamePattern, Node, Rule, Rulebook
from scanner.words import WordPattern

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


class AtomIndex:
    """Clauses that one kind of atom leads, by word and by qualified name."""

    def __init__(self, kind: AtomKind, entries: Iterable[tuple[Clause, tuple[NamePattern, ...]]]) -> None:
        words: list[tuple[WordPattern, Clause]] = []
        qualified: list[tuple[tuple[str, ...], Clause]] = []
        self.means: dict[str, list[Clause]] = {}
        self.texts: list[tuple[str, Clause]] = []
        #: Clauses that take any fact of their kind, and clauses by the very text that they ask for.
        self.any: list[Clause] = []
        self.exact: dict[str, list[Clause]] = {}
        for clause, patterns in entries:
            for pattern in patterns:
                if kind == "means":
                    self.means.setdefault(pattern.source, []).append(clause)
                elif kind == "text":
                    self.texts.append((pattern.source, clause))
                elif kind in ("pattern", "query") or (kind == "exit" and pattern.source != "any"):
                    self.exact.setdefault(pattern.source, []).append(clause)
                elif pattern.words is None and not pattern.qualified:
                    self.any.append(clause)
                elif pattern.words is not None:
                    words.append((pattern.words, clause))
                else:
                    qualified.append((pattern.qualified, clause))
        self.words = WordIndex(words)
        self.qualified = QualifiedIndex(qualified)

    def by_name(self, name: str, qualified: str, resolved: bool) -> tuple[Clause, ...]:
        """Clauses for a fact that has both a written and a qualified name."""
        return self.words.lookup(name) + self.qualified.lookup(qualified, resolved)


def leading_atom(clause: Clause) -> AtomKind | None:
    """The atom by which a clause's facts are looked up; None without an atom."""
    kinds = [kind for kind, _ in clause.atoms]
    return "definition" if "definition" in kinds else kinds[0] if kinds else None


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


class Plan:
    """Everything that matching needs of a rulebook; built once a process.

    `layout` tells which modules are the scanned repository's own. Nodes and clauses are known by identity, which is
    good as long as the rulebook that holds them lives.
    """

    def __init__(self, rulebook: Rulebook, layout: Layout) -> None:
        self.rulebook = rulebook
        names = frozenset(layout.modules.values())
        self._own = {family: roots & names for family, roots in layout.roots.items()}
        self._meanings: dict[str, QualifiedIndex[str]] = {}
        self.top = tuple(finder for rule in rulebook.rules for finder in finders(rule, rule.find))
        #: Places in `top` by the identity of their clause, and of those that look for lines of text.
        self._top_of: dict[int, list[int]] = {}
        self._top_texts = [at for at, finder in enumerate(self.top) if leading_atom(finder.clause) == "text"]
        for at, finder in enumerate(self.top):
            self._top_of.setdefault(id(finder.clause), []).append(at)
        nodes = [node for rule in rulebook.rules for node in (rule.find, rule.reject)]
        everything = [clause for node in nodes for clause in clauses(node)]
        by_atom: dict[AtomKind, list[tuple[Clause, tuple[NamePattern, ...]]]] = {}
        for clause in everything:
            lead = leading_atom(clause)
            if lead is not None:
                by_atom.setdefault(lead, []).append((clause, dict(clause.atoms)[lead]))
        self.atoms = {kind: AtomIndex(kind, entries) for kind, entries in by_atom.items()}
        #: Expressions of `text` atoms, by the identity of their clause.
        self.texts: dict[int, list[str]] = {}
        for source, clause in self.atoms["text"].texts if "text" in self.atoms else ():
            self.texts.setdefault(id(clause), []).append(source)
        self._asked = [
            (pattern.language, Asked(kind, pattern.source))
            for kind in ("pattern", "query")
            for clause in everything
            for pattern in dict(clause.atoms).get(kind, ())
        ]
        mentioned = {pattern.source: pattern for clause in everything for pattern in clause.mentions}
        #: Sources of the patterns under `mentions` that a name holds.
        self.mentions: WordIndex[str] = WordIndex((pattern, source) for source, pattern in mentioned.items())
        self._nodes: dict[int, tuple[Finder, ...]] = {}
        self._alone: dict[tuple[AtomKind, tuple[NamePattern, ...]], AtomIndex] = {}

    def meanings(self, family: str, qualified: str, resolved: bool) -> tuple[str, ...]:
        """What the catalogue of a family of languages says of a name.

        A package of the repository's own is not the library of that name.
        """
        index = self._meanings.get(family)
        if index is None:
            entries = (entry for entry in self.rulebook.catalog if entry.language == family)
            index = self._meanings[family] = QualifiedIndex((entry.name, entry.means) for entry in entries)
        known = resolved and not is_below(qualified, self._own.get(family, frozenset()))
        return index.lookup(qualified, known)

    @cache  # noqa: B019  # one plan lives as long as the process
    def asked(self, family: str) -> tuple[Asked, ...]:
        """The patterns and queries that rules have for a family of languages."""
        return tuple(sorted({one for language, one in self._asked if language == family}, key=lambda one: one.text))

    def finders(self, found: Iterable[int]) -> Iterator[Finder]:
        """The finders of all rules, in their order, that may have hits where these clauses found something."""
        places = {at for clause in found for at in self._top_of.get(clause, ())}
        for at in sorted(places.union(self._top_texts)):
            yield self.top[at]

    def node(self, node: Node) -> tuple[Finder, ...]:
        """The finders of a node under `inside` or `contains`."""
        known = self._nodes.get(id(node))
        if known is None:
            known = self._nodes[id(node)] = tuple(finders(None, node))
        return known

    def alone(self, kind: AtomKind, patterns: tuple[NamePattern, ...]) -> AtomIndex:
        """One atom of a clause by itself."""
        index = self._alone.get((kind, patterns))
        if index is None:
            index = self._alone[(kind, patterns)] = AtomIndex(kind, [(Clause(0, 0), patterns)])
        return index


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
