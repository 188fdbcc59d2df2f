"""Text from a repository made inert for Markdown: it ends no table, link, heading, code span or HTML, and pings nobody.

Forges look for mentions, issue numbers, commit ids and web addresses in the rendered text, where a backslash no longer
shields them; code spans do, so such tokens become code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

from scanner.loglines import without_commands
from scanner.places import raw

#: What stands for a character that must not reach a page (control, bidirectional, surrogate, unassigned).
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

#: Longest text in one code span; longer ones lose their middle.
LONGEST = 120

_PLACE = re.compile(r"\[\[place:([^\[\]\s]+)\]\]")
_CODE = re.compile(r"`([^`]+)`")
#: Mentions, addresses, issues and commits; what GitLab has beside them (`!1`, `$1`, `&1`, `%v1`, `~bug`); `:emoji:`.
_LINKED = re.compile(r"@\w|://|www\.|#\d|\bGH-\d|\b[0-9a-f]{7,}\b|[!$&]\d|[%~][\w\"]|:[\w+-]+:", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\`*_\[\]<>&|~$#!^]")
_BLOCK_START = re.compile(r"^(?:[-+=:]|\d+(?=[.)]$))")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_URL_SAFE = ":/?#@!$&'*+,;=%~-._"


def visible(text: str) -> str:
    """One line of printable text: white space is one space, hidden characters become `REPLACEMENT`."""
    line = " ".join(text.split())
    return _shown(line)


def shorten(text: str, longest: int = LONGEST) -> str:
    """Cut the middle out of a text that is longer than `longest`; names differ at their ends."""
    if len(text) <= longest:
        return text
    head = longest // 3
    return f"{text[:head]}…{text[head + 1 - longest :]}"


def code(text: str, table: bool = False) -> str:
    """A code span, with a fence that the text does not contain.

    Args:
        text: anything.
        table: inside a table, where a pipe ends the cell even in code.
    """
    inner = shorten(visible(text)) or " "
    if table:
        # A backslash before the pipe would pair with the one that shields it.
        inner = inner.replace("\\|", "\\¦").replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", inner)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if inner[0] == "`" or inner[-1] == "`" else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def plain(text: str, table: bool = False) -> str:
    """Running text without any markup of its own; what a forge would link becomes code."""
    tokens = visible(text).split(" ")
    return " ".join(
        code(token, table) if _LINKED.search(token) else _escaped(token, at_start=not index)
        for index, token in enumerate(tokens)
    )


def prose(text: str, place: Callable[[str], str | None], table: bool = False) -> str:
    """Running text in which `code` and the markers of places keep their meaning, and nothing else has one.

    Args:
        text: words of a pack or of the scanner, mixed with names from the repository.
        place: renders the place with that fingerprint; None for an unknown one, which is then shown as written.
        table: inside a table.
    """
    pieces: list[str] = []
    for index, piece in enumerate(_PLACE.split(text)):
        rendered = place(piece) if index % 2 else None
        if rendered is not None:
            pieces.append(rendered)
        elif index % 2:
            pieces.append(plain(f"[[place:{piece}]]", table))
        else:
            pieces.append(_with_code(piece, table, first=not pieces))
    return _side_by_side(pieces).strip()


def pieces_of(text: str) -> list[str]:
    """A text in pieces: every second one is the fingerprint of a place that it refers to."""
    return _PLACE.split(text)


def code_in(text: str) -> list[str]:
    """A text in pieces: every second one is `code`, without its marks."""
    return _CODE.split(text)


def visible_code(line: str) -> str:
    """A line of code with its spaces and tabs as they are; hidden characters become `REPLACEMENT`."""
    return "\t".join(map(_shown, line.split("\t")))


def text_only(text: str, place: Callable[[str], str | None]) -> str:
    """The same text for formats without links: markers become the words of `place`."""
    return _PLACE.sub(lambda match: place(match.group(1)) or match.group(), text)


def places_named(text: str) -> tuple[str, ...]:
    """Fingerprints of the places that a text refers to."""
    return tuple(_PLACE.findall(text))


def marker(fingerprint: str) -> str:
    """How claims, missing parts and next steps refer to a place; each format renders it in its own way."""
    return f"[[place:{fingerprint}]]"


#: Forges show these as pages, which have no lines, unless asked for their source.
_RENDERED = (".ipynb", ".md", ".mdx", ".markdown")


def address(template: str, path: str, line: int, end_line: int) -> str:
    """Fill a permalink template; empty for a template that is neither a web address nor begins with `./` or `../`.

    The path, as `places.printable` shows it, is percent-encoded (bytes that are no UTF-8 survive), so it can leave
    neither the address nor the link.
    """
    if not template.startswith(("https://", "http://", "./", "../")):
        return ""
    if path.lower().endswith(_RENDERED):
        template = template.replace("#", "?display=source#" if "/src/commit/" in template else "?plain=1#", 1)
    if line == end_line:
        template = re.sub(r"[-:]L?\{end_line\}", "", template)
    # A path such as `{line}` must not be filled in turn.
    parts = {"path": quote(raw(path), safe="/"), "line": str(line), "end_line": str(end_line)}
    base = quote(template, safe=_URL_SAFE + "{}", errors="replace")
    filled = re.sub(r"\{(path|line|end_line)\}", lambda match: parts[match.group(1)], base)
    return filled.replace("{", "%7B").replace("}", "%7D")


def block(lines: tuple[str, ...], language: str) -> str:
    """A fenced code block; no line of it can close the fence."""
    text = "\n".join(_shown(line) for line in lines)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


#: Longest text in one box of a drawing.
LONGEST_LABEL = 60

#: All that is not plainly a part of a name: letters, digits and single spaces; a dot or an underscore between two of
#: them, where it is no markup to anybody; a slash or hyphen likewise. `www.` begins an address.
_PART_OF_NAME = re.compile(r"[^\W_]+(?:(?:(?<!www)[._/-])[^\W_]+)*| ", re.IGNORECASE)
#: Words and beginnings that mean something to a drawing, or to the Markdown in its boxes.
_DRAWN = re.compile(r"\bend\b|^\d+(?=\.)", re.IGNORECASE)


def mermaid(text: str, longest: int = LONGEST_LABEL) -> str:
    """A quoted label of a mermaid drawing: it ends neither the label nor the drawing, and is no markup inside.

    What is not plainly a part of a name is written as its number, which mermaid shows as the character. Colons are,
    too: mermaid takes the last semicolon off a line with `style`, a colon and a number.
    """
    inner = shorten(visible(text), longest).strip() or "?"
    pieces: list[str] = []
    at = 0
    for match in _PART_OF_NAME.finditer(inner):
        pieces += [_numbered(each) for each in inner[at : match.start()]]
        pieces.append(_DRAWN.sub(lambda word: _numbered(word.group()[0]) + word.group()[1:], match.group()))
        at = match.end()
    pieces += [_numbered(each) for each in inner[at:]]
    return f'"{"".join(pieces)}"'


def dot(text: str, longest: int = LONGEST_LABEL) -> str:
    """A quoted string of Graphviz; a backslash begins its escapes."""
    inner = shorten(visible(text), longest).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _numbered(character: str) -> str:
    return f"#{ord(character)};"


def _with_code(text: str, table: bool, first: bool) -> str:
    """Escape all but `code`, keeping the spaces at both ends (a place may stand next to them)."""
    lead = " " if text[:1].isspace() and not first else ""
    trail = " " if text[-1:].isspace() and text.strip() else ""
    pieces: list[str] = []
    for index, piece in enumerate(_CODE.split(text)):
        if index % 2:
            pieces.append(code(piece, table))
            continue
        inner = plain(piece, table)
        before = " " if index and piece[:1].isspace() and inner else ""
        after = " " if piece[-1:].isspace() and (inner or index) else ""
        pieces.append(f"{before}{inner}{after}")
    return f"{lead}{_side_by_side(pieces).strip()}{trail}"


def _side_by_side(pieces: list[str]) -> str:
    """Pieces in a row; two code spans that touch would be one, or none."""
    joined = ""
    for piece in pieces:
        joined += f" {piece}" if joined.endswith("`") and piece.startswith("`") else piece
    return joined


def _shown(text: str) -> str:
    """The text without hidden characters; line breaks are hidden characters too."""
    if "##" in text:
        text = without_commands(text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(REPLACEMENT if unicodedata.category(each) in _HIDDEN else each for each in text)


def _escaped(text: str, at_start: bool) -> str:
    escaped = _SPECIAL.sub(lambda match: "\\" + match.group(), text)
    if not at_start:
        return escaped
    return _BLOCK_START.sub(
        lambda match: f"{match.group()}\\" if match.group().isdigit() else f"\\{match.group()}", escaped
    )
