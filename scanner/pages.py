"""What all pages are made with: the folder of their templates, and how these are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import UserError
from scanner.jsonpage import encodable

if TYPE_CHECKING:
    from jinja2 import Environment


def templates_folder() -> Path:
    """Where the templates are: inside the installed package, else beside it in a checkout.

    Raises:
        UserError: when the installation has none.
    """
    package = Path(__file__).parent
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "packet.md.j2").is_file():
            return folder
    raise UserError("this installation has no templates; install the package again")


def environment(markup: bool = False) -> Environment:
    """An environment that reads our templates.

    Args:
        markup: whether a template writes XML, in which values are escaped. Markdown needs its own escaping, so there
            every value must pass a filter that does it.

    Raises:
        UserError: as for `templates_folder`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(templates_folder()),
        undefined=StrictUndefined,
        autoescape=markup,  # noqa: S701  # see above
        trim_blocks=True,
        lstrip_blocks=True,
    )


def tidied(text: str) -> str:
    """What a template of Markdown gave, without gaps of empty lines and without what UTF-8 cannot hold."""
    return encodable(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n")
