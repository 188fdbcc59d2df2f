"""What flows into a piece of code: the names in it, and what their values were built from in the same function.

It reads code as text in which comments and strings are blanked, which is the same in every language. Where it cannot
tell, it says that a value flows: the order of statements is not kept, and what a call is given flows into its result.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache

import msgspec

from scanner.facts import Assignment, Call, FileFacts
from scanner.identifiers import Identifiers
from scanner.languages import by_name
from scanner.memory import Memory
from scanner.plaincode import Plain
from scanner.stores import Stores, Variable
from scanner.words import parse, split

#: A dotted name, or a string that names a topic, with what tells that it is called or that it is a key. A dot before
#: it says that it belongs to what stands before.
_TOKEN = re.compile(r"[.A-Za-z_$\x80-\xff\x01][\w$.\x80-\xff]*[(:=]?", re.ASCII)
_PIECE = re.compile(_TOKEN.pattern + r"|\*\*?|[(\[,)\]]", re.ASCII)
_COMMA = re.compile(r"[()\[\]{},]")
#: Where the value of an assignment begins.
_EQUALS = re.compile(r"=(?<![=!<>]=)(?![=>])")
#: Longer values count by how they begin: they are data or whole functions.
_MOST_BYTES = 4_000
#: A value is followed through so many names.
_MOST_NAMES = 64
#: Values of one name that are looked at.
_MOST_STORES = 40


#: Members by which an object hands on what it holds; of any other member the object's other members say nothing.
_HOLDERS = parse(
    "{header, headers, metadata, meta, option, options, opts, extra, extras, kwargs, param, params, parameters, "
    "config, context, ctx, request, req, body, payload, data, args, arguments, attributes, tags, fields, env, state, "
    "settings, defaults, json, init, props, copy, clone, items, entries, into, build, dict, unwrap, value, info, "
    "identity}$"
)


class Flow(msgspec.Struct, frozen=True, gc=False):
    """What flows into something; each sorted."""

    topics: tuple[str, ...] = ()
    #: Of the enclosing definitions.
    parameters: tuple[str, ...] = ()
    #: `Call.start` of calls that give it.
    results: tuple[int, ...] = ()
    #: Of the own object.
    attributes: tuple[str, ...] = ()


class _Token:
    """What a dotted name is, wherever it stands; of a string that names a topic, that topic."""

    __slots__ = ("attribute", "head", "is_called", "is_key", "is_one", "is_part", "own", "topics")

    def __init__(self, text: str, topics: tuple[str, ...]) -> None:
        parts = _bare(text).replace("..", ".").split(".")
        after = text.endswith(("(", "="))
        #: Empty of a name that belongs to what stands before it, of a keyword and of a function that is called.
        self.head = "" if after and len(parts) == 1 else parts[0]
        self.attribute = parts[1] if len(parts) > 1 else ""
        self.is_one = len(parts) == 1
        self.is_key = self.is_one and text.endswith(":")
        #: Whether the first attribute is a method that is called.
        self.is_called = len(parts) == 2 and text.endswith("(")
        #: Whether it is a member that holds one thing, so that nothing else of its object is handed on.
        self.is_part = len(parts) > 1 and not after and not _HOLDERS.matches(split(parts[-1]))
        self.own = f"{parts[0]}.{self.attribute}"
        self.topics = topics


@cache
def _tokens(identifiers: Identifiers) -> Memory[str, _Token]:
    return Memory(lambda text: _Token(text, identifiers.held(_bare(text))))


def _bare(text: str) -> str:
    """A name without what stands behind it."""
    name = text.rstrip("(:=")
    return name if name.isascii() else name.encode("latin-1").decode("utf-8", "replace")


class DefUse:
    """What flows into pieces of one file's code.

    What flows is kept as the bits of a number: one for each call, after them one for each topic, parameter and
    attribute as it is met.
    """

    def __init__(
        self, facts: FileFacts, identifiers: Identifiers, calls: Sequence[Call], followed: Iterable[Call] = ()
    ) -> None:
        """Prepare.

        Args:
            facts: of the file.
            identifiers: the topics to look for.
            calls: the calls whose results are told, in order of `start`.
            followed: those of them of which it is known elsewhere what they give back: what they are given is no part
                of it by itself.
        """
        self.plain = Plain(facts, identifiers)
        self.text = self.plain.text
        self.stores = Stores(facts, self.text)
        traits = by_name(facts.language).traits
        #: Whether a name before a colon is the key itself, not a variable that holds it.
        self._keys_are_names = traits is None or traits.named_fields
        self._starts = [call.start for call in calls]
        self._followed = sorted([(call.arguments, call.end) for call in followed if call.arguments < call.end])
        self._followed_from = [start for start, _ in self._followed]
        #: What each bit above those of the calls stands for.
        self._meanings: list[tuple[str, str]] = []
        self._bits: dict[tuple[str, str], int] = {}
        self._flows: dict[int, Flow] = {0: Flow()}
        self._all_tokens = _tokens(identifiers)
        self._tokens = Memory(self._telling)
        self._scoped: dict[int, Memory[str, int]] = {}
        self._direct: dict[Variable, tuple[int, set[Variable]]] = {}
        self._closed: dict[Variable, int] = {}

    def into(self, start: int, end: int, scope: int) -> int:
        """What flows into an extent of code in a scope."""
        end = min(end, start + _MOST_BYTES)
        return self.into_names(self._found(start, end), scope) | self._results(start, end)

    def into_names(self, names: Iterable[str], scope: int) -> int:
        """What flows into dotted names in a scope."""
        bits, tokens, scoped = 0, self._tokens, self._in_scope(scope)
        for name in names:
            if tokens[name] is not None:
                bits |= scoped[name]
        return bits

    def into_parts(
        self, start: int, end: int, scope: int, spreads: Container[str]
    ) -> list[tuple[str, int, int]] | None:
        """What flows into the parts between the commas of an extent: keyword or `**`, place and bits of each.

        Of the simple extents that most calls have; None of one that holds an object, a call whose result is told, or
        a keyword apart from its sign.
        """
        text = self.text
        if end - start > _MOST_BYTES or text.find("{", start, end) >= 0 or text.find(" =", start, end) >= 0:
            return None
        if self._results(start, end):
            return None
        found: list[tuple[str, int, int]] = []
        tokens, scoped = self._tokens, self._in_scope(scope)
        slot, position, depth, bits, is_first = "", 0, 0, 0, True
        for piece in _PIECE.findall(text, start, end):
            if piece == ",":
                if not depth:
                    if bits:
                        found.append((slot, position, bits))
                    slot, position, bits, is_first = "", position + 1, 0, True
                continue
            if is_first:
                if piece in spreads:
                    slot = "**"
                elif piece[-1] == "=":
                    slot = piece[:-1]
                is_first = False
            if piece[-1] in "([":
                depth += 1
            if len(piece) > 1:
                if tokens[piece] is not None:
                    bits |= scoped[piece]
            elif piece in ")]":
                depth -= 1
            elif tokens[piece] is not None:
                bits |= scoped[piece]
        if bits:
            found.append((slot, position, bits))
        return found

    def _in_scope(self, scope: int) -> Memory[str, int]:
        """What flows into each name in a scope."""
        found = self._scoped.get(scope)
        if found is None:
            found = self._scoped[scope] = Memory(lambda name: self._into_name(name, scope))
        return found

    def _into_name(self, name: str, scope: int) -> int:
        token = self._tokens[name]
        if token is None:
            return 0
        bits, variable = self._name(token, scope)
        return bits | self.of(variable) if variable else bits

    def of(self, variable: Variable) -> int:
        """What flows into a name of a function."""
        found = self._closed.get(variable)
        if found is None:
            found = self._closed[variable] = self._close(variable)
        return found

    def without(self, bits: int, sign: str, name: str) -> int:
        """All but one thing that flows."""
        return bits & ~self._bits.get((sign, name), 0)

    def flow(self, bits: int) -> Flow:
        """What bits stand for."""
        found = self._flows.get(bits)
        if found is None:
            found = self._flows[bits] = self._told(bits)
        return found

    def parts(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Extents between commas that lie in no bracket."""
        if self.text.find(",", start, end) >= 0:
            depth = 0
            for match in _COMMA.finditer(self.text, start, end):
                sign = match.group()
                if sign == ",":
                    if not depth:
                        yield start, match.start()
                        start = match.end()
                elif sign in "([{":
                    depth += 1
                elif sign in ")]}":
                    depth -= 1
        yield start, end

    def names(self, start: int, end: int) -> Iterator[str]:
        """Dotted names in an extent of code."""
        for name in _TOKEN.findall(self.text, start, min(end, start + _MOST_BYTES)):
            yield _bare(name)

    def _told(self, bits: int) -> Flow:
        count = len(self._starts)
        results = [self._starts[index] for index in _places(bits & ((1 << count) - 1))]
        named: dict[str, list[str]] = {"t": [], "p": [], "a": []}
        for index in _places(bits >> count):
            sign, name = self._meanings[index]
            named[sign].append(name)
        topics, parameters, attributes = (tuple(sorted(names)) for names in named.values())
        return Flow(topics, parameters, tuple(sorted(set(results))), attributes)

    def _bit(self, sign: str, name: str) -> int:
        """The bit of a topic (`t`), a parameter (`p`) or an attribute of the own object (`a`)."""
        meaning = (sign, name)
        found = self._bits.get(meaning)
        if found is None:
            found = self._bits[meaning] = 1 << (len(self._starts) + len(self._meanings))
            self._meanings.append(meaning)
        return found

    def _results(self, start: int, end: int) -> int:
        starts = self._starts
        first = bisect_left(starts, start)
        if first == len(starts) or starts[first] >= end:
            return 0
        return (1 << bisect_left(starts, end, first)) - (1 << first)

    def _close(self, variable: Variable) -> int:
        bits = 0
        seen, waiting = {variable}, [variable]
        while waiting:
            direct, others = self._of_one(waiting.pop())
            bits |= direct
            for other in others:
                if (known := self._closed.get(other)) is not None:
                    bits |= known
                elif other not in seen and len(seen) < _MOST_NAMES:
                    seen.add(other)
                    waiting.append(other)
        return bits

    def _of_one(self, variable: Variable) -> tuple[int, set[Variable]]:
        """What flows into a name at once, and the other names that do."""
        found = self._direct.get(variable)
        if found is None:
            scope, name = variable
            variables: set[Variable] = set()
            is_parameter = scope >= 0 and name in self.stores.parameters[scope]
            bits = self._bit("p", name) if is_parameter else 0
            for store in self.stores.values.get(variable, ())[:_MOST_STORES]:
                if isinstance(store, Assignment):
                    bits |= self._read_assignment(store, variables)
                else:
                    bits |= self._read_extent(*store, variables)
            found = self._direct[variable] = bits, variables
        return found

    def _read_assignment(self, item: Assignment, variables: set[Variable]) -> int:
        equals = _EQUALS.search(self.text, item.start, min(item.end, item.start + _MOST_BYTES))
        if not equals and item.end - item.start <= len(item.name) + 8:  # a pattern: the value stands elsewhere
            return self._read(_TOKEN.findall(item.value), item.scope, variables)
        start = equals.end() if equals and "." not in item.name else item.start
        return self._read_extent(start, item.end, item.scope, variables)

    def _read_extent(self, start: int, end: int, scope: int, variables: set[Variable]) -> int:
        end = min(end, start + _MOST_BYTES)
        return self._read(self._found(start, end), scope, variables) | self._results(start, end)

    def _found(self, start: int, end: int) -> list[str]:
        """The names in an extent, without those that a followed call is given."""
        text, find = self.text, _TOKEN.findall
        index = bisect_left(self._followed_from, start)
        until = bisect_left(self._followed_from, end, index)
        if index == until:
            return find(text, start, end)
        names: list[str] = []
        for first, last in self._followed[index:until]:
            if first >= start:
                names += find(text, start, first + 1)
                start = min(last, end)
        return names + find(text, start, end)

    def _read(self, names: Sequence[str], scope: int, variables: set[Variable]) -> int:
        bits, tokens = 0, self._tokens
        for name in names:
            if (token := tokens[name]) is not None:
                own, variable = self._name(token, scope)
                bits |= own
                if variable:
                    variables.add(variable)
        return bits

    def _telling(self, text: str) -> _Token | None:
        """What a name of this file is, if it can say anything here."""
        if text[0] == "\x01":
            return _Token("", self.plain.topics(text))
        token = self._all_tokens[text]
        stores, head = self.stores, token.head
        if token.is_key and self._keys_are_names:
            head = ""
        matters = head in stores.names or (not token.is_one and head in stores.receivers)
        return token if matters or token.topics else None

    def _name(self, token: _Token, scope: int) -> tuple[int, Variable | None]:
        """What a name in a scope says by itself, and the variable that it stands for."""
        stores, head, bits = self.stores, token.head, 0
        for topic in token.topics:
            bits |= self._bit("t", topic)
        if not token.is_one and head in stores.receivers_of(scope):
            if not token.is_called:
                bits |= self._bit("a", token.attribute)
            head = token.own
        if (token.is_key and self._keys_are_names) or (token.is_part and head != token.own):
            return bits, None
        return bits, stores.find(scope, head) if head in stores.names else None


def _places(bits: int) -> Iterator[int]:
    """The bits that are set, lowest first."""
    while bits:
        yield (bits & -bits).bit_length() - 1
        bits &= bits - 1
