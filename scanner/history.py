"""Readiness over commits: what a pack says of one commit after another, and what changed between them.

These records are the versioned contract of `scanner history --format json`. They tell nothing of the machine or the day
on which they were made.

`python -m scanner.history FILE` writes the JSON Schema of the contract.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from scanner import __version__, scan
from scanner.api import packets_at
from scanner.commits import Commit, Every, Line, choose, line_of, moment, tags
from scanner.errors import RepositoryError, SettingsError, UserError
from scanner.git import GitError, Store
from scanner.jsonpage import json_page
from scanner.masking import without_keys
from scanner.packet import Packet, PackRef, Repository
from scanner.packs import Pack, Status
from scanner.phrases import plural
from scanner.places import printable
from scanner.recordschema import record_schema
from scanner.repository import open_store
from scanner.rules import Rulebook
from scanner.settings import Honour
from scanner.touchpoints import Confidence

SCHEMA_VERSION: Final = "1.0"

_RANKS: Final[Mapping[str, int]] = {"gap": 0, "partial": 1, "ready": 2}

#: Called before each scan with the number of scans that are done and that of all; gives what the scan reports to.
Watch = Callable[[int, int], scan.Progress | None]


class Asked(msgspec.Struct, frozen=True):
    """Which commits a history is to show."""

    #: A revision or a day with which it begins, see `commits.line_of`; empty for the first commit.
    since: str
    #: The revision with which it ends.
    until: str
    every: Every
    #: At most so many commits are scanned, the newest ones.
    most: int


class Standing(msgspec.Struct, frozen=True):
    """What a pack says of one commit."""

    #: 0 to 100; None when less than half of the weight could be judged.
    score: int | None
    #: The arithmetic of the score in words.
    words: str
    #: How many requirements have each status, in the order ready, partial, gap, n/a.
    counts: tuple[int, int, int, int]
    #: Requirement and status, in the order of the pack.
    statuses: dict[str, Status]
    #: How complete the look was; `partial` when code of the agent itself could not be read.
    look: Literal["complete", "partial"]
    #: How many seams the packet has, of high and medium confidence.
    seams: int
    #: Of side effects that a model's decision can set off, how many are covered, behind policy alone, uncovered and
    #: unknown; None where the pack does not ask.
    gates: tuple[int, int, int, int] | None


class Row(msgspec.Struct, frozen=True):
    """One commit. What changed is told against the next older row that could be judged."""

    #: Full id.
    commit: str
    #: The committer's date in UTC, such as `2026-12-31T23:59:59Z`; empty where it is no date.
    date: str
    tags: tuple[str, ...]
    #: Why nothing could be judged at this commit; empty where it was.
    unjudged: str
    #: None where the commit could not be scanned.
    standing: Standing | None
    #: Requirements whose status is better than before.
    raised: tuple[str, ...] = ()
    #: Requirements whose status is worse than before.
    lowered: tuple[str, ...] = ()
    #: Requirements that became `n/a`, or are it no longer.
    other: tuple[str, ...] = ()


class Series(msgspec.Struct, frozen=True):
    """What one pack says of all commits."""

    pack: PackRef
    #: The newest commit first.
    rows: tuple[Row, ...]


class History(msgspec.Struct, frozen=True):
    """Readiness over commits, one series a pack."""

    schema_version: str
    scanner_version: str
    #: Name of the repository, and its web address, empty where unknown.
    repository: str
    remote: str
    #: What was asked for, as it was written; empty for the first commit.
    since: str
    #: Full id of the newest commit.
    until: str
    #: How far apart commits are, as it was written: `2w`, `20` or `tag`.
    every: str
    #: How many commits the line of first parents has between the two ends.
    commits: int
    #: How many commits `every` chooses that are left out, since there are too many.
    left_out: int
    #: What comes before the line: nothing (`root`), what a shallow clone lacks, or what was not asked for (`since`).
    end: Literal["root", "shallow", "since"]
    #: What a reader should know of the choice of commits, in sentences.
    notes: tuple[str, ...]
    #: Digest of rules and catalogue, hexadecimal.
    rules_digest: str
    series: tuple[Series, ...]


def history(
    path: Path,
    asked: Asked,
    packs: Sequence[Pack],
    rulebook: Rulebook,
    honour: Honour,
    watch: Watch = lambda _done, _total: None,
) -> History:
    """Judge one commit after another, the newest first.

    A commit that cannot be judged is a row with the reason.

    Args:
        path: a work tree, a folder in one, or a bare repository.
        asked: which commits.
        packs: the questions.
        rulebook: what to look for.
        honour: whether the settings count that the repository keeps at each commit.
        watch: told of each scan.

    Raises:
        RepositoryError: when there is no such history, or no commit can be read.
        SettingsError: when no commit has settings that can be used.
        UsageError: when no commit is left.
        RuleError: when a template of a pack cannot be filled.
    """
    shown = printable(os.fspath(path))
    store = open_store(path)
    line = line_of(store, shown, asked.until, asked.since)
    named, broken = _tags(store)
    far = choose(line.commits, asked.every, named)
    chosen = far[: asked.most]
    scans = _Scans(path, shown, packs, rulebook, honour)
    rows = [scans.rows(each, named.get(each.id, ()), watch(at, len(chosen))) for at, each in enumerate(chosen)]
    if scans.repository is None:
        raise scans.errors[0]
    found = History(
        schema_version=SCHEMA_VERSION,
        scanner_version=__version__,
        repository=scans.repository.name,
        remote=scans.repository.remote,
        since=printable(asked.since),
        until=line.commits[0].id,
        every=asked.every.text,
        commits=len(line.commits),
        left_out=len(far) - len(chosen),
        end=line.end,
        notes=(*_notes(line, asked, len(far)), *broken),
        rules_digest=rulebook.digest,
        series=tuple(
            Series(PackRef(pack.id, pack.title, pack.migration, pack.digest), compared(own))
            for pack, own in zip(packs, zip(*rows, strict=True), strict=True)
        ),
    )
    return without_keys(found)


class _Scans:
    """Scans of one commit after another, of which no more is kept than a history tells."""

    def __init__(self, path: Path, shown: str, packs: Sequence[Pack], rulebook: Rulebook, honour: Honour) -> None:
        self._path = path
        self._shown = shown
        self._packs = packs
        self._rulebook = rulebook
        self._honour = honour
        #: As the newest commit has it that could be scanned; None when none could.
        self.repository: Repository | None = None
        #: Why commits could not be scanned.
        self.errors: list[UserError] = []

    def rows(self, commit: Commit, names: tuple[str, ...], progress: scan.Progress | None) -> tuple[Row, ...]:
        """One commit's rows, one a pack."""
        blank = Row(commit.id, moment(commit.when), names, "", None)
        try:
            made = packets_at(self._path, commit.id, self._packs, self._rulebook, progress, self._honour)
        except (RepositoryError, SettingsError) as error:
            self.errors.append(error)
            return (msgspec.structs.replace(blank, unjudged=self._reason(error, commit)),) * len(self._packs)
        self.repository = self.repository or made[0].repository
        return tuple(msgspec.structs.replace(blank, unjudged=_unjudged(each), standing=standing(each)) for each in made)

    def _reason(self, error: UserError, commit: Commit) -> str:
        """What a message says, without the mend and without what the rows say anyway."""
        first, *more = str(error).splitlines()
        said = first.partition("; ")[0].replace(f"--rev {commit.id}", "the commit")
        said = said.replace(f" {self._shown}", " the folder")
        return f"{said} (and {plural(len(more), 'more line')})" if len(more) > 1 else said


def _tags(store: Store) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Tags by commit, and a note where they cannot be told: they only mark, so nothing ends for want of them."""
    try:
        return tags(store), ()
    except GitError as error:
        return {}, (f"Tags are not shown, since git cannot read them: {printable(error.message)}.",)


def _notes(line: Line, asked: Asked, far: int) -> list[str]:
    notes = []
    if far > asked.most:
        notes.append(
            f"Of {far} commits that --every {asked.every.text} chooses, the newest {asked.most} are shown; "
            f"--most {far} shows all."
        )
    if line.end == "shallow":
        notes.append("The clone is shallow, so its history ends early; git fetch --unshallow brings the rest.")
    return notes


def standing(packet: Packet) -> Standing:
    """What a packet says of its commit, in short."""
    gates = packet.graph.gates
    return Standing(
        score=packet.score.value,
        words=packet.score.words,
        counts=packet.verdict.counts,
        statuses={each.id: each.status for each in packet.requirements},
        look=packet.completeness.status,
        seams=sum(each.confidence is not Confidence.LOW for each in packet.seams),
        gates=gates.counts if gates is not None else None,
    )


def _unjudged(packet: Packet) -> str:
    """Why a packet judges nothing, or an empty string: then all of its requirements say the same."""
    said = {(each.status, each.claim) for each in packet.requirements}
    status, claim = next(iter(said)) if len(said) == 1 and len(packet.requirements) > 1 else ("", "")
    return claim.removeprefix("Not judged: ").removesuffix(".") if status == "n/a" else ""


def compared(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows, each with what changed since the next older one that was judged.

    Args:
        rows: the newest first.
    """
    made: list[Row] = []
    before: dict[str, Status] | None = None
    for row in reversed(rows):
        now = row.standing.statuses if row.standing is not None and not row.unjudged else None
        made.append(row if now is None or before is None else _changed(row, before, now))
        before = now or before
    return tuple(reversed(made))


def _changed(row: Row, before: Mapping[str, Status], now: Mapping[str, Status]) -> Row:
    raised: list[str] = []
    lowered: list[str] = []
    other: list[str] = []
    for name, status in now.items():
        old = before[name]
        if status != old and "n/a" in (status, old):
            other.append(name)
        elif status != old:
            (raised if _RANKS[status] > _RANKS[old] else lowered).append(name)
    return msgspec.structs.replace(row, raised=tuple(raised), lowered=tuple(lowered), other=tuple(other))


def schema() -> dict[str, Any]:
    """The JSON Schema of a history's JSON."""
    return record_schema(History, "history", SCHEMA_VERSION, "Readiness over commits")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m scanner.history FILE")
    Path(sys.argv[1]).write_bytes(json_page(schema()))
