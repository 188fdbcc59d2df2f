"""Web addresses of remotes, and links to lines on forges. Credentials never come through."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

#: Only such addresses are shown; whatever else stands in one (`user:token@`, a query, an odd character) is no part
#: of a web address that can be trusted to hold no secret.
_HOST = re.compile(r"(?=.*[a-z])[a-z0-9-]+(?:\.[a-z0-9-]+)+\Z|(?!127\.|0\.)\d{1,3}(?:\.\d{1,3}){3}\Z")
_PATH = re.compile(r"[A-Za-z0-9._-]+(?:/~?[A-Za-z0-9._-]+)*\Z")
_TOKEN = re.compile(r"(?:\b|_)(?:gh[a-z]_|github_pat_|glpat-|ATBB|x-access-token|oauth2)", re.IGNORECASE)
_SCP = re.compile(r"(?:[^/@]*@)?([^/:@\[\]]+):(?!//)/*(.*)\Z", re.DOTALL)
_SCHEMES = frozenset({"https", "http", "ssh", "git", "git+ssh", "ssh+git"})
#: Hosts that take ssh on the port of https, under another name.
_WEB_HOSTS = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}


def web_address(address: str) -> str:
    """Turn a remote's address into that of its web page.

    Args:
        address: As configured: `https://user:token@host/owner/name.git`, `git@host:owner/name`, `ssh://...`, a path.

    Returns:
        `https://host/owner/name`, or empty where the address names no host on the web (a path, this machine, an alias
        of the user's ssh configuration) or could hold a secret.
    """
    scheme, host, port, path = _parts(address.strip())
    host = _WEB_HOSTS.get(host, host)
    path = path.strip("/").removesuffix(".git").rstrip("/")
    if scheme not in _SCHEMES or not _HOST.match(host) or host.endswith(".localhost"):
        return ""
    if not _PATH.match(path) or ".." in path or _TOKEN.search(path):
        return ""
    if port and scheme == "http":  # its web page is not on https
        return ""
    shown_port = f":{port}" if port and scheme == "https" and port != 443 else ""
    return f"https://{host}{shown_port}/{path}"


def _parts(address: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path; empty where there are none."""
    nothing = ("", "", None, "")
    if not address.isprintable():  # `urlsplit` would drop a line break without a word
        return nothing
    if "://" not in address:
        match = _SCP.match(address)
        # A drive letter of Windows looks like a host of one letter.
        return ("ssh", match[1].lower(), None, match[2]) if match and len(match[1]) > 1 else nothing
    try:
        parts = urlsplit(address)
        return (parts.scheme.lower(), (parts.hostname or "").lower(), parts.port, parts.path)
    except ValueError:
        return nothing


def permalink_template(remote: str, commit: str, prefix: str) -> str:
    """Give the template of a link to lines of a file at a commit.

    Args:
        remote: From `web_address`; may be empty.
        commit: Full id; may be empty.
        prefix: Path of the scanned folder below the top of the repository; empty, or with a slash at its end.

    Returns:
        A template with `{path}` (to be percent-encoded), `{line}` and `{end_line}`; empty where the forge is unknown.
    """
    if not remote or not commit:
        return ""
    host = urlsplit(remote).hostname or ""
    labels = frozenset(host.split("."))
    path = quote(prefix, safe="/", errors="surrogateescape") + "{path}"
    if host == "github.com" or host.startswith("github."):
        return f"{remote}/blob/{commit}/{path}#L{{line}}-L{{end_line}}"
    if "gitlab" in labels:
        return f"{remote}/-/blob/{commit}/{path}#L{{line}}-{{end_line}}"
    if host == "bitbucket.org":
        return f"{remote}/src/{commit}/{path}#lines-{{line}}:{{end_line}}"
    if host == "codeberg.org" or labels & {"gitea", "forgejo"}:
        return f"{remote}/src/commit/{commit}/{path}#L{{line}}-L{{end_line}}"
    return ""
