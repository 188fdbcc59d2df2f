"""What one file adds to the graph of calls: its functions, and the places where they call or name others."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Literal

import msgspec

from scanner.blocks import Blocks
from scanner.decisions import Decision, decisions, statements
from scanner.facts import Call, Closure, Definition, FileFacts, Reference
from scanner.flows import OBJECT, Carried, Flows, flows
from scanner.identifiers import Identifiers
from scanner.keptnames import keeps_of, keys_of
from scanner.languages import by_name
from scanner.languages.bindings import HEADS
from scanner.localnames import LocalNames, owned
from scanner.memory import Memory
from scanner.modules import Layout

NodeKind = Literal["module", "function", "method", "class", "closure"]

#: Names by which a method calls its own object.
OWN = frozenset({"self", "cls", "this"})
_SIGN = re.compile(rb"[()\[\]{},]")
_QUOTED = re.compile(rb'"[^"\n]*"|\'[^\'\n]*\'')
_LONG_ARGUMENTS = 4_000
_SIGNS = (b"=", b":")
#: `name=` or `name:` before a value.
_KEYWORD = re.compile(rb"([A-Za-z_]\w*)\s*(?:=|:)\s*$")
_LONG_KEYWORD = 80
#: The slot of what a function gives back.
RETURNED = "return "
#: What follows a nameless function that is called at once.
_RUN = re.compile(rb"\s*\)?\s*\(")
_LONG_HEADER = 300
#: A method that runs when it is read: `get client() {`.
_GETTER = re.compile(rb"(?:\w+\s+){0,3}get\s+#?[\w$]+\s*\(\s*\)")


class SiteNode(msgspec.Struct, frozen=True, gc=False):
    """A function, method, class or nameless function, or what stands at the top of a file."""

    kind: NodeKind
    #: Dotted name in the file; of a nameless function that of the definition around it.
    symbol: str
    name: str
    #: Byte offsets, `end` excluded.
    start: int
    end: int
    line: int
    end_line: int
    #: Index of the node around it in the file's nodes; -1 of the top of the file.
    parent: int
    parameters: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    #: Whether it only says how it is called: a method of an interface.
    is_abstract: bool = False
    #: Parameters with the attribute, field or keyword under which each is kept or handed on.
    keeps: tuple[tuple[str, str], ...] = ()
    #: Names under which it keeps values: fields, keys of objects, keywords.
    keys: tuple[str, ...] = ()

    @property
    def own(self) -> int:
        """How many of its parameters no caller writes down: 1 where the first is a method's own object, else 0."""
        return int(bool(self.parameters) and self.parameters[0] in OWN)

    def taking(self, slot: str, position: int) -> str:
        """The parameter that takes what is handed under a keyword, or at a place; empty where none does."""
        at = position + self.own
        return slot if slot in self.parameters else self.parameters[at] if 0 <= at < len(self.parameters) else ""


class Site(msgspec.Struct, frozen=True, gc=False):
    """A call, or a mention of a function as a value."""

    kind: Literal["call", "value"]
    #: Index of the innermost node around it.
    node: int
    start: int
    line: int
    #: The qualified name where it is known, else as written.
    target: str
    #: Whether the name is one of this repository.
    known: bool
    #: Whether what is called is a value (a variable, what a table or a call gives) rather than a name of its own.
    of_value: bool = False
    #: What a variable that is called was given, or is one of, as written.
    origin: str = ""
    #: The first name of what is called, as written.
    head: str = ""
    #: Index of the node that is named, where it stands right here; else -1.
    local: int = -1
    #: Whether a nameless function is called right where it stands.
    runs: bool = False
    #: The key or keyword under which a value is given.
    slot: str = ""
    #: The table into which a value is put.
    holder: str = ""
    #: Of a call, where its arguments begin: calls of a chain begin at one offset. Of a value, where those of the call
    #: begin to which it is handed, -1 without one; and at which place among them.
    arguments: int = -1
    position: int = -1


class FileSites(msgspec.Struct, frozen=True):
    """The nodes of a file in order of start, the top of the file first, and its sites in order of start."""

    nodes: tuple[SiteNode, ...] = ()
    sites: tuple[Site, ...] = ()
    #: Which calls decide what runs.
    decisions: tuple[Decision, ...] = ()
    #: Calls that are statements of their own, each with the end of the block around it, and of what follows that.
    statements: tuple[tuple[int, int, int], ...] = ()
    #: Nodes that leave with an error.
    raising: frozenset[int] = frozenset()
    #: What it imports of the repository, by qualified name.
    imports: tuple[str, ...] = ()
    #: What flows into calls, results and attributes; `scope` is an index in `nodes`.
    flows: Flows = Flows()


def sites_of(facts: FileFacts, layout: Layout, topics: Identifiers, matched: Set[int] = frozenset()) -> FileSites:
    """The nodes and sites of one file.

    Args:
        facts: of code of the agent itself.
        layout: tells which names are the repository's own.
        topics: the identifiers that are followed.
        matched: where calls start that rules found, so that what flows into them is told too.
    """
    nodes = _nodes(facts)
    at = Innermost(nodes)
    family = by_name(facts.language).family
    names = LocalNames(facts, (node.symbol for node in nodes))
    pairs = list(_calls(facts, owned(layout, family), at, names))
    values = [*_values(facts, nodes, at), *_made(facts, pairs)]
    calls = [site for _, site in pairs if site is not None]
    blocks = Blocks(facts)
    told = [call for call, site in pairs if site is not None or call.start in matched]
    own = owned(layout, family)
    flowing = flows(facts, topics, told, [call for call, site in pairs if site is not None and site.known])
    return FileSites(
        nodes=tuple(nodes),
        sites=tuple(sorted((*calls, *values), key=lambda site: (site.start, site.kind))),
        decisions=decisions(facts, blocks),
        statements=statements(facts, blocks),
        raising=frozenset(at.at(control.start) for control in facts.controls if control.kind == "raise"),
        imports=tuple(dict.fromkeys([item.qualified for item in facts.imports if own[item.qualified]])),
        flows=_of_nodes(flowing, facts, nodes),
    )


def _of_nodes(found: Flows, facts: FileFacts, nodes: Sequence[SiteNode]) -> Flows:
    """The same with nodes in place of definitions; what is said of a block of methods is said of the file."""
    index_of = {(node.start, node.symbol): index for index, node in enumerate(nodes) if node.kind != "closure"}
    numbers = [index_of.get((item.start, item.symbol), 0) for item in facts.definitions] + [0]
    return Flows(
        carried=tuple(
            [
                Carried(item.topic, item.name, item.how, numbers[item.scope], item.line, item.made)
                for item in found.carried
            ]
        ),
        passed=tuple(item for item in found.passed if item.position != OBJECT or item.topics or item.results),
        returned=tuple(msgspec.structs.replace(item, scope=numbers[item.scope]) for item in found.returned),
    )


def qualified_in(module: str, path: str, name: str) -> str:
    """A name of a file as the whole repository knows it; a file that nothing can import has names of its own."""
    return f"{module}.{name}" if module else f"{path}:{name}"


def _nodes(facts: FileFacts) -> list[SiteNode]:
    """The nodes of a file. Named parts and blocks of methods that stand apart from their class are none."""
    last = facts.source.count(b"\n") + 1
    keeps, keys = keeps_of(facts), keys_of(facts)
    found = [SiteNode("module", "", "", 0, len(facts.source) + 1, 1, last, -1, keys=tuple(keys.get("", ())))]
    stack = [0]
    items: list[Definition | Closure] = sorted(
        [*facts.definitions, *facts.closures], key=lambda item: (item.start, -item.end)
    )
    for item in items:
        while found[stack[-1]].end <= item.start:
            stack.pop()
        node = (
            None
            if facts.tests and facts.is_test(item.start)
            else _node(facts, item, stack[-1], found[stack[-1]].symbol, keeps, keys)
        )
        if node is not None:
            found.append(node)
            stack.append(len(found) - 1)
    return found


def _node(
    facts: FileFacts,
    item: Definition | Closure,
    parent: int,
    around: str,
    keeps: Mapping[str, Sequence[tuple[str, str]]],
    keys: Mapping[str, Iterable[str]],
) -> SiteNode | None:
    if isinstance(item, Closure):
        return SiteNode("closure", around, item.slot, item.start, item.end, item.line, item.end_line, parent)
    if item.kind == "module" or item.kind == "extension":  # noqa: PLR1714  # told apart by the type checker
        return None
    return SiteNode(
        item.kind,
        item.symbol,
        item.name,
        item.start,
        item.end,
        item.line,
        item.end_line,
        parent,
        item.parameters,
        item.decorators or (("property",) if _GETTER.match(facts.source, item.start, item.body) else ()),
        item.bases,
        facts.source.startswith(item.name.encode("utf-8", "replace"), item.body),
        tuple(keeps.get(item.symbol, ())),
        tuple(keys.get(item.symbol, ())),
    )


class Innermost:
    """The innermost node around an offset."""

    def __init__(self, nodes: Sequence[SiteNode]) -> None:
        edges: list[tuple[int, int]] = []
        stack: list[int] = []
        for index, node in enumerate(nodes):
            while stack and nodes[stack[-1]].end <= node.start:
                closed = stack.pop()
                edges.append((nodes[closed].end, stack[-1] if stack else 0))
            edges.append((node.start, index))
            stack.append(index)
        while stack:
            closed = stack.pop()
            edges.append((nodes[closed].end, stack[-1] if stack else 0))
        self._offsets = [offset for offset, _ in edges]
        self._owners = [owner for _, owner in edges]

    def at(self, offset: int) -> int:
        """Index of the node around a byte offset; 0, the top of the file, where there is none."""
        place = bisect_right(self._offsets, offset) - 1
        return self._owners[place] if place >= 0 else 0


def _calls(
    facts: FileFacts, own: Memory[str, bool], inner: Innermost, names: LocalNames
) -> Iterator[tuple[Call, Site | None]]:
    """All calls, each with its site where it may reach a node of the repository."""
    for call in facts.calls:
        if facts.tests and facts.is_test(call.start):
            yield call, None
            continue
        written, target = call.target, call.qualified
        origin = names.origin(call)
        if written.startswith("getattr()"):
            origin = facts.text(call.start, min(call.arguments, call.start + _LONG_HEADER))
        of_value = bool(origin) or written.endswith(("[]", "()"))
        known = call.resolved and own[target]
        if not facts.module and target in names.own:
            known, target = True, qualified_in("", facts.path, target)
        if not known and not names.may_reach(call, target, origin, of_value):
            yield call, None
            continue
        yield (
            call,
            Site(
                "call",
                inner.at(call.start),
                call.start,
                call.line,
                target if known else written,
                known,
                of_value,
                origin,
                HEADS[written],
                arguments=call.arguments,
            ),
        )


def _values(facts: FileFacts, nodes: Sequence[SiteNode], inner: Innermost) -> Iterator[Site]:
    """Mentions of functions and tables, with the call to which each is handed."""
    index_of = {(node.start, node.kind == "closure"): index for index, node in enumerate(nodes) if index}
    items: list[Reference | Closure] = sorted(
        [*facts.references, *facts.closures], key=lambda item: (item.start, -item.end)
    )
    returned = {
        control.start + len(RETURNED)
        for control in facts.controls
        if control.kind == "return" and facts.source.startswith(RETURNED.encode(), control.start)
    }
    open_calls: list[Call] = []
    calls = iter(facts.calls)
    following = next(calls, None)
    for item in items:
        if facts.tests and facts.is_test(item.start):
            continue
        while following is not None and following.start <= item.start:
            open_calls.append(following)
            following = next(calls, None)
        while open_calls and open_calls[-1].end <= item.start:
            open_calls.pop()
        is_closure = isinstance(item, Closure)
        local = index_of.get((item.start, is_closure), -1)
        node = nodes[local].parent if local >= 0 else inner.at(item.start)
        call = _holding(open_calls, item.start)
        handed = call is not None and inner.at(call.start) == node
        yield Site(
            "value",
            node,
            item.start,
            item.line,
            "" if isinstance(item, Closure) else _named(facts, item.qualified),
            True,
            local=local,
            runs=is_closure and _RUN.match(facts.source, item.end) is not None,
            slot=RETURNED if item.start in returned else item.slot,
            holder=item.holder,
            arguments=call.arguments if handed and call is not None else -1,
            position=_position(facts.source, call.arguments + 1, item.start) if handed and call is not None else -1,
        )


def _made(facts: FileFacts, pairs: Sequence[tuple[Call, Site | None]]) -> Iterator[Site]:
    """Calls of the repository's own functions whose result is handed to another call: `register(run=make_runner())`."""
    around: list[Call] = []
    for call, site in pairs:
        while around and around[-1].end <= call.start:
            around.pop()
        outer = around[-1] if around else None
        around.append(call)
        if site is None or not site.known or site.of_value or outer is None or not outer.arguments < call.start:
            continue
        before = facts.source[max(call.start - _LONG_KEYWORD, outer.arguments + 1) : call.start]
        # Only behind its sign does a keyword stand.
        slot = _KEYWORD.search(before) if before.rstrip()[-1:] in _SIGNS else None
        yield Site(
            kind="value",
            node=site.node,
            start=call.start,
            line=call.line,
            target=f"{site.target}()",
            known=True,
            slot=slot.group(1).decode("utf-8", "replace") if slot else "",
            arguments=outer.arguments,
            position=_position(facts.source, outer.arguments + 1, call.start),
        )


def _named(facts: FileFacts, qualified: str) -> str:
    return qualified if facts.module else qualified_in("", facts.path, qualified)


def _holding(calls: Sequence[Call], offset: int) -> Call | None:
    """The innermost of these calls among whose arguments an offset lies."""
    for call in reversed(calls):
        if call.arguments < offset < call.end:
            return call
    return None


def _position(source: bytes, start: int, end: int) -> int:
    """How many commas lie between two offsets, outside of brackets and strings; enough for short argument lists."""
    if end - start > _LONG_ARGUMENTS:
        return -1
    if source.find(b",", start, end) < 0:
        return 0
    depth = commas = 0
    for sign in _SIGN.findall(_QUOTED.sub(b"", source[start:end])):
        if sign == b",":
            commas += not depth
        elif sign in b"([{":
            depth += 1
        else:
            depth -= 1
    return commas
