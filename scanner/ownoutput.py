"""Files that scanner wrote: known by their content, whatever they are called, and left out of what it scans.

Else a packet that is committed beside the code would be scanned and counted in turn, and no packet could say the same
before it is committed and after. A few bytes at one end of a file tell; nothing is decoded. A hostile file may look
like one of ours, so only pages, data and pictures can be left out in this way, never code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

import msgspec

from scanner import git
from scanner.folders import Folders
from scanner.opening import open_regular
from scanner.repository import Entry, Repository

#: So many bytes at an end of a file tell.
ENDS = 512
#: Pages, data and pictures: what our results are written as.
_PAGES = (".md", ".markdown", ".txt")
SUFFIXES = (*_PAGES, ".json", ".sarif", ".svg", ".html")
#: Less than any of our results has.
_LEAST = 200
#: More than any of our results has. At a revision git hands out files whole, so its bound is less than that of a disk.
_MOST = 64 * 1024 * 1024
_MOST_OF_TEXT = 4 * 1024 * 1024

#: How our JSON begins: the first two keys, or three where two are common words.
_JSON = re.compile(
    rb'\s*\{\s*(?:"(?:packets|diffs)":\s*\[\s*\{\s*)?"schema_version":\s*"\d+\.\d+",\s*'
    rb'(?:"scanner_version":|"completeness":\s*\{\s*"status":\s*"|"pack":\s*"[^"\n]*",\s*"title":\s*"[^"\n]*",\s*"repository":)'
)
_PACKET = re.compile(
    rb'\s*\{\s*(?:"packets":\s*\[\s*\{\s*)?"schema_version":\s*"[\d.]+",\s*"scanner_version":\s*"[^"\n]*",\s*"completeness":'
)
#: How our SARIF names its tool, in whatever order the keys come before it.
_SARIF = re.compile(rb'\A\s*\{[^\0]*"driver":\s*\{\s*"name":\s*"(?:seam-)?scanner"')
#: The comment at the head of our drawings.
_HEAD = re.compile(rb"\A(?:<\?xml[^>]*>\s*)?(?:<svg[^>]*>\s*)?<!-- scanner[ :][^>]*-->")
#: The last line of a page, behind which a merge may have left its mark.
_LAST_LINE = re.compile(
    rb"(?:\A|\n)Scanner [^\s`]{1,40} \xc2\xb7 schema [\d.]{1,20} \xc2\xb7 [^\n]*\n*(?:>{7} [^\n]*\n*)?\Z"
)


def is_own(path: str, end: bytes) -> bool:
    """Whether scanner wrote a file, so that it is no part of what is scanned.

    Args:
        path: of the file; its suffix says in which form.
        end: `ENDS` bytes or more at the end of it that tells: of a page (`is_told_by_tail`) the last, else the first.
    """
    name = path.lower()
    if is_told_by_tail(name):
        return _LAST_LINE.search(end) is not None
    if name.endswith((".svg", ".html")):
        return _HEAD.match(end) is not None
    return name.endswith(SUFFIXES) and (_JSON.match(end) is not None or _SARIF.match(end) is not None)


def is_told_by_tail(path: str) -> bool:
    """Whether a file with such a name is known by its last line."""
    return path.lower().endswith(_PAGES)


def is_packet(head: bytes) -> bool:
    """Whether a file that begins so is the JSON of packets."""
    return _PACKET.match(head) is not None


def may_be_replaced(old: bytes) -> bool:
    """Whether a file is a result of scanner, of this version or an older one, that a newer one may replace."""
    head, tail = old[: 8 * ENDS], old[-2000:]
    known = _JSON.match(head) or _SARIF.match(head) or _HEAD.match(head)
    return known is not None or b"\nScanner " in tail or (b'"schema_version"' in head and b'"scanner_version"' in head)


def without_own(repository: Repository) -> Repository:
    """A tree without the files that scanner wrote into it."""
    asked = [entry for entry in repository.files if _is_asked(entry)]
    own = set(_own(repository, asked))
    if not own:
        return repository
    return msgspec.structs.replace(
        repository, files=tuple(entry for entry in repository.files if entry.path not in own)
    )


def why_not_read(repository: Repository, path: str) -> str:
    """Why a file is not read, if that is because scanner wrote it; else empty."""
    entries = [entry for entry in repository.files if entry.path == path and _is_asked(entry)]
    return "scanner wrote it, and its own results are not scanned" if list(_own(repository, entries)) else ""


def _is_asked(entry: Entry) -> bool:
    name = entry.path.lower()
    if entry.size < _LEAST or not name.endswith(SUFFIXES):
        return False
    return entry.size <= (_MOST if name.endswith((".json", ".sarif", ".html")) else _MOST_OF_TEXT)


def _own(repository: Repository, entries: Iterable[Entry]) -> Iterable[str]:
    if repository.kind == "revision" and repository.store is not None:
        objects = git.Objects(repository.store)
        try:
            for entry in entries:
                data = objects.read(entry.oid) or b""
                if is_own(entry.path, data[-ENDS:] if is_told_by_tail(entry.path) else data[:ENDS]):
                    yield entry.path
        except (git.GitError, OSError):  # whoever reads them next says so
            return
        finally:
            objects.close()
        return
    root, folders = os.fsencode(repository.root), Folders(repository.root)
    for entry in entries:
        start = max(entry.size - ENDS, 0) if is_told_by_tail(entry.path) else 0
        if folders.hold(entry.raw) and is_own(entry.path, _part(os.path.join(root, entry.raw), start)):
            yield entry.path


def _part(path: bytes, start: int) -> bytes:
    """Some bytes of a regular file; nothing of anything else."""
    try:
        file = open_regular(path)
        if file is None:
            return b""
        with file:
            file.seek(start)
            return file.read(ENDS)
    except OSError:
        return b""
