"""From a file's bytes to its facts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import PurePosixPath

import msgspec

from scanner.facts import (
    Assignment,
    Call,
    Control,
    ControlKind,
    Definition,
    FileFacts,
    Import,
    Key,
    KeyKind,
    Match,
    ParseReport,
    Prose,
    String,
)
from scanner.languages import CodeTraits, Language, Prepared
from scanner.languages.bindings import ALONE, Surroundings
from scanner.languages.outline import outline
from scanner.languages.parts import in_parts
from scanner.languages.raw import Outline, RawName
from scanner.languages.references import references
from scanner.languages.resolve import Resolver
from scanner.languages.spelling import literal
from scanner.languages.treequeries import Asked
from scanner.words import split

_START = attrgetter("start")
#: Every key repeats the path of the keys around it, so that one long name would fill the memory.
_LONGEST_PATH = 2_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One file, read: its facts, and what its names stand for in other files."""

    facts: FileFacts
    #: Dotted names of this file mapped to what they stand for (see `Resolver.exports`).
    exports: Mapping[str, str]
    #: Calls of what is only known at run time (`getattr(x, name)()`), as lines.
    dynamic: tuple[int, ...] = ()


def read(
    language: Language, path: str, source: bytes, around: Surroundings = ALONE, asked: tuple[Asked, ...] = ()
) -> Reading:
    """Read one file.

    Args:
        language: how to read it.
        path: relative to the scanned root.
        source: the whole file, in UTF-8 (see `guard.as_utf8`).
        around: what is known of the repository around it.
        asked: patterns and queries of rules for this language.
    """
    if language.reader is not None:
        return Reading(language.reader(path, source), {})
    if language.returns_end_lines:
        source = source.replace(b"\r", b"\n")
    written = source
    prepared = prepare(language, source)
    source = prepared.source
    if prepared.failure:
        report = ParseReport(failure=prepared.failure)
        return Reading(FileFacts(path, language.name, around.module, b"", report=report), {})
    raw = outline(language, source, asked)
    if source is not written and len(source) == len(written):  # the same places: people are shown what was written
        raw.show(written)
    if language.traits is None:
        reading = Reading(_config_facts(language, path, raw), {})
    else:
        is_package = PurePosixPath(path).stem in language.traits.package_stems
        resolver = Resolver(raw, language.traits, is_package, around)
        reading = _code_facts(language, language.traits, path, around, raw, resolver)
    facts = language.finish(reading.facts) if language.finish is not None else reading.facts
    if raw.found:
        facts = msgspec.structs.replace(facts, matches=_matches(raw))
    if prepared.parts:
        facts = in_parts(facts, prepared.parts)
    return reading if facts is reading.facts else replace(reading, facts=facts)


def prepare(language: Language, source: bytes) -> Prepared:
    """What of a file the parser of its language reads."""
    prepared = language.prepare(source) if language.prepare is not None else source
    return prepared if isinstance(prepared, Prepared) else Prepared(prepared)


def _report(raw: Outline) -> ParseReport:
    return ParseReport(raw.lost, raw.error_line)


def _code_facts(
    language: Language, traits: CodeTraits, path: str, around: Surroundings, raw: Outline, resolver: Resolver
) -> Reading:
    calls = _calls(raw, resolver)
    parameters: dict[int, list[str]] = {}
    for key in raw.keys:
        if key.kind == "parameter" and (scope := key.scope) >= 0:
            # Those of nameless functions in its body are not its own; without a body, all are.
            owner = raw.definitions[scope]
            if key.start <= owner.body or owner.body == owner.name_start:
                parameters.setdefault(scope, []).append(key.name)
    keys = _keys(traits, raw)
    keys += _environment_keys(traits, raw, resolver, calls)
    closures, named = references(raw, resolver, around.module, traits.receivers, around.roots)
    facts = FileFacts(
        path=path,
        language=language.name,
        module=around.module,
        source=raw.source,
        definitions=tuple(
            _definition(raw, resolver, index, tuple(parameters.get(index, ()))) for index in range(len(raw.definitions))
        ),
        calls=tuple(sorted(calls, key=_START)),
        keys=tuple(sorted(keys, key=_START)),
        assignments=tuple(_assignments(raw)),
        strings=tuple(_strings(raw)),
        imports=tuple(
            Import(start, end, *raw.place(start, start, end), name.qualified, name.alias)
            for name, start, end in resolver.imports
        ),
        controls=tuple(_controls(raw)),
        closures=closures,
        references=named,
        tests=tuple(raw.tests),
        prose=tuple([Prose(start, end, *raw.place(start, start, end)) for start, end in raw.prose]),
        report=_report(raw),
    )
    dynamic = tuple(raw.line(call.anchor) for call in raw.calls if call.name.startswith("getattr()"))
    return Reading(facts, resolver.exports(), dynamic)


def _matches(raw: Outline) -> tuple[Match, ...]:
    return tuple(
        Match(start, end, *raw.place(start, start, max(end, start + 1)), asked.text)
        for asked, start, end in sorted(set(raw.found), key=lambda item: (item[1], -item[2], item[0].text))
    )


def _controls(raw: Outline) -> Iterator[Control]:
    for item in sorted(raw.controls, key=lambda control: (control.start, -control.end)):
        start, end = item.start, item.end
        kind: ControlKind = item.kind  # type: ignore[assignment]  # capture names of the queries are the kinds
        yield Control(start, end, *raw.place(start, start, end), kind, item.body, *item.guarded)


# The loops over calls, keys, assignments and strings run for most of a file's facts, so each finds lines by itself.


def _calls(raw: Outline, resolver: Resolver) -> list[Call]:
    newlines, resolve_in = raw.newlines, resolver.resolve_in
    found: list[Call] = []
    for call in raw.calls:
        start, end, name, scope = call.start, call.end, call.name, call.scope
        meaning = resolve_in(name, start, scope)
        line, last = bisect_left(newlines, call.anchor) + 1, bisect_left(newlines, end - 1) + 1
        found.append(Call(start, end, line, last, scope, name, meaning.qualified, meaning.known, call.value[0]))
    return found


def _keys(traits: CodeTraits, raw: Outline) -> list[Key]:
    newlines, brief = raw.newlines, raw.brief
    called = {call.anchor for call in raw.calls}
    found: list[Key] = []
    for key in raw.keys:
        written, anchor, end = key.kind, key.anchor, key.end
        if written == "attribute" and anchor in called:
            continue
        kind: KeyKind = written  # type: ignore[assignment]  # capture names of the queries are the kinds
        name = key.name
        if 0 < len(name) <= 200:
            name = _named_variable(traits, name) if kind == "environment" else name
            line, last = bisect_left(newlines, anchor) + 1, bisect_left(newlines, end - 1) + 1
            value = brief(key.value) if key.value[1] else ""
            found.append(Key(key.start, end, line, last, key.scope, kind, name, name, value))
    return found


def _assignments(raw: Outline) -> list[Assignment]:
    newlines, brief = raw.newlines, raw.brief
    return [
        Assignment(
            item.start,
            item.end,
            bisect_left(newlines, item.anchor) + 1,
            bisect_left(newlines, item.end - 1) + 1,
            item.scope,
            item.name,
            brief(item.value) if item.value[1] else "",
        )
        for item in raw.variables
    ]


def _strings(raw: Outline) -> list[String]:
    newlines = raw.newlines
    return [
        String(
            item.start,
            item.end,
            bisect_left(newlines, item.start) + 1,
            bisect_left(newlines, item.end - 1) + 1,
            item.scope,
            item.name,
        )
        for item in raw.strings
    ]


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
        bases=tuple(resolver.resolve(name, item.scope).qualified for name in (*item.bases, *item.added)),
        keyed=item.keyed,
    )


def _environment_keys(traits: CodeTraits, raw: Outline, resolver: Resolver, calls: list[Call]) -> list[Key]:
    """Environment variables: named in a read of the environment, or in SCREAMING_CASE in a call that says `env`."""

    def reads(receiver: str, at: RawName) -> bool:
        return resolver.resolve(receiver, at.scope).qualified in traits.environment

    first_string = {string.start: string for string in raw.strings}
    found: list[Key] = []
    for call in calls:
        known = call.qualified in traits.environment
        if not known and not _says_env(call.target.rpartition(".")[2]):
            continue
        at = call.arguments + 1
        while at < call.end and raw.source[at : at + 1].isspace():
            at += 1
        string = first_string.get(at)
        if string is not None and string.name and (known or _is_variable(string.name)):
            found.append(_environment_key(raw, string))
    for key in raw.keys:
        kind, name = key.kind, key.name
        if kind == "attribute" and name.isupper():
            name_start = key.end - len(name)
        elif kind == "subscript" and _is_variable(name):
            name_start = key.anchor
        else:
            continue
        receiver = raw.text(key.start, name_start).rstrip(".?![ \n\t")
        if not receiver.endswith("(") and reads(receiver, key):
            found.append(_environment_key(raw, key))
    found += [
        _environment_key(raw, variable, variable.member)
        for variable in raw.variables
        if variable.member.isupper() and reads(raw.text(*variable.value), variable)
    ]
    return found


def _says_env(name: str) -> bool:
    """Whether `env` is a word of a name; most have not even its letters."""
    return "env" in name.lower() and "env" in split(name)


def _named_variable(traits: CodeTraits, text: str) -> str:
    """The name of an environment variable, where more than that was captured."""
    match = traits.variable.search(text) if traits.variable is not None else None
    return match.group(1) if match is not None else text


def _is_variable(name: str) -> bool:
    return name.isupper() and "_" in name and name.replace("_", "").isalnum()


def _environment_key(raw: Outline, named: RawName, name: str = "") -> Key:
    line, name = raw.line(named.anchor), name or named.name
    return Key(named.start, named.end, line, line, named.scope, "environment", name, name)


def _config_facts(language: Language, path: str, raw: Outline) -> FileFacts:
    """Keys of a configuration file, each with its dotted path through the mappings around it."""
    keys: list[Key] = []
    open_keys: list[tuple[int, str]] = []
    for item in sorted(raw.keys, key=lambda key: (key.start, -key.end)):
        name = literal(item.name)
        while open_keys and open_keys[-1][0] <= item.start:
            open_keys.pop()
        parent = open_keys[-1][1] if open_keys else ""
        dotted_path = (f"{parent}.{name}" if parent else name)[:_LONGEST_PATH]
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
        strings=tuple(_strings(raw)),
        prose=tuple([Prose(start, end, *raw.place(start, start, end)) for start, end in raw.prose]),
        report=_report(raw),
    )
