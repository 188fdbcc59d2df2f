"""Excerpts of code with the colours of their language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from textwrap import dedent
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

from scanner.escape import visible_code
from scanner.languages import language_of

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

#: What Pygments calls our languages. A lexer is never chosen by the name of a file: that is the repository's to give.
_LEXERS: Final = {
    "python": "python",
    "jupyter": "python",
    "typescript": "typescript",
    "tsx": "tsx",
    "javascript": "javascript",
    "rust": "rust",
    "go": "go",
    "protobuf": "protobuf",
    "sql": "sql",
    "yaml": "yaml",
    "toml": "toml",
    "json": "json",
    "shell": "bash",
    "dotenv": "bash",
    "markdown": "yaml",  # of a page, its settings alone are read
}

#: What of a program has a colour, by Pygments' names of tokens; what belongs to one has its colour.
_CLASSES: Final = {
    "Keyword": "keyword",
    "Operator.Word": "keyword",
    "Literal": "literal",
    "Literal.String": "string",
    "Comment": "comment",
    "Name.Function": "defined",
    "Name.Class": "defined",
    "Name.Decorator": "defined",
    "Name.Tag": "key",
    "Name.Attribute": "key",
}
_SPAN = Markup('<span class="{}">{}</span>')


def highlighted(path: str, lines: Sequence[str]) -> tuple[Markup, ...]:
    """Lines of code as HTML, one each, without the indent that all share; hidden characters show as replacements.

    Args:
        path: of their file, whose language it tells.
        lines: without line ends.
    """
    text = dedent("\n".join(map(visible_code, lines)))
    language = language_of(path)
    lexer = _lexer(_LEXERS.get(language.name, "")) if language is not None else None
    if lexer is None:
        return tuple(map(escape, text.split("\n")))
    found = [Markup()]
    for kind, token in lexer.get_tokens(text):
        name = _class_of(kind)
        first, *rest = (_SPAN.format(name, part) if name and part else escape(part) for part in token.split("\n"))
        found[-1] += first
        found += rest
    return tuple(found[: text.count("\n") + 1])


@lru_cache
def _class_of(kind: _TokenType) -> str:
    """The class of what a token is, or of what that belongs to; empty where it has no colour."""
    names = str(kind).split(".")[1:]
    return next((found for end in range(len(names), 0, -1) if (found := _CLASSES.get(".".join(names[:end])))), "")


@lru_cache
def _lexer(name: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(name, stripnl=False) if name else None
