"""Pages that somebody read, kept beside the tests.

`UPDATE_SNAPSHOTS=1 python -m pytest tests/test_render.py tests/test_packet_of_sample_agent.py` writes them anew; read
the difference before you keep it.
"""

from __future__ import annotations

import os
from pathlib import Path

SNAPSHOTS = Path(__file__).parent / "snapshots"


def as_read(name: str, page: str) -> str:
    """The page of that name that was read; with `UPDATE_SNAPSHOTS` set, the one given now takes its place."""
    file = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(page, encoding="utf-8")
    return file.read_text(encoding="utf-8")
