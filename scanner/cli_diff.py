"""The command `scanner diff`: what changed between two packets, or between two revisions."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from scanner.console import Progress, output_options, packs_option, repo_option, settings_option, tell, width, write_out
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.diffpacket import PacketDiff

_FILE = click.Path(path_type=Path, allow_dash=True)
#: A page of nothing is one line, without the last line by which other pages are known.
_UNCHANGED = re.compile(rb"\*\*[^\n]+\*\*: nothing changed \xc2\xb7 ")
_TWO = "write `scanner diff OLD.json NEW.json`, or `scanner diff --rules PACK --base REV`"


@click.command()
@click.argument("files", nargs=-1, metavar="[OLD.json NEW.json]", type=_FILE)
@packs_option(required=False)
@repo_option
@click.option("--base", metavar="REV", help="Compare with where this revision and the other parted.")
@click.option("--head", metavar="REV", help="The revision after.  [default: the files on disk]")
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@output_options
@settings_option
@click.pass_context
def diff(
    context: click.Context,
    files: tuple[Path, ...],
    rules: tuple[str, ...],
    repo: Path,
    base: str | None,
    head: str | None,
    form: str,
    output: Path | None,
    force: bool,
    no_settings: bool,
) -> None:
    """Say what changed: statuses, score, seams, gates, bypasses, models, providers and environment variables.

    Either between two packets in JSON (`-` is standard input), or between two revisions of a repository. Moved lines
    and renamed files say nothing. The exit code is 0 whatever changed; see `scanner check` for a gate.

    --base is compared as in `git diff BASE...HEAD`: from where the two parted, so that what others have changed in the
    base since then is left out. Of an ancestor that is the revision itself.

    \b
    Examples:
      scanner diff before.json after.json
      git show HEAD:packet.json | scanner diff - packet.json
      scanner diff --rules tensorzero --base HEAD~1
      scanner diff --rules tensorzero --base origin/main --head HEAD --format markdown
    """
    given = {
        f"--{name.replace('_', '-')}"
        for name in ("rules", "repo", "base", "head", "no_settings")
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    if files and given:
        raise UsageError(f"{', '.join(sorted(given))} cannot go with two packets; {_TWO}")
    found = _of_files(files) if files else _of_revisions(rules, repo, base, head, no_settings)
    content = _content(found, form, bool(output))
    if output:
        from scanner.output import write_atomically, written_by_scanner

        write_atomically(
            output, content, force, lambda old: written_by_scanner(old) or _UNCHANGED.match(old) is not None
        )
    else:
        write_out(content)


def _of_files(files: Sequence[Path]) -> Sequence[PacketDiff]:
    """What changed between the packets of two files, those of one pack together."""
    from scanner.diff import compare
    from scanner.packetfile import STANDARD_INPUT, read_packets

    if len(files) != 2:
        named = "1 packet is" if len(files) == 1 else f"{len(files)} packets are"
        raise UsageError(f"{named} named, and two are compared; {_TWO}")
    if [str(file) for file in files] == [STANDARD_INPUT] * 2:
        raise UsageError("standard input holds one of the packets; name a file for the other")
    old, new = ({each.pack.id: each for each in read_packets(file)} for file in files)
    both = [name for name in new if name in old]
    if not both:
        names = [", ".join(f"`{name}`" for name in some) for some in (old, new)]
        raise UsageError(f"the packets are of different packs, {names[0]} and {names[1]}; compare packets of one pack")
    for some, others, word in ((old, new, "old"), (new, old, "new")):
        for name in some:
            if name not in others:
                tell(f"note: only the {word} file has a packet of the pack {name}; it is left out")
    return [compare(old[name], new[name]) for name in both]


def _of_revisions(
    rules: Sequence[str], repo: Path, base: str | None, head: str | None, no_settings: bool
) -> Sequence[PacketDiff]:
    """What changed between two revisions, a difference a pack."""
    if not rules and base is None:
        raise UsageError(f"nothing to compare; {_TWO}")
    if base is None:
        raise UsageError("--base is missing; name the revision to compare with, such as --base origin/main")
    if not rules:
        raise UsageError("--rules is missing; name a pack, such as --rules tensorzero")
    from scanner.api import load_packs
    from scanner.between import differences
    from scanner.settings import Honour

    packs, rulebook = load_packs(rules)
    return differences(repo, base, head, packs, rulebook, Progress, Honour.of(no_settings))


def _content(found: Sequence[PacketDiff], form: str, to_file: bool) -> bytes:
    from scanner.diffpage import diff_to_json, diff_to_markdown, diff_to_text, diffs_to_json
    from scanner.loglines import page_of
    from scanner.render import LONGEST_PAGE

    if form == "json":
        return diff_to_json(found[0]) if len(found) == 1 else diffs_to_json(found)
    if form == "markdown":
        longest = LONGEST_PAGE // len(found) - 8
        return "\n---\n\n".join(diff_to_markdown(each, longest) for each in found).encode()
    columns = None if to_file else width()
    color = columns is not None and not os.environ.get("NO_COLOR") and sys.stdout.isatty()
    return page_of("\n".join(diff_to_text(each, columns, color) for each in found), color)
