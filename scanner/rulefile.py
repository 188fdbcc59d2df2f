"""One rule file or catalogue file: from YAML to checked rules and entries."""

from __future__ import annotations

import re
from collections import Counter

import msgspec

from scanner.catalogfile import CatalogReader
from scanner.kinds import ENTRY_KINDS, KINDS
from scanner.languages import language_of
from scanner.rulelimits import MOST_TOGETHER, SYNTAX_TOGETHER
from scanner.rulenodes import NodeReader, read_confidence, read_role, unknown_language
from scanner.rules import Example, Rule
from scanner.suggestion import suggest
from scanner.touchpoints import Confidence
from scanner.yamlcheck import FILE, Checker
from scanner.yamlfile import Problem, YamlMapping, YamlNode, YamlText, printable

#: Keys of a rule, with what to write; and those that may be left out.
REQUIRED = {
    "id": "a name in kebab-case",
    "kind": "one of the kinds that `scanner rules list --kinds` shows",
    "title": "one line for packets",
    "why": "why a migration must know the place",
    "find": "a clause, or a list of clauses under `any`",
    "examples": "snippets under `finds` and `ignores`",
}
OPTIONAL = ("reject", "confidence", "crowded", "role", "languages")
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_ID = 100
#: What starts a file in a snippet of several.
FILE_MARK = re.compile(r"^(?:#|//|--)\s*file:\s*(\S+)\s*$", re.MULTILINE)


class Draft(msgspec.Struct, frozen=True):
    """A rule as far as it could be read, so that other rules may name it whatever is wrong with it."""

    id: str
    kind: str
    path: str
    line: int
    #: Rules and kinds named under `seam`, where they are written.
    seams: tuple[YamlText, ...]
    #: Names under `means`, where they are written.
    meanings: tuple[YamlText, ...]
    #: None where something is wrong.
    rule: Rule | None


class FileReader:
    """Reads file after file; what they say together is in its attributes."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self._languages = languages
        self._first: dict[str, str] = {}
        self._instructions = 0
        self._syntax: Counter[str] = Counter()
        self.drafts: list[Draft] = []
        self.catalog = CatalogReader(languages)

    def read(self, root: YamlNode, path: str, problems: list[Problem]) -> None:
        """Read one file.

        Args:
            root: its document.
            path: its name, as problems show it.
            problems: takes what is wrong.

        Raises:
            EnoughProblems: when there are as many problems as anybody reads.
        """
        checker = Checker(path, problems)
        if isinstance(root, YamlMapping) and root.get("requirements") is not None:
            checker.report(root, "this is a pack; name it with `--rules`, and write rules into a file of their own")
            return
        for item in checker.items(root, FILE, "a list of rules or of catalogue entries"):
            mapping = checker.mapping(item, "an item of the file", "a rule or a catalogue entry")
            if mapping is None:
                continue
            if mapping.get("library") is not None or (mapping.get("means") and not mapping.get("id")):
                self.catalog.read(mapping, checker)
            else:
                self._read_rule(mapping, checker)

    def _read_rule(self, mapping: YamlMapping, checker: Checker) -> None:
        before = len(checker.problems)
        name, node = self._read_id(mapping, checker)
        owner = f"rule `{printable(name)}`" if name else "this rule"
        checker.keys(mapping, owner, REQUIRED, OPTIONAL)
        kind = self._read_kind(mapping, checker)
        title = checker.line(mapping, "title")
        why = checker.line(mapping, "why")
        nodes = NodeReader(checker, owner, self._languages)
        find, reject = mapping.get("find"), mapping.get("reject")
        found = nodes.find(find) if find is not None else None
        rejected = nodes.reject(reject) if reject is not None else None
        self._check_sums(nodes, node, checker)
        confidence, role, languages = mapping.get("confidence"), mapping.get("role"), mapping.get("languages")
        sure = read_confidence(checker, confidence) if confidence is not None else None
        acts = read_role(checker, role) if role is not None else None
        crowded = mapping.get("crowded")
        lowered = crowded is not None and checker.choice(crowded, "`crowded`", ["lower"]) is not None
        only = nodes.languages(languages) if languages is not None else ()
        examples = self._read_examples(mapping, owner, checker)
        rule = None
        if found is not None and len(checker.problems) == before:
            rule = Rule(
                id=name,
                kind=kind,
                title=title,
                why=why,
                find=found,
                path=checker.path,
                line=node.line,
                reject=rejected,
                confidence=sure or Confidence.MEDIUM,
                lowered_in_crowd=lowered,
                role=acts,
                languages=only,
                examples=examples,
            )
        if name:
            seams, meanings = tuple(nodes.seams), tuple(nodes.meanings)
            self.drafts.append(Draft(name, kind, checker.path, node.line, seams, meanings, rule))

    def _check_sums(self, nodes: NodeReader, node: YamlNode, checker: Checker) -> None:
        """Note that what all rules ask for together is more than can be prepared."""
        self._instructions += nodes.instructions
        self._syntax += nodes.syntax
        if nodes.instructions and self._instructions > MOST_TOGETHER:
            checker.report(node, "the regular expressions of all rules are too large together; write smaller ones")
        for language in nodes.syntax:
            if (length := self._syntax[language]) > SYNTAX_TOGETHER:
                message = (
                    f"the patterns and queries for {language} of all rules up to here are too long together: "
                    f"{length:,} characters, and {SYNTAX_TOGETHER:,} are most; write fewer"
                )
                checker.report(node, message)

    def _read_id(self, mapping: YamlMapping, checker: Checker) -> tuple[str, YamlNode]:
        node = mapping.get("id")
        text = checker.string(node, "`id`", "a name in kebab-case") if node is not None else None
        if text is None:
            return "", mapping
        name = text.text
        if not _ID.fullmatch(name):
            better = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")
            hint = f"write `{printable(better)}`" if _ID.fullmatch(better) else "write lower-case words joined by `-`"
            checker.report(text, f"rule id `{printable(name)}` is not kebab-case; {hint}")
        elif len(name) > _LONGEST_ID:
            checker.report(text, f"rule id `{printable(name)}` has {len(name)} characters; write at most {_LONGEST_ID}")
        elif name in KINDS or name in ENTRY_KINDS:
            checker.report(text, f"rule id `{name}` is the name of a kind; add a word")
        elif name in self._first:
            checker.report(text, f"rule id `{name}` is taken by {self._first[name]}; write another id")
        self._first.setdefault(name, f"{checker.path}:{text.line}")
        return name, text

    def _read_kind(self, mapping: YamlMapping, checker: Checker) -> str:
        node = mapping.get("kind")
        text = checker.string(node, "`kind`", "the name of a kind") if node is not None else None
        if text is None:
            return ""
        if text.text not in KINDS and text.text not in ENTRY_KINDS:
            hint = suggest(text.text, (*KINDS, *ENTRY_KINDS), "`scanner rules list --kinds` shows all")
            checker.report(text, f"no kind is called `{printable(text.text)}`; {hint}")
        return text.text

    def _read_examples(self, mapping: YamlMapping, owner: str, checker: Checker) -> tuple[Example, ...]:
        node = mapping.get("examples")
        expected = "snippets by language under `finds` and `ignores`"
        examples = checker.mapping(node, "`examples`", expected) if node is not None else None
        if examples is None:
            return ()
        near_miss = "a near miss by language"
        if mapping.get("reject") is not None:
            near_miss = "a snippet by language that only `reject` keeps out"
        checker.keys(examples, f"`examples` of {owner}", {"finds": "a snippet by language", "ignores": near_miss})
        read: list[Example] = []
        for key in ("finds", "ignores"):
            snippets = examples.get(key)
            by_language = checker.mapping(snippets, f"`{key}`", "snippets by language") if snippets else None
            for language, code in by_language.entries if by_language else ():
                if language.text not in self._languages:
                    checker.report(language, unknown_language(language.text, self._languages))
                written = checker.strings(code, f"`{printable(language.text)}`", "a snippet or a list of snippets")
                _check_names(written, checker)
                read.extend(Example(language.text, each.text, key == "finds", each.first_line) for each in written)
        return tuple(read)


def _check_names(snippets: tuple[YamlText, ...], checker: Checker) -> None:
    """Note files of snippets whose names tell no language."""
    for snippet in snippets:
        for name in FILE_MARK.findall(snippet.text):
            if language_of(name) is None:
                message = (
                    f"a snippet has a file `{printable(name)}` of no language that is read; write such as `run.py`"
                )
                checker.report(snippet, message)
