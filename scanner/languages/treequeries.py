"""What is looked for in a syntax tree: a language's own query and the patterns and queries of rules, as one query."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

import msgspec

from scanner.languages import Language, by_name
from scanner.languages.grammars import grammar_of
from scanner.languages.patterns import PatternError, to_query
from scanner.rulelimits import LONGEST_SYNTAX, MOST_INSTRUCTIONS, MOST_REPEATED

if TYPE_CHECKING:
    from tree_sitter import Node, Query

#: tree-sitter's own would run Python's backtracking expressions; ours are linear.
_PREDICATE = re.compile(r"#(not-)?(any-)?match\?")
#: One of ours with the capture and the expression that it is about.
_OURS = re.compile(r'#(not-)?(any-)?linear-match\?\s+@([\w.-]+)\s+"((?:[^"\\]|\\.)*)"\s*\)', re.DOTALL)
#: Predicates, those that tree-sitter tests itself left out.
_UNTESTED = re.compile(r"#(?!(?:not-|any-|any-not-)?eq\?|(?:not-)?any-of\?|is(?:-not)?\?|set!)[\w.-]+[?!]")
#: A string of a query, or a comment.
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|;[^\n]*', re.DOTALL)
#: A sign of repetition; a name that ends in such a sign is that of a predicate.
_REPEATED = re.compile(r"#[\w.-]+[?!]|([?*+])")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


class Asked(msgspec.Struct, frozen=True):
    """One `pattern` or `query` of a rule."""

    kind: Literal["pattern", "query"]
    #: As the rule spells it.
    text: str


def check(language: Language, asked: Asked) -> str:
    """Why a pattern or query cannot be used for a language; empty where it can."""
    from tree_sitter import Query, QueryError

    if not language.grammar:
        return f"{language.title} has no syntax tree; write other atoms"
    if len(asked.text) > LONGEST_SYNTAX:
        return f"it has {len(asked.text):,} characters; write at most {LONGEST_SYNTAX:,}"
    if asked.kind == "query" and _repetitions(asked.text) > MOST_REPEATED:
        return f"it repeats more than {MOST_REPEATED} parts with `?`, `*` or `+`; write several queries"
    try:
        spelled = _spelled(language, asked)
        query = Query(grammar_of(language.name), spelled)
    except PatternError as error:
        return str(error)
    except (QueryError, SyntaxError, ValueError) as error:
        return " ".join(str(error).split())
    captures = {query.capture_name(index) for index in range(query.capture_count)}
    if "match" not in captures:
        return "it captures nothing as `@match`; write `@match` behind what is found"
    return _bad_predicate(query, asked, spelled) if asked.kind == "query" else ""


def _spelled(language: Language, asked: Asked) -> str:
    if asked.kind == "pattern":
        return to_query(grammar_of(language.name), language.wrapper, asked.text)
    return _PREDICATE.sub(lambda found: f"#{found.group(1) or ''}{found.group(2) or ''}linear-match?", asked.text)


def _repetitions(query: str) -> int:
    return sum(map(bool, _REPEATED.findall(_STRING_OR_COMMENT.sub("", query))))


def _bad_predicate(query: Query, asked: Asked, spelled: str) -> str:
    """What is wrong with the regular expressions of a query, read as `compiled` reads them."""
    patterns = (_found(asked, pattern) for pattern in _patterns(query, spelled.encode()))
    for test in (test for pattern in patterns for test in pattern.tests):
        try:
            size = _expression(test.expression).programsize
        except ValueError as error:
            return f"bad regular expression: {error}"
        if size > MOST_INSTRUCTIONS:
            return "the regular expression is too large; write smaller repetitions"
    return ""


class Test(msgspec.Struct, frozen=True):
    """A predicate of a query: the text of what is captured has, or has not, something that an expression finds."""

    capture: str
    expression: str
    is_not: bool
    is_any: bool

    def holds(self, captures: Mapping[str, Sequence[Node]]) -> bool:
        """Whether it does of the captures of a match: all nodes of one name, or any of them."""
        search = _expression(self.expression).search
        found = (search(node.text or b"") is not None for node in captures.get(self.capture, ()))
        return (any(found) if self.is_any else all(found)) is not self.is_not


class Found(msgspec.Struct, frozen=True):
    """What a pattern of a query stands for."""

    asked: Asked
    #: Not left to tree-sitter: py-tree-sitter 0.26 keeps some of what it hands to predicates of others for ever, and
    #: few matches come so far.
    tests: tuple[Test, ...]
    #: Whether it has a predicate that nobody knows, which never holds.
    never: bool

    def holds(self, captures: Mapping[str, Sequence[Node]]) -> bool:
        """Whether a match is one."""
        return not self.never and all(test.holds(captures) for test in self.tests)


@cache
def compiled(name: str, asked: tuple[Asked, ...]) -> tuple[Query, dict[int, Found]]:
    """One query of all that is looked for in a language, so that a tree is walked once.

    Returns:
        The query, and what those of its patterns stand for that came from `asked`; all others are the language's own.
    """
    from tree_sitter import Query

    language, grammar = by_name(name), grammar_of(name)
    found = [one for one in asked if not language.dialect_of or _speaks(language, one)]
    texts = [language.query, *(_spelled(language, one) for one in found)]
    query = Query(grammar, "\n".join(texts))
    # Where each text begins, but for the language's own.
    begins = list(accumulate(len(text.encode()) + 1 for text in texts[:-1]))
    places = [bisect_right(begins, query.start_byte_for_pattern(index)) for index in range(query.pattern_count)]
    patterns = _patterns(query, "\n".join(texts).encode())
    return query, {
        index: _found(found[place - 1], pattern)
        for index, (place, pattern) in enumerate(zip(places, patterns, strict=True))
        if place
    }


def _patterns(query: Query, source: bytes) -> list[str]:
    """Each pattern of a query as it is written, with its predicates."""
    extents = ((query.start_byte_for_pattern(at), query.end_byte_for_pattern(at)) for at in range(query.pattern_count))
    return [source[start:end].decode() for start, end in extents]


def _found(asked: Asked, pattern: str) -> Found:
    text = _STRING_OR_COMMENT.sub(lambda found: "" if found.group().startswith(";") else found.group(), pattern)
    tests = tuple(
        Test(capture, re.sub(r"\\(.)", _unescaped, written, flags=re.DOTALL), bool(is_not), bool(is_any))
        for is_not, is_any, capture, written in _OURS.findall(text)
    )
    names = _UNTESTED.findall(_STRING_OR_COMMENT.sub("", text))
    return Found(asked, tests, len(names) > len(tests))


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPED.get(found.group(1), found.group(1))


def _speaks(language: Language, asked: Asked) -> bool:
    """Whether a dialect has what is asked for: JavaScript has no types. For other languages a rule has been checked."""
    from tree_sitter import Query, QueryError

    try:
        Query(grammar_of(language.name), _spelled(language, asked))
    except (PatternError, QueryError):
        return False
    return True


@cache
def _expression(source: str) -> re2._Regexp[bytes]:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(source.encode(), options)
    except re2.error as error:
        raise ValueError(str(error)) from None


if TYPE_CHECKING:
    import re2
