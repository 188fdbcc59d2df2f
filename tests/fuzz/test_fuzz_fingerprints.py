"""Fingerprints: the same for the same place, others for others, whatever its names consist of."""

from __future__ import annotations

import re

from budget import budget
from hypothesis import assume, given
from hypothesis import strategies as st

from scanner.fingerprints import fingerprint

#: Paths are escaped and sources decoded before anything is told of them, so that a half of a character stands nowhere.
PARTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["", "a", "a.b", "é", "e\u0301", "\x1f", "model_call", "1", "\n"]
)
PLACES = st.tuples(PARTS, PARTS, PARTS, PARTS, PARTS, st.integers(1, 999))


@budget(200)
@given(PLACES)
def test_a_fingerprint_is_sixteen_hexadecimal_digits_and_always_the_same(
    place: tuple[str, str, str, str, str, int],
) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint(*place))
    assert fingerprint(*place) == fingerprint(*place)


@budget(300)
@given(PLACES, st.integers(0, 5), PARTS)
def test_another_part_makes_another_fingerprint(place: tuple[str, str, str, str, str, int], at: int, part: str) -> None:
    other = [*place]
    other[at] = part if at < 5 else place[5] + 1
    assume(tuple(other) != place)

    assert fingerprint(*other) != fingerprint(*place)  # type: ignore[arg-type]


@budget(200)
@given(PLACES, PARTS)
def test_what_goes_from_one_part_to_the_next_makes_another_fingerprint(
    place: tuple[str, str, str, str, str, int], part: str
) -> None:
    assume(part)
    kind, role, path, symbol, name, number = place

    assert fingerprint(kind, role, path, symbol + part, name, number) != fingerprint(
        kind, role, path, symbol, part + name, number
    )
