"""The command `scanner cache`: what is kept of earlier scans, and how to forget it."""

from __future__ import annotations

import click

from scanner.errors import UsageError

_UNITS = ((1024 * 1024, "MiB"), (1024, "KiB"), (1, "B"))


@click.group("cache")
def cache_group() -> None:
    """Say what is kept of earlier scans, or forget it.

    What was read of a file is kept by what the file holds and by the rules, so that another revision costs its changed
    files only. It lies where your system keeps such things, or in the folder that SCANNER_CACHE_DIR names; with that
    variable set to nothing, nothing is kept.
    """


@cache_group.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def info(form: str) -> None:
    """Say where the cache lies, and how much is in it."""
    from scanner.cache import users_cache
    from scanner.console import write_out
    from scanner.jsonpage import json_page
    from scanner.loglines import page_of
    from scanner.phrases import plural

    found = users_cache().info()
    if form == "json":
        write_out(json_page(found))
    elif not found.directory:
        click.echo("off: SCANNER_CACHE_DIR is empty")
    else:
        held = f"{plural(found.entries, 'entry')}, {_size(found.file_bytes)} of at most {_size(found.limit)}"
        write_out(page_of(f"{found.directory}\n{held}\n"))


@cache_group.command()
def clear() -> None:
    """Forget all of it; the next scan reads everything anew."""
    from scanner.cache import users_cache

    try:
        users_cache().clear()
    except OSError as error:
        raise UsageError(f"the cache cannot be removed: {error.strerror or error}; remove it by hand") from None


def _size(count: int) -> str:
    size, unit = next((each for each in _UNITS if count >= each[0]), _UNITS[-1])
    return f"{count / size:.0f} {unit}"
