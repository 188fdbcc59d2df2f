"""Which provider serves a request, with which key, at which address."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from openai import OpenAI  # type: ignore[import-not-found]

#: Provider → where it is and which variable holds its key.
PROVIDERS = {
    "openai": {"base_url": "https://api.openai.com/v1", "api_key_env": "OPENAI_API_KEY"},
    "openrouter": {"base_url": "https://openrouter.ai/api/v1", "api_key_env": "OPENROUTER_API_KEY"},
    "local": {"base_url": "http://localhost:11434/v1", "api_key_env": ""},
}

#: Shorter messages go to the cheap model.
SHORT = 120


@dataclass(frozen=True)
class Runtime:
    """All that a request needs to know of its provider."""

    provider: str
    model: str
    base_url: str
    api_key: str


def resolve_provider(settings: dict[str, Any], provider: str = "", model: str = "") -> Runtime:
    """Decide provider, model, base URL and API key; arguments win over the environment, that over the settings."""
    chosen = provider or settings["model"]["provider"]
    if chosen not in PROVIDERS:
        raise KeyError(f"unknown provider {chosen}; use one of {', '.join(PROVIDERS)}")
    entry = PROVIDERS[chosen]
    name = model or os.environ.get("ERRAND_MODEL") or settings["model"]["default"]
    return Runtime(chosen, name, entry["base_url"], os.environ.get(entry["api_key_env"], "none"))


def make_client(runtime: Runtime) -> OpenAI:
    """Make the client for a resolved provider."""
    return OpenAI(base_url=runtime.base_url, api_key=runtime.api_key)


def choose_model(message: str, settings: dict[str, Any]) -> str:
    """Pick the cheap model for short messages without code."""
    if len(message) < SHORT and "```" not in message:
        return str(settings["model"]["cheap"])
    return str(settings["model"]["default"])
