"""How the captures of a file lie in each other: which are dropped for others, who owns what, scopes and symbols."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.languages.raw import Outline, RawDefinition

#: What may stand between a decorator and the definition it decorates.
_MAY_FOLLOW = re.compile(rb"[a-z\s]*@?")


def drop_imported(result: Outline) -> None:
    """Leave out strings that only say what is imported."""
    extents = sorted((node.start_byte, node.end_byte) for node in result.imports)
    starts = [start for start, _ in extents]
    result.strings = [
        string
        for string in result.strings
        if not (at := bisect_right(starts, string.start)) or extents[at - 1][1] < string.end
    ]


def drop_defined(result: Outline) -> None:
    """Leave out variables, fields and closures that are a function or class with a name; and what is found twice."""
    result.definitions = _one_each(result.definitions)
    bodies = {definition.body for definition in result.definitions}
    result.closures = sorted({item for item in result.closures if item[2] not in bodies})
    names = {definition.name_start for definition in result.definitions}
    result.variables = [item for item in result.variables if item.anchor not in names]
    result.keys = [item for item in result.keys if item.kind != "field" or item.anchor not in names]


def _one_each(definitions: list[RawDefinition]) -> list[RawDefinition]:
    """Definitions in order, each once: several patterns may find it, and the one that knows its owner counts."""
    ordered = sorted(definitions, key=lambda item: (item.start, -item.end, not item.owner))
    return [item for at, item in enumerate(ordered) if not at or (item.start, item.end) != _extent(ordered[at - 1])]


def _extent(definition: RawDefinition) -> tuple[int, int]:
    return definition.start, definition.end


def name_owners(result: Outline) -> None:
    """Say which variable holds the object whose key a definition is: `run` of `const tool = {run() {}}`."""
    if not any(definition.keyed for definition in result.definitions):
        return
    held = [(item.value[0], item.value[1], item.name) for item in result.variables if item.value != (0, 0)]
    around = held + [(item.start, item.end, "") for item in result.definitions]
    keyed = {(item.start, item.end): item for item in result.definitions if item.keyed}
    stack: list[tuple[int, int, str]] = []
    for start, end, name in sorted(around, key=lambda item: (item[0], -item[1])):
        while stack and stack[-1][1] <= start:
            stack.pop()
        definition = keyed.get((start, end)) if not name else None
        if definition is not None and stack and "." not in stack[-1][2]:
            definition.owner = stack[-1][2]
        stack.append((start, end, name))


def nest(result: Outline, decorators: list[tuple[int, int, str]]) -> None:
    """Order definitions, give them scopes, symbols and decorators, and build the table that `scope` reads."""
    pending = sorted(decorators, reverse=True)
    definitions = result.definitions
    stack: list[int] = []

    def close_until(offset: int) -> None:
        while stack and definitions[stack[-1]].end <= offset:
            closed = stack.pop()
            result.edges.append(definitions[closed].end)
            result.owners.append(stack[-1] if stack else -1)

    for index, definition in enumerate(definitions):
        close_until(definition.start)
        definition.scope = stack[-1] if stack else -1
        parent = definitions[stack[-1]] if stack else None
        around = (parent.symbol if parent else "", definition.owner, definition.name)
        definition.symbol = ".".join(part for part in around if part)
        if definition.kind == "function" and not definition.owner and parent and parent.kind in ("class", "extension"):
            definition.kind = "method"
        definition.decorators = _decorated(result.source, max(definition.start, definition.name_start), pending)
        stack.append(index)
        result.edges.append(definition.start)
        result.owners.append(index)
    close_until(len(result.source) + 1)
    result.give_scopes()


def _decorated(source: bytes, start: int, pending: list[tuple[int, int, str]]) -> tuple[str, ...]:
    """The decorators before a definition, taken off the ones not given yet; the next one stands last."""
    found: list[tuple[int, int, str]] = []
    while pending and pending[-1][0] < start:
        found.append(pending.pop())
    # Decorators of a field, or of a definition that was lost to a parse error, say nothing of the next definition.
    first = len(found)
    while first:
        begins, ends, _ = found[first - 1]
        between = source[ends:start].strip()
        if not _MAY_FOLLOW.fullmatch(between) and between[:1] not in b"#/":
            break
        first, start = first - 1, begins
    return tuple(name for _, _, name in found[first:])
