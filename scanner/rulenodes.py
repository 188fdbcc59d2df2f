"""Nodes of the rule language: from YAML to checked clauses."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from math import comb
from typing import Literal, get_args

from scanner import words
from scanner.facts import DefinitionKind, KeyKind
from scanner.qualifiednames import read_qualified
from scanner.rulelimits import MOST_CLAUSES, MOST_NESTED, advice, expression, size
from scanner.rules import AllOf, AnyOf, ArgumentTest, AtomKind, Clause, NamePattern, Node
from scanner.suggestion import suggest
from scanner.touchpoints import Confidence, Role
from scanner.words import WordPattern
from scanner.yamlcheck import Checker
from scanner.yamlfile import YamlList, YamlMapping, YamlNode, YamlText, printable

ATOMS: tuple[AtomKind, ...] = get_args(AtomKind)
CONDITIONS = (
    *("mentions", "around", "lines", "with", "inside", "contains", "guards", "not"),
    *("seam", "as", "paths", "languages", "confidence", "role"),
)
#: What `as` may ask of a key or a definition.
SHAPES = (*get_args(KeyKind), *get_args(DefinitionKind))
#: Roles that a rule may give; the others follow from the kind of file.
ROLES = (Role.DEFINITION, Role.USE, Role.CONFIG, Role.CONTRACT)

#: What a node speaks of: hits, the place of a hit (`reject`, `not`), or something around or within it.
Speaks = Literal["hit", "place", "elsewhere"]

#: Atoms that may stand in one clause, of one definition.
OF_ONE_DEFINITION = {"definition", "decorator", "extends"}
_QUALIFIABLE = {"call", "import", "decorator", "extends"}
#: Atoms that read the last segment of a name, where a dot would never match.
ONE_NAME = {"definition", "key", "assignment"}
#: Atoms that are written in the syntax of one language, by its name.
SYNTAX = {"pattern", "query"}
#: Atoms that look for words in a header, or for `any`.
CONTROL = {"loop", "branch", "handler"}
#: What `exit` may ask for.
EXITS = ("return", "raise", "any")
_ARGUMENT = re.compile(r"[0-9]{1,2}|[^\W\d][\w-]*")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_MEANING = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
#: Choices that one `at_least` may stand for.
_MAX_COMBINATIONS = 120


class NodeReader:
    """Reads the nodes of one rule; remembers what they refer to."""

    def __init__(self, checker: Checker, owner: str, languages: tuple[str, ...]) -> None:
        """Prepare to read.

        Args:
            checker: takes problems.
            owner: how problems call the rule.
            languages: names of all languages.
        """
        self._checker = checker
        self._owner = owner
        self._languages = languages
        #: Rules and kinds named under `seam`.
        self.seams: list[YamlText] = []
        #: Meanings named under `means`.
        self.meanings: list[YamlText] = []
        #: Instructions of the regular expressions together, and characters of the patterns and queries by language.
        self.instructions, self.syntax = 0, Counter[str]()
        self._depth = 0

    def find(self, node: YamlNode) -> Node | None:
        """Read `find`: every clause that says where to look has an atom."""
        for clause in _without_atom(node):
            self._checker.report(clause, self._lacks_atom(clause))
        return self._whole(node, "`find`", "hit")

    def reject(self, node: YamlNode) -> Node | None:
        """Read `reject`: a clause without an atom speaks of the place itself."""
        return self._whole(node, "`reject`", "place")

    def languages(self, node: YamlNode) -> tuple[str, ...]:
        """Read names of languages."""
        names = []
        for text in self._checker.strings(node, "`languages`", "the name of a language or a list of them"):
            if text.text in self._languages:
                names.append(text.text)
            else:
                self._checker.report(text, unknown_language(text.text, self._languages))
        return tuple(names)

    def _lacks_atom(self, clause: YamlMapping) -> str:
        seam = clause.get("seam")
        if seam is not None:
            name = seam.text if isinstance(seam, YamlText) else "NAME"
            return f"`seam` alone finds nothing; write an atom with `contains: {{seam: {printable(name)}}}`"
        if clause.keys() == ("not",):
            return "`not` alone finds nothing; write an atom, such as `call` or `definition`, beside it"
        return f"a clause of `find` needs an atom; write one of {', '.join(f'`{atom}`' for atom in ATOMS)}"

    def _whole(self, node: YamlNode, what: str, speaks: Speaks) -> Node | None:
        read = self._node(node, what, speaks)
        if read is not None and size(read) > MOST_CLAUSES:
            much = f"{what} stands for more than {MOST_CLAUSES:,} clauses, with all choices of `at_least`"
            self._checker.report(node, f"{much}; write several rules")
        return read

    def _node(self, node: YamlNode, what: str, speaks: Speaks) -> Node | None:
        if self._depth == MOST_NESTED:
            self._checker.report(node, f"clauses are nested deeper than {MOST_NESTED} levels; write them flatter")
            return None
        self._depth += 1
        read = self._inner(node, what, speaks)
        self._depth -= 1
        return read

    def _inner(self, node: YamlNode, what: str, speaks: Speaks) -> Node | None:
        expected = "a clause, or a list under `any` or `all`"
        mapping = self._checker.mapping(node, what, expected)
        if mapping is None:
            return None
        if mapping.get("at_least") is not None:
            return self._at_least(mapping, speaks)
        for word in ("any", "all"):
            members = mapping.get(word)
            if members is None:
                continue
            for name, _ in mapping.entries:
                if name.text != word:
                    message = f"`{printable(name.text)}` stands beside `{word}`; write it in each member, or use `all`"
                    self._checker.report(name, message)
            items = self._checker.items(members, f"`{word}`", "a list of clauses")
            nodes = [self._node(item, f"a member of `{word}`", speaks) for item in items]
            read = tuple(member for member in nodes if member is not None)
            if not read or len(read) < len(nodes):
                return None
            return AnyOf(read) if word == "any" else AllOf(read)
        return self._clause(mapping, speaks)

    def _at_least(self, mapping: YamlMapping, speaks: Speaks) -> Node | None:
        """Read `at_least: N` with `of`: any N of its members together."""
        least, members = mapping.get("at_least"), mapping.get("of")
        count = least.value if isinstance(least, YamlText) else None
        items = self._checker.items(members, "`of`", "a list of clauses") if members is not None else []
        if (
            not isinstance(count, int)
            or isinstance(count, bool)
            or not 1 <= count <= len(items)
            or len(mapping.entries) != 2
        ):
            wrong = f"`at_least` stands beside `of` and is a number from 1 to its {len(items)} members"
            self._checker.report(mapping, wrong)
            return None
        if comb(len(items), count) > _MAX_COMBINATIONS:
            self._checker.report(mapping, f"`at_least` stands for more than {_MAX_COMBINATIONS} choices; write fewer")
            return None
        nodes = [self._node(item, "a member of `of`", speaks) for item in items]
        read = [node for node in nodes if node is not None]
        return AnyOf(tuple(AllOf(choice) for choice in combinations(read, count))) if len(read) == len(items) else None

    def _clause(self, mapping: YamlMapping, speaks: Speaks) -> Clause | None:
        checker = self._checker
        before = len(checker.problems)
        checker.keys(mapping, self._owner, {}, [*ATOMS, *CONDITIONS, "any", "all"])
        self._check_company(mapping, speaks)
        atoms = tuple((atom, self._patterns(atom, node)) for atom in ATOMS if (node := mapping.get(atom)) is not None)
        paths, languages = mapping.get("paths"), mapping.get("languages")
        confidence, role = mapping.get("confidence"), mapping.get("role")
        clause = Clause(
            line=mapping.line,
            column=mapping.column,
            atoms=atoms,
            mentions=self._names("mentions", mapping),
            around=self._names("around", mapping),
            lines=self._lines(mapping.get("lines")),
            arguments=self._arguments(mapping.get("with")),
            inside=self._part(mapping, "inside", "elsewhere"),
            contains=self._part(mapping, "contains", "elsewhere"),
            guards=self._part(mapping, "guards", "elsewhere"),
            negated=self._part(mapping, "not", "place"),
            seams=self._seams(mapping.get("seam")),
            shapes=self._shapes(mapping.get("as")),
            paths=self._paths(paths) if paths is not None else (),
            languages=self.languages(languages) if languages is not None else (),
            confidence=read_confidence(checker, confidence) if confidence is not None else None,
            role=read_role(checker, role) if role is not None else None,
        )
        return clause if len(checker.problems) == before else None

    def _part(self, mapping: YamlMapping, key: str, speaks: Speaks) -> Node | None:
        node = mapping.get(key)
        return self._node(node, f"`{key}`", speaks) if node is not None else None

    def _check_company(self, mapping: YamlMapping, speaks: Speaks) -> None:
        """Note keys that do not belong beside each other."""
        atoms = [name for name, _ in mapping.entries if name.text in ATOMS]
        if len(atoms) > 1 and not {atom.text for atom in atoms} <= OF_ONE_DEFINITION:
            other = next(atom for atom in atoms[1:] if {atoms[0].text, atom.text} - OF_ONE_DEFINITION)
            message = f"`{other.text}` stands beside `{atoms[0].text}`; write each in its own clause under `any`"
            self._checker.report(other, message)
        for name, _ in mapping.entries:
            if name.text in ("confidence", "role") and speaks != "hit":
                self._checker.report(name, f"`{name.text}` belongs to hits; write it in a clause of `find`")
            if name.text == "guards" and (not atoms or atoms[0].text != "handler"):
                self._checker.report(name, "`guards` asks what a handler guards; write it beside `handler`")
            calls = {"call", "means"} & {atom.text for atom in atoms} if atoms else speaks != "elsewhere"
            if name.text == "with" and not calls:
                self._checker.report(name, "`with` asks a call for arguments; write it beside `call` or `means`")

    def _patterns(self, atom: AtomKind, node: YamlNode) -> tuple[NamePattern, ...]:
        if atom in SYNTAX:
            return self._syntax(atom, node)
        if atom == "exit":
            return self._exits(node)
        what = f"`{atom}`"
        patterns: list[NamePattern] = []
        for text in self._checker.strings(node, what, "a pattern or a list of patterns"):
            source = text.text.strip()
            if atom == "means":
                self.meanings.append(text)
                patterns.append(NamePattern(source))
            elif atom == "text":
                if self._is_linear(text):
                    patterns.append(NamePattern(text.text.rstrip("\n")))
            elif atom in CONTROL and source == "any":
                patterns.append(NamePattern(source))
            elif "." in source and atom in _QUALIFIABLE:
                patterns.extend(NamePattern(source, None, name) for name in read_qualified(self._checker, text))
            elif "." in source and atom in ONE_NAME:
                self._checker.report(text, f"{what} reads one name, without dots; write the words of the last segment")
            elif pattern := self._words(text):
                patterns.append(NamePattern(source, pattern))
        return tuple(patterns)

    def _exits(self, node: YamlNode) -> tuple[NamePattern, ...]:
        expected = "`return`, `raise`, `any` or a list of them"
        found = self._checker.strings(node, "`exit`", expected)
        for text in found:
            if text.text not in EXITS:
                self._checker.report(text, f"`{printable(text.text)}` is no way to leave a function; write {expected}")
        return tuple(NamePattern(text.text) for text in found)

    def _syntax(self, atom: str, node: YamlNode) -> tuple[NamePattern, ...]:
        """A `pattern` or `query`: code by language."""
        mapping = self._checker.mapping(node, f"`{atom}`", 'code by language, such as `{python: "getattr($X, $NAME)"}`')
        patterns: list[NamePattern] = []
        for language, code in mapping.entries if mapping is not None else ():
            if language.text not in self._languages:
                self._checker.report(language, unknown_language(language.text, self._languages))
                continue
            texts = self._checker.strings(code, f"`{language.text}`", "code or a list of it")
            good = [text for text in texts if self._is_syntax(atom, language.text, text)]
            patterns += [NamePattern(text.text, language=language.text) for text in good]
        return tuple(patterns)

    def _is_syntax(self, atom: str, language: str, text: YamlText) -> bool:
        from scanner.languages import by_name  # here, since few rules need a grammar
        from scanner.languages.treequeries import Asked, check

        wrong = check(by_name(language), Asked("pattern" if atom == "pattern" else "query", text.text))
        self.syntax[language] += len(text.text)
        if wrong:
            self._checker.report(text, f"bad {atom} for {language}: {printable(wrong)}")
        return not wrong

    def _words(self, text: YamlText) -> WordPattern | None:
        try:
            return words.parse(text.text)
        except words.WordPatternError as error:
            place = f"at character {error.offset + 1} of `{printable(text.text)}`"
            hint = "write words, `{a, b}` for one of them, `*` for any words between"
            self._checker.report(text, f"bad word pattern: {error} ({place}); {hint}")
            return None

    def _is_linear(self, text: YamlText) -> bool:
        try:
            compiled = expression(text.text.rstrip("\n"))
        except ValueError as error:
            self._checker.report(text, f"bad regular expression: {printable(str(error))}; {advice(error)}")
            return False
        if compiled.search("") is not None:
            self._checker.report(text, "the regular expression matches an empty line; write one that needs some text")
            return False
        self.instructions += compiled.programsize
        return True

    def _shapes(self, node: YamlNode | None) -> tuple[str, ...]:
        shapes = []
        for text in (
            self._checker.strings(node, "`as`", "a kind of key or definition, or a list of them") if node else ()
        ):
            if text.text in SHAPES:
                shapes.append(text.text)
            else:
                names = ", ".join(f"`{shape}`" for shape in SHAPES)
                self._checker.report(
                    text, f"`{printable(text.text)}` is no kind of key or definition; write one of {names}"
                )
        return tuple(shapes)

    def _names(self, key: str, mapping: YamlMapping) -> tuple[WordPattern, ...]:
        node = mapping.get(key)
        if node is None:
            return ()
        texts = self._checker.strings(node, f"`{key}`", "a word pattern or a list of them")
        return tuple(pattern for text in texts if (pattern := self._words(text)))

    def _lines(self, node: YamlNode | None) -> int:
        if node is None:
            return 0
        count = node.value if isinstance(node, YamlText) else None
        if isinstance(count, int) and not isinstance(count, bool) and count > 1:
            return count
        self._checker.report(node, "`lines` is the least number of lines, such as `lines: 10`")
        return 0

    def _arguments(self, node: YamlNode | None) -> tuple[ArgumentTest, ...]:
        mapping = self._checker.mapping(node, "`with`", "a mapping such as `{stream: true}`") if node else None
        if mapping is None:
            return ()
        return tuple(test for name, value in mapping.entries if (test := self._argument(name, value)))

    def _argument(self, name: YamlText, value: YamlNode) -> ArgumentTest | None:
        if not _ARGUMENT.fullmatch(name.text):
            message = f"`{printable(name.text)}` names no argument; write its name, or its position counted from 0"
            self._checker.report(name, message)
            return None
        if isinstance(value, YamlText) and value.text:
            if value.text == "any":
                return ArgumentTest(name.text, "any")
            if not isinstance(value.value, str) or (value.style == "plain" and _NUMBER.fullmatch(value.text)):
                return ArgumentTest(name.text, "literal", value.text)
            if value.text.startswith("="):
                return ArgumentTest(name.text, "literal", value.text[1:])
        expected = '`any`, a literal (`true`, `3`, `"=exact text"`) or a word pattern'
        text = self._checker.string(value, f"argument `{name.text}`", expected)
        pattern = self._words(text) if text else None
        return ArgumentTest(name.text, "words", text.text, pattern) if text and pattern else None

    def _seams(self, node: YamlNode | None) -> tuple[str, ...]:
        if node is None:
            return ()
        names = self._checker.strings(node, "`seam`", "a rule or kind or a list of them")
        self.seams.extend(names)
        return tuple(name.text for name in names)

    def _paths(self, node: YamlNode) -> tuple[str, ...]:
        globs = self._checker.strings(node, "`paths`", "a glob or a list of globs")
        for glob in globs:
            if glob.text.startswith("/") or "\\" in glob.text or ".." in glob.text.split("/"):
                message = f"bad glob `{printable(glob.text)}`; write it relative to the root, such as `src/**/*.py`"
                self._checker.report(glob, message)
        return tuple(glob.text for glob in globs)


def _without_atom(node: YamlNode) -> list[YamlMapping]:
    """Clauses of `find` that say nothing about where to look; misspelt ones are left to the check of keys."""
    if not isinstance(node, YamlMapping) or not node.entries:
        return []
    for word in ("any", "all"):
        members = node.get(word)
        if members is not None:
            lacking = [_without_atom(item) for item in members.items] if isinstance(members, YamlList) else []
            if word == "any":
                return [clause for clauses in lacking for clause in clauses]
            return min(lacking, key=len, default=[])
    least, choice = node.get("at_least"), node.get("of")
    if isinstance(least, YamlText) and isinstance(choice, YamlList):
        lacking = [clauses for item in choice.items if (clauses := _without_atom(item))]
        enough = isinstance(least.value, int) and len(lacking) < least.value
        return [] if enough else [clause for clauses in lacking for clause in clauses]
    keys = node.keys()
    return [] if any(key in ATOMS or key not in CONDITIONS for key in keys) else [node]


def is_snake_case(text: str) -> bool:
    """Whether a text is words in lower case joined by `_`."""
    return _MEANING.fullmatch(text) is not None


def read_confidence(checker: Checker, node: YamlNode) -> Confidence | None:
    """Read `high`, `medium` or `low`."""
    word = checker.choice(node, "`confidence`", [member.value for member in Confidence])
    return Confidence(word) if word else None


def read_role(checker: Checker, node: YamlNode) -> Role | None:
    """Read a role that a rule may give."""
    word = checker.choice(node, "`role`", [role.value for role in ROLES])
    return Role(word) if word else None


def unknown_language(name: str, languages: tuple[str, ...]) -> str:
    """The problem of a language that nobody reads."""
    return f"no language is called `{printable(name)}`; {suggest(name, languages)}"
