"""What the commands share: options, standard output as bytes, the width of a terminal, a progress bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner import scan


Command = TypeVar("Command", bound=Callable[..., Any])


def _without_cache(context: click.Context, _parameter: click.Parameter, given: bool) -> None:
    """Turn the cache off until the command ends."""
    from scanner.cache import DIRECTORY

    if given:
        before = os.environ.get(DIRECTORY)
        os.environ[DIRECTORY] = ""
        context.call_on_close(lambda: os.environ.pop(DIRECTORY) if before is None else _set(DIRECTORY, before))


def _set(name: str, value: str) -> None:
    os.environ[name] = value


_repo_option = click.option(
    "--repo", "repo", type=click.Path(path_type=Path), default=Path(), show_default="here", help="Repository or folder."
)
_cache_option = click.option(
    "--no-cache",
    is_flag=True,
    expose_value=False,
    callback=_without_cache,
    help="Neither use nor keep what earlier scans read, see `scanner cache`.",
)


def repo_option(command: Command) -> Command:
    """The repository to read, and whether what earlier scans read of it counts."""
    return _repo_option(_cache_option(command))


#: The revision to read it at.
rev_option = click.option(
    "--rev", metavar="REV", help="Read this git revision from the object store instead of the files."
)
#: Whether the settings that it keeps count.
settings_option = click.option(
    "--no-settings", is_flag=True, help="Leave out the repository's own scanner.toml, as where you do not trust it."
)
as_of_option = click.option(
    "--as-of", metavar="DATE", help="The day to hold `until` of scanner.toml against, in a plain folder."
)
own_rules_option = click.option(
    "--rules", "rules", multiple=True, metavar="FILE", help="Files of your own rules, beside the built-in ones."
)
_output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write here, whole or not at all."
)
_force_option = click.option("--force", is_flag=True, help="Replace a file that scanner did not write.")


def packs_option(required: bool, more: str = "") -> Callable[[Command], Command]:
    """The packs to judge against, and the user's own rules.

    Args:
        required: whether there is no other way to know them.
        more: what else the help says.
    """
    return click.option(
        "--rules",
        "rules",
        multiple=True,
        required=required,
        metavar="PACK",
        help=f"A pack's name, `all`, or a file; may be repeated.{more}",
    )


def output_options(command: Command) -> Command:
    """The file to write to, and whether it may be somebody's."""
    return _output_option(_force_option(command))


def write_out(content: bytes) -> None:
    """Write bytes to standard output as they are, whatever the locale.

    Raises:
        UsageError: when they cannot be written.
    """
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write to standard output: {error.strerror}") from None


def tell(line: str, color: bool | None = None) -> None:
    """Say a line on standard error, which the log of a job shows like everything else.

    Args:
        line: to say.
        color: whether it may be in colours; None to ask the terminal.
    """
    from scanner.loglines import line_of

    click.echo(line_of(line), err=True, color=color)


def width() -> int | None:
    """Columns of the terminal, or None when the output goes elsewhere and nothing need be cut."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


class Progress:
    """A progress bar on a terminal, nothing in a pipe."""

    def __init__(self) -> None:
        self._bar: click._termui_impl.ProgressBar[int] | None = None

    def __enter__(self) -> scan.Progress | None:
        return self._show if sys.stderr.isatty() else None

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def _show(self, done: int, total: int) -> None:
        if self._bar is None or done < self._bar.pos:  # another scan begins
            self.__exit__()
            self._bar = click.progressbar(length=total, label="reading", file=sys.stderr)
        self._bar.update(done - self._bar.pos)
