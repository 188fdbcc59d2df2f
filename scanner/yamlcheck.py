"""Reading typed values out of YAML nodes, noting every problem on the way instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.suggestion import suggest
from scanner.yamlfile import Problem, YamlList, YamlMapping, YamlNode, YamlText, note, printable

#: A longer text is no name, pattern, sentence or snippet that somebody wrote.
MOST_TEXT = 5_000
#: What problems call the document of a file.
FILE = "the file"


def describe(node: YamlNode) -> str:
    """What a node is, in YAML's words, with the beginning of a text."""
    if isinstance(node, YamlMapping):
        return "a mapping"
    if isinstance(node, YamlList):
        return "a list"
    if isinstance(node.value, bool):
        return f"a boolean (`{node.text}`)"
    if isinstance(node.value, int):
        return f"a whole number (`{node.text}`)"
    return f"text (`{printable(node.text)}`)" if node.text.strip() else "empty"


def _unquoted(node: YamlNode, what: str) -> str:
    """As above, but of a file that is one text nothing is quoted: a link may have led to it, and it is none of ours."""
    return "text" if what == FILE and isinstance(node, YamlText) and node.text.strip() else describe(node)


class Checker:
    """Reads the nodes of one file; what is wrong goes to `problems`, and the reader gets None or nothing."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems

    def report(self, node: YamlNode, message: str) -> None:
        """Note a problem at a node.

        Raises:
            EnoughProblems: when there are as many as anybody reads.
        """
        note(self.problems, Problem(self.path, node.line, node.column, message))

    def mapping(self, node: YamlNode, what: str, expected: str = "a mapping of keys to values") -> YamlMapping | None:
        """A mapping with at least one key."""
        if not isinstance(node, YamlMapping):
            self.report(node, f"{what} is {_unquoted(node, what)}; write {expected}")
            return None
        if not node.entries:
            self.report(node, f"{what} is an empty mapping; write {expected}")
            return None
        return node

    def items(self, node: YamlNode, what: str, expected: str) -> tuple[YamlNode, ...]:
        """The items of a list that has at least one."""
        if not isinstance(node, YamlList):
            self.report(node, f"{what} is {_unquoted(node, what)}; write {expected}")
            return ()
        if not node.items:
            self.report(node, f"{what} is an empty list; write {expected}")
        return node.items

    def string(self, node: YamlNode, what: str, expected: str = "text") -> YamlText | None:
        """Text that is not blank, and not too long."""
        if isinstance(node, YamlText) and isinstance(node.value, str) and node.text.strip():
            if len(node.text) <= MOST_TEXT:
                return node
            self.report(node, f"{what} has {len(node.text):,} characters; write at most {MOST_TEXT:,}")
            return None
        if isinstance(node, YamlText) and not isinstance(node.value, str):
            expected = f'"{node.text}" in quotes'
        elif isinstance(node, YamlMapping) and all(
            isinstance(value, YamlText) and not value.text for _, value in node.entries
        ):
            expected += ", in quotes if it begins with `{`"
        elif isinstance(node, YamlList):
            expected = f"one value: {expected}"
        self.report(node, f"{what} is {describe(node)}; write {expected}")
        return None

    def line(self, mapping: YamlMapping, key: str) -> str:
        """The text under a key on one line; empty where there is none."""
        node = mapping.get(key)
        text = self.string(node, f"`{key}`") if node is not None else None
        return " ".join(text.text.split()) if text else ""

    def strings(self, node: YamlNode, what: str, expected: str = "text or a list of texts") -> tuple[YamlText, ...]:
        """One text, or a list of at least one."""
        if not isinstance(node, YamlList):
            found = self.string(node, what, expected)
            return (found,) if found else ()
        texts = (self.string(item, f"an item of {what}") for item in self.items(node, what, expected))
        return tuple(text for text in texts if text)

    def number(self, node: YamlNode, what: str, least: int, most: int | None = None) -> int | None:
        """A whole number within bounds."""
        bounds = f"a whole number from {least} to {most}" if most is not None else f"a whole number, {least} or more"
        if isinstance(node, YamlText) and isinstance(node.value, int) and not isinstance(node.value, bool):
            if least <= node.value and (most is None or node.value <= most):
                return node.value
            self.report(node, f"{what} is {node.text}; write {bounds}")
            return None
        self.report(node, f"{what} is {describe(node)}; write {bounds}")
        return None

    def choice(self, node: YamlNode, what: str, choices: Iterable[str]) -> str | None:
        """One of several words."""
        found = self.string(node, what)
        if found is None:
            return None
        if found.text not in (known := list(choices)):
            self.report(found, f"{what} cannot be `{printable(found.text)}`; {suggest(found.text, known)}")
            return None
        return found.text

    def keys(self, node: YamlMapping, owner: str, required: Mapping[str, str], optional: Iterable[str] = ()) -> None:
        """Note unknown keys, and required keys (mapped to what to write) that are missing."""
        known = [*required, *optional]
        for name, _ in node.entries:
            if name.text not in known:
                self.report(name, f"{owner} has no key `{printable(name.text)}`; {suggest(name.text, known)}")
        for key, expected in required.items():
            if node.get(key) is None:
                self.report(node, f"{owner} lacks `{key}`; write `{key}:` and {expected}")
