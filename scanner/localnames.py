"""What the variables and parameters of a file's functions say of the calls that go through them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from scanner.commonplace import COMMONPLACE, LOOKED_UP, WRITTEN_OUT
from scanner.facts import Call, FileFacts
from scanner.languages.bindings import HEADS, bare, is_below
from scanner.memory import Memory
from scanner.modules import Layout

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
#: `for name, other in`, `for (const [name, other] of`.
_LOOP_TARGET = re.compile(r"(?:async\s+)?for\b(?:\s+await)?\s*\(?(.*?)\s(?:in|of|:=\s*range)\s", re.DOTALL)
_LONG_HEADER = 300
#: A member of an element of a container: `Map.get.execute`.
_ELEMENT = re.compile(
    r"(?:^|\.)(?:Readonly|Weak|Hash|BTree|Ordered|default)?(?:Map|dict|Dict|Array|Set|Vec|VecDeque|list|deque)"
    r"\.(?:get|get_mut|pop|popleft|find|shift|at|first|last|values|next|setdefault)(?:\.\w+)?$"
)


class _Name:
    """What the name of a call says by itself, wherever it stands."""

    __slots__ = ("is_commonplace", "is_element", "is_identifier")

    def __init__(self, qualified: str) -> None:
        last = qualified.rpartition(".")[2]
        self.is_identifier = _IDENTIFIER.fullmatch(bare(last)) is not None
        self.is_commonplace = last in COMMONPLACE
        self.is_element = _ELEMENT.search(qualified) is not None


_NAMES = Memory(_Name)


@lru_cache(maxsize=16)
def _below(roots: frozenset[str]) -> Memory[str, bool]:
    return Memory(lambda qualified: is_below(qualified, roots))


def owned(layout: Layout, family: str) -> Memory[str, bool]:
    """Whether a dotted name belongs to this repository: `Layout.owns`, remembered by name."""
    return _below(layout.roots.get(family, frozenset()))


class LocalNames:
    """Names of a file that a call may go through."""

    def __init__(self, facts: FileFacts, symbols: Iterable[str]) -> None:
        self._facts = facts
        #: Definitions of the file, by symbol.
        self.own = frozenset(symbols)
        #: (scope, name) → what a variable of a function was given last, or is one of.
        self._origins = {(item.scope, item.name): item.value or "?" for item in facts.assignments if item.scope >= 0}
        for control in facts.controls:
            if control.kind == "loop" and control.scope >= 0:
                header = facts.text(control.start, min(control.body, control.start + _LONG_HEADER))
                target = _LOOP_TARGET.match(header)
                names = _IDENTIFIER.findall(target.group(1)) if target else ()
                self._origins.update({(control.scope, name): header for name in names})
        #: Names that have an origin, or are parameters, in any function: most names are neither.
        self._given = {name for _, name in self._origins}
        self._parameters = {name for definition in facts.definitions for name in definition.parameters}

    def origin(self, call: Call) -> str:
        """What a variable of a function around holds that is called, or whose member is; empty of anything else."""
        name = HEADS[call.target]
        if name not in self._given or ("." in call.target and not call.target.endswith(("[]", "()"))):
            return ""
        scope = call.scope
        while scope >= 0:
            if origin := self._origins.get((scope, name)):
                told = not call.resolved or LOOKED_UP.search(origin) or origin.startswith(WRITTEN_OUT)
                return origin if told else ""
            scope = self._facts.definitions[scope].scope
        return ""

    def is_parameter(self, call: Call) -> bool:
        """Whether what is called is a parameter of a function around; its type says nothing of what it holds."""
        if call.target not in self._parameters:
            return False
        scope = call.scope
        while scope >= 0 and call.target not in self._facts.definitions[scope].parameters:
            scope = self._facts.definitions[scope].scope
        return scope >= 0

    def may_reach(self, call: Call, target: str, origin: str, of_value: bool) -> bool:
        """Whether a call of a name that is none of the repository's may reach a node of it.

        Args:
            call: the call.
            target: its name, qualified.
            origin: what a variable holds that is called.
            of_value: whether what is called is a value rather than a name of its own.
        """
        name = _NAMES[target]
        if not name.is_identifier or (name.is_commonplace and not of_value):
            return False
        # What a map of the platform gives is as unknown as what stands in it.
        return not call.resolved or bool(origin) or name.is_element or self.is_parameter(call)
