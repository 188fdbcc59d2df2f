"""Rules against the facts of one file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import reduce
from operator import or_

from scanner.arguments import arguments_of
from scanner.candidates import Candidate
from scanner.extents import Extents
from scanner.facts import (
    Argument,
    Call,
    Control,
    Definition,
    Fact,
    FileFacts,
    Key,
)
from scanner.hitfacts import HitFacts, ground
from scanner.hits import Hits, Places, decorates
from scanner.languages import by_name
from scanner.lines import ShownLines
from scanner.offsets import newlines
from scanner.plan import DEFINITION_ATOMS, Finder, Plan
from scanner.residue import Lies, Residue, both, either, never
from scanner.rules import AnyOf, ArgumentTest, Clause, Node, Rule
from scanner.touchpoints import Confidence, Role
from scanner.words import split


def match(plan: Plan, facts: FileFacts, apart: bool) -> tuple[Candidate, ...]:
    """All hits of all rules in one file.

    Args:
        plan: the rulebook, compiled.
        facts: the file.
        apart: whether the file is set apart (tests, docs, vendored, generated): its hits are of low confidence.
    """
    return tuple(Matcher(plan, facts).candidates(apart))


class Matcher:
    """Evaluates rules on one file; everything that several rules ask is computed once."""

    def __init__(self, plan: Plan, facts: FileFacts) -> None:
        self._plan = plan
        self._facts = facts
        self.extents = Extents(facts, plan.mentions)
        self._language = by_name(facts.language)
        self.hits = Hits(plan, facts, self.extents)
        self._places: dict[int, Places] = {}
        #: Of a scope: the bits of the patterns that a name around it holds the words of.
        self._around_scope: dict[int, int] = {}
        self._lying: dict[tuple[str, ...], bool] = {}
        #: Of calls, by where their arguments begin and end.
        self._arguments: dict[tuple[int, int], tuple[Argument, ...]] = {}
        self._shown = ShownLines(facts.source)
        self._told = HitFacts(facts)
        self._newlines: list[int] | None = None

    def candidates(self, apart: bool) -> Iterator[Candidate]:
        """All hits of all rules, in order; see `match`."""
        best: dict[tuple[str, int, str], Candidate] = {}
        decorators: list[tuple[Candidate, Call]] = []
        for finder in self._plan.finders(self.hits.clauses):
            if not self._speaks(finder.rule):
                continue
            for fact in self._fitting(finder.clause):
                candidate = self._hit(fact, finder, apart)
                if candidate is None:
                    continue
                if isinstance(fact, Call) and decorates(self._facts, fact):
                    decorators.append((candidate, fact))
                key = (candidate.rule, candidate.start, candidate.ground)
                known = best.get(key)
                if known is None or _outranks(candidate, known):
                    best[key] = candidate
        for candidate, call in decorators:
            decorated = bisect_left(self._facts.definitions, call.end, key=lambda definition: definition.start)
            for definition in self._facts.definitions[decorated : decorated + 1]:
                if (candidate.rule, definition.start, "definition") in best:
                    best.pop((candidate.rule, call.start, "call"), None)
        yield from sorted(best.values(), key=lambda candidate: (candidate.start, candidate.rule))

    def candidate(self, fact: Fact, finder: Finder, apart: bool) -> Candidate | None:
        """The hit of a finder on a fact that its leading atom finds; None where it certainly does not hold."""
        clause = finder.clause
        fits = self._speaks(finder.rule) and self._concerns(clause) and self._fit(clause, (fact,))
        return self._hit(fact, finder, apart) if fits else None

    def _speaks(self, rule: Rule | None) -> bool:
        """Whether a rule speaks of files in this language."""
        return rule is not None and (not rule.languages or self._language.family in rule.languages)

    def _hit(self, fact: Fact, finder: Finder, apart: bool) -> Candidate | None:
        """The hit of a finder on a fact that fits its clause."""
        rule = finder.rule
        if isinstance(fact, Definition) and fact.kind == "extension":  # the class itself is found where it stands
            return None
        residue = self._holds_beside(finder, fact)
        if rule is None or residue is False:
            return None
        if rule.reject is not None:
            residue = both([residue, never(self.holds(rule.reject, fact))])
            if residue is False:
                return None
        is_test = self._facts.is_test(fact.start)
        confidence = Confidence.LOW if apart or is_test else finder.clause.confidence or rule.confidence
        return Candidate(
            rule=rule.id,
            kind=rule.kind,
            role=Role.TEST if is_test else finder.clause.role or rule.role or self._told.role(fact),
            confidence=confidence,
            ground=ground(fact),
            start=fact.start,
            end=fact.end,
            line=fact.line,
            end_line=fact.end_line,
            symbol=self._told.symbol(fact),
            part=self._told.part(fact),
            name=self._told.name(fact),
            text=self._shown.text(fact.line),
            residue=residue,
            nesting=finder.clause.line if finder.clause.contains is not None else 0,
            lowered_in_crowd=rule.lowered_in_crowd,
            by_name=finder.by_name,
        )

    def _holds_beside(self, finder: Finder, fact: Fact) -> Residue:
        """What a finder asks of a fact that fits its clause."""
        residue = self._elsewhere(finder.clause, fact)
        for node in finder.beside:
            if residue is False:
                return False
            residue = both([residue, self.holds(node, fact)])
        return residue

    def holds(self, node: Node, fact: Fact) -> Residue:
        """Whether a node holds at the place of a fact."""
        if isinstance(node, Clause):
            return False if node.atoms and not self.hits.has(node, fact) else self.conditions(node, fact)
        settled = isinstance(node, AnyOf)  # what settles the whole, whatever the other members are
        parts: list[Residue] = []
        for member in node.members:
            part = self.holds(member, fact)
            if part is settled:
                return settled
            parts.append(part)
        return either(parts) if settled else both(parts)

    def conditions(self, clause: Clause, fact: Fact) -> Residue:
        """All conditions of a clause but its leading atom."""
        asks = self._plan.asks(clause)
        if asks.here and not (self._concerns(clause) and self._fit(clause, (fact,))):
            return False
        return self._elsewhere(clause, fact) if asks.elsewhere else True

    def _fitting(self, clause: Clause) -> Sequence[Fact]:
        """Facts that the leading atom of a clause finds and that fit it."""
        return self._fit(clause, self.hits.of(clause)) if self._concerns(clause) else ()

    def _concerns(self, clause: Clause) -> bool:
        """Whether a clause speaks of this file."""
        if clause.languages and self._language.family not in clause.languages:
            return False
        return not clause.paths or self._lies_in(clause.paths)

    def _fit(self, clause: Clause, facts: Sequence[Fact]) -> Sequence[Fact]:
        """Those of some facts that fit what a clause asks of the facts themselves, cheapest first."""
        asks = self._plan.asks(clause)
        if not asks.here or not facts:
            return facts
        if shapes := clause.shapes:
            facts = [fact for fact in facts if isinstance(fact, (Key, Definition)) and fact.kind in shapes]
        if lines := clause.lines:
            facts = [fact for fact in facts if fact.end_line - fact.line + 1 >= lines]
        if bits := asks.around:
            facts = [fact for fact in facts if self._bits_around(fact) & bits == bits]
        if bits := asks.mentions:
            held = self.extents.held
            facts = [fact for fact in facts if held(fact) & bits == bits]
        if len(clause.atoms) > 1:
            facts = [fact for fact in facts if self._other_atoms_hold(clause, fact)]
        if clause.arguments:
            facts = [fact for fact in facts if self._arguments_hold(clause, fact)]
        return facts

    def _elsewhere(self, clause: Clause, fact: Fact) -> Residue:
        """What a clause asks of the places around a fact and within it."""
        if not self._plan.asks(clause).elsewhere:
            return True
        parts: list[Residue] = []
        if clause.seams:
            parts.append(Lies(clause.seams, "here", fact.line, fact.end_line))
        if clause.inside is not None:
            parts.append(self._around(clause.inside, fact))
        if clause.contains is not None and False not in parts:
            parts.append(self._within(clause.contains, fact))
        if clause.guards is not None and False not in parts:
            parts.append(self._guarded(clause.guards, fact))
        if clause.negated is not None and False not in parts:
            parts.append(never(self.holds(clause.negated, fact)))
        return both(parts)

    def _lies_in(self, globs: tuple[str, ...]) -> bool:
        """Whether the file's path matches one of these."""
        lies = self._lying.get(globs)
        if lies is None:
            lies = self._lying[globs] = any(_path_matches(self._facts.path, glob) for glob in globs)
        return lies

    def _other_atoms_hold(self, clause: Clause, fact: Fact) -> bool:
        """The atoms of a definition beside the one that found it."""
        if not isinstance(fact, Definition):
            return True
        for kind, patterns in clause.atoms:
            if kind == "definition" or kind not in DEFINITION_ATOMS:
                continue
            names = fact.decorators if kind == "decorator" else fact.bases
            alone = self._plan.alone(kind, patterns)
            if not any(alone.by_name(name, name, True) for name in names):
                return False
        return True

    def names_around(self, fact: Fact) -> tuple[str, ...]:
        """Names of the definitions around a fact, of its file and of its two nearest folders."""
        names = (*self._facts.symbol(fact.scope).split("."), *self._facts.path.rpartition(".")[0].split("/")[-3:])
        return tuple(filter(None, names))

    def _bits_around(self, fact: Fact) -> int:
        """Bits of the patterns that a name around a fact holds the words of."""
        bits = self._around_scope.get(fact.scope)
        if bits is None:
            names = self.names_around(fact)
            bits = self._around_scope[fact.scope] = reduce(or_, map(self._plan.around.of_name, names), 0)
        return bits

    def _arguments_hold(self, clause: Clause, fact: Fact) -> bool:
        if not isinstance(fact, Call):
            return False
        place = (fact.arguments, fact.end)
        arguments = self._arguments.get(place)
        if arguments is None:
            arguments = self._arguments[place] = arguments_of(self._facts, fact)
        return all(_has_argument(test, arguments) for test in clause.arguments)

    def _around(self, node: Node, fact: Fact) -> Residue:
        parts = _until_certain(self._enumerate(node).around(fact))
        for clause in self._plan.atomless(node):
            if clause.seams:
                parts.append(Lies(clause.seams, "around", fact.line, fact.end_line))
            else:
                parts.extend(self.conditions(clause, outer) for outer in self.enclosing(fact))
        return either(parts)

    def _within(self, node: Node, fact: Fact) -> Residue:
        parts = _until_certain(self._enumerate(node).within(fact))
        parts += [
            Lies(clause.seams, "within", fact.line, fact.end_line)
            for clause in self._plan.atomless(node)
            if clause.seams
        ]
        return either(parts)

    def _guarded(self, node: Node, fact: Fact) -> Residue:
        if not isinstance(fact, Control) or fact.guarded_end == 0:
            return False
        if self._newlines is None:
            self._newlines = newlines(self._facts.source)
        first, last = (bisect_left(self._newlines, at) + 1 for at in (fact.guarded_start, fact.guarded_end - 1))
        return self._within(node, Fact(fact.guarded_start, fact.guarded_end, first, last, fact.scope))

    def enclosing(self, fact: Fact) -> Iterator[Definition]:
        """The definitions around a fact, innermost first."""
        scope = fact.scope
        while scope >= 0:
            yield self._facts.definitions[scope]
            scope = self._facts.definitions[scope].scope

    def _enumerate(self, node: Node) -> Places:
        """Facts in this file of which a node with an atom holds, each with its residue."""
        known = self._places.get(id(node))
        if known is None:
            held = [
                (fact, residue)
                for finder in self._plan.node(node)
                for fact in self._fitting(finder.clause)
                if (residue := self._holds_beside(finder, fact)) is not False
            ]
            known = self._places[id(node)] = Places(held)
        return known


def _outranks(one: Candidate, other: Candidate) -> bool:
    """A certain hit outranks one with a residue, then the more confident one does."""
    return (one.residue is True, one.confidence.rank) > (other.residue is True, other.confidence.rank)


def _until_certain(residues: Iterator[Residue]) -> list[Residue]:
    """Residues up to one that holds for certain: the rest adds nothing."""
    parts: list[Residue] = []
    for residue in residues:
        parts.append(residue)
        if residue is True:
            break
    return parts


def _path_matches(path: str, glob: str) -> bool:
    return fnmatchcase(path, glob) or fnmatchcase("/" + path, glob)


def _has_argument(test: ArgumentTest, arguments: tuple[Argument, ...]) -> bool:
    if test.name.isdigit():
        positional = [argument for argument in arguments if not argument.name]
        found = positional[int(test.name) : int(test.name) + 1]
    else:
        asked = split(test.name)
        found = [argument for argument in arguments if argument.name and split(argument.name) == asked]
    if test.test == "any":
        return bool(found)
    if test.test == "literal":
        return any(argument.value.lower() == test.value.lower() for argument in found)
    return any(test.words is not None and test.words.matches(split(argument.value)) for argument in found)
