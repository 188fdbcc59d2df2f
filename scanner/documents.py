"""Documents as facts: the words of a page for people, line by line, packed; packs ask later what things it names.

A page is kept as words because no room before the requirements knows a pack, hence which words matter. Bounded twice:
the beginning of each page, and so many pages. Real agents have up to 2,000 pages; a page packs to a third of its size.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from scanner.places import category
from scanner.words import Alternatives, Gap, parse

if TYPE_CHECKING:
    import re2

#: Bytes of a page that are kept.
PAGE_LIMIT = 64 * 1024
#: Lines of a passage: what is named further apart is not one description.
PASSAGE = 60
#: Pages that are kept: the least deep, then in order of path.
MOST_PAGES = 2_000

_SUFFIXES = (".md", ".mdx", ".markdown", ".rst", ".adoc", ".txt")
#: What names everything and describes nothing: logs of changes, licences, lists of people, packages and things to do,
#: and orders to coding agents.
_ASIDE = re.compile(
    r"(?:^|/)(?:change-?logs?|releases?|release[-_]notes|changes|history|news|licen[cs]es?|copying|notice|authors|contributors"
    r"|contributing|code[-_]of[-_]conduct|requirements[^/]*|agents|claude|gemini|copilot[-_]instructions|todo)(?:[./]|[-_]v?\d|$)"
)
_NEWLINE = 10
#: Where a word ends inside a name: `toolCall`, `HTTPServer`; not in `IDs`.
_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_NO_WORD = re.compile(r"[^\w\n]+|_+")


class Page(msgspec.Struct, frozen=True):
    """The words of one document."""

    path: str
    #: Its words in lower case, a line for a line, compressed.
    packed: bytes


class Naming(msgspec.Struct, frozen=True):
    """What a passage of a document names of the things asked for: the passage that names most."""

    path: str
    #: Where it begins to name them.
    line: int
    named: tuple[str, ...]


#: A thing in words → word patterns by which it is known.
Things = Sequence[tuple[str, tuple[str, ...]]]


def is_document(path: str) -> bool:
    """Whether a file is a page for people that can describe something: no change log, no licence."""
    name = path.lower().rpartition("/")[2]
    stem, dot, _ = name.partition(".")
    described = name.endswith(_SUFFIXES) or (stem == "readme" and not dot)
    return described and not _ASIDE.search(path.lower()) and category(path) == "docs"


def page_of(path: str, source: bytes) -> Page:
    """The words of a page."""
    return Page(path, zlib.compress(words_of(source[:PAGE_LIMIT].decode("utf-8", "replace")).encode(), 1))


def words_of(text: str) -> str:
    """A text as words in lower case, a blank before and after each, line for line.

    Nearly those of `words.split`, at less time: names in casings of their own are rare in running text.
    """
    parted = _BORDER.sub(" ", text).lower()
    return "\n".join(
        f" {line} " if (line := " ".join(parts.split())) else "" for parts in _NO_WORD.sub(" ", parted).split("\n")
    )


def chosen(paths: Sequence[str]) -> frozenset[str]:
    """The documents among some files that are kept."""
    found = sorted(filter(is_document, paths), key=lambda path: (path.count("/"), path))
    return frozenset(found[:MOST_PAGES])


def naming(pages: Sequence[Page], things: Things, about: tuple[str, ...] = ()) -> tuple[Naming, ...]:
    """What one passage of each document names, those that name most first; such as name nothing are left out.

    Args:
        pages: the documents.
        things: what is asked for.
        about: word patterns of what a passage must name besides, to count at all; none: whatever it is about.
    """
    patterns = [_compiled(patterns) for _, patterns in things]
    subject = _compiled(about) if about else None
    found = []
    for page in pages:
        text = zlib.decompress(page.packed)
        if subject is not None and subject.search(text) is None:
            continue
        starts = [0, *(at + 1 for at, byte in enumerate(text) if byte == _NEWLINE)]
        # By line, each thing at most once a line; the subject comes after the last thing.
        mentions = sorted(
            {
                (bisect_right(starts, match.start()), thing)
                for thing, pattern in enumerate(patterns if subject is None else [*patterns, subject])
                for match in pattern.finditer(text)
            }
        )
        line, named = _densest(mentions, None if subject is None else len(patterns))
        if named:
            found.append(Naming(page.path, line, tuple(name for at, (name, _) in enumerate(things) if at in named)))
    return tuple(sorted(found, key=lambda each: (-len(each.named), each.path.count("/"), each.path)))


def _densest(mentions: Sequence[tuple[int, int]], subject: int | None) -> tuple[int, frozenset[int]]:
    """The first line and the things of the passage that names most, its subject among them; of several the first."""
    best: tuple[int, frozenset[int]] = (0, frozenset())
    counts: dict[int, int] = {}
    first = 0
    for line, thing in mentions:
        counts[thing] = counts.get(thing, 0) + 1
        while mentions[first][0] <= line - PASSAGE:
            left = mentions[first][1]
            counts[left] -= 1
            if not counts[left]:
                del counts[left]
            first += 1
        named = frozenset(counts) - {subject}
        if len(named) > len(best[1]) and (subject is None or subject in counts):
            best = mentions[first][0], named
    return best


@lru_cache(maxsize=1_000)
def _compiled(sources: tuple[str, ...]) -> re2._Regexp[bytes]:
    """Word patterns as one expression over packed lines, in which a blank stands before and after every word."""
    import re2  # linear, whatever a pack asks

    return re2.compile("|".join(f"(?:{_expression(source)})" for source in sources).encode())


def _expression(source: str) -> str:
    pattern = parse(source)
    parts = "".join(map(_part, pattern.parts))
    return f"{'(?m:^) ' if pattern.starts else ' '}{parts}{'(?m:$)' if pattern.ends else ''}"


def _part(part: Alternatives | Gap) -> str:
    if isinstance(part, Gap):
        return "(?:[^ \\n]+ )*"
    # Words are letters and digits alone.
    return f"(?:{'|'.join(''.join(f'{word} ' for word in run) for run in part.runs)})"
