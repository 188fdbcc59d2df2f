"""Which places a page names first."""

from __future__ import annotations

import msgspec
from hostile import GRAPH
from madeup import rich_packet

from scanner.graphpacket import GateCoverage, GateVerdict
from scanner.packet import Packet, RequirementResult, Score, Term
from scanner.packs import Status
from scanner.riskiest import riskiest

_VALUES: dict[Status, float] = {"ready": 1, "partial": 0.5, "gap": 0, "n/a": 0}


def judged(*requirements: tuple[str, Status, int, tuple[str, ...]], uncovered: tuple[str, ...] = ()) -> Packet:
    """The made-up packet with requirements of this id, status, weight and these exceptions."""
    packet = rich_packet()
    one = packet.requirements[0]
    results: list[RequirementResult] = [
        msgspec.structs.replace(one, id=name, status=status, weight=weight, exceptions=exceptions)
        for name, status, weight, exceptions in requirements
    ]
    terms = tuple(Term(each.id, each.status, each.weight, _VALUES[each.status]) for each in results)
    gates = GateCoverage(
        (0, 0, len(uncovered), 0), tuple(GateVerdict(x, "uncovered", False, (), ()) for x in uncovered), ()
    )
    return msgspec.structs.replace(
        packet,
        requirements=tuple(results),
        score=Score(0, 0, 1, 1, "", terms),
        graph=msgspec.structs.replace(GRAPH, gates=gates),
    )


def first_places(packet: Packet) -> list[str]:
    return [each.place.id for each in riskiest(packet)]


def ids(count: int) -> list[str]:
    """Fingerprints of touchpoints in functions of their own."""
    found: dict[str, str] = {}
    for each in rich_packet().touchpoints:
        if each.symbol:
            found.setdefault(f"{each.path} {each.symbol}", each.id)
    return list(found.values())[:count]


def test_the_place_that_most_weight_hangs_on_comes_first() -> None:
    a, b, c = ids(3)

    packet = judged(("one", "gap", 1, (a, b)), ("two", "partial", 2, (b,)), ("three", "gap", 3, (c,)))

    assert first_places(packet) == [c, b, a]
    assert [each.lost for each in riskiest(packet)] == [3, 2, 1]
    assert riskiest(packet)[1].requirements == ("one", "two")


def test_what_is_ready_or_does_not_apply_names_no_risk() -> None:
    a, b = ids(2)

    assert first_places(judged(("one", "ready", 3, (a,)), ("two", "n/a", 3, (b,)))) == []


def test_of_equals_a_side_effect_past_every_gate_comes_first() -> None:
    a, b = ids(2)

    packet = judged(("one", "gap", 2, (a, b)), uncovered=(b,))

    assert first_places(packet) == [b, a]
    assert riskiest(packet)[0].ungated


def test_two_places_of_one_function_are_one_risk() -> None:
    packet = rich_packet()
    one = next(each for each in packet.touchpoints if each.symbol)
    twin = msgspec.structs.replace(one, id="twin", line=one.line + 1)
    made = judged(("one", "gap", 2, (one.id, "twin")))
    made = msgspec.structs.replace(made, touchpoints=(*made.touchpoints, twin))

    assert first_places(made) == [one.id]


def test_of_equals_the_seam_of_higher_rank_comes_first_however_they_are_named() -> None:
    places = ids(3)
    ranked = [each for seam in rich_packet().seams for each in seam.touchpoints if each in places]

    assert first_places(judged(("one", "gap", 2, tuple(reversed(places))))) == ranked
    assert first_places(judged(("one", "gap", 2, tuple(places)))) == ranked


def test_a_function_that_only_the_graph_knows_may_be_one_and_an_unknown_place_is_none() -> None:
    (place,) = ids(1)

    packet = judged(("one", "gap", 1, (place,)), ("two", "gap", 2, (GRAPH.functions[0].id, "unknown")))

    assert first_places(packet) == [GRAPH.functions[0].id, place]
