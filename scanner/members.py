"""Which node a qualified name of the repository is: through re-exports, constructors, base classes and overrides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from scanner.candidates import FileReport
from scanner.commonplace import COMMONPLACE
from scanner.exports import exports_of, follow
from scanner.sites import SiteNode, qualified_in

#: Names of the function that makes an object of its class, in the languages that are read.
CONSTRUCTORS = ("__init__", "constructor", "new", "__new__")
#: Bases that only say what kind of class it is: none of them calls its methods.
_MARKERS = frozenset({"object", "ABC", "Protocol", "Generic", "NamedTuple", "TypedDict"})
_DEPTH = 20
#: Classes that are asked whether they have all methods of an interface.
_MOST_IMPLEMENTATIONS = 60


class Found(msgspec.Struct, frozen=True, gc=False):
    """What a name stands for."""

    node: int
    #: Whether it is a method that the class has from another one.
    inherited: bool = False


class Members:
    """The names of all nodes, and how classes hang together."""

    def __init__(self, reports: Sequence[FileReport], first: Mapping[str, int]) -> None:
        """Prepare.

        Args:
            reports: of the files whose nodes the graph has.
            first: path → number of the file's first node.
        """
        self._exports = exports_of(reports)
        self._nodes: dict[int, SiteNode] = {}
        self._by_name: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._bases: dict[int, tuple[str, ...]] = {}
        for report in reports:
            for index, node in enumerate(report.sites.nodes):
                self._add(report, node, first[report.path] + index)
        self._known = frozenset(self._by_name)
        #: Qualified name of a class → its methods; name of a method → classes that have one with a body.
        self._of_class: dict[str, set[str]] = {}
        self._by_member: dict[str, list[str]] = {}
        for name, number in self._by_name.items():
            owner, _, member = name.rpartition(".")
            if self._by_name.get(owner, -1) in self._bases:
                self._of_class.setdefault(owner, set()).add(member)
                if not self._nodes[number].is_abstract:
                    self._by_member.setdefault(member, []).append(owner)
        self._memo: dict[str, Found | None] = {}
        self._owners: dict[int, int] = {}
        self._implementations: dict[int, tuple[int, ...]] = {}
        #: Class → whether it extends one of a library, itself or through others.
        self._extending: dict[int, bool] = {}
        self._subclasses: dict[int, list[int]] = {}
        for child, bases in self._bases.items():
            for base in bases:
                parent = self._by_name.get(self._followed(base), -1)
                if parent >= 0 and parent != child:
                    self._subclasses.setdefault(parent, []).append(child)

    def _add(self, report: FileReport, node: SiteNode, number: int) -> None:
        if node.kind in ("module", "closure"):
            return
        name = qualified_in(report.module, report.path, node.symbol)
        known = self._nodes.get(self._by_name.get(name, -1))
        # Of several definitions of one name (overloads, one a platform) the longest is the one that does something.
        if known is None or node.end_line - node.line > known.end_line - known.line:
            self._by_name[name] = number
        self._nodes[number] = node
        self._names[number] = name
        if node.kind == "class":
            self._bases[number] = node.bases

    def _followed(self, name: str) -> str:
        return follow(name, self._exports, self._known)

    def find(self, name: str) -> Found | None:
        """The node of a qualified name; None where the repository has none."""
        memo = self._memo
        if name not in memo:
            memo[name] = self._find(name)
        return memo[name]

    def _find(self, name: str) -> Found | None:
        target = self._followed(name)
        number = self._by_name.get(target)
        if number is not None:
            return Found(number)
        owner, _, member = target.rpartition(".")
        holder = self._by_name.get(self._followed(owner)) if owner else None
        return self._inherited(holder, member) if holder is not None else None

    def _inherited(self, owner: int, member: str) -> Found | None:
        """A method by its class, or the nearest class that it extends."""
        pending, seen = [owner], {owner}
        while pending and len(seen) <= _DEPTH:
            current = pending.pop(0)
            number = self._by_name.get(f"{self._names[current]}.{member}")
            if number is not None:
                return Found(number, inherited=current != owner)
            for base in self._bases.get(current, ()):
                parent = self._by_name.get(self._followed(base))
                if parent is not None and parent not in seen:
                    seen.add(parent)
                    pending.append(parent)
        return None

    def public(self, names: Iterable[str]) -> Iterator[int]:
        """The functions that such names stand for, and the methods of such classes, without those for inner use."""
        for name in names:
            found = self.find(name)
            if found is None or name.rpartition(".")[2].startswith("_"):
                continue
            if not self.is_class(found.node):
                yield found.node
                continue
            owner = self._names[found.node]
            for member in sorted(self._of_class.get(owner, ())):
                if not member.startswith(("_", "#")):
                    yield self._by_name[f"{owner}.{member}"]

    def passed_on(self, module: str) -> Iterator[str]:
        """Names that a module has from others, those by `*` among them."""
        return iter(self._by_module.get(module, ()))

    @cached_property
    def _by_module(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for name in self._exports:
            found.setdefault(name.rpartition(".")[0], []).append(name)
        return found

    def methods(self, number: int, beginning: str) -> list[int]:
        """Methods of a class whose names begin so, in order of name."""
        owner = self._names.get(number, "")
        names = sorted(name for name in self._of_class.get(owner, ()) if name.startswith(beginning))
        return [self._by_name[f"{owner}.{name}"] for name in names]

    def is_class(self, number: int) -> bool:
        """Whether a node is a class."""
        return number in self._bases

    def constructor(self, owner: int) -> int:
        """The function that runs when an object of a class is made; the class itself where it has none."""
        for name in CONSTRUCTORS:
            found = self._inherited(owner, name)
            if found is not None:
                return found.node
        return owner

    def above(self, owner: int, member: str) -> int:
        """The method that a class has from those that it extends, whatever it has itself; -1 without one."""
        for base in self._bases.get(owner, ()):
            parent = self._by_name.get(self._followed(base), owner)
            found = self._inherited(parent, member) if parent != owner else None
            if found is not None:
                return found.node
        return -1

    def member(self, owner: int, member: str) -> int:
        """A method of a class, its own or an inherited one; -1 without one."""
        found = self._inherited(owner, member) if owner in self._bases else None
        return found.node if found is not None else -1

    def overrides(self, number: int) -> tuple[int, ...]:
        """Methods of classes below that take the place of a method."""
        node = self._nodes[number]
        if node.kind != "method":
            return ()
        owner, _, member = self._names[number].rpartition(".")
        start = self._by_name.get(owner)
        pending, seen, found = list(self._subclasses.get(start, ())) if start is not None else [], set(), []
        while pending:
            child = pending.pop()
            if child in seen:
                continue
            seen.add(child)
            pending += self._subclasses.get(child, ())
            override = self._by_name.get(f"{self._names[child]}.{member}")
            if override is not None:
                found.append(override)
        return tuple(sorted(found))

    def implementations(self, number: int) -> tuple[int, ...]:
        """Methods that one may stand for: overrides, of an abstract one else those of classes with its siblings."""
        known = self._implementations.get(number)
        if known is None:
            known = self._implementations[number] = self._find_implementations(number)
        return known

    def _find_implementations(self, number: int) -> tuple[int, ...]:
        found = self.overrides(number)
        if found or not self._is_promise(number):
            return found
        owner, _, member = self._names[number].rpartition(".")
        wanted = self._of_class.get(owner, set())
        if len(wanted) < 2 or wanted <= COMMONPLACE:
            return ()
        some = self._by_member.get(member, ())
        return tuple(
            self._by_name[f"{other}.{member}"]
            for other in some[:_MOST_IMPLEMENTATIONS]
            if other != owner and wanted <= self._of_class[other]
        )

    def _is_promise(self, number: int) -> bool:
        """Whether a method only says how it is called, and any class may have it without saying so."""
        bases = self._bases.get(self.owner(number), ())
        return self._nodes[number].is_abstract or any(base.rpartition(".")[2] == "Protocol" for base in bases)

    def owner(self, number: int) -> int:
        """The class of a method; -1 of anything else."""
        known = self._owners.get(number)
        if known is None:
            owner = self._by_name.get(self._names.get(number, "").rpartition(".")[0], -1)
            known = self._owners[number] = owner if owner in self._bases else -1
        return known

    def extends_a_library(self, number: int) -> bool:
        """Whether a class extends something that the repository does not define."""
        bases = self._bases.get(number, ())
        return any(
            self._followed(base) not in self._by_name and base.rpartition(".")[2] not in _MARKERS for base in bases
        )

    def overrides_a_library(self, number: int) -> bool:
        """Whether a method belongs to a class that extends one of a library, itself or through others."""
        owner = self.owner(number)
        if owner < 0:
            return False
        known = self._extending.get(owner)
        if known is None:
            known = self._extending[owner] = self._leads_to_a_library(owner)
        return known

    def _leads_to_a_library(self, owner: int) -> bool:
        pending, seen = [owner], {-1}
        while pending and len(seen) <= _DEPTH:
            current = pending.pop()
            if current in seen:
                continue
            seen.add(current)
            if self.extends_a_library(current):
                return True
            pending += [self._by_name.get(self._followed(base), -1) for base in self._bases.get(current, ())]
        return False
