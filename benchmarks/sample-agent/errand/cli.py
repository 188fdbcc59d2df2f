"""The command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from errand.gateway import serve
from errand.loop import Agent
from errand.scheduler import run_forever
from errand.sessions import SessionStore
from errand.settings import load_settings
from errand.titles import title_of
from errand.trajectories import export_trajectories


def main() -> None:
    """Run an errand, serve chats, keep the schedule, export what was done, or rate it."""
    parser = argparse.ArgumentParser(prog="errand")
    parser.add_argument("what", choices=["run", "serve", "schedule", "export", "rate"])
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--provider", default="")
    given = parser.parse_args()
    settings = load_settings()
    store = SessionStore(settings["database"])
    if given.what == "run":
        answer = Agent(settings, store, given.provider).run(" ".join(given.rest))
        print(f"{title_of(answer)}\n\n{answer}")
    elif given.what == "serve":
        serve(int(given.rest[0]))
    elif given.what == "schedule":
        run_forever(settings)
    elif given.what == "export":
        print(export_trajectories(store, Path(given.rest[0])))
    else:
        store.record_rating(given.rest[0], int(given.rest[1]))
