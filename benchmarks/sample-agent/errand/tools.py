"""Tools: each registers with a schema, and is run by name."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

_TOOLS: dict[str, tuple[dict[str, Any], Callable[..., str]]] = {}

READ_FILE_SCHEMA = {
    "name": "read_file",
    "description": "Read a text file.",
    "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
}
RUN_COMMAND_SCHEMA = {
    "name": "run_command",
    "description": "Run a shell command and return what it printed.",
    "parameters": {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
}
DELEGATE_SCHEMA = {
    "name": "delegate_task",
    "description": "Hand a part of the errand over to a second agent.",
    "parameters": {"type": "object", "properties": {"task": {"type": "string"}}, "required": ["task"]},
}


def register_tool(schema: dict[str, Any], handler: Callable[..., str]) -> None:
    """Add a tool; its schema names its parameters."""
    _TOOLS[schema["name"]] = (schema, handler)


def tool_schemas() -> list[dict[str, Any]]:
    """The schemas of all tools, as a model takes them."""
    return [{"type": "function", "function": schema} for schema, _ in _TOOLS.values()]


def run_tool(name: str, arguments: dict[str, Any]) -> str:
    """Run the tool that a model called, without anybody's approval."""
    if name not in _TOOLS:
        return f"There is no tool {name}."
    _, handler = _TOOLS[name]
    return handler(**arguments)


def read_file(path: str) -> str:
    """The text of a file."""
    return Path(path).read_text(encoding="utf-8")


def run_command(command: str) -> str:
    """What a command printed."""
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def delegate_task(task: str) -> str:
    """Start a second agent with a provider of its own, and wait for its answer."""
    from errand.loop import Agent
    from errand.sessions import SessionStore
    from errand.settings import load_settings

    settings = load_settings()
    child = Agent(settings, SessionStore(settings["database"]), provider=settings.get("delegation_provider", ""))
    return child.run(task)


register_tool(READ_FILE_SCHEMA, read_file)
register_tool(RUN_COMMAND_SCHEMA, run_command)
register_tool(DELEGATE_SCHEMA, delegate_task)
