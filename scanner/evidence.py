"""What kind of evidence a finder rests on: only names, or also what code calls, does and stands in."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.rules import AllOf, AnyOf, AtomKind, Clause, Node

#: Atoms that tell what code does, in whatever words.
_BEHAVIOUR: frozenset[AtomKind] = frozenset({"means", "loop", "branch", "handler", "exit", "pattern", "query"})
#: Atoms that are a fact about a library when they are written as a qualified name.
_QUALIFIED: frozenset[AtomKind] = frozenset({"call", "import", "decorator", "extends"})


def only_names(nodes: Iterable[Node]) -> bool:
    """Whether nodes that hold together at one place rest on names alone.

    Names are the weakest evidence (design: "The rule language"); a known call, a shape of control flow, another seam
    or a position beside one of them is something that a name cannot feign.
    """
    return not any(_tells_more(node) for node in nodes)


def _tells_more(node: Node | None) -> bool:
    if node is None:
        return False
    if isinstance(node, AnyOf):
        return all(_tells_more(member) for member in node.members)
    if isinstance(node, AllOf):
        return any(_tells_more(member) for member in node.members)
    if node.seams or any(_is_strong(node, kind) for kind, _ in node.atoms):
        return True
    return any(_tells_more(part) for part in (node.inside, node.contains, node.guards))


def _is_strong(clause: Clause, kind: AtomKind) -> bool:
    if kind in _BEHAVIOUR:
        return True
    return kind in _QUALIFIED and all(pattern.qualified for pattern in dict(clause.atoms)[kind])
