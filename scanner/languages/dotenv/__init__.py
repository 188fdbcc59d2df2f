"""Environment files, read by python-dotenv's parser: no tree-sitter grammar for them has a wheel."""

from __future__ import annotations

import io

from scanner.facts import FileFacts, Key, ParseReport
from scanner.languages import Language


def read_environment(path: str, source: bytes) -> FileFacts:
    """One environment key for each binding; values are left out, since they may be secrets."""
    from dotenv.parser import parse_stream

    text = source.decode("utf-8", "replace")
    keys: list[Key] = []
    lost, first_error, offset = 0, 0, 0
    for binding in parse_stream(io.StringIO(text)):
        written = binding.original.string
        size = len(written.encode())
        lead = len(written) - len(written.lstrip())
        line = binding.original.line + written[:lead].count("\n")
        if binding.error:
            lost, first_error = lost + size, first_error or line
        elif binding.key:
            end_line = line + written.strip().count("\n")
            keys.append(Key(offset, offset + size, line, end_line, -1, "environment", binding.key, binding.key))
        offset += size
    return FileFacts(path, "dotenv", "", source, keys=tuple(keys), report=ParseReport(lost, first_error))


LANGUAGE = Language(
    name="dotenv",
    title=".env",
    suffixes=(".env",),
    names=(".env", ".env.local", ".env.development", ".env.production"),
    kind="config",
    reader=read_environment,
)
