"""Requests to a forge: sent once each, to one origin only, with a token that never shows.

What may pass is raised as `Passing`, and whoever sends decides whether to try again: a `POST` whose answer was lost may
have been carried out. What will not pass is raised as an error for the user.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2

from scanner.errors import ForgeError, UsageError
from scanner.forges import Call, Comment, Forge
from scanner.places import printable

#: Seconds until a connection must stand, and between two parts of an answer.
TIMEOUT = 20.0
#: More pages of comments than any pull request has.
PAGES = 200
#: What a forge says of an error is shown up to so many characters.
SAID = 200
#: Seconds to wait when GitHub says that a limit was hit and not for how long, as its documentation asks.
SECONDARY_LIMIT = 60.0


class Passing(Exception):
    """A failure that may pass: no connection, no answer in time, a fault of the server, a limit that was hit."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        #: What happened, in words that begin with the host.
        self.what = what
        #: Seconds that the forge asks to wait; None when it does not say.
        self.wait = wait


def checked_api(url: str) -> str:
    """The root of an API, without a slash at its end.

    Raises:
        UsageError: When a token could be read on the way there, or when it is no such address.
    """
    shown = printable(url)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(f"--api-url {shown} is no address; write one as https://git.example.org/api/v1") from None
    if parts.username is not None or parts.password is not None:
        raise UsageError("--api-url carries a user or a password; leave them out and put the token in the environment")
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise UsageError(f"--api-url {shown} is no address of an API; write one as https://git.example.org/api/v1")
    if parts.scheme == "http" and not _loopback(host):
        raise UsageError(f"--api-url {shown} is not encrypted, and the token could be read; write https://")
    return url.rstrip("/")


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_token(token: str, variable: str) -> str:
    """A token that fits into a header.

    Raises:
        UsageError: When it does not; the message names the variable, and nothing of the token.
    """
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"{variable} holds something that is no token; set it again, without spaces or line breaks")
    return token


class Line:
    """A line to one forge; use it as a context manager."""

    def __init__(
        self,
        forge: Forge,
        token: str,
        variable: str,
        timeout: float = TIMEOUT,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.forge = forge
        self._token = token
        self._variable = variable
        self._now = now
        self._origin = _origin(forge.api)
        # A loopback address is reached in the clear, so never through a proxy. A redirect is not followed: it would
        # carry the token somewhere else.
        try:
            self._client = httpx2.Client(
                headers=forge.headers(token),
                timeout=timeout,
                follow_redirects=False,
                trust_env=forge.api.startswith("https:"),
            )
        except (ValueError, httpx2.InvalidURL):
            raise UsageError("the proxy in the environment is no address; see HTTPS_PROXY and ALL_PROXY") from None
        except OSError:
            raise UsageError("the certificates in the environment cannot be read; see SSL_CERT_FILE") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def comments(self) -> Iterator[Comment]:
        """All comments of the pull request.

        Raises:
            Passing: When trying again may help.
            UsageError: When it will not.
        """
        url, seen = self.forge.first_page(), set[str]()
        while url:
            if url in seen or len(seen) == PAGES:
                raise UsageError(f"{self.forge.title} gives pages of comments without end; tell its administrator")
            seen.add(url)
            answer = self._send("GET", url)
            try:
                records = answer.json()
                if not isinstance(records, list):
                    raise ValueError("no list")
                found = [self.forge.read(record) for record in records]
            except ValueError:
                raise UsageError(
                    f"{printable(self.forge.api)} does not answer as {self.forge.title} does; check --api-url"
                ) from None
            yield from (comment for comment in found if comment is not None)
            url = self.forge.next_page(url, answer.headers, self._link(answer))

    def _link(self, answer: httpx2.Response) -> str:
        link = answer.links.get("next", {}).get("url", "")
        if not link:
            return ""
        target = self._target(answer, link)
        if _origin(target) != self._origin:
            raise UsageError(
                f"{self.forge.title} names a next page on another host, {self._shown(_origin(target))}; "
                "the token stays here, so give the address that it calls its own with --api-url"
            )
        return target

    def _target(self, answer: httpx2.Response, link: str) -> str:
        """The whole address that an answer points to."""
        try:
            return str(answer.url.join(link))
        except (ValueError, httpx2.InvalidURL):
            raise UsageError(f"{self.forge.title} points to something that is no address; check --api-url") from None

    def _shown(self, text: str) -> str:
        """What a forge says, printable and without the token; names of hosts lose their casing."""
        if self._token:
            text = re.sub(re.escape(self._token), "***", text, flags=re.IGNORECASE)
        return printable(text)

    def login(self) -> str | None:
        """Whose token it is, or None when the forge does not tell this token.

        Raises:
            Passing: When trying again may help.
            UsageError: When it will not.
        """
        answer = self._send("GET", self.forge.who(), accepted=(403, 404))
        with suppress(ValueError):
            user = answer.json() if answer.is_success else None
            if isinstance(user, dict):
                name = user.get("login") or user.get("username")
                return str(name) if name else None
        return None

    def carry_out(self, call: Call) -> str:
        """Send a request that changes something; gives the address of the comment's page, or nothing.

        Raises:
            Passing: When trying again may help; it may have been carried out all the same.
            UsageError: When it will not.
        """
        answer = self._send(call.method, call.url, {self.forge.body_key: call.body})
        with suppress(ValueError):
            record = answer.json() if answer.content else None
            if isinstance(record, dict):
                return str(record.get("html_url") or "")
        return ""

    def _send(
        self, method: str, url: str, content: dict[str, str] | None = None, accepted: tuple[int, ...] = ()
    ) -> httpx2.Response:
        host = printable(urlsplit(self.forge.api).netloc)
        try:
            answer = self._client.request(method, url, json=content)
        except httpx2.TransportError as error:
            # Its own words could hold what a server sent back.
            raise Passing(f"{host} {_failure(error)}") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, OSError):
            raise ForgeError(f"no request could be made to {host}; check --api-url and the proxy's settings") from None
        wait = self._limited(answer)
        if wait is not None:
            raise Passing(f"{host} takes no more requests for now ({answer.status_code})", wait)
        if answer.is_server_error:
            raise Passing(f"{host} answers {answer.status_code}", self._retry_after(answer))
        if answer.is_success or answer.status_code in accepted:
            return answer
        raise UsageError(self._refusal(answer))

    def _limited(self, answer: httpx2.Response) -> float | None:
        """Seconds to wait for a limit to pass, None when none was hit."""
        if answer.status_code not in (403, 429):
            return None
        asked = self._retry_after(answer)
        if asked is not None:
            return asked
        if answer.headers.get("x-ratelimit-remaining") == "0":
            with suppress(ValueError):
                return max(0.0, float(answer.headers.get("x-ratelimit-reset", "")) - self._now())
            return SECONDARY_LIMIT
        if answer.status_code == 429 or "secondary rate limit" in self._said(answer).lower():
            return SECONDARY_LIMIT
        return None

    def _retry_after(self, answer: httpx2.Response) -> float | None:
        value = answer.headers.get("retry-after", "").strip()
        if value.isdecimal():
            return float(value)
        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - self._now())
        except (ValueError, OverflowError):
            return None

    def _said(self, answer: httpx2.Response) -> str:
        """What the forge says of an error: short, printable, and without the token."""
        said: Any = None
        with suppress(ValueError):
            record = answer.json()
            if isinstance(record, dict):
                said = record.get("message") or record.get("error_description") or record.get("error")
                details = record.get("errors")
                if isinstance(details, list):
                    said = "; ".join([str(said), *(str(e["message"]) for e in details if _has_message(e))])
        text = " ".join(str(said or answer.reason_phrase).split())
        return self._shown(text)[:SAID] or "no reason given"

    def _refusal(self, answer: httpx2.Response) -> str:
        forge, status = self.forge, answer.status_code
        said = f"({status}: {self._said(answer)})"
        slug, number = printable(forge.slug), forge.number
        if answer.is_redirect or answer.is_informational:
            target = self._shown(_origin(self._target(answer, answer.headers.get("location", ""))))
            return (
                f"{forge.title} sends elsewhere ({status}, to {target}), and a token is not sent after it; "
                "name the right address with --api-url and --repo-slug"
            )
        if status == 401:
            return f"{forge.title} does not accept the token in {self._variable} {said}; set a valid one"
        if status == 403:
            return f"{forge.title} forbids this token to comment in {slug} {said}; give it {forge.permission}"
        if status == 404:
            return (
                f"{forge.title} has no pull request {number} in {slug}, or hides it from this token {said}; "
                f"check --pr and --repo-slug, and give the token {forge.permission}"
            )
        if status in (400, 413, 422):
            return f"{forge.title} does not take this comment {said}; make the file smaller, or check --pr"
        return f"{forge.title} refuses to comment in {slug} {said}"


def _has_message(error: object) -> bool:
    return isinstance(error, dict) and "message" in error


def _origin(url: str) -> str:
    parts = httpx2.URL(url)  # as the client reads it
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{parts.host}{port}"


def _failure(error: httpx2.TransportError) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "does not answer in time"
    if isinstance(error, httpx2.ProxyError):
        return "is not let through by the proxy"
    if isinstance(error, httpx2.ConnectError):
        return "cannot be reached"
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.NetworkError):
        return "breaks the connection off"
    return "cannot be asked"
