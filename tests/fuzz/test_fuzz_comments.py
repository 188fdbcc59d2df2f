"""Pages of comments: whatever a forge answers, the walk over them ends, and the token stays with its forge."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from budget import budget
from forgeserver import TOKEN
from hypothesis import given
from hypothesis import strategies as st

from scanner import forgecalls
from scanner.comment import body_of, marker
from scanner.errors import UserError
from scanner.forgecalls import PAGES, Line, Passing
from scanner.forges import FORGES, Comment

Answer = Callable[[httpx2.Request], httpx2.Response]
HOST = "git.example.org"
PROVIDERS = st.sampled_from(sorted(FORGES))


@contextmanager
def line_to(provider: str, answer: Answer) -> Iterator[tuple[Line, list[httpx2.Request]]]:
    """A line to a forge that answers so, and the requests that it gets."""
    asked: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return answer(request)

    real = httpx2.Client

    def client(**given: object) -> httpx2.Client:
        return real(**given, transport=httpx2.MockTransport(handle))  # type: ignore[arg-type]

    forge = FORGES[provider](api=f"https://{HOST}/api", slug="me/agent", number=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forgecalls.httpx2, "Client", client)
        with Line(forge, TOKEN, "TOKEN_HERE", now=lambda: 1_000.0) as line:
            yield line, asked


TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        *(
            f'<https://{HOST}/api/x?page=2>; rel="next"',
            '<https://evil.example/x>; rel="next"',
            "<//evil.example/>; rel=next",
        ),
        *(
            '<x>; rel="next"',
            '<>; rel="next"',
            '<http://[::1>; rel="next"',
            f'<https://{HOST}:99999/>; rel="next"',
            "<",
            ";,;",
        ),
        *(
            '<javascript:1>; rel="next"',
            '<?page=3>; rel="next", <?page=4>; rel="next"',
            f"<https://{HOST}@evil.example/>; rel=next",
        ),
        *("1", "2", "999999999999999999999", "-1", "１", "²", "Thu, 01 Jan 1970 00:00:00 GMT", "0", "x"),
    ]
)
HEADER_NAMES = st.sampled_from(
    ["link", "x-next-page", "retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "location"]
)
HEADERS = st.dictionaries(HEADER_NAMES, TEXTS.map(lambda text: text.encode("utf-8", "replace")), max_size=4)
RECORDS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "body", "user", "author", "login", "system", "html_url", "message", "errors"]), inner),
    max_leaves=12,
)  # fmt: skip
BODIES = st.binary(max_size=30) | RECORDS.map(lambda value: json.dumps(value).encode())
STATUSES = st.sampled_from([200, 200, 200, 200, 204, 301, 304, 400, 401, 403, 404, 418, 422, 429, 500, 503])


@budget(120)
@given(PROVIDERS, st.lists(st.tuples(STATUSES, HEADERS, BODIES | st.just(b"[]")), min_size=1, max_size=6))
def test_whatever_a_forge_answers_the_walk_ends_and_the_token_goes_nowhere_else(
    provider: str, answers: list[tuple[int, dict[str, bytes], bytes]]
) -> None:
    number = iter(range(10_000))

    def answer(_: httpx2.Request) -> httpx2.Response:
        status, headers, body = answers[next(number) % len(answers)]
        return httpx2.Response(status, headers=headers, content=body)

    with line_to(provider, answer) as (line, asked):
        for ask in (lambda: list(line.comments()), line.login, lambda: line.carry_out(line.forge.create("x"))):
            try:
                ask()
            except UserError as error:
                said = str(error)
                assert TOKEN not in said
                assert said.isprintable()
            except Passing as error:
                assert TOKEN not in error.what
                assert error.wait is None or error.wait >= 0

    assert {request.url.host for request in asked} == {HOST}
    assert len(asked) <= PAGES + 2


@budget(60)
@given(PROVIDERS, st.lists(st.integers(0, 3), min_size=1, max_size=8), st.booleans())
def test_all_comments_of_all_pages_come_in_their_order(provider: str, sizes: list[int], numbered: bool) -> None:
    numbers = iter(range(1, 1_000))
    pages = [[next(numbers) for _ in range(size)] for size in sizes]

    def answer(request: httpx2.Request) -> httpx2.Response:
        query = parse_qs(urlsplit(str(request.url)).query)
        at = int(query.get("page", ["1"])[0])
        headers: dict[str, str] = {}
        if at < len(pages):
            if provider == "gitlab" and numbered:
                headers["x-next-page"] = str(at + 1)
            else:
                headers["link"] = f'<?page={at}>; rel="prev", <{request.url.path}?page={at + 1}>; rel="next"'
        return httpx2.Response(200, headers=headers, json=[{"id": each, "body": "b"} for each in pages[at - 1]])

    with line_to(provider, answer) as (line, asked):
        found = [comment.id for comment in line.comments()]

    assert found == [each for page in pages for each in page]
    assert len(asked) == len(pages)


@budget(100)
@given(PROVIDERS, RECORDS)
def test_a_record_is_a_comment_or_none_or_no_answer_of_such_a_forge(provider: str, record: object) -> None:
    forge = FORGES[provider](api=f"https://{HOST}", slug="a/b", number=1)
    try:
        found = forge.read(record)
    except ValueError:
        return

    assert found is None or isinstance(found, Comment)


PIECES = st.lists(
    st.sampled_from(["a", "é", "\U0001f600", "\n", "# Head\n", "```\n", "<details>\n", "</details>\n", "| a | b |\n", "<!--", "-->", "\r"])
    .flatmap(lambda piece: st.integers(1, 30_000).map(lambda times: piece * times)),
    max_size=6,
).map("".join)  # fmt: skip


@budget(40)
@given(PROVIDERS, (PIECES | st.text(max_size=80)).filter(lambda page: page.removeprefix("\ufeff").strip()))
def test_a_comment_begins_with_its_marker_and_is_no_longer_than_its_forge_takes(provider: str, page: str) -> None:
    forge = FORGES[provider](api=f"https://{HOST}", slug="a/b", number=1)

    body, was_cut = body_of(page, "packet", forge)

    assert body.startswith(marker("packet"))
    assert len(body) <= forge.limit
    assert was_cut or body.endswith("\n".join(page.removeprefix("\ufeff").splitlines()).strip("\n"))
