"""What a condition of a pack came to."""

from __future__ import annotations

import msgspec

from scanner.touchpoints import Touchpoint


class Outcome(msgspec.Struct, frozen=True):
    """What a condition came to; the words are empty where it holds."""

    #: None: not judged.
    holds: bool | None
    #: Words of the parts that do not hold.
    missing: tuple[str, ...] = ()
    #: Words of the questions that were not answered and on which it depends.
    not_judged: tuple[str, ...] = ()
    #: Places that keep it from holding.
    exceptions: tuple[Touchpoint, ...] = ()


HOLDS = Outcome(True)
