"""Where the data that ships with the scanner is."""

from __future__ import annotations

from pathlib import Path


def builtin_rules() -> Path:
    """The folder of the built-in `catalog`, `seams`, `entries` and `packs`: beside this package, or inside it."""
    package = Path(__file__).resolve().parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"
