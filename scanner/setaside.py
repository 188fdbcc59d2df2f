"""What the settings of a repository take out of a scan: files, touchpoints; and which surfaces they name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set

import msgspec

from scanner.patterns import PathPattern, last_match
from scanner.phrases import plural
from scanner.repository import Repository
from scanner.settings import Settings
from scanner.settingspacket import ExcludeNote, SuppressionNote
from scanner.touchpoints import Touchpoint
from scanner.vocabulary import Vocabulary
from scanner.words import split


def left_out(path: str, settings: Settings) -> str:
    """Why a file is not read, as far as the settings go; empty for one that is."""
    if any(path == own for own, _ in settings.digests):
        return "it is read as the repository's own settings or rules"
    at = last_match(settings.exclude, path) if settings.exclude else -1
    return f"`{settings.exclude[at]}` of scanner.toml excludes it" if at >= 0 else ""


def set_aside(tree: Repository, settings: Settings) -> tuple[Repository, tuple[str, ...], tuple[ExcludeNote, ...]]:
    """A tree without what the settings exclude, and without the files that they are read from.

    Returns:
        The tree, the paths that are excluded, and how many each pattern excludes.
    """
    if not settings.digests:
        return tree, (), ()
    own = {path for path, _ in settings.digests}
    files = [entry for entry in tree.files if entry.path not in own]
    excluded: dict[str, int] = {}
    if settings.exclude:
        found = ((entry.path, last_match(settings.exclude, entry.path)) for entry in files)
        excluded = {path: at for path, at in found if at >= 0}
    counts = Counter(excluded.values())
    notes = tuple(ExcludeNote(pattern, counts[at]) for at, pattern in enumerate(settings.exclude))
    kept = tuple(entry for entry in files if entry.path not in excluded)
    return msgspec.structs.replace(tree, files=kept), tuple(excluded), notes


def without_suppressed(
    found: Sequence[Touchpoint], settings: Settings
) -> tuple[tuple[Touchpoint, ...], tuple[SuppressionNote, ...]]:
    """Touchpoints without those that are suppressed; what is a use of a suppressed one leaves with it."""
    by_id = {item.id: item for item in found}
    wanted = {each.fingerprint for each in settings.suppressions}
    taken: dict[str, str] = {}
    for item in found:
        cause = item.id if item.id in wanted else item.seam
        if cause in wanted:
            taken[item.id] = cause
    counts = Counter(taken.values())
    notes = []
    for each in settings.suppressions:
        note = SuppressionNote(each.fingerprint, each.reason, each.line, counts[each.fingerprint])
        if place := by_id.get(each.fingerprint):
            note = msgspec.structs.replace(note, kind=place.kind, path=place.path, line=place.line)
        notes.append(note)
    return tuple(item for item in found if item.id not in taken), tuple(notes)


class Surfaces:
    """The surfaces of paths: those that the settings name, then those of the vocabulary."""

    def __init__(self, settings: Settings, words: Vocabulary) -> None:
        self._named = settings.surfaces
        self._words = words
        self._known: dict[str, str] = {}
        #: Surfaces beside the running agent.
        self.aside: Set[str] = words.aside

    def of(self, path: str) -> str:
        """The surface of a file."""
        if not self._named:
            return self._words.surface(path)
        if path not in self._known:
            self._known[path] = self._find(path)
        return self._known[path]

    def _find(self, path: str) -> str:
        *folders, name = path.split("/")
        parts = [split(part) for part in (*folders, name.rpartition(".")[0] or name)]
        for each in self._named:
            if isinstance(each.matcher, PathPattern):
                if each.matcher.matches(path):
                    return each.surface
            elif any(each.matcher.matches(part) for part in parts):
                return each.surface
        return self._words.surface(path)


def suppressed_words(notes: Sequence[SuppressionNote]) -> str:
    """How many touchpoints are suppressed, for a listing; empty where nothing is said of any."""
    count = sum(each.touchpoints for each in notes)
    stale = sum(not each.touchpoints for each in notes)
    if not notes:
        return ""
    idle = f"; {plural(stale, 'suppression')} of it {'matches' if stale == 1 else 'match'} nothing" if stale else ""
    return f"{count} suppressed by scanner.toml{idle}"
