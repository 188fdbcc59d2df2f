"""Facts in words, as an author of rules reads them."""

from __future__ import annotations

from typing import Final

import msgspec

from scanner.facts import Assignment, Call, Control, Definition, Fact, FileFacts, Import, Key, Match, String
from scanner.languages import by_name
from scanner.lines import Line
from scanner.plan import Plan
from scanner.secrets import mask, mask_given

#: So many bytes before and after the start of a fact say what a value is given to.
_MOST_BYTES: Final = 2000


class Said(msgspec.Struct, frozen=True):
    """One fact in words."""

    #: The atom that finds such facts: `call`, `key`, `handler`; `syntax` for a `pattern` or a `query`.
    atom: str
    #: As the file has it.
    name: str
    #: What more is known of it: a call's resolved name, a key's value, a definition's decorators.
    detail: str
    #: What the catalogue says of it.
    means: tuple[str, ...]
    line: int
    #: Included.
    end_line: int


def say(fact: Fact, facts: FileFacts, plan: Plan) -> Said:
    """A fact of a file in words.

    Args:
        fact: the fact.
        facts: the file that it belongs to.
        plan: with the catalogue.
    """
    atom, name, detail = _parts(fact, facts)
    name = mask_given(name, _lines(fact, facts)) if isinstance(fact, String) else mask(name)
    return Said(atom, name[:120], mask(detail)[:300], _meanings(fact, facts, plan), fact.line, fact.end_line)


def short(said: Said) -> str:
    """A fact as a sentence speaks of it: `call `client.send``."""
    return f"{said.atom} `{said.name}`" if said.name else said.atom


def _parts(fact: Fact, facts: FileFacts) -> tuple[str, str, str]:
    """Atom, name and detail."""
    if isinstance(fact, Definition):
        more = [fact.kind, f"lines {fact.line}–{fact.end_line}"]
        more += [f"decorated by {', '.join(fact.decorators)}"] if fact.decorators else []
        more += [f"extends {', '.join(fact.bases)}"] if fact.bases else []
        return "definition", fact.symbol, "; ".join(more)
    if isinstance(fact, Call):
        known = f"→ {fact.qualified}" if fact.qualified != fact.target else ""
        return "call", fact.target, known or ("" if fact.resolved else "of something unknown")
    if isinstance(fact, Key):
        value = mask_given(fact.value, _lines(fact, facts))
        return "key", fact.path, f"{fact.kind} = {value}" if value else fact.kind
    if isinstance(fact, Assignment):
        value = mask_given(fact.value, _lines(fact, facts))
        return "assignment", fact.name, f"= {value}" if value else ""
    if isinstance(fact, String):
        return "string", fact.text, ""
    if isinstance(fact, Import):
        return "import", fact.qualified, "" if fact.alias == fact.qualified else f"as {fact.alias}"
    if isinstance(fact, Control):
        return _control(fact, facts)
    if isinstance(fact, Match):
        return "syntax", " ".join(facts.text(fact.start, min(fact.end, fact.start + 200)).split()), ""
    return "text", fact.text.strip() if isinstance(fact, Line) else "", ""


def _lines(fact: Fact, facts: FileFacts) -> str:
    """The lines on which a fact stands, the first of which may tell what a value is given to."""
    begin = facts.source.rfind(b"\n", 0, fact.start) + 1
    end = facts.source.find(b"\n", fact.end)
    end = len(facts.source) if end < 0 else end
    return facts.text(max(begin, fact.start - _MOST_BYTES), min(end, fact.start + _MOST_BYTES))


def _control(fact: Control, facts: FileFacts) -> tuple[str, str, str]:
    if fact.kind in ("return", "raise"):
        return "exit", fact.kind, ""
    header = " ".join(facts.text(fact.start, min(fact.body, fact.start + 200)).split())
    lines = f"lines {fact.line}–{fact.end_line}" if fact.end_line > fact.line else ""
    if fact.guarded_end:
        first, last = guarded_lines(fact, facts)
        lines += f"; guards lines {first}–{last}" if last > first else f"; guards line {first}"
    return fact.kind, header, lines.removeprefix("; ")


def guarded_lines(fact: Control, facts: FileFacts) -> tuple[int, int]:
    """First and last line of what a handler guards."""
    first, last = (facts.source.count(b"\n", 0, at) + 1 for at in (fact.guarded_start, fact.guarded_end - 1))
    return first, last


def _meanings(fact: Fact, facts: FileFacts, plan: Plan) -> tuple[str, ...]:
    family = by_name(facts.language).family
    if isinstance(fact, Call):
        found = plan.meanings(family, fact.qualified, fact.resolved)
    elif isinstance(fact, Definition):
        found = tuple(each for name in (*fact.decorators, *fact.bases) for each in plan.meanings(family, name, True))
    else:
        found = ()
    return tuple(sorted(set(found)))
