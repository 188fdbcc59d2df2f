"""How long the harnesses look: a little in every run of the tests, as long as one likes with `make fuzz`.

The variable SCANNER_FUZZ is how many inputs each cheap harness tries. Where Hypothesis finds itself in CI, the short run
tries the same inputs each time; the long one always tries others.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

#: Inputs that `make fuzz` asks of each harness; 0 in a run of the tests.
ASKED = int(os.environ.get("SCANNER_FUZZ") or 0)


def budget(short: int = 60, cost: int = 1) -> settings:
    """The settings of a harness.

    Args:
        short: how many inputs it tries in a run of the tests.
        cost: how many times as long as that of a cheap harness one input of this one takes.
    """
    slow = [
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
    ]
    if not ASKED:
        return settings(max_examples=short, suppress_health_check=slow)
    return settings(max_examples=max(ASKED // cost, short), derandomize=False, suppress_health_check=slow)
