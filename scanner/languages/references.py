"""Functions and classes that are named as values: handed to a call, kept under a key, listed in a table.

Who calls them then is for the graph to find out; here it is only said where they are named, and what they are put into.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from scanner.facts import Closure, Reference
from scanner.languages.bindings import is_below
from scanner.languages.raw import Outline, RawDefinition, RawName
from scanner.languages.resolve import Resolver
from scanner.offsets import blanked

_CHAIN = re.compile(rb"([A-Za-z_$][\w$]*)(?:(?:\?\.|\.|::)#?[A-Za-z_$][\w$]*)*")
_SEPARATOR = re.compile(rb"\?\.|\.|::")
#: What follows a name that is given a value or a type here, rather than named as one; a colon at the end of a line
#: begins a block.
_GIVEN = re.compile(rb"\s*(?::?=(?![=>])|:(?!:|[ \t]*(?:#[^\n]*)?\r?\n))")
#: `table["key"] = name`, `table.set(key, name)`, `table.append(name)`.
_STORED = re.compile(
    rb"([A-Za-z_$][\w$.]*)"
    rb"(?:\[[^\]\n]*\]\s*=|\.(?:set|insert|append|push|add|push_back)\((?:[^(),\n]*,)?)\s*&?$"
)
#: With one of these a stored name ends, but for blanks and `&`.
_STORES = (b"=", b"(", b",")
_PACKAGE = b"package "
#: What stands before a name that is a part of another, or a decorator.
_NO_FRONT = (b".", b"#", b"@")
#: `Run: func(` of Go.
_UNDER_KEY = re.compile(rb"\s*:\s*func\b")
_QUOTES = (b'"', b"'", b"`")
_LOOK_BACK = 120
#: Keys under which a value is given; of other keys the name alone is meant.
_VALUED = frozenset({"mapping", "keyword", "field", "parameter"})


def references(
    raw: Outline, resolver: Resolver, module: str, receivers: frozenset[str], roots: frozenset[str]
) -> tuple[tuple[Closure, ...], tuple[Reference, ...]]:
    """Nameless functions, and mentions of functions, classes and tables of them, in order of start.

    Args:
        raw: the captures of the file.
        resolver: of its names.
        module: name of the file's module.
        receivers: names by which a method calls its own object.
        roots: leading parts of names that belong to the repository.
    """
    return _Finder(raw, resolver, module, receivers, roots).found()


class _Chain(msgspec.Struct, frozen=True, gc=False):
    """A dotted name in code."""

    start: int
    end: int
    name: bytes
    #: Between its separators.
    parts: list[bytes]
    #: Whether it is the name of a call.
    is_call: bool


class _Finder:
    def __init__(
        self, raw: Outline, resolver: Resolver, module: str, receivers: frozenset[str], roots: frozenset[str]
    ) -> None:
        self._raw = raw
        self._resolver = resolver
        self._receivers = receivers
        self._module = module
        self._file_names = {item.name for item in raw.variables if item.scope < 0}
        self._local = {(item.scope, item.name) for item in raw.variables if item.scope >= 0}
        self._own = {item.name.encode() for item in raw.definitions if item.kind != "module"}
        self._imports = {
            name.alias.encode("utf-8", "replace") for name, _, _ in resolver.imports if is_below(name.qualified, roots)
        }
        self._slots = {key.value[0]: key.name for key in raw.keys if key.value != (0, 0) and self._names_field(key)}
        self._slots |= {item.value[0]: item.name for item in raw.variables if item.value != (0, 0)}
        self._tables = [item for item in raw.variables if self._is_table(item)]
        self._holders = _Extents((*item.value, at) for at, item in enumerate(self._tables))
        self._names = {item.anchor for item in (*raw.keys, *raw.variables) if item.value[0] != item.anchor}
        self._names |= {item.name_start for item in raw.definitions}

    def _names_field(self, key: RawName) -> bool:
        """Whether a key is a name by which code may ask for the value; a string is asked for by any string."""
        is_text = key.kind == "mapping" and self._raw.source[key.anchor : key.anchor + 1] in _QUOTES
        return key.kind in _VALUED and not is_text

    def found(self) -> tuple[tuple[Closure, ...], tuple[Reference, ...]]:
        closures = tuple([self._closure(*item) for item in self._raw.closures])
        chains = list(self._chains())
        kept = [chain for chain in chains if not chain.is_call and self._is_value(chain.parts)]
        kept += [front for chain in chains if len(chain.parts) > 2 and (front := self._front(chain)) is not None]
        made = [self._reference(item.start, item.end, self._value(_dotted(item.name), item.start)) for item in kept]
        found = [item for item in made if item is not None]
        found += [self._keyed(item) for item in self._raw.definitions if self._is_entry(item)]
        tables = {item.holder for item in closures} | {item.holder for item in found}
        found += self._mentions(chains, tables - {""})
        unique = {(item.start, item.qualified): item for item in found}
        return closures, tuple(sorted(unique.values(), key=lambda item: item.start))

    def _is_table(self, item: RawName) -> bool:
        """Whether what a variable holds outlives the function around it."""
        scope = item.scope
        if item.value == (0, 0):
            return False
        at_rest = scope < 0 or self._raw.definitions[scope].kind in ("class", "module")
        return at_rest or item.name.partition(".")[0] in self._receivers

    def _chains(self) -> Iterator[_Chain]:
        """Dotted names in code that may be of this repository."""
        source = self._raw.source
        called = {call.anchor for call in self._raw.calls}
        # Where the own type has a name, `Self::run` names a method, and `self.run` without a call is a field.
        has_type = "Self" in self._receivers
        heads = self._own | self._imports | {name.encode() for name in self._receivers}
        heads |= {name.encode("utf-8", "replace") for name in self._file_names}
        for match in _CHAIN.finditer(self._code()):
            if match[1] not in heads:
                continue
            start, end = match.span()
            name = match[0]
            if source[start - 1 : start] in _NO_FRONT or source.endswith(_PACKAGE, 0, start):
                continue
            if not (has_type and name.startswith(b"self.")):
                parts = name.split(b".") if b"?" not in name and b":" not in name else _SEPARATOR.split(name)
                yield _Chain(start, end, name, parts, end - 1 in called)

    def _code(self) -> bytes:
        """The source with blanks for comments, strings and imports: more than half of most files."""
        extents = [
            *self._raw.prose,
            *((item.start, item.end) for item in self._raw.strings),
            *((start, end) for _, start, end in self._resolver.imports),
        ]
        return blanked(self._raw.source, sorted(extents, key=lambda extent: (extent[0], -extent[1])))

    def _is_value(self, parts: list[bytes]) -> bool:
        return parts[-1].lstrip(b"#") in self._own or parts[0] in self._imports

    def _front(self, chain: _Chain) -> _Chain | None:
        """The member of the own object whose member is named: a property runs, and a method may be bound."""
        parts, name = chain.parts, chain.name
        if parts[1].lstrip(b"#") not in self._own or parts[0].decode() not in self._receivers:
            return None
        rest = _SEPARATOR.split(name, maxsplit=2)[2]
        front = name[: len(name) - len(rest)].rstrip(b".?:")
        return _Chain(chain.start, chain.start + len(front), front, parts[:2], False)

    def _is_entry(self, item: RawDefinition) -> bool:
        """Whether a definition is the value under a key of an object."""
        end = item.name_start + len(item.name.encode("utf-8", "replace"))
        under_key = item.keyed or _UNDER_KEY.match(self._raw.source, end) is not None
        # Objects of a class have its methods by name.
        return bool(item.name) and under_key and not self._in_class(item)

    def _reference(self, start: int, end: int, qualified: str) -> Reference | None:
        if not qualified or start in self._names or self._is_given(start, end):
            return None
        raw = self._raw
        slot = self._slots.get(start, "").rpartition(".")[2]
        line = raw.line(start)
        # A type before its fields is made, not kept.
        holder = self._holder(start) if raw.source[end : end + 1] != b"{" else ""
        return Reference(start, end, line, line, raw.scope(start), qualified, slot, holder)

    def _is_given(self, start: int, end: int) -> bool:
        """Whether the name is given a value or a type here; after a `?` it is the value of a condition."""
        if not _GIVEN.match(self._raw.source, end):
            return False
        return not self._raw.source[max(start - 40, 0) : start].rstrip().endswith(b"?")

    def _closure(self, start: int, end: int, body: int) -> Closure:
        raw = self._raw
        slot = self._slots.get(start, "").rpartition(".")[2]
        first, last = raw.line(start), raw.line(max(end - 1, start))
        return Closure(start, end, first, last, raw.scope(start), slot, self._holder(start))

    def _in_class(self, item: RawDefinition) -> bool:
        """Whether a function belongs to a class, so that its objects have it by name."""
        return item.scope >= 0 and self._raw.definitions[item.scope].kind in ("class", "extension")

    def _keyed(self, item: RawDefinition) -> Reference:
        """A function under a key is a value at the place where it is written."""
        raw = self._raw
        line = raw.line(item.name_start)
        qualified = f"{self._module}.{item.symbol}" if self._module else item.symbol
        holder = self._holder(item.start)
        return Reference(item.start, item.end, line, line, item.scope, qualified, item.name, holder)

    def _holder(self, start: int) -> str:
        """The table into which something at an offset is put, by its qualified name; empty without one."""
        around = self._holders.around(start)
        if around >= 0:
            return self._table(self._tables[around].name, self._tables[around].value[0])
        text = self._raw.source[max(start - _LOOK_BACK, 0) : start]
        before = _STORED.search(text) if text.rstrip().removesuffix(b"&").rstrip().endswith(_STORES) else None
        return self._table(before.group(1).decode("utf-8", "replace"), start) if before else ""

    def _table(self, written: str, at: int) -> str:
        """The qualified name of a variable of the file or an attribute; what it holds says less than its own name."""
        found = self._qualified(written, at)
        if found.rpartition(".")[2] == written.rpartition(".")[2]:
            return found
        return self._own_name(written, at) or (found if "." in found else "")

    def _own_name(self, written: str, at: int) -> str:
        """A variable of the file, or an attribute of the class around, by its own name; empty of anything else."""
        definitions, scope = self._raw.definitions, self._raw.scope(at)
        head, _, rest = written.partition(".")
        if head in self._receivers:
            while scope >= 0 and definitions[scope].kind not in ("class", "extension"):
                scope = definitions[scope].scope
            owner = definitions[scope].symbol if scope >= 0 else ""
            return ".".join(filter(None, (self._module, owner, rest))) if owner and rest else ""
        if scope >= 0 and definitions[scope].kind == "class" and (scope, written) in self._local:
            return ".".join(filter(None, (self._module, definitions[scope].symbol, written)))
        is_own = written in self._file_names and (scope, written) not in self._local
        return f"{self._module}.{written}" if is_own and self._module else ""

    def _value(self, written: str, at: int) -> str:
        """What a value stands for; a member of the own object by its own name, whatever a property of it gives."""
        is_own = written.partition(".")[0] in self._receivers
        return self._table(written, at) if is_own else self._qualified(written, at)

    def _qualified(self, written: str, at: int) -> str:
        """What a name stands for; empty where nothing is known of it. A variable of the file goes by its own name."""
        found = self._resolver.resolve_at(written, at)
        return found.qualified if found.known else self._own_name(written, at)

    def _mentions(self, chains: Sequence[_Chain], tables: set[str]) -> Iterator[Reference]:
        """Where a table of this file is read."""
        last = {name.rpartition(".")[2].encode("utf-8", "replace") for name in tables}
        for chain in chains if tables else ():
            start, end, parts = chain.start, chain.end, chain.parts
            if chain.is_call and self._raw.source[end : end + 1] != b"[":
                parts = parts[:-1]
            if parts and parts[-1].lstrip(b"#") in last and start not in self._names:
                table = self._table(_dotted(b".".join(parts)), start)
                made = self._reference(start, end, table) if table in tables else None
                if made is not None:
                    yield made


class _Extents:
    """Extents of a file with a number each, none of which overlaps another but by lying in it."""

    def __init__(self, extents: Iterable[tuple[int, int, int]]) -> None:
        self.extents: list[tuple[int, int, int]] = []
        until = 0
        for start, back, number in sorted([(start, -end, number) for start, end, number in extents]):
            if start >= until or not self.extents:
                until = -back
                self.extents.append((start, until, number))
        self._starts = [start for start, _, _ in self.extents]

    def around(self, offset: int) -> int:
        """The number of the outermost extent around an offset; -1 where there is none."""
        at = bisect_right(self._starts, offset) - 1
        return self.extents[at][2] if at >= 0 and offset < self.extents[at][1] else -1


def _dotted(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    return text.replace("?.", ".").replace("::", ".").replace(".#", ".")
