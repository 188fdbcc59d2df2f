"""The YAML before a Markdown page: settings of agents, commands, skills and prompts."""

from __future__ import annotations

import re

from scanner.languages import Language
from scanner.languages.yaml import LANGUAGE as YAML
from scanner.languages.yaml import too_deep

_END = re.compile(rb"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_BEGINNING = re.compile(rb"\s*---[ \t]*\n")
#: Longer settings are a page whose first line happens to be a rule.
_LONGEST = 64 * 1024


def front_matter(source: bytes) -> bytes:
    """The lines between the first two lines of dashes, all other lines blank; nothing where a page begins otherwise."""
    begins = _BEGINNING.match(source)
    ends = _END.search(source, begins.end(), begins.end() + _LONGEST) if begins else None
    if begins is None or ends is None:
        return b""
    before = b"\n" * source.count(b"\n", 0, begins.end())
    return before + source[begins.end() : ends.start()] + b"\n" * source.count(b"\n", ends.start())


LANGUAGE = Language(
    objection=too_deep,
    name="markdown",
    title="Markdown front matter",
    suffixes=(".md", ".mdx", ".markdown", ".mdc"),
    kind="config",
    grammar=YAML.grammar,
    prepare=front_matter,
    finish=YAML.finish,
    dialect_of="yaml",
)
