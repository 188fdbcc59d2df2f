"""JSON as every command and file of ours has it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from scanner.masking import masked, may_hold_key

#: What a runner would take for a command in the log of a job, see `loglines`.
_COMMAND: Final = re.compile(rb"##(?=\w*\[)")
#: What steers a terminal or moves what stands beside it, and JSON has no rule against.
_STEERING: Final = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def json_page(content: Any) -> bytes:
    """A record or plain data as JSON: two spaces of indent, fields in their order, a newline at the end.

    Names of files may hold bytes that are no UTF-8, which JSON cannot: they become question marks. Keys are masked.
    """
    try:
        compact = msgspec.json.encode(content)
    except UnicodeEncodeError:
        compact = msgspec.json.encode(_encodable(msgspec.to_builtins(content)))
    if may_hold_key(compact):
        compact = msgspec.json.encode(masked(msgspec.json.decode(compact)))
    return msgspec.json.format(inert_json(compact), indent=2) + b"\n"


def inert_json(compact: bytes) -> bytes:
    """The same JSON, in which no text is a command to the runner that keeps the log of a job, or steers a terminal."""
    if not compact.isascii() or b"\x7f" in compact:
        compact = _STEERING.sub(_escaped, compact.decode()).encode()
    return _COMMAND.sub(rb"#\\u0023", compact)


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1] if match.group() != "\x7f" else "\\u007f"


def encodable(text: str) -> str:
    """A text with question marks for what no UTF-8 has."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    return [_encodable(each) for each in value] if isinstance(value, list | tuple) else value
