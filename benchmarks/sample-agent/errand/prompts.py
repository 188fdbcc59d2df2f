"""Prompts, as templates with named variables."""

from __future__ import annotations

SYSTEM_PROMPT = """\
You run errands for one person. Say what you did, in a sentence an errand.
Conversation: {session_id}
"""

ERRAND_PROMPT = """\
Errand {name}, due now:
{errand}
"""


def build_system_prompt(session_id: str) -> str:
    """The system prompt of one conversation."""
    return SYSTEM_PROMPT.format(session_id=session_id)


def build_errand_prompt(name: str, errand: str) -> str:
    """The prompt that starts a scheduled errand."""
    return ERRAND_PROMPT.format(name=name, errand=errand)
