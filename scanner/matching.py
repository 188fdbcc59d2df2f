"""Rules against the facts of one file."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from fnmatch import fnmatchcase

from scanner.arguments import arguments_of
from scanner.candidates import Candidate, Ground
from scanner.extents import Extents
from scanner.facts import (
    Argument,
    Assignment,
    Call,
    Control,
    Definition,
    Fact,
    FileFacts,
    Import,
    Key,
    Match,
    String,
)
from scanner.hits import Hits, Places, decorates
from scanner.languages import by_name
from scanner.lines import Line, ShownLines
from scanner.plan import DEFINITION_ATOMS, Finder, Plan, leading_atom
from scanner.residue import Lies, Residue, both, either, never
from scanner.rules import AllOf, AnyOf, ArgumentTest, Clause, Node
from scanner.secrets import mask
from scanner.touchpoints import Confidence, Role
from scanner.words import WordPattern, split


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
        self._is_contract = self._language.kind == "config" and any(_describes_data(key) for key in facts.keys)
        self.hits = Hits(plan, facts, self.extents)
        self._places: dict[int, Places] = {}
        #: Whether a pattern holds of a name around a place, by the symbol of its scope and the pattern's source.
        self._held_around: dict[tuple[str, str], bool] = {}
        self._shown = ShownLines(facts.source)

    def candidates(self, apart: bool) -> Iterator[Candidate]:
        """All hits of all rules, in order; see `match`."""
        best: dict[tuple[str, int, str], Candidate] = {}
        decorators: list[tuple[Candidate, Call]] = []
        for finder in self._plan.finders(self.hits.clauses):
            for fact in self.hits.of(finder.clause):
                candidate = self.candidate(fact, finder, apart)
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
        rule = finder.rule
        if isinstance(fact, Definition) and fact.kind == "extension":  # the class itself is found where it stands
            return None
        if rule is None or (rule.languages and self._language.family not in rule.languages):
            return None
        residue = self._holds_all(finder, fact)
        if residue is not False and rule.reject is not None:
            residue = both([residue, never(self.holds(rule.reject, fact))])
        if residue is False:
            return None
        is_test = self._facts.is_test(fact.start)
        confidence = Confidence.LOW if apart or is_test else finder.clause.confidence or rule.confidence
        ground = _ground(fact)
        return Candidate(
            rule=rule.id,
            kind=rule.kind,
            role=Role.TEST if is_test else finder.clause.role or rule.role or self._role(fact, ground),
            confidence=confidence,
            ground=ground,
            start=fact.start,
            end=fact.end,
            line=fact.line,
            end_line=fact.end_line,
            symbol=self._symbol(fact),
            part=self._part(fact),
            name=self._called(fact),
            text=self._shown.text(fact.line),
            residue=residue,
            nesting=finder.clause.line if finder.clause.contains is not None else 0,
            lowered_in_crowd=rule.lowered_in_crowd,
            by_name=finder.by_name,
        )

    def _role(self, fact: Fact, ground: Ground) -> Role:
        if self._language.kind == "config":
            return Role.CONTRACT if self._is_contract else Role.CONFIG
        if self._language.kind == "schema":
            return Role.CONTRACT
        if ground == "definition":
            return Role.DEFINITION
        if isinstance(fact, Assignment):
            return Role.DEFINITION
        if isinstance(fact, Key):
            return _KEY_ROLES.get(fact.kind, Role.USE)
        return Role.USE

    def _symbol(self, fact: Fact) -> str:
        if isinstance(fact, Definition):
            return fact.symbol
        around = self._facts.symbol(fact.scope)
        is_named = isinstance(fact, Assignment) or (isinstance(fact, Key) and fact.kind == "field")
        top = fact.scope < 0 or self._facts.definitions[fact.scope].kind in ("class", "extension", "module")
        if is_named and top and self._language.kind != "config":
            return ".".join(part for part in (around, _name(fact)) if part)
        return around

    def _part(self, fact: Fact) -> str:
        """The named part of the file that a fact lies in and that its symbol does not tell, such as `cell[3]`."""
        scope = fact.scope
        while scope >= 0:
            around = self._facts.definitions[scope]
            if around.kind == "module":
                return "" if self._symbol(fact).startswith(around.symbol) else around.symbol
            scope = around.scope
        return ""

    def _called(self, fact: Fact) -> str:
        """The name or key that matched, as the fingerprint uses it; of a match of syntax the first name in it."""
        if not isinstance(fact, Match):
            return _name(fact)
        first = _FIRST_NAME.search(self._facts.text(fact.start, min(fact.end, fact.start + 500)))
        return first.group() if first else ""

    def _holds_all(self, finder: Finder, fact: Fact) -> Residue:
        residue = self.conditions(finder.clause, fact)
        for node in finder.beside:
            if residue is False:
                return False
            residue = both([residue, self.holds(node, fact)])
        return residue

    def holds(self, node: Node, fact: Fact) -> Residue:
        """Whether a node holds at the place of a fact."""
        if isinstance(node, AnyOf):
            return either([self.holds(member, fact) for member in node.members])
        if isinstance(node, AllOf):
            return both([self.holds(member, fact) for member in node.members])
        if leading_atom(node) is not None and not self.hits.has(node, fact):
            return False
        return self.conditions(node, fact)

    def conditions(self, clause: Clause, fact: Fact) -> Residue:
        """All conditions of a clause but its leading atom, cheapest first."""
        facts = self._facts
        if clause.languages and self._language.family not in clause.languages:
            return False
        if clause.shapes and not (isinstance(fact, (Key, Definition)) and fact.kind in clause.shapes):
            return False
        if clause.paths and not any(_path_matches(facts.path, glob) for glob in clause.paths):
            return False
        if not self._other_atoms_hold(clause, fact) or not self._arguments_hold(clause, fact):
            return False
        if fact.end_line - fact.line + 1 < clause.lines:
            return False
        if clause.around and not self._stands_in(clause.around, fact):
            return False
        if not all(self.extents.mentions(fact, pattern) for pattern in clause.mentions):
            return False
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

    def _other_atoms_hold(self, clause: Clause, fact: Fact) -> bool:
        """The atoms of a definition beside the one that found it."""
        if len(clause.atoms) < 2 or not isinstance(fact, Definition):
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

    def _stands_in(self, patterns: tuple[WordPattern, ...], fact: Fact) -> bool:
        """Whether each pattern holds of a name around a fact."""
        around = self._facts.symbol(fact.scope)
        for pattern in patterns:
            key = (around, pattern.source)
            held = self._held_around.get(key)
            if held is None:
                held = any(pattern.matches(split(name)) for name in self.names_around(fact))
                self._held_around[key] = held
            if not held:
                return False
        return True

    def _arguments_hold(self, clause: Clause, fact: Fact) -> bool:
        if not clause.arguments:
            return True
        if not isinstance(fact, Call):
            return False
        arguments = arguments_of(self._facts, fact)
        return all(_has_argument(test, arguments) for test in clause.arguments)

    def _around(self, node: Node, fact: Fact) -> Residue:
        parts = _until_certain(self._enumerate(node).around(fact))
        for clause in _atomless(node):
            if clause.seams:
                parts.append(Lies(clause.seams, "around", fact.line, fact.end_line))
            else:
                parts.extend(self.conditions(clause, outer) for outer in self.enclosing(fact))
        return either(parts)

    def _within(self, node: Node, fact: Fact) -> Residue:
        parts = _until_certain(self._enumerate(node).within(fact))
        parts += [Lies(clause.seams, "within", fact.line, fact.end_line) for clause in _atomless(node) if clause.seams]
        return either(parts)

    def _guarded(self, node: Node, fact: Fact) -> Residue:
        if not isinstance(fact, Control) or fact.guarded_end == 0:
            return False
        lines = [self._facts.source.count(b"\n", 0, at) + 1 for at in (fact.guarded_start, fact.guarded_end - 1)]
        return self._within(node, Fact(fact.guarded_start, fact.guarded_end, lines[0], lines[1], fact.scope))

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
                for fact in self.hits.of(finder.clause)
                if (residue := self._holds_all(finder, fact)) is not False
            ]
            known = self._places[id(node)] = Places(held)
        return known


def _describes_data(key: Key) -> bool:
    """Whether a key at the top of a configuration file says that it is a JSON Schema or an API description."""
    return (key.path == "$schema" and "json-schema.org" in key.value) or key.path in ("openapi", "asyncapi", "swagger")


_FIRST_NAME = re.compile(r"[A-Za-z_$][\w.$]*")
_KEY_ROLES = {"field": Role.DEFINITION, "parameter": Role.DEFINITION, "environment": Role.CONFIG}
_GROUNDS: tuple[tuple[type[Fact], Ground], ...] = (
    (Definition, "definition"),
    (Call, "call"),
    (Key, "key"),
    (Assignment, "assignment"),
    (String, "string"),
    (Import, "import"),
    (Control, "control"),
    (Match, "syntax"),
)


def _ground(fact: Fact) -> Ground:
    return next((ground for kind, ground in _GROUNDS if isinstance(fact, kind)), "text")


def _name(fact: Fact) -> str:
    """The name or key that matched, as the fingerprint uses it."""
    if isinstance(fact, (Definition, Assignment)):
        return fact.name
    if isinstance(fact, Key):
        return fact.path
    if isinstance(fact, Call):
        return fact.qualified if fact.resolved else fact.target
    if isinstance(fact, Import):
        return fact.qualified
    if isinstance(fact, Control):
        return fact.kind
    if isinstance(fact, Line):
        assigned = _ASSIGNED.match(fact.text)
        return assigned.group(1) if assigned else mask(fact.text)[:80].strip()
    return mask(fact.text)[:80].strip() if isinstance(fact, String) else ""


#: A line that a `text` atom found is best called by the name that it gives a value, or the table that it creates.
_ASSIGNED = re.compile(
    r"\s*(?:(?:export|const|let|var|static|readonly|public|private|pub|final)\s+)*(?:CREATE TABLE (?:IF NOT EXISTS )?)?"
    r"[\"`]?([A-Za-z_][\w.]*)[\"`]?\s*(?::[^=(]*)?[=(]",
    re.IGNORECASE,
)


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


def _atomless(node: Node) -> Iterator[Clause]:
    if isinstance(node, Clause):
        if not node.atoms:
            yield node
    elif isinstance(node, AnyOf):
        for member in node.members:
            yield from _atomless(member)


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
