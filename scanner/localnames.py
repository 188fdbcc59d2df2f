"""What the variables and parameters of a file's functions say of the calls that go through them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.commonplace import LOOKED_UP, WRITTEN_OUT
from scanner.facts import Call, FileFacts
from scanner.languages.bindings import bare

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
#: `for name, other in`, `for (const [name, other] of`.
_LOOP_TARGET = re.compile(r"(?:async\s+)?for\b(?:\s+await)?\s*\(?(.*?)\s(?:in|of|:=\s*range)\s", re.DOTALL)
_LONG_HEADER = 300


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

    def origin(self, call: Call) -> str:
        """What a variable of a function around holds that is called, or whose member is; empty of anything else."""
        name = bare(call.target.partition(".")[0])
        if "." in call.target and not call.target.endswith(("[]", "()")):
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
        scope = call.scope
        while scope >= 0 and call.target not in self._facts.definitions[scope].parameters:
            scope = self._facts.definitions[scope].scope
        return scope >= 0
