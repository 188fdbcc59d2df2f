"""Pack files: the requirement matrix of one migration, checked before anything is scanned."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from pathlib import Path

from scanner.errors import RuleError, UsageError
from scanner.identifiers import identifiers
from scanner.installed import builtin_rules
from scanner.kinds import KINDS
from scanner.packconditions import ConditionReader
from scanner.packexamples import read_examples
from scanner.packs import Condition, NamePlace, PackFile, Recommendation, Requirement
from scanner.packtemplates import wrong_template
from scanner.rulebook import shown_path
from scanner.rulenodes import is_snake_case
from scanner.rules import Rulebook
from scanner.suggestion import suggest
from scanner.yamlcheck import FILE, Checker
from scanner.yamlfile import (
    EnoughProblems,
    Problem,
    YamlList,
    YamlMapping,
    YamlNode,
    YamlText,
    note,
    parse,
    printable,
    read_bytes,
    told,
)

#: Keys of a pack, of a requirement and of a recommendation, with what to write; and those that may be left out.
PACK = {
    "id": "a name in kebab-case",
    "title": "one line",
    "migration": "what moves where, in a sentence",
    "requirements": "a list of requirements",
    "recommendations": "a list that ends in one without `when`",
}
PACK_OPTIONAL = ("groups", "examples")
REQUIREMENT = {
    "id": "a name in snake_case",
    "title": "one line",
    "weight": "a whole number from 1 to 5",
    "asks": "what `ready` means, in a sentence",
    "claim": "what was found, as a template",
    "ready": "a condition",
    "partial": "a condition",
    "next": "a list of next steps",
    "evidence": "the rules and kinds whose seams prove it",
    "slice": "a short name for the work that closes it",
}
REQUIREMENT_OPTIONAL = ("applies", "otherwise")
RECOMMENDATION = {"headline": "one or two words", "text": "what to do first, in a sentence or two"}
RECOMMENDATION_OPTIONAL = ("when",)
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
#: More of them are no pack that somebody reads, and each is judged, rendered and compared.
MOST_REQUIREMENTS = 100
MOST_STEPS = 20
MOST_RECOMMENDATIONS = 50


def builtin_packs() -> dict[str, Path]:
    """Every built-in pack by its name, sorted."""
    return {path.stem: path for path in sorted((builtin_rules() / "packs").glob("*.yaml"))}


def resolve_pack(name_or_path: str) -> Path:
    """The pack file that a user means: a built-in pack by its name, or a file of his own.

    Raises:
        UsageError: when there is none.
    """
    packs = builtin_packs()
    if name_or_path in packs:
        return packs[name_or_path]
    path, shown = Path(name_or_path), printable(name_or_path)
    try:
        if path.is_file():
            return path
        if path.is_dir():
            raise UsageError(f"`{shown}` is a folder; name a pack file in it")
    except OSError as error:
        raise UsageError(f"`{shown}` cannot be read ({error.strerror}); check the path") from None
    if len(path.parts) != 1 or path.suffix in (".yaml", ".yml"):
        raise UsageError(f"there is no pack file `{shown}`; check the path")
    listed = ", ".join(packs) or "none"
    near = suggest(name_or_path, packs, "write a known one or the path of your own file")
    raise UsageError(f"no pack is called `{shown}`; {near} (known packs: {listed})")


def load_pack(path: Path, rulebook: Rulebook | None = None) -> PackFile:
    """Load a pack file.

    Args:
        path: the file.
        rulebook: when given, names that it does not know are problems too, told in the same error.

    Raises:
        RuleError: with every problem of the file.
    """
    problems: list[Problem] = []
    shown = shown_path(path)
    data = read_bytes(path, shown, problems)
    pack = None
    with suppress(EnoughProblems):
        root = parse(data, shown, problems) if data is not None else None
        if data is not None and root is not None:
            pack = _PackReader(Checker(shown, problems), rulebook, path).read(root, hashlib.sha256(data).hexdigest())
    if problems or pack is None:
        raise RuleError(told(problems))
    return pack


def check_pack(pack: PackFile, rulebook: Rulebook) -> None:
    """Check that every rule and kind that a pack names is known.

    Raises:
        RuleError: with every name that is not.
    """
    problems: list[Problem] = []
    with suppress(EnoughProblems):
        _check_names(pack.names, pack.path, rulebook, problems)
    if problems:
        raise RuleError(told(problems))


def _check_names(names: tuple[NamePlace, ...], path: str, rulebook: Rulebook, problems: list[Problem]) -> None:
    known = dict.fromkeys((*KINDS, *(rule.id for rule in rulebook.rules if rule.kind in KINDS)))
    for place in names:
        if place.name not in known:
            hint = suggest(place.name, known, "`scanner rules list` shows rules, with `--kinds` kinds")
            message = f"no rule or kind is called `{printable(place.name)}`; {hint}"
            note(problems, Problem(path, place.line, place.column, message))


class _PackReader:
    """Reads one pack."""

    def __init__(self, checker: Checker, rulebook: Rulebook | None, path: Path) -> None:
        self._checker = checker
        self._path = path
        topics = identifiers(builtin_rules() / "identifiers.yaml").topics
        self._conditions = ConditionReader(checker, tuple(topic.name for topic in topics))
        self._rulebook = rulebook

    def read(self, root: YamlNode, digest: str) -> PackFile | None:
        checker = self._checker
        mapping = checker.mapping(root, FILE, "a pack: one mapping with `id`, `requirements` and the rest")
        if mapping is None:
            return None
        checker.keys(mapping, "the pack", PACK, PACK_OPTIONAL)
        pack_id = self._checker.line(mapping, "id")
        if pack_id and not _ID.fullmatch(pack_id):
            hint = "write lower-case words joined by `-`"
            checker.report(mapping.get("id") or mapping, f"pack id `{printable(pack_id)}` is not kebab-case; {hint}")
        groups = self._groups(mapping.get("groups"))
        requirements = self._requirements(mapping.get("requirements"))
        recommendations = self._recommendations(mapping.get("recommendations"))
        self._check_status_ids(requirements)
        examples = read_examples(checker, mapping.get("examples"), requirements, self._path)
        names = tuple(NamePlace(text.text, text.line, text.column) for text in self._conditions.names)
        if self._rulebook is not None:
            _check_names(names, checker.path, self._rulebook, checker.problems)
        return PackFile(
            id=pack_id,
            title=self._checker.line(mapping, "title"),
            migration=self._checker.line(mapping, "migration"),
            requirements=tuple(requirement for requirement in requirements.values() if requirement is not None),
            recommendations=recommendations,
            path=checker.path,
            digest=digest,
            groups=groups,
            names=names,
            examples=examples,
        )

    def _groups(self, node: YamlNode | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Names for several rules or kinds, known to every condition after this."""
        checker = self._checker
        mapping = checker.mapping(node, "`groups`", "a mapping from a name to rules or kinds") if node else None
        found: list[tuple[str, tuple[str, ...]]] = []
        for name, members in mapping.entries if mapping else ():
            if not is_snake_case(name.text) or name.text in KINDS:
                hint = "write lower-case words joined by `_` that are no kind of seam"
                checker.report(name, f"group `{printable(name.text)}` cannot be called so; {hint}")
            found.append((name.text, self._conditions.read_names(members, f"group `{printable(name.text)}`")))
        self._conditions.groups = dict(found)
        return tuple(found)

    def _requirements(self, node: YamlNode | None) -> dict[str, Requirement | None]:
        """Requirements by id; None where something is wrong with one."""
        items = self._few(node, "`requirements`", "a list of requirements", MOST_REQUIREMENTS)
        read: dict[str, Requirement | None] = {}
        lines: dict[str, int] = {}
        for item in items:
            mapping = self._checker.mapping(item, "a requirement", "a mapping with `id`, `title` and the rest")
            if mapping is None:
                continue
            name = self._checker.line(mapping, "id")
            place = mapping.get("id") or mapping
            if name in lines:
                message = f"requirement id `{printable(name)}` is taken in line {lines[name]}; write another id"
                self._checker.report(place, message)
            elif name and not is_snake_case(name):
                hint = "write lower-case words joined by `_`"
                self._checker.report(place, f"requirement id `{printable(name)}` is not snake_case; {hint}")
            lines.setdefault(name, place.line)
            read[name] = self._requirement(mapping, name, place.line)
        return read

    def _requirement(self, mapping: YamlMapping, name: str, line: int) -> Requirement | None:
        checker, owner = self._checker, f"requirement `{printable(name)}`" if name else "this requirement"
        checker.keys(mapping, owner, REQUIREMENT, REQUIREMENT_OPTIONAL)
        if (mapping.get("applies") is None) != (mapping.get("otherwise") is None):
            lacking, present = ("otherwise", "applies") if mapping.get("applies") else ("applies", "otherwise")
            expected = "why it does not apply, in words" if lacking == "otherwise" else "when it does"
            checker.report(mapping, f"{owner} has `{present}` without `{lacking}`; write `{lacking}:` and {expected}")
        weight = mapping.get("weight")
        heavy = checker.number(weight, "`weight`", 1, 5) if weight is not None else None
        conditions = {key: self._condition(mapping, key) for key in ("ready", "partial", "applies")}
        steps = mapping.get("next")
        if isinstance(steps, YamlList) and len(steps.items) > MOST_STEPS:
            checker.report(steps, f"`next` has {len(steps.items):,} steps; write at most {MOST_STEPS}")
            steps = None
        texts = checker.strings(steps, "`next`", "a list of next steps") if steps is not None else ()
        if isinstance(claim := mapping.get("claim"), YamlText):
            self._check_template(claim, "claim")
        for text in texts:
            self._check_template(text, "next")
        evidence = self._conditions.read_names(mapping.get("evidence"), "`evidence`")
        asks, said, otherwise = (self._checker.line(mapping, key) for key in ("asks", "claim", "otherwise"))
        title, work = self._checker.line(mapping, "title"), self._checker.line(mapping, "slice")
        ready, partial = conditions["ready"], conditions["partial"]
        if ready is None or partial is None or heavy is None:
            return None
        return Requirement(
            id=name,
            title=title,
            weight=heavy,
            asks=asks,
            claim=said,
            ready=ready,
            partial=partial,
            applies=conditions["applies"],
            otherwise=otherwise,
            next=tuple(" ".join(text.text.split()) for text in texts),
            evidence=evidence,
            slice=work,
            line=line,
        )

    def _condition(self, mapping: YamlMapping, key: str) -> Condition | None:
        node = mapping.get(key)
        return self._conditions.read(node, f"`{key}`") if node is not None else None

    def _recommendations(self, node: YamlNode | None) -> tuple[Recommendation, ...]:
        items = self._few(node, "`recommendations`", "a list of recommendations", MOST_RECOMMENDATIONS)
        read = []
        for index, item in enumerate(items):
            mapping = self._checker.mapping(item, "a recommendation", "a mapping with `headline` and `text`")
            if mapping is None:
                continue
            self._checker.keys(mapping, "a recommendation", RECOMMENDATION, RECOMMENDATION_OPTIONAL)
            when, last = mapping.get("when"), index == len(items) - 1
            if last and when is not None:
                message = "the last recommendation has a `when`; write one more without it, for when none holds"
                self._checker.report(when, message)
            if not last and when is None:
                message = "this recommendation hides those after it; write `when:` and a condition, or put it last"
                self._checker.report(mapping, message)
            condition = self._conditions.read(when, "`when`", of_statuses=True) if when is not None else None
            if isinstance(text := mapping.get("text"), YamlText):
                self._check_template(text, "text")
            read.append(
                Recommendation(self._checker.line(mapping, "headline"), self._checker.line(mapping, "text"), condition)
            )
        return tuple(read)

    def _few(self, node: YamlNode | None, what: str, expected: str, most: int) -> tuple[YamlNode, ...]:
        """The items of a list that is not too long."""
        items = self._checker.items(node, what, expected) if node is not None else ()
        if len(items) <= most:
            return items
        self._checker.report(items[most], f"{what} has {len(items):,} items; write at most {most}")
        return ()

    def _check_status_ids(self, requirements: dict[str, Requirement | None]) -> None:
        for text in self._conditions.requirements:
            if text.text not in requirements:
                hint = suggest(text.text, requirements)
                self._checker.report(text, f"no requirement is called `{printable(text.text)}`; {hint}")

    def _check_template(self, text: YamlText, key: str) -> None:
        """Note a template that cannot be read; whether its names exist, only rendering tells."""
        if wrong := wrong_template(text.text):
            self._checker.report(text, f"template of `{key}` {wrong}")
