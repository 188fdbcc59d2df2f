"""What surrounds the agent and only sounds like it: none of this chooses, calls or judges a model."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable


class DeliveryRouter:
    """Sends an answer to the first channel that takes it."""

    def __init__(self, routes: list[str]) -> None:
        self._routes = routes

    def route_message(self, text: str, send: Callable[[str, str], bool]) -> str:
        """The channel that took the message."""
        return next((route for route in self._routes if send(route, text)), "")


def resolve_with_dns_fallback(host: str, fallback_address: str) -> str:
    """The address of a host, or the given one where DNS is down."""
    try:
        return socket.gethostbyname(host)
    except OSError:
        return fallback_address


def trace_oauth_login(state: str) -> dict[str, str]:
    """What the log keeps of a login; no span, no model."""
    return {"oauth_state": state[:4], "step": "login"}


def jittered_poll_delay(seconds: float) -> float:
    """A delay before the mailbox is asked again, so that not all clients ask at once."""
    return seconds * random.uniform(0.9, 1.1)


def confirm_reading(sender: str) -> str:
    """A line of mail; it needs no approval, and asks for none."""
    return f"Your message was read, {sender}."
