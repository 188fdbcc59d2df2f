"""Keys in names, paths and reasons are masked wherever a record goes out, and everything else stays as it is."""

from __future__ import annotations

import msgspec
import pytest
from hostile import NASTY, hostile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_outputs_hide_secrets import SHAPED

from scanner.links import Links
from scanner.masking import masked, may_hold_key, without_keys
from scanner.packet import Place
from scanner.secrets import mask, mask_given, mask_names

#: Whatever may stand beside a key in a name, a path or a sentence.
BESIDE = st.sampled_from(
    ["", "_", ".", "-", "/", " ", "a_", "\\n", "\\x1b", "\\u202e", "%3D", "`", "(", '"', ":", "x/"]
)


@pytest.mark.parametrize("key", SHAPED)
@given(before=BESIDE, after=st.sampled_from(["", ".", "/", " ", "`", ")", '"', ".py:3", "_session"]))
def test_a_key_is_masked_whatever_stands_beside_it(key: str, before: str, after: str) -> None:
    text = f"{before}{key}{after}"

    assert key not in mask_names(text)
    assert key not in mask(text)
    assert may_hold_key(text.encode())


@pytest.mark.parametrize(
    "name",
    [
        "sk-learn-examples/train.py",
        "locales/sk-SK-translations.json",
        "hf_AutoModelForCausalLMLoader",
        "npm_" + "package" * 5,
        "task-somebody-about-it",
        "tokens: max_tokens_per_request",
        "password = reset_password_2_form",
        "see https://example.com/a@b",
        "Agent.send",
    ],
)
def test_a_name_that_is_no_key_stays(name: str) -> None:
    assert mask_names(name) == name


@given(st.text(max_size=40) | NASTY)
def test_what_is_masked_stays_as_it_is_when_it_is_masked_again(text: str) -> None:
    shown = mask_names(f"{text}{SHAPED[0]}{text}")

    assert mask_names(shown) == shown


@given(st.text(max_size=80) | NASTY | st.sampled_from(SHAPED), BESIDE)
def test_whatever_is_masked_was_hinted_at(text: str, beside: str) -> None:
    whole = beside + text

    if mask_names(whole) != whole:
        assert may_hold_key(whole.encode("utf-8", "replace"))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NASTY)
def test_a_record_without_a_key_is_the_very_same_and_one_with_it_keeps_its_shape(text: str) -> None:
    plain, odd = hostile("plain"), hostile(f"{text} {SHAPED[5]}")
    shown = without_keys(odd)

    assert without_keys(plain) is plain
    assert SHAPED[5] not in str(msgspec.to_builtins(shown))
    assert type(shown) is type(odd)
    assert [each.id for each in shown.touchpoints] == [each.id for each in odd.touchpoints]


def test_keys_of_plain_data_are_masked_too() -> None:
    assert masked({SHAPED[5]: [(SHAPED[5], 1, None)]}) == {"…masked…": [["…masked…", 1, None]]}


def test_a_path_that_is_masked_has_no_link() -> None:
    links = Links("https://forge.example/o/r/blob/c/{path}#L{line}-L{end_line}", ())

    assert links.of(Place("a/b.py", 3))
    assert links.of(Place(mask_names(f"a/{SHAPED[5]}.py"), 3)) == ""


@pytest.mark.parametrize(
    ("value", "line", "shown"),
    [
        ("hunter2Correct7Horse", 'Client(api_key="hunter2Correct7Horse")', "…masked…"),
        ("hunter2Correct7Horse", 'Client(model="hunter2Correct7Horse")', "hunter2Correct7Horse"),
        ("gpt-4o-mini", 'ask(model="gpt-4o-mini", token="hunter2Correct7Horse")', "gpt-4o-mini"),
        ("short", 'api_key="short"', "short"),
    ],
)
def test_a_value_is_masked_where_its_line_says_that_it_is_secret(value: str, line: str, shown: str) -> None:
    assert mask_given(value, line) == shown
