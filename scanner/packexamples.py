"""The examples of packs: small trees with the statuses that are expected of them, checked before any scan."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import cast

from scanner.packs import STATUSES, Expected, PackExample, Status
from scanner.suggestion import suggest
from scanner.yamlcheck import FILE, Checker, describe
from scanner.yamlfile import YamlList, YamlMapping, YamlNode, YamlText, parse, printable, read_bytes

#: An example shows one thing; what needs more files is a repository.
MOST_FILES = 40
#: Examples of one pack, each of which is scanned.
MOST_EXAMPLES = 200
#: Characters of a path: file systems take 255 bytes for a name, and some 260 characters for all of a path.
_LONGEST_PATH = 200

#: Keys of an example, with what to write; and those that may be left out.
EXAMPLE = {
    "title": "what the tree shows, in one line",
    "files": "a mapping from a path to what is in the file",
    "expects": "a mapping from a requirement to its status",
}
EXAMPLE_OPTIONAL = ("missing",)
_LIST = "a list of examples, or the path of a file that holds one"
_SOURCE = "what is in the file, as a block (`|`)"
_TREE = "paths, each with what is in the file"
_EXPECTED = "requirements, each with its status"
_WORDS = "words of what is missing, or a list of them"
#: Names that no example may write below: a folder of git's own is no part of a tree.
_RESERVED = frozenset({".git"})


def read_examples(
    checker: Checker, node: YamlNode | None, requirements: Collection[str], pack: Path
) -> tuple[PackExample, ...]:
    """Read `examples` of a pack.

    Args:
        checker: of the pack's file.
        node: the list, or the path of a file beside the pack whose only key is `examples`.
        requirements: ids that may be expected.
        pack: the pack's file, for the other one beside it.

    Returns:
        The examples in which nothing is wrong; what is wrong in the others is noted with `checker.problems`.
    """
    if node is None:
        return ()
    if isinstance(node, YamlText):
        return _read_file(checker, node, requirements, pack)
    items = checker.items(node, "`examples`", _LIST)
    if len(items) > MOST_EXAMPLES:
        checker.report(node, f"`examples` has {len(items):,} of them; write at most {MOST_EXAMPLES}")
        return ()
    read = (_example(checker, item, requirements) for item in items)
    return tuple(example for example in read if example is not None)


def _read_file(checker: Checker, node: YamlText, requirements: Collection[str], pack: Path) -> tuple[PackExample, ...]:
    """The examples of another file, told with its own name in problems."""
    text = checker.string(node, "`examples`", _LIST)
    if text is None:
        return ()
    if wrong := _wrong_path(text.text):
        checker.report(
            text, f"`examples` names `{printable(text.text)}`, {wrong}; write a path below the pack's folder"
        )
        return ()
    if not (pack.parent / text.text).resolve().is_relative_to(pack.parent.resolve()):
        checker.report(text, f"`examples` names `{printable(text.text)}`, a link that leads out of the pack's folder")
        return ()
    beside = Checker((PurePosixPath(checker.path).parent / text.text).as_posix(), checker.problems)
    data = read_bytes(pack.parent / text.text, beside.path, beside.problems)
    root = parse(data, beside.path, beside.problems) if data is not None else None
    mapping = beside.mapping(root, FILE, "`examples:` and a list of them") if root is not None else None
    if mapping is None:
        return ()
    beside.keys(mapping, FILE, {"examples": "a list of examples"})
    inner = mapping.get("examples")
    if inner is not None and not isinstance(inner, YamlList):
        beside.report(inner, f"`examples` is {describe(inner)}; write a list of examples")
        return ()
    return read_examples(beside, inner, requirements, pack)


def _example(checker: Checker, node: YamlNode, requirements: Collection[str]) -> PackExample | None:
    mapping = checker.mapping(node, "an example", "a mapping with `title`, `files` and `expects`")
    if mapping is None:
        return None
    checker.keys(mapping, "this example", EXAMPLE, EXAMPLE_OPTIONAL)
    before = len(checker.problems)
    title = checker.line(mapping, "title")
    files = _files(checker, mapping.get("files"))
    expects = _expected(checker, mapping, requirements)
    if len(checker.problems) > before or not (title and files and expects):
        return None
    return PackExample(title, files, expects, checker.path, mapping.line)


def _files(checker: Checker, node: YamlNode | None) -> tuple[tuple[str, str], ...]:
    mapping = checker.mapping(node, "`files`", _TREE) if node is not None else None
    entries = mapping.entries if mapping is not None else ()
    if len(entries) > MOST_FILES:
        checker.report(entries[MOST_FILES][0], f"an example has at most {MOST_FILES} files; show one thing in each")
        return ()
    taken: dict[str, str] = {}
    read = []
    for name, source in entries:
        if wrong := _wrong_path(name.text):
            checker.report(
                name, f"a file is called `{printable(name.text)}`, {wrong}; write a path such as `agent/run.py`"
            )
            continue
        # Folders of one file must not be files of another, on disks that know no capitals either.
        path = PurePosixPath(name.text.lower())
        clash = next((taken[str(each)] for each in (path, *path.parents) if str(each) in taken), None)
        clash = clash or next((other for known, other in taken.items() if path in PurePosixPath(known).parents), None)
        if clash is not None:
            checker.report(name, f"`{printable(name.text)}` and `{printable(clash)}` cannot both be files; rename one")
            continue
        taken[str(path)] = name.text
        if isinstance(source, YamlText):
            read.append((name.text, source.text))
        else:
            checker.report(source, f"`{printable(name.text)}` is {describe(source)}; write {_SOURCE}")
    return tuple(read)


def _wrong_path(path: str) -> str:
    """What is wrong with a path that is to lie below a folder; empty for nothing."""
    if len(path.encode()) > _LONGEST_PATH:
        return "which is too long"
    if not path.isprintable() or any(sign in path for sign in '\\:*?"<>|'):
        return "which holds signs that a path may not have everywhere"
    if path.startswith("/"):
        return "which is absolute"
    parts = path.split("/")
    if any(part in ("", ".", "..") or part != part.strip() for part in parts):
        return "which is no plain relative path"
    if parts[0].lower() in _RESERVED:
        return "which belongs to git"
    return ""


def _expected(checker: Checker, mapping: YamlMapping, requirements: Collection[str]) -> tuple[Expected, ...]:
    node, lacking = mapping.get("expects"), mapping.get("missing")
    statuses = checker.mapping(node, "`expects`", _EXPECTED) if node is not None else None
    words = checker.mapping(lacking, "`missing`", "requirements, each with words") if lacking is not None else None
    missing = _missing(checker, words, statuses) if words is not None else {}
    found = []
    for name, value in statuses.entries if statuses is not None else ():
        if name.text not in requirements:
            message = f"no requirement is called `{printable(name.text)}`; {suggest(name.text, requirements)}"
            checker.report(name, message)
        status = checker.choice(value, f"the status of `{printable(name.text)}`", STATUSES)
        if status is not None:
            wanted = missing.get(name.text, ())
            found.append(Expected(name.text, cast("Status", status), wanted, value.line, value.column))
    return tuple(found)


def _missing(checker: Checker, mapping: YamlMapping, statuses: YamlMapping | None) -> Mapping[str, tuple[str, ...]]:
    """Words of what must be missing, by requirement."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in mapping.entries:
        if statuses is not None and statuses.get(name.text) is None:
            message = f"`missing` of `{printable(name.text)}` has no status; write one under `expects`"
            checker.report(name, message)
        texts = checker.strings(value, f"`missing` of `{printable(name.text)}`", _WORDS)
        found[name.text] = tuple(" ".join(text.text.split()) for text in texts)
    return found
