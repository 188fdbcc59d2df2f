"""Names as words: one pattern serves every language's casing.

`resolve_runtime_provider`, `resolveRuntimeProvider` and `RESOLVE-RUNTIME-PROVIDER` are the words *resolve, runtime,
provider*. A pattern is a run of words: `{a, b}` is one of them (an alternative may be several words), `*` is any number
of words or none, `^` and `$` bind the run to the ends of the name.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

#: A plural acronym (`IDs`), an acronym, a word, a number.
_WORD = re.compile(r"[A-Z]{2,}s(?![a-z0-9])|[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")
#: The same over classes of characters, with `*` for a letter that has no case.
_SHAPED_WORD = re.compile(_WORD.pattern + r"|\*+")


@lru_cache(maxsize=60_000)
def split(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words; digits stay with the letters before them.

    >>> split("HTTPServer_v2")
    ('http', 'server', 'v2')
    >>> split("sessionIDs")
    ('session', 'ids')
    """
    if name.isascii():
        return tuple(map(str.lower, _WORD.findall(name)))
    shape = "".join(map(_shape, name))
    return tuple(name[match.start() : match.end()].lower() for match in _SHAPED_WORD.finditer(shape))


def _shape(char: str) -> str:
    """The ASCII character that stands for a character's class, so that one expression splits every script."""
    if char.isascii():
        return char if char.isalnum() else "_"
    if char.isupper():
        return "A"
    if char.islower():
        return "a"
    return "0" if char.isdigit() else "*" if char.isalpha() else "_"


class Alternatives(msgspec.Struct, frozen=True, tag="run"):
    """One of several runs of words."""

    runs: tuple[tuple[str, ...], ...]


class Gap(msgspec.Struct, frozen=True, tag="gap"):
    """Any number of words, or none."""


class WordPattern(msgspec.Struct, frozen=True):
    """A compiled word pattern."""

    source: str
    parts: tuple[Alternatives | Gap, ...]
    #: Bound to the first word of the name.
    starts: bool = False
    #: Bound to the last word of the name.
    ends: bool = False

    def matches(self, words: tuple[str, ...]) -> bool:
        """Say whether a run of `words` matches."""
        first = (0,) if self.starts else range(len(words) + 1)
        positions = set(first)
        for part in self.parts:
            if isinstance(part, Gap):
                positions = set(range(min(positions), len(words) + 1))
            else:
                positions = {at + len(run) for at in positions for run in part.runs if words[at : at + len(run)] == run}
            if not positions:
                return False
        return len(words) in positions if self.ends else True


class WordPatternError(ValueError):
    """A pattern that cannot be read: `args[0]` says what is wrong, `offset` where in it (from 0)."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


_TOKEN = re.compile(r"\s*(\{[^{}]*\}|\*|\^|\$|[^\s{}*^$]+|.)")
#: Signs of regular expressions and globs, which a word pattern would pass over in silence.
_FOREIGN = re.compile(r"[|?()\[\]+\\,*^$]")
_MISPLACED = {
    "{": "`{` is not closed, or holds another `{`",
    "}": "`}` closes nothing",
    "^": "`^` stands at the start only",
    "$": "`$` stands at the end only",
}


def parse(source: str) -> WordPattern:
    """Read a pattern as written in a rule.

    Raises:
        WordPatternError: for an empty pattern, an unclosed brace, an empty alternative, an anchor inside, or a sign
            that means something in regular expressions only.
    """
    tokens = [(match.group(1), match.start(1)) for match in _TOKEN.finditer(source.rstrip())]
    starts = bool(tokens) and tokens[0][0] == "^"
    ends = bool(tokens) and tokens[-1][0] == "$"
    inner = tokens[1 if starts else 0 : len(tokens) - 1 if ends else len(tokens)]
    parts: list[Alternatives | Gap] = []
    for token, offset in inner:
        if token in _MISPLACED:
            raise WordPatternError(_MISPLACED[token], offset)
        parts.append(Gap() if token == "*" else _alternatives(token, offset))
    if all(isinstance(part, Gap) for part in parts):
        raise WordPatternError("it needs at least one word", 0)
    return WordPattern(source, tuple(parts), starts, ends)


def _alternatives(token: str, offset: int) -> Alternatives:
    texts = token[1:-1].split(",") if token.startswith("{") else [token]
    at = offset + (1 if token.startswith("{") else 0)
    runs = []
    for text in texts:
        if foreign := _FOREIGN.search(text):
            raise WordPatternError(f"`{foreign.group()}` means nothing here", at + foreign.start())
        if not (run := split(text)):
            raise WordPatternError("an alternative without a word" if len(texts) > 1 else "it needs a word here", at)
        runs.append(run)
        at += len(text) + 1
    return Alternatives(tuple(runs))
