"""The packet put together from its parts; after this, nothing is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

import msgspec

from scanner import __version__
from scanner.chart import Chart
from scanner.charted import GATES, seam_graph, with_functions
from scanner.conditions import names_in
from scanner.counting import serving, unwired
from scanner.escape import places_named
from scanner.graphpacket import SeamGraph
from scanner.inventory import with_seams
from scanner.packet import (
    SCHEMA_VERSION,
    BlindSpot,
    Completeness,
    Coverage,
    Inventory,
    Packet,
    PacketSeam,
    PacketTouchpoint,
    PackRef,
    Repository,
    RequirementResult,
    Slice,
    SurfaceMatrix,
    Verdict,
)
from scanner.packs import Pack
from scanner.readiness import score, verdict
from scanner.seams import Seam, best_first
from scanner.shelf import Shelf
from scanner.slices import next_slices
from scanner.touchpoints import Confidence, Role, Touchpoint


def assemble(
    pack: Pack,
    results: Sequence[RequirementResult],
    seams: Sequence[Seam],
    repository: Repository,
    inventory: Inventory,
    coverage: Coverage,
    blind_spots: Sequence[BlindSpot],
    completeness: Completeness,
    surfaces: SurfaceMatrix,
    chart: Chart | None,
    titles: Mapping[str, str],
    reproduce: Sequence[str],
    rules_digest: str,
    shelf: Shelf | None = None,
) -> Packet:
    """Build the packet of one repository and one pack.

    Args:
        pack: the question.
        results: its requirements, judged by `readiness.judge`.
        seams: all seams, best-ranked first; the packet keeps those that the pack names.
        repository: what was scanned.
        inventory: values with their places; the packet's seams are added to them here.
        coverage: what was read; its `held_back` is counted here.
        blind_spots: what could not be seen.
        completeness: how complete the look was.
        surfaces: surfaces × kinds.
        chart: what the graph says; None where nothing is judged.
        titles: rule id or kind to title.
        reproduce: commands that make the same packet again.
        rules_digest: digest of rules and catalogue.
        shelf: what data files and documents say; None where nothing is judged.

    Raises:
        RuleError: when a recommendation of the pack cannot be filled.
    """
    total = score(results)
    decision = verdict(pack, results, total, seams, titles, chart, shelf)
    slices = next_slices(pack, results, seams, titles, chart, shelf)
    names = _names(pack)
    asked = [seam for seam in seams if seam.kind in names or not seam.rules.isdisjoint(names)]
    known = {seam.id for seam in asked}
    # A text may link a place of a kind that no condition names; its seam comes along.
    graph = seam_graph(chart, pack, seams) if chart is not None else SeamGraph()
    cited = _cited(results, decision, slices) | _shown(graph)
    extra = {seam.id for seam in seams if any(place.id in cited for place in seam.touchpoints)}
    kept = [seam for seam in seams if serving(seam) and (seam.id in known or seam.id in extra)]
    places = best_first(msgspec.structs.replace(seam, touchpoints=serving(seam)) for seam in kept)
    crowded_out = tuple(_left_out(seams, kept, known))
    low = {place.id for seam in asked for place in seam.touchpoints if place.confidence is Confidence.LOW}
    public_seams = tuple(map(_seam, kept))
    public_places = tuple(map(public, places))
    return Packet(
        schema_version=SCHEMA_VERSION,
        scanner_version=__version__,
        completeness=completeness,
        verdict=decision,
        score=total,
        repository=repository,
        pack=PackRef(pack.id, pack.title, pack.migration, pack.digest),
        requirements=tuple(results),
        slices=slices,
        inventory=with_seams(inventory, public_seams, public_places),
        surfaces=surfaces,
        graph=with_functions(graph, chart, cited) if chart is not None else graph,
        coverage=msgspec.structs.replace(coverage, held_back=len(low)),
        blind_spots=tuple(blind_spots),
        reproduce=tuple(reproduce),
        rules_digest=rules_digest,
        seams=public_seams,
        touchpoints=public_places,
        crowded_out=crowded_out,
    )


def public(place: Touchpoint) -> PacketTouchpoint:
    """The public part of a touchpoint."""
    return PacketTouchpoint(
        id=place.id,
        rule=place.rule,
        kind=place.kind,
        role=place.role,
        confidence=place.confidence,
        path=place.path,
        line=place.line,
        end_line=place.end_line,
        symbol=place.symbol,
        text=place.text,
        name=place.name,
        rules=place.rules,
        unwired=place.unwired,
        seam=place.seam,
    )


def _seam(seam: Seam) -> PacketSeam:
    places = serving(seam)
    return PacketSeam(
        id=seam.id,
        kind=seam.kind,
        name=seam.name,
        path=places[0].path,
        line=places[0].line,
        confidence=places[0].confidence,
        role=places[0].role,
        surface=seam.surface,
        unwired=unwired(seam),
        touchpoints=tuple(place.id for place in places),
        uses=sum(place.role is Role.USE for place in places),
        crowded=seam.crowded,
    )


def _left_out(seams: Sequence[Seam], kept: Sequence[Seam], asked: Set[str]) -> Iterable[str]:
    """Fingerprints of seams that the code has, and that another packet of it may show for what else it holds."""
    here, kinds = {seam.id for seam in kept}, {seam.kind for seam in kept}
    for seam in seams:
        # A text or way may bring a kind along, too: of it one is here that others crowd out next time.
        is_crowded = seam.crowded and not seam.counts and (seam.id in asked or seam.kind in kinds)
        # Where nothing asks for gates those are here that stand on ways to side effects.
        if is_crowded or (seam.kind in GATES and seam.id not in here and serving(seam)):
            yield seam.id


def _shown(graph: SeamGraph) -> frozenset[str]:
    """Fingerprints of touchpoints that the packet's graph shows."""
    named: set[str] = set()
    if graph.passages is not None:
        named.update(graph.passages.places)
    if graph.gates is not None:
        named.update(graph.gates.modes)
        for each in graph.gates.effects:
            named.update((each.id, *each.gates))
    return frozenset(named)


def _names(pack: Pack) -> frozenset[str]:
    """Rules and kinds that any condition or evidence of the pack names."""
    names: set[str] = set()
    for each in pack.requirements:
        names.update(each.evidence, names_in(each.applies), names_in(each.ready), names_in(each.partial))
    return frozenset(names)


def _cited(results: Sequence[RequirementResult], decision: Verdict, slices: Sequence[Slice]) -> frozenset[str]:
    """Fingerprints that the texts and the lists of the packet name."""
    texts = [decision.text, *(each.step for each in slices)]
    for result in results:
        texts += [result.claim, *result.missing, *result.next]
    named = {fingerprint for text in texts for fingerprint in places_named(text)}
    return frozenset(named.union(*(result.exceptions for result in results)))
