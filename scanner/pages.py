"""What all pages are made with: the folder of their templates, and how these are read."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import UserError
from scanner.jsonpage import encodable

if TYPE_CHECKING:
    from types import CodeType

    from jinja2 import BytecodeCache, Environment
    from jinja2.bccache import Bucket


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
        markup: whether a template writes XML or HTML, in which values are escaped and hidden characters shown.
            Markdown needs its own escaping, so there every value must pass a filter that does it.

    Raises:
        UserError: as for `templates_folder`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(templates_folder()),
        bytecode_cache=_compiled(),
        undefined=StrictUndefined,
        autoescape=markup,  # noqa: S701  # see above
        trim_blocks=True,
        lstrip_blocks=True,
    )
    if markup:
        from scanner.htmltext import inert

        # The code of a template is kept, and this is part of it: no environment may go without.
        made.finalize = inert
    return made


@cache
def _compiled() -> BytecodeCache:
    """The templates' code, once a process: reading a template takes longer than filling it."""
    from jinja2 import BytecodeCache

    class InMemory(BytecodeCache):
        def __init__(self) -> None:
            self._known: dict[str, CodeType] = {}

        def load_bytecode(self, bucket: Bucket) -> None:
            bucket.code = self._known.get(bucket.key)

        def dump_bytecode(self, bucket: Bucket) -> None:
            if bucket.code is not None:
                self._known[bucket.key] = bucket.code

    return InMemory()


def tidied(text: str) -> str:
    """What a template of Markdown gave, without gaps of empty lines and without what UTF-8 cannot hold."""
    return encodable(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n")
