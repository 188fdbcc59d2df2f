"""Packets read back from their JSON.

The schema version of a packet promises this: within one major version fields are only added, with defaults, so that
packets of an older minor version are read as they are. What a newer minor version says, an older scanner would lose
without a word; so that is an error.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from scanner import __version__
from scanner.errors import UsageError
from scanner.packet import SCHEMA_VERSION, Packet
from scanner.places import printable

#: Stands for standard input.
STANDARD_INPUT = "-"
_MEND = "name the JSON of a packet, as `scanner packet --format json` writes it"
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})")


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
    try:
        document = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else printable(str(error))
        raise UsageError(f"{name} is no JSON ({why}); {_MEND}") from None
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
    try:
        if str(path) == STANDARD_INPUT:
            return sys.stdin.buffer.read()
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {_shown(path)}; {_MEND}") from None
    except OSError as error:
        raise UsageError(f"{_shown(path)} cannot be read: {error.strerror}; {_MEND}") from None


def _shown(path: Path) -> str:
    return "standard input" if str(path) == STANDARD_INPUT else printable(os.fspath(path))


def _packet(document: Any, name: str) -> Packet:
    if not isinstance(document, dict):
        raise UsageError(f"{name} is no packet; {_MEND}")
    _check_version(document.get("schema_version"), name)
    try:
        # Texts of a packet, its numbers and its lists have the types of their fields, or it is none.
        return msgspec.convert(document, Packet)
    except (msgspec.ValidationError, RecursionError) as error:
        raise UsageError(f"{name} is no packet ({printable(str(error))}); {_MEND}") from None


def _check_version(version: object, name: str) -> None:
    parts = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if parts is None:
        raise UsageError(f"{name} is no packet: it has no schema version; {_MEND}")
    major, minor = (int(part) for part in SCHEMA_VERSION.split("."))
    there = int(parts[1]), int(parts[2])
    if there[0] == major and there[1] <= minor:
        return
    reads = f"scanner {__version__} reads {SCHEMA_VERSION}" + (f" and older {major}.x" if minor else "")
    mend = "make the packet again with this scanner" if there < (major, minor) else "install a newer scanner"
    raise UsageError(f"{name} has schema version {parts[0]}, and {reads}; {mend}")
