"""The arguments of a call, read from its text when a rule asks for them: most calls are never asked."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from scanner.facts import Argument, Call, Fact, FileFacts
from scanner.languages import by_name

_NAMED = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:=(?![=>])|:(?!:))\s*(.*)", re.DOTALL)
#: `{model: "m"}`, `Request { model }`, `&openai.Request{Model: "m"}`.
_FIELDS = re.compile(r"\s*&?(?:[A-Za-z_][\w.:]*\s*)?\{(.*)\}(?:\s*as\s[^{}]*|\s*satisfies\s[^{}]*)?\s*", re.DOTALL)
_FIELD = re.compile(r"""\s*["']?([A-Za-z_$][\w$]*)["']?\s*:(?!:)\s*(.*)""", re.DOTALL)
_SHORT_FIELD = re.compile(r"\s*([A-Za-z_$][\w$]*)\s*")
_METHOD_FIELD = re.compile(r"\s*(?:async\s+)?\*?\s*([A-Za-z_$][\w$]*)\s*\(.*\}\s*", re.DOTALL)
_PLAIN = re.compile(r"""[rRbBuU]{0,2}("{3}|'{3}|"|'|`(?!.*\$\{))((?:(?!\1).)*)\1""", re.DOTALL)
#: A string, to its end or to that of the text, or a sign that parts arguments.
_SIGNS = re.compile(
    r""""{3}[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*(?:"{3}|\\?\Z)|'{3}[^'\\]*+(?:(?:\\.|'(?!''))[^'\\]*+)*(?:'{3}|\\?\Z)"""
    r"""|"[^"\\]*+(?:\\.[^"\\]*+)*(?:"|\\?\Z)|'[^'\\]*+(?:\\.[^'\\]*+)*(?:'|\\?\Z)|`[^`\\]*+(?:\\.[^`\\]*+)*(?:`|\\?\Z)"""
    r"""|[,()\[\]{}]""",
    re.DOTALL,
)
#: Longer argument lists are data, not arguments.
_LIMIT = 20_000


def arguments_of(facts: FileFacts, call: Call) -> tuple[Argument, ...]:
    """The arguments of `call`, in order; comments between them are left out.

    Where a language passes objects whose fields have names, an argument that is one is followed by its fields, as if
    they were named arguments.
    """
    if call.end - call.arguments > _LIMIT:
        return ()
    traits = by_name(facts.language).traits
    inner = _without_prose(facts, call.arguments + 1, call.end - 1)
    found: list[Argument] = []
    for part in _split(inner):
        if part.strip():
            found.append(_argument(part))
            if traits is not None and traits.named_fields:
                found += _fields(part)
    return tuple(found)


def _fields(part: str) -> Iterator[Argument]:
    """The fields of an argument that is an object written out."""
    written = _FIELDS.fullmatch(part)
    for field in _split(written.group(1)) if written else ():
        named = _FIELD.fullmatch(field)
        if named:
            yield _valued(named.group(1), named.group(2))
        elif short := _SHORT_FIELD.fullmatch(field) or _METHOD_FIELD.fullmatch(field):
            yield _valued(short.group(1), field.strip())


def _without_prose(facts: FileFacts, start: int, end: int) -> str:
    pieces: list[bytes] = []
    first = bisect_left(facts.prose, start, key=_start)
    last = bisect_left(facts.prose, end, key=_start)
    for prose in facts.prose[first:last]:
        pieces.append(facts.source[start : prose.start])
        start = prose.end
    pieces.append(facts.source[start:end])
    return b" ".join(pieces).decode("utf-8", "replace")


def _start(fact: Fact) -> int:
    return fact.start


def _split(text: str) -> Iterator[str]:
    """Parts between commas that lie in no bracket and no string."""
    depth, start = 0, 0
    for sign in _SIGNS.finditer(text):
        char = sign.group()[0]
        if char == ",":
            if not depth:
                yield text[start : sign.start()]
                start = sign.end()
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
    yield text[start:]


def _argument(part: str) -> Argument:
    named = _NAMED.fullmatch(part)
    return _valued(named.group(1), named.group(2)) if named else _valued("", part)


def _valued(name: str, value: str) -> Argument:
    plain = _PLAIN.fullmatch(value.strip())
    text = plain.group(2) if plain else " ".join(value.split())
    return Argument(name, text[:200], plain is not None)
