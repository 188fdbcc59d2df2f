"""The command `scanner packet`: a repository judged against packs, as a page, JSON or SARIF, or as a folder of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.console import (
    Progress,
    as_of_option,
    output_options,
    packs_option,
    repo_option,
    rev_option,
    settings_option,
    tell,
    write_out,
)
from scanner.errors import UsageError
from scanner.places import printable

if TYPE_CHECKING:
    from scanner.baseline import Baseline
    from scanner.committing import Target
    from scanner.exhibits import Exhibits
    from scanner.history import History
    from scanner.packet import Packet
    from scanner.reviewpage import Review


@click.command()
@packs_option(required=True)
@repo_option
@rev_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "html", "terminal", "json", "sarif"]),
    default="markdown",
    show_default=True,
)
@output_options
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path),
    help="Write packet.md, .html, .json, .sarif (of several packs PACK.*) and manifest.json into this folder.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="Show in HTML what changed since the packets of this JSON file or folder.",
)
@click.option(
    "--history",
    "past",
    type=click.Path(path_type=Path),
    help="Show in HTML the chart of this JSON file of `scanner history`.",
)
@click.option(
    "--alerts-only", is_flag=True, help="Leave out of SARIF what is no problem, for forges that show it as one."
)
@click.option(
    "--committed",
    is_flag=True,
    help="Write Markdown and JSON to be committed: relative links, no commit, no date.",
)
@click.option(
    "--fail-if-changed",
    is_flag=True,
    help="With --committed, exit with 1 unless git's index holds what was written.",
)
@settings_option
@as_of_option
@click.pass_context
def packet(
    context: click.Context,
    rules: tuple[str, ...],
    repo: Path,
    rev: str | None,
    form: str,
    output: Path | None,
    output_dir: Path | None,
    baseline: Path | None,
    past: Path | None,
    force: bool,
    alerts_only: bool,
    committed: bool,
    fail_if_changed: bool,
    no_settings: bool,
    as_of: str | None,
) -> None:
    """Judge a repository against a pack and write the packet.

    PACK is a built-in pack (see `scanner rules list --packs`), `all` of them, or the path of a pack file of your own.
    Files of your own rules can be named beside it. Several packs are judged over one scan: their pages follow each
    other, their JSON is `{"packets": [...]}`, their SARIF has a run for each.

    HTML is one page for a design review, which fetches nothing: cards that fold out to the code, the graph of seams,
    what changed since a baseline.

    \b
    Examples:
      scanner packet --rules tensorzero
      scanner packet --rules tensorzero --rules my-rules.yaml --repo ~/src/agent
      scanner packet --rules tensorzero --format terminal
      scanner packet --rules tensorzero --format html -o packet.html
      scanner packet --rules tensorzero --format html --baseline docs/migration -o packet.html
      scanner packet --rules tensorzero --rules human-confirmation --format json
      scanner packet --rules tensorzero --format sarif --alerts-only -o packet.sarif
      scanner packet --rules all --output-dir review/
      scanner packet --rules tensorzero --committed --output-dir docs/migration
    """
    if output and output_dir:
        raise UsageError("-o and --output-dir exclude each other; write one of them")
    if alerts_only and not output_dir and form != "sarif":
        raise UsageError("--alerts-only is about SARIF; write `--format sarif` or `--output-dir` beside it")
    if fail_if_changed and not committed:
        raise UsageError("--fail-if-changed is about committed packets; write --committed beside it")
    if committed and (rev is not None or form not in ("markdown", "json")):
        raise UsageError("--committed tells of the files on disk, as Markdown or JSON; leave out --rev and other forms")
    shows_pages = form == "html" or bool(output_dir)
    if (baseline or past) and (committed or not shows_pages):
        raise UsageError(
            "--baseline and --history are shown in HTML; write `--format html` or `--output-dir` beside it"
        )
    from scanner.api import load_packs, packets_at, shown_at
    from scanner.output import write_atomically, written_by_scanner
    from scanner.settings import Honour

    honour = Honour.of(no_settings, as_of, dated=not committed)
    packs, rulebook = load_packs(rules)
    if committed:
        target = _target(repo, output, output_dir, form)
        with Progress() as progress:
            made = packets_at(repo, rev, packs, rulebook, progress, honour)
        files = target.write(made, rules, not no_settings, force)
        from scanner.loglines import page_of

        if fail_if_changed and (left := target.not_staged(files)):
            write_out(page_of(f"{left}\n"))
            context.exit(1)
        return
    if shows_pages:
        before, history = _beside(baseline, past, [pack.id for pack in packs])
        with Progress() as progress:
            shown = shown_at(repo, rev, packs, rulebook, progress, honour)
        reviews = _reviews(shown, before, history)
        if output_dir:
            _write_folder(output_dir, reviews, force, alerts_only)
            return
        from scanner.reviewpage import to_html

        content = to_html(reviews).encode()
    else:
        with Progress() as progress:
            made = packets_at(repo, rev, packs, rulebook, progress, honour)
        content = _rendered(made, form, alerts_only, bool(output))
    if output:
        write_atomically(output, content, force, written_by_scanner)
    else:
        write_out(content)


def _target(repo: Path, output: Path | None, output_dir: Path | None, form: str) -> Target:
    from scanner.committing import Target

    return Target(repo, output, output_dir, form)


def _beside(baseline: Path | None, past: Path | None, packs: Sequence[str]) -> tuple[Baseline | None, History | None]:
    """What is compared with, and what came before: asked first, since a scan takes longer than finding no file."""
    from scanner.baseline import read_baseline
    from scanner.historyfile import read_history

    before = read_baseline(baseline) if baseline else None
    history = read_history(past) if past else None
    told = {series.pack.id for series in history.series} if history else set()
    for pack in packs:
        if before:
            before.of(pack)
        if past and pack not in told:
            held = ", ".join(f"`{printable(each)}`" for each in sorted(told))
            raise UsageError(f"{printable(str(past))} has no history of the pack `{printable(pack)}`; it has {held}")
    return before, history


def _reviews(
    shown: Sequence[tuple[Packet, Exhibits]], before: Baseline | None, history: History | None
) -> tuple[Review, ...]:
    """What pages are made of."""
    from scanner.diff import compare
    from scanner.reviewpage import Review

    return tuple(
        Review(packet, exhibits, compare(before.of(packet.pack.id), packet) if before else None, history)
        for packet, exhibits in shown
    )


def _write_folder(folder: Path, reviews: Sequence[Review], force: bool, alerts_only: bool) -> None:
    from scanner.bundle import write_bundle

    for kept in write_bundle(folder, reviews, force, alerts_only):
        tell(f"note: {kept}")


def _rendered(packets: Sequence[Packet], form: str, alerts_only: bool, to_file: bool) -> bytes:
    if form == "sarif":
        from scanner.sarif import to_sarif

        return to_sarif(packets, alerts_only)
    if form == "terminal":
        from scanner.loglines import page_of
        from scanner.terminal import how_to_show
        from scanner.terminalpage import packets_to_terminal

        text = packets_to_terminal(packets) if to_file else packets_to_terminal(packets, *how_to_show())
        return page_of(text, styled=True)
    from scanner.render import rendered

    return rendered(packets, form)
