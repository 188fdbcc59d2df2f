"""What stands in when a provider fails."""

from __future__ import annotations

from typing import Any


class FallbackChain:
    """Alternates in order; each is used once a run."""

    def __init__(self, fallback_models: list[dict[str, str]]) -> None:
        self._entries = fallback_models
        self._index = 0

    def next_fallback(self) -> dict[str, str] | None:
        """The next provider and model to try, or None when all have been."""
        if self._index >= len(self._entries):
            return None
        entry = self._entries[self._index]
        self._index += 1
        return entry


def load_fallback_models(settings: dict[str, Any]) -> FallbackChain:
    """Read the chain of models from the settings."""
    return FallbackChain(list(settings.get("fallback_models", [])))
