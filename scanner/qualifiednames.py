"""Qualified names as rules and the catalogue write them: segments joined by dots, with holes and alternatives."""

from __future__ import annotations

import re

from scanner.yamlcheck import Checker
from scanner.yamlfile import YamlText, printable

_SEGMENT = re.compile(r"\*\*?|\$|\$?[^\s.{}*^$,]+")
_BRACES = re.compile(r"\{([^{}]*)\}")
#: A qualified name that stands for more than this is a list of names in disguise.
_MAX_ALTERNATIVES = 200


def read_qualified(checker: Checker, text: YamlText) -> tuple[tuple[str, ...], ...]:
    """Read a qualified name: the segments of every name that its braces stand for."""
    sources = [text.text.strip()]
    while match := _BRACES.search(sources[0]):
        sources = [
            source[: match.start()] + choice.strip() + source[match.end() :]
            for source in sources
            if (match := _BRACES.search(source))
            for choice in match.group(1).split(",")
        ]
        if len(sources) > _MAX_ALTERNATIVES:
            checker.report(text, f"it stands for more than {_MAX_ALTERNATIVES} names; write several patterns")
            return ()
    names = [tuple(source.split(".")) for source in sources]
    bad = next((segment for name in names for segment in name if not _SEGMENT.fullmatch(segment)), None)
    if bad is not None:
        where = f"segment `{printable(bad)}`" if bad else "an empty segment"
        hint = "write names joined by dots, `*` for one segment, `**` for any number, `{a, b}` for one of several"
        checker.report(text, f"bad qualified name `{printable(text.text)}`: {where}; {hint}")
        return ()
    if any(all(segment in ("*", "**") for segment in name) for name in names):
        checker.report(text, f"`{printable(text.text)}` matches every name; write at least one segment as it is")
        return ()
    return tuple(names)
