"""What `faults.py` found, as the generated part of `docs/reliability.md`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one kind of fault."""

    name: str
    injected: int
    #: What was not survived, one line each.
    wrong: tuple[str, ...]
    #: What a machine needs on which it can be done; empty where it was done.
    missing: str

    @property
    def survived(self) -> int:
        """How many runs ended as promised."""
        return self.injected - len(self.wrong)

    def line(self) -> str:
        """The outcome in words."""
        return f"{self.name}: {self.missing or f'{self.survived} of {self.injected} survived'}"


def page(found: Sequence[Outcome], step: int) -> str:
    """The page's generated part.

    Args:
        found: what became of each kind.
        step: of each kind every so many faults were done.
    """
    lines = [f"Of each kind, every {step}th fault.", ""] if step > 1 else []
    lines += ["| fault | injected | survived |", "| --- | --- | --- |"]
    lines += [
        f"| {each.name} | {each.injected:,} | {each.survived:,} |"
        if not each.missing
        else f"| {each.name} | not measured: {each.missing} | |"
        for each in found
    ]
    injected, survived = sum(each.injected for each in found), sum(each.survived for each in found)
    return "\n".join([*lines, f"| **all** | **{injected:,}** | **{survived:,}** |"])
