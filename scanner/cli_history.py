"""The command `scanner history`: readiness over commits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.console import output_options, packs_option, repo_option, settings_option, width, write_out
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner import scan

#: So many commits are scanned at most unless the user says otherwise.
MOST = 50
#: So finely the bar tells how far the scan of one commit is.
_STEPS = 100


@click.command()
@packs_option(required=True)
@repo_option
@click.option("--since", metavar="TAG|REV|DATE", help="Begin after this tag or revision, or with this day.")
@click.option("--until", metavar="REV", default="HEAD", show_default=True, help="End with this revision.")
@click.option(
    "--every",
    metavar="1d|1w|1m|N|tag",
    default="1w",
    show_default=True,
    help="At least so many days, weeks or months (of 30 days) apart, every Nth commit, or those with a tag.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=MOST,
    show_default=True,
    metavar="N",
    help="Scan at most N commits, the newest ones.",
)
@click.option(
    "--format", "form", type=click.Choice(["table", "markdown", "json", "svg"]), default="table", show_default=True
)
@output_options
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path),
    help="Write history.md, history.json and history.svg into this folder.",
)
@settings_option
def history(
    rules: tuple[str, ...],
    repo: Path,
    since: str | None,
    until: str,
    every: str,
    most: int,
    form: str,
    output: Path | None,
    output_dir: Path | None,
    force: bool,
    no_settings: bool,
) -> None:
    """Judge one commit after another, and show how readiness changed.

    Commits are those on the line of first parents, so a merged branch counts once, as its merge. The newest one is
    always among them. Nothing is checked out. A commit that cannot be judged is a row with the reason.

    \b
    Examples:
      scanner history --rules tensorzero
      scanner history --rules tensorzero --since v1.0 --every 20
      scanner history --rules tensorzero --every tag --output-dir history/
      scanner history --rules all --every 1m --format svg -o readiness.svg
    """
    if output and output_dir:
        raise UsageError("-o and --output-dir exclude each other; write one of them")
    from scanner.api import load_packs
    from scanner.commits import Every
    from scanner.history import Asked
    from scanner.history import history as judged
    from scanner.historychart import history_svg
    from scanner.historypage import history_json, history_markdown, history_table
    from scanner.output import write_atomically, write_folder, written_by_scanner
    from scanner.settings import Honour

    asked = Asked(since or "", until, Every.of(every), most)
    packs, rulebook = load_packs(rules)
    with _Commits() as commits:
        found = judged(repo, asked, packs, rulebook, Honour.of(no_settings), commits.next)
    if output_dir:
        pages = {"json": history_json(found), "svg": history_svg(found), "md": history_markdown(found, "history.svg")}
        write_folder(output_dir, {f"history.{suffix}": page for suffix, page in pages.items()}, force)
        return
    if form == "table":
        content = history_table(found, None if output else width())
    else:
        content = {"json": history_json, "svg": history_svg, "markdown": history_markdown}[form](found)
    if output:
        write_atomically(output, content, force, written_by_scanner)
    else:
        write_out(content)


class _Commits:
    """A progress bar over commits on a terminal, nothing in a pipe."""

    def __init__(self) -> None:
        self._bar: click._termui_impl.ProgressBar[int] | None = None

    def __enter__(self) -> _Commits:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def next(self, done: int, total: int) -> scan.Progress | None:
        """Begin with the next commit."""
        if not sys.stderr.isatty():
            return None
        bar = self._bar = self._bar or click.progressbar(length=total * _STEPS, file=sys.stderr)
        bar.label = f"commit {done + 1} of {total}"

        def show(files: int, of: int) -> None:
            bar.update(done * _STEPS + (_STEPS * files // of if of else _STEPS) - bar.pos)

        show(0, 1)
        return show
