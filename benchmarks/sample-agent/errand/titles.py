"""Titles for conversations; a side task with a model of its own."""

from __future__ import annotations

from litellm import completion as complete  # type: ignore[import-not-found]


def title_of(conversation: str) -> str:
    """Ask a small model for a title, past the agent's own provider."""
    prompt = f"A title for this: {conversation[:2000]}"
    reply = complete(model="openai/gpt-4.1-nano", messages=[{"role": "user", "content": prompt}])
    return str(reply.choices[0].message.content).strip()
