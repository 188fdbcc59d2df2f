"""The settings that a scanned repository keeps in `scanner.toml`, read from the revision that is scanned.

They are data: nothing in them runs. Whoever scans a repository that he does not trust may leave them out.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence

import msgspec

from scanner.commitdate import commit_date
from scanner.errors import SettingsError, UsageError
from scanner.places import printable
from scanner.reading import Reader
from scanner.repository import Entry, Repository, Unreadable
from scanner.rules import SUFFIXES, RuleSource
from scanner.settingsfile import NamedSurface, Override, RulePath, SettingsReader, Suppression, is_date
from scanner.settingspacket import SettingsNote
from scanner.tomlfile import MAX_BYTES, parse_toml
from scanner.yamlfile import MAX_BYTES as MAX_RULES
from scanner.yamlfile import Problem

NAME = "scanner.toml"
#: Files of the repository's own rules.
_MOST_RULE_FILES = 100
#: Before the last day of any attestation.
_BEFORE_ALL = "0000-00-00"
HINT = "nothing was scanned; mend the file, or leave the repository's settings out with --no-settings"


class Honour(msgspec.Struct, frozen=True):
    """How the settings of a repository are taken."""

    settings: bool = True
    #: The date to hold `until` against in a folder without commits, as `2026-12-31`; empty for none.
    as_of: str = ""
    #: Whether `until` is held against a date at all; a packet that is part of a commit has none.
    dated: bool = True

    @staticmethod
    def of(no_settings: bool, as_of: str | None = None, dated: bool = True) -> Honour:
        """What a user wrote on the command line.

        Raises:
            UsageError: when the date is none, or has nothing to be held against.
        """
        if as_of is not None and not is_date(as_of):
            raise UsageError(f"--as-of {printable(as_of)} is no day; write one such as 2026-12-31")
        if as_of is not None and no_settings:
            raise UsageError("--as-of says nothing with --no-settings; leave one of them out")
        if as_of is not None and not dated:
            raise UsageError("--as-of says nothing with --committed: a committed packet holds nothing against a date")
        return Honour(not no_settings, as_of or "", dated)


class Settings(msgspec.Struct, frozen=True):
    """All that a repository's settings say; by default there are none."""

    #: As in the packet.
    state: str = SettingsNote().state
    overrides: tuple[Override, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    #: Patterns of paths that are not read.
    exclude: tuple[str, ...] = ()
    #: The first that matches a path names its surface.
    surfaces: tuple[NamedSurface, ...] = ()
    #: Files of the repository's own rules, in order of path.
    rules: tuple[RuleSource, ...] = ()
    #: As in the packet.
    as_of: str = ""
    #: Path and digest of every file that this was read from.
    digests: tuple[tuple[str, str], ...] = ()
    #: Those that differ from the commit.
    changed: tuple[str, ...] = ()


#: Of a repository that keeps none.
NONE = Settings()


def read_settings(repository: Repository, honour: Honour) -> Settings:
    """Read what a repository keeps.

    Args:
        repository: at a work tree, in a folder or at a revision.
        honour: whether it counts.

    Raises:
        SettingsError: with every problem of the file.
        UsageError: when a date is given and the commit has one.
    """
    if honour.as_of and _commit_date(repository):
        raise UsageError("--as-of is for folders without commits; a commit has a date of its own, so leave it out")
    entry = next((entry for entry in repository.files if entry.path == NAME), None)
    if entry is None:
        return Settings(state="outside" if _is_outside(repository) else "none")
    if not honour.settings:
        return Settings(state="ignored")
    problems: list[Problem] = []
    with Reader(repository) as reader:
        found = _read(repository, reader, entry, problems)
    if problems:
        raise SettingsError((*map(str, sorted(set(problems))), f"{NAME}: {HINT}"))
    as_of = honour.as_of
    if not honour.dated:
        as_of = _BEFORE_ALL
    elif not as_of and any(each.until for each in found.overrides):
        as_of = _commit_date(repository)
    return msgspec.structs.replace(found, as_of=as_of)


def _commit_date(repository: Repository) -> str:
    store = repository.store
    return commit_date(store, repository.commit) if store is not None and repository.commit else ""


def _is_outside(repository: Repository) -> bool:
    """Whether there is such a file that is no part of the tree, which its author should know."""
    return repository.kind != "revision" and os.path.lexists(os.path.join(repository.root, NAME))


def _read(repository: Repository, reader: Reader, entry: Entry, problems: list[Problem]) -> Settings:
    data = reader.read(entry, MAX_BYTES)
    if isinstance(data, Unreadable):
        problems.append(Problem(NAME, 0, 0, f"cannot be read: {data.detail or data.reason}"))
        return NONE
    toml = parse_toml(data, NAME, problems)
    if toml is None:
        return NONE
    written = SettingsReader(toml, NAME, problems).read()
    files = _rule_files(repository, written.rules, problems)
    rules: list[RuleSource] = []
    read = [(entry, data)]
    for each, named in files:
        content = reader.read(each, MAX_RULES)
        if isinstance(content, Unreadable):
            problems.append(Problem(each.path, 0, 0, f"cannot be read: {content.detail or content.reason}"))
        else:
            read.append((each, content))
            rules.append(RuleSource(each.path, content, named))
    return Settings(
        state="honoured",
        overrides=written.overrides,
        suppressions=written.suppressions,
        exclude=written.exclude,
        surfaces=written.surfaces,
        rules=tuple(rules),
        digests=tuple((each.path, hashlib.sha256(content).hexdigest()) for each, content in read),
        changed=tuple(each.path for each, content in read if repository.changed(each, content)),
    )


def _rule_files(repository: Repository, paths: Sequence[RulePath], problems: list[Problem]) -> list[tuple[Entry, bool]]:
    """The rule files that are meant, each once, in order of path, and whether each is named itself."""
    found: dict[str, tuple[Entry, bool]] = {}
    for path in paths:
        some = list(_below(repository, path.path))
        if not some:
            message = f"no file or folder of rules in the scanned tree is called `{printable(path.path)}`"
            problems.append(Problem(NAME, path.line, path.column, f"{message}; write one that git tracks"))
        for entry in some:
            named = entry.path == path.path or (entry.path in found and found[entry.path][1])
            found[entry.path] = entry, named
    if len(found) > _MOST_RULE_FILES:
        message = f"`rules` means {len(found):,} files; write at most {_MOST_RULE_FILES}"
        problems.append(Problem(NAME, paths[0].line, paths[0].column, message))
        return []
    return [found[path] for path in sorted(found)]


def _below(repository: Repository, path: str) -> Iterator[Entry]:
    for entry in repository.files:
        if entry.path == path or (entry.path.startswith(f"{path}/") and entry.path.endswith(SUFFIXES)):
            yield entry
