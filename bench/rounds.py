"""Things measured in turn, so that a machine that is busy for a while is busy for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def interleaved(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure each thing once a round, the order turned by one from round to round; returns samples by name."""
    names = list(measures)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            taken[name].append(measures[name]())
    return taken


def ratios(ours: list[float], others: list[float]) -> list[float]:
    """Return ours through the other's, round by round."""
    return [one / other for one, other in zip(ours, others, strict=True)]
