"""What a hit says of the fact that it stands on: its role, its symbol and part, its name."""

from __future__ import annotations

import re
from functools import cached_property

from scanner.candidates import Ground
from scanner.facts import Assignment, Call, Control, Definition, Fact, FileFacts, Import, Key, Match, String
from scanner.languages import by_name
from scanner.lines import Line
from scanner.secrets import mask
from scanner.touchpoints import Role

_FIRST_NAME = re.compile(r"[A-Za-z_$][\w.$]*")
_KEY_ROLES = {"field": Role.DEFINITION, "parameter": Role.DEFINITION, "environment": Role.CONFIG}
_GROUNDS: tuple[tuple[type[Fact], Ground], ...] = (
    (Definition, "definition"),
    (Call, "call"),
    (Key, "key"),
    (Assignment, "assignment"),
    (String, "string"),
    (Import, "import"),
    (Control, "control"),
    (Match, "syntax"),
)
#: A line that a `text` atom found is best called by the name that it gives a value, or the table that it creates.
_ASSIGNED = re.compile(
    r"\s*(?:(?:export|const|let|var|static|readonly|public|private|pub|final)\s+)*(?:CREATE TABLE (?:IF NOT EXISTS )?)?"
    r"[\"`]?([A-Za-z_][\w.]*)[\"`]?\s*(?::[^=(]*)?[=(]",
    re.IGNORECASE,
)


class HitFacts:
    """Tells of the facts of one file what hits on them say."""

    def __init__(self, facts: FileFacts) -> None:
        self._facts = facts
        self._kind = by_name(facts.language).kind

    def role(self, fact: Fact) -> Role:
        """What a place is to its seam where no rule says so."""
        if self._kind == "config":
            return Role.CONTRACT if self._is_contract else Role.CONFIG
        if self._kind == "schema":
            return Role.CONTRACT
        if isinstance(fact, (Definition, Assignment)):
            return Role.DEFINITION
        if isinstance(fact, Key):
            return _KEY_ROLES.get(fact.kind, Role.USE)
        return Role.USE

    @cached_property
    def _is_contract(self) -> bool:
        return any(_describes_data(key) for key in self._facts.keys)

    def symbol(self, fact: Fact) -> str:
        """The enclosing definition; of a definition its own symbol, of a module-level name that name."""
        if isinstance(fact, Definition):
            return fact.symbol
        around = self._facts.symbol(fact.scope)
        is_named = isinstance(fact, Assignment) or (isinstance(fact, Key) and fact.kind == "field")
        top = fact.scope < 0 or self._facts.definitions[fact.scope].kind in ("class", "extension", "module")
        if is_named and top and self._kind != "config":
            return ".".join(part for part in (around, _name(fact)) if part)
        return around

    def part(self, fact: Fact) -> str:
        """The named part of the file that a fact lies in and that its symbol does not tell, such as `cell[3]`."""
        scope = fact.scope
        while scope >= 0:
            around = self._facts.definitions[scope]
            if around.kind == "module":
                return "" if self.symbol(fact).startswith(around.symbol) else around.symbol
            scope = around.scope
        return ""

    def name(self, fact: Fact) -> str:
        """The name or key that matched, as the fingerprint uses it; of a match of syntax the first name in it."""
        if not isinstance(fact, Match):
            return _name(fact)
        first = _FIRST_NAME.search(self._facts.text(fact.start, min(fact.end, fact.start + 500)))
        return first.group() if first else ""


def _describes_data(key: Key) -> bool:
    """Whether a key at the top of a configuration file says that it is a JSON Schema or an API description."""
    return (key.path == "$schema" and "json-schema.org" in key.value) or key.path in ("openapi", "asyncapi", "swagger")


def ground(fact: Fact) -> Ground:
    """What kind of fact a hit stands on."""
    return next((name for kind, name in _GROUNDS if isinstance(fact, kind)), "text")


def _name(fact: Fact) -> str:
    """The name or key that matched, as the fingerprint uses it."""
    if isinstance(fact, (Definition, Assignment)):
        return fact.name
    if isinstance(fact, Key):
        return fact.path
    if isinstance(fact, Call):
        return fact.qualified if fact.resolved else fact.target
    if isinstance(fact, Import):
        return fact.qualified
    if isinstance(fact, Control):
        return fact.kind
    if isinstance(fact, Line):
        assigned = _ASSIGNED.match(fact.text)
        return assigned.group(1) if assigned else mask(fact.text)[:80].strip()
    return mask(fact.text)[:80].strip() if isinstance(fact, String) else ""
