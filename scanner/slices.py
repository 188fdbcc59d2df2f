"""Next slices of work: what closes the requirements that are not ready, most valuable first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scanner.chart import Chart
from scanner.conditions import Judge
from scanner.counting import Index, standing
from scanner.escape import places_named
from scanner.packet import RequirementResult, Slice
from scanner.packs import Pack, Requirement
from scanner.readiness import ranked
from scanner.seams import Seam
from scanner.shelf import Shelf
from scanner.touchpoints import Touchpoint


def next_slices(
    pack: Pack,
    results: Sequence[RequirementResult],
    seams: Sequence[Seam],
    titles: Mapping[str, str],
    chart: Chart | None = None,
    shelf: Shelf | None = None,
) -> tuple[Slice, ...]:
    """Make one slice for each name of a slice that a requirement still needs.

    Args:
        pack: where requirements name their slice.
        results: its requirements, judged.
        seams: all seams, best-ranked first.
        titles: rule id or kind to title.
        chart: what the graph says.
        shelf: what data files and documents say.

    Returns:
        Slices by what they are worth (weight times distance to ready, summed), then in the order of the pack. Where a
        requirement has exceptions, its slice is about those places; else about the evidence.
    """
    index = Index(seams)
    by_id = {result.id: result for result in results}
    members: dict[str, list[Requirement]] = {}
    for requirement in pack.requirements:
        if requirement.slice and by_id[requirement.id].status in ("partial", "gap"):
            members.setdefault(requirement.slice, []).append(requirement)
    made = [
        _slice(name, wanted, by_id, index, Judge(index, titles, wired=True, chart=chart, shelf=shelf))
        for name, wanted in members.items()
    ]
    worth = {name: sum(_distance(by_id[each.id]) for each in wanted) for name, wanted in members.items()}
    return tuple(sorted(made, key=lambda each: -worth[each.title]))


def _distance(result: RequirementResult) -> float:
    return result.weight * (1 - (result.score or 0))


def _slice(
    name: str,
    wanted: Sequence[Requirement],
    by_id: Mapping[str, RequirementResult],
    index: Index,
    strict: Judge,
) -> Slice:
    closes = tuple(each.id for each in wanted)
    shared = {fingerprint for each in closes for fingerprint in by_id[each].evidence}
    helps = tuple(
        result.id
        for result in by_id.values()
        if result.id not in closes and result.status in ("partial", "gap") and shared.intersection(result.evidence)
    )
    exceptions: list[Touchpoint] = []
    touched: list[Touchpoint] = []
    for requirement in wanted:
        named = strict.outcome(requirement.ready).exceptions
        exceptions += named
        touched += named or [place for seam in ranked(requirement, index) for place in standing(seam)]
    steps = [step for each in closes for step in by_id[each].next]
    # Work starts at what keeps the requirement from being ready, else at the place that the step names.
    named_in_step = [each for step in steps[:1] for each in places_named(step)]
    start = [place.id for place in exceptions] or named_in_step or [place.id for place in touched]
    return Slice(
        title=name,
        closes=closes,
        helps=helps,
        functions=len({(place.path, place.symbol) for place in touched if place.symbol}),
        files=len({place.path for place in touched}),
        start=start[0] if start else "",
        step=steps[0] if steps else "",
    )
