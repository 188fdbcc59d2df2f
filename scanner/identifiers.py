"""Identifiers that agent code hands along, by the words of their names: read from `rules/identifiers.yaml`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import msgspec

from scanner.errors import RuleError
from scanner.memory import Memory
from scanner.nameindex import WordIndex
from scanner.words import Alternatives, WordPattern, WordPatternError, parse, split
from scanner.yamlcheck import Checker
from scanner.yamlfile import Problem, YamlMapping, YamlNode, YamlText, read_bytes
from scanner.yamlfile import parse as parse_yaml

_TOPIC = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_JOINTS = re.compile(r"[?!]?\.|::|[/:]")
#: A string that may be a key: what holds a space or more than this is text.
_KEY = re.compile(r"[\w.:@$-]{3,60}")
_ENTRY = "a mapping with `why` and `names`"
_PARTS = {
    "topics": "a mapping of topics to `why` and `names`",
    "makers": _ENTRY,
    "contexts": _ENTRY,
    "asides": _ENTRY,
}


class Topic(msgspec.Struct, frozen=True):
    """A kind of identifier and the names that it goes by."""

    name: str
    why: str
    patterns: tuple[WordPattern, ...]


class Identifiers:
    """The topics, compiled; says of names what they hold."""

    def __init__(
        self,
        topics: Iterable[Topic],
        makers: Iterable[WordPattern] = (),
        contexts: Iterable[WordPattern] = (),
        asides: Iterable[WordPattern] = (),
    ) -> None:
        self.topics = tuple(topics)
        patterns = [pattern for topic in self.topics for pattern in topic.patterns]
        self._topics = WordIndex((pattern, topic.name) for topic in self.topics for pattern in topic.patterns)
        self._may_hold = _telling(patterns)
        self._makers = WordIndex((pattern, True) for pattern in makers)
        self._contexts = WordIndex((pattern, True) for pattern in contexts)
        self._asides = WordIndex((pattern, True) for pattern in asides)
        #: Topics of what a name holds, sorted: of any part of a dotted name, or of the parts together.
        self.held: Callable[[str], tuple[str, ...]] = Memory(self._find).__getitem__
        #: Topics of a string literal that names a key or a header; none of any other text.
        self.key: Callable[[str], tuple[str, ...]] = Memory(self._find_key).__getitem__
        #: Whether a called name makes ids.
        self.makes: Callable[[str], bool] = Memory(self._find_maker).__getitem__
        #: Whether a called name keeps a value where code further down finds it.
        self.is_context: Callable[[str], bool] = Memory(self._find_context).__getitem__

    def _find(self, name: str) -> tuple[str, ...]:
        if self._may_hold.isdisjoint(split(name)):
            return ()
        parts = [part for part in _JOINTS.split(name) if part]
        names = (*parts, "_".join(parts)) if len(parts) > 1 else parts
        found = {
            topic
            for part in names
            if (topics := self._topics.lookup(part)) and not self._asides.lookup(part)
            for topic in topics
        }
        return tuple(sorted(found))

    def _find_key(self, text: str) -> tuple[str, ...]:
        return self.held(text) if _KEY.fullmatch(text) else ()

    def _find_maker(self, called: str) -> bool:
        return bool(self._makers.lookup(_joined(called)) or self._makers.lookup(called))

    def _find_context(self, called: str) -> bool:
        return bool(self._contexts.lookup(_joined(called)))


def _telling(patterns: Iterable[WordPattern]) -> frozenset[str]:
    """Words of which a name must hold one for any of the patterns to match."""
    return frozenset(
        word
        for pattern in patterns
        for word in min(
            ({run[0] for run in part.runs} for part in pattern.parts if isinstance(part, Alternatives)), key=len
        )
    )


def _joined(name: str) -> str:
    return "_".join([part for part in _JOINTS.split(name) if part][-2:])


@cache
def identifiers(path: Path) -> Identifiers:
    """The topics in a YAML file.

    Args:
        path: the file.

    Raises:
        RuleError: when the file cannot be read as topics; holds every problem, one line each.
    """
    problems: list[Problem] = []
    shown = path.name
    data = read_bytes(path, shown, problems)
    root = parse_yaml(data, shown, problems) if data is not None else None
    found = _File(Checker(shown, problems)).read(root) if root is not None else None
    if problems or found is None:
        raise RuleError(tuple(str(problem) for problem in sorted(problems)))
    return found


class _File:
    """Reads the parts of the file."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker

    def read(self, root: YamlNode) -> Identifiers | None:
        mapping = self._checker.mapping(root, "the file", _PARTS["topics"])
        if mapping is None:
            return None
        self._checker.keys(mapping, "the file", {"topics": _PARTS["topics"]}, ("makers", "contexts", "asides"))
        topics = mapping.get("topics")
        entries = self._checker.mapping(topics, "`topics`", _PARTS["topics"]) if topics is not None else None
        others = [self._entry(mapping.get(part), f"`{part}`")[1] for part in ("makers", "contexts", "asides")]
        return Identifiers([self._topic(name, node) for name, node in entries.entries] if entries else (), *others)

    def _topic(self, name: YamlText, node: YamlNode) -> Topic:
        if not _TOPIC.fullmatch(name.text):
            self._checker.report(name, f"bad topic `{name.text}`; write a name in snake_case")
        return Topic(name.text, *self._entry(node, f"topic `{name.text}`"))

    def _entry(self, node: YamlNode | None, what: str) -> tuple[str, tuple[WordPattern, ...]]:
        mapping = self._checker.mapping(node, what, _ENTRY) if node is not None else None
        if mapping is None:
            return "", ()
        self._checker.keys(mapping, what, {"why": "a sentence", "names": "a list of word patterns"})
        return self._checker.line(mapping, "why"), self._patterns(mapping)

    def _patterns(self, mapping: YamlMapping) -> tuple[WordPattern, ...]:
        node = mapping.get("names")
        found = []
        for text in self._checker.strings(node, "`names`", "a list of word patterns") if node is not None else ():
            try:
                found.append(parse(text.text))
            except WordPatternError as error:
                self._checker.report(text, f"bad word pattern `{text.text}`: {error}")
        return tuple(found)
