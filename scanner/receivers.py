"""Objects told apart by what they are called: a `tool.execute` is of some tool, a `client.stream` of some client."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import PurePosixPath

from scanner.languages.bindings import bare
from scanner.sites import SiteNode
from scanner.words import split

_NAME = re.compile(r"[A-Za-z_$][\w$]*")
#: A name that more functions have says nothing of which of them is meant.
MOST_CANDIDATES = 6
#: Folders in which trees of many packages keep them.
_WORKSPACES = frozenset("packages apps crates libs modules plugins services extensions components projects".split())
#: Receivers that tell nothing of what they are.
_NO_RECEIVERS = frozenset(
    "self this cls it item entry obj object value x e ctx context option opt dep dependency".split()
)
#: Last words of classes that tell how they are written, and not what their objects are.
_NO_NOUNS = frozenset("base impl implementation protocol interface trait abstract mixin like".split())
#: What programmers write for what a class is called in full.
_IN_FULL = {"conn": "connection", "mgr": "manager", "svc": "service", "repo": "repository", "exec": "executor"}


class Receivers:
    """The names of the objects that functions belong to."""

    def __init__(self, nodes: Mapping[int, SiteNode], paths: Mapping[int, str]) -> None:
        """Prepare.

        Args:
            nodes: by number.
            paths: of the file of each.
        """
        self._nodes = nodes
        self._paths = paths
        self._spoken: dict[int, frozenset[str]] = {}
        self._called: dict[int, frozenset[str]] = {}
        #: Function → words of the class whose object is made with it.
        self._made_of: dict[int, set[str]] = {}

    def note_class(self, number: int, name: str) -> None:
        """Note that an object of a class is made with a function."""
        self._made_of.setdefault(number, set()).update(map(_singular, split(name)))

    def of_class_like(self, found: Iterable[int], receiver: str) -> list[int]:
        """Those methods whose class is called by the last word of a receiver's name."""
        word = _last_word(receiver)
        owners = {number: self._nodes[number].symbol.rpartition(".")[0] for number in found} if word else {}
        return [number for number, owner in owners.items() if word in map(_singular, split(owner))]

    def of_such(self, found: Iterable[int], receiver: str) -> list[int]:
        """Those of them whose objects are what that word says: an `ApiClient` is a client, a `ClientConfig` is none."""
        word = _last_word(receiver)
        return [number for number in found if word and self._is(self._nodes[number].symbol.rpartition(".")[0]) == word]

    def _is(self, owner: str) -> str:
        """What the objects of a class are."""
        words = [_singular(word) for word in split(owner.rpartition(".")[2])]
        while len(words) > 1 and words[-1] in _NO_NOUNS:
            words.pop()
        return words[-1] if words else ""

    def spoken_of(self, found: Sequence[int], receiver: str) -> list[int]:
        """Those whose object is called by the last word of a receiver's name, and by most of its other words."""
        words = [word for part in _NAME.findall(receiver) for word in map(_singular, split(part))]
        if not words or words[-1] in _NO_RECEIVERS:
            return []
        shared = {number: sum(word in self._words(number) for word in set(words)) for number in found}
        named = [number for number in found if words[-1] in self._nouns(number)]
        most = max((shared[number] for number in named), default=0)
        # A type is written with a capital, and its other words tell of the type; those of a variable tell which one.
        return named if receiver[:1].isupper() else [number for number in named if shared[number] == most]

    def _nouns(self, number: int) -> Set[str]:
        """What the object that has a function is called: by the last word of its name, else of its file and folder.

        The class whose object was made with the function tells too: `ToolSpec(execute=...)` is some tool.
        """
        known = self._called.get(number)
        if known is None:
            owner = self._nodes[number].symbol.split(".")
            path = PurePosixPath(self._paths[number])
            names = [owner[-2]] if len(owner) > 1 else [path.stem, path.parent.name]
            known = self._called[number] = frozenset(_singular(words[-1]) for name in names if (words := split(name)))
        return known | self._made_of.get(number, frozenset())

    def _words(self, number: int) -> frozenset[str]:
        known = self._spoken.get(number)
        if known is None:
            text = f"{self._paths[number]} {self._nodes[number].symbol}"
            known = self._spoken[number] = frozenset(
                _singular(word) for part in _NAME.findall(text) for word in split(part)
            )
        return known


def _last_word(receiver: str) -> str:
    """What a receiver is; empty where its name does not tell."""
    words = split(bare(receiver.rpartition(".")[2]))
    word = _singular(words[-1]) if words else ""
    word = _IN_FULL.get(word, word)
    return "" if word in _NO_RECEIVERS else word


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def package_of(path: str) -> str:
    """The folder of a package in a tree of many: `packages/one` of what lies there, else the first folder."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in _WORKSPACES and len(parts) > 2 else parts[0] if len(parts) > 1 else ""
