"""How a page becomes shorter until a forge shows it, and what it then says of what is not on it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from scanner.phrases import joined, plural


class Limit(msgspec.Struct, frozen=True):
    """How much a page shows."""

    #: Lines of a folded list.
    folded: int
    #: Rows of a table of doors, ways or verdicts.
    rows: int
    #: Rows of evidence that a requirement shows in the open.
    open: int
    #: What is linked, each with what comes before it: 0 nothing, 1 evidence, 2 what sentences name, doors and side
    #: effects, 3 inventory and the calls of ways.
    links: int
    #: Rows of a table of the inventory, and blind spots in the open.
    values: int


#: A page that is too long is made again with less: folded lines go first, then links of what is least often followed.
#: Each shows less than the one before. Where links go, lists may have a few lines more again, which weigh less.
LIMITS: Final = (
    *(Limit(folded, 8, 8, 3, 12) for folded in (40, 25, 15, 8)),
    *(Limit(folded, rows, 8, 2, values) for folded, rows, values in ((15, 8, 8), (8, 8, 8), (4, 6, 6))),
    *(Limit(folded, rows, 8, 1, values) for folded, rows, values in ((8, 8, 8), (4, 6, 6), (2, 5, 5), (0, 5, 5))),
    *(Limit(0, rows, opened, 1, rows) for rows, opened in ((5, 6), (5, 5), (5, 4), (3, 3))),
    *(Limit(0, rows, opened, 0, values) for rows, opened, values in ((8, 8, 6), (5, 5, 5), (3, 3, 3), (1, 1, 2))),
)

_ELSEWHERE: Final = "only in the JSON and the HTML (`--format html`)"
#: What a page may leave out, one and many, in the order in which it tells of them.
_GROUPS: Final[Mapping[str, tuple[str, str]]] = {
    "evidence": ("line of evidence", "lines of evidence"),
    "boxes": ("box of the seam map", "boxes of the seam map"),
    "doors": ("door", "doors"),
    "ways": ("way past the first door", "ways past the first door"),
    "effects": ("side effect", "side effects"),
    "carriers": ("function that carries out actions", "functions that carry out actions"),
    "modes": ("mode that skips asking", "modes that skip asking"),
    "inventory": ("inventory value", "inventory values"),
    "blind spots": ("blind spot", "blind spots"),
    "settings": ("line of settings", "lines of settings"),
}
#: Whose links have which rank, see `Limit.links`.
_RANKS: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("evidence",),
    2: ("sentences", "doors", "side effects"),
    3: ("inventory", "ways"),
}


class LeftOut:
    """Counts what a page leaves out while it is made: templates tell it where they say so themselves."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._links: Counter[int] = Counter()

    def leave(self, group: str, count: int) -> int:
        """Count what is left out of a list; gives the number, so that the list can tell it.

        Raises:
            KeyError: when there is no such group.
        """
        self._counts[_GROUPS[group][0]] += count
        return count

    def unlink(self, rank: int) -> None:
        """Count a place that would be a link on a page with more room."""
        self._links[rank] += 1

    def note(self) -> str:
        """One line that says what is not on the page, and where it is; empty of a page that is whole."""
        said = []
        left = [plural(self._counts[one], one, many) for one, many in _GROUPS.values() if self._counts[one]]
        if left:
            verb = "is" if sum(self._counts.values()) == 1 else "are"
            said.append(f"{joined(left, 'and')} {verb} {_ELSEWHERE}")
        links = self._links.total()
        if links:
            of = joined([word for rank, words in _RANKS.items() if self._links[rank] for word in words], "and")
            said.append(f"{plural(links, 'link')} of {of} {'is' if links == 1 else 'are'} left out")
        return f"**Shortened to fit a forge's comment:** {'; '.join(said)}." if said else ""


def shortened(page: Callable[[Limit], str], longest: int) -> str:
    """The page at the first limit at which it is short enough, else what `cut` leaves of it.

    Args:
        page: makes the page; lengths shrink along the limits, so that few need be tried.
        longest: most bytes of the page.
    """
    made: dict[int, str] = {}

    def fits(at: int) -> bool:
        made[at] = page(LIMITS[at])
        return len(made[at].encode()) <= longest

    # Most packets fit as they are.
    at = 0 if fits(0) else bisect_left(range(len(LIMITS)), True, lo=1, key=fits)
    return made[at] if at < len(LIMITS) else cut(made[len(LIMITS) - 1], longest)


def cut(page: str, longest: int) -> str:
    """A page that is too long at the tightest limit, as of a pack with a hundred requirements, without its last parts.

    Args:
        page: Markdown whose last section says where it comes from, and stays.
        longest: most bytes of the page.
    """
    head, *sections = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    end = sections.pop() if sections else ""
    # The head is paragraphs and a table, which may end after any row.
    parts = [*head.splitlines(keepends=True), *sections]
    room = longest - len(end.encode()) - len(_parts_left_out(len(parts)).encode())
    kept = 0
    for part in parts:
        room -= len(part.encode())
        if room < 0:
            break
        kept += 1
    gone = len(parts) - kept
    return f"{''.join(parts[:kept])}{_parts_left_out(gone) if gone else ''}{end}"


def _parts_left_out(count: int) -> str:
    parts = plural(count, "section or row", "sections and rows")
    return f"\n**Cut here:** {parts} of this page {'is' if count == 1 else 'are'} {_ELSEWHERE}.\n\n"
