"""How the code of one file is laid out: what lies in which block, and what still runs once a place in it is left."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from scanner.facts import Control, FileFacts

Spans = tuple[tuple[int, int], ...]

#: A character between single quotes is no string everywhere, and may be a brace.
_BRACE = re.compile(rb"\{|\}|'[{}]'")
#: The end of a body that goes on with a loop, or leaves it.
_JUMP = re.compile(rb"(continue(?<![\w.$]continue)|break(?<![\w.$]break))(?:\s+'?\w+)?$")
#: The end of a body that ends the program.
_QUIT = re.compile(rb"\b(?:sys\.exit|process(?:\.|::)exit|os\.(?:_exit|Exit)|log\.Fatal\w*|exit|quit)\([^()]*\)$")
_CASE = re.compile(rb"(?:case|default)\b")
#: What stands before the brace of a block after which code is reached through its end alone.
_PLAIN = re.compile(rb"\b(?:try|unsafe)\s*$")
#: What stands before the brace of a nameless function, or of a block that `return` leaves as if it were one.
_NAMELESS = re.compile(rb"(?:=>|\||\basync|\bmove|\bfunc(?:tion)?\b[^{};]*)\s*$")
_SWITCH = re.compile(rb"\b(?:match|switch)\b")
_MATCH_LINE = re.compile(rb"^([ \t]*)match\b([^\n]*):[ \t]*$", re.MULTILINE)
_INDENT = re.compile(rb"[ \t]*$")
_GUARD = re.compile(rb"(?:except|catch)\b")
#: Bytes before a brace in which what it belongs to is looked for, and before an end in which its last statement is.
_NEAR = 160
#: Bytes before the arm of a `match` without braces in which the `match` is looked for.
_FAR = 4_000

_CODE, _TRY, _BRACES = range(3)


class Blocks:
    """The blocks of one file: bodies of functions, arms, loops and handlers, what a `try` guards, and braces."""

    def __init__(self, facts: FileFacts) -> None:
        self._facts = facts
        #: The source; strings are zeros and prose is spaces, so that what looks like code is code.
        self.code = _code(facts)
        #: Where a brace opens mapped to where its block ends.
        self.closed: dict[int, int] = {}
        #: Extent of what a `try` guards mapped to its handlers.
        self._tries: dict[tuple[int, int], list[Control]] = {}
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._kinds: list[int] = []
        self._parents: list[int] = []
        self._nest(self._found())

    def _found(self) -> dict[tuple[int, int], int]:
        """Extents of all blocks mapped to their kinds; braces around a body are no block of their own."""
        found: dict[tuple[int, int], int] = {}
        for item in self._facts.controls:
            if item.kind not in ("return", "raise"):
                found[item.body, item.end] = _CODE
            if item.kind == "handler" and _GUARD.match(self.code, item.start):
                guarded = item.guarded_start, item.guarded_end
                found[guarded] = _TRY
                self._tries.setdefault(guarded, []).append(item)
        for definition in self._facts.definitions:
            found[definition.body, definition.end] = _CODE
        self._match_braces(found)
        for pair in self.closed.items():
            found.setdefault(pair, _BRACES)
        return found

    def _match_braces(self, known: dict[tuple[int, int], int]) -> None:
        """Pair braces; an unmatched one, as in a regular expression, is dropped at the end of a block that is known."""
        if b"{" not in self.code or self._facts.language in ("python", "jupyter"):
            return
        opens = {end - 1: start for start, end in known}
        pending: list[int] = []
        for match in _BRACE.finditer(self.code):
            at = match.start()
            char = self.code[at]
            if char == 123:
                pending.append(at)
            elif char == 125 and pending:
                opened = pending.pop()
                start = opens.get(at, opened)
                while opened > start and pending:
                    opened = pending.pop()
                self.closed[opened] = at + 1

    def _nest(self, found: dict[tuple[int, int], int]) -> None:
        around: list[int] = []
        ends = self._ends
        for start, negative in sorted([(start, -end) for start, end in found]):  # what lies around comes first
            end = -negative
            while around and ends[around[-1]] <= start:
                around.pop()
            if start >= end or (around and end > ends[around[-1]]):
                continue
            self._starts.append(start)
            self._kinds.append(found[start, end])
            self._parents.append(around[-1] if around else -1)
            around.append(len(ends))
            ends.append(end)

    def innermost(self, offset: int) -> int:
        """Index of the innermost block around an offset, or -1."""
        ends, parents = self._ends, self._parents
        at = bisect_right(self._starts, offset) - 1
        while at >= 0 and ends[at] <= offset:
            at = parents[at]
        return at

    def start(self, offset: int) -> int:
        """Where the innermost block around an offset starts; -1 at the top of the file."""
        at = self.innermost(offset)
        return self._starts[at] if at >= 0 else -1

    def is_nameless(self, offset: int, limit: int) -> bool:
        """Whether an offset lies in a nameless function that starts after `limit`."""
        at = self.innermost(offset)
        while at >= 0 and (start := self._starts[at]) > limit:
            if self._kinds[at] == _BRACES and _NAMELESS.search(self.code, max(limit, start - _NEAR), start):
                return True
            at = self._parents[at]
        return False

    def caught(self, offset: int, limit: int) -> int:
        """Where the innermost `try` around an offset ends that goes on after an error, else a limit."""
        at = self.innermost(offset)
        while at >= 0 and self._ends[at] <= limit:
            handlers = self._tries.get((self._starts[at], self._ends[at]), ())
            if not all(self.leaves(handler) for handler in handlers):
                return self._ends[at]
            at = self._parents[at]
        return limit

    def is_case(self, arm: Control) -> bool:
        """Whether an arm is one of a `switch` or `match`."""
        return _CASE.match(self.code, arm.start) is not None or (
            self.code[max(arm.start, arm.body - 8) : arm.body].rstrip().endswith(b"=>")
        )

    def subject(self, arm: Control) -> tuple[int, int]:
        """Extent of what a `switch` or `match` asks about, for one of its arms; both 0 where none is found."""
        code, opened = self.code, self.start(arm.start)
        if opened >= 0 and code[opened] == 123 and opened in self.closed:
            near = max(0, opened - 4 * _NEAR)
            words = list(_SWITCH.finditer(code, near, opened))
            return (words[-1].end(), opened) if words else (0, 0)
        indent = _INDENT.search(code, max(0, arm.start - _NEAR), arm.start)
        deep = len(indent.group()) if indent else 0
        lines = _MATCH_LINE.finditer(code, max(0, arm.start - _FAR), arm.start)
        outer = [line for line in lines if len(line.group(1)) < deep]
        return outer[-1].span(2) if outer else (0, 0)

    def leaves(self, arm: Control) -> bool:
        """Whether nothing that stands after an arm or a handler runs once its body did."""
        code, body, end = self.code, arm.body, arm.end
        if end > body + 1 and code[body] == 123 and code[end - 1] == 125:
            end -= 1
        end = trimmed(code, body, end)
        left = self._exits.get(end)
        if left is not None:
            return left >= body and self.start(left) == body
        near = max(body, end - _NEAR)
        jump = _JUMP.search(code, near, end)
        # What ends the program is a call.
        if jump is None and (code[end - 1] != 41 or _QUIT.search(code, near, end) is None):
            return False
        if jump is not None and jump.group(1) == b"break" and _CASE.match(code, arm.start):
            return False  # it leaves the `switch` alone
        return end > body and self.start(end - 1) == body

    @cached_property
    def _exits(self) -> dict[int, int]:
        """Where exits end mapped to where the outermost of those starts."""
        found: dict[int, int] = {}
        for item in self._facts.controls:
            if item.kind in ("return", "raise"):
                found.setdefault(trimmed(self.code, item.start, item.end), item.start)
        return found

    def rest(self, around: int, start: int, is_case: bool = False) -> Spans:
        """What runs after `start` unless it is left before: the rest of the block, and of those it ends with.

        Args:
            around: an offset in the block.
            start: where that code begins.
            is_case: whether `around` is the start of an arm of a `switch`, which goes on after all of its arms.

        Returns:
            Extents in order. A `try` whose handlers all leave ends no block: code after it is reached through its end
            alone. After any other `try`, code is reached through the handlers too.
        """
        at, found = self.innermost(around), []
        if is_case and at >= 0 and self._kinds[at] == _BRACES:
            at = self._parents[at]
        while at >= 0:
            begin, end = self._starts[at], self._ends[at]
            found.append((start, end))
            handlers = self._tries.get((begin, end))
            if handlers is not None and all(self.leaves(handler) for handler in handlers):
                start = max(handler.end for handler in handlers)
            elif self._kinds[at] == _BRACES and _PLAIN.search(self.code, max(0, begin - 12), begin):
                start = end
            else:
                break
            at = self._parents[at]
        else:
            found.append((start, len(self.code)))
        return tuple((start, end) for start, end in found if start < end)


def trimmed(code: bytes, start: int, end: int) -> int:
    """The end of an extent without white space and semicolons at its end."""
    while end - start > 64:
        short = end - 64 + len(code[end - 64 : end].rstrip(b"; \t\r\n"))
        if short > end - 64:
            return short
        end = short
    return start + len(code[start:end].rstrip(b"; \t\r\n"))


def _code(facts: FileFacts) -> bytes:
    code = bytearray(facts.source)
    for string in facts.strings:
        code[string.start : string.end] = b"0" * (string.end - string.start)
    for prose in facts.prose:
        code[prose.start : prose.end] = b" " * (prose.end - prose.start)
    return bytes(code)
