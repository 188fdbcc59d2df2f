"""From a path to a scan, and to packets: the calls that the command line is made of. What was kept is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from scanner.cache import NO_CACHE, Cache, users_cache
from scanner.contents import Contents
from scanner.errors import RuleError, SettingsError, UsageError, UserError
from scanner.installed import builtin_rules
from scanner.ownoutput import why_not_read, without_own
from scanner.packet import Packet
from scanner.packs import Pack, PackFile
from scanner.phrases import plural
from scanner.places import printable
from scanner.remembered import Answers, known_rules
from scanner.repository import Repository, open_repository
from scanner.rules import Rulebook
from scanner.settings import HINT, Honour, Settings, read_settings

if TYPE_CHECKING:
    from scanner.exhibits import Exhibits
    from scanner.explain import Explanation, Unread
    from scanner.named import Version
    from scanner.scan import Progress, Scan

_Found = TypeVar("_Found")

#: Settings of the scanned repository do not count.
UNHEEDED = Honour(settings=False)


def read_repository(
    path: Path,
    rev: str | None,
    rulebook: Rulebook,
    progress: Progress | None = None,
    honour: Honour = UNHEEDED,
) -> Scan:
    """Scan a repository with a loaded rulebook.

    Args:
        path: a work tree, a folder, or (with `rev`) any git repository.
        rev: the revision to read from the object store; None for the files on disk.
        rulebook: what to look for.
        progress: called with files done and files in all.
        honour: whether the settings count that the repository keeps.

    Raises:
        RepositoryError: when it cannot be read.
        SettingsError: when its settings cannot be used.
    """
    from scanner.scan import scan

    repository, settings, rulebook = _opened(path, rev, rulebook, honour)

    def read(cache: Cache) -> Scan:
        return scan(repository, rulebook, _vocabulary_path(), progress, settings, Contents(repository, cache))

    return _with_cache(read)


def _with_cache(work: Callable[[Cache], _Found]) -> _Found:
    """What some work yields with the user's cache, or without it, where that leads astray.

    Entries are what they were when they were kept, but one that somebody else made, as in a cache that CI restored, may
    say what no file does.
    """
    cache = users_cache()
    if cache.is_on:
        try:
            return work(cache)
        except UserError:
            raise
        except Exception:  # noqa: BLE001, S110  # it comes again below, unless it came of the cache
            pass
    return work(NO_CACHE)


def _opened(path: Path, rev: str | None, rulebook: Rulebook, honour: Honour) -> tuple[Repository, Settings, Rulebook]:
    """A repository without what scanner wrote, its settings, and the rulebook with its own rules."""
    repository = without_own(open_repository(path, rev))
    settings = read_settings(repository, honour)
    return repository, settings, _with_own_rules(rulebook, settings)


def _with_own_rules(rulebook: Rulebook, settings: Settings) -> Rulebook:
    """The rulebook with the rules that the repository keeps.

    Raises:
        SettingsError: with every problem of theirs.
    """
    if not settings.rules:
        return rulebook
    from scanner.rulebook import extended

    try:
        return extended(rulebook, settings.rules)
    except RuleError as error:
        raise SettingsError((*error.problems, f"{settings.digests[0][0]}: {HINT}")) from None


def explain_place(
    place: str,
    kind: str,
    path: Path,
    rev: str | None,
    rulebook: Rulebook,
    progress: Progress | None = None,
    honour: Honour = UNHEEDED,
) -> Explanation | Unread:
    """What the rules said of one line of a repository.

    Args:
        place: a file of the repository and a line, `src/agent.py:120`.
        kind: rules of this kind alone; empty for all.
        path: the repository, as for `read_repository`.
        rev: the revision, as for `read_repository`.
        rulebook: what to look for.
        progress: called with files done and files in all.
        honour: as for `read_repository`; what is suppressed is explained like everything else.

    Raises:
        UsageError: when there is no such line, or no such kind.
        RepositoryError: when the repository cannot be read.
        SettingsError: when its settings cannot be used.
    """
    from scanner.explain import Unread
    from scanner.explaining import explain_line
    from scanner.kinds import KINDS
    from scanner.scan import scan
    from scanner.setaside import left_out
    from scanner.suggestion import suggest
    from scanner.whereabouts import locate, split_place

    file, line = split_place(place)
    if kind and kind not in KINDS:
        near = suggest(kind, KINDS, "see `scanner rules list --kinds`")
        raise UsageError(f"no kind of seam is called `{printable(kind)}`; {near}")
    repository = open_repository(path, rev)
    settings = msgspec.structs.replace(read_settings(repository, honour), suppressions=())
    name, why = locate(repository, file)
    if why or (why := left_out(name, settings) or why_not_read(repository, name)):
        return Unread(name, line, why)
    rulebook = _with_own_rules(rulebook, settings)
    own = without_own(repository)

    def explain(cache: Cache) -> Explanation | Unread | int:
        seen = scan(own, rulebook, _vocabulary_path(), progress, settings, Contents(own, cache))
        return explain_line(seen, name, line, kind)

    found = _with_cache(explain)
    if isinstance(found, int):
        raise UsageError(f"{name} has {plural(found, 'line')}; there is no line {line}")
    return found


def load_rules(given: Sequence[str]) -> tuple[tuple[PackFile, ...], Rulebook]:
    """The packs and the rulebook that `--rules` values name.

    Args:
        given: names of packs, `all` for every built-in one, paths of pack files, and paths of files of the user's own
            rules.

    Returns:
        The packs in the order in which they were named, each once, and the built-in rules with the user's own.

    Raises:
        UsageError: when a name is unknown, or two packs have the same `id`.
        RuleError: with every problem of every file.
    """

    def load() -> tuple[tuple[PackFile, ...], Rulebook]:
        from scanner.named import load_named

        return load_named(given)

    return known_rules(given, load, users_cache())


def load_packs(given: Sequence[str]) -> tuple[tuple[PackFile, ...], Rulebook]:
    """The packs and the rulebook that `--rules` values name, for a command that judges; otherwise as `load_rules`.

    Raises:
        UsageError: when no value names a pack, too.
    """
    packs, rulebook = load_rules(given)
    if not packs:
        raise UsageError("--rules names no pack; write `--rules tensorzero` beside your own rules")
    return packs, rulebook


def read_version(path: Path, rev: str | None, version: Version, progress: Progress | None = None) -> Scan:
    """Scan a repository with one version of the rules; otherwise as `read_repository`."""
    from scanner.scan import scan

    return scan(without_own(open_repository(path, rev)), version.rulebook, version.vocabulary, progress)


def packets_at(
    path: Path,
    rev: str | None,
    packs: Sequence[Pack],
    rulebook: Rulebook,
    progress: Progress | None = None,
    honour: Honour = UNHEEDED,
) -> tuple[Packet, ...]:
    """The packets of a repository, one a pack in their order.

    Args:
        path: as for `read_repository`.
        rev: likewise.
        packs: the questions.
        rulebook: likewise, and what follows.
        progress: likewise.
        honour: likewise.

    Raises:
        RepositoryError: when the repository cannot be read.
        SettingsError: when its settings cannot be used.
        RuleError: when a template of a pack cannot be filled.
    """
    return _packets(path, rev, packs, rulebook, progress, honour, standins=False)[0]


def shown_at(
    path: Path,
    rev: str | None,
    packs: Sequence[Pack],
    rulebook: Rulebook,
    progress: Progress | None = None,
    honour: Honour = UNHEEDED,
) -> tuple[tuple[Packet, Exhibits], ...]:
    """The packets with what the page for a design review shows beside each; otherwise as `packets_at`."""
    repository, settings, rulebook = _opened(path, rev, rulebook, honour)

    def show(cache: Cache) -> tuple[tuple[Packet, Exhibits], ...]:
        contents = Contents(repository, cache)
        answers = Answers(repository, settings, honour, rulebook, contents)
        if found := answers.recall_shown(packs):
            return found
        from scanner.making import make_shown
        from scanner.scan import scan

        seen = scan(repository, rulebook, _vocabulary_path(), progress, settings, contents)
        found = make_shown(seen, packs)
        answers.keep_shown(packs, found)
        return found

    return _with_cache(show)


def packets_to_judge(
    path: Path,
    rev: str | None,
    packs: Sequence[Pack],
    rulebook: Rulebook,
    progress: Progress | None = None,
    honour: Honour = UNHEEDED,
) -> tuple[tuple[Packet, ...], bool]:
    """Packets that say what those of a repository say, but for the lines of its files; otherwise as `packets_at`.

    Returns:
        The packets, and whether they are the repository's own: else they are those of a tree that differs in nothing
        but where lines lie, which costs far less to tell.
    """
    return _packets(path, rev, packs, rulebook, progress, honour, standins=True)


def _packets(
    path: Path,
    rev: str | None,
    packs: Sequence[Pack],
    rulebook: Rulebook,
    progress: Progress | None,
    honour: Honour,
    standins: bool,
) -> tuple[tuple[Packet, ...], bool]:
    repository, settings, rulebook = _opened(path, rev, rulebook, honour)

    def judge(cache: Cache) -> tuple[tuple[Packet, ...], bool]:
        return _judged(repository, settings, packs, rulebook, progress, honour, standins, Contents(repository, cache))

    return _with_cache(judge)


def _judged(
    repository: Repository,
    settings: Settings,
    packs: Sequence[Pack],
    rulebook: Rulebook,
    progress: Progress | None,
    honour: Honour,
    standins: bool,
    contents: Contents,
) -> tuple[tuple[Packet, ...], bool]:
    answers = Answers(repository, settings, honour, rulebook, contents)
    if found := answers.recall(packs):
        return found, True
    if standins and (found := answers.recall_standin(packs)):
        return found, False
    from scanner.standin import Standins

    trees = Standins(repository, settings, rulebook, answers, contents)
    if standins and (found := trees.recall(packs)):
        return found, False
    from scanner.making import make_packets
    from scanner.scan import scan

    seen = scan(repository, rulebook, _vocabulary_path(), progress, settings, contents)
    found = make_packets(seen, packs)
    answers.keep(packs, found)
    trees.keep(seen)
    return found, True


def _vocabulary_path() -> Path:
    return builtin_rules() / "vocabulary.yaml"
