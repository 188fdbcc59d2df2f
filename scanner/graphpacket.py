"""What a packet says of ways: what seams are reached through, what passes that by, which effects are gated."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

#: Rows of the matrix of surfaces that are none: seams that no known entry point reaches, and those outside of code.
UNREACHED: Final = "no entry point found"
NO_CODE: Final = "settings and data"


class Function(msgspec.Struct, frozen=True):
    """A function that a text or a way names, and that need not be a touchpoint."""

    #: Fingerprint: survives moved lines.
    id: str
    path: str
    line: int
    end_line: int
    #: Dotted name in the file, of a nameless function that of the one around it with its line; else the file's name.
    symbol: str


class Step(msgspec.Struct, frozen=True):
    """One function on a way, and the line on which it calls the next; of the last one its own line."""

    #: Fingerprint of a `Function`.
    function: str
    line: int


class Door(msgspec.Struct, frozen=True):
    """A chokepoint: one of the fewest functions through which all ways lead."""

    #: Fingerprint of a `Function`.
    function: str
    #: Fingerprints of the touchpoints that are out of reach without it and the doors before it.
    holds: tuple[str, ...]
    #: Surfaces from which it is reached.
    surfaces: tuple[str, ...]


class PassedBy(msgspec.Struct, frozen=True):
    """A touchpoint that is reached without passing the first door."""

    id: str
    surfaces: tuple[str, ...]
    #: A shortest way, from an entry point.
    way: tuple[Step, ...]


class Passages(msgspec.Struct, frozen=True):
    """Through how few functions some seams are reached."""

    #: Rules or kinds of the seams.
    of: tuple[str, ...]
    #: Fingerprints of the places, one a function.
    places: tuple[str, ...]
    #: A minimum vertex cut between entry points and places, the door that holds most first.
    doors: tuple[Door, ...]
    #: Places that the first door does not hold.
    passed_by: tuple[PassedBy, ...]


class GateVerdict(msgspec.Struct, frozen=True):
    """Whether one side effect runs only behind a gate whose decision reaches it."""

    #: Fingerprint of the touchpoint.
    id: str
    #: `policy`: only behind gates at which no person can be asked. `unknown`: no way to it is known.
    verdict: Literal["covered", "policy", "uncovered", "unknown"]
    #: Whether a condition around the gate can leave it out.
    conditional: bool
    #: Fingerprints of the gates on the way; of one that is only sure enough to stand before code, its function's id.
    gates: tuple[str, ...]
    #: A shortest way; of an uncovered one past every gate.
    way: tuple[Step, ...]


class Carrier(msgspec.Struct, frozen=True):
    """A function that carries out actions, and how the side effects that it reaches are gated."""

    #: Id of the function.
    function: str
    #: Whether a model decides what it carries out, rather than a person, a schedule or a script.
    by_model: bool
    covered: int
    #: So many of those are covered only where a condition asks.
    conditional: int
    policy: int
    uncovered: int


class GateCoverage(msgspec.Struct, frozen=True):
    """Side effects of what a model decides, and the gates before them."""

    #: How many are covered, behind policy alone, uncovered and unknown.
    counts: tuple[int, int, int, int]
    effects: tuple[GateVerdict, ...]
    #: Fingerprints of places that let the agent act without asking.
    modes: tuple[str, ...]
    #: From where side effects are reached, those that others than a model set off included.
    carriers: tuple[Carrier, ...] = ()


class MapNode(msgspec.Struct, frozen=True):
    """One node of the seam map: a surface, a door, or a seam."""

    id: str
    label: str
    role: Literal["surface", "door", "seam", "more"]
    #: The surface in whose code it stands; empty of a surface.
    group: str = ""


class MapEdge(msgspec.Struct, frozen=True):
    """One arrow of the seam map."""

    source: str
    target: str


class SeamMap(msgspec.Struct, frozen=True):
    """A drawing of at most 25 nodes."""

    nodes: tuple[MapNode, ...] = ()
    edges: tuple[MapEdge, ...] = ()


class GraphSize(msgspec.Struct, frozen=True):
    """How much of the code the graph knows."""

    functions: int = 0
    #: How edges were found (`direct`, `imported`, `method`, `registry`, `dynamic`), and how many of high and medium
    #: confidence there are of each.
    edges: tuple[tuple[str, int], ...] = ()
    #: Edges of low confidence, which no answer rests on.
    guesses: int = 0
    #: Calls of which nobody can tell what they reach.
    unresolved: int = 0
    #: Entry points by surface.
    entries: tuple[tuple[str, int], ...] = ()


class SeamGraph(msgspec.Struct, frozen=True):
    """What is reached through what."""

    size: GraphSize = GraphSize()
    passages: Passages | None = None
    gates: GateCoverage | None = None
    map: SeamMap = SeamMap()
    #: Every function that a text or a way of the packet names, in order of path and line.
    functions: tuple[Function, ...] = ()
