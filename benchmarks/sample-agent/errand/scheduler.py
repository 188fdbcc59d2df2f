"""Errands that start by the clock."""

from __future__ import annotations

import time
from typing import Any

from errand.loop import Agent
from errand.prompts import build_errand_prompt
from errand.providers import resolve_provider
from errand.sessions import SessionStore

DAY = 86_400


def run_scheduled_job(job: dict[str, str], settings: dict[str, Any]) -> str:
    """Run one job in an agent of its own; the provider is resolved anew, as the settings may have changed since."""
    runtime = resolve_provider(settings, job.get("provider", ""))
    agent = Agent(settings, SessionStore(settings["database"]), provider=runtime.provider)
    return agent.run(build_errand_prompt(job["name"], job["errand"]))


def run_forever(settings: dict[str, Any]) -> None:
    """Run every job once a day."""
    while True:
        for job in settings["jobs"]:
            run_scheduled_job(job, settings)
        time.sleep(DAY)
