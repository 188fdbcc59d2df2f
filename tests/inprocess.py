"""Runs commands in this process: a process for each would take most of its time to start."""

from __future__ import annotations

import io
import sys
from typing import NamedTuple

from scanner.cli import _run


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def run(*words: str) -> Done:
    """Run `scanner` with these words, here."""
    before = sys.argv, sys.stdout, sys.stderr
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
    try:
        sys.argv, sys.stdout, sys.stderr = ["scanner", *words], out, err
        code = _run()
    finally:
        sys.argv, sys.stdout, sys.stderr = before
    said = []
    for stream in (out, err):
        stream.flush()
        assert isinstance(stream.buffer, io.BytesIO)
        said.append(stream.buffer.getvalue().decode())
    return Done(code, *said)
