"""The command `scanner conform`: a file held against a contract."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import click

from scanner.console import write_out
from scanner.errors import UsageError

#: So many ways to fail are told unless the user says otherwise.
LIMIT = 20


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--contract", "name", metavar="NAME", help="The contract; see --list.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=LIMIT,
    show_default=True,
    metavar="N",
    help="At most N ways to fail, those of most records first; 0 for all.",
)
@click.option("--list", "listing", is_flag=True, help="List the contracts; in JSON with the source of each.")
@click.pass_context
def conform(context: click.Context, file: Path | None, name: str | None, form: str, limit: int, listing: bool) -> None:
    """Say whether every record of FILE validates against a contract, and where records fail.

    FILE holds one JSON record a line, a JSON list of records, or one record; `-` is standard input. Values of records
    are never printed. The exit code is 0 when all records validate, 1 when one does not or there is none.

    \b
    Examples:
      scanner conform --list
      scanner conform --contract codeact trajectories.jsonl
      my-exporter | scanner conform --contract chat-messages - --format json
    """
    if listing:
        if file or name:
            raise UsageError("--list stands alone; leave out FILE and --contract")
        write_out(_listing(form))
        return
    from scanner.conform import conform as held_against
    from scanner.conform import conformity_json, conformity_text
    from scanner.contracts import contract, names
    from scanner.loglines import page_of
    from scanner.places import printable
    from scanner.suggestion import suggest

    if name is None or file is None:
        raise UsageError("name a contract and a file, as in `scanner conform --contract codeact FILE`; see --list")
    if name not in names():
        raise UsageError(f"no contract is called `{printable(name)}`; {suggest(name, names())}")
    shown = "standard input" if str(file) == "-" else printable(str(file))
    try:
        with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as source:
            found = held_against(contract(name), source, shown)
    except OSError as error:
        raise UsageError(f"cannot read {shown}: {error.strerror}") from None
    write_out(conformity_json(found, limit) if form == "json" else page_of(conformity_text(found, limit)))
    context.exit(0 if found.holds else 1)


def _listing(form: str) -> bytes:

    from scanner.contracts import contracts
    from scanner.jsonpage import json_page

    if form == "json":
        rows = [
            {"name": each.name, "title": each.title, "description": each.description, "source": each.source}
            for each in contracts()
        ]
        return json_page({"contracts": rows})
    width = max(len(each.name) for each in contracts())
    return "".join(f"{each.name:{width}}  {each.title}: {', '.join(each.required)}\n" for each in contracts()).encode()
