"""Whether a bundle belongs to a repository: its commit is there, and a scan of it says the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from scanner import __version__, git
from scanner.api import load_packs, load_rules, packets_at, read_repository
from scanner.errors import UsageError
from scanner.manifestfile import Manifest
from scanner.packet import Packet
from scanner.packs import PackFile
from scanner.phrases import plural
from scanner.places import printable
from scanner.render import to_json
from scanner.repository import open_repository
from scanner.rules import Rulebook
from scanner.scan import Progress
from scanner.settings import Honour
from scanner.survey import described
from scanner.verify import Bundle, Problem


class Rebuilding(msgspec.Struct, frozen=True):
    """With what packets are made again."""

    packs: tuple[PackFile, ...]
    rulebook: Rulebook


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


def problems_with(
    bundle: Bundle, repo: Path, again: Rebuilding | None = None, progress: Progress | None = None
) -> Iterator[Problem]:
    """What speaks against a bundle being of a repository.

    The commit that the manifest names is scanned, and its digest compared; without a commit, the files as they are.
    With `again`, the packets are made again too, and their JSON compared byte for byte.

    Raises:
        RepositoryError: when the repository cannot be read.
        SettingsError: when its settings cannot be used.
        RuleError: when a template of a pack cannot be filled.
    """
    manifest = bundle.manifest
    if not bundle.packets:
        yield Problem("", "no packet of it could be read, so nothing can be held against the repository")
        return
    why_not = _commit_problem(manifest, repo)
    if why_not:
        yield Problem("", why_not)
        return
    settings = next(iter(bundle.packets.values())).settings
    honour = Honour(settings.state != "ignored", "" if manifest.repository.commit else settings.as_of)
    rev = manifest.repository.commit or None
    if again is None:
        _, rulebook = load_rules(())
        digest = described(read_repository(repo, rev, rulebook, progress, honour)).digest
        yield from _digest_problem(manifest, digest)
        return
    strangers = list(_strangers(manifest, again))
    made = packets_at(repo, rev, again.packs, again.rulebook, progress, honour)
    yield from _digest_problem(manifest, made[0].repository.digest)
    yield from strangers or _changes(bundle, made)


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


def _changes(bundle: Bundle, made: Sequence[Packet]) -> Iterator[Problem]:
    digests = {each.pack.id: hashlib.sha256(to_json(each)).hexdigest() for each in made}
    for each in bundle.manifest.files:
        # Its content is known to have the digest of the manifest.
        if each.name in bundle.packets and each.sha256 != digests[each.pack]:
            yield Problem(each.name, "is not the packet that a scan gives")
