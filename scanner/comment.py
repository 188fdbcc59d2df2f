"""One comment on a pull request, found again by a hidden marker and kept up to date.

Looking, deciding and sending are one step that is tried again as a whole. So a request whose answer was lost is never
sent a second time before the forge was asked whether it was carried out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from enum import Enum

import msgspec
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

from scanner.errors import ForgeError, UsageError
from scanner.forgecalls import Line, Passing
from scanner.forges import Comment, Forge

#: Times that a step is tried.
TRIES = 6
#: Seconds of waiting between tries, all together.
PATIENCE = 180.0
#: The first wait, when the forge does not say how long.
FIRST_WAIT = 1.0

_KEY = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_./]|-(?!-))*")
_CUT_ROOM = 300


class Done(Enum):
    """What became of the comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


class Outcome(msgspec.Struct, frozen=True):
    """What was done, and what a reader should know of it."""

    done: Done
    #: The comment's page; empty where the forge does not tell.
    url: str
    #: Further comments of ours with the same marker; they stay as they are.
    doubles: int
    #: Comments of others with the same marker; they stay as they are.
    others: int


def marker(key: str) -> str:
    """The hidden first line by which a comment is found again.

    Raises:
        UsageError: When the key would break out of it.
    """
    if not _KEY.fullmatch(key) or len(key) > 100:
        raise UsageError("--key takes up to 100 letters, digits, `_`, `.`, `/` and single `-`; such as `tensorzero`")
    return f"<!-- scanner-packet: {key} -->"


def body_of(page: str, key: str, forge: Forge) -> tuple[str, bool]:
    """The text to post: the marker, then the page; and whether the page had to be cut.

    Args:
        page: The Markdown to show.
        key: Tells comments of several packs or jobs apart.
        forge: Where it goes; each has a limit.

    Raises:
        UsageError: When the page is empty, or the key unfit.
    """
    text = "\n".join(page.removeprefix("\ufeff").splitlines()).strip("\n")
    if not text.strip():
        raise UsageError("the file is empty, so there is nothing to say; see whether the command that writes it failed")
    head = f"{marker(key)}\n\n"
    room = forge.limit - len(head)
    return (head + text, False) if len(text) <= room else (head + _cut(text, room, forge), True)


def _cut(text: str, room: int, forge: Forge) -> str:
    """As much as fits, up to the end of a paragraph or at least of a line, with what is open closed."""
    start = text[: room - _CUT_ROOM]
    end = max(start.rfind("\n\n"), start.rfind("\n") if "\n\n" not in start else -1)
    kept = start[:end] if end > 0 else start
    fences = re.findall(r"^ {0,3}(```+|~~~+)", kept, re.MULTILINE)
    closing = f"\n{fences[-1]}" if len(fences) % 2 else ""
    # More than these stand open nowhere in pages of scanner; a stranger's page must not outgrow the room.
    closing += "\n</details>" * min(10, max(0, kept.count("<details") - kept.count("</details>")))
    note = f"*Cut here: {forge.title} shows {forge.limit:,} characters of the page's {len(text):,}.*"
    return f"{kept}{closing}\n\n{note}"


def says_change(page: str) -> bool:
    """Whether a page of `scanner diff` tells of a change: where nothing changed, it is one line a pack.

    Args:
        page: The Markdown, of several packs with a rule between them.
    """
    parts: list[int] = [0]
    for line in page.splitlines():
        if line == "---":
            parts.append(0)
        elif line.strip():
            parts[-1] += 1
    return any(lines > 1 for lines in parts)


def post(
    line: Line, key: str, body: str, update_only: bool = False, sleep: Callable[[float], None] = time.sleep
) -> Outcome:
    """Make the pull request show this text in one comment.

    Args:
        line: The forge.
        key: The marker's key.
        body: The whole text, marker included.
        update_only: Whether to post nothing when there is no comment yet.
        sleep: Waits for so many seconds.

    Raises:
        UsageError: When the forge refuses.
        ForgeError: When it cannot be reached, or asks for more patience than there is.
    """
    tries = Retrying(
        retry=retry_if_exception_type(Passing), stop=_enough, wait=_wait, sleep=sleep, retry_error_callback=_give_up
    )
    outcome: Outcome = tries(_step, line, key, body, update_only)
    return outcome


def _step(line: Line, key: str, body: str, update_only: bool) -> Outcome:
    """Look for the comment, then create it, update it or leave it."""
    marked = sorted(_marked(line, key), key=lambda comment: comment.id)
    ours = _ours(line, marked)
    others = len(marked) - len(ours)
    if not ours:
        if update_only:
            return Outcome(Done.SKIPPED, "", 0, others)
        return Outcome(Done.CREATED, line.carry_out(line.forge.create(body)), 0, others)
    oldest = ours[0]
    if _plain(oldest.body) == _plain(body):
        return Outcome(Done.UNCHANGED, oldest.url, len(ours) - 1, others)
    url = line.carry_out(line.forge.update(oldest, body))
    return Outcome(Done.UPDATED, url or oldest.url, len(ours) - 1, others)


def _marked(line: Line, key: str) -> list[Comment]:
    """Comments that begin with the marker; one that quotes it does not count."""
    sign = marker(key)
    return [each for each in line.comments() if each.body.lstrip().split("\n", 1)[0].strip() == sign]


def _ours(line: Line, marked: list[Comment]) -> list[Comment]:
    """Those that this token's owner wrote: anybody could post the marker, and then own the comment.

    A token that may not know its own name is that of a job. On GitHub such tokens write as bots; elsewhere the forge
    does not say who they are, and all count.
    """
    if not marked:
        return []
    login = line.login()
    if login is not None:
        return [each for each in marked if each.author == login]
    return [each for each in marked if each.by_bot] if line.forge.title == "GitHub" else marked


def _plain(body: str) -> str:
    """A text as forges may give it back: with other ends of lines, and none at its end."""
    return "\n".join(line.rstrip() for line in body.splitlines()).strip()


_backoff = wait_exponential_jitter(initial=FIRST_WAIT, max=30, jitter=1)


def _wait(state: RetryCallState) -> float:
    """As long as the forge asks; else a little longer each time."""
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.wait if isinstance(failure, Passing) else None
    return asked if asked is not None else _backoff(state)


def _enough(state: RetryCallState) -> bool:
    return state.attempt_number >= TRIES or state.idle_for + state.upcoming_sleep > PATIENCE


def _give_up(state: RetryCallState) -> Outcome:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, Passing)
    if failure.wait is not None and state.attempt_number < TRIES:
        raise ForgeError(f"{failure.what} and asks to wait {failure.wait:.0f} seconds; run this again then") from None
    tries = "1 try" if state.attempt_number == 1 else f"{state.attempt_number} tries"
    raise ForgeError(f"{failure.what}, after {tries}; run this again later") from None
