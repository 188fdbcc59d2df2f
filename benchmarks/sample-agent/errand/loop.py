"""The loop that alternates model and tools."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from errand.fallback import load_fallback_models
from errand.prompts import build_system_prompt
from errand.providers import choose_model, make_client, resolve_provider
from errand.retry import complete_with_retry
from errand.sessions import SessionStore, new_session_id
from errand.tools import run_tool, tool_schemas

MAX_TURNS = 20


class Agent:
    """One conversation with a model that may use tools."""

    def __init__(self, settings: dict[str, Any], store: SessionStore, provider: str = "", session_id: str = "") -> None:
        self.settings = settings
        self.store = store
        self.session_id = session_id or new_session_id()
        self.runtime = resolve_provider(settings, provider)
        self.client = make_client(self.runtime)
        self.fallback_chain = load_fallback_models(settings)
        self.messages: list[dict[str, Any]] = [{"role": "system", "content": build_system_prompt(self.session_id)}]

    def run(self, message: str) -> str:
        """Answer a message, running the tools that the model asks for."""
        self._keep({"role": "user", "content": message})
        model = choose_model(message, self.settings)
        for _ in range(MAX_TURNS):
            reply = self._ask(model)
            self._keep(reply.model_dump())
            if not reply.tool_calls:
                return str(reply.content)
            for call in reply.tool_calls:
                result = run_tool(call.function.name, json.loads(call.function.arguments))
                self._keep({"role": "tool", "tool_call_id": call.id, "content": result})
        return "Too many turns."

    def _ask(self, model: str) -> Any:
        """Send the conversation to the model; on failure, to the next one of the chain."""
        while True:
            try:
                response = complete_with_retry(partial(self._send, model), **self.settings["retry"])
            except Exception:
                if not self._try_fallback():
                    raise
                model = self.runtime.model
            else:
                self._record_usage(model, response.usage)
                return response.choices[0].message

    def _send(self, model: str) -> Any:
        return self.client.chat.completions.create(model=model, messages=self.messages, tools=tool_schemas())

    def _try_fallback(self) -> bool:
        """Move client and model to the next provider of the chain; False when there is none."""
        entry = self.fallback_chain.next_fallback()
        if entry is None:
            return False
        self.runtime = resolve_provider(self.settings, entry["provider"], entry["model"])
        self.client = make_client(self.runtime)
        return True

    def _record_usage(self, model: str, usage: Any) -> None:
        """Add the tokens of a request to the session."""
        self.store.add_usage(self.session_id, model, usage.prompt_tokens, usage.completion_tokens)

    def _keep(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        self.store.append_message(self.session_id, message)
