"""Which places and seams count as evidence, and how those of a rule or kind are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanner.seams import Seam
from scanner.touchpoints import Confidence, Role, Touchpoint

#: The surface of code that shows how to use the agent.
EXAMPLES = "examples"


def serving(seam: Seam) -> tuple[Touchpoint, ...]:
    """The places of a seam that count as evidence: of high or medium confidence, in neither docs nor tests."""
    return tuple(each for each in seam.touchpoints if each.confidence is not Confidence.LOW and each.role not in _ASIDE)


_ASIDE = frozenset({Role.DOCS, Role.TEST})


def standing(seam: Seam) -> tuple[Touchpoint, ...]:
    """The places where a seam stands: its definitions, or all its places where it has none."""
    places = serving(seam)
    return tuple(each for each in places if each.role is Role.DEFINITION) or places


def unwired(seam: Seam) -> bool:
    """Whether nothing in the scanned code calls or reads it."""
    return all(each.unwired for each in serving(seam))


class Index:
    """Seams that count, by rule and by kind, in the order given."""

    def __init__(self, seams: Sequence[Seam]) -> None:
        self._by_name: dict[str, list[int]] = {}
        self._all = seams
        counting = tuple(seam for seam in seams if seam.counts)
        # What only an example does, the agent does not do; a repository of examples is its examples.
        self._seams = tuple(seam for seam in counting if seam.surface != EXAMPLES) or counting
        left_out = counting if len(self._seams) < len(counting) else ()
        self._examples = tuple(seam for seam in left_out if seam.surface == EXAMPLES)
        for position, seam in enumerate(self._seams):
            for name in {seam.kind, *(rule for each in serving(seam) for rule in each.rules)}:
                self._by_name.setdefault(name, []).append(position)

    def find(self, names: Iterable[str], wired: bool = False) -> tuple[Seam, ...]:
        """Seams of one of these rules or kinds, each once; only wired ones where asked."""
        positions = sorted({position for name in names for position in self._by_name.get(name, ())})
        found = (self._seams[position] for position in positions)
        return tuple(seam for seam in found if not (wired and unwired(seam)))

    def examples(self, names: Iterable[str]) -> tuple[Seam, ...]:
        """Seams of some rules or kinds that only examples show, and that are left out of everything else."""
        wanted = set(names)
        return tuple(
            seam
            for seam in self._examples
            if not wanted.isdisjoint({seam.kind, *(rule for each in serving(seam) for rule in each.rules)})
        )

    def running(self, names: Iterable[str], wired: bool = False) -> tuple[Seam, ...]:
        """The same without what stands beside the running agent, unless nothing else is there."""
        found = self.find(names, wired)
        return tuple(seam for seam in found if not seam.aside) or found

    def places(self, names: Iterable[str]) -> tuple[Touchpoint, ...]:
        """The places of some rules or kinds, those included that are less sure only for standing in a crowd.

        A crowd makes a place less worth showing. It does not change what the place does to the code behind it.
        """
        wanted = set(names)
        return tuple(
            each
            for seam in self._all
            for each in seam.touchpoints
            if (each.confidence is not Confidence.LOW or each.lowered_in_crowd)
            and each.role not in _ASIDE
            and not wanted.isdisjoint((each.kind, *each.rules))
        )
