"""The command `scanner verify`: a folder of results held against its manifest, and against a repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.console import Progress, write_out
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.manifestfile import Manifest
    from scanner.verify import Problem


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--repo", type=click.Path(path_type=Path), help="Hold it against this repository, too: scans its commit.")
@click.option("--rebuild", is_flag=True, help="With --repo, make the files again and compare them byte for byte.")
@click.option(
    "--rules", "rules", multiple=True, metavar="PACK", help="With --rebuild, packs and rules that are not built in."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def verify(
    context: click.Context, folder: Path, repo: Path | None, rebuild: bool, rules: tuple[str, ...], form: str
) -> None:
    """Say whether the files that `scanner packet --output-dir` wrote still belong together.

    Every file must have the size and digest of the manifest, and the packets must speak of the packs, rules, version,
    commit and scanned files of the manifest. With --repo, the commit must be there and hold what was scanned;
    with --rebuild, every file must be what a scan gives, but for HTML that shows a baseline or a history. The exit code
    is 1, with one line for each thing, when something does not belong. A manifest is no signature.

    \b
    Examples:
      scanner verify review/
      scanner verify review/ --repo ~/src/agent
      scanner verify review/ --repo ~/src/agent --rebuild
    """
    if rebuild and repo is None:
        raise UsageError("--rebuild needs a repository; name it with --repo")
    if rules and not rebuild:
        raise UsageError("--rules says what to make packets with; write --rebuild beside it")
    from scanner.loglines import page_of
    from scanner.verify import read_bundle

    bundle = read_bundle(folder)
    problems = list(bundle.problems)
    left: tuple[str, ...] = ()
    if repo is not None:
        from scanner.belonging import held_against, rebuilding

        # Without a pack there is nothing to make again, which is among the problems.
        again = rebuilding(bundle, rules) if rebuild and bundle.manifest.packs else None
        with Progress() as progress:
            held = held_against(bundle, repo, again, progress)
        problems += held.problems
        left = held.not_compared
    manifest = bundle.manifest
    if form == "json":
        write_out(_json(manifest, problems, left))
    else:
        write_out(page_of(_text(manifest, problems, _said(repo, rebuild, left))))
    context.exit(1 if problems else 0)


def _text(manifest: Manifest, problems: list[Problem], held: str) -> str:
    from scanner.phrases import plural
    from scanner.places import printable

    if problems:
        return "".join(f"{each}\n" for each in problems)
    files = plural(len(manifest.files), "file")
    packs = plural(len(manifest.packs), "pack")
    commit = manifest.repository.commit
    of = f"commit {commit[:12]}" if commit else "a folder without a commit"
    by = f"scanner {manifest.scanner_version}"
    return (
        f"{files} of {packs} belong together: {printable(manifest.repository.name)}, {of}, by {printable(by)}{held}\n"
    )


def _said(repo: Path | None, rebuild: bool, left: tuple[str, ...]) -> str:
    """What holding a bundle against a repository has shown, when nothing speaks against it."""
    if repo is None:
        return ""
    if not rebuild:
        return "; it holds what was scanned"
    same = "; a scan of it gives the same packets"
    if not left:
        return same
    were, show = ("was", "it shows") if len(left) == 1 else ("were", "they show")
    return f"{same}, but {', '.join(left)} {were} not compared: {show} a baseline or a history"


def _json(manifest: Manifest, problems: list[Problem], left: tuple[str, ...]) -> bytes:
    from scanner.jsonpage import json_page

    return json_page({"holds": not problems, "problems": problems, "not_compared": left, "manifest": manifest})
