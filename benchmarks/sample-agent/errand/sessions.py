"""Sessions and their messages, in SQLite."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator
from typing import Any

from errand.redaction import redact_secrets

SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, rating INTEGER, prompt_tokens INTEGER DEFAULT 0, completion_tokens INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS messages (session_id TEXT REFERENCES sessions(id), message TEXT);
"""


def new_session_id() -> str:
    """A fresh id, under which everything of one conversation is kept."""
    return uuid.uuid4().hex


class SessionStore:
    """Keeps sessions, their messages and what they used."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path)
        self._database.executescript(SCHEMA)

    def append_message(self, session_id: str, message: dict[str, Any]) -> None:
        """Keep a message, without secrets."""
        self._database.execute("INSERT OR IGNORE INTO sessions (id) VALUES (?)", (session_id,))
        text = redact_secrets(json.dumps(message))
        self._database.execute("INSERT INTO messages VALUES (?, ?)", (session_id, text))
        self._database.commit()

    def add_usage(self, session_id: str, model: str, prompt_tokens: int, completion_tokens: int) -> None:
        """Add tokens to the session's sums; which model took them is not kept."""
        self._database.execute(
            "UPDATE sessions SET prompt_tokens = prompt_tokens + ? WHERE id = ?", (prompt_tokens, session_id)
        )
        self._database.execute(
            "UPDATE sessions SET completion_tokens = completion_tokens + ? WHERE id = ?",
            (completion_tokens, session_id),
        )

    def record_rating(self, session_id: str, rating: int) -> None:
        """Keep what the person thought of a session, from 1 to 5."""
        self._database.execute("UPDATE sessions SET rating = ? WHERE id = ?", (rating, session_id))
        self._database.commit()

    def sessions(self) -> Iterator[tuple[str, int | None, list[dict[str, Any]]]]:
        """Each session with its rating and its messages."""
        for session_id, rating in self._database.execute("SELECT id, rating FROM sessions").fetchall():
            rows = self._database.execute("SELECT message FROM messages WHERE session_id = ?", (session_id,))
            yield session_id, rating, [json.loads(row[0]) for row in rows]
