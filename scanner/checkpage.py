"""What `scanner check` prints: reasons a line each, for people, programs and annotations of a forge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from scanner import __version__
from scanner.check import Reason
from scanner.jsonpage import json_page
from scanner.loglines import without_commands
from scanner.packet import Packet
from scanner.places import printable

#: Of the JSON of a check; promises the same as that of a packet.
CHECK_SCHEMA_VERSION = "1.0"


def reason_line(reason: Reason, several: bool) -> str:
    """A reason as one line of printable text.

    Args:
        reason: why the gate fails.
        several: whether it is one of several packs, which the line then names.
    """
    pack = f"{reason.pack}: " if several else ""
    return without_commands(printable(f"{reason.check}: {pack}{' '.join(reason.text.split())}"))


def passed_line(packets: Sequence[Packet], before: Sequence[Packet]) -> str:
    """That nothing fails, with the scores."""
    were = {each.pack.id: each.score.value for each in before}
    told = []
    for each in packets:
        score = "not scored" if each.score.value is None else f"{each.score.value} of 100"
        was = f", was {were[each.pack.id]}" if were.get(each.pack.id) not in (None, each.score.value) else ""
        told.append(f"{each.pack.id} {score}{was}")
    return f"passed: {'; '.join(told)}"


def as_json(
    packets: Sequence[Packet], before: Sequence[Packet], reasons: Sequence[Reason], notes: Sequence[str]
) -> bytes:
    """The same for programs."""
    were = {each.pack.id: each.score.value for each in before}
    document: dict[str, Any] = {
        "schema_version": CHECK_SCHEMA_VERSION,
        "scanner_version": __version__,
        "passed": not reasons,
        "packs": [{"id": each.pack.id, "score": each.score.value, "was": were.get(each.pack.id)} for each in packets],
        "reasons": [msgspec.to_builtins(each) for each in reasons],
        "notes": list(notes),
    }
    return json_page(document)


def annotation(reason: Reason, prefix: str) -> str:
    """A reason as a workflow command of GitHub, which shows it beside the code.

    Args:
        reason: why the gate fails.
        prefix: the scanned folder below the top of the repository; empty, or with a slash at its end.
    """
    place = f",file={_property(without_commands(prefix + reason.path))},line={reason.line}" if reason.path else ""
    return f"::error title={_property(f'scanner: {reason.check}')}{place}::{_data(reason_line(reason, True))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
