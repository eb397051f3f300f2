"""The whole checkout against a Stripe that goes wrong: in the end, money, stock and orders agree."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest

from chalicelib.errors import ShopError
from tests import factories
from tests.fake_stripe import FakeStripe
from tests.shop_in_memory import Store

FAULTS: dict[str, Callable[[FakeStripe, str], None]] = {
    "loses its answer": lambda stripe, call: stripe.lose_next_answer(call),
    "loses its answer twice": lambda stripe, call: stripe.lose_next_answer(call, times=2),
    "fails": lambda stripe, call: stripe.next_failure(503, call=call),
    "fails for as long as it keeps the key": lambda stripe, call: stripe.next_failure(500, call=call, saved=True),
    "does it and says for ever that it failed": lambda stripe, call: stripe.next_failure(500, call=call, done=True),
    "is busy with the same": lambda stripe, call: stripe.next_failure(409, "idempotency_error", "x", call=call),
}
CALLS = ("create", "confirm", "capture", "cancel", "refund", "retrieve")
SHOPPERS = (("ctoken_visa", ""), ("ctoken_requires_action", "approve"), ("ctoken_requires_action", "refuse"))
RECOVERIES = (("retry", "hear", "cancel"), ("cancel", "sweep"), ("sweep",))


class Played:
    """A shop in memory, its gateway Stripe, and one order."""

    def __init__(self, stripe: FakeStripe, token: str) -> None:
        self.stripe = stripe
        self.store = Store(gateway=cast(Any, lambda *_: stripe.gateway()))
        self._key = factories.key()
        self._token = token

    def retry(self) -> None:
        self._try(lambda: self.store.buy(key=self._key, payment={"method": self._token}))

    def hear(self) -> None:
        for event in list(self.stripe.events):
            body, headers = self.stripe.signed(event)
            self._try(partial(self.store.checkout.hear, body, {name.lower(): value for name, value in headers.items()}))

    def cancel(self) -> None:
        for order in list(self.store.kept.kept.values()):
            self._try(partial(self.store.checkout.cancel, order))

    def sweep(self) -> None:
        self.store.checkout.sweep()

    def settle(self) -> None:
        """Let the news come once more and time pass, until nothing is left to do."""
        self.hear()
        for _ in range(3):
            self.store.now += timedelta(minutes=20)
            self.sweep()
        assert not any(order.settle_by for order in self.store.kept.kept.values())

    def _try(self, step: Callable[[], object]) -> None:
        # Whatever the shopper or Stripe is told: what counts is how it stands in the end.
        with suppress(ShopError):
            step()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_whatever_stripe_does_money_stock_and_orders_agree_in_the_end(call: str, fault: str) -> None:
    for token, answer in SHOPPERS:
        for recovery in RECOVERIES:
            with FakeStripe() as stripe:
                played = Played(stripe, token)
                FAULTS[fault](stripe, call)
                played.retry()
                for payment_id in stripe.intents if answer else ():
                    getattr(stripe, answer)(payment_id)
                for step in recovery:
                    played.store.now += timedelta(seconds=40)
                    getattr(played, step)()
                played.settle()
                assert played.store.books() == []
                (order,) = played.store.kept.kept.values()
                standing = [payment.status for payment in stripe.gateway().payments()]
                assert standing.count("captured") == (order.status == "paid")
                assert not {"authorised", "requires_action"} & set(standing), "money that nobody will fetch or let go"
