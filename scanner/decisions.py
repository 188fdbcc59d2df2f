"""Which calls decide whether later code runs: conditions, what they ask, and the code on either side of them.

Nothing here knows which calls are gates: every call is told whose result a condition depends on.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import attrgetter

import msgspec

from scanner.blocks import Blocks, Spans, trimmed
from scanner.facts import Control, FileFacts
from scanner.operands import choices, forward

#: A name with what is asked of it; what follows a call or a subscript belongs to that.
_NAME = re.compile(rb"[A-Za-z_$](?<![\w$.][A-Za-z_$])[\w$]*+(?:\s*+[?!]?\.\s*+[A-Za-z_$#][\w$]*+)*")
_DOTS = re.compile(rb"\s*[?!]?\.\s*#?")
_GAP = re.compile(rb"[\s;}]*")
#: An arm of a chain, and the word between two.
_ELSE = re.compile(rb"(?:else|elif)\b")
#: A handler that is written as an arm; others are entered from anywhere in what they guard.
_ARM = re.compile(rb"(?:if|let|Err)\b|\}?\s*else\b")
_WHILE = re.compile(rb"while\b")
_ENSURE = re.compile(rb"(?:\w+::)*ensure!")
#: What makes a control that is no branch a condition all the same.
_ASKING = {"handler": _ARM, "loop": _WHILE, "raise": _ENSURE}
_FOR = re.compile(
    rb"(?:async\s+)?for\s+(?:await\s*)?\(?\s*(?:const|let|var)?\s*([\w$,\s(){}\[\].:]*?)\s*(?:\b(?:of|in)\b|:?=\s*range\b)"
)
#: Several names that are given the parts of a value; the end of those, where looking begins, and all of them.
_UNPACKS = re.compile(rb",[ \t]*[\w.*]++[)\]]?[ \t]*=(?!=)")
_SEVERAL = re.compile(rb"[ \t]*[(\[]?([\w.*]++(?:[ \t]*,[ \t]*[\w.*]++)+)[)\]]?[ \t]*=(?!=)[ \t]*")
#: What follows a name in a pattern that is given a value.
_PATTERN = re.compile(rb"[\w$\s,:.]*[}\])][\w$\s,.}\])]*(?::[^=;]{0,200}?)?=(?![=>])")
_WORD = re.compile(rb"[A-Za-z_$][\w$]*")
#: Languages in which `?` behind a call leaves on an error.
_TRIES = frozenset({"rust"})
#: Languages whose facts leave out names that are given parts of a value.
_UNPACKED = frozenset({"python", "jupyter"})
#: A call that leaves the function on an error.
_TRIED = re.compile(rb"\s*(?:\.\s*await\s*)?\?")
#: What stands behind a call whose result nobody uses, and before it.
_UNUSED = re.compile(rb"(?:\s*\.\s*await\b)?[ \t\r]*(?:;|\}|$|\n(?!\s*(?:[.?:+*/%|=<>]|&&|and\b|or\b)))")
_WAITED = re.compile(rb"\b(?:await|void|yield\s+from)$")
_OPEN = frozenset(b"(,[=+-*/%&|<>?.\\")
_NONE: frozenset[int] = frozenset()
_place = attrgetter("place")
#: More calls, or more places that may have given a name its value, say nothing that anybody could follow.
_MOST_CALLS = 32
_MOST_VALUES = 12
#: Bytes of a value in which names are looked for: a longer one is data.
_MOST_VALUE = 600


class Decision(msgspec.Struct, frozen=True, gc=False):
    """Code that runs only on one outcome of some calls."""

    #: `Call.start` of calls in the same function, in order; calls of one chain share it.
    calls: tuple[int, ...]
    #: Byte extents of the code, in order, ends excluded.
    spans: tuple[tuple[int, int], ...]
    #: Of the condition, counted from 1.
    line: int
    #: Where an arm ends that leaves on the other outcome; -1 where none does. What follows outside of the blocks around
    #: the arm runs on this outcome, or where those blocks were not entered.
    left: int = -1


def decisions(facts: FileFacts, blocks: Blocks | None = None) -> tuple[Decision, ...]:
    """Find the code that runs only on one outcome of some calls.

    Args:
        facts: of a file in any programming language.
        blocks: of the same file, where they are known already.

    Returns:
        One decision for each arm, one for what follows an arm that leaves, and one that says where such an arm ends, in
        order of their conditions.
    """
    if not facts.calls or not facts.definitions:
        return ()
    return tuple(_Flow(facts, blocks or Blocks(facts)).run())


def statements(facts: FileFacts, blocks: Blocks | None = None) -> tuple[tuple[int, int, int], ...]:
    """Calls that are statements of their own: what follows them runs only if they raise no error.

    Args:
        facts: of a file in any programming language.
        blocks: of the same file, where they are known already.

    Returns:
        (`Call.start`, end of the code that follows in the same block, end of the code that follows it or where that
        block was not entered) for each that another call follows, in order.
    """
    blocks = blocks or Blocks(facts)
    code, unused = blocks.code, _UNUSED.match
    starts = [call.start for call in facts.calls]
    found: dict[int, tuple[int, int, int]] = {}
    for call in facts.calls:
        start, end = call.start, call.end
        if call.scope < 0 or start in found or not unused(code, end) or not _is_statement(code, start):
            continue
        after = bisect_left(starts, end)
        if after == len(starts):
            continue
        last = blocks.caught(start, facts.definitions[call.scope].end)
        if starts[after] < last:
            spans = blocks.rest(start, end)
            found[start] = start, (spans[-1][1] if spans else end), last
    return tuple(found.values())


def _is_statement(code: bytes, start: int) -> bool:
    """Whether a statement begins where a call does, but for a word that waits for it."""
    if start and code[start - 1] in _OPEN:
        return False  # most calls that are arguments, spared the search for a word
    before = code[max(0, start - 80) : start]
    kept = before.rstrip()
    if waited := _WAITED.search(kept):
        before = kept[: waited.start()]
        kept = before.rstrip()
    if not kept or kept[-1] in b";{}:":
        return True
    return (kept[-1] not in _OPEN and b"\n" in before[len(kept) :]) or kept[-1:] == b")"


class _Binding(msgspec.Struct, frozen=True, gc=False):
    """Names that are given a value."""

    names: tuple[bytes, ...]
    #: Byte extent of the value.
    asked: tuple[tuple[int, int], ...]
    #: Where they have it from.
    place: int
    #: Byte offset in the block in which they have it.
    at: int
    scope: int


class _Condition(msgspec.Struct, frozen=True, gc=False):
    """What is asked, and the code that runs only on one outcome."""

    #: Byte extents.
    asked: tuple[tuple[int, int], ...]
    place: int
    scope: int
    #: Spans of one decision each.
    spans: tuple[Spans, ...]
    line: int
    #: Where the arm that it belongs to ends, or -1.
    arm: int = -1
    #: Where the arm before it ends in a chain, or -1.
    before: int = -1
    #: Where it ends, if it leaves; else -1.
    left: int = -1


class _Flow:
    """One sweep over a file: what names were given, and the conditions that ask for it."""

    def __init__(self, facts: FileFacts, blocks: Blocks) -> None:
        self._facts = facts
        self._blocks = blocks
        self._code = blocks.code
        self._starts = [call.start for call in facts.calls]
        self._named_at = [item.start for item in facts.assignments]
        self._has_braces = b"{" in self._code
        self._jumps = {**blocks.closed, **{call.arguments: call.end for call in facts.calls}}
        #: Scope and name mapped to (start of the block, calls) of each place that may have given it its value.
        self._values: dict[int, dict[bytes, list[tuple[int, frozenset[int]]]]] = {}
        #: Where an arm ends mapped to the calls that decide about it: what follows it in a chain depends on them too.
        self._arms: dict[int, frozenset[int]] = {}
        self._found: list[Decision] = []

    def run(self) -> list[Decision]:
        """All decisions, in order of their conditions."""
        arms = {(item.start, item.body): item for item in self._facts.controls if self._is_condition(item)}
        conditions = [condition for arm in arms.values() if (condition := self._condition(arm)) is not None]
        conditions += self._choices({start for start, _ in arms})
        if self._facts.language in _TRIES:
            conditions += self._tried()
        last: dict[int, int] = {}
        for condition in conditions:
            last[condition.scope] = max(condition.place, last.get(condition.scope, -1))
        events: list[_Binding | _Condition] = [*self._bindings(last), *conditions]
        events.sort(key=_place)
        for event, names in self._needed(events):
            calls = self._asked(event, names)
            if isinstance(event, _Binding):
                self._bind(event, calls)
            else:
                self._decide(event, calls)
        return self._found

    def _needed(
        self, events: Sequence[_Binding | _Condition]
    ) -> Iterator[tuple[_Binding | _Condition, Collection[bytes]]]:
        """All conditions, and names that any of them asks for, in order; with the names that each of them mentions.

        Names are those that have a value in the same function: no other one is ever looked up.
        """
        code, find = self._code, _NAME.findall
        bound: dict[int, set[bytes]] = {}
        for event in events:
            if isinstance(event, _Binding):
                bound.setdefault(event.scope, set()).update(event.names)
        needed: dict[int, set[bytes]] = {scope: set() for scope in bound}
        kept: list[tuple[_Binding | _Condition, Collection[bytes]]] = []
        for event in reversed(events):
            wanted = needed.get(event.scope)
            if wanted is None:
                kept.append((event, ()))  # a condition where nothing has a value
                continue
            if isinstance(event, _Binding) and wanted.isdisjoint(event.names):
                continue
            names: set[bytes] = set()
            for start, end in event.asked:
                for name in find(code, start, min(end, start + _MOST_VALUE)):
                    if b"." in name:
                        names.update(_prefixes(name))
                    else:
                        names.add(name)
            names &= bound[event.scope]
            wanted |= names
            kept.append((event, names))
        return reversed(kept)

    def _is_condition(self, item: Control) -> bool:
        if item.kind == "branch":
            return True
        how = _ASKING.get(item.kind)
        return how is not None and how.match(self._code, item.start) is not None

    def _condition(self, item: Control) -> _Condition | None:
        """An arm, the body of a loop or a condition that is a statement; nothing where it decides about no call."""
        blocks, before, left = self._blocks, -1, -1
        asked: tuple[tuple[int, int], ...] = ((item.start, item.body),)
        if item.kind == "raise":
            spans, left = [blocks.rest(item.start, item.end)], item.end
        else:
            spans = [((item.body, item.end),)]
            if item.kind != "loop":
                if is_case := blocks.is_case(item):
                    asked += (blocks.subject(item),)
                else:
                    before = self._chained(item.start)
                if blocks.leaves(item):
                    left = item.end
                    spans.append(blocks.rest(item.start, item.end, is_case))
        kept = tuple(each for each in spans if self._decides(each))
        if not kept and left < 0 and not _ELSE.match(self._code, _past(self._code, item.end)):
            return None
        arm = trimmed(self._code, item.body, item.end) if item.kind != "loop" else -1
        return _Condition(asked, item.start, item.scope, kept, item.line, arm, before, left)

    def _chained(self, start: int) -> int:
        """Where the arm before one of the same chain ends; -1 of the first."""
        code = self._code
        end = trimmed(code, 0, start)
        if code[end - 4 : end] == b"else":
            return trimmed(code, 0, end - 4)
        return end if _ELSE.match(code, start) else -1

    def _choices(self, arms: Collection[int]) -> Iterator[_Condition]:
        """Parts of expressions that are left out on one outcome of another."""
        facts = self._facts
        line, counted = 1, 0
        for choice in choices(self._code, facts.language, self._starts, self._jumps, arms):
            at = choice.asked[1]
            line, counted = line + facts.source.count(b"\n", counted, at) - facts.source.count(b"\n", at, counted), at
            scope = facts.calls[bisect_left(self._starts, choice.part[0])].scope
            yield _Condition((choice.asked,), choice.asked[0], scope, ((choice.part,),), line)

    def _tried(self) -> Iterator[_Condition]:
        """Calls that leave the function on an error."""
        for call in self._facts.calls:
            if tried := _TRIED.match(self._code, call.end):
                spans = self._blocks.rest(call.start, tried.end())
                if self._decides(spans):
                    yield _Condition(((call.start, call.start + 1),), call.start, call.scope, (spans,), call.line)

    def _decides(self, spans: Spans) -> bool:
        """Whether a call starts in any of some extents."""
        starts = self._starts
        for start, end in spans:
            at = bisect_left(starts, start)
            if at < len(starts) and starts[at] < end:
                return True
        return False

    def _decide(self, condition: _Condition, calls: frozenset[int]) -> None:
        calls |= self._arms.get(condition.before, _NONE)
        if condition.arm >= 0:
            self._arms[condition.arm] = calls
        if calls:
            nearest = tuple(sorted(calls)[-_MOST_CALLS:])
            self._found += (Decision(nearest, spans, condition.line) for spans in condition.spans)
            if condition.left >= 0:
                self._found.append(Decision(nearest, (), condition.line, condition.left))

    def _asked(self, event: _Binding | _Condition, names: Collection[bytes]) -> frozenset[int]:
        """The calls on whose results expressions depend, by themselves or through names."""
        found = set[int]()
        starts, scope = self._starts, event.scope
        for start, end in event.asked:
            first = bisect_left(starts, start)
            if first == len(starts) or starts[first] >= end:
                continue
            last = bisect_left(starts, end, first)
            for call in self._facts.calls[first : min(last, first + _MOST_CALLS)]:
                if call.scope == scope and not self._is_inside(start, call.start):
                    found.add(call.start)
        if names and (values := self._values.get(scope)):
            for name in names:
                for _, calls in values.get(name, ()):
                    found |= calls
        return frozenset(found if len(found) <= _MOST_CALLS else sorted(found)[-_MOST_CALLS:])

    def _is_inside(self, start: int, at: int) -> bool:
        """Whether an offset lies in a nameless function that an expression holds."""
        return self._has_braces and self._code.find(b"{", start, at) >= 0 and self._blocks.is_nameless(at, start)

    def _bind(self, event: _Binding, calls: frozenset[int]) -> None:
        """Give names a value; what they were given before in the same block, or inside it, they no longer have."""
        values, block = self._values.setdefault(event.scope, {}), self._blocks.start(event.at)
        for name in event.names:
            before = values.get(name)
            kept = [value for value in before if value[0] < block][-_MOST_VALUES:] if before else []
            if calls:
                kept.append((block, calls))
            values[name] = kept

    def _bindings(self, last: Mapping[int, int]) -> Iterator[_Binding]:
        """Names that are given a value before the last condition of their scope."""
        code = self._code
        for item in self._facts.assignments:
            if item.start >= last.get(item.scope, -1):
                continue
            name = item.name.encode()
            if item.end - item.start > len(name):
                equals = code.find(b"=", item.start, item.end)
                if equals >= 0 or b"(" in code[item.start : item.end]:
                    value = (max(equals + 1, item.start), item.end)
                    yield _Binding((name,), (value,), item.end, item.start, item.scope)
            elif pattern := _PATTERN.match(code, item.end):
                end = forward(code, pattern.end(), self._jumps, b"=")
                yield _Binding((name,), ((pattern.end(), end),), end, item.start, item.scope)
        yield from self._parts(last)
        if self._facts.language in _UNPACKED:
            yield from self._unpacked()

    def _parts(self, last: Mapping[int, int]) -> Iterator[_Binding]:
        """Names that a loop or the arm of a `switch` gives to parts of what it goes through."""
        code = self._code
        for item in self._facts.controls:
            if item.start >= last.get(item.scope, -1):
                continue
            if item.kind == "loop" and (each := _FOR.match(code, item.start, item.body)):
                names = tuple(_WORD.findall(each.group(1)))
                yield _Binding(names, ((each.end(), item.body),), item.body, item.body, item.scope)
            elif item.kind in ("branch", "handler") and (names := self._named(item)) and self._blocks.is_case(item):
                yield _Binding(names, (self._blocks.subject(item),), item.body, item.body, item.scope)

    def _unpacked(self) -> Iterator[_Binding]:
        """Names that are given the parts of a value, where facts leave them out."""
        code = self._code
        for comma in _UNPACKS.finditer(code):
            several = _SEVERAL.match(code, code.rfind(b"\n", 0, comma.start()) + 1)
            if several is None:
                continue
            start, end = several.end(), forward(code, several.end(), self._jumps, b"=")
            at = bisect_left(self._starts, start)
            if at < len(self._starts) and self._starts[at] < end:
                names = tuple(_WORD.findall(several.group(1)))
                yield _Binding(names, ((start, end),), end, several.start(1), self._facts.calls[at].scope)

    def _named(self, arm: Control) -> tuple[bytes, ...]:
        """Names that the pattern of an arm gives to what it matches."""
        first = bisect_left(self._named_at, arm.start)
        last = bisect_left(self._named_at, arm.body, first)
        return tuple([item.name.encode() for item in self._facts.assignments[first:last]])


def _prefixes(name: bytes) -> Iterator[bytes]:
    """`a.b.c` as `a`, `a.b` and `a.b.c`."""
    parts = _DOTS.split(name)
    for count in range(1, len(parts) + 1):
        yield b".".join(parts[:count])


def _past(code: bytes, at: int) -> int:
    """The end of white space and semicolons."""
    gap = _GAP.match(code, at)
    return gap.end() if gap else at
