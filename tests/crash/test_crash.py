"""What `make crash` plays in full, as far as there is time for it in every run of the tests."""

from __future__ import annotations

import pytest

from tests.crash import interleavings, matrix
from tests.crash.mutants import MUTANTS
from tests.crash.suite import killed_by
from tests.crash.world import FAULTS


@pytest.mark.parametrize("scenario", list(matrix.SCENARIOS))
def test_whatever_fails_once_in_a_purchase_and_however_it_recovers_the_books_balance(scenario: str) -> None:
    runs = sum(
        matrix.play(matrix.Run(scenario, first, recovery)) >= 0
        for first in matrix.first_faults(scenario)
        for recovery in matrix.RECOVERIES
    )
    assert runs == len(matrix.RECOVERIES) * (1 + matrix.points_of(scenario) * len(FAULTS))


@pytest.mark.parametrize("scenario", list(matrix.SCENARIOS))
def test_what_fails_again_in_the_recovery_does_no_harm_either(scenario: str) -> None:
    recovery = ("webhook", "retry", "cancellation", "sweeper")
    firsts = list(matrix.first_faults(scenario))[::7]
    assert sum(matrix.twice(scenario, recovery, firsts)) > 100


@pytest.mark.parametrize("cast", list(interleavings.CASTS), ids=" and ".join)
def test_whoever_meets_on_one_order_the_books_balance(cast: tuple[str, ...]) -> None:
    runs = sum(sum(interleavings.explore("no promo code", before, cast, 2)) for before in interleavings.BEFOREHAND)
    assert runs >= 2 * len(interleavings.BEFOREHAND)


@pytest.mark.parametrize(
    ("beforehand", "cast"),
    [
        ("nothing has happened", ("request", "sweeper")),
        ("nothing has happened", ("request", "cancellation")),
        ("a request died once the money was set aside", ("webhook", "sweeper")),
    ],
)
def test_whoever_meets_while_the_store_throttles_and_conflicts_the_books_balance(
    beforehand: str, cast: tuple[str, ...]
) -> None:
    assert sum(interleavings.with_a_fault("a good card", beforehand, cast, 1)) > 100


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_checkout_that_is_wrong_is_found_out(mutant: str) -> None:
    assert killed_by(mutant)
