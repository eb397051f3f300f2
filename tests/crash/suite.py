"""The part of all runs that kills every mutant: quick enough for each run of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tests.crash import interleavings, matrix
from tests.crash.mutants import MUTANTS
from tests.crash.world import World


def quick(make: Callable[..., World] = World) -> Iterator[int]:
    """Play every single fault with every recovery, some of two, then actors that meet."""
    yield from matrix.once(make)
    for recovery in (("webhook", "retry", "cancellation", "sweeper"), ("cancellation", "sweeper", "webhook", "retry")):
        yield from matrix.twice("a good card", recovery, [None, (4, "crash_after")], make)
    for cast in interleavings.CASTS:
        for beforehand in interleavings.BEFOREHAND:
            for scenario in ("a good card", "no promo code", "the last unit"):
                yield from interleavings.explore(scenario, beforehand, cast, 2, make=make)


def killed_by(mutant: str) -> str:
    """Return the invariant that finds a mutant out, or nothing if it lives; one that merely raises is no mutant."""
    make = partial(World, **MUTANTS[mutant])
    try:
        for _ in quick(make):
            pass
    except AssertionError as error:
        return f"{error}"[:160]
    return ""
