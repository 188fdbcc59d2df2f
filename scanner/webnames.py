"""What to call the functions of a picture, so that two of one name are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from scanner.graph import Node


def names_of(nodes: Sequence[Node], wanted: Iterable[int]) -> Mapping[int, str]:
    """Number of each wanted node → its label; where nodes of several files are called that, with its file.

    Args:
        nodes: of the graph.
        wanted: numbers of those to be named.
    """
    labels = {number: nodes[number].label for number in wanted}
    sought = set(labels.values())
    paths: dict[str, set[str]] = {}
    for node in nodes:
        if (label := node.label) in sought:
            paths.setdefault(label, set()).add(node.path)
    return {number: _with_file(nodes[number], label, paths[label]) for number, label in labels.items()}


def _with_file(node: Node, label: str, paths: Set[str]) -> str:
    if len(paths) == 1:
        return label
    file = _tail(node.path, paths)
    # The top of a file is called as the file is, and some nameless function has it in front.
    name = node.path.rpartition("/")[2]
    return file + label.removeprefix(name) if label.startswith(name) else f"{file}:{label}"


def _tail(path: str, paths: Set[str]) -> str:
    """The end of a path that no other one shares, by whole folders."""
    parts = path.split("/")
    for count in range(1, len(parts)):
        tail = "/".join(parts[-count:])
        if not any(other != path and f"/{other}".endswith(f"/{tail}") for other in paths):
            return tail
    return path
