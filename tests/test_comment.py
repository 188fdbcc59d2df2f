"""`scanner comment` against a forge on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import Done, Shell
from forgeserver import TOKEN, FakeForge, Fault, serve
from hypothesis import given
from hypothesis import strategies as st

from scanner.cli_comment import TOKENS
from scanner.comment import Done as Became
from scanner.comment import Outcome, body_of, marker, post
from scanner.errors import ForgeError, UsageError, UserError
from scanner.forgecalls import Line, checked_api, checked_token
from scanner.forges import FORGES, Forge, GitHub

KINDS = ("github", "gitlab", "gitea")
MARKER = "<!-- scanner-packet: packet -->"


@pytest.fixture(params=KINDS)
def forge(request: pytest.FixtureRequest) -> Iterator[FakeForge]:
    with serve(request.param) as made:
        yield made


@pytest.fixture
def github() -> Iterator[FakeForge]:
    with serve("github") as made:
        yield made


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    made.write("diff.md", "# Packet\n\nTwo seams added.\n")
    return made


def forge_of(fake: FakeForge) -> Forge:
    return FORGES[fake.kind](api=fake.api, slug=fake.slug, number=7)


class Tried:
    """One call of `post` on a fake forge, with waits that take no time."""

    def __init__(self, fake: FakeForge, text: str = "news", update_only: bool = False, token: str = TOKEN) -> None:
        self.naps: list[float] = []
        self.outcome: Outcome | None = None
        self.error: UserError | None = None
        forge = forge_of(fake)
        body, _ = body_of(text, "packet", forge)
        with Line(forge, token, "TOKEN_HERE", timeout=0.5, now=lambda: 1_000.0) as line:
            try:
                self.outcome = post(line, "packet", body, update_only, self.naps.append)
            except UserError as error:
                self.error = error

    @property
    def done(self) -> Became:
        assert self.outcome, self.error
        return self.outcome.done

    @property
    def said(self) -> str:
        assert self.error, self.outcome
        return str(self.error)


# --- one comment, kept up to date ---


def test_the_first_call_creates_the_comment_and_the_next_one_updates_it(forge: FakeForge) -> None:
    forge.add("Nice work!", "somebody")

    assert Tried(forge, "one").done is Became.CREATED
    assert Tried(forge, "two").done is Became.UPDATED
    assert forge.bodies() == {101: "Nice work!", 102: f"{MARKER}\n\ntwo"}


def test_a_comment_that_says_the_same_already_is_left_alone(forge: FakeForge) -> None:
    identity = forge.add(f"{MARKER}\r\n\r\nsame  \r\ntext\r\n")

    assert Tried(forge, "same\ntext").done is Became.UNCHANGED
    assert set(forge.methods()) == {"GET"}
    assert list(forge.bodies()) == [identity]


def test_comments_with_another_key_or_a_quoted_marker_are_not_touched(forge: FakeForge) -> None:
    forge.add("<!-- scanner-packet: packet-two -->\n\nother")
    forge.add(f"> {MARKER}\n> quoted\n\nWhat is this?")
    forge.add(f"See:\n{MARKER}")

    assert Tried(forge).done is Became.CREATED
    assert list(forge.bodies().values())[-1] == f"{MARKER}\n\nnews"


def test_of_several_the_oldest_is_updated_and_the_rest_is_told(forge: FakeForge) -> None:
    first = forge.add(f"{MARKER}\n\none")
    second = forge.add(f"{MARKER}\n\ntwo")
    forge.comments.reverse()

    tried = Tried(forge, "three")

    assert (tried.done, tried.outcome.doubles) == (Became.UPDATED, 1)
    assert forge.bodies() == {first: f"{MARKER}\n\nthree", second: f"{MARKER}\n\ntwo"}


def test_a_strangers_comment_with_the_marker_is_neither_updated_nor_taken_for_ours(forge: FakeForge) -> None:
    forge.add(f"{MARKER}\n\nall is well", "mallory")

    tried = Tried(forge)

    assert (tried.done, tried.outcome.others) == (Became.CREATED, 1)
    assert forge.bodies()[101] == f"{MARKER}\n\nall is well"


def test_a_jobs_token_that_may_not_know_its_name_finds_what_a_bot_wrote(github: FakeForge) -> None:
    github.me = None
    github.add(f"{MARKER}\n\nall is well", "mallory")

    assert [Tried(github, text).done for text in ("one", "two")] == [Became.CREATED, Became.UPDATED]
    assert github.bodies() == {101: f"{MARKER}\n\nall is well", 102: f"{MARKER}\n\ntwo"}


@pytest.mark.parametrize("kind", ["gitlab", "gitea"])
def test_a_token_that_may_not_know_its_name_elsewhere_goes_by_the_marker(kind: str) -> None:
    with serve(kind) as forge:
        forge.me = None

        assert [Tried(forge, text).done for text in ("one", "two")] == [Became.CREATED, Became.UPDATED]


def test_update_only_posts_nothing_new_but_updates_what_is_there(forge: FakeForge) -> None:
    assert Tried(forge, update_only=True).done is Became.SKIPPED
    assert forge.methods() == ["GET"]

    forge.add(f"{MARKER}\n\nold")

    assert Tried(forge, "nothing changed", update_only=True).done is Became.UPDATED
    assert forge.bodies() == {101: f"{MARKER}\n\nnothing changed"}


# --- pages ---


def test_the_comment_is_found_on_a_later_page(forge: FakeForge) -> None:
    forge.page_size = 2
    for number in range(5):
        forge.add(f"comment {number}", "somebody")
    forge.add(f"{MARKER}\n\nold")

    assert Tried(forge).done is Became.UPDATED
    assert len([each for each in forge.asked if each.method == "GET" and "/user" not in each.path]) == 3


def test_pages_that_gitlab_tells_by_number_alone_are_followed_too() -> None:
    with serve("gitlab") as forge:
        forge.page_size, forge.numbered_pages = 1, True
        forge.add("comment", "somebody")
        forge.add(f"{MARKER}\n\nold")

        assert Tried(forge).done is Became.UPDATED


def test_a_page_that_names_itself_as_the_next_ends_in_an_error_and_nothing_is_posted(github: FakeForge) -> None:
    here = f"<{forge_of(github).first_page()}>"
    github.faults = [Fault("GET", 200, {"Link": f'{here}; rel="next"'}, record=[])]

    assert Tried(github).said == "GitHub gives pages of comments without end; tell its administrator"
    assert github.methods() == ["GET"]


def test_pages_without_end_end_in_an_error(github: FakeForge, monkeypatch: pytest.MonkeyPatch) -> None:
    github.page_size = 1
    for number in range(3):
        github.add(f"comment {number}", "somebody")
    monkeypatch.setattr("scanner.forgecalls.PAGES", 2)

    assert Tried(github).said == "GitHub gives pages of comments without end; tell its administrator"
    assert set(github.methods()) == {"GET"}


def test_a_next_page_on_another_host_is_not_asked(forge: FakeForge) -> None:
    with serve(forge.kind) as other:
        forge.page_size = 1
        forge.add("one", "somebody")
        forge.add("two", "somebody")
        real, forge.origin = forge.origin, other.origin
        api = real + forge.api.removeprefix(other.origin)
        with (
            Line(FORGES[forge.kind](api=api, slug=forge.slug, number=7), TOKEN, "T") as line,
            pytest.raises(UserError) as e,
        ):
            list(line.comments())

        assert f"names a next page on another host, {other.origin}" in str(e.value)
        assert other.asked == []


# --- trying again ---


@pytest.mark.parametrize(
    ("fault", "nap"),
    [
        (Fault("GET", 429, {"Retry-After": "3"}), 3.0),
        (Fault("GET", 429), 60.0),
        (Fault("GET", 503, {"Retry-After": "2"}), 2.0),
        (Fault("GET", 403, {"Retry-After": "4"}), 4.0),
        (Fault("GET", 403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1007"}), 7.0),
        (Fault("GET", 403, {}, "You have exceeded a secondary rate limit"), 60.0),
        (Fault("GET", 429, {"Retry-After": "Thu, 01 Jan 1970 00:16:45 GMT"}), 5.0),
        (Fault("POST", 429, {"Retry-After": "0"}), 0.0),
    ],
)
def test_a_limit_is_waited_for_as_long_as_the_forge_asks(github: FakeForge, fault: Fault, nap: float) -> None:
    github.faults = [fault]

    tried = Tried(github)

    assert (tried.done, tried.naps) == (Became.CREATED, [nap])
    assert len(github.comments) == 1


def test_failures_of_the_server_are_tried_again_after_longer_and_longer_waits(forge: FakeForge) -> None:
    forge.faults = [Fault("GET", 500), Fault("GET", 502), Fault("GET", cut=True)]

    tried = Tried(forge)

    assert tried.done is Became.CREATED
    assert len(tried.naps) == 3
    assert tried.naps == sorted(tried.naps)
    assert 0 < tried.naps[0] <= 2


@pytest.mark.parametrize(
    "fault", [Fault("POST", 500, carried_out=True), Fault("POST", cut=True, carried_out=True), Fault("POST", hang=True)]
)
def test_a_post_whose_answer_is_lost_never_makes_a_second_comment(forge: FakeForge, fault: Fault) -> None:
    forge.faults = [fault]

    tried = Tried(forge)

    assert tried.done is (Became.UNCHANGED if fault.carried_out else Became.CREATED)
    assert list(forge.bodies().values()) == [f"{MARKER}\n\nnews"]
    assert [method for method in forge.methods() if method == "POST"] == ["POST"] * (1 if fault.carried_out else 2)


def test_an_update_whose_answer_is_lost_is_looked_at_again(forge: FakeForge) -> None:
    forge.add(f"{MARKER}\n\nold")
    method = "PUT" if forge.kind == "gitlab" else "PATCH"
    forge.faults = [Fault(method, cut=True, carried_out=True)]

    assert Tried(forge).done is Became.UNCHANGED
    assert forge.methods().count(method) == 1


def test_a_forge_that_stays_broken_is_given_up_after_six_tries(github: FakeForge) -> None:
    github.faults = [Fault("GET", 502)] * 9

    tried = Tried(github)

    assert isinstance(tried.error, ForgeError)
    assert re.fullmatch(r"127\.0\.0\.1:\d+ answers 502, after 6 tries; run this again later", tried.said)
    assert len(tried.naps) == 5


def test_a_forge_that_asks_for_too_much_patience_is_given_up_at_once(github: FakeForge) -> None:
    github.faults = [Fault("GET", 429, {"Retry-After": "3600"})]

    tried = Tried(github)

    assert tried.said.endswith(
        "takes no more requests for now (429) and asks to wait 3600 seconds; run this again then"
    )
    assert tried.naps == []


def test_waits_are_counted_together(github: FakeForge) -> None:
    github.faults = [Fault("GET", 429, {"Retry-After": "80"})] * 9

    assert Tried(github).naps == [80.0, 80.0]


def test_a_forge_that_cannot_be_reached_is_told_in_one_line() -> None:
    with serve("github") as gone:
        forge = forge_of(gone)
    naps: list[float] = []
    with Line(forge, TOKEN, "T", timeout=0.5) as line, pytest.raises(ForgeError) as raised:
        post(line, "packet", "body", sleep=naps.append)

    assert (
        str(raised.value)
        == f"{forge.api.removeprefix('http://')} cannot be reached, after 6 tries; run this again later"
    )


# --- refusals ---


PERMISSIONS = {
    "github": "`permissions: pull-requests: write` of the job",
    "gitlab": "the scope `api`, and the role Developer; a CI_JOB_TOKEN cannot comment",
    "gitea": "the scope `write:issue`",
}


def test_each_refusal_is_one_line_that_says_how_to_mend_it(forge: FakeForge) -> None:
    title, needs, slug = forge_of(forge).title, PERMISSIONS[forge.kind], forge.slug

    def refusal(fault: Fault) -> str:
        forge.faults = [fault]
        tried = Tried(forge)
        assert (tried.error.exit_code, tried.naps, forge.faults) == (2, [], [])
        return tried.said

    assert Tried(forge, token="wrong").said == (
        f"{title} does not accept the token in TOKEN_HERE (401: Bad credentials); set a valid one"
    )
    assert refusal(Fault("POST", 403, {}, "Forbidden")) == (
        f"{title} forbids this token to comment in {slug} (403: Forbidden); give it {needs}"
    )
    assert refusal(Fault("GET", 404, {}, "Not Found")) == (
        f"{title} has no pull request 7 in {slug}, or hides it from this token (404: Not Found); "
        f"check --pr and --repo-slug, and give the token {needs}"
    )
    assert refusal(Fault("POST", 422, {}, "body is too long")) == (
        f"{title} does not take this comment (422: body is too long); make the file smaller, or check --pr"
    )
    assert refusal(Fault("POST", 418, {}, "I am a teapot")) == (
        f"{title} refuses to comment in {slug} (418: I am a teapot)"
    )


def test_a_redirect_is_not_followed_and_no_other_host_sees_the_token(forge: FakeForge) -> None:
    with serve(forge.kind) as other:
        for method, status in (("GET", 302), ("POST", 307), ("POST", 301)):
            forge.faults = [Fault(method, status, {"Location": f"{other.origin}/elsewhere"})]

            assert Tried(forge).said == (
                f"{forge_of(forge).title} sends elsewhere ({status}, to {other.origin}), and a token is not sent after it; "
                "name the right address with --api-url and --repo-slug"
            )
        assert other.asked == []


@pytest.mark.parametrize("target", ["http://[bad", "http://a:b:c/", "\x01", "//", f"https://{TOKEN}.example.org/"])
def test_an_answer_that_points_to_something_odd_is_an_error_of_one_line(github: FakeForge, target: str) -> None:
    for fault in (
        Fault("GET", 302, {"Location": target}),
        Fault("GET", 200, {"Link": f'<{target}>; rel="next"'}, record=[]),
    ):
        github.faults = [fault]

        said = Tried(github).said

        assert said.startswith("GitHub "), said
        assert TOKEN.lower() not in said.lower()
        assert said.isprintable()


def test_an_answer_that_is_no_list_of_comments_is_no_empty_list(forge: FakeForge) -> None:
    forge.faults = [Fault("GET", 200, {}, "Welcome")]

    assert Tried(forge).said == f"{forge.api} does not answer as {forge_of(forge).title} does; check --api-url"
    assert forge.methods() == ["GET"]


def test_what_a_forge_says_is_shown_without_the_token_or_signs_that_steer_a_terminal(github: FakeForge) -> None:
    github.faults = [Fault("GET", 403, {}, f"no \x1b[31m{TOKEN}\n::set-output" + "x" * 900)]

    said = Tried(github).said

    assert TOKEN not in said
    assert "no \\x1b[31m*** ::set-output" in said
    assert len(said) < 500


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "smörgås", "nul\0"])
def test_a_token_that_fits_no_header_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(UsageError) as raised:
        checked_token(token, "GITHUB_TOKEN")

    assert str(raised.value) == (
        "GITHUB_TOKEN holds something that is no token; set it again, without spaces or line breaks"
    )


# --- addresses ---


@pytest.mark.parametrize(
    "url", ["https://git.example.org/api/v1/", "http://127.0.0.1:3000/api/v1", "http://[::1]:3000"]
)
def test_an_address_is_taken_when_nobody_can_listen(url: str) -> None:
    assert checked_api(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://git.example.org/api/v1",
        "http://10.0.0.7/api/v1",
        "http://127.0.0.1.example.org/",
        "http://localhost.example.org",
        "ftp://git.example.org",
        "git.example.org",
        "https://",
        "https://me:pass@git.example.org",
        "https://git.example.org?x=1",
        "https://git.example.org:port",
    ],
)
def test_an_address_is_refused_when_it_is_open_or_none(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        checked_api(url)

    assert "pass" not in str(raised.value).replace("password", "")


# --- the text ---


@pytest.mark.parametrize("key", ["", "a--b", "a-->", "-a", "ä", "a b", "a" * 101, "a\nb"])
def test_a_key_that_would_break_out_of_the_marker_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="--key takes up to 100 letters"):
        marker(key)


@given(
    st.lists(
        st.sampled_from(
            ["word " * 40, "", "```python", "```", "<details><summary>x</summary>", "</details>", "| a | b |"]
        )
    ),
    st.integers(2_000, 4_000),
)
def test_a_cut_page_fits_keeps_its_marker_and_leaves_no_fence_open(lines: list[str], limit: int) -> None:
    text = "begin\n" + "\n".join(lines)

    class Small(GitHub, frozen=True):
        pass

    Small.limit = limit
    body, cut = body_of(text, "packet", Small(api="https://example.org", slug="a/b", number=1))

    assert len(body) <= limit
    assert body.startswith(f"{MARKER}\n\nbegin")
    assert cut == (len(f"{MARKER}\n\n{text.rstrip(chr(10))}") > limit)
    if cut:
        assert body.endswith(f"characters of the page's {len(text.rstrip(chr(10))):,}.*")
        assert len(re.findall("^```", body, re.MULTILINE)) % 2 == 0


def test_every_forge_takes_a_page_of_its_limit_whole_and_cuts_a_longer_one() -> None:
    for kind, limit in {"github": 65_536, "gitlab": 1_000_000, "gitea": 262_144}.items():
        forge = FORGES[kind](api="https://example.org", slug="a/b", number=1)
        fits = "x" * (limit - len(MARKER) - 2)

        assert body_of(fits, "packet", forge) == (f"{MARKER}\n\n{fits}", False)
        assert body_of(fits + "x", "packet", forge)[1]


# --- the command ---


def call(shell: Shell, fake: FakeForge, *more: str, **variables: str) -> Done:
    words = ["--provider", fake.kind, "--pr", "7", "--file", "diff.md", "--repo-slug", fake.slug, "--api-url", fake.api]
    token = {TOKENS[fake.kind][0]: TOKEN} | variables
    return shell.run("comment", *words, *more, **token)


def test_the_command_posts_updates_and_says_what_it_did(shell: Shell, github: FakeForge) -> None:
    page = f"{github.origin}/me/agent/pull/7#issuecomment-101"

    assert call(shell, github) == (0, f"created {page}\n", "")
    assert call(shell, github) == (0, f"unchanged {page}\n", "")
    shell.write("diff.md", "No change.\n")
    assert call(shell, github, "--new", "changed") == (0, f"updated {page}\n", "")
    assert call(shell, github, "--new", "changed", "--key", "other") == (
        0,
        "skipped: there is no comment to update\n",
        "",
    )
    assert github.bodies() == {101: f"{MARKER}\n\nNo change."}


@pytest.mark.parametrize(
    ("page", "changed"),
    [
        ("**Pack**: nothing changed · Partial 54 of 100\n", False),
        ("\n**A**: nothing changed\n\n---\n\n**B**: nothing changed\n", False),
        ("**A**: nothing changed\n\n---\n\n**B**: lower\n\n- one\n", True),
        ("# Packet\n\nTwo seams added.\n", True),
    ],
)
def test_a_page_of_one_line_a_pack_makes_no_new_comment_but_updates_one(
    shell: Shell, github: FakeForge, page: str, changed: bool
) -> None:
    shell.write("diff.md", page)

    assert call(shell, github, "--new", "changed").out.split()[0] == ("created" if changed else "skipped:")
    assert call(shell, github, "--new", "never", "--key", "other").out.startswith("skipped: ")
    if not changed:
        github.add(f"{MARKER}\n\nold")
        assert call(shell, github, "--new", "never").out.startswith("updated ")
    assert len(github.comments) == 1


def test_the_command_tells_of_doubles_and_strangers(shell: Shell, github: FakeForge) -> None:
    github.add(f"{MARKER}\n\none")
    github.add(f"{MARKER}\n\ntwo")
    github.add(f"{MARKER}\n\nthree", "mallory")

    assert call(shell, github).out.splitlines()[1:] == [
        "1 more of ours with the same marker; the oldest is kept up to date",
        "1 by others with the same marker; left alone",
    ]


def test_a_dry_run_shows_the_requests_and_sends_nothing_even_without_a_token(shell: Shell, forge: FakeForge) -> None:
    done = call(shell, forge, "--dry-run", **{TOKENS[forge.kind][0]: ""})

    assert (done.code, done.err, forge.asked) == (0, "", [])
    many = forge_of(forge).comments()
    one = f"{many}/ID" if forge.kind == "gitlab" else f"{forge.api}/repos/me/agent/issues/comments/ID"
    first, second, third, empty, *body = done.out.splitlines()
    assert first.startswith(f"GET {many}?")
    assert second == f"POST {many}  when no comment has the marker"
    assert third == f"{'PUT' if forge.kind == 'gitlab' else 'PATCH'} {one}  when one has it"
    assert (empty, body) == ("", [MARKER, "", "# Packet", "", "Two seams added."])


def test_the_token_shows_on_no_way_out(shell: Shell, forge: FakeForge) -> None:
    with serve(forge.kind) as other:
        told = []
        for faults, code in (
            ([], 0),
            ([Fault("GET", 401)], 2),
            ([Fault("GET", 403, {}, f"bad token {TOKEN}")], 2),
            ([Fault("GET", 404)], 2),
            ([Fault("GET", 422)], 2),
            ([Fault("GET", 429, {"Retry-After": "0"})], 0),
            ([Fault("GET", 429, {"Retry-After": "9999"})], 3),
            ([Fault("GET", 500, {"Retry-After": "0"}, TOKEN)] * 6, 3),
            ([Fault("GET", 302, {"Location": f"{other.origin}/?{TOKEN}"})], 2),
            ([Fault("GET", 200)], 2),
        ):
            forge.faults = list(faults)
            done = call(shell, forge, SCANNER_DEBUG="1")
            assert done.code == code, done
            assert len(done.err.splitlines()) == (code > 0), done
            told.append(done.out + done.err)
        told.append(call(shell, forge, "--dry-run").out)
        broken = call(shell, forge, **{TOKENS[forge.kind][0]: f"{TOKEN} {TOKEN}"})
        assert broken.code == 2
        told.append(broken.out + broken.err)

    assert TOKEN not in "".join(told)
    assert other.asked == []


def test_a_token_goes_to_loopback_past_every_proxy(shell: Shell, github: FakeForge) -> None:
    with serve("github") as proxy:
        done = call(shell, github, HTTP_PROXY=proxy.origin, ALL_PROXY=proxy.origin, http_proxy=proxy.origin)

        assert (done.code, proxy.asked) == (0, [])


def test_a_proxy_or_certificates_that_cannot_be_used_are_named(shell: Shell) -> None:
    words = ("comment", "--provider", "github", "--repo-slug", "a/b", "--pr", "7", "--file", "diff.md")

    proxy = shell.run(*words, GITHUB_TOKEN=TOKEN, HTTPS_PROXY="gopher://me:secret@x")
    certificates = shell.run(*words, GITHUB_TOKEN=TOKEN, SSL_CERT_FILE="/no/such/file")

    said = "error: the proxy in the environment is no address; see HTTPS_PROXY and ALL_PROXY\n"
    assert proxy == (2, "", said)
    said = "error: the certificates in the environment cannot be read; see SSL_CERT_FILE\n"
    assert certificates == (2, "", said)


def test_the_token_is_read_from_a_variable_of_another_name(shell: Shell, github: FakeForge) -> None:
    done = call(shell, github, "--token-env", "MY_TOKEN", GITHUB_TOKEN="wrong", MY_TOKEN=TOKEN)

    assert done.code == 0
    done = call(shell, github, "--token-env", "NO_TOKEN")
    assert done == (2, "", "error: no token: set NO_TOKEN in the environment, or use --dry-run\n")


def test_the_job_tells_forge_repository_and_pull_request(shell: Shell, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 12}}))

    def first_line(provider: str, **variables: str) -> str:
        done = shell.run("comment", "--provider", provider, "--file", "diff.md", "--dry-run", **variables)
        assert done.code == 0, done
        return done.out.splitlines()[0].partition("?")[0]

    github = {"GITHUB_REPOSITORY": "me/agent", "GITHUB_REF": "refs/pull/7/merge"}
    assert first_line("github", **github) == "GET https://api.github.com/repos/me/agent/issues/7/comments"
    github |= {"GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": str(event), "GITHUB_API_URL": "https://ghe/api/v3"}
    assert first_line("github", **github) == "GET https://ghe/api/v3/repos/me/agent/issues/12/comments"
    gitlab = {"CI_MERGE_REQUEST_IID": "3", "CI_PROJECT_ID": "44", "CI_API_V4_URL": "https://gl/api/v4"}
    assert first_line("gitlab", **gitlab) == "GET https://gl/api/v4/projects/44/merge_requests/3/notes"
    gitlab |= {"CI_MERGE_REQUEST_PROJECT_ID": "42"}
    assert first_line("gitlab", **gitlab) == "GET https://gl/api/v4/projects/42/merge_requests/3/notes"
    gitea = {"GITHUB_API_URL": "https://gt/api/v1", "GITHUB_REPOSITORY": "me/agent", "GITHUB_REF": "refs/pull/9/head"}
    assert first_line("gitea", **gitea) == "GET https://gt/api/v1/repos/me/agent/issues/9/comments"
    forgejo = gitea | {"FORGEJO_API_URL": "https://fj/api/v1"}
    assert first_line("forgejo", **forgejo) == "GET https://fj/api/v1/repos/me/agent/issues/9/comments"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--provider", "gitea"), "no API is known; write --api-url https://git.example.org/api/v1"),
        (("--provider", "github"), "no repository is known; write --repo-slug owner/name"),
        (("--provider", "github", "--repo-slug", "me"), "--repo-slug me names no repository; write it as owner/name"),
        (
            ("--provider", "github", "--repo-slug", "../x"),
            "--repo-slug ../x names no repository; write it as owner/name",
        ),
        (("--provider", "github", "--repo-slug", "a/b"), "this job belongs to no pull request; name one with --pr N"),
        (("--provider", "gitlab", "--repo-slug", "a/b/c"), "this job belongs to no pull request; name one with --pr N"),
        (
            ("--provider", "github", "--repo-slug", "a/b", "--pr", "7"),
            "no token: set GITHUB_TOKEN in the environment, or use --dry-run",
        ),
        (
            ("--provider", "forgejo", "--repo-slug", "a/b", "--pr", "7", "--api-url", "https://x/api/v1"),
            "no token: set FORGEJO_TOKEN or GITEA_TOKEN in the environment, or use --dry-run",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line(shell: Shell, words: tuple[str, ...], said: str) -> None:
    assert shell.fails("comment", "--file", "diff.md", *words, code=2) == said


def test_a_file_that_says_nothing_is_an_error_and_not_an_empty_comment(shell: Shell) -> None:
    shell.write("empty.md", "\n \n")
    (shell.here / "bytes.md").write_bytes(b"\xff\xfe")
    words = ("comment", "--provider", "github", "--repo-slug", "a/b", "--pr", "7", "--dry-run", "--file")

    assert shell.fails(*words, "empty.md", code=2).startswith("the file is empty, so there is nothing to say")
    assert shell.fails(*words, "none.md", code=2) == (
        "cannot read none.md: No such file or directory; name a file of Markdown, such as the page of `scanner diff`"
    )
    assert shell.fails(*words, "bytes.md", code=2).startswith("bytes.md is not UTF-8 text")


def test_a_page_that_is_too_long_is_cut_and_the_command_says_so(shell: Shell, github: FakeForge) -> None:
    shell.write("diff.md", "word\n\n" * 20_000)

    done = call(shell, github)

    assert (done.code, done.err) == (0, "the page is longer than GitHub shows, and was cut\n")
    assert 60_000 < len(github.bodies()[101]) <= 65_536
