"""From a path to a scan and from a scan to a packet: the calls that the command line is made of."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import msgspec

from scanner.assemble import assemble
from scanner.attest import attested, described_settings
from scanner.chart import Chart
from scanner.counting import Index
from scanner.errors import RuleError, SettingsError, UsageError
from scanner.explain import Explainer, Explanation, Unread
from scanner.kinds import KINDS
from scanner.modules import manifest_names
from scanner.packet import Packet
from scanner.packfile import PackFile, builtin_packs, check_pack, load_pack, resolve_pack
from scanner.packs import Pack
from scanner.phrases import plural
from scanner.places import printable
from scanner.readiness import judge, unjudged
from scanner.repository import open_repository
from scanner.rulebook import builtin_rules, extended, load, load_rulebook
from scanner.rules import Rulebook
from scanner.scan import Progress, Scan, scan
from scanner.setaside import Surfaces, left_out
from scanner.settings import HINT, Honour, Settings, read_settings
from scanner.shelf import Shelf
from scanner.survey import own_code, survey
from scanner.vocabulary import vocabulary
from scanner.ways import Ways
from scanner.whereabouts import locate, split_place
from scanner.yamlcheck import suggest

#: What `--rules` says for every built-in pack.
EVERY_PACK = "all"
#: Settings of the scanned repository do not count.
UNHEEDED = Honour(settings=False)


class Version(msgspec.Struct, frozen=True):
    """One whole set of rules, to be compared with another."""

    rulebook: Rulebook
    vocabulary: Path


def read_repository(
    path: Path,
    rev: str | None,
    rulebook: Rulebook,
    progress: Progress | None = None,
    honour: Honour = UNHEEDED,
) -> Scan:
    """Scan a repository with a loaded rulebook.

    Args:
        path: a work tree, a folder, or (with `rev`) any git repository.
        rev: the revision to read from the object store; None for the files on disk.
        rulebook: what to look for.
        progress: called with files done and files in all.
        honour: whether the settings count that the repository keeps.

    Raises:
        RepositoryError: when it cannot be read.
        SettingsError: when its settings cannot be used.
    """
    repository = open_repository(path, rev)
    settings = read_settings(repository, honour)
    return scan(repository, _with_own_rules(rulebook, settings), _vocabulary_path(), progress, settings)


def _with_own_rules(rulebook: Rulebook, settings: Settings) -> Rulebook:
    """The rulebook with the rules that the repository keeps.

    Raises:
        SettingsError: with every problem of theirs.
    """
    if not settings.rules:
        return rulebook
    try:
        return extended(rulebook, settings.rules)
    except RuleError as error:
        raise SettingsError((*error.problems, f"{settings.digests[0][0]}: {HINT}")) from None


def explain_place(
    place: str,
    kind: str,
    path: Path,
    rev: str | None,
    rulebook: Rulebook,
    progress: Progress | None = None,
    honour: Honour = UNHEEDED,
) -> Explanation | Unread:
    """What the rules said of one line of a repository.

    Args:
        place: a file of the repository and a line, `src/agent.py:120`.
        kind: rules of this kind alone; empty for all.
        path: the repository, as for `read_repository`.
        rev: the revision, as for `read_repository`.
        rulebook: what to look for.
        progress: called with files done and files in all.
        honour: as for `read_repository`; what is suppressed is explained like everything else.

    Raises:
        UsageError: when there is no such line, or no such kind.
        RepositoryError: when the repository cannot be read.
        SettingsError: when its settings cannot be used.
    """
    file, line = split_place(place)
    if kind and kind not in KINDS:
        near = suggest(kind, KINDS, "see `scanner rules list --kinds`")
        raise UsageError(f"no kind of seam is called `{printable(kind)}`; {near}")
    repository = open_repository(path, rev)
    settings = msgspec.structs.replace(read_settings(repository, honour), suppressions=())
    name, why = locate(repository, file)
    if why or (why := left_out(name, settings)):
        return Unread(name, line, why)
    rulebook = _with_own_rules(rulebook, settings)
    found = Explainer(scan(repository, rulebook, _vocabulary_path(), progress, settings)).explain(name, line, kind)
    if isinstance(found, int):
        raise UsageError(f"{name} has {plural(found, 'line')}; there is no line {line}")
    return found


def load_rules(given: Sequence[str]) -> tuple[tuple[PackFile, ...], Rulebook]:
    """The packs and the rulebook that `--rules` values name.

    Args:
        given: names of packs, `all` for every built-in one, paths of pack files, and paths of files of the user's own
            rules.

    Returns:
        The packs in the order in which they were named, each once, and the built-in rules with the user's own.

    Raises:
        UsageError: when a name is unknown, or two packs have the same `id`.
        RuleError: with every problem of every file.
    """
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
        return Version(load(), _vocabulary_path())
    path = Path(given)
    if not path.exists():
        raise UsageError(f"there are no rules at `{given}`; write `builtin`, or the path of a file or folder of rules")
    own = path / "vocabulary.yaml"
    catalog = [] if (path / "catalog").is_dir() else [builtin / "catalog"]
    rulebook = load_rulebook([*catalog, path])
    if not rulebook.rules:
        raise UsageError(f"`{given}` holds no rules; write `builtin`, or the path of a file or folder of rules")
    return Version(rulebook, own if own.is_file() else _vocabulary_path())


def read_version(path: Path, rev: str | None, version: Version, progress: Progress | None = None) -> Scan:
    """Scan a repository with one version of the rules; otherwise as `read_repository`."""
    return scan(open_repository(path, rev), version.rulebook, version.vocabulary, progress)


def chart_of(found: Scan) -> Chart:
    """What the graph of a scanned repository says."""
    surfaces = Surfaces(found.settings, vocabulary(_vocabulary_path()))
    ways = Ways(found.graph, found.entries, found.seams, surfaces.of, surfaces.aside)
    sites = {report.path: report.sites for report in found.reports if report.path in found.graph.files}
    names = manifest_names()
    files = (PurePosixPath(entry.path) for entry in found.repository.files)
    packages = frozenset(str(path.parent) for path in files if path.name in names)
    return Chart(ways, sites, Index(found.seams), packages)


def make_packets(found: Scan, packs: Sequence[Pack]) -> tuple[Packet, ...]:
    """The packets of a scanned repository, one a pack in their order, each as it would be alone.

    Raises:
        RuleError: when a template of a pack cannot be filled.
    """
    unseen = _mostly_unseen(found)
    chart = None if unseen or not packs else chart_of(found)
    return tuple(_packet(found, pack, chart, unseen) for pack in packs)


def make_packet(found: Scan, pack: Pack) -> Packet:
    """The packet of a scanned repository for one pack.

    Raises:
        RuleError: when a template of the pack cannot be filled.
    """
    return make_packets(found, [pack])[0]


def _packet(found: Scan, pack: Pack, chart: Chart | None, unseen: str) -> Packet:
    words = vocabulary(_vocabulary_path())
    shelf = Shelf(found.data, found.pages)
    titles = {rule.id: rule.title for rule in found.rulebook.rules}
    sums = survey(found, words, _kinds_of(pack, found.rulebook), chart)
    if unseen:
        results = unjudged(pack, unseen)
        pack = msgspec.structs.replace(pack, recommendations=())  # advice would claim that something was seen
    else:
        results = judge(pack, found.seams, titles, chart, shelf)
    results, overrides = attested(results, pack, found.settings)
    made = assemble(
        pack,
        results,
        found.seams,
        sums.repository,
        sums.inventory,
        sums.coverage,
        sums.blind_spots,
        sums.completeness,
        sums.surfaces,
        chart,
        titles,
        _reproduce(found, pack),
        found.rulebook.digest,
        shelf,
    )
    settings = described_settings(found.settings, overrides, found.suppressions, found.excludes)
    return msgspec.structs.replace(made, settings=settings)


def _mostly_unseen(found: Scan) -> str:
    """Why nothing can be judged, or an empty string: a gap would claim that the agent's code was looked at."""
    own = [report for report in own_code(found) if not report.failure[0]]
    unread = {path for paths in found.without_grammar.values() for path in paths}
    missed = sum(max(entry.size, 0) for entry in found.repository.files if entry.path in unread)
    read = sum(report.size for report in own)
    if not own:
        return "Not judged: there is no source code in a language that can be read yet."
    if read >= missed:
        return ""
    share = 100 * read // (read + missed)
    return f"Not judged: only {share}% of the code, by bytes, is in a language that can be read yet."


def _kinds_of(pack: Pack, rulebook: Rulebook) -> tuple[str, ...]:
    """The kinds of seam that a pack asks about, in the order of the families."""
    named = {name for each in pack.requirements for name in each.evidence}
    named |= {rule.kind for rule in rulebook.rules if rule.id in named}
    return tuple(kind for kind in KINDS if kind in named)


def _reproduce(found: Scan, pack: Pack) -> tuple[str, ...]:
    """Commands that make the same packet elsewhere; paths of this machine never show."""
    repository = found.repository
    name = pack.id if pack.path == f"rules/packs/{pack.id}.yaml" else Path(pack.path).name
    kept = {each.path for each in found.settings.rules}
    own = sorted({rule.path for rule in found.rulebook.rules} - _builtin_paths() - kept)
    rules = " ".join(f"--rules {shlex.quote(each)}" for each in (name, *(f"./{Path(path).name}" for path in own)))
    changed = bool(repository.deleted or found.settings.changed) or any(
        each.changed for files in (found.reports, found.manifests) for each in files
    )
    rev = f" --rev {repository.commit}" if repository.commit and not changed else ""
    how = " --no-settings" if found.settings.state == "ignored" else ""
    how += f" --as-of {found.settings.as_of}" if found.settings.as_of and not repository.commit else ""
    asked = f"scanner packet {rules} --repo .{rev}{how}"
    if not repository.remote:
        return (asked,)
    top = repository.store.work_tree if repository.store else ""
    below = os.path.relpath(repository.root, top) if top and repository.kind == "work tree" else "."
    name_below = os.path.normpath(os.path.join(repository.name, below))
    return f"git clone {repository.remote} {repository.name}", f"cd {shlex.quote(name_below)}", asked


def _builtin_paths() -> frozenset[str]:
    folder = builtin_rules()
    return frozenset(f"rules/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*.yaml"))


def _is_pack(path: Path) -> bool:
    """Whether a file holds a pack (a mapping) rather than rules (a list); it is checked when it is loaded."""
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return True
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith(("#", "---"))), "")
    return not first.lstrip().startswith("-")


def _vocabulary_path() -> Path:
    return builtin_rules() / "vocabulary.yaml"
