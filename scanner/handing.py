"""Functions handed over as values, and the calls that reach them: callbacks, tables of handlers, registrations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from scanner.candidates import FileReport
from scanner.commonplace import COMMONPLACE, LOOKED_UP, WRITTEN_OUT
from scanner.languages.bindings import bare
from scanner.members import CONSTRUCTORS, Members
from scanner.receivers import MOST_CANDIDATES, Receivers, package_of
from scanner.sites import OWN, RETURNED, Site, SiteNode
from scanner.together import Together
from scanner.touchpoints import Confidence

_NAME = re.compile(r"[A-Za-z_$][\w$]*")
#: What is asked of a table for what lies in it.
_ASKED = re.compile(r"(?:\[\]|\(\)|\.(?:get|get_mut|pop|popleft|setdefault|unwrap|cloned|copied))+$")
#: So many functions under one key may all be meant by it; more are a vocabulary.
_MOST_UNDER_A_KEY = 200


class Handed:
    """Where each function is put as a value, in the files of one family of languages."""

    def __init__(self, reports: Sequence[FileReport], first: Mapping[str, int], members: Members) -> None:
        """Prepare.

        Args:
            reports: of the files whose nodes the graph has.
            first: path → number of the file's first node.
            members: names → nodes.
        """
        self._members = members
        self._together = Together(reports)
        self._nodes: dict[int, SiteNode] = {}
        self._paths: dict[int, str] = {}
        self._parents: dict[int, int] = {}
        self._receivers = Receivers(self._nodes, self._paths)
        #: Module → number of its file's first node.
        self._modules = {report.module: first[report.path] for report in reports if report.module}
        #: (file's first node, offset) of values handed to a function that calls them; (function, parameter) of those.
        self._called_back: set[tuple[int, int]] = set()
        self._answered: set[tuple[int, str]] = set()
        #: Key, keyword or field → functions given under it.
        self._slots: dict[str, list[int]] = {}
        #: Table → functions in it; a table is a variable or attribute by its qualified name, never by its type.
        self._holders = {site.holder for report in reports for site in report.sites.sites if site.holder}
        self._tables: dict[str, list[int]] = {}
        #: (key, path) → those of them that a file's code may mean.
        self._near: dict[tuple[str, str], list[int]] = {}
        #: (function, parameter, key) → functions under a key of an object handed to it.
        self._fields: dict[tuple[int, str, str], list[int]] = {}
        #: Class or file → functions handed to one of its functions that does not call them itself.
        self._kept: dict[int, list[int]] = {}
        #: Function → functions that it names itself, and tables that it reads.
        self._local: dict[int, list[int]] = {}
        self._reads: dict[int, list[str]] = {}
        #: Function → a function that it gives back.
        self._returned: dict[int, int] = {}
        self._mentions: list[tuple[Site, int, int]] = []
        #: Functions with the parameters that they call.
        self._calls_of_parameters: set[tuple[int, str]] = set()
        #: Arguments of known calls: (file's first node, offset) → the node that is called, -1 of one of a library.
        self._called: dict[tuple[int, int], int] = {}
        for report in reports:
            top = first[report.path]
            for number, node in enumerate(report.sites.nodes, top):
                self._nodes[number], self._paths[number] = node, report.path
                self._parents[number] = top + node.parent if node.parent >= 0 else -1
        for report in reports:
            self._read_calls(report, first[report.path])
        for report in reports:
            self._read_returned(report, first[report.path])
        for report in reports:
            self._read_values(report, first[report.path])
        self._read_decorators()

    def _read_calls(self, report: FileReport, first: int) -> None:
        for site in report.sites.sites:
            if site.kind != "call":
                continue
            found = self._members.find(site.target) if site.known and not site.of_value else None
            if found is not None:
                node = found.node
                self._called[first, site.arguments] = (
                    self._members.constructor(node) if self._members.is_class(node) else node
                )
            is_named = "." not in site.target or (found is not None and self._members.is_class(found.node))
            holder = self._parameter(first + site.node, site.head) if is_named else -1
            if holder >= 0 and site.head not in OWN:
                self._calls_of_parameters.add((holder, site.head))

    def _read_returned(self, report: FileReport, first: int) -> None:
        """Note the functions that functions give back."""
        for site in report.sites.sites:
            if site.kind == "value" and site.slot == RETURNED:
                target = self.named(site, first)
                if target >= 0:
                    self._returned.setdefault(first + site.node, target)

    def _read_values(self, report: FileReport, first: int) -> None:
        for site in report.sites.sites:
            if site.kind != "value":
                continue
            source, target = first + site.node, self.named(site, first)
            if target < 0:
                self._reads.setdefault(source, []).append(site.target)
                continue
            self._mentions.append((site, source, target))
            self._local.setdefault(source, []).append(target)
            if site.slot and site.slot != RETURNED:
                self._slots.setdefault(site.slot, []).append(target)
            if site.holder:
                self._tables.setdefault(site.holder, []).append(target)
            called = self._called.get((first, site.arguments), -1) if site.arguments >= 0 else -1
            if called >= 0:
                self._note_class(called, target)
                self._hand(site, first, called, target)

    def _note_class(self, called: int, target: int) -> None:
        """Note the class of the object that is made with a function."""
        owner = called if self._members.is_class(called) else self._members.owner(called)
        if owner >= 0 and (owner == called or self._nodes[called].name in CONSTRUCTORS):
            self._receivers.note_class(target, self._nodes[owner].name)

    def _hand(self, site: Site, first: int, called: int, target: int) -> None:
        """Note what a function of the repository is handed."""
        name = self._nodes[called].taking(site.slot, site.position)
        if not name:
            return
        if site.slot and site.slot != name:
            self._fields.setdefault((called, name, site.slot), []).append(target)
            return
        if self._give(called, name, target):
            self._called_back.add((first, site.start))

    def _give(self, called: int, name: str, target: int) -> bool:
        """Note what a parameter is given; says whether the function calls it, rather than keep it."""
        if (called, name) in self._calls_of_parameters:
            self._answered.add((called, name))
            return True
        for parameter, field in self._nodes[called].keeps:
            if parameter == name:
                self._slots.setdefault(field, []).append(target)
        self._kept.setdefault(self.owner(called), []).append(target)
        return False

    def _read_decorators(self) -> None:
        """A decorator is handed what it decorates; one that takes arguments hands it to the function that it makes."""
        inner: dict[int, list[int]] = {}
        for number, parent in self._parents.items():
            if self._nodes[number].kind == "function":
                inner.setdefault(parent, []).append(number)
        for target in self._nodes:
            for decorator in self.decorators(target):
                for taker in (decorator, *inner.get(decorator, ())):
                    names = [name for name in self._nodes[taker].parameters if name not in OWN]
                    if names:
                        self._give(taker, names[0], target)

    def decorators(self, number: int) -> list[int]:
        """The functions of the repository that decorate one."""
        found = [self._members.find(name) for name in self._nodes[number].decorators]
        return [item.node for item in found if item is not None and not self._members.is_class(item.node)]

    def is_value(self, site: Site, source: int, target: int) -> bool:
        """Whether a call that goes by the name of a type is one of a variable of that type, which holds a function."""
        if not self._is_bare(target):
            return False
        is_given = site.head not in OWN and self._parameter(source, site.head) >= 0
        return is_given or bool(self._table_read(source, {site.head}))

    def called_object(self, site: Site, source: int, target: int) -> int:
        """The method that runs when an object of a class is called, where an attribute or a parameter holds one."""
        holds = site.head in OWN or self._parameter(source, site.head) >= 0
        return self._members.member(target, "__call__") if holds and site.head != "cls" else -1

    def owner(self, number: int) -> int:
        """The class in which a node stands, however deep, else the top of the file."""
        owner = self._members.owner(number)
        while owner < 0 and self._parents[number] >= 0:
            number = self._parents[number]
            owner = self._members.owner(number)
        return owner if owner >= 0 else number

    def _parameter(self, number: int, name: str) -> int:
        """The function around, itself included, of which a name is a parameter; -1 where it is none."""
        while number >= 0:
            if name in self._nodes[number].parameters:
                return number
            number = self._parents[number]
        return -1

    def named(self, site: Site, first: int) -> int:
        """The function or class that a value is; -1 where it is a table, or nothing of the repository."""
        if site.local >= 0:
            return first + site.local
        if site.target.endswith("()"):
            made_by = self._members.find(site.target[:-2])
            return self._returned.get(made_by.node, -1) if made_by is not None else -1
        found = self._members.find(site.target)
        # A table may go by the type of what it holds.
        is_table = found is not None and self._members.is_class(found.node) and site.target in self._holders
        return found.node if found is not None and not is_table else -1

    def methods_named(self, source: int, beginning: str) -> list[int]:
        """Methods of the class around a node whose names begin so, where they are few enough to be meant."""
        found = self._members.methods(self.owner(source), beginning)
        return found if len(found) <= _MOST_UNDER_A_KEY else []

    def site_node(self, number: int) -> SiteNode:
        """A node as its file has it."""
        return self._nodes[number]

    def mentions(self) -> Iterator[tuple[Site, int, int]]:
        """Every mention of a function as a value: where, in which node, of which."""
        yield from self._mentions

    def to_library(self, site: Site, source: int) -> bool:
        """Whether a value is handed to a call that is none of a function of the repository, as far as names tell."""
        number = source
        while self._parents[number] >= 0:
            number = self._parents[number]
        return site.arguments >= 0 and (number, site.arguments) not in self._called

    def is_called_back(self, site: Site, first: int) -> bool:
        """Whether a value is handed to a function of the repository that calls what it is handed there."""
        return (first, site.start) in self._called_back

    def under(self, name: str, source: int, receiver: str = "") -> tuple[list[int], Confidence]:
        """The functions given under a key that a call may mean, with how sure that is.

        Where several objects have such a key, what the caller's class keeps is meant, else the receiver's name tells: a
        `tool.execute` is that of an object which is some tool, else the file's own are. Without any, all may be meant.

        Args:
            name: the key.
            source: the node that calls.
            receiver: what the call is made on, as written; empty where it is not known.
        """
        here = self._paths[source]
        found = self._within_reach(name, here)
        if len(found) < 2:
            return found, Confidence.MEDIUM
        own = frozenset(self._kept.get(self.owner(source), ()))
        meant = [number for number in found if number in own] or self._receivers.spoken_of(
            found, receiver.rpartition(".")[2]
        )
        meant = meant or [number for number in found if self._paths[number] == here]
        if meant and len(meant) <= _MOST_UNDER_A_KEY:
            return meant, Confidence.MEDIUM
        return (found, Confidence.LOW) if len(found) <= _MOST_UNDER_A_KEY else ([], Confidence.LOW)

    def _within_reach(self, name: str, here: str) -> list[int]:
        """The functions under a key that code of a file may mean; asked once all files are read."""
        known = self._near.get((name, here))
        if known is None:
            paths = self._paths
            found = [each for each in self._slots.get(name, ()) if self._together.may_meet(here, paths[each])]
            # A package of a tree of many that has such objects of its own means those.
            own = package_of(here)
            known = [each for each in found if package_of(paths[each]) == own] or found
            self._near[name, here] = known
        return known

    def of_class_like(self, found: Sequence[int], receiver: str, source: int) -> list[int]:
        """Those methods whose class is called by the last word of a receiver's name, of what its file may meet.

        Of many those whose class is such a thing.
        """
        some = self._receivers.of_class_like(found, receiver) if found else ()
        some = [number for number in some if self.may_meet(source, number)]
        return some if len(some) <= MOST_CANDIDATES else self.of_such(some, receiver)

    def of_such(self, found: Sequence[int], receiver: str) -> list[int]:
        """Those methods whose objects are what the last word of a receiver's name says."""
        return self._receivers.of_such(found, receiver)

    def may_meet(self, source: int, target: int) -> bool:
        """Whether two nodes can be parts of one program."""
        return self._together.may_meet(self._paths[source], self._paths[target])

    def is_open(self, site: Site, source: int) -> bool:
        """Whether a variable is called of which nobody knows what it holds."""
        holder = self._parameter(source, site.head) if "." not in site.target else -1
        if holder >= 0:
            return (holder, site.head) not in self._answered
        return site.of_value

    def reached(self, site: Site, source: int) -> tuple[Sequence[int], Confidence]:
        """What a call through a value may reach, with how sure that is; nothing where the value is not known.

        What a function is handed and calls itself is reached from where it is handed over, see `is_called_back`.
        """
        if site.of_value:
            return self._held(site, source), Confidence.MEDIUM
        receiver, _, name = site.target.rpartition(".")
        if not receiver:
            return (), Confidence.LOW
        holder = self._parameter(source, site.head)
        if given := self._fields.get((holder, site.head, bare(name)), ()):
            return given, Confidence.MEDIUM
        if bare(name) in COMMONPLACE:
            return (), Confidence.LOW
        found, confidence = self.under(bare(name), source, receiver)
        maker = self._together.file_of(receiver) if site.known and self._members.find(receiver) is None else ""
        # An object that a file made has functions of that file, or of what it was made with.
        made = [each for each in found if self._together.brings_in(maker, self._paths[each])] if maker else found
        return (made, confidence) if made else (found, Confidence.LOW)

    def _held(self, site: Site, source: int) -> Sequence[int]:
        """What a value that is called may be: the first that is known to do something, else a bare type."""
        types: Sequence[int] = ()
        for some in self._holdings(site, source):
            found = self._functions(some)
            if any(not self._is_bare(number) for number in found):
                return found
            types = types or found
        return types

    def _holdings(self, site: Site, source: int) -> Iterator[Sequence[int]]:
        """Where what is called may lie: in a table, in what is named around, in what the class or file keeps."""
        table = _ASKED.sub("", site.target)
        yield self._tables.get(table, ())
        if site.origin.startswith(WRITTEN_OUT):
            yield self._local.get(source, ())
        number, told = source, site.origin or (site.head if site.known else site.target)
        while number >= 0:
            yield self._variable(number, told, site.head)
            number = self._parents[number]
        yield self._kept_for(site, source, table)

    def _is_bare(self, number: int) -> bool:
        """Whether a class has no constructor: where it is named beside functions, it is their type."""
        return self._members.is_class(number) and self._members.constructor(number) == number

    def _kept_for(self, site: Site, source: int, table: str) -> Sequence[int]:
        """What the class or file keeps to which a table belongs that is asked for one of what lies in it."""
        held = self._members.find(table) if site.known else None
        is_function = held is not None and not self._members.is_class(held.node)
        is_asked = LOOKED_UP.search(site.origin or site.target) is not None
        owners = [self.owner(source)] if is_asked and (site.origin or not site.known) else []
        owners += [self._keeper(table)] if site.known and not is_function else []
        return next((self._kept[owner] for owner in owners if owner in self._kept), ())

    def _keeper(self, table: str) -> int:
        """The class or file to which a table belongs."""
        owner = table.rpartition(".")[0]
        found = self._members.find(owner)
        return found.node if found is not None else self._modules.get(owner, -1)

    def _variable(self, source: int, origin: str, name: str) -> Sequence[int]:
        """What a variable of a function holds, by what it was given: one of a table, of a list, a nameless function."""
        names = set(_NAME.findall(origin))
        if table := self._table_read(source, names):
            return table
        local = self._local.get(source, ())
        named = {target: self._nodes[target].name for target in local}
        return [
            target
            for target in local
            if named[target] == name or (named[target] in names and self._nodes[target].kind != "closure")
        ]

    def _functions(self, found: Sequence[int]) -> Sequence[int]:
        """The functions among some values, whose type may be named beside them; the classes where all are classes."""
        return [number for number in found if not self._members.is_class(number)] or found

    def _table_read(self, source: int, names: Set[str]) -> Sequence[int]:
        """What lies in a table of one of these names that a function reads."""
        for table in self._reads.get(source, ()):
            if table in self._tables and table.rpartition(".")[2] in names:
                return self._tables[table]
        return ()
