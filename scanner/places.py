"""What kind of place a file stands in, told by its path and its first bytes; and how a path is shown."""

from __future__ import annotations

import re
from typing import Literal

Category = Literal["code", "test", "vendored", "generated", "docs", "example"]

#: How many first bytes `category` looks at; more do no harm.
HEAD_BYTES = 2048

_VENDORED = frozenset(
    "vendor vendored _vendor third_party third-party thirdparty node_modules bower_components "
    "site-packages dist-packages .venv venv .pixi pods carthage".split()
)
_GENERATED = frozenset("generated __generated__ dist .next .nuxt".split())
_TEST = frozenset("test tests __tests__ testing testdata e2e __mocks__ __snapshots__".split())
#: Tests by their kind, and what tests share. Not every `x-tests`: an A/B test is an experiment.
_TEST_FOLDER = re.compile(
    r"(?:unit|integration|functional|acceptance|regression|system|e2e|end-to-end|smoke|perf|performance|memory|load|stress)"
    r"[-_]tests?|(?:__)?tests?[-_]?(?:utils?|helpers?|support|fixtures?|data)(?:__)?|__fixtures__"
)
_DOCS = frozenset("docs doc website documentation".split())
_EXAMPLE = frozenset(
    "example examples sample samples demo demos cookbook cookbooks tutorial tutorials quickstart quickstarts".split()
)
#: Below these a folder called `docs` is a part of the program that deals with documents.
_SOURCE_ROOTS = frozenset({"src", "lib"})

_LOCK_FILES = frozenset(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock uv.lock poetry.lock "
    "pdm.lock pipfile.lock pixi.lock cargo.lock go.sum gemfile.lock composer.lock flake.lock".split()
)
_GENERATED_NAME = re.compile(
    r"_pb2(?:_grpc)?\.pyi?$|_pb\.(?:d\.)?[jt]s$|\.pb(?:\.gw)?\.[a-z]+$|\.min\.(?:m?js|css)$|\.bundle\.js$"
    r"|\.(?:js|css)\.map$|[._]generated\.[a-z]+$|^zz_generated"
)
_TEST_NAME = re.compile(
    r"^test_.*\.pyi?$|^(?:conftest|tests)\.py$|^tests\.rs$"
    r"|_tests?\.(?:py|go|rs|[cm]?[jt]sx?)$|\.(?:test|spec)\.[cm]?[jt]sx?$|\.snap$"
    r"|^(?:(?:test|jest|vitest)[-._](?:setup|config)|setup[-._]?tests?)\.[cm]?[jt]sx?$"
)
_DOCS_NAME = re.compile(
    r"\.(?:md|mdx|markdown|rst|adoc)$|^(?:readme|changelog|changes|license|licence|notice|copying|authors)(?:\.txt)?$"
)
#: Pages in these folders are written for agents, and so are pages with these names: the settings before their text say
#: which model and which tools a prompt, command or skill gets.
_AGENT_FOLDERS = frozenset(
    ".agents .claude .clinerules .codex .continue .cursor .gemini .kiro .opencode .roo .windsurf "
    "agents subagents chatmodes commands personas prompts skills".split()
)
_AGENT_PAGE = re.compile(r"^(?:skill|agent)\.md$|\.(?:agent|chatmode|instructions|prompt)\.md$|\.mdc$")
_PAGE = re.compile(r"\.(?:md|mdx|markdown|mdc)$")
_PAGE_FOR_PEOPLE = re.compile(r"^(?:readme|changelog|changes|contributing|licen[cs]e|notice|authors)\b")
_MINIFIABLE = re.compile(r"\.(?:[cm]?js|css)$")
#: A longer line than this near the top of a script was not written by hand.
_MINIFIED_LINE = 1000
#: Only in a comment or at the start of a docstring: code may well speak of the markers in a string.
_MARKER = re.compile(
    rb"^[ \t]*(?:#|//|/\*|\*|--|;|<!--|\"\"\"|''')[^\n]*?"
    rb"(?:@generated(?![\w/-])|(?:code|auto(?:matically)?[- ]?) ?generated\b[^\n]*\bdo not (?:edit|modify))",
    re.MULTILINE | re.IGNORECASE,
)


#: What `printable` escapes, and the rest.
_ESCAPED = re.compile(r"\\\\|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}|[^\\]+|\\")


def category(path: str, head: bytes = b"") -> Category:
    """Tell what kind of place a file stands in.

    Where several hold, the first of vendored, generated, test, docs and example is said: a test of an example is a
    test. A word counts only as a whole part of the path, so `src/testing_utils/x.py` is code. A page that is written
    for agents (a prompt, a command, a skill) is configuration, hence no documentation.

    Args:
        path: Relative to the scanned root, with forward slashes.
        head: The first bytes of the file, `HEAD_BYTES` are enough; none leave out the markers of generated code.

    Returns:
        The category; `code` for everything that is not set apart, configuration included.
    """
    *folders, name = path.lower().split("/")
    parts = frozenset(folders)
    if parts & _VENDORED:
        return "vendored"
    if parts & _GENERATED or name in _LOCK_FILES or _GENERATED_NAME.search(name) or _is_generated(name, head):
        return "generated"
    if parts & _TEST or _TEST_NAME.search(name) or any(map(_TEST_FOLDER.fullmatch, parts)):
        return "test"
    if (_DOCS_NAME.search(name) and not _is_for_agents(parts, name)) or _in_docs(folders):
        return "docs"
    if parts & _EXAMPLE:
        return "example"
    return "code"


def _is_for_agents(folders: frozenset[str], name: str) -> bool:
    """Whether a page is read by an agent rather than by people: then it is configuration."""
    if not _PAGE.search(name) or _PAGE_FOR_PEOPLE.search(name):
        return False
    return _AGENT_PAGE.search(name) is not None or not folders.isdisjoint(_AGENT_FOLDERS)


def _in_docs(folders: list[str]) -> bool:
    for folder in folders:
        if folder in _SOURCE_ROOTS:
            return False
        if folder in _DOCS:
            return True
    return False


def _is_generated(name: str, head: bytes) -> bool:
    head = head[:HEAD_BYTES]
    if _MINIFIABLE.search(name) and any(len(line) > _MINIFIED_LINE for line in head.split(b"\n")):
        return True
    return _MARKER.search(head) is not None


def printable(name: bytes | str) -> str:
    """Show a path so that it can neither break a line nor steer a terminal, and stays unique.

    Bytes that are not UTF-8, control and format characters (such as those that turn the direction of text) are
    escaped, and so is the backslash itself.

    Args:
        name: A path, as bytes or as Python decodes it from the file system (`surrogateescape`); or any text, which may
            hold halves of characters, as JSON lets one write them.

    Returns:
        The path with only printable characters.
    """
    text = _decoded(name)
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(_shown(character) for character in text)


def raw(shown: str) -> bytes:
    """The bytes of a path that `printable` shows."""
    return b"".join(_unescaped(part) for part in _ESCAPED.findall(shown))


def _unescaped(part: str) -> bytes:
    if part == "\\\\":
        return b"\\"
    if part[:1] != "\\" or len(part) < 4:
        return _encoded(part)
    code = int(part[2:], 16)
    return bytes([code]) if part[1] == "x" else _encoded(chr(code))


def _decoded(name: bytes | str) -> str:
    """As characters, with a surrogate for each byte that is not UTF-8."""
    try:
        raw = name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name
    except UnicodeEncodeError:
        return str(name)  # halves of characters stand for no bytes
    return raw.decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    """As the file system has it; surrogates that stand for no byte are encoded as they are."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _shown(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # one byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
