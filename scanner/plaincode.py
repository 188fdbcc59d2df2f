"""Code as text at its own offsets, with comments and strings blanked: the same to read in every language."""

from __future__ import annotations

import re

from scanner.facts import FileFacts
from scanner.identifiers import Identifiers

_INTERPOLATED = {"f": re.compile(r"\{([^{}]*)\}"), "`": re.compile(r"\$\{([^{}]*)\}")}
_NO_NAME = re.compile(r"[^\w$.\x80-\xff]", re.ASCII)
#: Languages whose plain strings are filled from the names around them where a macro reads them.
_FILLED = frozenset({"rust"})
#: Longer strings are no keys.
_LONGEST_KEY = 60


class Plain:
    """A file's code at its own offsets, with comments and strings blanked.

    A string that names a topic is left as a number behind a sign; of a string with values in it their names are left.
    Names are joined by dots, or by two dots where the language has a sign as wide.
    """

    def __init__(self, facts: FileFacts, identifiers: Identifiers) -> None:
        #: Topics of each number.
        self._marked: list[tuple[str, ...]] = []
        self._numbers: dict[tuple[str, ...], int] = {}
        #: One character for one byte.
        self.written = facts.source.decode("latin-1")
        self._is_filled = facts.language in _FILLED
        self.text = self._blanked(facts, identifiers)

    def topics(self, mark: str) -> tuple[str, ...]:
        """Topics of what is left of a string; none of a sign that stands in the source itself."""
        digits = mark[1:6].strip("(:=")
        number = int(digits) if digits.isdecimal() else len(self._marked)
        return self._marked[number] if number < len(self._marked) else ()

    def _blanked(self, facts: FileFacts, identifiers: Identifiers) -> str:
        pieces: list[str] = []
        at, written = 0, self.written
        blanks = [(string.start, string.end, string.text) for string in facts.strings]
        blanks += [(prose.start, prose.end, "") for prose in facts.prose]
        blanks.sort()
        key = identifiers.key
        for start, end, text in blanks:
            if start < at:
                continue
            pieces.append(written[at:start])
            if not text:
                pieces.append(" " * (end - start))
            elif len(text) <= _LONGEST_KEY and (topics := key(text)):
                pieces.append(self._mark(topics, end - start))
            elif "{" in text:
                pieces.append(self._filled(written[start:end]))
            else:
                pieces.append('"' + " " * (end - start - 1))
            at = end
        pieces.append(written[at:])
        return _alike("".join(pieces))

    def _mark(self, topics: tuple[str, ...], length: int) -> str:
        number = self._numbers.setdefault(topics, len(self._marked))
        if number == len(self._marked):
            self._marked.append(topics)
        mark = f"\x01{number}"
        return mark + " " * (length - len(mark)) if len(mark) <= length else " " * length

    def _filled(self, text: str) -> str:
        sign = "`" if text[0] == "`" else "f" if self._is_filled or "f" in text[:2].lower() else ""
        return _values(text, _INTERPOLATED[sign]) if sign else '"' + " " * (len(text) - 1)


def _alike(text: str) -> str:
    """The signs of several languages for one thing as one of them: `**` spreads, and dots join names."""
    return text.replace("...", "** ").replace("::", "..").replace("?.", "..").replace("!.", "..")


def _values(text: str, pattern: re.Pattern[str]) -> str:
    pieces, at = [], 0
    for match in pattern.finditer(text):
        pieces += [" " * (match.start(1) - at), _NO_NAME.sub(" ", match.group(1))]
        at = match.end(1)
    return "".join(pieces) + " " * (len(text) - at)
