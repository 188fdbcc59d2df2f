"""Settings from `settings.yaml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml


def load_settings() -> dict[str, Any]:
    """Read the settings of this person, with the place of the database added."""
    home = Path(os.environ.get("ERRAND_HOME", "~/.errand")).expanduser()
    settings: dict[str, Any] = yaml.safe_load((home / "settings.yaml").read_text(encoding="utf-8"))
    settings["database"] = str(home / "sessions.db")
    return settings
