"""Server-Timing (W3C): a request's stages, for the kitchen view and for any browser's network panel."""

from __future__ import annotations

import re

from chalicelib.trace import Stage, Stopwatch

# API Gateway takes 10 KB of headers in all.
LIMIT = 8_000
# Compiled when first needed: a browse has no description.
UNSAFE = r'[^\x20-\x7e]|["\\,]'


def server_timing(stopwatch: Stopwatch) -> str:
    """Return the header's value: first the `total`, then each stage as it began; what does not fit is counted.

    Beyond the standard's `dur` and `desc` a metric has `start`, in milliseconds like `dur`, and may have `items` and
    `outcome`. A call to the database says its operation and tables, never a key or a value.
    """
    metrics = [f"total;dur={stopwatch.elapsed():.2f}", *map(_metric, stopwatch.stages)]
    room = LIMIT
    for place, metric in enumerate(metrics):
        room -= len(metric) + len(", ")
        if room < 0:
            return ", ".join([*metrics[:place], f'more;desc="{len(metrics) - place} stages left out"'])
    return ", ".join(metrics)


def _metric(stage: Stage) -> str:
    metric = f"{stage.name};dur={stage.duration:.2f};start={stage.start:.2f}"
    if stage.description:
        metric += f';desc="{re.sub(UNSAFE, "", stage.description)}"'
    if stage.items:
        metric += f";items={stage.items}"
    if stage.outcome:
        metric += f";outcome={stage.outcome}"
    return metric
