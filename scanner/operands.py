"""Expressions of which a part is left out on one outcome of another: `a and b`, `a ? b : c`, `b if a else c`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from scanner.blocks import trimmed

#: Each begins with a class of characters, or its alternatives with one each, by which a search skips all else.
_PYTHON = re.compile(rb"and\b(?<=\band)|or\b(?<=\bor)|if\b(?<=\bif)")
_SHORT = re.compile(rb"[&|](?:(?<=&)&|(?<=\|)\|)")
_SHORT_OR_TERNARY = re.compile(rb"[&|?](?:(?<=&)&|(?<=\|)\||(?<=\?)(?<!\?\?)(?![.?:,;)\]>=]))")
_WORDED = frozenset({"python", "jupyter"})
_TERNARY = frozenset({"javascript", "typescript", "tsx"})
_WORDS = b"and or if else for return in while elif".split()
_TOKEN = re.compile(
    rb"\(|\)|\[|\]|\{|\}|,|;|:|\n|\?|&&|\|\||=>|=(?<![=!<>]=)(?!=)|"
    + b"|".join(rb"%b\b(?<=\b%b)" % (word, word) for word in _WORDS)
)
#: A line that goes on: what it ends with, and what the next one begins with.
_GOES_ON = re.compile(rb"(?:[(,\[{=+\-*/%&|?:<>.\\!]|\b(?:and|or|not|in|if|else|return|await))[ \t\r]*$")
_WENT_ON = re.compile(rb"\s*(?:&&|\|\||[?:.)\]}]|(?:and|or|else)\b)")
_OPERAND = re.compile(rb"[\w)\]?]\s*$")
#: Operators between which nothing begins anew.
_PASSED = frozenset({b"&&", b"||", b"and", b"or", b"?", b"in"})
_LAST = frozenset({b",", b";", b"for"})
_TIGHT = _LAST | {b":", b"?", b"if", b"else", b"=>"}
#: An operator mapped to what ends its operand.
_STOPS: Mapping[bytes, frozenset[bytes]] = {
    b"and": _TIGHT | {b"or"},
    b"&&": _TIGHT | {b"||"},
    b"or": _TIGHT,
    b"||": _TIGHT,
    b"if": _LAST | {b":", b"if", b"else"},
    b"?": _LAST | {b":"},
    b":": _LAST,
    b"=": frozenset({b";"}),
}
#: Bytes of an expression that are read: a longer one is data.
_MOST = 400
#: Bytes of it that are read first: most are short.
_NEAR = 80


class Choice(msgspec.Struct, frozen=True, gc=False):
    """One part of an expression that is left out on one outcome of another."""

    #: Byte extent of what is asked.
    asked: tuple[int, int]
    #: Byte extent of what is left out.
    part: tuple[int, int]


def choices(
    code: bytes, language: str, starts: Sequence[int], jumps: Mapping[int, int], arms: Collection[int]
) -> Iterator[Choice]:
    """Find parts that hold a call and are left out on one outcome of another part.

    Args:
        code: of a file, without strings and prose.
        language: of the file.
        starts: where calls start, in order.
        jumps: where a bracket opens mapped to where it was closed, as far as known.
        arms: where arms start: an `if` there is no operator.
    """
    operators = _PYTHON if language in _WORDED else _SHORT_OR_TERNARY if language in _TERNARY else _SHORT
    for match in operators.finditer(code):
        at, end, word = match.start(), match.end(), match.group()
        if word == b"if":
            if at not in arms:
                yield from _conditional(code, at, starts, jumps)
        elif _holds(starts, end, end + _MOST):
            last = forward(code, end, jumps, word)
            parts = [(end, last)]
            if word == b"?" and code[last : last + 1] == b":":
                parts.append((last + 1, forward(code, last + 1, jumps, b":")))
            if held := [part for part in parts if _holds(starts, *part)]:
                asked = (backward(code, at), at)
                for part in held:
                    yield Choice(asked, part)


def _conditional(code: bytes, at: int, starts: Sequence[int], jumps: Mapping[int, int]) -> Iterator[Choice]:
    """Python's `a if b else c`, and the condition of a comprehension."""
    first = left = backward(code, at)
    while code[first - 3 : first] == b"for":  # of a comprehension, which begins before it
        left = first - 3
        first = backward(code, left)
    last = forward(code, at + 2, jumps, b"if")
    asked, part = (at + 2, last), (first, left if left > first else at)
    if _holds(starts, *part):
        yield Choice(asked, part)
    if code[last : last + 4] == b"else":
        part = (last + 4, forward(code, last + 4, jumps, b":"))
        if _holds(starts, *part):
            yield Choice(asked, part)


def _holds(starts: Sequence[int], start: int, end: int) -> bool:
    at = bisect_left(starts, start)
    return at < len(starts) and starts[at] < end


def forward(code: bytes, at: int, jumps: Mapping[int, int], word: bytes) -> int:
    """Where the operand behind an operator ends.

    Args:
        code: of the file, without strings and prose.
        at: where the operand begins.
        jumps: where a bracket opens mapped to where it was closed, as far as known.
        word: the operator; `:` for the last part of a conditional expression, `=` for the value of a name.
    """
    depth, inner, stops = 0, 0, _STOPS[word]
    limit = at + _MOST
    while match := _TOKEN.search(code, at, limit):
        start, token = match.start(), match.group()
        at = match.end()
        if token in b"([{":
            if token == b"{" and not depth and word != b"=" and _OPERAND.search(code, max(0, start - 20), start):
                return start  # the body behind a condition
            closed = jumps.get(start)
            if closed is None:
                depth += 1
            else:
                at, limit = closed, max(limit, closed + _MOST)
        elif token in b")]}":
            depth -= 1
            if depth < 0:
                return start
        elif depth:
            continue
        elif token == b"\n":
            if _ends(code, start):
                return start
        elif token == b"?" and word == b"?":
            inner += code[at : at + 1] not in (b".", b"?", b":")
        elif token == b":" and inner:
            inner -= 1
        elif token in stops and not (token == b"?" and code[at : at + 1] in (b".", b"?")):
            return start
    return min(max(at, limit), len(code))


def backward(code: bytes, end: int) -> int:
    """Where the operand before an operator begins."""
    end = trimmed(code, 0, end)
    near = _backward(code, end, max(0, end - _NEAR))
    return near if near > end - _NEAR else _backward(code, end, max(0, end - _MOST))


def _backward(code: bytes, end: int, first: int) -> int:
    depth = 0
    for match in reversed(list(_TOKEN.finditer(code, first, end))):
        token = match.group()
        if token in b")]}":
            depth += 1
        elif token in b"([{":
            depth -= 1
            if depth < 0:
                return match.end()
        elif depth or token in _PASSED:
            continue
        elif token != b"\n" or _ends(code, match.start()):
            return match.end()
    return first


def _ends(code: bytes, newline: int) -> bool:
    """Whether a line break ends an expression."""
    return _WENT_ON.match(code, newline) is None and _GOES_ON.search(code, max(0, newline - 40), newline) is None
