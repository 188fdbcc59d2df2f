"""The command line: each command parses, calls one function, picks a renderer and returns a code.

Heavy imports wait inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from scanner import __version__, leaving
from scanner.cli_cache import cache_group
from scanner.cli_check import check
from scanner.cli_comment import comment
from scanner.cli_conform import conform
from scanner.cli_diff import diff
from scanner.cli_graph import graph
from scanner.cli_history import history
from scanner.cli_packet import packet
from scanner.cli_rules import rules_group
from scanner.cli_verify import verify
from scanner.console import Progress, own_rules_option, repo_option, rev_option, settings_option, tell, width, write_out
from scanner.errors import RepositoryError, UserError

#: Exit codes are a contract; findings are never errors.
EXIT_CODES = """\b
Exit codes:
  0    done, whatever was found
  1    a gate failed, and nothing else
  2    usage or rule error
  3    the repository cannot be read, or its forge not be reached
  4    internal error
  130  interrupted
  143  terminated
"""
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_CONTEXT, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="scanner")
def cli() -> None:
    """Say how ready an agent codebase is for a migration, and show the evidence.

    The repository is read, never run, and nothing is fetched.

    \b
    Examples:
      scanner packet --rules tensorzero
      scanner packet --rules tensorzero --format json -o packet.json
      scanner packet --rules all --repo clone.git --rev v1.2.0 --output-dir review/
      scanner diff --rules tensorzero --base origin/main
      scanner check --rules tensorzero --base origin/main
      scanner history --rules tensorzero --every 1w
      scanner seams --kind model_call
      scanner graph --to model_call
      scanner rules show provider-fallback
    """


@cli.command(epilog=EXIT_CODES)
@repo_option
@rev_option
@own_rules_option
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind; may be repeated.")
@click.option("--family", "families", multiple=True, metavar="FAMILY", help="Only this family; may be repeated.")
@click.option(
    "--confidence",
    type=click.Choice(["high", "medium", "low"]),
    help="At least this sure.  [default: medium in the table, low in JSON]",
)
@click.option("--path", "paths", multiple=True, metavar="GLOB", help="Only files whose path matches; may be repeated.")
@settings_option
def seams(
    repo: Path,
    rev: str | None,
    rules: tuple[str, ...],
    form: str,
    kinds: tuple[str, ...],
    families: tuple[str, ...],
    confidence: str | None,
    paths: tuple[str, ...],
    no_settings: bool,
) -> None:
    """List every seam of a repository, of all kinds, whatever the pack.

    \b
    Examples:
      scanner seams --repo . --family routing
      scanner seams --repo . --kind model_call --path 'src/*'
      scanner seams --repo . --format json > seams.json
    """
    from scanner.api import load_rules, read_repository
    from scanner.listing import Filter, seams_json, seams_table
    from scanner.loglines import page_of
    from scanner.settings import Honour
    from scanner.touchpoints import Confidence

    chosen = Filter.of(kinds, families, Confidence(confidence or ("low" if form == "json" else "medium")), paths)
    _, rulebook = load_rules(rules)
    with Progress() as progress:
        found = read_repository(repo, rev, rulebook, progress, Honour.of(no_settings))
    write_out(seams_json(found, chosen) if form == "json" else page_of(seams_table(found, chosen, width())))


for group in (cache_group, rules_group):
    cli.add_command(group)
for command in (check, comment, conform, diff, graph, history, packet, verify):
    # The codes are told here, where all commands have them.
    command.epilog = EXIT_CODES
    cli.add_command(command)


@cli.command(epilog=EXIT_CODES)
@click.argument("place", metavar="PATH:LINE")
@repo_option
@rev_option
@own_rules_option
@click.option("--kind", metavar="KIND", help="Only rules of this kind, and all of their near misses.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@settings_option
def explain(
    place: str, repo: Path, rev: str | None, rules: tuple[str, ...], kind: str | None, form: str, no_settings: bool
) -> None:
    """Say which rules matched at a line, which nearly did, and which of their conditions failed.

    PATH is relative to the repository.

    \b
    Examples:
      scanner explain src/agent.py:120
      scanner explain src/agent.py:120 --kind model_call --repo ~/src/agent
      scanner explain settings.yaml:7 --rules my-rules.yaml --format json
    """
    from scanner.api import explain_place, load_rules
    from scanner.explained import explained_json, explained_text
    from scanner.loglines import page_of
    from scanner.settings import Honour

    _, rulebook = load_rules(rules)
    with Progress() as progress:
        found = explain_place(place, kind or "", repo, rev, rulebook, progress, Honour.of(no_settings))
    write_out(explained_json(found) if form == "json" else page_of(explained_text(found, kind or "")))


#: So many more objects than at the last time, and Python looks for cycles among them. What a run makes are records that
#: stay, without cycles; looking at them again and again is a third of a run in which one file changed.
_UNCOLLECTED = 200_000


def main() -> NoReturn:
    """Run the command line; every way out goes through here, so that exit codes hold."""
    gc.set_threshold(_UNCOLLECTED)
    leaving.whole_streams()
    try:
        leaving.listen()
        code = _run()
        leaving.leave_it_to_the_system()
    except leaving.Stopped as stopped:
        code = _fail(stopped.words, stopped.exit_code)
    sys.exit(code)


def _run() -> int:
    color = None if not os.environ.get("NO_COLOR") else False
    try:
        leaving.enough_files()
        code = cli.main(prog_name="scanner", standalone_mode=False, color=color)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except UserError as error:
        return _fail(str(error), error.exit_code)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "scanner"
        said = " ".join(error.format_message().split()).rstrip(".")  # choices come a line each
        return _fail(f"{said}{' See' if said.endswith('?') else '; see'} `{where} --help`", 2)
    except click.ClickException as error:
        return _fail(error.format_message(), 2)
    except (BrokenPipeError, SystemExit):  # where streams are as Python makes them, as on Windows: the reader left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except click.Abort:
        return _fail("interrupted", 130)
    except Exception as error:  # noqa: BLE001  # the last line of defence: a traceback is a bug, shown on request only
        if os.environ.get("SCANNER_DEBUG"):
            import traceback

            traceback.print_exc()
            return 4
        if said := leaving.lack(error):
            return _fail(said, RepositoryError.exit_code)
        what = f"{type(error).__name__}: {error}".replace("\n", " ")[:300]
        return _fail(f"internal error: {what}; run again with SCANNER_DEBUG=1 and report what it prints", 4)


def _fail(message: str, code: int) -> int:
    from scanner.secrets import mask

    plain = not sys.stderr.isatty() or bool(os.environ.get("NO_COLOR"))
    for line in message.splitlines() or [""]:
        prefix = "error: " if plain else click.style("error: ", fg="red", bold=True)
        tell(prefix + mask(line), color=not plain)
    return code
