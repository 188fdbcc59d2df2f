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
        "rk_test_convergence",
        "sk_test_predictions",
        "nvapi-inference-microservice",
        "tvly-search-integration-tests",
        "github_pat_expiration_notification_handler",
        "xoxb-bot-message-handler",
        "glpat-token-rotation-handler",
        "whsec_signature/verification/helpers.py",
        "lsv2_py_tracing_client_for_tests",
        "nvapi-inference-v2-microservice",
        "SG.recommendation_engine.feature_extraction",
        "ASIAPACIFICREGION",
        "docker://alpine@sha256:" + "3a7bd3e2" * 8,
        "docker://alpine:3.19@sha256:" + "3a7bd3e2" * 8,
        "task-somebody-about-it",
        "tokens: max_tokens_per_request",
        "password = reset_password_2_form",
        "see https://example.com/a@b",
        "Agent.send",
    ],
)
def test_a_name_that_is_no_key_stays(name: str) -> None:
    assert mask_names(name) == name


@pytest.mark.parametrize(
    "key",
    [
        "xoxb-123456789012-123456789012-abcdEFGHijklMNOPqrstUVWX",
        "glpat-aB3dE6g_jK2mN5p-sT8v",
        "glpat-ImWS-EifkrvvBIQGVRRo",
        "pk-lf-56543893-7095-40b8-b31c-874355448272",
        "AKIAABCDEFGHIJKLMNOP",
        "ASIAABCDEFGHIJKLMNOP_session",
        "sk_test_predictions_a1b2c3d4e5f6a7b8",
        "ASIAPACIFICREGION_a1b2c3d4e5f6a7b8",
    ],
)
def test_a_key_without_a_long_run_or_a_digit_is_masked_though_words_could_follow_its_beginning(key: str) -> None:
    assert mask_names(f"a/{key}/b") == "a/…masked…/b"


def test_only_a_whole_digest_makes_an_image_of_what_stands_before_it() -> None:
    assert mask_names("https://user:pass@sha256:8080/a") == "https://…masked…@sha256:8080/a"


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
