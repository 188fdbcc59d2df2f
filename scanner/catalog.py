"""The built-in catalogue as a page: what it knows of each language, library by library.

`python -m scanner.catalog docs/catalogue.md` writes it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import quote

from scanner.escape import plain
from scanner.installed import builtin_rules
from scanner.languages import by_name
from scanner.rulebook import load_rulebook
from scanner.rules import CatalogEntry

_Key = TypeVar("_Key")
#: What an address may hold inside a link of a table.
_URL_SAFE = ":/?#@!$&'*+,;=%~-._"

_HEAD = """\
# The catalogue

What calls of well-known libraries mean, by language. This page is made from `rules/catalog` by
`python -m scanner.catalog docs/catalogue.md`; [the rule language](rule-language.md#the-catalogue) says how an entry is
written and what its names match. *Checked* is the release in whose code the names were looked up; where it is empty,
they come from the documentation that the library's name links to.

"""


def catalog_page(entries: Sequence[CatalogEntry]) -> str:
    """The page of a catalogue.

    Args:
        entries: in the order in which they are to be shown.
    """
    by_language = _grouped(entries, lambda entry: entry.language)
    parts = [_HEAD, *_table(("Language", "Libraries", "Names", "Names checked", "Meanings"), _counts(by_language))]
    for language, of_language in by_language.items():
        parts.append(f"\n## {by_name(language).title}\n")
        for path, of_topic in _grouped(of_language, lambda entry: entry.path).items():
            parts.append(f"\n### {PurePosixPath(path).stem.capitalize()}\n\n")
            parts += _table(("Library", "Meaning", "Names", "Checked"), _rows(of_topic))
    return "".join(parts)


def builtin_page() -> str:
    """The page as it is published."""
    return catalog_page(load_rulebook([builtin_rules() / "catalog"]).catalog)


def _counts(by_language: dict[str, list[CatalogEntry]]) -> Iterator[tuple[str, ...]]:
    for language, entries in by_language.items():
        counts = (
            len({entry.library for entry in entries}),
            len(entries),
            sum(bool(entry.checked) for entry in entries),
            len({entry.means for entry in entries}),
        )
        yield by_name(language).title, *(f"{count:,}" for count in counts)


def _rows(entries: Sequence[CatalogEntry]) -> Iterator[tuple[str, ...]]:
    """One row a library, release and meaning."""
    by_row = _grouped(entries, lambda entry: (entry.library, entry.source, entry.checked, entry.means))
    for (library, source, checked, means), members in by_row.items():
        # Names that one pattern stands for come one after another, and are shown as it was written.
        patterns = dict.fromkeys((entry.path, entry.line, entry.column, entry.written) for entry in members)
        names = " ".join(f"`{written.replace('|', chr(92) + '|')}`" for *_, written in patterns)
        yield (
            f"[{plain(library, table=True)}]({quote(source, safe=_URL_SAFE)})",
            f"`{means}`",
            names,
            plain(checked, table=True),
        )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (heads, ["---"] * len(heads), *rows):
        yield f"| {' | '.join(row)} |\n"


def _grouped(entries: Iterable[CatalogEntry], key: Callable[[CatalogEntry], _Key]) -> dict[_Key, list[CatalogEntry]]:
    groups: dict[_Key, list[CatalogEntry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return groups


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m scanner.catalog FILE")
    Path(sys.argv[1]).write_text(builtin_page(), encoding="utf-8")
