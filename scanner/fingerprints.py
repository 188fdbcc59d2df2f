"""Fingerprints of touchpoints: what they are made of, so that those of a renamed file can be told."""

from __future__ import annotations

import hashlib


def fingerprint(kind: str, role: str, path: str, symbol: str, name: str, number: int) -> str:
    """The fingerprint of a touchpoint; neither rule, lines nor body are in it.

    Args:
        kind: of the seam.
        role: of the touchpoint.
        path: of its file.
        symbol: of the definition around it, inside the file.
        name: the name or key that matched.
        number: which one it is among equals, in the order in which they stand in the file, counted from 1.
    """
    return digest(kind, role, path, symbol, name, str(number))


def digest(*parts: str) -> str:
    """Sixteen hexadecimal digits by which these texts are known."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
