"""Counts the calls that a purchase makes to DynamoDB, in the order in which it makes them.

    make bench-round-trips

Counts, not times: they are the same on every machine. `make test` asserts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from moto import mock_aws

import tests.conftest  # noqa: F401 -- a stage of its own, credentials of nobody.
from chalicelib import bootstrap
from infra.tables import create_missing
from tests import factories
from tests.api.client import Api
from tests.api.test_checkout import round_trips

PRICE = 4800
MOST_BEFORE, MOST_AFTER = 3, 2


@contextmanager
def shop() -> Iterator[Api]:
    """Open a shop that sells one thing."""
    with mock_aws():
        create_missing()
        bootstrap.catalogue().add_product(factories.single("teapot", PRICE), {"TEAPOT": 9})
        bootstrap.promotions().add(factories.promotion())
        yield Api()


def tell(name: str, calls: list[str]) -> None:
    """Print the calls, and how many are the shop's own before and after the gateway's first."""
    first = next(index for index, call in enumerate(calls) if "sandbox" in call)
    before = first
    after = sum("sandbox" not in call for call in calls[first:])
    print(f"\n{name}: {before} before the gateway (at most {MOST_BEFORE}), {after} after (at most {MOST_AFTER})")
    for call in calls:
        print(f"    {'gateway  ' if 'sandbox' in call else '         '}{call}")


def main() -> None:
    """Buy in the ways that differ."""
    total = PRICE + 395
    with shop() as api:
        key = factories.key()
        tell("A purchase", round_trips(api.order({"TEAPOT": 1}, total, key).headers["server-timing"]))
        reduced = api.order({"TEAPOT": 1}, total - PRICE // 10, promo_code="WELCOME10")
        tell("With a promo code", round_trips(reduced.headers["server-timing"]))
        declined = api.order({"TEAPOT": 1}, total, payment={"method": "tok_declined"})
        tell("A declined card", round_trips(declined.headers["server-timing"]))
        repeated = round_trips(api.order({"TEAPOT": 1}, total, key).headers["server-timing"])
        print(f"\nThe answer repeated: {len(repeated)} call, {repeated[0]}")


if __name__ == "__main__":
    main()
