"""Keys in what is shown: a name, a path, a tag or a reason may be one, and every record passes here on its way out.

Names are compared, linked and fingerprinted as they are. Most of what is shown holds no key, which one look at all of
it tells; only where there may be one is it taken apart.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from scanner.secrets import HINT, MASK, mask_names

if TYPE_CHECKING:
    import re2

_Record = TypeVar("_Record", bound=msgspec.Struct)


def without_keys(record: _Record) -> _Record:
    """A record in which every text is as `secrets.mask_names` shows it; most often it is the very same."""
    try:
        if not may_hold_key(msgspec.json.encode(record)):
            return record
    except UnicodeEncodeError:
        pass  # half a character: no JSON holds it, and a key may stand beside it
    return msgspec.convert(masked(msgspec.to_builtins(record)), type(record))


def masked(value: Any) -> Any:
    """Plain data, as deep as it goes, with each text and key as `secrets.mask_names` shows it."""
    if isinstance(value, str):
        return mask_names(value)
    if isinstance(value, dict):
        return {masked(key): masked(each) for key, each in value.items()}
    return [masked(each) for each in value] if isinstance(value, list | tuple) else value


def may_hold_key(content: bytes) -> bool:
    """Whether a text, or JSON, may hold what `secrets.mask_names` masks: yes now and then where it does not, never no
    where it does.
    """
    return _hint().search(content) is not None


def is_masked(path: str) -> bool:
    """Whether a path is not shown as it is, so that no address leads there."""
    return MASK in path


@cache
def _hint() -> re2._Regexp[bytes]:
    import re2

    return re2.compile(HINT.encode())
