"""Retry against the same provider, before any other is asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Any


class FailureReason(Enum):
    """What a provider's error means for the request."""

    RATE_LIMIT = "rate limit"
    BILLING = "billing"
    OVERFLOW = "context overflow"
    OTHER = "other"


def classify_error(error: Exception) -> FailureReason:
    """Tell rate limits, empty accounts and overlong contexts of a provider apart."""
    status = getattr(error, "status_code", 0)
    if status == 429:
        return FailureReason.RATE_LIMIT
    if status == 402:
        return FailureReason.BILLING
    if status == 400 and "context length" in str(error):
        return FailureReason.OVERFLOW
    return FailureReason.OTHER


def complete_with_retry(send: Callable[[], Any], max_retries: int, backoff_seconds: float) -> Any:
    """Send a completion request again after a rate limit, waiting twice as long each time."""
    for attempt in range(max_retries + 1):
        try:
            return send()
        except Exception as error:
            if attempt == max_retries or classify_error(error) is not FailureReason.RATE_LIMIT:
                raise
            time.sleep(backoff_seconds * 2**attempt)
    return None
