"""The command `scanner check`: the gate of hooks and of CI."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.console import (
    Progress,
    as_of_option,
    packs_option,
    repo_option,
    rev_option,
    settings_option,
    tell,
    write_out,
)
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.baseline import Baseline
    from scanner.check import Reason
    from scanner.packet import Packet

_FAILURES = ("regression", "new-bypass", "stale-packet")


@click.command()
@packs_option(required=False, more="  [default: packs of the baseline]")
@repo_option
@rev_option
@click.option(
    "--baseline", type=click.Path(path_type=Path), help="Compare with this packet: its JSON, or a folder of such files."
)
@click.option("--base", metavar="REV", help="Compare with the commit in which this revision and what is checked part.")
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(_FAILURES),
    help="Fail on this; may be repeated.  [default: regression]",
)
@click.option("--min-status", type=click.Choice(["partial", "ready"]), help="At least this of every requirement.")
@click.option("--min-score", type=click.IntRange(0, 100), metavar="N", help="At least this score.")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@settings_option
@as_of_option
@click.pass_context
def check(
    context: click.Context,
    rules: tuple[str, ...],
    repo: Path,
    rev: str | None,
    baseline: Path | None,
    base: str | None,
    fail_on: tuple[str, ...],
    min_status: str | None,
    min_score: int | None,
    form: str,
    no_settings: bool,
    as_of: str | None,
) -> None:
    """Fail when a repository is less ready than its baseline, or than what is asked at least.

    Exit code 1 says that it fails, with one line a reason. A regression is a requirement that is less ready than in the
    baseline, a side effect that was behind a gate and can now be reached past every one, or a packet that can no longer
    be scored. What does not apply is not asked by --min-status.

    \b
    Examples:
      scanner check --baseline docs/migration
      scanner check --rules tensorzero --base origin/main --fail-on regression --fail-on new-bypass
      scanner check --rules tensorzero --min-status partial --min-score 60
    """
    wanted = _wanted(fail_on, baseline, base, rev, floors=min_status is not None or min_score is not None)
    from scanner.api import load_packs, packets_at, packets_to_judge
    from scanner.check import STALE, Asked, Reason, judged
    from scanner.settings import Honour

    honour = Honour.of(no_settings, as_of)
    kept = _read(baseline)
    packs, rulebook = load_packs(rules or _packs_of(kept))
    before = [kept.of(each.id) for each in packs] if kept else []
    renames: dict[str, str] = {}
    with Progress() as progress:
        if base is not None:
            from scanner.since import since

            parted, renames = since(repo, base, rev)
            before = list(packets_at(repo, parted, packs, rulebook, progress, honour))
        # On disk git knows only the renames that are committed.
        asked = Asked(wanted, min_status, min_score, renames, guess=base is None or rev is None)
        now, own = packets_to_judge(repo, rev, packs, rulebook, progress, honour)
        found = judged(before, now, asked)
        if not own and (found.reasons or STALE in wanted or form == "json"):
            # What is said names places, so it is said of the files themselves.
            now = packets_at(repo, rev, packs, rulebook, progress, honour)
            found = judged(before, now, asked)
    reasons = list(found.reasons)
    if kept and STALE in wanted:
        from scanner.baseline import stale

        undated = now
        if any(each.state in ("expired", "undated") for packet in now for each in packet.settings.overrides):
            undated = packets_at(repo, rev, packs, rulebook, None, Honour.of(no_settings, dated=False))
        reasons += [Reason("stale-packet", pack, why) for pack, why in stale(kept, undated, repo)]
    _tell(form, now, before, reasons, found.notes, repo)
    if reasons:
        if form != "json":
            tell(f"to accept: {_mend(reasons, kept)}")
        context.exit(1)


def _wanted(
    fail_on: Sequence[str], baseline: Path | None, base: str | None, rev: str | None, floors: bool
) -> frozenset[str]:
    """What to fail on.

    Raises:
        UsageError: when options contradict each other, or nothing is asked.
    """
    if baseline is not None and base is not None:
        raise UsageError("--baseline and --base exclude each other; compare with one of them")
    wanted = frozenset(fail_on or (_FAILURES[:1] if baseline is not None or base is not None else ()))
    if wanted and baseline is None and base is None:
        raise UsageError("--fail-on compares with something; name it with --baseline or --base")
    if not wanted and not floors:
        raise UsageError("nothing is asked; write --baseline, --base, --min-status or --min-score")
    if "stale-packet" in wanted and (baseline is None or rev is not None):
        raise UsageError(
            "--fail-on stale-packet is about committed packets on disk; name them with --baseline and no --rev"
        )
    return wanted


def _read(baseline: Path | None) -> Baseline | None:
    if baseline is None:
        return None
    from scanner.baseline import read_baseline

    return read_baseline(baseline)


def _packs_of(kept: Baseline | None) -> tuple[str, ...]:
    """The packs of a baseline, which are built in, or nobody knows where they are.

    Raises:
        UsageError: when one is not, or there is no baseline.
    """
    from scanner.packfile import builtin_packs

    if kept is None:
        raise UsageError("--rules is missing; name a pack, such as --rules tensorzero")
    names = tuple(each.pack.id for each in kept.packets)
    own = [name for name in names if name not in builtin_packs()]
    if own:
        raise UsageError(f"{kept.shown} has a packet of your own pack `{own[0]}`; name the pack's file with --rules")
    return names


def _tell(
    form: str,
    now: Sequence[Packet],
    before: Sequence[Packet],
    reasons: Sequence[Reason],
    notes: Sequence[str],
    repo: Path,
) -> None:
    from scanner.checkpage import annotation, as_json, passed_line, reason_line
    from scanner.loglines import page_of
    from scanner.places import printable

    if form == "json":
        write_out(as_json(now, before, reasons, notes))
        return
    for note in notes:
        tell(f"note: {printable(note)}")
    lines = [reason_line(each, len(now) > 1) for each in reasons] or [passed_line(now, before)]
    if form == "github":
        prefix = _prefix(repo) if any(each.path for each in reasons) else ""
        if reasons:
            write_out("".join(f"{annotation(each, prefix)}\n" for each in reasons).encode("utf-8", "replace"))
            return
    write_out(page_of("".join(f"{line}\n" for line in lines)))


def _prefix(repo: Path) -> str:
    """The scanned folder below the top of its repository, as forges name it."""
    from scanner.renames import below
    from scanner.repository import open_repository

    return below(open_repository(repo))


def _mend(reasons: Sequence[Reason], kept: Baseline | None) -> str:
    """How to accept what fails, in one line."""
    from scanner.committed import is_committed

    ways = []
    statuses = [each.requirement for each in reasons if each.requirement]
    if statuses:
        ways.append(f'attest it in scanner.toml, with an [[override]] of requirement = "{statuses[0]}" and a reason')
    if kept is not None and any(each.check not in ("min-status", "min-score") for each in reasons):
        packs = {each.pack for each in reasons}
        again = next((each.reproduce[0] for each in kept.packets if each.pack.id in packs and is_committed(each)), "")
        ways.append(
            f"write the baseline again, and review what changes: {again or f'scanner packet ... -o {kept.shown}'}"
        )
    elif not statuses:
        ways.append("mend it, or ask for less" if kept is None else "ask for less")
    return "; or ".join(ways)
