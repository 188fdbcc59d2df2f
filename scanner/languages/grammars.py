"""The grammars of tree-sitter and the limits within which their trees are searched."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from scanner.languages import by_name

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar
    from tree_sitter import Node, Query

#: A pattern of several open captures can be tried in too many ways on hostile input. Past so many at once tree-sitter
#: drops some.
MATCH_LIMIT = 2_000
#: Cursors are quadratic in depth. Only chains of thousands of names or operators lie deeper, since brackets may not.
MOST_DEPTH = 1_000


class TooManyMatches(MemoryError):
    """What is looked for can match in more ways at once than are kept track of, so that some of it may be missing."""


@cache
def grammar_of(name: str) -> Grammar:
    """The grammar of a language, once a process."""
    from tree_sitter import Language as GrammarType

    module, _, function = by_name(name).grammar.partition(":")
    return GrammarType(getattr(importlib.import_module(module), function or "language")())


class Cursor:
    """Searches trees within the limits."""

    def __init__(self, query: Query) -> None:
        from tree_sitter import QueryCursor

        self._cursor = QueryCursor(query, match_limit=MATCH_LIMIT)
        self._cursor.set_max_start_depth(MOST_DEPTH)

    def matches(self, root: Node) -> list[tuple[int, dict[str, list[Node]]]]:
        """All matches below a node: the number of the pattern, and what each name captured.

        Raises:
            TooManyMatches: when some were dropped, of whatever pattern.
        """
        found = self._cursor.matches(root)
        if self._cursor.did_exceed_match_limit:
            raise TooManyMatches("patterns or queries match in too many ways")
        return found
