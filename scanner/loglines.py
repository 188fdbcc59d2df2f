"""Pages for people as a terminal or the log of a job gets them: no line is a command to the runner that keeps the log.

GitHub's runner obeys lines that begin with `::`, whatever blanks stand before it, and lines with `##[` anywhere; that
of Azure obeys `##vso[`, that of TeamCity `##teamcity[`. All of them read what any step prints.
"""

from __future__ import annotations

import re
from typing import Final

from scanner.masking import may_hold_key
from scanner.places import printable
from scanner.secrets import mask_names

_BLANK: Final = r"[ \t\xa0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]"
_AT_START: Final = re.compile(rf"((?:\A|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]){_BLANK}*):(?=:)")
_INSIDE: Final = re.compile(r"##(?=\w*\[)")


def inert(text: str) -> str:
    r"""A text of any number of lines, none of them a command: one of its signs is written as `places.printable` would.

    >>> inert("::add-mask::x")
    '\\x3a:add-mask::x'
    """
    if "##" in text:
        text = without_commands(text)
    return _AT_START.sub(r"\1\\x3a", text) if "::" in text else text


def without_commands(text: str) -> str:
    """A text without the commands that may stand anywhere in a line."""
    return _INSIDE.sub(r"#\\x23", text)


def line_of(text: str) -> str:
    """A line for standard error: no command, and no key in it."""
    return inert(mask_names(text))


def page_of(text: str, styled: bool = False) -> bytes:
    """A page for people as bytes: no line is a command, no text a key, and nothing steers a terminal.

    Args:
        text: of the page.
        styled: whether it has colours or links, and so was made of text that steers nothing.
    """
    if not styled:
        text = "\n".join(line if line.isprintable() else _steering_nothing(line) for line in text.split("\n"))
    content = inert(text).encode("utf-8", "replace")
    if not may_hold_key(content):
        return content
    return mask_names(content.decode()).encode()


def _steering_nothing(line: str) -> str:
    return "".join(each if each.isprintable() or each == "\t" else printable(each) for each in line)
