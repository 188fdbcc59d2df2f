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
    write_out,
)
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.committing import Target
    from scanner.packet import Packet


@click.command()
@packs_option(required=True)
@repo_option
@rev_option
@click.option(
    "--format", "form", type=click.Choice(["markdown", "json", "sarif"]), default="markdown", show_default=True
)
@output_options
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path),
    help="Write packet.md, packet.json, packet.sarif (of several packs PACK.*) and manifest.json into this folder.",
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

    \b
    Examples:
      scanner packet --rules tensorzero
      scanner packet --rules tensorzero --rules my-rules.yaml --repo ~/src/agent
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
    if committed and (rev is not None or form == "sarif"):
        raise UsageError("--committed tells of the files on disk, as Markdown or JSON; leave out --rev and SARIF")
    from scanner.api import load_packs, packets_at
    from scanner.output import write_atomically, written_by_scanner
    from scanner.settings import Honour

    honour = Honour.of(no_settings, as_of, dated=not committed)
    packs, rulebook = load_packs(rules)
    target = _target(repo, output, output_dir, form) if committed else None
    with Progress() as progress:
        made = packets_at(repo, rev, packs, rulebook, progress, honour)
    if target:
        files = target.write(made, rules, not no_settings, force)
        if fail_if_changed and (left := target.not_staged(files)):
            click.echo(left)
            context.exit(1)
        return
    if output_dir:
        from scanner.bundle import write_bundle

        for kept in write_bundle(output_dir, made, force, alerts_only):
            click.echo(f"note: {kept}", err=True)
        return
    content = _rendered(made, form, alerts_only)
    if output:
        write_atomically(output, content, force, written_by_scanner)
    else:
        write_out(content)


def _target(repo: Path, output: Path | None, output_dir: Path | None, form: str) -> Target:
    from scanner.committing import Target

    return Target(repo, output, output_dir, form)


def _rendered(packets: Sequence[Packet], form: str, alerts_only: bool) -> bytes:
    if form == "sarif":
        from scanner.sarif import to_sarif

        return to_sarif(packets, alerts_only)
    from scanner.render import rendered

    return rendered(packets, form)
