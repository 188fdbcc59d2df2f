"""The command line: each command parses, calls one function, picks a renderer and returns a code.

Heavy imports wait inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from scanner import __version__
from scanner.errors import UsageError, UserError

if TYPE_CHECKING:
    from scanner.scan import Progress

#: Exit codes are a contract; findings are never errors.
EXIT_CODES = """\b
Exit codes:
  0    done, whatever was found
  1    a gate failed, and nothing else
  2    usage or rule error
  3    the repository cannot be read
  4    internal error
  130  interrupted
"""
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_CONTEXT, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="scanner")
def cli() -> None:
    """Say how ready an agent codebase is for a migration, and show the evidence.

    The repository is read, never run, and nothing is fetched.

    \b
    Examples:
      scanner packet --rules tensorzero --repo .
      scanner packet --rules tensorzero --repo . --format json -o packet.json
      scanner packet --rules tensorzero --repo clone.git --rev v1.2.0
      scanner seams --repo . --kind model_call
      scanner rules show provider-fallback
    """


_repo = click.option(
    "--repo", "repo", type=click.Path(path_type=Path), default=Path(), show_default="here", help="Repository or folder."
)
_rev = click.option("--rev", metavar="REV", help="Read this git revision from the object store instead of the files.")


@cli.command(epilog=EXIT_CODES)
@click.option(
    "--rules", "rules", multiple=True, required=True, metavar="PACK", help="A pack's name, or a file of yours."
)
@_repo
@_rev
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here, whole or not at all.")
@click.option("--output-dir", type=click.Path(path_type=Path), help="Write packet.md and packet.json into this folder.")
@click.option("--force", is_flag=True, help="Replace a file that scanner did not write.")
def packet(
    rules: tuple[str, ...],
    repo: Path,
    rev: str | None,
    form: str,
    output: Path | None,
    output_dir: Path | None,
    force: bool,
) -> None:
    """Judge a repository against a pack and write the packet.

    PACK is a built-in pack (see `scanner rules list --packs`) or the path of a pack file of your own. Files of your own
    rules can be named beside it.

    \b
    Examples:
      scanner packet --rules tensorzero
      scanner packet --rules tensorzero --rules my-rules.yaml --repo ~/src/agent
      scanner packet --rules tensorzero --output-dir review/
    """
    if output and output_dir:
        raise UsageError("-o and --output-dir exclude each other; write one of them")
    from scanner.api import load_rules, make_packet, read_repository
    from scanner.output import write_atomically, written_by_scanner
    from scanner.render import to_json, to_markdown

    pack, rulebook = load_rules(rules)
    if pack is None:
        raise UsageError("--rules names no pack; write `--rules tensorzero` beside your own rules")
    with _Progress() as progress:
        made = make_packet(read_repository(repo, rev, rulebook, progress), pack)
    if output_dir:
        _make_folder(output_dir)
        write_atomically(output_dir / "packet.json", to_json(made), force, written_by_scanner)
        write_atomically(output_dir / "packet.md", to_markdown(made), force, written_by_scanner)
        return
    content = to_json(made) if form == "json" else to_markdown(made).encode()
    if output:
        write_atomically(output, content, force, written_by_scanner)
    else:
        _print(content)


@cli.command(epilog=EXIT_CODES)
@_repo
@_rev
@click.option(
    "--rules", "rules", multiple=True, metavar="FILE", help="Files of your own rules, beside the built-in ones."
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind; may be repeated.")
@click.option("--family", "families", multiple=True, metavar="FAMILY", help="Only this family; may be repeated.")
@click.option(
    "--confidence",
    type=click.Choice(["high", "medium", "low"]),
    help="At least this sure.  [default: medium in the table, low in JSON]",
)
@click.option("--path", "paths", multiple=True, metavar="GLOB", help="Only files whose path matches; may be repeated.")
def seams(
    repo: Path,
    rev: str | None,
    rules: tuple[str, ...],
    form: str,
    kinds: tuple[str, ...],
    families: tuple[str, ...],
    confidence: str | None,
    paths: tuple[str, ...],
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
    from scanner.touchpoints import Confidence

    chosen = Filter.of(kinds, families, Confidence(confidence or ("low" if form == "json" else "medium")), paths)
    _, rulebook = load_rules(rules)
    with _Progress() as progress:
        found = read_repository(repo, rev, rulebook, progress)
    _print(seams_json(found, chosen) if form == "json" else seams_table(found, chosen, _width()).encode())


@cli.group("rules")
def rules_group() -> None:
    """Look at rules, try their examples, check files of your own.

    \b
    Examples:
      scanner rules list --family fallback
      scanner rules test my-rules.yaml
      scanner rules lint my-rules.yaml
    """


@rules_group.command("list")
@click.option("--kinds", "topic", flag_value="kinds", help="List the kinds of seam instead.")
@click.option("--packs", "topic", flag_value="packs", help="List the built-in packs instead.")
@click.option("--family", metavar="FAMILY", help="Only rules of this family.")
def rules_list(topic: str | None, family: str | None) -> None:
    """List all rules: id, kind and title."""
    from scanner.listing import kinds_table, packs_table, rules_table

    tables = {"kinds": kinds_table, "packs": packs_table}
    _print((tables[topic]() if topic else rules_table(family)).encode())


@rules_group.command("show")
@click.argument("rule_id", metavar="ID")
def rules_show(rule_id: str) -> None:
    """Show one rule: why it is, what it finds, its examples."""
    from scanner.listing import rule_page

    _print(rule_page(rule_id).encode())


@rules_group.command("test")
@click.argument("path", required=False, type=click.Path(path_type=Path))
def rules_test(path: Path | None) -> None:
    """Try the examples of all rules, or of the rules in PATH; exit 1 when one does not hold."""
    from scanner.listing import tested

    text, passed = tested(path)
    _print(text.encode())
    if not passed:
        raise click.exceptions.Exit(1)


@rules_group.command("lint")
@click.argument("path", required=False, type=click.Path(path_type=Path))
def rules_lint(path: Path | None) -> None:
    """Check the built-in rules and packs, or the rule, catalogue or pack files in PATH."""
    from scanner.listing import linted

    _print(linted(path).encode())


@rules_group.command("score")
@click.option("--labels", type=click.Path(path_type=Path), required=True, help="Labels, a JSON object a line.")
@click.option("--distractors", type=click.Path(path_type=Path), help="Places that tempt and are wrong.")
@click.option("--statuses", type=click.Path(path_type=Path), help="Statuses that reviewers gave.")
@click.option("--rules", "rules", multiple=True, metavar="PACK", help="A pack for --statuses, files of your own rules.")
@_repo
@_rev
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def rules_score(
    labels: Path,
    distractors: Path | None,
    statuses: Path | None,
    rules: tuple[str, ...],
    repo: Path,
    rev: str | None,
    form: str,
) -> None:
    """Score the rules on a labelled repository: recall, distractors, precision, each with its 95% interval."""
    from scanner.api import load_rules, make_packet, read_repository
    from scanner.score import (
        Distractor,
        Label,
        StatusLabel,
        compare_statuses,
        read_lines,
        score,
        score_json,
        score_table,
    )

    wanted = read_lines(labels, Label)
    tempting = read_lines(distractors, Distractor) if distractors else ()
    pack, rulebook = load_rules(rules)
    given = read_lines(statuses, StatusLabel) if statuses else ()
    if statuses and pack is None:
        raise UsageError("--statuses needs a pack to judge by; write `--rules tensorzero`")
    with _Progress() as progress:
        found = read_repository(repo, rev, rulebook, progress)
    result = score(found.touchpoints, wanted, tempting)
    judged = compare_statuses(make_packet(found, pack), given) if pack else ()
    ruled = {rule.kind for rule in rulebook.rules}
    _print(
        score_json(result, judged) if form == "json" else score_table(result, judged, ruled).encode("utf-8", "replace")
    )


def main() -> NoReturn:
    """Run the command line; every way out goes through here, so that exit codes hold."""
    sys.exit(_run())


def _run() -> int:
    color = None if not os.environ.get("NO_COLOR") else False
    try:
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
        said = error.format_message().rstrip(".")
        return _fail(f"{said}{' See' if said.endswith('?') else '; see'} `{where} --help`", 2)
    except click.ClickException as error:
        return _fail(error.format_message(), 2)
    except (KeyboardInterrupt, click.Abort):
        return _fail("interrupted", 130)
    except (BrokenPipeError, SystemExit):
        # The reader left (`| head`), to which click answers with an exit of 1, and with no other. Nothing is wrong, and
        # Python must not complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  # the last line of defence: a traceback is a bug, shown on request only
        if os.environ.get("SCANNER_DEBUG"):
            import traceback

            traceback.print_exc()
            return 4
        what = f"{type(error).__name__}: {error}".replace("\n", " ")[:300]
        return _fail(f"internal error: {what}; run again with SCANNER_DEBUG=1 and report what it prints", 4)


def _fail(message: str, code: int) -> int:
    plain = not sys.stderr.isatty() or bool(os.environ.get("NO_COLOR"))
    for line in message.splitlines() or [""]:
        prefix = "error: " if plain else click.style("error: ", fg="red", bold=True)
        click.echo(prefix + line, err=True, color=not plain)
    return code


def _print(content: bytes) -> None:
    """Write bytes to standard output as they are, whatever the locale."""
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write to standard output: {error.strerror}") from None


def _width() -> int | None:
    """Columns of the terminal, or None when the output goes elsewhere and nothing need be cut."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {path}: {error.strerror}; name another one") from None


class _Progress:
    """A progress bar on a terminal, nothing in a pipe."""

    def __init__(self) -> None:
        self._bar: click._termui_impl.ProgressBar[int] | None = None

    def __enter__(self) -> Progress | None:
        return self._show if sys.stderr.isatty() else None

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def _show(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = click.progressbar(length=total, label="reading", file=sys.stderr)
        self._bar.update(done - self._bar.pos)
