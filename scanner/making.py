"""From a scan to packets: the graph is asked once, each pack its own questions."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import msgspec

from scanner.assemble import assemble
from scanner.attest import attested, described_settings
from scanner.chart import Chart
from scanner.collector import without_collector
from scanner.counting import Index
from scanner.exhibits import Exhibits, exhibits
from scanner.installed import builtin_rules
from scanner.kinds import KINDS
from scanner.masking import without_keys
from scanner.modules import manifest_names
from scanner.packet import Packet
from scanner.packs import Pack
from scanner.readiness import judge, unjudged
from scanner.rules import Rulebook
from scanner.scan import Scan
from scanner.setaside import Surfaces
from scanner.shelf import Shelf
from scanner.survey import own_code, survey
from scanner.vocabulary import vocabulary
from scanner.ways import Ways


@without_collector()
def make_packets(found: Scan, packs: Sequence[Pack]) -> tuple[Packet, ...]:
    """The packets of a scanned repository, one a pack in their order, each as it would be alone.

    Raises:
        RuleError: when a template of a pack cannot be filled.
    """
    return tuple(map(without_keys, _packets(found, packs)[0]))


@without_collector()
def make_shown(found: Scan, packs: Sequence[Pack]) -> tuple[tuple[Packet, Exhibits], ...]:
    """The packets with what the page for a design review shows beside each; otherwise as `make_packets`."""
    packets, chart = _packets(found, packs)
    titles = _titles(found)
    return tuple(
        (without_keys(packet), without_keys(exhibits(packet, pack, titles, found.reports, chart)))
        for packet, pack in zip(packets, packs, strict=True)
    )


def _packets(found: Scan, packs: Sequence[Pack]) -> tuple[tuple[Packet, ...], Chart | None]:
    unseen = _mostly_unseen(found)
    chart = None if unseen or not packs else chart_of(found)
    return tuple(_packet(found, pack, chart, unseen) for pack in packs), chart


def make_packet(found: Scan, pack: Pack) -> Packet:
    """The packet of a scanned repository for one pack.

    Raises:
        RuleError: when a template of the pack cannot be filled.
    """
    return make_packets(found, [pack])[0]


def chart_of(found: Scan) -> Chart:
    """What the graph of a scanned repository says."""
    surfaces = Surfaces(found.settings, vocabulary(builtin_rules() / "vocabulary.yaml"))
    ways = Ways(found.graph, found.entries, found.seams, surfaces.of, surfaces.aside)
    sites = found.reports.sites(found.graph.files)
    names = manifest_names()
    files = (PurePosixPath(entry.path) for entry in found.repository.files)
    packages = frozenset(str(path.parent) for path in files if path.name in names)
    return Chart(ways, sites, Index(found.seams), packages)


def _packet(found: Scan, pack: Pack, chart: Chart | None, unseen: str) -> Packet:
    words = vocabulary(builtin_rules() / "vocabulary.yaml")
    shelf = Shelf(found.data, found.pages)
    titles = _titles(found)
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


def _titles(found: Scan) -> dict[str, str]:
    return {rule.id: rule.title for rule in found.rulebook.rules}


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
        each.changed for files in (found.reports.heads, found.manifests) for each in files
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
