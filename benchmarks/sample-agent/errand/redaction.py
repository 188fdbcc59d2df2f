"""Secrets leave messages before these are kept."""

from __future__ import annotations

import re

SECRET_PATTERNS = (re.compile(r"sk-[A-Za-z0-9]{20,}"), re.compile(r"(?i)(password|token)=\S+"))


def redact_secrets(text: str) -> str:
    """The text with keys and passwords masked."""
    for pattern in SECRET_PATTERNS:
        text = pattern.sub("[redacted]", text)
    return text
