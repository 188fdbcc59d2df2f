"""Which conditions of a rule fail at a fact, in words.

Nothing is judged anew here: a clause is taken apart into clauses of one condition, and the matcher of the scan is asked
for each of them. What it leaves open (`seam`) is decided by the touchpoints of the finished scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

import msgspec

from scanner.arguments import arguments_of
from scanner.atomtables import leading_atom
from scanner.candidates import Candidate
from scanner.extents import LONG_EXTENT
from scanner.facts import Call, Control, Definition, Fact, FileFacts, Key
from scanner.languages import by_name
from scanner.matching import Matcher
from scanner.phrases import plural
from scanner.plan import Finder, Plan
from scanner.residue import Residue
from scanner.rules import AllOf, AnyOf, ArgumentTest, Clause, Node, Rule
from scanner.saying import guarded_lines, say, short
from scanner.secrets import mask, mask_given
from scanner.strata import Table
from scanner.words import WordPattern, split
from scanner.written import at_least, bare, written

#: So many places within or around a fact are tried for the nearest one.
_MOST_TRIED = 50
#: A condition that does not hold, and how to find out why.
_Unmet = tuple[str, Callable[[], str]]


class Failed(msgspec.Struct, frozen=True):
    """A condition that does not hold, and why."""

    #: As a rule file has it.
    condition: str
    why: str


class Trace:
    """Asks rules of one file, one condition at a time."""

    def __init__(self, plan: Plan, facts: FileFacts, table: Table) -> None:
        """Prepare a file.

        Args:
            plan: the rulebook, compiled.
            facts: the file.
            table: where the touchpoints of the whole repository lie.
        """
        self.plan = plan
        self.facts = facts
        self.matcher = Matcher(plan, facts)
        self._table = table

    def finders(self) -> Iterator[Finder]:
        """The finders of all rules whose leading atom finds something in this file."""
        return self.plan.finders(self.matcher.hits.clauses)

    def hit(self, finder: Finder, fact: Fact, apart: bool) -> Candidate | None:
        """The hit of a finder on a fact that its leading atom finds, decided as the scan did.

        Args:
            finder: a clause of a rule.
            fact: one of `matcher.hits.of(finder.clause)`.
            apart: whether the file is set apart.
        """
        candidate = self.matcher.candidate(fact, finder, apart)
        return candidate if candidate is not None and self._true(candidate.residue) else None

    def failures(self, finder: Finder, fact: Fact) -> tuple[Failed, ...]:
        """Every condition of a finder that fails at a fact, its rule's `reject` last."""
        return tuple(Failed(condition, why()) for condition, why in self._unmet(finder, fact))

    def _unmet(self, finder: Finder, fact: Fact) -> Iterator[_Unmet]:
        yield from self._of_rule(finder.rule)
        yield from self._of_clause(finder.clause, fact)
        for node in finder.beside:
            yield from self._of_node(node, fact)
        if finder.rule is not None and finder.rule.reject is not None:
            yield from self._rejections(finder.rule.reject, fact)

    def _true(self, residue: Residue) -> bool:
        return self._table.holds(residue, self.facts.path)

    def _holds(self, node: Node, fact: Fact) -> bool:
        return self._true(self.matcher.holds(node, fact))

    def _of_rule(self, rule: Rule | None) -> Iterator[_Unmet]:
        if rule is not None and rule.languages and by_name(self.facts.language).family not in rule.languages:
            yield f"languages: [{', '.join(rule.languages)}]", self._language

    def _of_clause(self, clause: Clause, fact: Fact) -> Iterator[_Unmet]:
        for single in _singles(clause):
            if not self._true(self.matcher.conditions(single, fact)):
                shown = single if len(single.atoms) < 2 else msgspec.structs.replace(single, atoms=single.atoms[1:])
                yield bare(shown), partial(self._why, single, fact)

    def _of_node(self, node: Node, fact: Fact) -> Iterator[_Unmet]:
        """Failures of a node that must hold at the same place as the clause that found it."""
        if isinstance(node, AllOf):
            for member in node.members:
                yield from self._of_node(member, fact)
        elif isinstance(node, AnyOf):
            if not self._holds(node, fact):
                yield written(node), partial(self._why_none, node, fact)
        elif leading_atom(node) is not None and not self.matcher.hits.has(node, fact):
            yield bare(Clause(0, 0, atoms=node.atoms)), lambda: f"the {self._short(fact)} is none"
        else:
            yield from self._of_clause(node, fact)

    def _rejections(self, node: Node, fact: Fact) -> Iterator[_Unmet]:
        """Each member of a `reject` that holds."""
        for member in node.members if isinstance(node, AnyOf) else (node,):
            if self._holds(member, fact):
                held = bare(member) if isinstance(member, Clause) else written(member)
                yield f"reject: {held}", partial(self._held, member, fact)

    def _why(self, single: Clause, fact: Fact) -> str:
        """Why a clause of one condition does not hold."""
        if single.languages:
            return self._language()
        if single.shapes:
            kind = fact.kind if isinstance(fact, (Key, Definition)) else ""
            return f"it is of the kind {kind}" if kind else "only keys and definitions are of such a kind"
        if single.paths:
            return f"the file is {self.facts.path}"
        if len(single.atoms) > 1 and isinstance(fact, Definition):
            names = fact.decorators if single.atoms[1][0] == "decorator" else fact.bases
            return f"it has only {', '.join(names)}" if names else "it has none"
        if single.arguments:
            return self._why_argument(single.arguments[0], fact)
        if single.lines:
            return f"it has {plural(fact.end_line - fact.line + 1, 'line')}"
        if single.around:
            return self._why_around(fact)
        if single.mentions:
            return _why_mentions(fact)
        if single.seams:
            return "no touchpoint of it here"
        if single.negated is not None:
            return self._held(single.negated, fact)
        return self._why_elsewhere(single, fact)

    def _why_none(self, node: AnyOf, fact: Fact) -> str:
        least = at_least(node)
        held = sum(self._holds(member, fact) for member in least[1]) if least is not None else 0
        return f"only {held} of these hold here" if held > 1 else "only one holds here" if held else "none holds here"

    def _language(self) -> str:
        return f"the file is in {by_name(self.facts.language).title}"

    def _why_argument(self, test: ArgumentTest, fact: Fact) -> str:
        if not isinstance(fact, Call):
            return "only a call has arguments"
        arguments = arguments_of(self.facts, fact)
        asked = split(test.name)
        for argument in arguments:
            if argument.name and split(argument.name) == asked:
                given = mask_given(argument.value, f"{argument.name}={argument.value}")
                return f"the argument is `{given[:60]}`"
        plain = sum(not argument.name for argument in arguments)
        if test.name.isdigit() and int(test.name) < plain:
            value = [argument.value for argument in arguments if not argument.name][int(test.name)]
            return f"the argument is `{mask(value)[:60]}`"
        has = [f"{plain} without a name"] if plain else []
        has += [argument.name for argument in arguments if argument.name]
        return f"the call has no such argument (has: {', '.join(has)})" if has else "the call has no arguments"

    def _why_around(self, fact: Fact) -> str:
        names = self.matcher.names_around(fact)
        return f"no name around it holds these words (they are {', '.join(names)})"

    def _why_elsewhere(self, single: Clause, fact: Fact) -> str:
        """Why nothing within, around or guarded is what a node asks for: the nearest such place, if there is one."""
        node, span, where = self._asked(single, fact)
        if node is None or span is None:
            return where
        tried = [
            (conditions, found)
            for finder, found in islice(self._places(node, span, single.inside is not None), _MOST_TRIED)
            if (conditions := [condition for condition, _ in self._unmet(finder, found)])
        ]
        if not tried:
            seam = isinstance(node, Clause) and node.seams and not node.atoms
            return f"{'no touchpoint of it' if seam else 'nothing'} {where}"
        conditions, found = min(tried, key=lambda one: len(one[0]))
        lacks = " and ".join(f"`{_cut(condition)}`" for condition in conditions)
        return f"nothing {where}; nearest is the {self._short(found)} in line {found.line}, which lacks {lacks}"

    def _asked(self, single: Clause, fact: Fact) -> tuple[Node | None, Fact | None, str]:
        """The node that a condition asks of something else, the extent that is looked at, and that extent in words."""
        if single.inside is not None:
            symbol = self.facts.symbol(fact.scope)
            return single.inside, fact, f"around it (it lies {f'in {symbol}' if symbol else 'at the top of the file'})"
        if single.contains is not None:
            return single.contains, fact, f"in {_lines(fact.line, fact.end_line)}"
        if not isinstance(fact, Control) or not fact.guarded_end:
            return None, None, "only a handler guards something"
        first, last = guarded_lines(fact, self.facts)
        span = Fact(fact.guarded_start, fact.guarded_end, first, last, fact.scope)
        return single.guards, span, f"in {_lines(first, last)}, which it guards"

    def _places(self, node: Node, span: Fact, around: bool) -> Iterator[tuple[Finder, Fact]]:
        """Facts within an extent or around it that a leading atom of a node finds."""
        for finder in self.plan.node(node):
            for found in self.matcher.hits.of(finder.clause):
                outer, inner = (found, span) if around else (span, found)
                if outer.start <= inner.start and inner.end <= outer.end and found is not span:
                    yield finder, found

    def _held(self, node: Node, fact: Fact) -> str:
        return f"holds{self._by(node, fact)}"

    def _by(self, node: Node, fact: Fact) -> str:
        """What makes a node hold, as the end of a sentence; empty where there is nothing to point at."""
        if isinstance(node, AnyOf):
            held = next((member for member in node.members if self._holds(member, fact)), None)
            return "" if held is None else self._by(held, fact)
        if isinstance(node, AllOf):
            return next(filter(None, (self._by(member, fact) for member in node.members)), "")
        if node.mentions:
            names = [name for pattern in node.mentions for name in self._naming(pattern, fact)]
            return f" by {', '.join(f'`{mask(name)[:60]}`' for name in names)}"
        if node.atoms:
            return f" by the {self._short(fact)}"
        for asked in (node.inside, node.contains):
            if asked is None:
                continue
            for finder, found in self._places(asked, fact, asked is node.inside):
                if next(self._unmet(finder, found), None) is None:
                    return f" by the {self._short(found)} in line {found.line}"
        return ""

    def _naming(self, pattern: WordPattern, fact: Fact) -> Iterable[str]:
        """The first name in an extent that holds the words."""
        names = sorted(self.matcher.extents.names(fact))
        return islice((name for name in names if pattern.matches(split(name.replace(".", " ")))), 1)

    def _short(self, fact: Fact) -> str:
        return short(say(fact, self.facts, self.plan))


def _singles(clause: Clause) -> Iterator[Clause]:
    """A clause as clauses of one condition each, the cheapest to see first; its leading atom is none."""
    base, replace = Clause(clause.line, clause.column), msgspec.structs.replace
    lead = leading_atom(clause)
    leading = tuple(atom for atom in clause.atoms if atom[0] == lead)
    for field in ("languages", "shapes", "paths"):
        if value := getattr(clause, field):
            yield replace(base, **{field: value})
    for atom in clause.atoms:
        if atom[0] != lead:
            yield replace(base, atoms=(*leading, atom))
    for test in clause.arguments:
        yield replace(base, arguments=(test,))
    if clause.lines:
        yield replace(base, lines=clause.lines)
    for field in ("around", "mentions"):
        for pattern in getattr(clause, field):
            yield replace(base, **{field: (pattern,)})
    for field in ("seams", "inside", "contains", "guards", "negated"):
        if value := getattr(clause, field):
            yield replace(base, **{field: value})


def _why_mentions(fact: Fact) -> str:
    if isinstance(fact, Definition) and fact.end_line - fact.line + 1 > LONG_EXTENT:
        return f"no name in its header holds these words; over {LONG_EXTENT} lines nothing else counts"
    if isinstance(fact, Definition) and fact.kind == "class":
        return "no name in its header, fields or method names holds these words"
    return "no name in its extent holds these words"


def _cut(condition: str) -> str:
    """A condition within a sentence; the whole of it stands in the rule file."""
    return condition if len(condition) <= 80 else f"{condition[:79]}…"


def _lines(first: int, last: int) -> str:
    return f"line {first}" if first == last else f"lines {first}–{last}"
