"""How three forges name a pull request's comments: addresses, headers and records, without sending anything.

GitHub and Gitea (Forgejo too) call them comments of an issue, GitLab notes of a merge request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import msgspec

from scanner import __version__

#: Comments a page; no forge gives more.
PER_PAGE = 100


class Call(msgspec.Struct, frozen=True):
    """One request that changes something."""

    method: str
    url: str
    body: str


class Comment(msgspec.Struct, frozen=True):
    """A comment of a pull request, as far as it matters here."""

    id: int
    body: str
    #: The login of its author; empty where the forge does not tell.
    author: str
    #: Whether its author is an app or a bot, as the forge says.
    by_bot: bool
    #: Its page; empty where the forge does not tell.
    url: str


class Forge(msgspec.Struct, frozen=True):
    """A pull request on a forge; each kind of forge says where its comments are and what they look like."""

    #: The root of the API, without a slash at its end.
    api: str
    #: `owner/name`; on GitLab also a path with groups, or a number.
    slug: str
    #: The pull request's number.
    number: int

    #: Its name in messages.
    title: ClassVar[str]
    #: Most characters of a comment.
    limit: ClassVar[int]
    #: What lets a token comment, in the forge's words.
    permission: ClassVar[str]
    #: The key of a comment's text.
    body_key: ClassVar[str] = "body"
    #: How a comment is changed.
    change: ClassVar[str] = "PATCH"

    def headers(self, token: str) -> dict[str, str]:
        """What each request carries; with an empty token, nothing secret."""
        return {"Accept": "application/json", "User-Agent": f"scanner/{__version__}"}

    def _project(self) -> str:
        return f"{self.api}/repos/{quote(self.slug)}"

    def comments(self) -> str:
        """The address to which a comment is posted, and at which all are listed."""
        return f"{self._project()}/issues/{self.number}/comments"

    def first_page(self) -> str:
        """The address of the first page of comments, oldest first."""
        return f"{self.comments()}?{urlencode({'per_page': PER_PAGE})}"

    def next_page(self, url: str, headers: Mapping[str, str], link: str) -> str:
        """The address of the page after this one, or nothing after the last.

        Args:
            url: The address of this page.
            headers: What its answer carried.
            link: The `next` of its `Link` header, or nothing.
        """
        return link

    def one(self, identity: int | str) -> str:
        """The address of one comment."""
        return f"{self._project()}/issues/comments/{identity}"

    def who(self) -> str:
        """The address that tells whose token it is."""
        return f"{self.api}/user"

    def create(self, body: str) -> Call:
        """The request that posts a comment."""
        return Call("POST", self.comments(), body)

    def update(self, comment: Comment, body: str) -> Call:
        """The request that replaces a comment's text."""
        return Call(self.change, self.one(comment.id), body)

    def read(self, record: object) -> Comment | None:
        """A comment as the forge tells it, or None for what is none.

        Raises:
            ValueError: When this is no answer of such a forge.
        """
        if not isinstance(record, dict) or not isinstance(record.get("id"), int):
            raise ValueError("a comment has no id")
        user = record.get("user")
        user = user if isinstance(user, dict) else {}
        body = record.get("body")
        return Comment(
            id=record["id"],
            body=body if isinstance(body, str) else "",
            author=str(user.get("login", "")),
            by_bot=user.get("type") == "Bot",
            url=str(record.get("html_url") or ""),
        )


class GitHub(Forge, frozen=True):
    """github.com and GitHub Enterprise."""

    title = "GitHub"
    limit = 65_536
    permission = "`permissions: pull-requests: write` of the job"

    def headers(self, token: str) -> dict[str, str]:
        """See `Forge.headers`."""
        asked = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        return Forge.headers(self, token) | asked | ({"Authorization": f"Bearer {token}"} if token else {})


class Gitea(Forge, frozen=True):
    """Gitea and Forgejo. Neither limits a comment; the limit here is what proxies before them let through."""

    title = "Gitea"
    limit = 262_144
    permission = "the scope `write:issue`"

    def headers(self, token: str) -> dict[str, str]:
        """See `Forge.headers`."""
        return Forge.headers(self, token) | ({"Authorization": f"token {token}"} if token else {})

    def first_page(self) -> str:
        """See `Forge.first_page`."""
        return f"{self.comments()}?{urlencode({'limit': PER_PAGE})}"


class GitLab(Forge, frozen=True):
    """gitlab.com and instances of one's own."""

    title = "GitLab"
    limit = 1_000_000
    permission = "the scope `api`, and the role Developer; a CI_JOB_TOKEN cannot comment"
    change = "PUT"

    def headers(self, token: str) -> dict[str, str]:
        """See `Forge.headers`."""
        return Forge.headers(self, token) | ({"PRIVATE-TOKEN": token} if token else {})

    def _project(self) -> str:
        return f"{self.api}/projects/{quote(self.slug, safe='')}"

    def comments(self) -> str:
        """See `Forge.comments`."""
        return f"{self._project()}/merge_requests/{self.number}/notes"

    def first_page(self) -> str:
        """See `Forge.first_page`."""
        return f"{self.comments()}?{self._query(1)}"

    def _query(self, page: int) -> str:
        return urlencode({"order_by": "created_at", "sort": "asc", "per_page": PER_PAGE, "page": page})

    def next_page(self, url: str, headers: Mapping[str, str], link: str) -> str:
        """See `Forge.next_page`; `Link` is left out by some proxies, `x-next-page` where pages go by keys."""
        page = headers.get("x-next-page", "").strip()
        if link or not page.isdecimal():
            return link
        return urlunsplit(urlsplit(url)._replace(query=self._query(int(page))))

    def one(self, identity: int | str) -> str:
        """See `Forge.one`."""
        return f"{self.comments()}/{identity}"

    def read(self, record: object) -> Comment | None:
        """See `Forge.read`; what GitLab itself notes is no comment."""
        if isinstance(record, dict) and record.get("system"):
            return None
        if isinstance(record, dict) and isinstance(author := record.get("author"), dict):
            record = record | {"user": {"login": author.get("username", "")}}
        return Forge.read(self, record)


#: The forges by the names that `--provider` takes.
FORGES: Mapping[str, type[Forge]] = {"github": GitHub, "gitlab": GitLab, "gitea": Gitea, "forgejo": Gitea}
