"""Named parts of a file that its grammar knows nothing of, such as the cells of a notebook."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from scanner.facts import Definition, Fact, FileFacts

_Placed = TypeVar("_Placed", bound=Fact)


def in_parts(facts: FileFacts, parts: Sequence[tuple[str, int, int]]) -> FileFacts:
    """The facts with a `module` for each part, in which stands what stood at the top of the file.

    Definitions keep their symbols, since names of one part are names of the whole file.

    Args:
        facts: of the file.
        parts: name, start and end of each, in order; none reaches into another.
    """
    newlines = [at for at, byte in enumerate(facts.source) if byte == 0x0A]
    modules = [
        Definition(start, end, _line(newlines, start), _line(newlines, end - 1), -1, "module", name, name, start)
        for name, start, end in parts
    ]
    added = {id(module) for module in modules}
    starts = [module.start for module in modules]
    merged = sorted([*modules, *facts.definitions], key=lambda item: (item.start, -item.end, item.kind != "module"))
    places = {id(item): index for index, item in enumerate(merged)}
    moved = [places[id(item)] for item in facts.definitions]

    def scope(item: Fact) -> int:
        if item.scope >= 0:
            return moved[item.scope]
        at = bisect_right(starts, item.start) - 1
        return places[id(modules[at])] if at >= 0 and item.start < modules[at].end else -1

    def placed(items: Sequence[_Placed]) -> tuple[_Placed, ...]:
        return tuple(replace(item, scope=scope(item)) for item in items)

    return replace(
        facts,
        definitions=tuple(item if id(item) in added else replace(item, scope=scope(item)) for item in merged),
        calls=placed(facts.calls),
        keys=placed(facts.keys),
        assignments=placed(facts.assignments),
        strings=placed(facts.strings),
        imports=placed(facts.imports),
        controls=placed(facts.controls),
        closures=placed(facts.closures),
        references=placed(facts.references),
        matches=placed(facts.matches),
        prose=placed(facts.prose),
    )


def _line(newlines: Sequence[int], offset: int) -> int:
    return bisect_left(newlines, offset) + 1
