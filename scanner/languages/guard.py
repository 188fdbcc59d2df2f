"""What keeps a file from its parser: bytes that are no text, and shapes on which parsers take minutes or crash.

No one writes such files by hand, so each is one blind spot, told with its reason, before the parser starts.
"""

from __future__ import annotations

import codecs
import re
from encodings import normalize_encoding
from encodings.aliases import aliases

from scanner.languages import Language

#: Brackets of real code nest ten to twenty deep; query cursors are quadratic in depth.
MOST_NESTED = 250
#: Brackets that never meet their partner, as in strings and comments: a few are normal.
MOST_UNMATCHED = 2_000
#: Signs other than letters, digits and blanks; parsers take microseconds for each.
MOST_SIGNS = 700_000
#: Characters of a declared encoding that are told.
_SHOWN = 40

_WORDS = bytes(byte for byte in range(256) if chr(byte).isalnum() or chr(byte).isspace() or byte in b"_" or byte > 127)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"()[]{}")
#: As PEP 263 has it; the first line has to be blank or a comment for the second to count.
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")
_NO_CODE = re.compile(rb"[ \t\f]*(?:#|$)")
_LINE_END = re.compile(rb"\r\n?|\n")
#: Character sets in which ASCII bytes mean what they do in ASCII, as Python calls its codecs for them.
_CHARACTER_SETS = frozenset(
    "ascii utf_8 utf_8_sig latin_1 big5 big5hkscs gb18030 gb2312 gbk johab shift_jis "
    "euc_jp euc_jis_2004 euc_jisx0213 euc_kr cp932 cp949 cp950 "
    "iso8859_1 iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 iso8859_10 iso8859_11 "
    "iso8859_13 iso8859_14 iso8859_15 iso8859_16 koi8_r koi8_t koi8_u kz1048 ptcp154 tis_620 hp_roman8 palmos "
    "cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp862 cp863 cp865 cp866 cp869 cp874 "
    "cp1006 cp1125 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 "
    "mac_arabic mac_croatian mac_cyrillic mac_farsi mac_greek mac_iceland mac_latin2 mac_roman mac_romanian "
    "mac_turkish".split()
)
#: Names that Python takes as UTF-8 and as Latin-1 whatever follows, as in Emacs' `utf-8-unix`.
_FORMS = (("utf-8-", "utf_8"), ("latin-1-", "latin_1"), ("iso-8859-1-", "latin_1"), ("iso-latin-1-", "latin_1"))
_NO_ASCII = bytes(range(128, 256))
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


def _cookie(data: bytes) -> str:
    """The encoding that a comment in the first or second line names; empty where none does."""
    lines = _LINE_END.split(data, 2)[:2]
    for line in lines if _NO_CODE.match(lines[0]) else lines[:1]:
        if match := _COOKIE.match(line):
            return match.group(1).decode()
    return ""


def _character_set(cookie: str) -> str:
    """Python's codec for a character set; empty for all else. No codec is looked up by a name that a file chose."""
    plain = cookie.lower().replace("_", "-")
    name = next((codec for form, codec in _FORMS if plain.startswith(form)), "")
    name = name or normalize_encoding(cookie).lower()
    name = aliases.get(name, name)
    return name if name in _CHARACTER_SETS else ""


def _declared(data: bytes) -> str:
    return _character_set(_cookie(data)) or "latin-1"


def _undecoded(source: bytes) -> str:
    """The encoding that a file declares, if read by it the code may be another than what stands there."""
    cookie = _cookie(source)
    name = _character_set(cookie)
    if not cookie or (name and source.isascii()):
        return ""
    try:
        # A file in valid UTF-8 is read as such; a character of Shift JIS, say, may swallow the quote's backslash.
        other = source.decode(name).encode("utf-8") if name else b""
    except UnicodeError:  # it is not in that encoding, so that it was decoded, or no Python takes it
        return ""
    return "" if name and other.translate(None, _NO_ASCII) == source.translate(None, _NO_ASCII) else cookie


def objection(source: bytes, language: Language) -> tuple[str, str]:
    """Why a file is not parsed, as reason and detail; both empty where nothing speaks against it."""
    if b"\0" in source:
        return "binary", "holds NUL bytes"
    if language.cookies and (cookie := _undecoded(source)):
        return "unusual encoding", f"declares the encoding {cookie[:_SHOWN]}, which is not read"
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
