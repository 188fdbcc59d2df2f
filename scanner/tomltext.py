"""TOML of strangers as plain values: keys that cost its parser the square of their length are refused."""

from __future__ import annotations

import re
import tomllib
from typing import Any

#: A dotted key costs the square of its parts. Nobody writes one of so many.
MOST_PARTS = 50
_PART = r"(?:\.[ \t]*(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*)"
#: A run of parts as a whole, so that none is read twice; where there are too many, the last is a group.
_KEY = re.compile(rf"{_PART}{{1,{MOST_PARTS - 1}}}({_PART})?")


def toml_values(text: str) -> dict[str, Any]:
    """The values of a file that may be of any content and is no larger than manifests are.

    Raises:
        RecursionError: where it is nested too deeply.
        ValueError: where it is no TOML (then a `tomllib.TOMLDecodeError`), or holds a number that is too long.
    """
    for line in text.split("\n"):
        # What is a string and what a key cannot be told here, as quotes may belong to a string of several lines.
        if line.count(".") >= MOST_PARTS and any(found[1] for found in _KEY.finditer(line)):
            raise RecursionError
    return tomllib.loads(text)
