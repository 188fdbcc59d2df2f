"""Nodes of the rule language as they would be written on one line, for people."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

from scanner.rules import AllOf, AnyOf, ArgumentTest, Clause, NamePattern, Node


def written(node: Node) -> str:
    """A node in the flow style of YAML, such as `{handler: any, guards: {means: model_call}}`."""
    if isinstance(node, Clause):
        return "{" + ", ".join(_keys(node)) + "}"
    if isinstance(node, AnyOf) and (least := at_least(node)) is not None:
        return f"{{at_least: {least[0]}, of: [{', '.join(map(written, least[1]))}]}}"
    name = "all" if isinstance(node, AllOf) else "any"
    return f"{{{name}: [{', '.join(map(written, node.members))}]}}"


def at_least(node: AnyOf) -> tuple[int, tuple[Node, ...]] | None:
    """Number and members of an `at_least`, which is loaded as every choice of so many; None for any other node."""
    choices = [member.members for member in node.members if isinstance(member, AllOf)]
    if len(choices) < 2 or len(choices) < len(node.members):
        return None
    members = {id(member): member for choice in choices for member in choice}
    same = {len(choice) for choice in choices} == {len(choices[0])}
    return (
        (len(choices[0]), tuple(members.values()))
        if same and len(choices) == comb(len(members), len(choices[0]))
        else None
    )


def bare(clause: Clause) -> str:
    """A clause as `written`, without the braces around it."""
    return written(clause)[1:-1]


def _keys(clause: Clause) -> Iterator[str]:
    for atom, patterns in clause.atoms:
        yield f"{atom}: {_several([_pattern(pattern) for pattern in patterns])}"
    for name, words in (("mentions", clause.mentions), ("around", clause.around)):
        if words:
            yield f"{name}: {_several([_quoted(pattern.source) for pattern in words])}"
    if clause.lines:
        yield f"lines: {clause.lines}"
    if clause.arguments:
        yield f"with: {{{', '.join(map(_argument, clause.arguments))}}}"
    for name, node in (
        ("inside", clause.inside),
        ("contains", clause.contains),
        ("guards", clause.guards),
        ("not", clause.negated),
    ):
        if node is not None:
            yield f"{name}: {written(node)}"
    for name, values in (("seam", clause.seams), ("as", clause.shapes), ("languages", clause.languages)):
        if values:
            yield f"{name}: {_several(values)}"
    if clause.paths:
        yield f"paths: {_several([_quoted(glob) for glob in clause.paths])}"


def _several(values: list[str] | tuple[str, ...]) -> str:
    return values[0] if len(values) == 1 else f"[{', '.join(values)}]"


def _quoted(text: str) -> str:
    return f'"{text}"'


def _pattern(pattern: NamePattern) -> str:
    source = " ".join(pattern.source.split())
    if pattern.language:
        return f"{{{pattern.language}: {_quoted(source)}}}"
    return source if source.isidentifier() else _quoted(source)


def _argument(test: ArgumentTest) -> str:
    if test.test == "any":
        return f"{test.name}: any"
    return f"{test.name}: {test.value if test.words is None else _quoted(test.words.source)}"
