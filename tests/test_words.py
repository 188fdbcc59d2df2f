"""Names as words: splitting is the same in every casing, and patterns match runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.words import WordPatternError, parse, split

WORD = st.from_regex(r"[a-z]{2,8}[0-9]{0,2}", fullmatch=True)
NAMES = st.lists(WORD, min_size=1, max_size=6)
#: A small alphabet, so that patterns and names often meet.
FEW = st.lists(st.sampled_from(["model", "client", "send", "retry"]), max_size=5).map(tuple)
SOME = st.lists(st.sampled_from(["model", "client", "send", "retry"]), min_size=1, max_size=3).map(tuple)


@given(NAMES)
def test_every_casing_of_a_name_has_the_same_words(name: list[str]) -> None:
    pascal = "".join(word.capitalize() for word in name)
    casings = ["_".join(name), "-".join(name), "_".join(name).upper(), "-".join(name).upper(), ".".join(name)]
    casings += [pascal, pascal[0].lower() + pascal[1:], "__" + "_".join(name), " ".join(name)]

    assert {split(casing) for casing in casings} == {tuple(name)}


@given(st.text(max_size=30))
def test_any_text_splits_into_lower_case_words_without_losing_letters(text: str) -> None:
    words = split(text)

    assert all(word and word == word.lower() for word in words)
    assert sum(map(len, words)) >= sum(char.isascii() and char.isalnum() for char in text)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("HTTPServer_v2", ("http", "server", "v2")),
        ("getURL", ("get", "url")),
        ("sessionIDs", ("session", "ids")),
        ("LLMs", ("llms",)),
        ("OSserver", ("o", "sserver")),
        ("gpt4o", ("gpt4", "o")),
        ("größteÄnderung", ("größte", "änderung")),
        ("模型Provider", ("模型", "provider")),
        ("__init__", ("init",)),
        ("a\0b", ("a", "b")),
        ("_", ()),
        ("", ()),
    ],
)
def test_a_name_splits_where_a_reader_would_split_it(name: str, words: tuple[str, ...]) -> None:
    assert split(name) == words


@given(FEW, SOME, FEW)
def test_a_run_of_words_matches_anywhere_in_a_name(
    before: tuple[str, ...], run: tuple[str, ...], after: tuple[str, ...]
) -> None:
    assert parse(" ".join(run)).matches(before + run + after)


@given(SOME, FEW, SOME)
def test_a_star_matches_any_words_between_or_none(
    first: tuple[str, ...], gap: tuple[str, ...], last: tuple[str, ...]
) -> None:
    pattern = parse(f"{' '.join(first)} * {' '.join(last)}")

    assert pattern.matches(first + gap + last)
    assert not pattern.matches(first + gap) or _follows(first + gap, first, last)


@given(FEW, SOME)
def test_anchors_bind_a_run_to_the_ends_of_the_name(name: tuple[str, ...], run: tuple[str, ...]) -> None:
    text = " ".join(run)

    assert parse(f"^{text}").matches(name) == (name[: len(run)] == run)
    assert parse(f"{text}$").matches(name) == (name[-len(run) :] == run)
    assert parse(f"^ {text} $").matches(name) == (name == run)


@given(SOME, SOME, FEW)
def test_alternatives_match_what_one_of_them_matches(
    one: tuple[str, ...], two: tuple[str, ...], name: tuple[str, ...]
) -> None:
    either = parse(f"{{{' '.join(one)}, {' '.join(two)}}}")

    assert either.matches(name) == (parse(" ".join(one)).matches(name) or parse(" ".join(two)).matches(name))


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_an_error_that_points_into_it(text: str) -> None:
    try:
        parse(text).matches(("model", "client"))
    except WordPatternError as error:
        assert 0 <= error.offset <= len(text)


@pytest.mark.parametrize(
    ("pattern", "message", "offset"),
    [
        ("", "it needs at least one word", 0),
        ("^ * $", "it needs at least one word", 0),
        ("send {model", "`{` is not closed, or holds another `{`", 5),
        ("send model}", "`}` closes nothing", 10),
        ("send ^model", "`^` stands at the start only", 5),
        ("send$ model", "`$` stands at the end only", 4),
        ("send {model, }", "an alternative without a word", 12),
        ("send {model, cl*}", "`*` means nothing here", 15),
        ("send|model", "`|` means nothing here", 4),
        ("send !", "it needs a word here", 5),
    ],
)
def test_a_bad_pattern_says_what_is_wrong_and_where(pattern: str, message: str, offset: int) -> None:
    with pytest.raises(WordPatternError) as caught:
        parse(pattern)

    assert (str(caught.value), caught.value.offset) == (message, offset)


def test_words_are_not_stemmed() -> None:
    assert parse("ip").matches(split("resolve_ip"))
    assert not parse("ip").matches(split("resolve_ips"))


def _follows(name: tuple[str, ...], first: tuple[str, ...], last: tuple[str, ...]) -> bool:
    """Whether `last` stands somewhere after `first`, told the slow way."""
    runs = range(len(name) + 1)
    starts = [at + len(first) for at in runs if name[at : at + len(first)] == first]
    return any(name[at : at + len(last)] == last for start in starts for at in runs if at >= start)
