"""JSON as every command and file of ours has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


def json_page(content: Any) -> bytes:
    """A record or plain data as JSON: two spaces of indent, fields in their order, a newline at the end.

    Names of files may hold bytes that are no UTF-8, which JSON cannot: they become question marks.
    """
    try:
        compact = msgspec.json.encode(content)
    except UnicodeEncodeError:
        compact = msgspec.json.encode(_encodable(msgspec.to_builtins(content)))
    return msgspec.json.format(compact, indent=2) + b"\n"


def encodable(text: str) -> str:
    """A text with question marks for what no UTF-8 has."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    return [_encodable(each) for each in value] if isinstance(value, list | tuple) else value
