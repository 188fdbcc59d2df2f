"""Tables from facts to the clauses whose leading atoms find them; the clauses are told by their identity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from scanner.facts import ControlKind
from scanner.memory import Memory
from scanner.nameindex import QualifiedIndex, WordIndex
from scanner.rules import AtomKind, Clause, NamePattern
from scanner.words import WordPattern

#: Atoms of control, by the kind of fact that they find.
CONTROLS: Mapping[ControlKind, AtomKind] = {
    "loop": "loop",
    "branch": "branch",
    "handler": "handler",
    "return": "exit",
    "raise": "exit",
}
#: What the catalogue of a family of languages says of a qualified name that is resolved or not.
Meanings = Callable[[str, str, bool], tuple[str, ...]]
#: Identities of clauses.
Numbers = tuple[int, ...]


class AtomIndex:
    """Clauses that one kind of atom leads, by word and by qualified name."""

    def __init__(self, kind: AtomKind, entries: Iterable[tuple[Clause, tuple[NamePattern, ...]]]) -> None:
        words: list[tuple[WordPattern, int]] = []
        qualified: list[tuple[tuple[str, ...], int]] = []
        found: list[int] = []
        #: Clauses by the very text that they ask for: a meaning, the kind of an exit, a pattern or a query.
        self.exact: dict[str, list[int]] = {}
        for clause, patterns in entries:
            for pattern in patterns:
                if kind in ("means", "pattern", "query") or (kind == "exit" and pattern.source != "any"):
                    self.exact.setdefault(pattern.source, []).append(id(clause))
                elif pattern.words is not None:
                    words.append((pattern.words, id(clause)))
                elif pattern.qualified:
                    qualified.append((pattern.qualified, id(clause)))
                else:
                    found.append(id(clause))
        #: Clauses that take any fact of their kind.
        self.any: Numbers = tuple(found)
        self.words = WordIndex(words)
        self.has_words = bool(words)
        self.qualified = QualifiedIndex(qualified)

    def by_name(self, name: str, qualified: str, resolved: bool) -> Numbers:
        """Clauses for a fact that has both a written and a qualified name."""
        return self.words.lookup(name) + self.qualified.lookup(qualified, resolved)


def leading_atom(clause: Clause) -> AtomKind | None:
    """The atom by which a clause's facts are looked up; None without an atom."""
    kinds = [kind for kind, _ in clause.atoms]
    return "definition" if "definition" in kinds else kinds[0] if kinds else None


class AtomTables:
    """Some clauses of a rulebook, one table a kind of atom. Lines of text are looked for elsewhere."""

    def __init__(self, clauses: Iterable[Clause], meanings: Meanings) -> None:
        by_atom: dict[AtomKind, list[tuple[Clause, tuple[NamePattern, ...]]]] = {}
        for clause in clauses:
            lead = leading_atom(clause)
            if lead is not None and lead != "text":
                by_atom.setdefault(lead, []).append((clause, dict(clause.atoms)[lead]))
        self.kinds = frozenset(by_atom)
        self.atoms: dict[AtomKind, AtomIndex] = Memory(lambda kind: AtomIndex(kind, by_atom.get(kind, ())))
        self._meanings = meanings
        #: Of a called name (family of languages, as written, qualified, resolved): clauses by name, and by meaning.
        self.called: Callable[[tuple[str, str, str, bool]], tuple[Numbers, Numbers]] = Memory(self._called).__getitem__
        #: Of a decorator (family of languages, name), of a base, and of an imported name.
        self.decorator: Callable[[tuple[str, str]], Numbers] = Memory(self._decorator).__getitem__
        self.base: Callable[[tuple[str, str]], Numbers] = Memory(self._base).__getitem__
        self.imported: Callable[[str], Numbers] = Memory(self._imported).__getitem__

    def make(self) -> None:
        """Make every table now; each is made when it is first asked otherwise."""
        for kind in self.kinds:
            self.atoms[kind]

    def _called(self, asked: tuple[str, str, str, bool]) -> tuple[Numbers, Numbers]:
        family, target, qualified, resolved = asked
        by_name = self.atoms["call"].by_name(target, qualified, resolved)
        return by_name, self._by_meaning(family, qualified, resolved)

    def _decorator(self, asked: tuple[str, str]) -> Numbers:
        family, name = asked
        return self.atoms["decorator"].by_name(name, name, True) + self._by_meaning(family, name, True)

    def _base(self, asked: tuple[str, str]) -> Numbers:
        family, name = asked
        return self.atoms["extends"].by_name(name, name, True) + self._by_meaning(family, name, True)

    def _imported(self, name: str) -> Numbers:
        return self.atoms["import"].by_name(name, name, True)

    def _by_meaning(self, family: str, qualified: str, resolved: bool) -> Numbers:
        exact = self.atoms["means"].exact
        return tuple(
            number for meaning in self._meanings(family, qualified, resolved) for number in exact.get(meaning, ())
        )
