"""Files to start from: a rule or a pack with comments that explain each key, sound as it is."""

from __future__ import annotations

import re
from typing import Literal

from scanner.errors import UsageError
from scanner.kinds import ENTRY_KINDS, KINDS
from scanner.packfile import builtin_packs
from scanner.pages import templates_folder
from scanner.places import printable
from scanner.rulebook import load
from scanner.ruleschema import KEBAB
from scanner.words import split

What = Literal["rule", "pack"]


def scaffold(what: What, name: str) -> str:
    """A new file's text.

    Args:
        what: what to start.
        name: the id of the new rule or pack, in kebab-case.

    Raises:
        UsageError: when it cannot be called so.
    """
    if not re.fullmatch(KEBAB, name):
        better = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")
        hint = f"write `{printable(better)}`" if re.fullmatch(KEBAB, better) else "write lower-case words joined by `-`"
        raise UsageError(f"{what} id `{printable(name)}` is not kebab-case; {hint}")
    if name in ("true", "false"):
        raise UsageError(f"{what} id `{name}` is a boolean in YAML; add a word")
    taken = builtin_packs() if what == "pack" else {rule.id for rule in load().rules}
    if name in taken:
        raise UsageError(f"a built-in {what} is called `{name}`; write another name")
    if what == "rule" and name in (*KINDS, *ENTRY_KINDS):
        raise UsageError(f"rule id `{name}` is the name of a kind; add a word")
    words, snake = name.split("-"), name.replace("-", "_")
    camel = f"postTo{''.join(word.capitalize() for word in words)}"
    text = (templates_folder() / f"new_{what}.yaml").read_text(encoding="utf-8")
    said = {
        "NEW-NAME": name,
        "NEW-TITLE": " ".join(words).capitalize(),
        "NEW-WORDS": " ".join(words),
        "NEW_NAME": snake,
        # Words of one letter would run together.
        "postToNewName": camel if split(camel) == split(f"post_to_{snake}") else f"post_to_{snake}",
    }
    return re.sub("|".join(said), lambda found: said[found.group()], text)
