"""Anchors, aliases and merge keys: what stands once and counts in several places."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from scanner.facts import FileFacts, Key

#: Keys that aliases may add to a file; a few lines of aliases of aliases stand for billions.
MOST_ADDED = 2_000
#: How many keys on each side of a merge key may belong to its mapping.
_MOST_SIBLINGS = 300
#: Blocks are never indented by more columns.
_WIDEST = 250
_NAME = rb"[^\s\[\]{},*&]+"
_ANCHORED = re.compile(r"&(\S+)(?:\s+|$)")
_BETWEEN = re.compile(r"[\s,\[\]]+")
_ITEM = re.compile(rb"^([ \t]*(?:-[ \t]+)+)&(" + _NAME + rb")", re.MULTILINE)
_DOCUMENT = re.compile(rb"^(?:---|\.\.\.)(?:[ \t]|$)", re.MULTILINE)
_MERGE = "<<"


@dataclass(frozen=True, slots=True)
class _Anchor:
    """What an alias stands for: the keys in an extent, or a plain value."""

    start: int
    end: int
    #: Path of the keys around it.
    path: str
    value: str


def with_aliases(facts: FileFacts) -> FileFacts:
    """The facts of a file in which a key whose value is an alias has the aliased keys below its own path.

    What is added stands at the line of the alias. A merge key gives its mapping those keys that the mapping has not,
    and is left out itself. Values lose their anchors. An anchor holds from where it stands to the end of its document,
    or until another takes its name.
    """
    if b"&" not in facts.source:
        return facts
    anchors = _anchors(facts)
    if not anchors:
        return facts
    return replace(facts, keys=tuple(_Expansion(facts, anchors).keys))


def _anchors(facts: FileFacts) -> dict[str, list[_Anchor]]:
    """Anchors by name, in order of where they begin."""
    found: dict[str, list[_Anchor]] = {}
    for key in facts.keys:
        if match := _ANCHORED.match(key.value):
            anchor = _Anchor(key.start, key.end, key.path, key.value[match.end() :])
            found.setdefault(match.group(1), []).append(anchor)
    for item in _ITEM.finditer(facts.source):
        if len(found) < MOST_ADDED:
            name = item.group(2).decode("utf-8", "replace")
            found.setdefault(name, []).append(_item(facts, item.start(2), len(item.group(1))))
    for anchors in found.values():
        anchors.sort(key=lambda anchor: anchor.start)
    return found


def _item(facts: FileFacts, at: int, column: int) -> _Anchor:
    """The anchor of an item of a list, which goes on as long as lines are indented as deep."""
    source = facts.source
    end = source.find(b"\n", at)
    while 0 <= end < len(source) - 1:
        following = source.find(b"\n", end + 1)
        line = source[end + 1 : following if following >= 0 else len(source)]
        if line.strip() and len(line) - len(line.lstrip()) < column:
            break
        end = following
    end = end if end >= 0 else len(source)
    return _Anchor(at, end, _path_around(facts.keys, at), "")


def _path_around(keys: tuple[Key, ...], offset: int) -> str:
    """The path of the innermost key whose extent holds an offset."""
    last = bisect_right(keys, offset, key=lambda key: key.start)
    for key in reversed(keys[max(last - 500, 0) : last]):
        if key.end > offset:
            return key.path
    return ""


def _aliases(value: str) -> list[str]:
    """The names of a value that is nothing but one alias, or a list of them."""
    parts = [part for part in _BETWEEN.split(value) if part not in ("", "-")]
    return [part[1:] for part in parts] if all(part[0] == "*" and part != "*" for part in parts) else []


class _Expansion:
    """Copies aliased keys to where their aliases stand, in order, so that aliases of aliases are found resolved."""

    def __init__(self, facts: FileFacts, anchors: dict[str, list[_Anchor]]) -> None:
        self._anchors = anchors
        self._documents = [match.start() for match in _DOCUMENT.finditer(facts.source)]
        self._left = MOST_ADDED
        self._starts: list[int] = []
        self._source = facts.source
        self._written = facts.keys
        self._paths = [key.path for key in facts.keys]
        self.keys: list[Key] = []
        for key in facts.keys:
            self._expand(key)

    def _add(self, key: Key) -> None:
        self.keys.append(key)
        self._starts.append(key.start)

    def _expand(self, key: Key) -> None:
        names = _aliases(key.value) if "*" in key.value and self._left > 0 else []
        self._left -= len(names)
        held = [anchor for name in names if (anchor := self._anchor(name, key.start)) is not None]
        is_merge = key.name == _MERGE
        if not (is_merge and held):
            if match := _ANCHORED.match(key.value):
                key = replace(key, value=key.value[match.end() :])
            elif len(held) == 1 and key.value.startswith("*"):
                key = replace(key, value=held[0].value)
            self._add(key)
        taken = self._own_names(key) if is_merge and held else set()
        base = key.path[: -len(_MERGE)].rstrip(".") if is_merge else key.path
        for anchor in held:
            added: set[str] = set()
            for copied, below in self._below(anchor):
                first = below.partition(".")[0]
                if first in taken or self._left <= 0:
                    continue
                self._left -= 1
                added.add(first)
                path = f"{base}.{below}" if base else below
                self._add(
                    replace(copied, start=key.start, end=key.end, line=key.line, end_line=key.end_line, path=path)
                )
            taken |= added if is_merge else set()

    def _anchor(self, name: str, offset: int) -> _Anchor | None:
        """The last anchor of that name before an offset in the same document; None inside of what it names."""
        known = self._anchors.get(name, [])
        at = bisect_left(known, offset, key=lambda anchor: anchor.start) - 1
        document = self._documents[bisect_right(self._documents, offset) - 1] if self._documents else 0
        document = document if document <= offset else 0
        if at < 0 or known[at].start < document or known[at].end > offset:
            return None
        return known[at]

    def _below(self, anchor: _Anchor) -> Iterator[tuple[Key, str]]:
        """The keys that an anchor holds, with their paths below it."""
        first = bisect_left(self._starts, anchor.start)
        last = bisect_left(self._starts, anchor.end)
        prefix = f"{anchor.path}." if anchor.path else ""
        for copied in self.keys[first:last][: max(self._left, 0) + 1]:
            if copied.path != anchor.path and copied.path.startswith(prefix):
                yield copied, copied.path[len(prefix) :]

    def _own_names(self, merge: Key) -> set[str]:
        """The first segments of what stands in the same mapping as a merge key, before or after it."""
        base = merge.path[: -len(_MERGE)]
        at = bisect_left(self._written, merge.start, key=lambda key: key.start)
        names: set[str] = set()
        for step in (1, -1):
            index = at
            for _ in range(_MOST_SIBLINGS):
                if step < 0 and self._opens_item(index, merge):
                    break
                index += step
                if not 0 <= index < len(self._written) or not self._paths[index].startswith(base):
                    break
                if step > 0 and self._opens_item(index, merge):
                    break
                if not base and self._is_cut(self._written[index].start, merge.start):
                    break
                names.add(self._paths[index][len(base) :].partition(".")[0])
        return names - {_MERGE}

    def _opens_item(self, index: int, merge: Key) -> bool:
        """Whether a key is the first of an item of the list in whose items the merge key stands."""
        key = self._written[index]
        before = self._line_before(key.start)
        return before.lstrip().startswith(b"-") and len(before) == len(self._line_before(merge.start))

    def _line_before(self, offset: int) -> bytes:
        first = max(offset - _WIDEST, 0)
        begins = self._source.rfind(b"\n", first, offset)
        return self._source[begins + 1 if begins >= 0 else first : offset]

    def _is_cut(self, one: int, other: int) -> bool:
        """Whether another document begins between two offsets."""
        return bisect_right(self._documents, one) != bisect_right(self._documents, other)
