"""Rules and packs by the names that users give them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from scanner.errors import UsageError
from scanner.installed import builtin_rules
from scanner.packfile import builtin_packs, check_pack, load_pack, resolve_pack
from scanner.packs import PackFile
from scanner.rulebook import load, load_rulebook
from scanner.rules import Rulebook
from scanner.yamlfile import MAX_BYTES

#: What `--rules` says for every built-in pack.
EVERY_PACK = "all"


class Version(msgspec.Struct, frozen=True):
    """One whole set of rules, to be compared with another."""

    rulebook: Rulebook
    vocabulary: Path


def load_named(given: Sequence[str]) -> tuple[tuple[PackFile, ...], Rulebook]:
    """The packs and the rulebook that values of `--rules` name, read from their files; see `api.load_rules`."""
    paths: dict[Path, None] = {}
    for value in given:
        paths.update(dict.fromkeys(builtin_packs().values() if value == EVERY_PACK else (resolve_pack(value),)))
    rulebook = load([path for path in paths if not _is_pack(path)])
    packs: dict[str, PackFile] = {}
    for path in filter(_is_pack, paths):
        pack = load_pack(path, rulebook)
        check_pack(pack, rulebook)
        if pack.id in packs:
            raise UsageError(f"two packs are called `{pack.id}`; give one of them another `id`")
        packs[pack.id] = pack
    return tuple(packs.values()), rulebook


def load_version(given: str) -> Version:
    """The whole set of rules that a value of `scanner rules compare` names.

    Args:
        given: the word `builtin`, or the path of a file or folder of rules; in a folder, `catalog/` takes the place of
            the built-in catalogue, and `vocabulary.yaml` that of the built-in vocabulary.

    Raises:
        UsageError: when nothing is there, or no rule is in it.
        RuleError: with every problem of every file.
    """
    builtin = builtin_rules()
    if given == "builtin":
        return Version(load(), builtin_rules() / "vocabulary.yaml")
    path = Path(given)
    if not path.exists():
        raise UsageError(f"there are no rules at `{given}`; write `builtin`, or the path of a file or folder of rules")
    own = path / "vocabulary.yaml"
    catalog = [] if (path / "catalog").is_dir() else [builtin / "catalog"]
    rulebook = load_rulebook([*catalog, path])
    if not rulebook.rules:
        raise UsageError(f"`{given}` holds no rules; write `builtin`, or the path of a file or folder of rules")
    return Version(rulebook, own if own.is_file() else builtin_rules() / "vocabulary.yaml")


def _is_pack(path: Path) -> bool:
    """Whether a file holds a pack (a mapping) rather than rules (a list); it is checked when it is loaded."""
    try:
        with path.open("rb") as file:
            lines = file.read(MAX_BYTES).decode("utf-8-sig", "replace").splitlines()
    except OSError:
        return True
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith(("#", "---"))), "")
    return not first.lstrip().startswith("-")
