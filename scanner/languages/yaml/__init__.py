"""YAML configuration."""

from __future__ import annotations

import re

from scanner.languages import Language
from scanner.languages.yaml.anchors import with_aliases

#: The scanner of the grammar keeps its stack of block indents in a small buffer, and writes past its end.
MOST_INDENTED = 200
_OPEN_BLOCKS = re.compile(rb"(?:[-?:][ \t]+){100}")


def too_deep(source: bytes) -> tuple[str, str]:
    """Whether blocks lie deeper in each other than the parser can take."""
    if b"\n" + b" " * MOST_INDENTED in source or _OPEN_BLOCKS.search(source):
        return "nested too deeply", f"blocks are indented by more than {MOST_INDENTED} columns"
    return "", ""


LANGUAGE = Language(
    name="yaml",
    title="YAML",
    suffixes=(".yaml", ".yml"),
    kind="config",
    grammar="tree_sitter_yaml",
    finish=with_aliases,
    objection=too_deep,
)
