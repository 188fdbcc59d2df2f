"""What the boxes and arrows of a seam web say: in words, for who points at them or hears them, and cut to a box."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final, Literal

from scanner.phrases import joined, plural
from scanner.seamweb import Role, WebEdge, WebNode

#: Functions of a way that are told by name.
_MOST_TOLD: Final = 7
#: Letters of a name in words; the list of seams has all of it.
_LONGEST: Final = 90

#: How a side effect can stand to gates, worst first, in the words of the section on gates. None of a pack that has no
#: such section.
Standing = Literal["uncovered", "unknown", "policy", "conditional", "covered", "unjudged"]
STANDINGS: Final[Mapping[Standing, tuple[str, str]]] = {
    "uncovered": ("○", "past every gate"),
    "unknown": ("?", "no way known"),
    "policy": ("◐", "rules that ask nobody"),
    "conditional": ("●", "a person can be asked, only where a condition asks"),
    "covered": ("●", "a person can be asked"),
    "unjudged": ("–", "not judged"),
}
_CALLED: Final[Mapping[Role, str]] = {
    "shared": "function",
    "carrier": "function that carries out actions",
    "door": "door: one of the fewest functions that all ways pass",
}


def mark_of(standing: Standing | None) -> str:
    """Sign and words in a box, which has room for no more than the last part; empty where nothing is judged."""
    if standing is None:
        return ""
    sign, words = STANDINGS[standing]
    return f"{sign} {words.rpartition(', ')[2]}"


def standing_of(node: WebNode, judged: bool) -> Standing | None:
    """How a seam stands to gates; None where it is no side effect.

    Args:
        node: of the seam.
        judged: whether side effects are judged at all.
    """
    if node.verdict:
        return "conditional" if node.verdict == "covered" and node.conditional else node.verdict
    return "unjudged" if judged and node.kind == "side_effect" else None


def box_words(node: WebNode, behind: int, standing: Standing | None = None) -> str:
    """A box in words, a seam with the way to it.

    Args:
        node: the box.
        behind: to how many seams it leads.
        standing: of a side effect how it stands to gates.
    """
    if node.role == "seam":
        return _seam_words(node, standing)
    if node.role in ("surface", "unreached"):
        return f"{_named(node.name)}: {plural(behind, 'seam')}"
    called = f"{plural(len(node.gates), 'gate')}" if node.role == "gate" else _CALLED[node.role]
    names = joined([_named(each) for each in node.gates or (node.name,)], "and")
    return f"{names}, {called}, at {node.path}:{node.line}; {plural(behind, 'seam')} behind it"


def _seam_words(node: WebNode, standing: Standing | None) -> str:
    """A seam with the way to it."""
    way = list(node.way)
    if way and way[-1] == node.name:
        way.pop()
    if len(way) > _MOST_TOLD:
        left_out = len(way) - _MOST_TOLD
        way[_MOST_TOLD // 2 + 1 : -(_MOST_TOLD // 2)] = [f"({plural(left_out, 'more function')})"]
    gates = [f"behind {joined([_named(each) for each in node.gates], 'and')}"] if node.gates else []
    place = f"{_named(node.name)}, {node.kind.replace('_', ' ')} at {node.path}:{node.line}"
    if more := len(node.anchors) - 1:
        place += f" and {plural(more, 'more place')} in it"
    text = " → ".join([*node.surfaces[:1], *(_named(each) for each in way), *gates, place])
    if standing is not None:
        text += f"; gates: {STANDINGS[standing][1]}"
    others = node.surfaces[1:]
    return f"{text}; reached from {joined(others, 'and')} too" if others else text


def edge_words(edge: WebEdge, source: WebNode, target: WebNode) -> str:
    """An arrow in words."""
    how = plural(edge.calls, "call")
    if edge.calls and edge.line:
        how += f", {'the first ' if edge.calls > 1 else ''}at line {edge.line}"
    if target.role == "gate":
        how = "asked before what follows"
    elif not edge.calls:
        how = {"unreached": "no known way", "surface": "starts there"}.get(source.role, "inside it")
    return f"{_named(source.called or source.name)} → {_named(target.called or target.name)}: {how}"


def _named(name: str) -> str:
    return fitted(name, _LONGEST, 1)


def fitted(text: str, room: float, letter: float) -> str:
    """As much of a name as there is room for: its last part says most, then how it begins."""
    most = max(int(room / letter), 2)
    if _wide(text) <= most:
        return text
    head, dot, tail = text.rpartition(".")
    rest = most - _wide(tail) - 1
    if dot and rest >= 0:
        return f"{_cut(head, rest - 1)}….{tail}" if rest > 4 else f"…{tail}"
    end = _cut(text[::-1], (most - 1) // 2)[::-1]
    return f"{_cut(text, most - 1 - _wide(end))}…{end}"


def _cut(text: str, most: int) -> str:
    """The beginning of a text."""
    while _wide(text) > most:
        text = text[:most] if len(text) > most else text[:-1]
    return text


def _wide(text: str) -> int:
    """How many letters of usual width a text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
