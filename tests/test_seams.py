"""Touchpoints folded into seams, and the order in which people see them."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.seams import Seam, best_first, fold
from scanner.touchpoints import Confidence, Role, Touchpoint


def touch(
    name: str,
    *,
    role: Role = Role.DEFINITION,
    confidence: Confidence = Confidence.MEDIUM,
    path: str = "agent.py",
    line: int = 1,
    symbol: str | None = None,
    seam: str = "",
    rules: tuple[str, ...] = ("one",),
    unwired: bool = False,
    lines: int = 1,
    crowded: bool = False,
    by_name: bool = False,
) -> Touchpoint:
    return Touchpoint(
        id=f"{path}:{name}:{line}",
        rule=rules[0],
        kind="model_call",
        role=role,
        confidence=confidence,
        path=path,
        line=line,
        end_line=line + lines - 1,
        symbol=name if symbol is None else symbol,
        text="",
        name=name,
        rules=rules,
        seam=seam,
        unwired=unwired,
        lowered_in_crowd=crowded or by_name,
        by_name=by_name,
    )


def folded(*touchpoints: Touchpoint) -> tuple[Seam, ...]:
    return fold(touchpoints, lambda path: "examples" if path.startswith("examples/") else "core", {"examples"})


def names(*touchpoints: Touchpoint) -> list[str]:
    return [seam.name for seam in folded(*touchpoints)]


def test_a_use_folds_into_its_definition_and_a_stranger_does_not() -> None:
    definition = touch("ask")
    use = touch("ask", role=Role.USE, path="cli.py", symbol="run", seam=definition.id)
    stranger = touch("ask", role=Role.USE, path="cli.py", symbol="other", line=9)

    assert [len(seam.touchpoints) for seam in folded(definition, use, stranger)] == [2, 1]


def test_a_use_whose_definition_is_gone_stands_by_itself() -> None:
    assert names(touch("ask", role=Role.USE, symbol="run", seam="nowhere")) == ["run"]


def test_places_in_one_function_are_one_seam() -> None:
    one, two = (touch("send", role=Role.USE, symbol="run", line=line) for line in (3, 5))
    other = touch("send", role=Role.USE, symbol="stop", line=9)

    assert names(one, two, other) == ["run", "stop"]


def test_a_configuration_key_is_one_seam_in_all_files_and_spellings() -> None:
    keys = [
        touch("model.fallback_chain", role=Role.CONFIG, path="a.yaml", symbol=""),
        touch("FALLBACK_CHAIN", role=Role.CONFIG, path=".env", symbol=""),
        touch("fallback", role=Role.CONFIG, path="b.yaml", symbol=""),
    ]

    assert sorted(len(seam.touchpoints) for seam in folded(*keys)) == [1, 2]


def test_a_test_of_a_seam_is_a_seam_apart() -> None:
    code = touch("ask", symbol="ask")
    test = touch("ask", role=Role.TEST, confidence=Confidence.LOW, symbol="ask")

    assert [seam.counts for seam in folded(code, test)] == [True, False]


def test_the_best_place_of_a_seam_comes_first() -> None:
    definition = touch("ask", line=9)
    sure = touch("ask", role=Role.USE, confidence=Confidence.HIGH, path="z.py", symbol="run", seam=definition.id)
    use = touch("ask", role=Role.USE, path="a.py", symbol="run", seam=definition.id)
    (seam,) = folded(use, definition, sure)

    assert [item.role for item in seam.touchpoints] == [Role.USE, Role.DEFINITION, Role.USE]
    assert seam.confidence is Confidence.HIGH


def test_seams_come_in_order_of_what_speaks_for_them() -> None:
    assert names(
        touch("low", confidence=Confidence.LOW),
        touch("example", path="examples/agent.py"),
        touch("unwired", unwired=True),
        touch("use", role=Role.USE),
        touch("plain", path="b.py"),
        touch("twice", rules=("one", "two"), path="c.py"),
        touch("sure", confidence=Confidence.HIGH),
    )[:3] == ["sure", "twice", "plain"]


def test_low_confidence_ranks_last_whatever_else_speaks_for_it() -> None:
    low = touch("low", confidence=Confidence.LOW, rules=("one", "two"))
    example = touch("example", path="examples/agent.py")

    assert names(low, example)[-1] == "low"


def test_seams_do_not_depend_on_the_order_of_their_uses() -> None:
    definition = touch("ask")
    uses = [
        touch("ask", role=Role.USE, path="cli.py", line=line, symbol="run", seam=definition.id) for line in (1, 2, 3)
    ]

    assert folded(definition, *uses) == folded(*reversed(uses), definition)


def crowd(count: int) -> list[Touchpoint]:
    """Places of one kind that rank before any small one."""
    return [touch(f"large{at}", path=f"large{at}.py", lines=150, confidence=Confidence.HIGH) for at in range(count)]


def sureness(count: int, *touchpoints: Touchpoint) -> Confidence:
    """How sure the seam of these places is beside so many others of its kind."""
    ids = {item.id for item in touchpoints}
    return next(seam.confidence for seam in folded(*crowd(count), *touchpoints) if seam.id in ids)


@pytest.mark.parametrize(
    ("alone", "confidence"),
    [
        (touch("ask", by_name=True), Confidence.LOW),
        (touch("ask", by_name=True, confidence=Confidence.HIGH), Confidence.MEDIUM),
        (touch("ask", by_name=True, lines=39), Confidence.LOW),
        (touch("ask", by_name=True, lines=40), Confidence.MEDIUM),
        (touch("ask", by_name=True, rules=("one", "two")), Confidence.MEDIUM),
        (touch("ask", by_name=True, role=Role.CONTRACT), Confidence.MEDIUM),
        (touch("ask"), Confidence.MEDIUM),
    ],
)
def test_in_a_crowd_a_small_place_that_stands_alone_and_has_only_its_name_is_less_sure(
    alone: Touchpoint, confidence: Confidence
) -> None:
    assert sureness(10, alone) is confidence
    assert sureness(9, alone) is alone.confidence


def test_a_seam_tells_how_much_a_crowd_took_from_it() -> None:
    alone = touch("ask", by_name=True, confidence=Confidence.HIGH)

    steps = {
        count: {seam.crowded for seam in folded(*crowd(count), alone) if seam.id == alone.id} for count in (9, 10, 20)
    }

    assert steps == {9: {0}, 10: {1}, 20: {2}}
    assert {seam.crowded for seam in folded(*crowd(30))} == {0}


def called(**more: Any) -> tuple[Touchpoint, Touchpoint]:
    """A definition and a use of it elsewhere."""
    definition = touch("ask", **more)
    return definition, touch("ask", role=Role.USE, path="cli.py", symbol="run", seam=definition.id, **more)


@pytest.mark.parametrize(
    ("places", "confidence"),
    [
        (called(by_name=True), Confidence.LOW),
        (called(by_name=True, confidence=Confidence.HIGH), Confidence.MEDIUM),
        (called(crowded=True), Confidence.MEDIUM),
        ((touch("ask", crowded=True),), Confidence.LOW),
        ((touch("ask", crowded=True, lines=40),), Confidence.MEDIUM),
        ((touch("ask", by_name=True, confidence=Confidence.HIGH),), Confidence.LOW),
        ((touch("ask"),), Confidence.MEDIUM),
    ],
)
def test_past_many_a_lone_place_and_a_mere_name_each_lose_a_step(
    places: tuple[Touchpoint, ...], confidence: Confidence
) -> None:
    assert sureness(20, *places) is confidence
    if len(places) > 1:
        assert sureness(19, *places) is places[0].confidence


def test_every_place_of_a_seam_names_the_one_that_stands_for_it() -> None:
    definition = touch("ask")
    use = touch("ask", role=Role.USE, path="cli.py", symbol="run", seam=definition.id)
    again = touch("send", role=Role.USE, symbol="ask", line=4)
    (seam,) = folded(definition, use, again)

    assert [item.seam for item in seam.touchpoints] == ["", definition.id, definition.id]


def test_what_stands_for_a_seam_comes_before_all_uses_and_low_confidence_last() -> None:
    one, two = touch("ask"), touch("send", path="other.py")
    use = touch("ask", role=Role.USE, path="cli.py", symbol="run", seam=one.id)
    low = touch("low", confidence=Confidence.LOW, path="a.py")

    assert best_first(folded(use, low, two, one)) == (one, two, use, low)


def test_what_reaches_far_or_decides_much_ranks_before_what_stands_alone() -> None:
    called = touch("called", path="z.py")
    uses = [touch("called", role=Role.USE, path=f"{at}.py", symbol="run", seam=called.id) for at in range(4)]
    large = touch("large", path="y.py", lines=90)
    small = touch("small", path="a.py")

    assert names(called, *uses, large, small) == ["large", "called", "small"]
