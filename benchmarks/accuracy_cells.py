"""Cells of the tables in `docs/accuracy.md`."""

from __future__ import annotations

from scanner.score import Share


def plain(text: str) -> str:
    """Text that does not end its cell."""
    return text.replace("|", "\\|")


def cell(share: Share) -> str:
    """Hits of a total with their share and its 95% Wilson interval."""
    if not share.total:
        return "–"
    return f"{share.hits}/{share.total} ({share.hits / share.total:.2f}; {share.low:.2f}–{share.high:.2f})"
