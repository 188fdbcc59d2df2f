"""Secrets in a line of code never reach an output."""

from __future__ import annotations

import re

_MASK = "…masked…"
#: Shapes that vendors publish for their own keys, then any long value that is assigned to a name that says secret.
_KEYS = re.compile(
    r"\b(?:sk-(?:ant-|proj-|or-|lf-)?[A-Za-z0-9_-]{12,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}"
    r"|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{12,}|AIza[A-Za-z0-9_-]{20,}"
    r"|hf_[A-Za-z0-9]{20,}|pk-lf-[A-Za-z0-9-]{12,}|eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{8,}[A-Za-z0-9._-]*)"
)
_ASSIGNED = re.compile(
    r"((?:secret|token|passw(?:or)?d|api_?key|credential)s?[\"']?\)?\s*"
    r"(?::\s*[\w.\[\] |]+=|[:=,]|\bor\b)\s*(?P<quote>[\"']?))"
    r"([^\"'\s,(){}\[\]]{8,}+)(?P<end>(?P=quote))(?!\()",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b((?:bearer|basic) )([A-Za-z0-9._~+/=-]{12,})", re.IGNORECASE)
_ADDRESS = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@:\"']+(?::[^\s/@\"']*)?@")


def mask(text: str) -> str:
    """The text with keys, tokens, passwords and the user part of addresses masked."""
    text = _KEYS.sub(_MASK, text)
    text = _ASSIGNED.sub(_masked_value, text)
    text = _BEARER.sub(lambda match: f"{match[1]}{_MASK}" if _is_value(match[2]) else match[0], text)
    return _ADDRESS.sub(lambda match: f"{match.group(1)}{_MASK}@", text)


def _masked_value(match: re.Match[str]) -> str:
    return f"{match.group(1)}{_MASK}{match.group('end')}" if _is_value(match.group(3)) else match.group()


def _is_value(text: str) -> bool:
    """Whether a value looks made up by a machine rather than a name such as `OPENAI_API_KEY` or a number."""
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text)) and not text.replace("_", "").isupper()
