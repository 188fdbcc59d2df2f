"""Packets of an earlier tree that stand in for today's, where nothing changed since but where lines lie.

A gate asks whether anything got worse. Most edits cannot have made it so, and that is seen from the changed files
alone: if each says what it said before, its places moved (`shapes`), then so do the packets. Two sums are left out, of
bytes: an edit may carry a tree over the share of bytes lost, or not readable, from which on a look is partial.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import msgspec

from scanner.cache import decoded
from scanner.contents import Contents
from scanner.crew import Crew, workers_for
from scanner.engine import key
from scanner.installed import builtin_rules
from scanner.look import Task
from scanner.looked import Looked
from scanner.manifests import size_limit
from scanner.modules import Layout, manifest_names
from scanner.packed import unpack
from scanner.packet import Packet
from scanner.packs import Pack
from scanner.remembered import Answers
from scanner.repository import Entry, Repository
from scanner.rules import Rulebook
from scanner.scan import Scan, looked_at
from scanner.settings import Settings
from scanner.shapes import same_shape

#: When more files changed, a whole scan costs little more than looking at each.
_MOST_CHANGED = 20
#: So many trees are remembered of those with the same files: who tries something out goes back and forth.
_MOST_TREES = 4


class _Tree(msgspec.Struct, frozen=True, array_like=True):
    """A tree that was scanned: all that is needed to look at one of its files again."""

    #: Key of its packets.
    base: bytes
    #: Path and id of the content of every file.
    contents: dict[str, str]
    #: Paths of files that a setting excludes.
    left_out: frozenset[str]
    layout: Layout
    apart: frozenset[str]
    documents: frozenset[str]
    #: What second looks were told, by path.
    told: dict[str, dict[str, str]]


class Standins:
    """Stand-ins for the packets of one tree."""

    def __init__(
        self, repository: Repository, settings: Settings, rulebook: Rulebook, answers: Answers, contents: Contents
    ) -> None:
        self._repository = repository
        self._settings = settings
        self._rulebook = rulebook
        self._answers = answers
        self._contents = contents
        # The files must be the same but for what they hold; which commit they belong to is no matter.
        problems = (part for each in repository.problems for part in (each.path, each.reason, each.detail))
        self._key = key("tree", answers.how, repository.kind, *answers.contents, *problems) if answers.base else b""

    def keep(self, found: Scan) -> None:
        """Remember a tree that was scanned."""
        if not self._key:
            return
        read = {entry.path for entry in found.repository.files}
        tree = _Tree(
            base=self._answers.base,
            contents=self._answers.contents,
            left_out=frozenset(path for path in self._answers.contents if path not in read),
            layout=found.task.layout,
            apart=found.task.apart,
            documents=found.task.documents,
            told={path: dict(names) for path, names in found.told.items()},
        )
        known = key("tree of", tree.base)
        others = [each for each in self._known() if each != known]
        names = msgspec.msgpack.encode([known, *others[: _MOST_TREES - 1]])
        self._contents.cache.put({known: msgspec.msgpack.encode(tree), self._key: names})

    def recall(self, packs: Sequence[Pack]) -> tuple[Packet, ...]:
        """The packets of a tree that says the same, one a pack in their order; empty where none is known."""
        known = self._known()
        kept = self._contents.cache.get(known)
        found = [decoded(kept.get(each), _Tree) for each in known]
        trees = [tree for tree in found if tree is not None]
        for tree in sorted(trees, key=lambda tree: len(self._changed(tree))):
            if self._says_the_same(tree):
                self._answers.keep_standin(tree.base)
                return self._answers.recall(packs, tree.base)
        return ()

    def _known(self) -> list[bytes]:
        """Keys of the trees that are remembered, the last one first."""
        names = self._contents.cache.get([self._key]).get(self._key) if self._key else None
        return decoded(names, list[bytes]) or []

    def _changed(self, tree: _Tree) -> list[Entry]:
        now = self._answers.contents
        return [entry for entry in self._repository.files if tree.contents.get(entry.path) != now[entry.path]]

    def _says_the_same(self, tree: _Tree) -> bool:
        changed = self._changed(tree)
        own = {path for path, _ in self._settings.digests}
        manifests = manifest_names()
        if len(changed) > _MOST_CHANGED or any(_is_of_all(entry.path, own, manifests) for entry in changed):
            return False
        return self._looks_the_same(tree, looked_at([entry for entry in changed if entry.path not in tree.left_out]))

    def _looks_the_same(self, tree: _Tree, entries: Sequence[Entry]) -> bool:
        if not entries:
            return True
        task = Task(
            repository=msgspec.structs.replace(self._repository, files=()),
            rulebook=self._rulebook,
            vocabulary=builtin_rules() / "vocabulary.yaml",
            identifiers=builtin_rules() / "identifiers.yaml",
            layout=tree.layout,
            apart=tree.apart,
            documents=tree.documents,
        )
        before, now = Looked(task, self._contents, tree.contents), Looked(task, self._contents)
        looks = [(entry, names) for entry in entries for names in ({}, tree.told.get(entry.path)) if names is not None]
        same = True
        with Crew(task, workers_for(0)) as crew:
            for entry, names in looks:
                old, new = before.recall([(entry, names)]).get(entry.path), now.recall([(entry, names)]).get(entry.path)
                if new is None and old is not None:
                    (new,) = crew.look([([entry], names)])
                    now.keep(entry, names, new)
                same = old is not None and new is not None and same_shape(unpack(old), unpack(new))
                if not same:
                    break
        before.save()
        now.save()
        return same


def _is_of_all(path: str, own: Set[str], manifests: Set[str]) -> bool:
    """Whether a file says something of others: settings, and manifests."""
    return path in own or size_limit(path) > 0 or path.rpartition("/")[2] in manifests
