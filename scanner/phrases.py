"""Words of sentences: lists, counts, titles and the markers of places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scanner.escape import marker
from scanner.touchpoints import Touchpoint

#: How many places one sentence names before it says "and N more".
NAMED = 6


def title(name: str, titles: Mapping[str, str]) -> str:
    """The title of a rule or kind, else its name in words."""
    return titles.get(name) or name.replace("_", " ").replace("-", " ")


def lowered(words: str) -> str:
    """A title inside a sentence: its first letter small, unless its first word is an abbreviation."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def joined(words: Sequence[str], last: str) -> str:
    """`a, b and c`, with `last` before the last one."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def listed(words: Sequence[str], limit: int = NAMED) -> str:
    """The first words, and how many more there are."""
    if len(words) <= limit:
        return joined(words, "and")
    return f"{', '.join(words[:limit])} and {len(words) - limit} more"


def places(touchpoints: Sequence[Touchpoint], limit: int = NAMED) -> str:
    """Markers of the first places, and how many more there are; what would be told with the same words is told once."""
    different: dict[tuple[str, int, str], str] = {}
    for each in touchpoints:
        different.setdefault((each.path, each.line, each.symbol or each.name), marker(each.id))
    return listed(list(different.values()), limit)


def plural(count: int, word: str, many: str = "") -> str:
    """`1 file`, `2 files`, `2 policies`; `many` for a plural that follows no rule."""
    if count == 1:
        return f"1 {word}"
    if many:
        return f"{count} {many}"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{count} {word[:-1]}ies"
    return f"{count} {word}{'es' if word.endswith(('s', 'x', 'ch', 'sh')) else 's'}"


def aligned(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Rows in columns, cut to a width if there is one."""
    sizes = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, sizes, strict=True)).rstrip() for row in rows]
    return [line if width is None or len(line) <= width else line[: width - 1] + "…" for line in lines]
