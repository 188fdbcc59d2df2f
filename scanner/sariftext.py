"""Texts and places as SARIF has them: messages with links to places by number, addresses relative to the root.

A message is plain text to some viewers and Markdown to others. So names from the repository are code, and all else that
could be markup is shielded by a backslash, as `escape` does it; the one markup that both know is a link `[text](3)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from scanner import escape
from scanner.graphpacket import Function
from scanner.packet import Packet, PacketTouchpoint, Place
from scanner.places import raw

#: Forges show so many locations of a result.
MOST_PLACES: Final = 100
#: The root of the repository; where that is on this machine is nobody's business.
ROOT: Final = "%SRCROOT%"

#: A shielded character, or a code span with its fence.
_SPAN = re.compile(r"\\.|(?P<fence>`+)(?!`).*?(?<!`)(?P=fence)(?!`)", re.DOTALL)
_BRACKET = re.compile(r"[\\\[\]]")

#: Something that has a path and a line.
Somewhere = PacketTouchpoint | Function | Place


def plain(text: str) -> str:
    """Words from anywhere, which then mean nothing but themselves."""
    return settled(escape.prose(text, lambda _: None))


def settled(text: str) -> str:
    """A text of `escape`, fit for a message.

    To plain text, a bracket in code could begin a link, and a brace a placeholder: so both are written as SARIF asks.
    """
    shielded = _SPAN.sub(lambda span: _BRACKET.sub(r"\\\g<0>", span.group()) if span["fence"] else span.group(), text)
    return shielded.replace("{", "{{").replace("}", "}}")


def brief(text: str, longest: int) -> str:
    """A settled text that loses its end rather than its place, cut between words."""
    if len(text) <= longest:
        return text
    return text[:longest].rpartition(" ")[0].rstrip(" ,;:(") + " …"


class Addresses:
    """Where the files of one packet are, seen from the root of the repository; remembers which were named."""

    def __init__(self, packet: Packet) -> None:
        self._prefix = prefix(packet)
        self._numbers: dict[str, int] = {}
        self._changed = frozenset(packet.repository.changed)

    def artifact(self, path: str) -> dict[str, Any]:
        """A reference to a file; `path` is as `places.printable` shows it, and its bytes survive."""
        number = self._numbers.setdefault(path, len(self._numbers))
        return {"uri": self._uri(path), "uriBaseId": ROOT, "index": number}

    def artifacts(self) -> list[dict[str, Any]]:
        """All files that were named."""
        return [
            {
                "location": {"uri": self._uri(path), "uriBaseId": ROOT},
                **({"properties": {"differsFromCommit": True}} if path in self._changed else {}),
            }
            for path in self._numbers
        ]

    def _uri(self, path: str) -> str:
        return self._prefix + quote(raw(path), safe="/")

    def physical(self, path: str, line: int, end_line: int = 0) -> dict[str, Any]:
        """A place in a file; line 0 is the whole of it.

        The region is one line: forges show an alert on a pull request only if all its lines are part of the change.
        """
        found: dict[str, Any] = {"artifactLocation": self.artifact(path)}
        if line > 0:
            found["region"] = {"startLine": line, "startColumn": 1, "endLine": line}
            if end_line > line:
                found["contextRegion"] = {"startLine": line, "endLine": end_line}
        return found

    def location(self, place: Somewhere, note: str = "", number: int | None = None) -> dict[str, Any]:
        """A location, with the definition around it where one is known."""
        symbol = escape.visible(getattr(place, "symbol", ""))
        return {
            **({} if number is None else {"id": number}),
            "physicalLocation": self.physical(place.path, place.line, getattr(place, "end_line", place.line)),
            **({"logicalLocations": [{"fullyQualifiedName": symbol}]} if symbol else {}),
            **({"message": {"text": note}} if note else {}),
        }


def prefix(packet: Packet) -> str:
    """The scanned folder below the root of its repository, percent-encoded; empty, or with a slash at its end.

    Forges want addresses from the root. A packet knows the folder from its links alone.
    """
    commit = packet.repository.commit
    _, found, rest = packet.repository.permalink.partition(f"/{commit}/" if commit else "\0")
    return rest.partition("{path}")[0] if found else ""


class Related:
    """The places that one result speaks of: those that its message links first, then the others; at most so many."""

    def __init__(self, addresses: Addresses, known: Mapping[str, PacketTouchpoint | Function]) -> None:
        self._addresses = addresses
        self._known = known
        self._numbers: dict[str, int] = {}
        self._notes: dict[str, str] = {}
        self._left_out: set[str] = set()

    def add(self, fingerprints: Iterable[str], note: Callable[[str], str]) -> None:
        """Take places up; what is there already, or more than fits, changes nothing.

        Args:
            fingerprints: of touchpoints or functions; unknown ones are passed over.
            note: says of each why it is here.
        """
        for each in fingerprints:
            if each in self._known and self._number(each):
                self._notes[each] = self._notes.get(each) or note(each)

    def prose(self, text: str) -> str:
        """Running text of a packet, in which places are links."""
        return settled(escape.prose(text, self._link))

    def _number(self, fingerprint: str) -> int:
        """The number of a place, counted from 1; 0 where no more fit."""
        if fingerprint not in self._numbers and len(self._numbers) >= MOST_PLACES:
            self._left_out.add(fingerprint)
            return 0
        return self._numbers.setdefault(fingerprint, len(self._numbers) + 1)

    def _link(self, fingerprint: str) -> str | None:
        place = self._known.get(fingerprint)
        if place is None:
            return None
        number = self._number(fingerprint)
        name = called(place)
        return f"[{name}]({number})" if number else f"{name} ({where(place)})" if place.symbol else name

    def link(self, fingerprint: str) -> str:
        """One place in a message; as written where there is none."""
        return self.prose(escape.marker(fingerprint))

    def fields(self) -> dict[str, Any]:
        """What a result says of them."""
        locations = [
            self._addresses.location(self._known[each], self._notes.get(each, ""), number)
            for each, number in self._numbers.items()
        ]
        return {"relatedLocations": locations} if locations else {}

    @property
    def left_out(self) -> int:
        """How many did not fit."""
        return len(self._left_out)


def called(place: PacketTouchpoint | Function) -> str:
    """What a place is called, as code; not settled."""
    name = place.symbol if isinstance(place, Function) else place.symbol or place.name
    return escape.code(name) if escape.visible(name) else where(place)


def where(place: Somewhere) -> str:
    """Path and line, as code; not settled."""
    return escape.code(f"{escape.shorten(escape.visible(place.path), 80)}:{place.line}")
