"""What is masked in a line of code, and what people may go on reading."""

from __future__ import annotations

import msgspec
import pytest
from conftest import Repo
from hypothesis import given, settings
from hypothesis import strategies as st
from test_excerpts import candidate

from scanner.lines import runs_around
from scanner.secrets import mask, mask_lines


@pytest.mark.parametrize(
    "text",
    [
        'model = "gpt-4o-mini"',
        'api_key = "OPENAI_API_KEY"',
        'api_key = os.environ["OPENAI_API_KEY"]',
        "token = get_token()",
        'task = "ask-somebody-about-it"',
        "max_tokens: 4096",
        'url = "https://api.example.com/v1"',
        "tokens = 'some words here'",
        "risk-assessment-of-everything",
        "bypass = check_2_or_more(things)",
        "private_key = load_key_2048(path)",
        'sha = "3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b"',
        "see https://example.com/Docs/Guides/2024/Agents/Gateways/Fallbacks/Retries/Budgets/V2",
        "token: Optional[str] = None",
        "def send(token: str, password1: bytes): ...",
        "lambda access_token, timeout_seconds=20.0: {",
        'print("token: ", value1234)',
        'log("Token: ", first1, "second")',
        'headers = {"Authorization": f"Bearer {token1}"}',
        "token = `v1 ${token}`",
        'api_key = "${OPENAI_API_KEY2}"',
        'secret = "<your secret 1 here>"',
        'password = "Password must be at least 8 characters"',
        '"tokens": "/v1/delegation-tokens"',
        'replace(text, "def f():\\n    pass", "def g():\\n    return 1")',
        'ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"',
        'if "-----BEGIN PRIVATE KEY-----" in text:',
        "https://registry.example/@scope/package1",
    ],
)
def test_code_without_secrets_is_left_as_it_is(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key = 'sk-proj-abcdefghijklmnop1234'", "key = '…masked…'"),
        ("sk-ant-REDACTED", "…masked…"),
        ("x = 'ghp_abcdefghijklmnopqrstuvwxyz012345'", "x = '…masked…'"),
        ("AKIAIOSFODNN7EXAMPLE", "…masked…"),
        ("password = 'hunter2hunter2'", "password = '…masked…'"),
        ('"api_key": "a1b2c3d4e5"', '"api_key": "…masked…"'),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1", "AWS_SECRET_ACCESS_KEY=…masked…"),
        ("DB_PASS=correct7horse", "DB_PASS=…masked…"),
        ('PWD: "correct7horse"', 'PWD: "…masked…"'),
        ("    " + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7Vw4Zz1Jd3x9k", "    …masked…"),
        ("password = 'hunter2" + "x" * 40, "password = '…masked…"),
        ("postgres://user:pass@host/db", "postgres://…masked…@host/db"),
        ("https://token@github.com/a/b", "https://…masked…@github.com/a/b"),
        ("redis://:hunter2@host:6379", "redis://…masked…@host:6379"),
        ('os.environ["OPENAI_API_KEY"] = "abcd1234efgh5678"', 'os.environ["OPENAI_API_KEY"] = "…masked…"'),
        ('config["secret"] = "abcd1234efgh"', 'config["secret"] = "…masked…"'),
        ('{"x-api-key": "abcd1234efgh"}', '{"x-api-key": "…masked…"}'),
        ('"Authorization": "abcd1234efgh"', '"Authorization": "…masked…"'),
        ("api-key: abcd1234efgh", "api-key: …masked…"),
        ('password := "abcd1234efgh"', 'password := "…masked…"'),
        ('let api_key: &str = "abcd1234efgh";', 'let api_key: &str = "…masked…";'),
        ('def f(token:str="abcd1234efgh")', 'def f(token:str="…masked…")'),
        ("token: abcd1234==", "token: …masked…"),
        ("const token = `abcd1234efgh`", "const token = `…masked…`"),
        ('password = b"abcd1234efgh"', 'password = b"…masked…"'),
        ('secret = """abcd1234efgh"""', 'secret = """…masked…"""'),
        ('"{\\"api_key\\": \\"abcd1234efgh\\"}"', '"{\\"api_key\\": \\"…masked…\\"}"'),
        ('password = "ab\\"cd1234"', 'password = "…masked…"'),
        ('password = "correct horse 7 battery"', 'password = "…masked…"'),
        ('password = "abcd,1234,efgh"', 'password = "…masked…"'),
        ('api_key=SecretStr("abcd1234efgh")', 'api_key=SecretStr("…masked…")'),
        ('api_key: String::from("abcd1234efgh")', 'api_key: String::from("…masked…")'),
        ('if token == "abcd1234efgh":', 'if token == "…masked…":'),
        ("process.env.API_KEY || 'abcd1234efgh'", "process.env.API_KEY || '…masked…'"),
        ("process.env.API_KEY ?? 'abcd1234efgh'", "process.env.API_KEY ?? '…masked…'"),
        (
            '"-----BEGIN PRIVATE KEY-----\\nMIIEabcd\\n-----END PRIVATE',
            '"-----BEGIN PRIVATE KEY-----…masked…-----END PRIVATE',
        ),
        ("wJalrXUtnF/MI/K7MDENG/bPxR/iCYEXA/PLEKEY1/abCd3F/h1jK/mn0pQ/stU", "…masked…"),
        ('"postgres://admin:p@ss123@db.example.org/x"', '"postgres://…masked…@db.example.org/x"'),
        ('os.getenv("OPENAI_API_KEY", default="abcd1234efgh")', 'os.getenv("OPENAI_API_KEY", default="…masked…")'),
        ('"?sv=1&sig=abcd1234efgh5678ijkl9012mnop%2B3&x"', '"?sv=1&…masked…&x"'),
        ("'eyJhbGciOiJIUzI1NiIsInR5.eyJzdWIiOiIxMjM0NTY3.abc'", "'…masked…'"),
    ],
)
def test_a_secret_is_masked_and_the_code_around_it_stays(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "prefix",
    [
        *(
            "gsk_",
            "r8_",
            "xai-",
            "tvly-",
            "npm_",
            "sk_live_",
            "rk_live_",
            "sk_test_",
            "ya29.",
            "pplx-",
            "nvapi-",
            "csk-",
        ),
        *("SG.abcdefghijklmnop1234.", "lsv2_pt_", "whsec_", "glpat-", "hf_"),
    ],
)
def test_the_keys_of_a_vendor_are_masked_by_their_shape(prefix: str) -> None:
    key = prefix + "abcdefghij1234567890" * 2

    assert mask(f"ask(model, {key!r})") == "ask(model, '…masked…')"


@pytest.mark.parametrize(
    "prefix",
    "dop_v1_ shpat_ dapi sbp_ rubygems_ PMAK- xkeysib- sk_ e2b_ fc- xapp-1- GOCSPX- dckr_pat_ glrt- lin_api_ sb_secret_ "
    "sntryu_ glsa_ pscale_tkn_ dp.pt. figd_ tgp_v1_ fw_ ntn_ esecret_ 123456789:AA pat-na1-".split(),
)
def test_the_keys_of_vendors_of_tools_are_masked_by_their_shape(prefix: str) -> None:
    key = prefix + "0123456789abcdef" * (2 if prefix in ("dapi", "fc-") else 3)

    assert mask(f"ask(model, {key!r})") == "ask(model, '…masked…')"


def test_a_key_of_capitals_is_masked_by_its_shape() -> None:
    assert mask("AGE-SECRET-KEY-" + "1QP" * 20) == "…masked…"


def test_every_line_of_a_private_key_is_masked() -> None:
    lines = [
        'KEY = """-----BEGIN RSA PRIVATE KEY-----',
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7Vw4Zz1Jd3x9k",
        "abcd1234==",
        '-----END RSA PRIVATE KEY-----"""',
        "pass",
    ]

    assert mask_lines(lines) == [lines[0], "…masked…", "…masked…", *lines[3:]]


def test_lines_of_a_private_key_are_masked_whatever_stands_around_them() -> None:
    body = ["MHcCAQEEIB3xQ9Zr4kT0vYp1Lm8sNw2u", "AwEHoUQDQgAE9tZxWk3Pq7Rm"]
    around = [('b"', '\\n"'), ("# ", ""), (" * ", ""), ('lines.append("', '");'), ("| ", " |"), ('echo "', '" >> key')]
    for before, after in around:
        lines = [f"{before}-----BEGIN EC PRIVATE KEY-----", *(f"{before}{each}{after}" for each in body)]
        ended = [*lines, f"{before}-----END EC PRIVATE KEY-----", "result = something_of_a_long_name(1)"]

        for shown in (mask_lines(lines), mask_lines(ended)):
            assert not any(part in line for part in body for line in shown), before
        assert mask_lines(ended)[-1] == ended[-1]


def test_a_private_key_is_masked_up_to_where_its_lines_are_cut_off() -> None:
    head, end = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"

    assert mask_lines(["x = 1", head, "abcd"]) == ["x = 1", head, "…masked…"]
    assert mask_lines(["x = 1", "abcd", end, "pass"]) == ["x = 1", "…masked…", end, "pass"]


def test_a_private_key_in_a_string_for_each_line_is_masked() -> None:
    lines = [
        '    "-----BEGIN PRIVATE KEY-----\\n" +',
        '    "abcd1234\\n" +',
        '    + "efgh=="',
        '    "-----END PRIVATE KEY-----"',
    ]

    assert mask_lines(lines) == [lines[0], '    "…masked…" +', '    + "…masked…"', lines[3]]


def test_code_that_only_looks_for_a_private_key_stays() -> None:
    lines = ['if "-----BEGIN PRIVATE KEY-----" in text:', "    pass", '        "-----BEGIN PRIVATE KEY-----",', "    ]"]

    assert mask_lines(lines) == lines


def test_the_last_line_of_a_key_is_masked_where_the_excerpt_ends_before_the_key_does() -> None:
    source = b"\n".join([b"x = 1"] * 6 + [b"abcd1234", b"-----END PRIVATE KEY-----"])

    (run,) = runs_around(source, [candidate(1, 9)])

    assert run.text.split("\n")[-1] == "…masked…"


#: What lines that are made to be slow, or to be masked in part, consist of.
PIECES = st.lists(
    st.sampled_from(
        "token |token=|token: |token, |secret|password = |api-key|pass|pwd|bearer |://|a://|@|:|sk-|eyJ|AKIA|SG.|ghp_|\"|'|`"
        "|\\|\\n|{|}|${|(|)|[|]|,|.|/|=|a1b2c3d4|ABCD1234|abcdefgh|the | |-----BEGIN PRIVATE KEY-----|…masked…|é|İ|or".split(
            "|"
        )
    ).flatmap(lambda piece: st.integers(1, 24).map(lambda times: piece * times)),
    max_size=12,
).map("".join)


@settings(max_examples=300, deadline=None, database=None)
@given(PIECES)
def test_what_is_masked_stays_as_it_is_when_it_is_masked_again(text: str) -> None:
    masked = mask(text)

    assert mask(masked) == masked
    assert len(masked) <= 3 * len(text)


def test_two_secrets_in_one_line_are_both_masked() -> None:
    assert mask("a='sk-abcdefghijklmnop', b='hf_abcdefghijklmnopqrstuvw'") == "a='…masked…', b='…masked…'"


def test_a_secret_in_a_line_that_matched_is_in_no_field_of_its_touchpoint(repo: Repo) -> None:
    repo.rule("{any: [{text: 'send.*key'}, {string: sk}]}")
    repo.write("agent.py", "def ask():\n    send('sk-abcdefghijklmnop123456', key)\n")

    found = repo.touchpoints()

    assert found
    assert not any("abcdefghijklmnop" in str(value) for each in found for value in msgspec.structs.astuple(each))


@pytest.mark.parametrize(
    "text",
    [
        'KEY = os.environ.get("OPENAI_API_KEY", "aB3dE6gH9jK2")',
        'def f(api_key: str = "aB3dE6gH9jK2"): ...',
        "api_key: aB3dE6gH9jK2",
        'headers = {"Authorization": "Bearer aB3dE6gH9jK2mN5p"}',
        'KEY = os.getenv("OPENAI_API_KEY") or "aB3dE6gH9jK2"',
    ],
)
def test_a_secret_is_masked_in_whatever_way_a_name_is_given_it(text: str) -> None:
    assert "aB3dE6gH9jK2" not in mask(text)
