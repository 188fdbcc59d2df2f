"""Words of names and the patterns over them."""

from __future__ import annotations

from budget import budget
from hypothesis import assume, given
from hypothesis import strategies as st

from scanner.words import WordPattern, WordPatternError, parse, split

NAMES = st.text(max_size=40) | st.lists(
    st.sampled_from(
        ["http", "HTTP", "Server", "IDs", "v2", "_", "-", ".", "9", "é", "É", "ß", "İ", "中", "１", "\ud800", "ǅ", "ﬀ"]
    ),
    max_size=10,
).map("".join)
WORDS = st.lists(st.from_regex(r"[a-z]{1,6}", fullmatch=True), min_size=1, max_size=5)
PATTERNS = st.text(max_size=30) | st.lists(
    st.sampled_from(
        ["{", "}", ",", "*", "^", "$", " ", "  ", "send", "run turn", "HTTPServer", "é", "İ", "|", "\\", "\n", "2"]
    ),
    max_size=12,
).map("".join)


def read(source: str) -> WordPattern | None:
    try:
        return parse(source)
    except WordPatternError as error:
        assert 0 <= error.offset <= len(source)
        assert error.args[0]
        return None


@budget(200)
@given(NAMES)
def test_words_are_lower_case_parts_of_the_name_in_its_order(name: str) -> None:
    words = split(name)

    assert all(word == word.lower() and word for word in words)
    assert "".join(words) == "".join(piece for piece in name.lower() if piece in "".join(words)) or not name.isascii()
    if name.isascii():
        assert "".join(words) == "".join(filter(str.isalnum, name)).lower()


@budget(200)
@given(WORDS)
def test_a_name_is_the_same_words_in_every_casing(words: list[str]) -> None:
    assume(all(len(word) > 1 for word in words))
    snake, camel = "_".join(words), words[0] + "".join(map(str.capitalize, words[1:]))

    assert split(snake) == split(snake.upper()) == split("-".join(words)) == split(camel) == tuple(words)


@budget(300)
@given(PATTERNS, NAMES)
def test_a_pattern_is_refused_at_a_place_in_it_or_matches_without_an_error(source: str, name: str) -> None:
    pattern = read(source)

    assert pattern is None or pattern.matches(split(name)) in (True, False)


@budget(100)
@given(WORDS, WORDS, WORDS)
def test_a_run_of_words_matches_where_it_stands_and_is_bound_by_anchors(
    before: list[str], words: list[str], after: list[str]
) -> None:
    run = " ".join(words)
    name = split("_".join([*before, *words, *after]))

    assert parse(run).matches(name)
    assert parse(f"^ {run}").matches(split("_".join([*words, *after])))
    assert parse(f"{run} $").matches(split("_".join([*before, *words])))
    assert parse(f"^ {' '.join(before)} * {' '.join(after)} $").matches(name)
    assert parse("{" + f"nothing here, {run}" + "}").matches(name)
