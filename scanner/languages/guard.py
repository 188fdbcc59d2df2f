"""What keeps a file from its parser: bytes that are no text, and shapes on which parsers take minutes or crash.

No one writes such files by hand, so each is one blind spot, told with its reason, before the parser starts.
"""

from __future__ import annotations

import codecs
import re

from scanner.languages import Language

#: Brackets of real code nest ten to twenty deep; query cursors are quadratic in depth.
MOST_NESTED = 250
#: Brackets that never meet their partner, as in strings and comments: a few are normal.
MOST_UNMATCHED = 2_000
#: Signs other than letters, digits and blanks; parsers take microseconds for each.
MOST_SIGNS = 700_000

_WORDS = bytes(byte for byte in range(256) if chr(byte).isalnum() or chr(byte).isspace() or byte in b"_" or byte > 127)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"()[]{}")
#: Only character sets: Python knows codecs that no text is written in.
_COOKIE = re.compile(
    rb"^[ \t\f]*#.*?coding[:=][ \t]*((?:iso|latin|cp|windows|koi8|mac|s?jis|shift|euc|gb|big5)[-\w]*)", re.IGNORECASE
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def as_utf8(data: bytes) -> bytes:
    """A file as the parsers read it: UTF-8 without byte order mark, lines that end in one newline.

    The encoding is that of the byte order mark, else UTF-8, else what the first lines declare, else Latin-1, in which
    every byte means something. Offsets of facts refer to the result.
    """
    mark, encoding = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), (b"", ""))
    if encoding == "utf-8":
        data = data[len(mark) :]
    elif encoding:
        data = data.decode(encoding, "replace").encode("utf-8", "replace")
    if not data.isascii():
        data = _decoded(data)
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


def _decoded(data: bytes) -> bytes:
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode(_declared(data), "replace").encode("utf-8", "replace")
    return data


def _declared(data: bytes) -> str:
    for line in data.split(b"\n", 2)[:2]:
        if match := _COOKIE.match(line):
            try:
                return codecs.lookup(match.group(1).decode()).name
            except LookupError:
                break
    return "latin-1"


def objection(source: bytes, language: Language) -> tuple[str, str]:
    """Why a file is not parsed, as reason and detail; both empty where nothing speaks against it."""
    if b"\0" in source:
        return "binary", "holds NUL bytes"
    signs = len(source.translate(None, _WORDS))
    if signs > MOST_SIGNS:
        return "too dense", f"{signs:,} signs, more than {MOST_SIGNS:,}"
    reason, detail = language.objection(source) if language.objection is not None else ("", "")
    if reason:
        return reason, detail
    brackets = source.translate(None, _NO_BRACKETS)
    for _ in range(MOST_NESTED):
        inner = brackets.replace(b"()", b"").replace(b"[]", b"").replace(b"{}", b"")
        if len(inner) == len(brackets):
            break
        brackets = inner
    if len(brackets) > MOST_UNMATCHED:
        return "nested too deeply", f"more than {MOST_NESTED} brackets in each other, or {len(brackets):,} unmatched"
    return "", ""
