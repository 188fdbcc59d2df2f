"""What is looked for in a syntax tree: a language's own query and the patterns and queries of rules, as one query."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

import msgspec

from scanner.languages import Language, by_name
from scanner.languages.grammars import grammar_of
from scanner.languages.patterns import PatternError, to_query

if TYPE_CHECKING:
    from tree_sitter import Node, Query

#: tree-sitter's own would run Python's backtracking expressions; ours are linear.
_PREDICATE = re.compile(r"#(not-)?(any-)?match\?")

#: The expression of such a predicate, as its query spells it.
_EXPRESSION = re.compile(r'match\?\s+@[\w.-]+\s+"((?:[^"\\]|\\.)*)"')


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
    try:
        query = Query(grammar_of(language.name), _spelled(language, asked))
    except PatternError as error:
        return str(error)
    except (QueryError, SyntaxError, ValueError) as error:
        return " ".join(str(error).split())
    captures = {query.capture_name(index) for index in range(query.capture_count)}
    if "match" not in captures:
        return "it captures nothing as `@match`; write `@match` behind what is found"
    return _bad_expression(asked.text) if asked.kind == "query" else ""


def _spelled(language: Language, asked: Asked) -> str:
    if asked.kind == "pattern":
        return to_query(grammar_of(language.name), language.wrapper, asked.text)
    return _PREDICATE.sub(lambda found: f"#{found.group(1) or ''}{found.group(2) or ''}linear-match?", asked.text)


def _bad_expression(query: str) -> str:
    for written in _EXPRESSION.findall(query):
        try:
            _expression(re.sub(r"\\(.)", r"\1", written))
        except ValueError as error:
            return f"bad regular expression: {error}"
    return ""


@cache
def compiled(name: str, asked: tuple[Asked, ...]) -> tuple[Query, dict[int, Asked]]:
    """One query of all that is looked for in a language, so that a tree is walked once.

    Returns:
        The query, and which of its patterns came from which of `asked`; all others are the language's own.
    """
    from tree_sitter import Query

    language, grammar = by_name(name), grammar_of(name)
    found = [one for one in asked if not language.dialect_of or _speaks(language, one)]
    texts = [language.query, *(_spelled(language, one) for one in found)]
    query = Query(grammar, "\n".join(texts))
    # Where each text begins, but for the language's own.
    begins = list(accumulate(len(text.encode()) + 1 for text in texts[:-1]))
    places = [bisect_right(begins, query.start_byte_for_pattern(index)) for index in range(query.pattern_count)]
    return query, {index: found[place - 1] for index, place in enumerate(places) if place}


def _speaks(language: Language, asked: Asked) -> bool:
    """Whether a dialect has what is asked for: JavaScript has no types. For other languages a rule has been checked."""
    from tree_sitter import Query, QueryError

    try:
        Query(grammar_of(language.name), _spelled(language, asked))
    except (PatternError, QueryError):
        return False
    return True


def holds(
    predicate: str,
    args: list[tuple[str, Literal["capture", "string"]]],
    pattern_index: int,
    captures: dict[str, list[Node]],
) -> bool:
    """Whether a predicate that tree-sitter does not know holds; one that nobody knows does not."""
    if not predicate.endswith("linear-match?") or len(args) != 2:
        return False
    search = _expression(args[1][0]).search
    found = [search(node.text or b"") is not None for node in captures.get(args[0][0], ())]
    for nodes in captures.values():
        nodes.clear()  # py-tree-sitter 0.26 never lets go of these lists, and each node holds on to the whole tree
    hit = any(found) if "any-" in predicate else all(found)
    return not hit if predicate.startswith("not-") else hit


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
