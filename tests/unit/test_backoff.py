"""How long is waited before another try."""

from __future__ import annotations

import pytest

from chalicelib import backoff


def test_the_longest_wait_doubles_with_each_try_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    ranges: list[tuple[float, float]] = []
    waited: list[float] = []

    def drawn(least: float, most: float) -> float:
        ranges.append((least, most))
        return most / 2

    monkeypatch.setattr("chalicelib.backoff.random.uniform", drawn)
    monkeypatch.setattr("chalicelib.backoff.time.sleep", waited.append)
    for attempt in range(4):
        backoff.pause(attempt, 0.1, longest_seconds=0.5)
    assert ranges == [(0, 0.1), (0, 0.2), (0, 0.4), (0, 0.5)]
    assert waited == [0.05, 0.1, 0.2, 0.25]
