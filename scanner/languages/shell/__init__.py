"""Shell scripts: commands are calls, named by the command itself; what it is given are its arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from scanner.facts import FileFacts, Key
from scanner.languages import CodeTraits, ImportedName, Language
from scanner.languages.spelling import literal

if TYPE_CHECKING:
    from tree_sitter import Node


def imported_names(node: Node, source: bytes, module: str, is_package: bool) -> tuple[ImportedName, ...]:
    """The file that `source x` or `. x` reads, as written. Its names are not known, so it binds none but its path."""
    argument = next((child for child in node.named_children if child.type != "command_name"), None)
    if argument is None:
        return ()
    written = literal(source[argument.start_byte : argument.end_byte].decode("utf-8", "replace"))
    return (ImportedName(written, written),)


#: Where the grammar takes a sign of an expansion for one of the script, and loses all that follows.
_EXPANSION = re.compile(rb"\$\{[A-Za-z_][\w\[\]@*]*(?::?[-=+?]|//?|##?|%%?)([^{}$\"'`\\\n]*)\}")
_SIGNS = bytes.maketrans(b"()[];<>&|", b"_________")
#: A comment between the arguments of a command that goes on in the next line.
_INNER_COMMENT = re.compile(rb"`#[^`\n]*`")


def without_traps(source: bytes) -> bytes:
    """A script of the same length without what the grammar trips over."""

    def plain(expansion: re.Match[bytes]) -> bytes:
        start, end = expansion.span(1)
        text, at = expansion.group(), expansion.start()
        return text[: start - at] + text[start - at : end - at].translate(_SIGNS) + text[end - at :]

    if b"`#" in source:
        source = _INNER_COMMENT.sub(lambda comment: b" " * len(comment.group()), source)
    return _EXPANSION.sub(plain, source) if b"${" in source else source


#: The grammar takes memory in the square of a pipeline that breaks off.
MOST_PIPES = 4_000
#: And time in the square of the variables on one line of a here-document.
MOST_VARIABLES = 4_000


def too_dense(source: bytes) -> tuple[str, str]:
    """Whether a script has more of one thing than the parser can take."""
    if source.count(b"|") > MOST_PIPES:
        return "too dense", f"more than {MOST_PIPES:,} pipes"
    if any(line.count(b"$") > MOST_VARIABLES for line in source.splitlines()):
        return "too dense", f"more than {MOST_VARIABLES:,} variables in one line"
    return "", ""


def once_a_line(facts: FileFacts) -> FileFacts:
    """The facts of a script in which each environment variable counts once a line."""
    seen: set[tuple[int, str]] = set()
    kept: list[Key] = []
    for key in facts.keys:
        place = (key.line, key.name)
        if key.kind != "environment" or place not in seen:
            kept.append(key)
        seen.add(place)
    return replace(facts, keys=tuple(kept))


LANGUAGE = Language(
    name="shell",
    title="Shell",
    suffixes=(".sh", ".bash", ".zsh", ".ksh"),
    interpreters=("sh", "bash", "zsh", "dash", "ksh"),
    grammar="tree_sitter_bash",
    prepare=without_traps,
    finish=once_a_line,
    objection=too_dense,
    traits=CodeTraits(imports=imported_names),
)
