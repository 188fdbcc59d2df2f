"""The part of `docs/accuracy.md` that holds the statuses of packets against those of reviewers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from accuracy_cells import cell, plain

from scanner.agreement import StatusPair, agreement, judged

#: A repository's name with its pairs.
Compared = tuple[str, Sequence[StatusPair]]


def statuses(compared: Sequence[Compared]) -> Iterator[str]:
    """Agreement by pack and repository, then every disagreement with the reviewer's reason.

    Args:
        compared: repositories with the pairs of all packs.
    """
    yield "## Statuses against those of reviewers"
    yield ""
    yield "Pairs of high and medium confidence where both sides are on the scale gap < partial < ready."
    yield "*Kappa* has quadratic weights, *macro-F1* is over the three statuses."
    yield ""
    yield "| pack | repository | agree | macro-F1 | kappa |"
    yield "| --- | --- | --- | --- | --- |"
    for pack in sorted({pair.pack for _, pairs in compared for pair in pairs}):
        for name, pairs in compared:
            some = judged([pair for pair in pairs if pair.pack == pack])
            if some:
                yield _row(f"`{pack}`", name, some)
        yield _row(
            f"`{pack}`", "**all**", judged([pair for _, pairs in compared for pair in pairs if pair.pack == pack])
        )
    yield _row("**all**", "**all**", judged([pair for _, pairs in compared for pair in pairs]))
    yield ""
    yield from _disagreements(compared)


def _row(pack: str, name: str, pairs: Sequence[StatusPair]) -> str:
    found = agreement(pairs)
    return f"| {pack} | {name} | {cell(found.agreed)} | {_number(found.macro_f1)} | {_number(found.kappa)} |"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _disagreements(compared: Sequence[Compared]) -> Iterator[str]:
    """All pairs that differ, those aside from the table above included."""
    yield "### Where they differ"
    yield ""
    yield "| repository | requirement | reviewer | packet | the reviewer's reason | what the packet says is missing |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, pairs in compared:
        for pair in pairs:
            if pair.expected != pair.found:
                sure = f"{pair.expected} ({pair.confidence})" if pair.confidence else pair.expected
                said = "; ".join(plain(item) for item in pair.missing) or "nothing"
                asked = f"`{pair.pack}` {pair.requirement}"
                yield f"| {name} | {asked} | {sure} | {pair.found} | {plain(pair.why)} | {said} |"
    yield ""
