"""Where the names of a file get their values: what the facts say, and the stores that no fact tells."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from scanner.facts import Assignment, Call, Definition, FileFacts
from scanner.languages import by_name
from scanner.memory import Memory

#: A name in a function, by the index of its definition (-1 at file level). An attribute of its own object goes by both
#: names, as in `self.headers`.
Variable = tuple[int, str]
#: Where a name gets a value: an extent and the scope it stands in, or what the facts say.
Store = tuple[int, int, int] | Assignment

_BRACKET = re.compile(r"[()\[\]{};\n]")
#: Stores that no fact tells: into a place in a collection, onto what is there, and to several names at once. Each
#: begins with what is rare in a file.
_PLACE_STORE = re.compile(r"\][\w$.\[\]()]{0,80}\s?[|+?&]{0,2}=(?![=>])", re.ASCII)
_ADDED = tuple(re.compile(rf"\{sign}(?==)") for sign in "+|?")
_UNPACKED = re.compile(r",[ \t]*\*?[\w.]+\)?[ \t]*=(?!=)", re.ASCII)
_TARGETS = re.compile(r"[ \t]*\(?([\w.]+(?:,[ \t]*\*?[\w.]+)+)\)?[ \t]*=", re.ASCII)
_SEVERAL = ("let (", "const [", "let [", "var [")
#: Languages in which no such word declares a name.
_UNDECLARED = frozenset({"python", "jupyter"})
_SEVERAL_TARGETS = re.compile(r"\w+ [\[(]([\w$\s,]*)[\])]\s*(?::[^=;]*)?=(?!=)", re.ASCII)
#: Languages of which the facts tell only where a name is declared, not where it is given another value.
_DECLARED_ONLY = frozenset({"rust"})
_AGAIN = re.compile(r"[;{}\n]\s*(?=[a-z_]\w* = )", re.ASCII)
_LOOP = re.compile(
    r"(?:async\s+)?for\s*(?:await\s*)?\(?\s*(?:(?:const|let|var)\s+)?([^=;]*?)\s*(?:\bin\b|\bof\b|:?=\s*range\b)",
    re.ASCII,
)
_NAME = re.compile(r"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*(?:\.[A-Za-z_$][\w$]*)*", re.ASCII)
_REST = re.compile(r"[(,]\s*\*{1,2}([a-z_]\w*)\s*(?::[^,()]*)?\s*(?=[,)])", re.ASCII)
_RECEIVER = re.compile(r"func\s*\(\s*(\w+)\s+[*\w]", re.ASCII)
#: First words of methods that put what they are given into their object.
_PUTS = frozenset(
    "set add append push insert update extend setdefault put assign merge attach unshift prepend store enqueue".split()
)
#: Functions that put what they are given into their first argument.
_FILLS = frozenset(("Object.assign", "Object.defineProperty", "setattr", "maps.Copy", "_.merge", "_.assign"))
_FIRST_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")
#: What stands for the first argument where it is filled.
_FIRST_ARGUMENT = "()"


def _filled_by(target: str) -> str:
    """What a call, as written, puts its arguments into: its object or its first argument; empty of any other call."""
    if target in _FILLS:
        return _FIRST_ARGUMENT
    owner, _, method = target.rpartition(".")
    word = _FIRST_WORD.match(method) if owner and "(" not in owner else None
    return owner if word and word.group().lower() in _PUTS else ""


_FILLED_BY = Memory(_filled_by)
#: Outcomes of a call that are no part of what it was asked for.
_OUTCOMES = frozenset(("_", "err", "ok", "error"))
#: A statement ends here at the latest.
_MOST_BYTES = 4_000


class Stores:
    """The values of the names of one file, and the parameters of its functions."""

    def __init__(self, facts: FileFacts, text: str) -> None:
        """Prepare.

        Args:
            facts: of the file.
            text: its code with comments and strings blanked.
        """
        self._definitions = facts.definitions
        self._text = text
        self._starts = [definition.start for definition in facts.definitions]
        traits = by_name(facts.language).traits
        self._receivers = traits.receivers if traits is not None else frozenset()
        self._own = [self._receiver(definition) for definition in facts.definitions]
        #: By definition, without its own object.
        self.parameters = [self._parameters(definition) for definition in facts.definitions]
        self.values: dict[Variable, list[Store]] = {}
        self._collect(facts)
        #: Every name that has a value or is a parameter.
        self.names = {name for _, name in self.values}.union(*self.parameters)
        #: Every name by which a function calls its own object.
        self.receivers = self._receivers.union(*self._own)

    def own_attributes(self) -> Iterator[tuple[Variable, str]]:
        """Names that are attributes of a function's own object and are given a value there."""
        for variable in self.values:
            scope, name = variable
            head, _, attribute = name.partition(".")
            if attribute and head in self.receivers_of(scope):
                yield variable, attribute

    def receivers_of(self, scope: int) -> frozenset[str]:
        """The names by which a function calls its own object."""
        while scope >= 0:
            if self._own[scope]:
                return self._own[scope]
            scope = self._definitions[scope].scope
        return self._receivers

    def scope_at(self, offset: int) -> int:
        """The innermost definition around an offset."""
        scope = bisect_right(self._starts, offset) - 1
        while scope >= 0 and self._definitions[scope].end <= offset:
            scope = self._definitions[scope].scope
        return scope

    def find(self, scope: int, name: str) -> Variable | None:
        """The innermost name around a scope that has a value or is a parameter."""
        while True:
            variable = (scope, name)
            if variable in self.values or (scope >= 0 and name in self.parameters[scope]):
                return variable
            if scope < 0:
                return None
            scope = self._definitions[scope].scope

    def _receiver(self, definition: Definition) -> frozenset[str]:
        if definition.kind != "method":
            return frozenset()
        if self._text.startswith("func", definition.start) and (named := _RECEIVER.match(self._text, definition.start)):
            return frozenset((named.group(1),))
        return self._receivers

    def _parameters(self, definition: Definition) -> frozenset[str]:
        start, end = definition.start, min(definition.body, definition.start + _MOST_BYTES)
        rest = _REST.findall(self._text, start, end) if self._text.find("*", start, end) >= 0 else ()
        return frozenset((*definition.parameters, *rest)) - self._receivers

    def _collect(self, facts: FileFacts) -> None:
        for assignment in facts.assignments:
            self._store(assignment.scope, assignment.name, assignment)
        for control in facts.controls:
            if control.kind == "loop" and (loop := _LOOP.match(self._text, control.start, control.body)):
                for name in _NAME.findall(loop.group(1)):
                    self._store(control.scope, name, (loop.end(), control.body, control.scope))
        filled_by = _FILLED_BY
        for call, owner in [(call, owner) for call in facts.calls if (owner := filled_by[call.target])]:
            self._store_call(call, owner)
        self._store_statements(() if facts.language in _UNDECLARED else _SEVERAL)
        if facts.language in _DECLARED_ONLY:
            for match in _AGAIN.finditer(self._text):
                self._store_line(_NAME, match.end(), self._text.index("=", match.end()) + 1)

    def _store_call(self, call: Call, owner: str) -> None:
        if owner != _FIRST_ARGUMENT:
            self._fill(call.scope, owner, call.arguments, call.end)
        elif name := _NAME.search(self._text, call.arguments, call.end):
            self._fill(call.scope, name.group(), name.end(), call.end)

    def _store_statements(self, several: Sequence[str]) -> None:
        text = self._text
        for match in _PLACE_STORE.finditer(text):
            name = _NAME.match(text, _skip(text, text.rfind("\n", 0, match.start()) + 1))
            if name and text.startswith("[", name.end()):
                self._fill(self.scope_at(name.start()), name.group(), name.end(), self._end(match.end()))
        for added in _ADDED:
            for match in added.finditer(text):
                at = match.start()
                start = _skip(text, text.rfind("\n", 0, at) + 1)
                if name := _NAME.match(text, start):
                    self._fill(self.scope_at(start), name.group(), at, self._end(at + 2))
        for match in _UNPACKED.finditer(text):
            line = text.rfind("\n", 0, match.start()) + 1
            if (targets := _TARGETS.match(text, line)) and targets.end() == match.end():
                self._store_line(_TARGETS, line, match.end())
        for sign in several:
            for at in _places(text, sign):
                if targets := _SEVERAL_TARGETS.match(text, at):
                    self._store_line(_SEVERAL_TARGETS, at, targets.end())

    def _store_line(self, pattern: re.Pattern[str], at: int, value: int) -> None:
        """Note the value at an offset for each name that a pattern finds where the statement begins."""
        if targets := pattern.match(self._text, at):
            scope = self.scope_at(targets.start())
            extent = (value, self._end(value), scope)
            for name in _NAME.findall(targets.group(targets.lastindex or 0)):
                self._store(scope, name, extent)

    def _fill(self, scope: int, name: str, start: int, end: int) -> None:
        """Note what is put into a variable of the file or into an attribute of the own object; all else is no value."""
        head = self._head(scope, name)
        variable = (scope, head) if "." in head else self.find(scope, head)
        if variable:
            self.values.setdefault(variable, []).append((start, end, scope))

    def _store(self, scope: int, name: str, value: Store) -> None:
        head = self._head(scope, name)
        if head not in _OUTCOMES:
            self.values.setdefault((scope, head), []).append(value)

    def _head(self, scope: int, name: str) -> str:
        """The variable that a dotted name belongs to: its first part, of an attribute of the own object both."""
        head, _, rest = name.partition(".")
        return f"{head}.{rest.partition('.')[0]}" if rest and head in self.receivers_of(scope) else head

    def _end(self, at: int) -> int:
        """Where the statement ends whose value begins at an offset."""
        text, depth = self._text, 0
        limit = min(len(text), at + _MOST_BYTES)
        for match in _BRACKET.finditer(text, at, limit):
            sign = match.group()
            if sign in "([{":
                depth += 1
            elif sign in ")]}":
                depth -= 1
                if depth < 0:
                    return match.start()
            elif not depth and (sign == ";" or (sign == "\n" and text[at : match.start()].strip())):
                after = _skip(text, match.end())
                if sign == ";" or text[after : after + 1] not in (".", "?", "|", "&", "+"):
                    return match.start()
        return limit


def _places(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))


def _skip(text: str, at: int) -> int:
    """The first offset that is no blank."""
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at
