"""Whether a bundle belongs to a repository: its commit is there, and a scan of it says the same."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from scanner import __version__, git, manifestfile
from scanner.api import load_packs, load_rules, read_repository, shown_at
from scanner.bundle import SUFFIXES, file_of
from scanner.errors import UsageError
from scanner.manifestfile import BundleFile, Format, Manifest
from scanner.packs import PackFile
from scanner.phrases import plural
from scanner.places import printable
from scanner.repository import open_repository
from scanner.reviewpage import Review
from scanner.rules import Rulebook
from scanner.scan import Progress
from scanner.settings import Honour
from scanner.survey import described
from scanner.verify import LARGEST, Bundle, Problem

_CALLED: Final[Mapping[Format, str]] = {"markdown": "page", "json": "packet", "sarif": "SARIF", "html": "page"}
#: How a page shows what a repository does not tell: a baseline, and a history.
_BESIDE: Final = (b'<section class="changes" ', b'<section class="history" ')


class Rebuilding(msgspec.Struct, frozen=True):
    """With what packets are made again."""

    packs: tuple[PackFile, ...]
    rulebook: Rulebook


class Held(msgspec.Struct, frozen=True):
    """What came of holding a bundle against a repository."""

    problems: tuple[Problem, ...]
    #: Names of pages that were to be compared and could not be: they show a baseline or a history.
    not_compared: tuple[str, ...] = ()


def rebuilding(bundle: Bundle, rules: Sequence[str]) -> Rebuilding:
    """Load what the packets of a bundle were made with.

    Args:
        bundle: names its packs.
        rules: packs and files of the user's own rules, as for `scanner packet`; none for the bundle's packs, built in.

    Raises:
        UsageError: when a pack is unknown, or none is named.
        RuleError: with every problem of every file.
    """
    try:
        return Rebuilding(*load_packs(rules or [each.id for each in bundle.manifest.packs]))
    except UsageError as error:
        if rules:
            raise
        raise UsageError(f"{error}; name the files of its packs and rules with --rules") from None


def held_against(bundle: Bundle, repo: Path, again: Rebuilding | None = None, progress: Progress | None = None) -> Held:
    """Hold a bundle against a repository.

    The commit that the manifest names is scanned, and its digest compared; without a commit, the files as they are.
    With `again`, all files are made again too, and compared byte for byte. What a page shows of a baseline or a history
    is in no repository, so a page that has them is named and not compared.

    Raises:
        RepositoryError: when the repository cannot be read.
        SettingsError: when its settings cannot be used.
        RuleError: when a template of a pack cannot be filled.
    """
    manifest = bundle.manifest
    if not bundle.packets:
        nothing = "no packet of it could be read, so nothing can be held against the repository"
        return Held((Problem("", nothing),))
    why_not = _commit_problem(manifest, repo)
    if why_not:
        return Held((Problem("", why_not),))
    settings = next(iter(bundle.packets.values())).settings
    honour = Honour(settings.state != "ignored", "" if manifest.repository.commit else settings.as_of)
    rev = manifest.repository.commit or None
    if again is None:
        _, rulebook = load_rules(())
        digest = described(read_repository(repo, rev, rulebook, progress, honour)).digest
        return Held(tuple(_digest_problem(manifest, digest)))
    strangers = list(_strangers(manifest, again))
    reviews = [Review(*each) for each in shown_at(repo, rev, again.packs, again.rulebook, progress, honour)]
    others = _digest_problem(manifest, reviews[0].packet.repository.digest)
    if strangers:
        return Held((*others, *strangers))
    made = _made(bundle, reviews)
    left = tuple(_not_compared(bundle, made))
    return Held((*others, *_changes(bundle, made, left)), left)


def _commit_problem(manifest: Manifest, repo: Path) -> str:
    """Why the commit cannot be the one that was scanned; empty where it can."""
    of = manifest.repository
    if not of.commit:
        return ""
    if of.changed:
        files = plural(of.changed, "file")
        return (
            f"it was made of a work tree in which {files} differed from commit {of.commit[:12]}, so it is of no commit"
        )
    try:
        store = git.locate(Path(os.path.realpath(repo)))
    except git.GitError:
        store = open_repository(repo, "HEAD").store  # which says what is wrong
    if store is None:
        open_repository(repo)  # likewise
    try:
        found = git.resolve(store, of.commit) if store is not None else ""
    except git.GitError:
        found = ""
    # A branch may have any name, that of a commit too.
    return "" if found == of.commit else f"there is no commit {printable(of.commit)[:64]} in that repository"


def _digest_problem(manifest: Manifest, digest: str) -> Iterator[Problem]:
    if digest == manifest.repository.digest:
        return
    versions = f", by scanner {__version__} and not {manifest.scanner_version}"
    other = printable(versions) if manifest.scanner_version != __version__ else ""
    what = f"commit {manifest.repository.commit[:12]}" if manifest.repository.commit else "the repository"
    yield Problem("", f"what was scanned is not what {what} holds: the digests differ{other}")


def _strangers(manifest: Manifest, again: Rebuilding) -> Iterator[Problem]:
    """What was used at the time and is not at hand, so that no other packet can be expected."""
    if manifest.scanner_version != __version__:
        by = printable(manifest.scanner_version)
        yield Problem("", f"it cannot be made again: it is by scanner {by}, and this is {__version__}")
    if manifest.rules_digest != again.rulebook.digest:
        yield Problem("", "it cannot be made again: its rules are not those at hand; name its own with --rules")
    here = {each.id: each.digest for each in again.packs}
    for pack in manifest.packs:
        if here.get(pack.id) != pack.digest:
            said = "is not the one at hand" if pack.id in here else "is not at hand"
            yield Problem("", f"it cannot be made again: its pack {printable(pack.id)} {said}; name it with --rules")


def _made(bundle: Bundle, reviews: Sequence[Review]) -> dict[str, BundleFile]:
    """What a run writes, by name, as its manifest has it."""
    asked = {each.id for each in bundle.manifest.packs}
    wanted = [each for each in reviews if each.packet.pack.id in asked]
    alone = len(bundle.manifest.packs) == 1
    made = [file_of(each, form, alone)[0] for each in wanted for form in SUFFIXES]
    alerts = [file_of(each, "sarif", alone, alerts_only=True)[0] for each in wanted]
    # No manifest says whether `--alerts-only` was given; it was for all packs or for none.
    if set(alerts) <= set(bundle.manifest.files):
        made += alerts
    return {each.name: each for each in made}


def _not_compared(bundle: Bundle, made: Mapping[str, BundleFile]) -> Iterator[str]:
    for each in bundle.manifest.files:
        wanted = made.get(each.name)
        if wanted is None or wanted.format != "html" or each.format != "html" or each.pack != wanted.pack:
            continue
        if each.sha256 != wanted.sha256 and each.name in bundle.sound and _shows_more(bundle.folder / each.name):
            yield each.name


def _shows_more(page: Path) -> bool:
    """Whether a page shows a baseline or a history."""
    try:
        content = manifestfile.read_file(page, LARGEST) or b""
    except OSError:
        return False
    return any(each in content for each in _BESIDE)


def _changes(bundle: Bundle, made: Mapping[str, BundleFile], left: Sequence[str]) -> Iterator[Problem]:
    """What is not as a run writes it, but for pages that are left out."""
    names = {each.name for each in bundle.manifest.files}
    for name in made:
        if name not in names:
            yield Problem("", f"the manifest does not name {name}, which a run writes")
    for each in bundle.manifest.files:
        # What is not as the manifest says was told.
        if each.name not in bundle.sound or each.name in left:
            continue
        wanted = made.get(each.name)
        if wanted is None:
            yield Problem(each.name, "is no file that a run writes")
        elif each != wanted:
            yield Problem(each.name, f"is not the {_CALLED[wanted.format]} that a scan gives")
