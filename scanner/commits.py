"""The commits of a history: the line of first parents, and which commits of it are looked at.

Dates on a line need not be in order: clocks go wrong, and history is rewritten. So a commit's place is told by the line
alone, and choosing by time passes over commits whose date does not fit in with the others.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final, Literal

import msgspec

from scanner import git
from scanner.errors import RepositoryError, UsageError
from scanner.places import printable
from scanner.settingsfile import is_date

_DAY: Final = 86_400
_UNITS: Final[Mapping[str, int]] = {"d": _DAY, "w": 7 * _DAY, "m": 30 * _DAY}
_EVERY: Final = re.compile(r"([1-9][0-9]{0,3})([dwm]?)", re.ASCII)
_TAG: Final = "tag"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Commit(msgspec.Struct, frozen=True):
    """One commit of a line."""

    #: Full id.
    id: str
    #: The committer's date: seconds since 1970, UTC.
    when: int


class Line(msgspec.Struct, frozen=True):
    """A commit, its first parent, the first parent of that, and so on."""

    #: The newest first; never empty.
    commits: tuple[Commit, ...]
    #: What comes before the oldest one: nothing (`root`), what a shallow clone lacks, or what was not asked for.
    end: Literal["root", "shallow", "since"]


class Every(msgspec.Struct, frozen=True):
    """How far apart commits are to be: by number, by time, or from tag to tag."""

    #: As it was written, such as `2w`.
    text: str
    #: Every so many commits; 0 where something else counts.
    commits: int = 0
    #: At least so many seconds; 0 where something else counts.
    seconds: int = 0

    @staticmethod
    def of(text: str) -> Every:
        """What a user wrote: `5` for every fifth commit, `1d`, `2w`, `1m` for thirty days, or `tag`.

        Raises:
            UsageError: when it is none of these.
        """
        if text == _TAG:
            return Every(text)
        read = _EVERY.fullmatch(text)
        if read is None:
            raise UsageError(
                f"--every {printable(text)} says no distance; write 1d, 1w or 1m for days, weeks or months, "
                "a number of commits, such as 20, or tag"
            )
        count, unit = int(read[1]), read[2]
        return Every(text, 0 if unit else count, count * _UNITS[unit] if unit else 0)


def moment(when: int) -> str:
    """Seconds since 1970 as `2026-12-31T23:59:59Z`; empty where no calendar has such a year."""
    try:
        # No `fromtimestamp`: what it can tell depends on the platform.
        return (_EPOCH + timedelta(seconds=when)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        return ""


def line_of(store: git.Store, shown: str, until: str, since: str) -> Line:
    """Walk from a commit along first parents.

    Args:
        store: the repository.
        shown: how messages call it.
        until: the newest commit, as a revision.
        since: what is left out with all that came before it: a revision, else a day such as `2026-12-31`, with which
            the line begins; empty for nothing.

    Raises:
        RepositoryError: when there is no such commit, or git cannot tell the line.
        UsageError: when nothing comes after `since`.
    """
    try:
        newest = _named(store, until)
        if not newest:
            raise RepositoryError(f"--until {printable(until)} names no commit in {shown}{_mend(store)}")
        commits = _walk(store, newest)
        if since:
            kept = _after(store, shown, commits, since)
            if not kept:
                raise UsageError(
                    f"no commit up to {printable(until)} comes after --since {printable(since)}; name an older one"
                )
            if len(kept) < len(commits):
                return Line(kept, "since")
        return Line(commits, "shallow" if _has_parent(store, commits[-1]) else "root")
    except git.GitError as error:
        raise RepositoryError(
            f"git cannot read the history of {shown}: {printable(error.message)}; mend it (see git fsck)"
        ) from None


def _named(store: git.Store, rev: str) -> str:
    """The commit that a revision names; empty where it names none."""
    try:
        return git.resolve(store, rev)
    except (git.GitOverrun, git.GitMissing):  # it is not known what it names
        raise
    except git.GitError:
        return ""


def _mend(store: git.Store) -> str:
    return (
        "; the clone is shallow, so it may be missing (see git fetch --unshallow)"
        if store.shallow
        else "; see its branches and tags with git branch -a and git tag"
    )


def _ask(store: git.Store, *arguments: str) -> list[str]:
    """Lines that git writes, of commits as they are: no commit graph and no graft speaks for them."""
    words = store.command("-c", "core.commitGraph=false", *arguments)
    said = git.run(words, variables={**git.environment(), "GIT_GRAFT_FILE": os.devnull})
    return said.decode("utf-8", "surrogateescape").splitlines()


def _walk(store: git.Store, newest: str) -> tuple[Commit, ...]:
    pairs = (said.split() for said in _ask(store, "rev-list", "--first-parent", "--timestamp", newest))
    return tuple(Commit(name, int(when)) for when, name in pairs)


def _has_parent(store: git.Store, commit: Commit) -> bool:
    """Whether a commit says that it has parents, be they there or not."""
    head = takewhile(bool, _ask(store, "cat-file", "commit", commit.id))
    return any(each.startswith("parent ") for each in head)


def _after(store: git.Store, shown: str, line: tuple[Commit, ...], since: str) -> tuple[Commit, ...]:
    start = _named(store, since)
    if not start:
        if not is_date(since):
            raise RepositoryError(
                f"--since {printable(since)} names no commit in {shown}, and no day such as 2026-12-31{_mend(store)}"
            )
        return _from_day(line, since)
    # Not `^start`: where dates are out of order, git may stop before it knows all that comes before.
    before = frozenset(_ask(store, "rev-list", start))
    return tuple(takewhile(lambda each: each.id not in before, line))


def _from_day(line: tuple[Commit, ...], day: str) -> tuple[Commit, ...]:
    first = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    told = {0, *in_step(line)}  # the newest one's date counts, whatever the others say
    late = [at for at in told if line[at].when >= first]
    return line[: max(late) + 1] if late else ()


def in_step(line: Sequence[Commit]) -> tuple[int, ...]:
    """Positions of the most commits whose dates are in the order of the line.

    Args:
        line: the newest first.

    Returns:
        Positions, in the order of the line; the rest have dates that contradict these.
    """
    # The longest run of dates that never fall, from the oldest on: `ends[n]` is where the one of n + 1 commits ends
    # that ends earliest.
    ends: list[int] = []
    dates: list[int] = []
    before: dict[int, int] = {}
    for at in reversed(range(len(line))):
        length = bisect_right(dates, line[at].when)
        before[at] = ends[length - 1] if length else -1
        if length == len(ends):
            ends.append(at)
            dates.append(line[at].when)
        else:
            ends[length], dates[length] = at, line[at].when
    found: list[int] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        found.append(at)
        at = before[at]
    return tuple(found)


def choose(line: Sequence[Commit], every: Every, tagged: Container[str] = ()) -> tuple[Commit, ...]:
    """The commits to look at: the newest one, and then going back each that is far enough from the one before.

    Args:
        line: the newest first.
        every: how far apart they are to be.
        tagged: full ids of commits that carry a tag.
    """
    if every.commits:
        return tuple(line[:: every.commits])
    if every.text == _TAG:
        return tuple(each for at, each in enumerate(line) if not at or each.id in tagged)
    chosen = list(line[:1])
    last: int | None = None
    for at in in_step(line):
        when = line[at].when
        if at and (last is None or when <= last - every.seconds):
            chosen.append(line[at])
        elif at:
            continue
        last = when
    return tuple(chosen)


def tags(store: git.Store) -> dict[str, tuple[str, ...]]:
    """Names of tags by the full id of the commit that they stand at, in order of name.

    Raises:
        GitError: when a tag cannot be read.
    """
    found: dict[str, tuple[str, ...]] = {}
    for said in _ask(store, "for-each-ref", "--format=%(objectname) %(*objectname) %(refname)", "refs/tags"):
        own, meant, name = said.split(" ", 2)
        found[meant or own] = (*found.get(meant or own, ()), printable(name.removeprefix("refs/tags/")))
    return found
