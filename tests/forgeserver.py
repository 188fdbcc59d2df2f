"""A forge on this machine: as much of the APIs of GitHub, GitLab and Gitea as comments need, with faults on order."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

TOKEN = "s3cr3t-T0ken-0123456789"


class Fault(NamedTuple):
    """What happens to the next request of a method, once."""

    method: str
    status: int = 500
    headers: Mapping[str, str] = {}
    #: Answered instead of a message.
    message: str = "something broke"
    #: Whether the request is carried out all the same.
    carried_out: bool = False
    #: Whether the connection closes without an answer.
    cut: bool = False
    #: Whether there is no answer until the test ends.
    hang: bool = False
    #: Answered as it is, in place of a message.
    record: object = None


class Asked(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    body: str


class FakeForge:
    """Comments of pull request 7, and all requests so far."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.comments: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.page_size = 100
        #: Whose token it is; None when the token may not know.
        self.me: str | None = "packets"
        #: Whether GitLab tells pages by number alone.
        self.numbered_pages = False
        self.over = threading.Event()
        self.origin = ""

    @property
    def api(self) -> str:
        return self.origin + {"github": "", "gitlab": "/api/v4", "gitea": "/api/v1"}[self.kind]

    @property
    def slug(self) -> str:
        return "group/sub/agent" if self.kind == "gitlab" else "me/agent"

    def add(self, body: str, author: str = "packets", bot: bool = False) -> int:
        """Somebody comments."""
        identity = max((each["id"] for each in self.comments), default=100) + 1
        self.comments.append({"id": identity, "body": body, "author": author, "bot": bot})
        return identity

    def bodies(self) -> dict[int, str]:
        return {each["id"]: each["body"] for each in self.comments}

    def methods(self) -> list[str]:
        return [each.method for each in self.asked]

    def shown(self, comment: dict[str, Any]) -> dict[str, Any]:
        """A comment as this forge tells it."""
        if self.kind == "gitlab":
            return {
                "id": comment["id"],
                "body": comment["body"],
                "system": False,
                "author": {"username": comment["author"]},
            }
        user = {"login": comment["author"], "type": "Bot" if comment["bot"] else "User"}
        page = f"{self.origin}/me/agent/pull/7#issuecomment-{comment['id']}"
        return {"id": comment["id"], "body": comment["body"], "user": user, "html_url": page}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    forge: FakeForge

    def log_message(self, *_: object) -> None: ...

    def _answer(self, status: int, record: object, headers: Mapping[str, str] = {}) -> None:
        data = json.dumps(record).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _handle(self) -> None:
        forge = self.forge
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(content)["body"] if content else ""
        forge.asked.append(Asked(self.command, self.path, body))
        fault = next((f for f in forge.faults if f.method == self.command), None)
        if fault is None:
            self._carry_out(body, answered=True)
            return
        forge.faults.remove(fault)
        if fault.carried_out:
            self._carry_out(body, answered=False)
        if fault.hang:
            forge.over.wait(30)
        if fault.hang or fault.cut:
            self.close_connection = True
        else:
            record = {"message": fault.message} if fault.record is None else fault.record
            self._answer(fault.status, record, fault.headers)

    do_GET = do_POST = do_PATCH = do_PUT = _handle  # noqa: N815

    def _allowed(self) -> bool:
        header, value = {
            "github": ("Authorization", f"Bearer {TOKEN}"),
            "gitlab": ("PRIVATE-TOKEN", TOKEN),
            "gitea": ("Authorization", f"token {TOKEN}"),
        }[self.forge.kind]
        return self.headers.get(header) == value

    def _carry_out(self, body: str, answered: bool) -> None:
        status, record, headers = self._result(body)
        if answered:
            self._answer(status, record, headers)

    def _result(self, body: str) -> tuple[int, object, Mapping[str, str]]:
        forge, path = self.forge, self.path.partition("?")[0]
        if not self._allowed():
            return 401, {"message": "Bad credentials"}, {}
        root = forge.api.removeprefix(forge.origin)
        if path == f"{root}/user":
            name = "username" if forge.kind == "gitlab" else "login"
            return (403, {"message": "not by a job"}, {}) if forge.me is None else (200, {name: forge.me}, {})
        if forge.kind == "gitlab":
            many = one = f"{root}/projects/group%2Fsub%2Fagent/merge_requests/7/notes"
        else:
            many, one = f"{root}/repos/me/agent/issues/7/comments", f"{root}/repos/me/agent/issues/comments"
        if path == many and self.command == "GET":
            return self._page(many)
        if path == many and self.command == "POST":
            forge.add(body, forge.me or "job", bot=forge.me is None)
            return 201, forge.shown(forge.comments[-1]), {}
        for each in forge.comments:
            if path == f"{one}/{each['id']}" and self.command == ("PUT" if forge.kind == "gitlab" else "PATCH"):
                each["body"] = body
                return 200, forge.shown(each), {}
        return 404, {"message": "Not Found"}, {}

    def _page(self, many: str) -> tuple[int, object, Mapping[str, str]]:
        forge = self.forge
        page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
        start = (page - 1) * forge.page_size
        records = [forge.shown(each) for each in forge.comments[start : start + forge.page_size]]
        if forge.kind == "gitlab" and page == 1:
            records.insert(0, {"id": 1, "body": "<!-- scanner-packet: packet -->", "system": True})
        more = start + forge.page_size < len(forge.comments)
        headers = {}
        if more and not forge.numbered_pages:
            headers["Link"] = f'<{forge.origin}{many}?page={page + 1}>; rel="next", <{forge.origin}{many}>; rel="first"'
        if forge.kind == "gitlab":
            headers["x-next-page"] = str(page + 1) if more else ""
        return 200, records, headers


@contextmanager
def serve(kind: str) -> Iterator[FakeForge]:
    """A forge of this kind, until the block ends."""
    forge = FakeForge(kind)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"forge": forge}))
    server.daemon_threads = True
    forge.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        forge.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
