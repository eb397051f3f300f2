"""Every call of a purchase goes wrong in every way, in every order of recovery, which goes wrong once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import permutations, product
from typing import Any

from msgspec import Struct

from tests.crash.world import FAULTS, Crash, Fault, World

RECOVERIES = tuple(permutations(("retry", "webhook", "sweeper", "cancellation")))

SCENARIOS: dict[str, dict[str, Any]] = {
    "a good card": {"token": "tok_visa"},
    "a declined card": {"token": "tok_declined"},
    "a bank that asks, and the shopper confirms": {"token": "tok_requires_action", "approves": True},
    "a bank that asks, and the shopper refuses": {"token": "tok_requires_action", "approves": False},
    "a bank that asks, and the shopper goes away": {"token": "tok_requires_action"},
    "a gateway that loses an answer": {"token": "tok_timeout"},
    "a gateway that fails": {"token": "tok_error"},
    "no promo code": {"token": "tok_visa", "promo": False},
    "the last unit": {"token": "tok_visa", "units": 1, "promo": False},
}


class Broken(AssertionError):
    """An invariant does not hold."""


class Run(Struct, frozen=True):
    """A way for things to go: what goes wrong in the request and in the recovery, and the recovery's order."""

    scenario: str
    first: tuple[int, Fault] | None
    recovery: tuple[str, ...]
    second: tuple[int, Fault] | None = None


def play(run: Run, make: Callable[..., World] = World) -> int:
    """Let it happen, and check what comes of it; returns at how many points the recovery could go wrong."""
    world = make(**SCENARIOS[run.scenario])
    world.points.faults = dict([run.first]) if run.first else {}
    survive(world.request)
    begun = world.points.count
    world.points.faults = {begun + run.second[0]: run.second[1]} if run.second else {}
    for step in run.recovery:
        survive(getattr(world, step))
    points = world.points.count - begun
    world.quiesce()
    wrong = world.wrong()
    if wrong:
        raise Broken(f"{run}: {'; '.join(wrong)}; answers {world.answers}")
    return points


def survive(step: Callable[[], None]) -> None:
    """Run one process; it may die."""
    with suppress(Crash):
        step()


def points_of(scenario: str) -> int:
    """Return how many points the request alone has."""
    world = World(**SCENARIOS[scenario])
    world.request()
    return world.points.count


def first_faults(scenario: str) -> Iterator[tuple[int, Fault] | None]:
    """Yield everything that can go wrong once in a request."""
    yield None
    for point in range(points_of(scenario)):
        for fault in FAULTS:
            yield point, fault


def once(make: Callable[..., World] = World) -> Iterator[int]:
    """Play every first fault, with every recovery, which goes well."""
    for scenario in SCENARIOS:
        for first in first_faults(scenario):
            for recovery in RECOVERIES:
                play(Run(scenario, first, recovery), make)
                yield 1


def twice(
    scenario: str,
    recovery: tuple[str, ...],
    firsts: Iterable[tuple[int, Fault] | None],
    make: Callable[..., World] = World,
) -> Iterator[int]:
    """Play first faults with every second one."""
    for first in firsts:
        points = play(Run(scenario, first, recovery), make)
        for second in product(range(points), FAULTS):
            play(Run(scenario, first, recovery, second), make)
            yield 1
