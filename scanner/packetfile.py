"""Packets read back from their JSON.

The schema version of a packet promises this: within one major version fields are only added, with defaults, so that
packets of an older minor version are read as they are. What a newer minor version says, an older scanner would lose
without a word; so that is an error.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from scanner.errors import UsageError
from scanner.masking import without_keys
from scanner.packet import SCHEMA_VERSION, Packet
from scanner.places import printable
from scanner.readback import Reading

#: Stands for standard input.
STANDARD_INPUT = "-"
_MEND = "name the JSON of a packet, as `scanner packet --format json` writes it"
_READING = Reading("packet", _MEND)


def read_packets(path: Path) -> tuple[Packet, ...]:
    """Read the JSON of one packet, or of several as `{"packets": [...]}`; never empty, each pack once.

    Args:
        path: the file; `-` for standard input.

    Raises:
        UsageError: when it holds anything else, with how to mend it in one line.
    """
    return packets_in(_content(path), _shown(path))


def packets_in(content: bytes, name: str) -> tuple[Packet, ...]:
    """The packets that the content of a file holds; otherwise as `read_packets`.

    Args:
        content: the whole content.
        name: what to call it in errors.

    Raises:
        UsageError: as for `read_packets`.
    """
    document = _READING.document(content, name)
    several = document.get("packets") if isinstance(document, dict) else None
    if not isinstance(several, list):
        return (_packet(document, name),)
    if not several:
        raise UsageError(f"{name} holds no packet; {_MEND}")
    found: dict[str, Packet] = {}
    for each in several:
        packet = _packet(each, name)
        if packet.pack.id in found:
            raise UsageError(f"{name} holds two packets of the pack `{printable(packet.pack.id)}`; leave one of them")
        found[packet.pack.id] = packet
    return tuple(found.values())


def _content(path: Path) -> bytes:
    if str(path) != STANDARD_INPUT:
        return _READING.content(path, _shown(path))
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise UsageError(f"{_shown(path)} cannot be read: {error.strerror}; {_MEND}") from None


def _shown(path: Path) -> str:
    return "standard input" if str(path) == STANDARD_INPUT else printable(os.fspath(path))


def _packet(document: Any, name: str) -> Packet:
    if not isinstance(document, dict):
        raise UsageError(f"{name} is no packet; {_MEND}")
    _READING.check_version(document.get("schema_version"), name, SCHEMA_VERSION)
    try:
        # Texts of a packet, its numbers and its lists have the types of their fields, or it is none.
        return without_keys(msgspec.convert(document, Packet))
    except (msgspec.ValidationError, RecursionError) as error:
        raise UsageError(f"{name} is no packet ({printable(str(error))}); {_MEND}") from None
