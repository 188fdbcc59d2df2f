"""What a packet says of the settings that the scanned repository keeps: what was attested, suppressed and set aside."""

from __future__ import annotations

from typing import Literal

import msgspec

from scanner.packs import Status


class Attested(msgspec.Struct, frozen=True):
    """Somebody's word on a requirement, which counts in place of what the scanner found."""

    #: What the scanner itself found.
    found: Status
    by: str
    #: The last day on which it counts, as `2026-12-31`; empty where it has no end.
    until: str
    reason: str
    #: The line of `scanner.toml` where it begins.
    written: int


class OverrideNote(msgspec.Struct, frozen=True):
    """One override of `scanner.toml`, and what became of it."""

    requirement: str
    #: Id of the one pack that it is for; empty for any pack with such a requirement.
    pack: str
    status: Status
    by: str
    until: str
    reason: str
    written: int
    #: `counts`; `expired`: its last day is before `as_of`; `undated`: it has a last day, and there is no date to hold
    #: it against; `stale`: the pack has no such requirement; `elsewhere`: another pack has it; `replaced`: one that
    #: names this pack goes before it.
    state: Literal["counts", "expired", "undated", "stale", "elsewhere", "replaced"]


class SuppressionNote(msgspec.Struct, frozen=True):
    """One suppression of `scanner.toml`, and what it took out."""

    fingerprint: str
    reason: str
    written: int
    #: How many touchpoints it took out: the one with the fingerprint, and the uses of it; 0: it is stale.
    touchpoints: int = 0
    #: Kind, path and line of the one with the fingerprint.
    kind: str = ""
    path: str = ""
    line: int = 0


class ExcludeNote(msgspec.Struct, frozen=True):
    """One pattern of paths that are not read."""

    pattern: str
    #: How many files no later pattern matches, too; 0: it is stale.
    files: int


class SurfaceNote(msgspec.Struct, frozen=True):
    """Words or a pattern of paths, and the surface that they name."""

    pattern: str
    surface: str


class SettingsNote(msgspec.Struct, frozen=True):
    """The settings that the scanned repository keeps."""

    #: `honoured`; `none`: there are none; `ignored`: `--no-settings` was given; `outside`: the file is there and is no
    #: part of the tree, as git does not track it.
    state: Literal["none", "honoured", "ignored", "outside"] = "none"
    #: The date that overrides are held against, as `2026-12-31`: that of the commit, in UTC, else `--as-of`; empty
    #: where no override needs one, or none is known.
    as_of: str = ""
    overrides: tuple[OverrideNote, ...] = ()
    suppressions: tuple[SuppressionNote, ...] = ()
    exclude: tuple[ExcludeNote, ...] = ()
    surfaces: tuple[SurfaceNote, ...] = ()
    #: Paths of the repository's own rule files.
    rules: tuple[str, ...] = ()
