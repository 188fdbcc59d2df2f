"""From a file's bytes to its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from scanner.facts import (
    Assignment,
    Call,
    Definition,
    FileFacts,
    Import,
    Key,
    KeyKind,
    ParseReport,
    Prose,
    String,
)
from scanner.languages import CodeTraits, Language
from scanner.languages.outline import Outline, RawName, literal, outline
from scanner.languages.resolve import Resolver
from scanner.words import split


@dataclass(frozen=True, slots=True)
class Reading:
    """One file, read: its facts, and what its names stand for in other files."""

    facts: FileFacts
    #: Dotted names of this file mapped to what they stand for (see `Resolver.exports`).
    exports: Mapping[str, str]
    #: Calls of what is only known at run time (`getattr(x, name)()`), as lines.
    dynamic: tuple[int, ...] = ()


def read(language: Language, path: str, source: bytes, module: str, external: Mapping[str, str]) -> Reading:
    """Read one file.

    Args:
        language: how to read it.
        path: relative to the scanned root.
        source: the whole file, in UTF-8 (see `guard.as_utf8`).
        module: the dotted name by which other files import it; empty where it has none.
        external: what names of other files stand for.
    """
    if language.reader is not None:
        return Reading(language.reader(path, source), {})
    raw = outline(language, source)
    if language.traits is None:
        return Reading(_config_facts(language, path, raw), {})
    is_package = PurePosixPath(path).stem in language.traits.package_stems
    resolver = Resolver(raw, language.traits, module, is_package, external)
    return _code_facts(language, language.traits, path, module, raw, resolver)


def _report(raw: Outline) -> ParseReport:
    return ParseReport(raw.lost, raw.error_line)


def _code_facts(
    language: Language, traits: CodeTraits, path: str, module: str, raw: Outline, resolver: Resolver
) -> Reading:
    calls = [_call(raw, resolver, call) for call in raw.calls]
    parameters: dict[int, list[str]] = {}
    for key in raw.keys:
        if key.kind == "parameter":
            parameters.setdefault(raw.scope(key.start), []).append(key.name)
    called = {call.anchor for call in raw.calls}
    keys = [
        _key(raw, key)
        for key in raw.keys
        if key.name and not (key.kind == "attribute" and key.anchor in called) and len(key.name) <= 200
    ]
    keys += _environment_keys(traits, raw, resolver, calls)
    facts = FileFacts(
        path=path,
        language=language.name,
        module=module,
        source=raw.source,
        definitions=tuple(
            _definition(raw, resolver, index, tuple(parameters.get(index, ()))) for index in range(len(raw.definitions))
        ),
        calls=tuple(sorted(calls, key=lambda call: call.start)),
        keys=tuple(sorted(keys, key=lambda key: key.start)),
        assignments=tuple(
            Assignment(
                v.start,
                v.end,
                raw.line(v.anchor),
                raw.line(v.end - 1),
                raw.scope(v.start),
                v.name,
                raw.brief(v.value),
            )
            for v in raw.variables
        ),
        strings=tuple(
            String(s.start, s.end, raw.line(s.start), raw.line(s.end - 1), raw.scope(s.start), s.name)
            for s in raw.strings
        ),
        imports=tuple(
            Import(start, end, raw.line(start), raw.line(end - 1), raw.scope(start), name.qualified, name.alias)
            for name, start, end in resolver.imports
        ),
        prose=tuple(Prose(s, e, raw.line(s), raw.line(e - 1), raw.scope(s)) for s, e in raw.prose),
        report=_report(raw),
    )
    dynamic = tuple(raw.line(call.anchor) for call in raw.calls if call.name.startswith("getattr()"))
    return Reading(facts, resolver.exports(), dynamic)


def _call(raw: Outline, resolver: Resolver, call: RawName) -> Call:
    scope = raw.scope(call.start)
    resolution = resolver.resolve_at(call.name, call.start)
    return Call(
        call.start,
        call.end,
        raw.line(call.anchor),
        raw.line(call.end - 1),
        scope,
        call.name,
        resolution.qualified,
        resolution.known,
        call.value[0],
    )


def _key(raw: Outline, key: RawName) -> Key:
    kind: KeyKind = key.kind  # type: ignore[assignment]  # capture names of the queries are the kinds
    line, last = raw.line(key.anchor), raw.line(key.end - 1)
    return Key(key.start, key.end, line, last, raw.scope(key.start), kind, key.name, key.name, raw.brief(key.value))


def _definition(raw: Outline, resolver: Resolver, index: int, parameters: tuple[str, ...]) -> Definition:
    item = raw.definitions[index]
    return Definition(
        start=item.start,
        end=item.end,
        line=raw.line(item.name_start),
        end_line=raw.line(item.end - 1),
        scope=item.scope,
        kind=item.kind,  # type: ignore[arg-type]  # capture names of the queries are the kinds
        name=item.name,
        symbol=item.symbol,
        body=item.body,
        parameters=parameters,
        decorators=tuple(resolver.resolve(name, item.scope).qualified for name in item.decorators),
        bases=tuple(resolver.resolve(name, item.scope).qualified for name in item.bases),
    )


def _environment_keys(traits: CodeTraits, raw: Outline, resolver: Resolver, calls: list[Call]) -> list[Key]:
    """Environment variables: named in a read of the environment, or in SCREAMING_CASE in a call that says `env`."""
    first_string = {string.start: string for string in raw.strings}
    found: list[Key] = []
    for call in calls:
        reads = call.qualified in traits.environment
        if not reads and "env" not in split(call.target.rpartition(".")[2]):
            continue
        at = call.arguments + 1
        while at < call.end and raw.source[at : at + 1].isspace():
            at += 1
        string = first_string.get(at)
        if string is not None and string.name and (reads or _is_variable(string.name)):
            found.append(_environment_key(raw, string))
    for key in raw.keys:
        if key.kind == "subscript" and _is_variable(key.name):
            receiver = raw.text(key.start, key.anchor).rstrip("[").strip()
            if resolver.resolve(receiver, raw.scope(key.start)).qualified in traits.environment:
                found.append(_environment_key(raw, key))
    return found


def _is_variable(name: str) -> bool:
    return name.isupper() and "_" in name and name.replace("_", "").isalnum()


def _environment_key(raw: Outline, named: RawName) -> Key:
    line = raw.line(named.anchor)
    return Key(named.start, named.end, line, line, raw.scope(named.start), "environment", named.name, named.name)


def _config_facts(language: Language, path: str, raw: Outline) -> FileFacts:
    """Keys of a configuration file, each with its dotted path through the mappings around it."""
    keys: list[Key] = []
    open_keys: list[tuple[int, str]] = []
    for item in sorted(raw.keys, key=lambda key: (key.start, -key.end)):
        name = literal(item.name)
        while open_keys and open_keys[-1][0] <= item.start:
            open_keys.pop()
        parent = open_keys[-1][1] if open_keys else ""
        dotted_path = f"{parent}.{name}" if parent else name
        open_keys.append((item.end, dotted_path))
        start_line, end_line = raw.line(item.anchor), raw.line(max(item.end - 1, item.start))
        if len(name) <= 200:
            last = name.rpartition(".")[2] if item.kind == "path" else name
            keys.append(
                Key(item.start, item.end, start_line, end_line, -1, "mapping", last, dotted_path, raw.brief(item.value))
            )
    return FileFacts(
        path=path,
        language=language.name,
        module="",
        source=raw.source,
        keys=tuple(keys),
        strings=tuple(String(s.start, s.end, raw.line(s.start), raw.line(s.end - 1), -1, s.name) for s in raw.strings),
        prose=tuple(Prose(s, e, raw.line(s), raw.line(e - 1), -1) for s, e in raw.prose),
        report=_report(raw),
    )
