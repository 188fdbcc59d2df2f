"""Statuses that somebody answers for, in place of those that the scanner found."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cache

import msgspec

from scanner.packet import RequirementResult
from scanner.packfile import builtin_packs, load_pack
from scanner.packs import Pack
from scanner.readiness import VALUES
from scanner.settings import Settings
from scanner.settingsfile import Override
from scanner.settingspacket import Attested, ExcludeNote, OverrideNote, SettingsNote, SuppressionNote, SurfaceNote


def attested(
    results: Sequence[RequirementResult], pack: Pack, settings: Settings
) -> tuple[tuple[RequirementResult, ...], tuple[OverrideNote, ...]]:
    """Requirements with the statuses that somebody answers for, and what became of each override.

    Args:
        results: as the scanner judges them.
        pack: whose requirements they are.
        settings: of the repository.
    """
    known = {each.id for each in results}
    states = [_state(each, pack, known, settings.as_of) for each in settings.overrides]
    chosen: dict[str, int] = {}
    for number, (each, state) in enumerate(zip(settings.overrides, states, strict=True)):
        if state == "counts":
            other = chosen.get(each.requirement)
            if other is not None:  # one that names the pack goes before one for any pack
                loser, winner = (other, number) if each.pack else (number, other)
                states[loser] = "replaced"
                chosen[each.requirement] = winner
            else:
                chosen[each.requirement] = number
    counting = {name: settings.overrides[number] for name, number in chosen.items()}
    notes = tuple(
        OverrideNote(
            requirement=each.requirement,
            pack=each.pack,
            status=each.status,
            by=each.by,
            until=each.until,
            reason=each.reason,
            written=each.line,
            state=state,  # type: ignore[arg-type]  # one of its words
        )
        for each, state in zip(settings.overrides, states, strict=True)
    )
    return tuple(_answered(each, counting.get(each.id)) for each in results), notes


def _answered(result: RequirementResult, override: Override | None) -> RequirementResult:
    if override is None:
        return result
    return msgspec.structs.replace(
        result,
        status=override.status,
        score=VALUES.get(override.status),
        next=result.next if override.status in ("partial", "gap") else (),
        attested=Attested(result.status, override.by, override.until, override.reason, override.line),
    )


def _state(override: Override, pack: Pack, known: Set[str], as_of: str) -> str:
    if override.pack and override.pack != pack.id:
        return "elsewhere"
    if override.requirement not in known:
        return "elsewhere" if not override.pack and override.requirement in _known_elsewhere() else "stale"
    if not override.until:
        return "counts"
    if not as_of:
        return "undated"
    return "expired" if override.until < as_of else "counts"


@cache
def _known_elsewhere() -> frozenset[str]:
    """Requirements of all built-in packs."""
    return frozenset(each.id for path in builtin_packs().values() for each in load_pack(path).requirements)


def described_settings(
    settings: Settings,
    overrides: Sequence[OverrideNote],
    suppressions: Sequence[SuppressionNote],
    exclude: Sequence[ExcludeNote],
) -> SettingsNote:
    """What a packet says of the settings."""
    return SettingsNote(
        state=settings.state,  # type: ignore[arg-type]  # one of its words
        as_of=settings.as_of,
        overrides=tuple(overrides),
        suppressions=tuple(suppressions),
        exclude=tuple(exclude),
        surfaces=tuple(SurfaceNote(each.pattern, each.surface) for each in settings.surfaces),
        rules=tuple(each.path for each in settings.rules),
    )
