"""What to write instead of a word that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

#: A longer word is no misspelt name, and among more names nobody looks for the nearest: both cost more than they tell.
_LONGEST, _MOST_NAMES = 100, 2_000


def suggest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """What to write instead of an unknown word: the nearest known one, else `otherwise`, else all known ones."""
    import difflib  # here, since only mistakes need it

    names = list(islice(known, _MOST_NAMES))
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6) if len(word) <= _LONGEST else []
    if not near:
        # A different casing or separator is further away than it looks.
        plain = {name.lower().replace("-", "_"): name for name in names}
        near = [plain[key] for key in [word.lower().replace("-", "_")] if key in plain]
    if near:
        return f"write `{near[0]}`"
    return otherwise or "write one of " + ", ".join(f"`{name}`" for name in names)
