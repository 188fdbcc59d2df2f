"""Tools run by name."""

from __future__ import annotations

from typing import Any

from errand.tools import run_tool, tool_schemas


class FakeClient:
    """Stands in for a model; a scanner that reads tests as code would report it."""

    def try_fallback_provider(self, provider: str) -> dict[str, Any]:
        """No provider here."""
        return {"provider": provider, "model": "none"}


def test_a_tool_that_is_not_there_is_named() -> None:
    """The answer says which tool was asked for."""
    assert run_tool("fly", {}) == "There is no tool fly."


def test_every_tool_has_a_schema() -> None:
    """Models get parameters with each tool."""
    assert all("parameters" in each["function"] for each in tool_schemas())
