"""Days of a shop, made up by Hypothesis: whoever does whatever in whichever order, what must hold holds."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from chalicelib.accounts.schemas import Shopper
from chalicelib.cart.errors import PreconditionFailed
from chalicelib.catalogue.schemas import Line
from chalicelib.checkout.schemas import Quote, QuoteRequest
from chalicelib.checkout.settlement import Settlement
from chalicelib.errors import ShopError
from chalicelib.orders.service import OrderFacts
from chalicelib.shop import shop
from tests import factories
from tests.crash.mutants import ForgetsThePromotion, KeepsTheStockOfADecline
from tests.shop_in_memory import Store

ADA = Shopper("ada", "phone")
SWEPT_WITHIN_MINUTES = 45
SKUS = ("TEAPOT", "MUG")
TOKENS = ("tok_visa", "tok_visa", "tok_declined", "tok_requires_action", "tok_timeout", "tok_error")
CODES = (None, "TENTH", "POSTFREE", "NOSUCH")
SHARDS = {"MUG": 3}


class ShopDays(RuleBasedStateMachine):
    """Carts are quoted and bought; banks, news, sweeper, owner and second thoughts come in between."""

    placed = Bundle("placed")
    unswept = 0.0
    settlement: type[Settlement] = Settlement

    def __init__(self) -> None:
        super().__init__()
        self.store = Store(
            units=4, settlement=self.settlement, the_shop=msgspec.structs.replace(shop(), stock_shards=SHARDS)
        )
        self.store.promo.put(factories.promotion("TENTH", max_uses=3))
        self.store.promo.put(factories.promotion("POSTFREE", kind="free_delivery", value=0, max_uses_per_customer=2))
        self.numbers = count(1)
        self.answers: dict[str, str] = {}

    @initialize(units=st.integers(0, 9))
    def open_the_doors(self, units: int) -> None:
        self.store.catalogue.receive("MUG", units)

    def quote(self, cart: dict[str, int], code: str | None) -> Quote:
        lines = [{"sku": sku, "quantity": quantity} for sku, quantity in cart.items()]
        return self.store.checkout.quote(msgspec.convert({"lines": lines, "promo_code": code}, QuoteRequest))

    @rule(
        target=placed,
        cart=st.dictionaries(st.sampled_from(SKUS), st.integers(1, 6), min_size=1),
        token=st.sampled_from(TOKENS),
        code=st.sampled_from(CODES),
        off_by=st.sampled_from((0, 0, 0, 1)),
    )
    def buy(self, cart: dict[str, int], token: str, code: str | None, off_by: int) -> Any:
        """Ask what a cart costs, and buy it at that price, or at one that is not true."""
        quote = self.quote(cart, code)
        promo_code = None if any("promo_code" in problem.code for problem in quote.problems) else code
        total = self.quote(cart, promo_code).total.amount + off_by
        request = (f"a-key-of-this-day-{next(self.numbers):04}", cart, token, promo_code, total)
        outcome = self.send(request)
        if quote.problems and not any("promo_code" in problem.code for problem in quote.problems):
            assert outcome in {"out_of_stock", "price_changed", "validation_failed"}, (
                "a problem was named, and it was sold"
            )
        if off_by:
            assert outcome == "price_changed"
        return request

    @rule(cart=st.dictionaries(st.sampled_from(SKUS), st.integers(1, 6)), seen=st.integers(0, 3))
    def fill_the_cart(self, cart: dict[str, int], seen: int) -> None:
        """One of Ada's devices sends its cart, having seen a version that may be an old one."""
        before = self.store.carts.find(ADA.account_id)
        lines = [Line(sku, quantity) for sku, quantity in cart.items()]
        try:
            after = self.store.carts.replace(ADA, lines, f'"v{seen}"')
        except PreconditionFailed:
            assert seen != before.version, "the version seen was the latest, and was refused"
            assert self.store.carts.find(ADA.account_id) == before
        else:
            assert (before.version, after.version, after.quantities) == (seen, seen + 1, cart)

    @rule(target=placed, token=st.sampled_from(TOKENS))
    def buy_the_cart(self, token: str) -> Any:
        """Ada buys what her cart holds."""
        cart = self.store.carts.find(ADA.account_id).quantities
        return self.buy(cart, token, None, 0) if cart else multiple()

    @rule(request=placed)
    def repeat(self, request: Any) -> None:
        """The same key again."""
        self.send(request)

    def send(self, request: Any) -> str:
        key, cart, token, code, total = request
        before = self.store.kept.find(self.store.orders.id_for(key))
        answer: str
        try:
            answer = self.store.buy(cart, total, key=key, payment={"method": token}, promo_code=code).outcome
        except ShopError as error:
            answer = error.code
        if before is not None and key in self.answers:
            assert self.answers[key] == answer, "the same key, another answer"
        if self.store.kept.find(self.store.orders.id_for(key)) is not None and answer not in UNSETTLED:
            self.answers[key] = answer
        return answer

    @rule(request=placed, approve=st.booleans())
    def answer_the_bank(self, request: Any, approve: bool) -> None:
        """The shopper confirms at the bank, or does not."""
        order = self.find(request)
        if order is not None and order.payment.action is not None and order.payment_id is not None:
            self.store.gateway.answer(order.payment_id, approve=approve)

    @rule(data=st.data())
    def hear_news(self, data: st.DataObject) -> None:
        """News of any payment, of any time."""
        payments = sorted(self.store.bank.kept)
        if payments:
            self.store.deliver(data.draw(st.sampled_from(payments)))

    @rule()
    def sweep(self) -> None:
        """The sweeper comes."""
        assert self.store.checkout.sweep() == 0
        self.unswept = 0.0

    @rule(minutes=st.sampled_from((0.1, 1, 3, 16)))
    def wait(self, minutes: float) -> None:
        """Time passes. The sweeper may be late, but not so late that the books tell."""
        if self.unswept + minutes > SWEPT_WITHIN_MINUTES:
            self.sweep()
        self.unswept += minutes
        self.store.now += timedelta(minutes=minutes)

    @rule(request=placed)
    def cancel(self, request: Any) -> None:
        """The shopper has second thoughts."""
        order = self.find(request)
        if order is not None:
            with suppress(ShopError):
                after = self.store.checkout.cancel(order)
                assert after.status in {"cancelled", "refunded"}

    @rule(request=consumes(placed))
    def ship(self, request: Any) -> None:
        """The parcel leaves."""
        order = self.find(request)
        if order is not None:
            self.store.shown.ship(order.order_id)

    @rule(sku=st.sampled_from(SKUS), units=st.integers(0, 5))
    def receive(self, sku: str, units: int) -> None:
        """Stock comes in."""
        self.store.catalogue.receive(sku, units)

    def find(self, request: Any) -> OrderFacts | None:
        return self.store.kept.find(self.store.orders.id_for(request[0]))

    @invariant()
    def the_books_balance(self) -> None:
        """Stock, orders and money agree at every moment; what is under way has until its time is up."""
        assert all(stock.balanced for stock in self.store.shelf.shards.values())
        assert self.store.books() == []

    @invariant()
    def promo_codes_are_not_used_more_often_than_they_may(self) -> None:
        using = [order.redeemed.code for order in self.store.kept.all() if order.redeemed is not None]
        for code, promotion in self.store.promo.kept.items():
            assert promotion.uses == using.count(code)
            assert promotion.max_uses is None or promotion.uses <= promotion.max_uses
        assert all(0 <= uses <= 2 for uses in self.store.promo.redemptions.values())

    def teardown(self) -> None:
        """In the end nothing is left open, and whatever money there is has its order."""
        self.store.settle()
        self.the_books_balance()
        for payment in self.store.gateway.payments():
            order = self.store.order(payment.order_id)
            assert (payment.status == "captured") == (order.status in {"paid", "shipped"})
            assert payment.amount == order.totals.total


UNSETTLED = {"pending_payment", "in_progress"}

DAYS = settings(
    max_examples=200, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


def test_whatever_happens_in_a_shop_the_books_balance() -> None:
    run_state_machine_as_test(ShopDays, settings=DAYS)


@pytest.mark.parametrize("mutant", [KeepsTheStockOfADecline, ForgetsThePromotion])
def test_the_machine_above_finds_out_a_checkout_that_is_wrong(mutant: type[Settlement]) -> None:
    class BrokenDays(ShopDays):
        settlement = mutant

    with pytest.raises(AssertionError):
        run_state_machine_as_test(BrokenDays, settings=settings(DAYS, phases=[Phase.generate]))
