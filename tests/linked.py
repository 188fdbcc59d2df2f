"""The graph of calls of a small repository, in lines that a person can read."""

from __future__ import annotations

from collections.abc import Mapping

from conftest import Repo

from scanner.graph import Graph


def graph_of(repo: Repo, files: Mapping[str, str]) -> Graph:
    """Write files (path → source, dedented), scan them, and give their graph."""
    for path, source in files.items():
        repo.write(path, source)
    return repo.scan().graph


def edges_of(graph: Graph, source: str = "") -> set[str]:
    """Every edge as `source -> target how confidence`, or those that leave one node.

    A node goes by its symbol, a nameless function by `symbol:line`, the top of a file by the file's name.
    """
    nodes = graph.nodes
    return {
        f"{nodes[edge.source].label} -> {nodes[edge.target].label} {edge.how} {edge.confidence.value}"
        for edge in graph.edges
        if source in ("", nodes[edge.source].label)
    }


def edges(repo: Repo, files: Mapping[str, str], source: str = "") -> set[str]:
    """The edges of the graph of some files, as `edges_of` writes them."""
    return edges_of(graph_of(repo, files), source)


def unresolved(graph: Graph) -> list[tuple[str, str, int]]:
    """Calls that could not be resolved: the node, what is called as written, and how many functions it may be."""
    return [(graph.nodes[item.node].label, item.target, item.candidates) for item in graph.unresolved]
