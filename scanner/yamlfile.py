"""YAML files as immutable nodes that know where they stand.

Only what a rule needs is read: mappings, lists and text. Nothing is constructed from tags, nothing is expanded from
aliases, and a key that is written twice is a problem rather than a silent loss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.secrets import mask

#: Files longer than this are refused, in bytes.
MAX_BYTES = 1_000_000
#: Mappings and lists nested deeper than this are refused.
MAX_DEPTH = 40
#: Files of more scalars, lists and mappings than this are refused; one written by hand has one for every 25 bytes.
MAX_NODES = 50_000
#: When so much is wrong the rest is not looked at, and nobody would read it.
MOST_PROBLEMS = 100
#: So many characters of a text are looked at before it is shown, since secrets are masked before it is cut.
_MOST_SHOWN = 2_000

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_BLOCK_STYLES = ("|", ">")
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
#: What to write instead, by a fragment of libyaml's words.
_HINTS = (
    ("mapping values are not allowed", "put text that holds `: ` in quotes"),
    ("cannot start any token", "indent with spaces, and put text that begins with `@`, `%` or a backtick in quotes"),
    ("while scanning an alias", "put text that begins with `*` in quotes"),
    ("while scanning an anchor", "put text that begins with `&` in quotes"),
    ("could not find expected ':'", "write `key: value`, or indent the line below the text that it continues"),
    ("while parsing a block mapping", "write keys of one mapping in one column"),
    ("while parsing a block collection", "write items of one list in one column"),
    ("while parsing a flow", "close the bracket, or put text that begins with `{` or `[` in quotes"),
    ("while scanning a quoted scalar", "close the quote"),
    ("while scanning a double-quoted scalar", "use single quotes around backslashes"),
    ("while parsing a quoted scalar", "use single quotes around backslashes"),
)


class Problem(msgspec.Struct, frozen=True, order=True):
    """Something wrong at one place of a file; sorts by path, then position."""

    path: str
    #: Counted from 1; 0 when the file as a whole is meant.
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}" if self.line else f"{self.path}: {self.message}"


class EnoughProblems(Exception):
    """So much is wrong that the rest is not looked at."""


def note(problems: list[Problem], problem: Problem) -> None:
    """Note a problem.

    Args:
        problems: those of a whole run; takes the problem.
        problem: what is wrong.

    Raises:
        EnoughProblems: when there are as many as anybody reads.
    """
    problems.append(problem)
    if len(problems) >= MOST_PROBLEMS:
        raise EnoughProblems


def told(problems: Iterable[Problem]) -> tuple[str, ...]:
    """Problems as lines, each once, in order; the last says where there may be more."""
    lines = [str(problem) for problem in sorted(set(problems))]
    if len(lines) >= MOST_PROBLEMS:
        lines = [*lines[:MOST_PROBLEMS], f"{MOST_PROBLEMS} problems so far; mend these, then look for more"]
    return tuple(lines)


class YamlText(msgspec.Struct, frozen=True, gc=False):
    """A scalar. Only plain `true`, `false` and whole numbers are more than text."""

    line: int
    column: int
    text: str
    style: Literal["plain", "quoted", "block"] = "plain"

    @property
    def value(self) -> str | int | bool:
        """The text, or what it stands for when it is plain."""
        if self.style == "plain":
            if self.text in ("true", "false"):
                return self.text == "true"
            if _INTEGER.fullmatch(self.text):
                return int(self.text)
        return self.text

    @property
    def first_line(self) -> int:
        """The line on which the text itself starts, which for a block is the one after its `|`."""
        return self.line + 1 if self.style == "block" else self.line


class YamlList(msgspec.Struct, frozen=True, gc=False):
    """A sequence."""

    line: int
    column: int
    items: tuple[YamlNode, ...]


class YamlMapping(msgspec.Struct, frozen=True, gc=False):
    """A mapping; keys are text, each written once, in the order of the file."""

    line: int
    column: int
    entries: tuple[tuple[YamlText, YamlNode], ...]

    def get(self, key: str) -> YamlNode | None:
        """The value under a key, or None."""
        for name, value in self.entries:
            if name.text == key:
                return value
        return None

    def keys(self) -> tuple[str, ...]:
        """All keys in order."""
        return tuple(name.text for name, _ in self.entries)


YamlNode = YamlText | YamlList | YamlMapping


def read_bytes(path: Path, shown: str, problems: list[Problem]) -> bytes | None:
    """Read a file of bounded size.

    Args:
        path: the file.
        shown: its name in problems.
        problems: takes what is wrong.

    Returns:
        The content, or None when there is a problem.
    """
    try:
        if not path.is_file():
            problems.append(Problem(shown, 0, 0, "no such file; check the path"))
            return None
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        problems.append(Problem(shown, 0, 0, f"cannot be read ({error.strerror or error}); check its permissions"))
        return None
    if len(data) > MAX_BYTES:
        problems.append(Problem(shown, 0, 0, f"longer than {MAX_BYTES // 1_000_000} MB; split it into several files"))
        return None
    return data


def parse(data: bytes, shown: str, problems: list[Problem]) -> YamlNode | None:
    """Parse the one document of a YAML file.

    Args:
        data: the content.
        shown: the file's name in problems.
        problems: takes what is wrong: the first error of syntax, and every key that is written twice.

    Returns:
        The document, or None when it cannot be read as a whole.

    Raises:
        EnoughProblems: when there are as many problems as anybody reads.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(Problem(shown, line, 1, "not UTF-8; save the file in that encoding"))
        return None
    if bad := _UNPRINTABLE.search(text):
        line, column = text.count("\n", 0, bad.start()) + 1, bad.start() - text.rfind("\n", 0, bad.start())
        code = f"U+{ord(bad.group()):04X}"
        problems.append(Problem(shown, line, column, f"the control character {code} is not allowed; remove it"))
        return None
    try:
        return _Builder(_events(text), shown, problems).document()
    except _Stop as stop:
        problems.append(Problem(shown, stop.line, stop.column, str(stop)))
        return None


class _Stop(Exception):
    """Reading cannot go on."""

    def __init__(self, mark: Any, message: str) -> None:
        super().__init__(message)
        self.line: int = mark.line + 1 if mark is not None else 1
        self.column: int = mark.column + 1 if mark is not None else 1


def _events(text: str) -> Iterator[Any]:
    import yaml  # here, since only commands that read rules need it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        words = " ".join(filter(None, (error.problem, error.context)))
        hint = next((hint for fragment, hint in _HINTS if fragment in words), "see https://yaml.org/spec/1.1")
        raise _Stop(error.problem_mark or error.context_mark, f"not valid YAML: {words}; {hint}") from None


class _Builder:
    """Turns libyaml's events into nodes, and stops where a file may not go."""

    def __init__(self, events: Iterator[Any], shown: str, problems: list[Problem]) -> None:
        self._next: Callable[[], Any] = events.__next__
        self._shown = shown
        self._problems = problems
        self._nodes = 0

    def document(self) -> YamlNode:
        self._next()
        start = self._next()
        if type(start).__name__ == "StreamEndEvent":
            raise _Stop(None, "the file is empty; write a list of rules, or a pack")
        root = self._node(self._next(), 0)
        self._next()
        after = self._next()
        if type(after).__name__ != "StreamEndEvent":
            raise _Stop(after.start_mark, "a second document starts here; write one document a file, without `---`")
        return root

    def _node(self, event: Any, depth: int) -> YamlNode:
        name, mark = type(event).__name__, event.start_mark
        if name == "AliasEvent" or event.anchor is not None:
            sign = "*" if name == "AliasEvent" else "&"
            name = printable(f"{sign}{event.anchor}")
            raise _Stop(mark, f"anchors and aliases (`{name}`) are refused; write the value out")
        if event.tag is not None:
            raise _Stop(mark, f"tags (`{printable(event.tag)}`) are refused; write the value without one")
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _Stop(mark, f"more than {MAX_NODES:,} values; split the file into several")
        line, column = mark.line + 1, mark.column + 1
        if name == "ScalarEvent":
            style = event.style
            kind = "block" if style in _BLOCK_STYLES else "quoted" if style in ("'", '"') else "plain"
            return YamlText(line, column, event.value, kind)  # type: ignore[arg-type]  # one of the three
        if depth == MAX_DEPTH:
            raise _Stop(mark, f"nested deeper than {MAX_DEPTH} levels; write it flatter")
        if name == "SequenceStartEvent":
            return YamlList(line, column, self._items(depth + 1))
        return YamlMapping(line, column, self._entries(depth + 1))

    def _items(self, depth: int) -> tuple[YamlNode, ...]:
        items = []
        while type(event := self._next()).__name__ != "SequenceEndEvent":
            items.append(self._node(event, depth))
        return tuple(items)

    def _entries(self, depth: int) -> tuple[tuple[YamlText, YamlNode], ...]:
        entries: dict[str, tuple[YamlText, YamlNode]] = {}
        while type(event := self._next()).__name__ != "MappingEndEvent":
            key = self._node(event, depth)
            value = self._node(self._next(), depth)
            if not isinstance(key, YamlText):
                self._note(key, "a list or mapping cannot be a key; write text, in quotes if it begins with a bracket")
            elif key.text == "<<":
                self._note(key, "merge keys (`<<`) are refused; write the keys out")
            elif key.text in entries:
                first = entries[key.text][0].line
                self._note(key, f"key `{printable(key.text)}` is already written in line {first}; keep one of them")
            else:
                entries[key.text] = (key, value)
        return tuple(entries.values())

    def _note(self, node: YamlNode, message: str) -> None:
        note(self._problems, Problem(self._shown, node.line, node.column, message))


def printable(text: str) -> str:
    """Text as it may stand in a line for the user: one line, no control characters or keys, at most 60 characters."""
    line = mask("".join(char if char.isprintable() else " " for char in text[:_MOST_SHOWN]))
    return line if len(line) <= 60 else line[:59] + "…"
