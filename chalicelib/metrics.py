"""Metrics: counted while a request or an event is at work, then written as log lines in which CloudWatch finds them.

The lines are of its embedded metric format, so that a metric costs no call; docs/operations.md says what each means.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any, Literal

from chalicelib.settings import settings

LOG = logging.getLogger(__name__)
NAMESPACE = "OpenKitchen"

Name = Literal[
    "BooksDifferences",
    "Conflicts",
    "Declines",
    "Orders",
    "PublishLag",
    "Retries",
    "Revenue",
    "SearchMisses",
    "SetAside",
    "SweepFailures",
    "Swept",
]
# What is neither counted has another unit than Count. CloudWatch knows none for money.
UNITS: dict[Name, str] = {"PublishLag": "Milliseconds", "Revenue": "None"}

Dimensions = tuple[tuple[str, str], ...]

_lock = Lock()
_values: dict[tuple[Name, Dimensions], float] = {}


def count(name: Name, by: int = 1, **dimensions: str) -> None:
    """Add to a metric; 0 tells that it was looked at and there was nothing."""
    key = name, tuple(sorted(dimensions.items()))
    with _lock:
        _values[key] = _values.get(key, 0) + by


def measure(name: Name, value: float) -> None:
    """Give a metric a value; of several in one invocation the highest is told."""
    with _lock:
        _values[name, ()] = max(value, _values.get((name, ()), value))


def flush() -> None:
    """Write what was counted since the last time; threads of one process flush for each other."""
    with _lock:
        values = dict(_values)
        _values.clear()
    together: dict[Dimensions, dict[Name, float]] = {}
    for (name, dimensions), value in values.items():
        together.setdefault(dimensions, {})[name] = value
    for dimensions, metrics in together.items():
        LOG.info("metrics", extra={"facts": _embedded({"Stage": settings().stage, **dict(dimensions)}, metrics)})


def _embedded(dimensions: Mapping[str, str], metrics: Mapping[Name, float]) -> dict[str, Any]:
    definitions = [{"Name": name, "Unit": UNITS.get(name, "Count")} for name in metrics]
    directive = {"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": definitions}
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    facts: dict[str, Any] = {"_aws": about, **dimensions}
    return facts | {str(name): value for name, value in metrics.items()}
