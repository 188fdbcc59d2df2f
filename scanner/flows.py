"""Which identifiers a file's functions hold, and which flow into the arguments of their calls and their results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from scanner.defuse import DefUse
from scanner.facts import Call, Definition, Fact, FileFacts
from scanner.identifiers import Identifiers
from scanner.languages import by_name

How = Literal["parameter", "attribute", "variable", "key", "context", "environment"]
_HOW_OF_KEY: dict[str, How] = {
    "mapping": "key",
    "keyword": "key",
    "subscript": "key",
    "path": "key",
    "field": "attribute",
    "parameter": "parameter",
    "environment": "environment",
}
#: How an argument begins: with its keyword, or with a sign that it stands for several. Alone, a `*` says so only where
#: arguments have keywords; elsewhere it is the value behind a pointer.
_ARGUMENT = re.compile(r"\s*(?:([A-Za-z_$][\w$]*)\s*=(?![=>~])|(\*\*?))?", re.ASCII)
_SPREAD = re.compile(r"\s*(\*\*|\.\.)")
_FIELD = re.compile(r"""\s*["']?([A-Za-z_$][\w$.-]*)["']?\s*:(?!:)""", re.ASCII)
_SHORT_FIELD = re.compile(r"\s*([A-Za-z_$][\w$]*)\s*(?:\(.*)?", re.ASCII | re.DOTALL)
#: `{`, `Request {`, `&openai.Request{`.
_OBJECT = re.compile(r"\s*&?(?!(?:async|move|unsafe|loop)\b)(?:[A-Za-z_][\w.:]*\s*)?\{", re.ASCII)
_LAST_STATEMENT = re.compile(r"[()\[\]{};]")
#: Longer argument lists are data, not arguments.
_LIMIT = 20_000
#: The slot of what is spread over several arguments or fields: `**options`, `...rest`, `*args`.
SPREAD = "**"
#: The position of what a method is called on.
OBJECT = -1


class Carried(msgspec.Struct, frozen=True, gc=False):
    """An identifier that a definition holds."""

    topic: str
    name: str
    how: How
    #: Index in `FileFacts.definitions`, -1 at file level.
    scope: int
    line: int
    #: Whether it is given a value here by a call that makes ids, not copied from elsewhere.
    made: bool


class Passed(msgspec.Struct, frozen=True, gc=False):
    """What flows into one argument of a call, into the result of a definition or into an attribute of its object."""

    #: `Call.start`; -1 where it is no argument.
    call: int
    #: `Call.end`, which tells calls of a chain apart; -1 where it is no argument.
    end: int
    #: Index of the enclosing definition, -1 at file level.
    scope: int
    #: Keyword or field name, `SPREAD`, or empty for a positional one; of an attribute its name, of a result empty.
    slot: str
    #: Place among the arguments, counted from 0; of a field, that of the object; `OBJECT` of what it is called on.
    position: int
    #: Identifiers in the argument, or in what its variables were built from inside this function.
    topics: tuple[str, ...] = ()
    #: Parameters of the enclosing definitions that flow into it likewise; a name is that of the innermost that has it.
    parameters: tuple[str, ...] = ()
    #: `Call.start` of calls whose result flows into it.
    results: tuple[int, ...] = ()
    #: Attributes of the own object that flow into it.
    attributes: tuple[str, ...] = ()


class Flows(msgspec.Struct, frozen=True):
    """All that flows in one file."""

    carried: tuple[Carried, ...] = ()
    passed: tuple[Passed, ...] = ()
    returned: tuple[Passed, ...] = ()


def flows(facts: FileFacts, topics: Identifiers, calls: Iterable[Call], followed: Iterable[Call] = ()) -> Flows:
    """All that flows in one file; the same as asking each of the functions below, in one reading.

    Args:
        facts: of the file.
        topics: what to look for.
        calls: whose arguments and results are told.
        followed: those of them of which it is known elsewhere what they give back. Of any other call, what it is given
            counts as part of its result.
    """
    wanted = _ordered(calls)
    values = DefUse(facts, topics, wanted, followed)
    return Flows(
        tuple(_carried(facts, topics, values)), tuple(_passed(facts, values, wanted)), tuple(_returned(facts, values))
    )


def carried(facts: FileFacts, topics: Identifiers) -> tuple[Carried, ...]:
    """Identifiers that the definitions of a file hold: one record for each name, place and definition."""
    return tuple(_carried(facts, topics, DefUse(facts, topics, ())))


def passed(facts: FileFacts, topics: Identifiers, calls: Iterable[Call]) -> Iterator[Passed]:
    """What flows into the arguments of `calls`; arguments into which nothing flows that matters are left out."""
    wanted = _ordered(calls)
    return _passed(facts, DefUse(facts, topics, wanted), wanted)


def returned(facts: FileFacts, topics: Identifiers, calls: Iterable[Call] = ()) -> Iterator[Passed]:
    """What flows into what each definition gives back, and into each attribute of its own object that it sets."""
    return _returned(facts, DefUse(facts, topics, _ordered(calls)))


def _ordered(calls: Iterable[Call]) -> tuple[Call, ...]:
    return tuple(sorted(calls, key=lambda call: (call.start, call.end)))


def _carried(facts: FileFacts, topics: Identifiers, values: DefUse) -> Iterator[Carried]:
    found: dict[tuple[str, str, How, int], Carried] = {}

    def note(name: str, held: tuple[str, ...], how: How, scope: int, line: int, made: bool) -> None:
        for topic in held:
            key = (topic, name, how, scope)
            before = found.get(key)
            if before is None or (made and not before.made):
                found[key] = Carried(topic, name, how, scope, before.line if before else line, made)

    for index, definition in enumerate(facts.definitions):
        for name in definition.parameters:
            if held := topics.held(name):
                note(name, held, "parameter", index, definition.line, False)
    for item in facts.assignments:
        if held := topics.held(item.name):
            how = _how_of_assignment(facts, topics, values, item, item.name)
            note(item.name.rpartition(".")[2], held, how, item.scope, item.line, _is_made(topics, values, item))
    for key in facts.keys:
        if key.kind in _HOW_OF_KEY and (held := topics.held(key.name)):
            note(key.name, held, _HOW_OF_KEY[key.kind], key.scope, key.line, _is_made(topics, values, key))
    for call in facts.calls:
        if topics.is_context(call.qualified):
            flow = values.flow(values.into(call.arguments, call.end, call.scope))
            note(call.target, flow.topics, "context", call.scope, call.line, False)
    yield from sorted(found.values(), key=lambda record: (record.line, record.topic, record.name, record.how))


def _how_of_assignment(facts: FileFacts, topics: Identifiers, values: DefUse, item: Fact, name: str) -> How:
    if any(topics.is_context(called) for called in values.names(item.start, item.end)):
        return "context"
    in_class = item.scope >= 0 and facts.definitions[item.scope].kind == "class"
    return "attribute" if "." in name or in_class else "variable"


def _is_made(topics: Identifiers, values: DefUse, item: Fact) -> bool:
    own = True
    for name in values.names(item.start, item.end):
        if not own and topics.makes(name):
            return True
        own = False  # the first name is what is given a value
    return False


def _passed(facts: FileFacts, values: DefUse, calls: Sequence[Call]) -> Iterator[Passed]:
    traits = by_name(facts.language).traits
    has_fields = traits is not None and traits.named_fields
    for call in calls:
        owner = call.target.rpartition(".")[0]
        if owner and (bits := _into_object(values, call, owner)):
            yield _record(values, call, call.scope, "", OBJECT, bits)
        if call.end - call.arguments > _LIMIT:
            continue
        for slot, position, bits in _into_arguments(values, call, has_fields):
            yield _record(values, call, call.scope, slot, position, bits)


def _into_arguments(values: DefUse, call: Call, has_fields: bool) -> Iterable[tuple[str, int, int]]:
    """What flows into each argument, by its slot and position, where anything does."""
    start, end = _inside(values, call)
    simple = values.into_parts(start, end, call.scope, ("**",) if has_fields else ("*", "**"))
    if simple is not None:
        return simple
    every = (
        (slot, position, values.into(first, last, call.scope))
        for slot, position, first, last in _arguments(values, start, end, has_fields)
    )
    return (each for each in every if each[2])


def _inside(values: DefUse, call: Call) -> tuple[int, int]:
    """The extent of the arguments without their brackets."""
    if values.text.startswith(("(", "[", "{"), call.arguments):
        return call.arguments + 1, call.end - 1
    return call.arguments, call.end


def _into_object(values: DefUse, call: Call, owner: str) -> int:
    """What flows into what a method is called on; `owner` is its name as written."""
    if "(" in owner or "[" in owner:
        return values.into(call.start, call.arguments, call.scope)
    return values.into_names((owner,), call.scope)


def _record(values: DefUse, call: Call | None, scope: int, slot: str, position: int, bits: int) -> Passed:
    flow = values.flow(bits)
    start, end = (call.start, call.end) if call else (-1, -1)
    return Passed(start, end, scope, slot, position, flow.topics, flow.parameters, flow.results, flow.attributes)


def _arguments(values: DefUse, start: int, end: int, has_fields: bool) -> Iterator[tuple[str, int, int, int]]:
    """The arguments in an extent as slot, position and extent; an object written out counts by its fields."""
    text = values.text
    for position, (first, last) in enumerate(values.parts(start, end)):
        opened = _ARGUMENT.match(text, first, last)
        if opened is None or opened.end() == last:
            continue
        keyword, spread = opened.groups()
        if keyword or (spread and (spread != "*" or not has_fields)):
            yield keyword or SPREAD, position, opened.end(), last
        elif has_fields and text.find("{", first, last) >= 0 and (inside := _OBJECT.match(text, first, last)):
            for slot, begin, stop in _fields(values, inside.end(), last):
                yield slot, position, begin, stop
        else:
            yield "", position, first, last


def _fields(values: DefUse, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    closing = values.text.rfind("}", start, end)
    for first, last in values.parts(start, closing if closing >= 0 else end):
        if named := _FIELD.match(values.plain.written, first, last):
            yield named.group(1), first, last
        elif spread := _SPREAD.match(values.text, first, last):
            yield SPREAD, spread.end(), last
        elif short := _SHORT_FIELD.fullmatch(values.text, first, last):
            yield short.group(1), first, last


def _returned(facts: FileFacts, values: DefUse) -> Iterator[Passed]:
    results: dict[int, int] = {}
    for control in facts.controls:
        if control.kind == "return" and control.scope >= 0:
            bits = values.into(control.start, control.end, control.scope)
            results[control.scope] = results.get(control.scope, 0) | bits
    for index, definition in enumerate(facts.definitions):
        if definition.kind in ("function", "method") and (extent := _last_value(facts, values, definition)):
            results[index] = results.get(index, 0) | values.into(*extent, index)
    for scope, bits in sorted(results.items()):
        if bits:
            yield _record(values, None, scope, "", 0, bits)
    for variable, attribute in values.stores.own_attributes():
        if bits := values.without(values.of(variable), "a", attribute):
            yield _record(values, None, variable[0], attribute, 0, bits)


def _last_value(facts: FileFacts, values: DefUse, definition: Definition) -> tuple[int, int] | None:
    """What a definition gives back without saying `return`: its one expression, or the last one of its block."""
    text, body, end = values.text, definition.body, definition.end
    if text[body : body + 1] != "{":
        is_arrow = text[max(definition.start, body - 40) : body].rstrip().endswith("=>")
        return (body, end) if is_arrow else None
    if facts.language not in _BLOCKS_GIVE:
        return None
    start, depth = body + 1, 0
    for match in _LAST_STATEMENT.finditer(text, body + 1, end - 1):
        sign = match.group()
        if sign in "([{":
            depth += 1
        elif sign != ";":
            depth -= 1
        if not depth and (sign == ";" or (sign == "}" and _begins_statement(text, match.end(), end))):
            start = match.end()
    return (start, end - 1) if text[start : end - 1].strip() else None


#: Languages in which a block is worth its last expression.
_BLOCKS_GIVE = frozenset({"rust"})
_STATEMENT = re.compile(r"\s*\n\s*(?!else\b|as\b)[A-Za-z_&(\[\"#]")


def _begins_statement(text: str, at: int, end: int) -> bool:
    return _STATEMENT.match(text, at, end) is not None
