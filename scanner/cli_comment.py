"""The command `scanner comment`: one comment on a pull request, posted or updated in place."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.console import tell, write_out
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.comment import Outcome
    from scanner.forges import Forge

#: Environment variables with a token, the first that is set counts.
TOKENS: Mapping[str, tuple[str, ...]] = {
    "github": ("GITHUB_TOKEN",),
    "gitlab": ("GITLAB_TOKEN",),
    "gitea": ("FORGEJO_TOKEN", "GITEA_TOKEN"),
}
#: Environment variables that tell where the job runs. Runners of Forgejo and Gitea set GITHUB_ names, for actions that
#: were made for GitHub, and Forgejo's the same values by its own name.
_APIS: Mapping[str, tuple[str, ...]] = {
    "github": ("GITHUB_API_URL",),
    "gitlab": ("CI_API_V4_URL",),
    "gitea": ("FORGEJO_API_URL", "GITEA_API_URL", "GITHUB_API_URL"),
}
_SLUGS: Mapping[str, tuple[str, ...]] = {
    "github": ("GITHUB_REPOSITORY",),
    # The pipeline of a merge request from a fork may run in the fork.
    "gitlab": ("CI_MERGE_REQUEST_PROJECT_ID", "CI_PROJECT_ID", "CI_PROJECT_PATH"),
    "gitea": ("FORGEJO_REPOSITORY", "GITEA_REPOSITORY", "GITHUB_REPOSITORY"),
}
_REFS = ("FORGEJO_REF", "GITEA_REF", "GITHUB_REF")
_EVENTS = ("FORGEJO_EVENT_PATH", "GITEA_EVENT_PATH", "GITHUB_EVENT_PATH")
#: The public instance, where there is one.
_PUBLIC: Mapping[str, str] = {"github": "https://api.github.com", "gitlab": "https://gitlab.com/api/v4"}


@click.command()
@click.option(
    "--provider",
    required=True,
    type=click.Choice(["github", "gitlab", "gitea", "forgejo"]),
    help="The forge; `forgejo` is the same as `gitea`.",
)
@click.option("--pr", "number", type=click.IntRange(min=1), metavar="N", help="The pull request.  [default: the job's]")
@click.option(
    "--file",
    "file",
    required=True,
    type=click.Path(path_type=Path, allow_dash=True),
    help="The Markdown to show; `-` is standard input.",
)
@click.option(
    "--key",
    default="packet",
    show_default=True,
    help="Tells the comments of several packs or jobs in one repository apart.",
)
@click.option(
    "--new",
    "new",
    type=click.Choice(["always", "changed", "never"]),
    default="always",
    show_default=True,
    help="When to post where there is no comment to update; `changed` is when a page of `scanner diff` tells of one.",
)
@click.option("--repo-slug", "slug", metavar="OWNER/NAME", help="The repository on the forge.  [default: the job's]")
@click.option("--api-url", "api", metavar="URL", help="The root of the forge's API.  [default: the job's]")
@click.option(
    "--token-env",
    "variable",
    metavar="NAME",
    help="The environment variable with the token.  [default: GITHUB_TOKEN, GITLAB_TOKEN, FORGEJO_TOKEN, GITEA_TOKEN]",
)
@click.option("--dry-run", is_flag=True, help="Print the requests and send nothing; needs no token.")
def comment(
    provider: str,
    number: int | None,
    file: Path,
    key: str,
    new: str,
    slug: str | None,
    api: str | None,
    variable: str | None,
    dry_run: bool,
) -> None:
    """Show FILE in one comment on a pull request, and update it in place the next time.

    The comment is found again by a hidden marker on its first line. The token comes from the environment alone and is
    never shown, sent to another host, or sent in the clear. Nothing is sent when the comment says the same already.

    \b
    Examples:
      scanner comment --provider github --file diff.md
      scanner comment --provider gitlab --pr 12 --file diff.md --key tensorzero
      scanner comment --provider forgejo --pr 12 --file diff.md --new changed
      scanner comment --provider github --pr 12 --repo-slug me/agent --file diff.md --dry-run
    """
    kind = "gitea" if provider == "forgejo" else provider
    page = _page(file)
    forge = _forge(kind, number, slug, api)
    from scanner.comment import body_of, post, says_change
    from scanner.loglines import page_of

    update_only = new == "never" or (new == "changed" and not says_change(page))
    body, cut = body_of(page, key, forge)
    if cut:
        tell(f"the page is longer than {forge.title} shows, and was cut")
    if dry_run:
        write_out(page_of(_plan(forge, body, update_only)))
        return
    token, named = _token(kind, variable)
    from scanner.forgecalls import Line

    with Line(forge, token, named) as line:
        outcome = post(line, key, body, update_only)
    write_out(page_of(_told(outcome)))


def _page(file: Path) -> str:
    from scanner.places import printable

    shown = "standard input" if str(file) == "-" else printable(str(file))
    try:
        return (sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()).decode()
    except OSError as error:
        raise UsageError(
            f"cannot read {shown}: {error.strerror}; name a file of Markdown, such as the page of `scanner diff`"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{shown} is not UTF-8 text; write it with `--format markdown`") from None


def _set(names: tuple[str, ...]) -> str:
    """The first of these environment variables that is set to something."""
    return next((value for name in names if (value := os.environ.get(name, "").strip())), "")


def _forge(kind: str, number: int | None, slug: str | None, api: str | None) -> Forge:
    from scanner.forgecalls import checked_api
    from scanner.forges import FORGES
    from scanner.places import printable

    api = api or _set(_APIS[kind]) or _PUBLIC.get(kind, "")
    if not api:
        raise UsageError("no API is known; write --api-url https://git.example.org/api/v1")
    slug = slug or _set(_SLUGS[kind])
    shape = r"[\w.-]+(/[\w.-]+)*" if kind == "gitlab" else r"[\w.-]+/[\w.-]+"
    if not slug:
        raise UsageError("no repository is known; write --repo-slug owner/name")
    if not re.fullmatch(shape, slug, re.ASCII) or any(not part.strip(".") for part in slug.split("/")):
        raise UsageError(f"--repo-slug {printable(slug)} names no repository; write it as owner/name")
    number = number or (_merge_request() if kind == "gitlab" else _pull_request())
    if not number:
        raise UsageError("this job belongs to no pull request; name one with --pr N")
    return FORGES[kind](api=checked_api(api), slug=slug, number=number)


def _merge_request() -> int:
    value = _set(("CI_MERGE_REQUEST_IID",))
    return int(value) if value.isdecimal() else 0


def _pull_request() -> int:
    """The number in the ref of the job, else in the event that began it."""
    if found := re.fullmatch(r"refs/pull/(\d+)/(?:merge|head)", _set(_REFS), re.ASCII):
        return int(found[1])
    path = _set(_EVENTS)
    if not path:
        return 0
    import json

    try:
        event = json.loads(Path(path).read_bytes())
        number = event["pull_request"]["number"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return number if isinstance(number, int) else 0


def _token(kind: str, variable: str | None) -> tuple[str, str]:
    """The token, and the name of the variable that holds it."""
    from scanner.forgecalls import checked_token
    from scanner.places import printable

    names = (variable,) if variable else TOKENS[kind]
    for name in names:
        if token := os.environ.get(name, "").strip():
            return checked_token(token, printable(name)), printable(name)
    raise UsageError(f"no token: set {' or '.join(map(printable, names))} in the environment, or use --dry-run")


def _plan(forge: Forge, body: str, update_only: bool) -> str:
    """What would be sent."""
    posted = "" if update_only else f"{forge.create('').method} {forge.comments()}  when no comment has the marker\n"
    return f"GET {forge.first_page()}\n{posted}{forge.change} {forge.one('ID')}  when one has it\n\n{body}\n"


def _told(outcome: Outcome) -> str:
    from scanner.comment import Done
    from scanner.places import printable

    if outcome.done is Done.SKIPPED:
        lines = ["skipped: there is no comment to update"]
    else:
        lines = [f"{outcome.done.value} {printable(outcome.url)}".rstrip()]
    if outcome.doubles:
        lines.append(f"{outcome.doubles} more of ours with the same marker; the oldest is kept up to date")
    if outcome.others:
        lines.append(f"{outcome.others} by others with the same marker; left alone")
    return "\n".join(lines) + "\n"
