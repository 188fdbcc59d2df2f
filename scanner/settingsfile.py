"""What `scanner.toml` says: from TOML to checked records, with every problem at its line and column."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

import msgspec

from scanner.escape import visible
from scanner.packs import Status
from scanner.patterns import PathPattern, bad_pattern, too_many
from scanner.secrets import mask
from scanner.suggestion import suggest
from scanner.tomlfile import Toml
from scanner.words import WordPattern, WordPatternError, parse
from scanner.yamlfile import Problem, printable

#: More of one thing is no list that somebody keeps by hand.
MOST = {"override": 200, "suppress": 1_000, "exclude": 200, "surfaces": 100, "rules": 50}
#: A longer reason tells less, and pages have an end.
LONGEST = 500

_TOP = tuple(MOST)
_OVERRIDE = {
    "requirement": "the id of a requirement",
    "status": "one of " + ", ".join(f'"{each}"' for each in get_args(Status)),
    "reason": "why, in a sentence",
    "by": "who says so",
}
_SUPPRESS = {"fingerprint": "the `id` of a touchpoint", "reason": "why, in a sentence"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_SURFACE = re.compile(r"[^\W_][\w -]{0,39}")


class Override(msgspec.Struct, frozen=True):
    """A status that somebody answers for."""

    requirement: str
    status: Status
    reason: str
    by: str
    #: The last day on which it counts; empty where it has no end.
    until: str
    #: Empty for any pack.
    pack: str
    line: int


class Suppression(msgspec.Struct, frozen=True):
    """A touchpoint that is none."""

    fingerprint: str
    reason: str
    line: int


class NamedSurface(msgspec.Struct, frozen=True):
    """Words of a part of a path, or a pattern of paths, and the surface that they name."""

    pattern: str
    surface: str
    matcher: WordPattern | PathPattern


class RulePath(msgspec.Struct, frozen=True):
    """A file or folder of the repository's own rules, and where that is written."""

    path: str
    line: int
    column: int


class Written(msgspec.Struct, frozen=True):
    """All that a file says, checked by itself."""

    overrides: tuple[Override, ...]
    suppressions: tuple[Suppression, ...]
    exclude: tuple[str, ...]
    surfaces: tuple[NamedSurface, ...]
    rules: tuple[RulePath, ...]


class SettingsReader:
    """Reads one file; what is wrong goes to `problems`."""

    def __init__(self, toml: Toml, shown: str, problems: list[Problem]) -> None:
        self._toml = toml
        self._shown = shown
        self._problems = problems

    def read(self) -> Written:
        """All that the file says; what has a problem is left out."""
        self._keys(self._toml.data, (), self._shown, _TOP)
        return Written(
            overrides=tuple(self._overrides()),
            suppressions=tuple(self._suppressions()),
            exclude=self._exclude(),
            surfaces=tuple(self._surfaces()),
            rules=tuple(self._rules()),
        )

    def _report(self, path: tuple[str | int, ...], message: str) -> None:
        line, column = self._toml.at(*path)
        self._problems.append(Problem(self._shown, line, column, mask(message)))

    def _keys(self, table: dict[str, Any], path: tuple[str | int, ...], owner: str, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self._report((*path, key), f"{owner} has no key `{printable(key)}`; {suggest(key, known)}")

    def _few(self, name: str, of: type[list[Any]] | type[dict[str, Any]], expected: str) -> Any:
        """The list or table under a key of the file, where it is one and not too long; else an empty one."""
        found: Any = self._toml.data.get(name, of())
        if not isinstance(found, of):
            self._report((name,), f"`{name}` is {_described(found)}; write {expected}")
            return of()
        if len(found) > MOST[name]:
            self._report((name,), f"`{name}` has {len(found):,} entries; write at most {MOST[name]:,}")
            return of()
        return found

    def _tables(
        self, name: str, required: dict[str, str], optional: tuple[str, ...]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Tables of one name with all that they must have."""
        for number, table in enumerate(self._few(name, list, f"`[[{name}]]`")):
            if not isinstance(table, dict):
                self._report((name, number), f"`{name}` holds {_described(table)}; write `[[{name}]]`")
                continue
            self._keys(table, (name, number), f"`[[{name}]]`", (*required, *optional))
            for key, expected in required.items():
                if key not in table:
                    self._report((name, number), f"`[[{name}]]` lacks `{key}`; write `{key} = ` and {expected}")
            yield number, table

    def _text(self, name: str, number: int, table: dict[str, Any], key: str, longest: int = 100) -> str:
        """Text on one line, without what cannot or must not be shown; empty where there is none, or a problem."""
        found = table.get(key)
        if found is None:
            return ""
        if not isinstance(found, str):
            self._report((name, number, key), f"`{key}` is {_described(found)}; write text in quotes")
            return ""
        text = mask(visible(found))
        if not text:
            self._report((name, number, key), f"`{key}` is empty; write {(_OVERRIDE | _SUPPRESS).get(key, 'text')}")
        if len(text) > longest:
            self._report((name, number, key), f"`{key}` has {len(text):,} characters; write at most {longest}")
            return ""
        return text

    def _overrides(self) -> Iterator[Override]:
        seen: dict[tuple[str, str], int] = {}
        for number, table in self._tables("override", _OVERRIDE, ("until", "pack")):
            before = len(self._problems)
            line, _ = self._toml.at("override", number)
            requirement = self._text("override", number, table, "requirement")
            pack = self._text("override", number, table, "pack")
            status = self._status(number, table)
            made = Override(
                requirement=requirement,
                status=status or "gap",
                reason=self._text("override", number, table, "reason", LONGEST),
                by=self._text("override", number, table, "by"),
                until=self._until(number, table),
                pack=pack,
                line=line,
            )
            if requirement and (first := seen.setdefault((requirement, pack), line)) != line:
                message = f"`{requirement}` is already overridden in line {first}; keep one of them"
                self._report(("override", number), message)
            if status and requirement and made.reason and made.by and len(self._problems) == before:
                yield made

    def _status(self, number: int, table: dict[str, Any]) -> Status | None:
        text = self._text("override", number, table, "status")
        for status in get_args(Status):
            if text == status:
                return status  # type: ignore[no-any-return]  # one of its words
        if text:
            near = suggest(text, get_args(Status))
            self._report(("override", number, "status"), f"`status` cannot be `{printable(text)}`; {near}")
        return None

    def _until(self, number: int, table: dict[str, Any]) -> str:
        found = table.get("until")
        if found is None:
            return ""
        if isinstance(found, datetime.date) and not isinstance(found, datetime.datetime):
            return found.isoformat()
        if isinstance(found, str) and is_date(found):
            return found
        written = f"`{printable(found)}`" if isinstance(found, str) else _described(found)
        self._report(("override", number, "until"), f"`until` is {written}; write a day, such as 2026-12-31")
        return ""

    def _suppressions(self) -> Iterator[Suppression]:
        seen: dict[str, int] = {}
        for number, table in self._tables("suppress", _SUPPRESS, ()):
            line, _ = self._toml.at("suppress", number)
            reason = self._text("suppress", number, table, "reason", LONGEST)
            fingerprint = self._text("suppress", number, table, "fingerprint")
            if fingerprint and not _FINGERPRINT.fullmatch(fingerprint):
                mend = "`scanner seams --format json` has them as `id`"
                message = f"`{printable(fingerprint)}` is no fingerprint; {mend}"
                self._report(("suppress", number, "fingerprint"), message)
            elif fingerprint and (first := seen.setdefault(fingerprint, line)) != line:
                message = f"`{fingerprint}` is already suppressed in line {first}; keep one of them"
                self._report(("suppress", number), message)
            elif fingerprint and reason:
                yield Suppression(fingerprint, reason, line)

    def _strings(self, name: str, objection: Callable[[str], str]) -> Iterator[tuple[int, str]]:
        """The texts of a list, with their numbers."""
        expected = 'a list of texts, `["…"]`'
        for number, found in enumerate(self._few(name, list, expected)):
            if not isinstance(found, str):
                self._report((name, number), f"`{name}` holds {_described(found)}; write text in quotes")
            elif why := objection(found):
                self._report((name, number), f"`{printable(found)}` {why}")
            else:
                yield number, found

    def _exclude(self) -> tuple[str, ...]:
        patterns = tuple(pattern for _, pattern in self._strings("exclude", _excluded))
        if too_many(patterns):
            self._report(("exclude",), "the patterns of `exclude` are too long together; write fewer, or folders")
            return ()
        return patterns

    def _surfaces(self) -> Iterator[NamedSurface]:
        expected = '`[surfaces]`, and in it `"words or a/path/" = "surface"`'
        for pattern, surface in self._few("surfaces", dict, expected).items():
            path = ("surfaces", pattern)
            if not isinstance(surface, str):
                self._report(path, f"the surface of `{printable(pattern)}` is {_described(surface)}; write its name")
            elif not _SURFACE.fullmatch(surface):
                message = f"`{printable(surface)}` is no name of a surface; write up to 40 letters, digits and spaces"
                self._report(path, message)
            elif "/" in pattern:
                if why := bad_pattern(pattern):
                    self._report(path, f"`{printable(pattern)}` {why}")
                else:
                    yield NamedSurface(pattern, surface, PathPattern(pattern))
            else:
                try:
                    yield NamedSurface(pattern, surface, parse(pattern))
                except WordPatternError as error:
                    self._report(path, f"`{printable(pattern)}` cannot be read: {error}; see docs/attestations.md")

    def _rules(self) -> Iterator[RulePath]:
        for number, path in self._strings("rules", _outside):
            yield RulePath(path.rstrip("/"), *self._toml.at("rules", number))


def is_date(text: str) -> bool:
    """Whether a text is a day, such as `2026-12-31`."""
    if not _DATE.fullmatch(text) or not text.isascii():
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _excluded(pattern: str) -> str:
    if pattern.startswith("!"):
        return "takes nothing back in; write what to leave out"
    return bad_pattern(pattern)


def _outside(path: str) -> str:
    parts = path.rstrip("/").split("/")
    if path.startswith("/") or not path or any(part in ("", ".", "..") for part in parts):
        return "is no path inside the repository; write a file or folder of it, such as `tools/rules.yaml`"
    return ""


def _described(found: Any) -> str:
    """What a value is, in TOML's words."""
    if isinstance(found, str):
        return f"text (`{printable(found)}`)"
    if isinstance(found, bool):
        return f"a boolean (`{str(found).lower()}`)"
    if isinstance(found, int | float):
        return "a number"
    if isinstance(found, list):
        return "a list"
    return "a table" if isinstance(found, dict) else "a date or a time"
