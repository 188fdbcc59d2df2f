"""Sessions as training records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from errand.sessions import SessionStore

ROLES = {"user": "human", "assistant": "gpt", "system": "system", "tool": "tool"}


def export_trajectories(store: SessionStore, path: Path) -> int:
    """Write every session as a line of JSON in the ShareGPT format; returns how many."""
    lines = [json.dumps(to_trajectory(session_id, messages)) for session_id, _, messages in store.sessions()]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)


def to_trajectory(session_id: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
    """One conversation as turns from human and gpt."""
    turns = [{"from": ROLES[message["role"]], "value": message.get("content") or ""} for message in messages]
    return {"id": session_id, "conversations": turns}
