"""SQL as tokens, over the dialects' differences in strings, names and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.languages.sheet import Token, tokens

#: How deep bodies between `$$` stand in each other.
_MOST_BODIES = 3
#: Of how many marks that have no partner the partner is looked for.
_MOST_OPEN = 50
_ELSE = (
    rb"|(?P<body>\$(?:[A-Za-z_]\w*)?\$)"
    rb"|(?P<word>[A-Za-z_@#\x80-\xff][\w$#@\x80-\xff]*)"
    rb"|(?P<name>\"(?:[^\"\n]|\"\")*\"|`[^`\n]*`|\[[A-Za-z_][^\]\n]*\])"
    rb"|(?P<number>[0-9][\w.]*)|(?P<odd>['\"`])|(?P<sign>[^\s])"
)
_COMMENT = (
    rb"(?P<comment>--[^\n]*|/\*(?:.*?\*/|.*)|\{#(?:.*?#\}|.*)|^[ \t]*#(?![\w#]*[ \t]*\()[^\n]*|^\\[A-Za-z!][^\n]*)"
)
#: With doubled quotes alone, and with the backslashes of those dialects that write names in backticks.
_STANDARD = re.compile(
    _COMMENT + rb"|(?P<string>[eE]'(?:[^'\\]|''|\\.)*'|(?:[A-Za-z]{1,2}&?)?'(?:[^']|'')*')" + _ELSE,
    re.DOTALL | re.MULTILINE,
)
_ESCAPED = re.compile(_COMMENT + rb"|(?P<string>[A-Za-z]{0,2}'(?:[^'\\]|''|\\.)*')" + _ELSE, re.DOTALL | re.MULTILINE)
#: Rows that a dump gives to the statement before them.
_ROWS = re.compile(rb"\bfrom[ \t]+stdin\b[^;\n]*;[^\n]*\n", re.IGNORECASE)


def lex(source: bytes) -> Iterator[Token]:
    """The tokens of a file, comments among them; both marks of a body are tokens of the kind `body`."""
    parts = _Parts(_ESCAPED if b"`" in source else _STANDARD, source)
    at = 0
    for rows in _ROWS.finditer(source):
        end = source.find(b"\n\\.", rows.end() - 1)
        if end < 0:
            break
        if rows.end() >= at:
            yield from parts.read(at, rows.end(), 0)
            at = end + len(b"\n\\.")
    yield from parts.read(at, len(source), 0)


class _Parts:
    """Reads parts of a file: a quote that is never closed inside of a body does no harm outside of it."""

    def __init__(self, pattern: re.Pattern[bytes], source: bytes) -> None:
        self._pattern = pattern
        self._source = source
        self._open = 0

    def read(self, start: int, end: int, depth: int) -> Iterator[Token]:
        while start < end:
            for token in tokens(self._pattern, self._source, start, end):
                start = token.end
                yield token
                closing = self._closing(token, end) if token.kind == "body" and depth < _MOST_BODIES else -1
                if closing >= 0:
                    yield from self.read(token.end, closing, depth + 1)
                    start = closing + len(token.text)
                    yield Token("body", token.text, closing, start)
                    break
            else:
                return

    def _closing(self, token: Token, end: int) -> int:
        if self._open >= _MOST_OPEN:
            return -1
        found = self._source.find(token.text.encode(), token.end, end)
        self._open += found < 0
        return found
