"""Tables and filters leave no hit out and add none: matching says what asking every clause of every fact says.

`Exhaustive` has no table, no filter and no order: it asks each clause of each fact by the definitions of the language,
`WordPattern.matches` and `segments_match`.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path

import pytest
from conftest import CATALOG, built_in, rule
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import arguments, hits
from scanner.extents import Extents, is_short
from scanner.facts import Assignment, Call, Control, Definition, Fact, FileFacts, Import, Key, Match, String
from scanner.languages import by_name, extract, language_of
from scanner.languages.guard import as_utf8
from scanner.lines import Expressions, Line, expression
from scanner.matching import Matcher, match
from scanner.modules import Layout
from scanner.nameindex import WordIndex, segments_match
from scanner.plan import Finder, Plan, leading_atom
from scanner.residue import Lies, Residue, both, either, never
from scanner.rulebook import load_rulebook
from scanner.rules import AllOf, AtomKind, Clause, NamePattern, Node
from scanner.words import WordPattern, parse, split

SAMPLES = Path(__file__).resolve().parent.parent / "benchmarks"


#: What can find a fact.
ATOMS: dict[type[Fact], set[AtomKind]] = {
    Definition: {"definition", "decorator", "extends", "means"},
    Call: {"call", "means"},
    Control: {"loop", "branch", "handler", "exit"},
    Match: {"pattern", "query"},
    Line: {"text"},
    String: {"string"},
    Import: {"import"},
    Key: {"key"},
    Assignment: {"assignment"},
}


def says(pattern: WordPattern, name: str) -> bool:
    return _says(pattern.source, name)


@cache
def _says(pattern: str, name: str) -> bool:
    return _parsed(pattern).matches(split(name))


_parsed = cache(parse)


def named(patterns: Iterable[NamePattern], name: str, qualified: str, resolved: bool) -> bool:
    """Whether one of the patterns is the last segment's words, or the qualified name as a whole."""
    for pattern in patterns:
        if pattern.words is not None and says(pattern.words, name.rpartition(".")[2]):
            return True
        # Of a name that nothing is known of, only a builtin and what leads with `**` can be equal.
        open_ended = "*" in pattern.qualified or "**" in pattern.qualified
        may_be = resolved or (pattern.qualified[:1] == ("**",) if open_ended else "." not in qualified)
        if pattern.qualified and may_be and segments_match(pattern.qualified, tuple(qualified.split("."))):
            return True
    return False


class ExhaustiveHits:
    """Facts by clause, each asked by itself."""

    def __init__(self, plan: Plan, facts: FileFacts) -> None:
        self._plan, self._facts = plan, facts
        self._family = by_name(facts.language).family
        self._extents = Extents(facts, plan.mentions)
        self._catalog = [entry for entry in plan.rulebook.catalog if entry.language == self._family]
        self._known: dict[tuple[str, bool], set[str]] = {}
        self._lines = list(_lines(facts))
        self._all: tuple[Fact, ...] = (
            *(*facts.calls, *facts.definitions, *hits._owners(facts), *facts.keys, *facts.assignments),
            *(*facts.strings, *facts.imports, *facts.controls, *facts.matches, *self._lines),
        )
        self._of: dict[int, list[Fact]] = {}

    @cached_property
    def clauses(self) -> Iterable[int]:
        return [id(finder.clause) for finder in self._plan.top]

    def of(self, clause: Clause) -> Sequence[Fact]:
        found = self._of.get(id(clause))
        if found is None:
            lead = leading_atom(clause)
            found = self._of[id(clause)] = [
                fact for fact in self._all if lead in ATOMS[type(fact)] and self.has(clause, fact)
            ]
        return found

    def has(self, clause: Clause, fact: Fact) -> bool:
        lead = leading_atom(clause)
        assert lead is not None
        return self._finds(lead, dict(clause.atoms)[lead], fact)

    def _finds(self, atom: AtomKind, patterns: tuple[NamePattern, ...], fact: Fact) -> bool:
        sources = {pattern.source for pattern in patterns}
        if isinstance(fact, Definition):
            if atom == "definition":
                return fact.kind != "module" and named(patterns, fact.name, "", resolved=False)
            names = {"decorator": fact.decorators, "extends": fact.bases, "means": (*fact.decorators, *fact.bases)}
            return any(
                bool(sources & self._meanings(name, resolved=True))
                if atom == "means"
                else named(patterns, name, name, resolved=True)
                for name in names.get(atom, ())
            )
        if isinstance(fact, Call):
            if atom == "means":
                known = self._meanings(fact.qualified, fact.resolved)
                return bool(sources & known) and self._facts.source[fact.start - 1 : fact.start] != b"@"
            return atom == "call" and named(patterns, fact.target, fact.qualified, fact.resolved)
        if isinstance(fact, Control):
            return self._finds_control(atom, patterns, fact)
        if isinstance(fact, Match):
            return atom in ("pattern", "query") and fact.source in sources
        if isinstance(fact, Line):
            return atom == "text" and any(expression(source).search(fact.text) is not None for source in sources)
        if isinstance(fact, String):
            return atom == "string" and is_short(fact) and _names_any(patterns, fact.text.replace(".", " "))
        if isinstance(fact, Import):
            return atom == "import" and named(patterns, fact.qualified, fact.qualified, resolved=True)
        kind = "key" if isinstance(fact, Key) else "assignment"
        return isinstance(fact, (Key, Assignment)) and atom == kind and _names_any(patterns, fact.name)

    def _finds_control(self, atom: AtomKind, patterns: tuple[NamePattern, ...], fact: Control) -> bool:
        if atom == "exit":
            return fact.kind in ("return", "raise") and any(each.source in ("any", fact.kind) for each in patterns)
        if atom != fact.kind:
            return False
        names = self._extents.between(fact.start, fact.body)
        return any(each.words is None or any(_names_any([each], name) for name in names) for each in patterns)

    def _meanings(self, qualified: str, resolved: bool) -> set[str]:
        known = self._known.get((qualified, resolved))
        if known is None:
            entries = [(NamePattern("", None, entry.name), entry.means) for entry in self._catalog]
            found = {means for pattern, means in entries if named([pattern], "", qualified, resolved)}
            known = self._known[qualified, resolved] = found
        return known


def _names_any(patterns: Iterable[NamePattern], name: str) -> bool:
    return any(each.words is not None and says(each.words, name.rpartition(".")[2]) for each in patterns)


def _lines(facts: FileFacts) -> Iterator[Line]:
    """The lines of a file, comments and docstrings blanked."""
    source = bytearray(facts.source)
    for prose in facts.prose:
        blank = bytes(10 if byte == 10 else 32 for byte in source[prose.start : prose.end])
        source[prose.start : prose.end] = blank
    start = 0
    for number, line in enumerate(bytes(source).split(b"\n"), 1):
        end = start + len(line)
        around = [at for at, item in enumerate(facts.definitions) if item.start <= start < item.end]
        if line.strip():
            yield Line(start, end, number, number, around[-1] if around else -1, line.decode("utf-8", "replace"))
        start = end + 1


class Exhaustive(Matcher):
    """Matching without tables, filters and memories; how a hit is written down is the same."""

    def __init__(self, plan: Plan, facts: FileFacts) -> None:
        super().__init__(plan, facts)
        self.hits = ExhaustiveHits(plan, facts)  # type: ignore[assignment]

    def holds(self, node: Node, fact: Fact) -> Residue:
        if isinstance(node, Clause):
            return (not node.atoms or self.hits.has(node, fact)) and self.conditions(node, fact)
        parts = [self.holds(member, fact) for member in node.members]
        return both(parts) if isinstance(node, AllOf) else either(parts)

    def conditions(self, clause: Clause, fact: Fact) -> Residue:
        return self._concerns(clause) and bool(self._fit(clause, [fact])) and self._elsewhere(clause, fact)

    def _concerns(self, clause: Clause) -> bool:
        paths = (self._facts.path, "/" + self._facts.path)
        return (not clause.languages or self._language.family in clause.languages) and (
            not clause.paths or any(fnmatchcase(path, glob) for path in paths for glob in clause.paths)
        )

    def _fit(self, clause: Clause, given: Sequence[Fact]) -> Sequence[Fact]:
        return [fact for fact in given if self._fits(clause, fact)]

    def _fits(self, clause: Clause, fact: Fact) -> bool:
        if clause.shapes and getattr(fact, "kind", "") not in clause.shapes:
            return False
        if fact.end_line - fact.line + 1 < clause.lines:
            return False
        around = self.names_around(fact)
        if not all(any(says(pattern, name) for name in around) for pattern in clause.around):
            return False
        mentioned = self.extents.names(fact) if clause.mentions else frozenset()
        if not all(any(says(pattern, name) for name in mentioned) for pattern in clause.mentions):
            return False
        return self._other_atoms_hold(clause, fact) and (not clause.arguments or self._arguments_hold(clause, fact))

    def _elsewhere(self, clause: Clause, fact: Fact) -> Residue:
        parts: list[Residue] = []
        if clause.seams:
            parts.append(Lies(clause.seams, "here", fact.line, fact.end_line))
        if clause.inside is not None:
            parts.append(self._around(clause.inside, fact))
        if clause.contains is not None:
            parts.append(self._within(clause.contains, fact))
        if clause.guards is not None:
            parts.append(self._guarded(clause.guards, fact))
        if clause.negated is not None:
            parts.append(never(self.holds(clause.negated, fact)))
        return both(parts)

    def _around(self, node: Node, fact: Fact) -> Residue:
        # Innermost first.
        over = [residue for found, residue in reversed(self._asked(node)) if _lies_in(fact, found)]
        for clause in self._plan.atomless(node):
            if clause.seams:
                over.append(Lies(clause.seams, "around", fact.line, fact.end_line))
            else:
                over += [self.conditions(clause, outer) for outer in self.enclosing(fact)]
        return either(over)

    def _within(self, node: Node, fact: Fact) -> Residue:
        parts = [residue for found, residue in self._asked(node) if _lies_in(found, fact)]
        bare = [clause.seams for clause in self._plan.atomless(node) if clause.seams]
        return either([*parts, *(Lies(seams, "within", fact.line, fact.end_line) for seams in bare)])

    def _asked(self, node: Node) -> list[tuple[Fact, Residue]]:
        found = [(fact, self._asked_of(finder, fact)) for finder in self._plan.node(node) for fact in self._led(finder)]
        return sorted((each for each in found if each[1] is not False), key=lambda each: (each[0].start, -each[0].end))

    def _led(self, finder: Finder) -> Sequence[Fact]:
        return self.hits.of(finder.clause)

    def _asked_of(self, finder: Finder, fact: Fact) -> Residue:
        return both([self.conditions(finder.clause, fact), *(self.holds(node, fact) for node in finder.beside)])


def _lies_in(inner: Fact, outer: Fact) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end and inner is not outer


def read(name: str, source: bytes, plan: Plan) -> FileFacts:
    """The facts of one file by itself, with what rules ask of its syntax."""
    language = language_of(name)
    assert language is not None
    return extract.read(language, name, as_utf8(source), extract.ALONE, plan.asked(language.family)).facts


def check(plan: Plan, facts: FileFacts) -> int:
    """Compare both ways, and count the hits."""
    found = match(plan, facts, apart=False)
    assert found == tuple(Exhaustive(plan, facts).candidates(apart=False))
    return len(found)


#: Every atom and every condition, some under several others.
FINDS = [
    "{definition: '{run, load} * model'}",
    "{definition: '^{run, load} {model, tool}$', mentions: [client, '{retry, model} *']}",
    "{definition: '^run', as: [function, method], lines: 3}",
    "{definition: model, around: '{agent, client}'}",
    "{definition: run, decorator: '{retry, acme}'}",
    "{decorator: acme.retry}",
    "{extends: [client, acme.Client]}",
    "{call: ['run model', '**.client.send', 'acme.*'], with: {model: any}}",
    "{call: send, not: {with: {'0': '{model, tool}'}}}",
    "{call: run, inside: {definition: '{run, load}', mentions: retry}}",
    "{call: send, inside: {loop: any}}",
    "{means: model_call}",
    "{means: retry, contains: {call: run}}",
    "{all: [{call: acme.*}, {means: retry}]}",
    "{key: '{model, retry}', as: [keyword, parameter]}",
    "{key: model, inside: {call: send}}",
    "{assignment: 'client$', mentions: model}",
    "{string: '{run, load} model'}",
    "{import: [acme.**, client]}",
    "{loop: '{model, tool}', contains: {exit: [return, raise]}}",
    "{branch: any, mentions: retry, contains: {any: [{call: send}, {text: 'client\\.'}]}}",
    "{handler: any, guards: {call: '{send, run}'}}",
    "{handler: '{retry, client} error'}",
    "{exit: any, inside: {all: [{definition: run}, {mentions: tool}]}}",
    "{text: '^\\s*(run|load)_\\w+ ='}",
    "{text: 'retry|tool', around: run}",
    "{all: [{definition: run}, {any: [{mentions: tool}, {lines: 4}]}, {not: {definition: client}}]}",
    "{all: [{call: [run, send]}, {at_least: 2, of: [{mentions: tool}, {mentions: model}, {inside: {branch: any}}]}]}",
    "{pattern: {python: 'run_model($X)'}, mentions: tool}",
    "{query: {python: '(while_statement) @match'}}",
    "{call: run, seam: fallback_chain, contains: {seam: fallback_chain}}",
]
REJECTS = [
    "",
    "{mentions: tool}",
    "{any: [{definition: load}, {call: send}, {inside: {definition: tool}}]}",
    "{paths: 'b*'}",
]

NAMES = st.lists(st.sampled_from("run load model client retry tool send error agent".split()), min_size=1, max_size=3)
NAME = NAMES.map("_".join) | NAMES.map(lambda words: "".join(map(str.title, words)))


def blocks(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    """Statements around statements, as lines."""
    body = inner.map(lambda lines: ["    " + line for line in lines])
    return st.one_of(
        st.builds(lambda name, arg, of: [f"def {name}({arg}=1):", *of], NAME, NAME, body),
        st.builds(lambda dec, name, of: [f"@acme.{dec}(1)", f"async def {name}():", *of], NAME, NAME, body),
        st.builds(lambda name, base, of: [f"class {name}({base}, acme.Client):", *of], NAME, NAME, body),
        st.builds(lambda name, of: [f"while {name}:", *of], NAME, body),
        st.builds(lambda name, many, of: [f"for {name} in self.{many}:", *of], NAME, NAME, body),
        st.builds(lambda name, of, other: [f"if {name} == 'run model':", *of, "else:", *other], NAME, body, body),
        st.builds(lambda name, of, other: ["try:", *of, f"except {name} as error:", *other], NAME, body, body),
        st.builds(lambda one, other: [*one, *other], inner, inner),
    )


LINE = st.one_of(
    st.builds("{} = {}".format, NAME, NAME),
    st.builds("self.{} = {}.{}({}=1, model={!r})".format, NAME, NAME, NAME, NAME, NAME),
    st.builds("{}({}({}), {!r}, '''{}''')".format, NAME, NAME, NAME, NAME, NAME),
    st.builds("acme.Client().chat.create({}, **{})".format, NAME, NAME),
    st.builds("return acme.completion({})  # {}".format, NAME, NAME),
    st.builds("raise {}(f'{} {{{}}}')".format, NAME, NAME, NAME),
    st.builds("from acme.{} import {} as {}".format, NAME, NAME, NAME),
    st.builds("{}['{}'] = {{'{}.{}': 1}}".format, NAME, NAME, NAME, NAME),
)
SOURCES = st.recursive(LINE.map(lambda line: [line]), blocks, max_leaves=25).map("\n".join)


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A rule for each way to find and each way to reject."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    rules = [
        rule(f"rule-{number}-{other}", find, reject, "fallback_chain" if "seam" not in find else "model_call")
        for number, find in enumerate(FINDS)
        for other, reject in enumerate(REJECTS)
    ]
    (folder / "rules.yaml").write_text("\n".join(rules), encoding="utf-8")
    return Plan(load_rulebook([folder]), Layout())


@given(source=SOURCES, name=st.sampled_from(["agent.py", "b/run_model.py"]))
@settings(max_examples=150, deadline=None)
def test_any_file_is_matched_as_if_every_clause_were_asked_of_every_fact(
    every_kind: Plan, source: str, name: str
) -> None:
    check(every_kind, read(name, source.encode(), every_kind))


@pytest.fixture(scope="module")
def builtin() -> Plan:
    return Plan(built_in(), Layout())


@pytest.mark.parametrize("sample", ["sample-agent", "sample-agent-ts"])
def test_the_sample_agents_are_matched_as_if_every_clause_were_asked_of_every_fact(builtin: Plan, sample: str) -> None:
    root = SAMPLES / sample
    paths = sorted(path for path in root.rglob("*") if path.is_file() and language_of(path.name) is not None)
    found = [check(builtin, read(str(path.relative_to(root)), path.read_bytes(), builtin)) for path in paths]

    assert sum(found) > len(paths)


LETTERS = [chr(ord("a") + number) * 2 for number in range(15)]
MANY = "{" + ", ".join(LETTERS) + "}"


@given(words=st.lists(st.sampled_from([*LETTERS[:2], "other"]), max_size=6), pattern=st.sampled_from([
    f"{MANY} {MANY} {MANY}", f"^{MANY} {MANY} {MANY} other$", f"other * {MANY} {MANY} {MANY} * bb",
]))  # fmt: skip
def test_a_pattern_of_too_many_runs_to_write_out_matches_the_same_names(words: list[str], pattern: str) -> None:
    index = WordIndex([(parse(pattern), "long"), (parse("aa other"), "short")])
    expected = {"long": parse(pattern), "short": parse("aa other")}

    found = set(index.lookup("_".join(words)))

    assert found == {name for name, each in expected.items() if each.matches(tuple(words))}


def split_by_character(text: str) -> Iterator[str]:
    """Parts between commas that lie in no bracket and no string, one character after the other."""
    depth, start, at = 0, 0, 0
    while at < len(text):
        quote = next((quote for quote in ('"""', "'''", '"', "'", "`") if text.startswith(quote, at)), "")
        if quote:
            at += len(quote)
            while at < len(text) and not text.startswith(quote, at):
                at += 2 if text[at] == "\\" else 1
            at += len(quote)
            continue
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if text[at] == "," and not depth:
            yield text[start:at]
            start = at + 1
        at += 1
    yield text[start:]


@given(text=st.text(alphabet="\"\"''`\\,,()[]{}a\n", max_size=20))
def test_arguments_are_parted_as_if_read_character_by_character(text: str) -> None:
    assert list(arguments._split(text)) == list(split_by_character(text))


def test_expressions_that_share_no_literal_with_a_file_are_left_out() -> None:
    expressions = Expressions(["(?i)retry|backoff", "^\\s*$", "client\\."])

    assert expressions.possible(b"x = RETRY\n") == {"(?i)retry|backoff", "^\\s*$"}
    assert expressions.possible(b"") == {"^\\s*$"}


def test_what_a_scan_made_for_matching_is_let_go_of() -> None:
    plan = Plan(built_in(), Layout({}, {}))
    plan.asked("python")
    left = weakref.ref(plan)
    del plan
    gc.collect()
    assert left() is None
