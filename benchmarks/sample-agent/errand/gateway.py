"""The chat gateway: messages come in over HTTP, answers go out."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from errand.loop import Agent
from errand.plumbing import DeliveryRouter
from errand.sessions import SessionStore
from errand.settings import load_settings


class Gateway:
    """Keeps one agent a chat."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.store = SessionStore(settings["database"])
        self.fallback_models = settings.get("fallback_models", [])
        self.router = DeliveryRouter(settings["delivery"]["routes"])
        self._agents: dict[str, Agent] = {}

    def handle_message(self, chat: str, text: str) -> str:
        """Answer in the chat that asked."""
        if chat not in self._agents:
            self._agents[chat] = Agent(self.settings, self.store, session_id=f"chat-{chat}")
        return self._agents[chat].run(text)


class Handler(BaseHTTPRequestHandler):
    """Takes one message a request."""

    gateway: Gateway

    def do_POST(self) -> None:
        """Answer a chat message."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.gateway.handle_message(body["chat"], body["text"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer.encode())


def serve(port: int) -> None:
    """Listen until stopped."""
    Handler.gateway = Gateway(load_settings())
    HTTPServer(("127.0.0.1", port), Handler).serve_forever()
