"""The rulebook: every rule and every catalogue entry of a run, checked before anything is scanned.

All problems of all files are collected and told at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from scanner.errors import RuleError
from scanner.installed import builtin_rules
from scanner.kinds import ENTRY_KINDS, KINDS
from scanner.languages import all_languages
from scanner.rulefile import Draft, FileReader
from scanner.ruleorder import Reference, stratify
from scanner.rules import SUFFIXES, LoadedRulebook, Rulebook, RuleSource
from scanner.suggestion import suggest
from scanner.yamlfile import EnoughProblems, Problem, YamlMapping, YamlNode, note, parse, printable, read_bytes, told

#: Bytes of all rule files of a run together; the built-in ones have a seventh of it.
MOST_BYTES = 10_000_000


def load(extra: Sequence[Path] = ()) -> Rulebook:
    """Load the built-in rules and catalogue, and the user's own files beside them.

    Args:
        extra: rule files, catalogue files or folders of them.

    Raises:
        RuleError: with every problem of every file.
    """
    builtin = builtin_rules()
    return load_rulebook([builtin / "catalog", builtin / "seams", builtin / "entries", *extra])


def extended(rulebook: Rulebook, sources: Sequence[RuleSource]) -> Rulebook:
    """The same rulebook with further files.

    Args:
        rulebook: one that was loaded here.
        sources: the files; one whose content is in the rulebook already is passed over.

    Raises:
        RuleError: with every problem of every file, an id that is there already among them.
    """
    paths = rulebook.paths if isinstance(rulebook, LoadedRulebook) else ()
    return load_rulebook(list(map(Path, paths)), sources)


def load_rulebook(paths: Sequence[Path], sources: Sequence[RuleSource] = ()) -> Rulebook:
    """Load rule files and catalogue files; which one a file is, its entries say.

    Args:
        paths: files, or folders that are searched to any depth for `*.yaml` and `*.yml`; files in
            them that hold neither (packs, vocabularies) are passed over.
        sources: files that were read already.

    Raises:
        RuleError: with every problem of every file.
    """
    problems: list[Problem] = []
    reader = FileReader(known_languages())
    digests: list[tuple[str, str]] = []
    strata: tuple[tuple[str, ...], ...] = ()
    with suppress(EnoughProblems):
        _read_all(paths, sources, reader, digests, problems)
        strata = stratify(_references(reader, problems), _by_kind(reader), problems)
        for problem in reader.catalog.unknown_meanings():
            note(problems, problem)
    if problems:
        raise RuleError(told(problems))
    digest = hashlib.sha256("".join(content for _, content in sorted(digests)).encode()).hexdigest()
    rules = tuple(draft.rule for draft in reader.drafts if draft.rule is not None)
    return LoadedRulebook(
        rules=rules, catalog=tuple(reader.catalog.entries), strata=strata, digest=digest, paths=tuple(map(str, paths))
    )


def _read_all(
    paths: Sequence[Path],
    sources: Sequence[RuleSource],
    reader: FileReader,
    digests: list[tuple[str, str]],
    problems: list[Problem],
) -> None:
    """Read every file; `digests` takes name and digest of each that counts."""
    size = 0
    for name, source in _sources(paths, sources, problems):
        digest = hashlib.sha256(source.data).hexdigest()
        if source in sources and any(known == digest for _, known in digests):
            continue
        size += len(source.data)
        if size > MOST_BYTES:
            message = f"all rule files together are longer than {MOST_BYTES // 1_000_000} MB; write fewer rules"
            problems.append(Problem(source.path, 0, 0, message))
            raise EnoughProblems
        root = parse(source.data, source.path, problems)
        if not source.named and _is_of_another_room(root):
            continue
        digests.append((name, digest))
        if root is not None:
            reader.read(root, source.path, problems)


def _sources(
    paths: Sequence[Path], sources: Sequence[RuleSource], problems: list[Problem]
) -> Iterator[tuple[str, RuleSource]]:
    """Every file that can be read, with a name that is the same on every machine."""
    for path, name, given in _files(paths, problems):
        shown = shown_path(path)
        data = read_bytes(path, shown, problems)
        if data is not None:
            yield name, RuleSource(shown, data, given)
    for source in sources:
        yield source.path, source


def known_languages() -> tuple[str, ...]:
    """Names of all languages that can be read."""
    return tuple(language.name for language in all_languages())


def shown_path(path: Path) -> str:
    """A path as problems and packets show it: `rules/…` for built-in files, else relative to here if it lies below."""
    resolved = path.resolve()
    for base, prefix in ((builtin_rules().resolve(), "rules/"), (Path.cwd(), "")):
        if resolved.is_relative_to(base):
            return prefix + resolved.relative_to(base).as_posix()
    return path.as_posix()


def _is_of_another_room(root: YamlNode | None) -> bool:
    """Whether a file found in a folder is a pack or a vocabulary, rather than rules whose dash was forgotten."""
    return isinstance(root, YamlMapping) and not {"kind", "find", "library", "means"} & {*root.keys()}


def _files(paths: Sequence[Path], problems: list[Problem]) -> Iterator[tuple[Path, str, bool]]:
    """Each file once, with a name that is the same on every machine, and whether the user named it himself."""
    seen: set[Path] = set()
    for path in paths:
        found = _below(path, problems) if path.is_dir() else [path]
        for file in found:
            if (resolved := file.resolve()) not in seen:
                seen.add(resolved)
                yield file, file.name if file is path else file.relative_to(path.parent).as_posix(), file is path


def _below(folder: Path, problems: list[Problem]) -> list[Path]:
    """The rule files in a folder, in order. Its author may be a stranger, and a link could lead to any file.

    A link that stays in the folder is followed, and comes first: where folders are swapped below links, its name stays.
    """
    found = sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    if not found:
        message = "the folder holds no rule file; write rules into a `*.yaml` file in it"
        note(problems, Problem(shown_path(folder), 0, 0, message))
    if folder.is_relative_to(builtin_rules()):
        return found
    root = folder.resolve()
    links = [file for file in found if file.is_symlink()]
    inside = [file for file in links if file.resolve().is_relative_to(root)]
    for file in links:
        if file not in inside:
            message = "a link that leads out of a folder of rules is not followed; name the file that it leads to"
            note(problems, Problem(shown_path(file.parent) + f"/{file.name}", 0, 0, message))
    return inside + [file for file in found if not file.is_symlink()]


def _by_kind(reader: FileReader) -> dict[str, list[str]]:
    """The rules of each kind."""
    found: dict[str, list[str]] = {}
    for draft in reader.drafts:
        found.setdefault(draft.kind, []).append(draft.id)
    return found


def _references(reader: FileReader, problems: list[Problem]) -> dict[str, list[Reference]]:
    """Check what rules name, and say which rule rests on which."""
    # What lies at an entry point says nothing of a seam, and listings know no entry points.
    known = dict.fromkeys((*KINDS, *(draft.id for draft in reader.drafts if draft.kind not in ENTRY_KINDS)))
    edges: dict[str, list[Reference]] = {}
    for draft in reader.drafts:
        edges.setdefault(draft.id, [])
        for name in draft.seams:
            place = Problem(draft.path, name.line, name.column, "")
            if name.text in known:
                edges[draft.id].append(Reference(name.text, name.text in KINDS, place))
            else:
                hint = suggest(name.text, known, "`scanner rules list` shows rules, with `--kinds` kinds")
                message = f"no rule or kind is called `{printable(name.text)}`; {hint}"
                note(problems, Problem(draft.path, name.line, name.column, message))
        _check_meanings(draft, reader.catalog.meanings, problems)
    return edges


def _check_meanings(draft: Draft, meanings: set[str], problems: list[Problem]) -> None:
    for text in draft.meanings:
        if text.text not in meanings:
            hint = suggest(text.text, sorted(meanings), "add an entry to a catalogue file")
            message = f"no catalogue entry means `{printable(text.text)}`; {hint}"
            note(problems, Problem(draft.path, text.line, text.column, message))
