"""The grammars of tree-sitter and the limits within which their trees are searched."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from scanner.languages import by_name

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar
    from tree_sitter import Query, QueryCursor

#: A pattern of several open captures can be tried in too many ways on hostile input; the cursor then drops some.
MATCH_LIMIT = 50_000
#: Cursors are quadratic in depth. Only chains of thousands of names or operators lie deeper, since brackets may not.
MOST_DEPTH = 1_000


@cache
def grammar_of(name: str) -> Grammar:
    """The grammar of a language, once a process."""
    from tree_sitter import Language as GrammarType

    module, _, function = by_name(name).grammar.partition(":")
    return GrammarType(getattr(importlib.import_module(module), function or "language")())


def cursor_of(query: Query) -> QueryCursor:
    """A cursor that keeps to the limits."""
    from tree_sitter import QueryCursor as CursorType

    cursor = CursorType(query, match_limit=MATCH_LIMIT)
    cursor.set_max_start_depth(MOST_DEPTH)
    return cursor
