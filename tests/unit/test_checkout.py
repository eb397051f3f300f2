"""Placing orders, on stores in memory: the protocol's answers, and that stock and money always agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.accounts.schemas import Shopper
from chalicelib.checkout.errors import (
    InProgress,
    InsufficientFunds,
    KeyReused,
    OutOfStock,
    PaymentDeclined,
    PriceChanged,
)
from chalicelib.checkout.schemas import Quote, QuoteRequest
from chalicelib.errors import NotFound, ValidationFailed
from chalicelib.orders.domain import LEASE
from chalicelib.orders.schemas import OrderQuery
from chalicelib.paging import encode_cursor
from chalicelib.payments.gateway import OutcomeUnknown, Payment, PaymentStatus
from chalicelib.payments.sandbox import SandboxGateway
from chalicelib.shop import shop
from tests import factories
from tests.shop_in_memory import Store

FAR_PAST = encode_cursor(["x", "0001-01-01T00:00:00+14:00"])
FAR_FUTURE = encode_cursor(["x", "9999-12-31T23:59:59-14:00"])
TEAPOT, MUG = "TEAPOT", "MUG"
ONE_TEAPOT = 4800 + 395
ADA, BOB = Shopper("ada", "phone"), Shopper("bob", "phone")


class Flaky(SandboxGateway):
    """The sandbox, which loses the answer of a call when told to."""

    lose_answer_of = ""

    def authorise(self, payment: Payment, method: str, *, return_url: str, key: str) -> Payment:
        return self._answer("authorise", super().authorise(payment, method, return_url=return_url, key=key))

    def capture(self, payment: Payment, *, key: str) -> Payment:
        return self._answer("capture", super().capture(payment, key=key))

    def _answer(self, call: str, payment: Payment) -> Payment:
        if self.lose_answer_of == call:
            self.lose_answer_of = ""
            raise OutcomeUnknown(call)
        return payment


@pytest.fixture
def store() -> Store:
    return Store(gateway=Flaky)


def flaky(store: Store) -> Flaky:
    assert isinstance(store.gateway, Flaky)
    return store.gateway


def card(token: str) -> dict[str, Any]:
    return {"payment": {"method": token}}


def test_an_order_is_paid_and_its_stock_sold(store: Store) -> None:
    order = store.buy({TEAPOT: 2}, 9600)
    assert order.status == "paid"
    assert store.charged() == [9600]
    assert (store.shelf.shards[TEAPOT, 0].available, store.shelf.shards[TEAPOT, 0].sold) == (1, 2)
    store.assert_books_balance()


def test_the_same_key_is_the_same_order(store: Store) -> None:
    key = factories.key()
    assert store.buy(key=key) == store.buy(key=key)
    assert store.charged() == [ONE_TEAPOT]


def test_a_repeat_answers_before_it_looks_at_prices_or_stock(store: Store) -> None:
    key = factories.key()
    first = store.buy(key=key)
    store.shelf.shelf["teapot"] = factories.single("teapot", 9900)
    store.shelf.shards[TEAPOT, 0].available = 0
    assert store.buy(key=key) == first


@pytest.mark.parametrize("changes", [{"lines": {TEAPOT: 2}, "total": 9600}, {"lines": {MUG: 1}, "total": 1795}])
def test_a_key_with_another_body_is_refused(store: Store, changes: dict[str, Any]) -> None:
    key = factories.key()
    store.buy(key=key)
    with pytest.raises(KeyReused):
        store.buy(key=key, **changes)


def test_a_key_of_another_account_is_refused(store: Store) -> None:
    key = factories.key()
    store.buy(key=key, shopper=ADA)
    for other in (BOB, None):
        with pytest.raises(KeyReused):
            store.buy(key=key, shopper=other)


def test_a_guests_order_answers_him_when_he_has_signed_in_since(store: Store) -> None:
    key = factories.key()
    assert store.buy(key=key) == store.buy(key=key, shopper=ADA)


@pytest.mark.parametrize(
    ("token", "error"), [("tok_declined", PaymentDeclined), ("tok_insufficient_funds", InsufficientFunds)]
)
def test_a_declined_card_gives_the_stock_back_and_charges_nothing(
    store: Store, token: str, error: type[PaymentDeclined]
) -> None:
    key = factories.key()
    for _ in range(2):
        with pytest.raises(error):
            store.buy(key=key, **card(token))
    assert store.shelf.shards[TEAPOT, 0].available == 3
    store.assert_books_balance()


def test_after_a_decline_another_card_buys_under_a_new_key(store: Store) -> None:
    with pytest.raises(PaymentDeclined):
        store.buy(**card("tok_declined"))
    assert store.buy().status == "paid"


def test_more_than_there_is_cannot_be_bought_and_the_line_is_named(store: Store) -> None:
    with pytest.raises(OutOfStock) as refused:
        store.buy({MUG: 1, TEAPOT: 4}, 1400 + 4 * 4800)
    assert [(error.field, error.message) for error in refused.value.errors] == [("lines[1].quantity", "Only 3 left.")]
    assert not store.kept.kept
    assert store.shelf.shards[MUG, 0].available == 3


def test_the_same_sku_twice_is_one_line_and_cannot_slip_past_the_stock(store: Store) -> None:
    lines = [{"sku": TEAPOT, "quantity": 2}, {"sku": TEAPOT, "quantity": 2}]
    request = factories.order_request({}, 4 * 4800, lines=lines)
    with pytest.raises(OutOfStock) as refused:
        store.checkout.place(request, factories.key(), None)
    assert [error.field for error in refused.value.errors] == ["lines[0].quantity", "lines[1].quantity"]


@pytest.mark.parametrize("expected", [ONE_TEAPOT - 1, ONE_TEAPOT + 1, 0])
def test_another_total_than_the_shopper_saw_is_shown_and_nothing_stored(store: Store, expected: int) -> None:
    with pytest.raises(PriceChanged) as changed:
        store.buy(total=expected)
    assert changed.value.extra["quote"]["total"] == {"amount": ONE_TEAPOT, "currency": "GBP"}
    assert not store.kept.kept
    assert store.shelf.shards[TEAPOT, 0].available == 3


def test_the_expected_total_must_be_in_the_shops_currency(store: Store) -> None:
    with pytest.raises(PriceChanged):
        store.buy(expected_total={"amount": ONE_TEAPOT, "currency": "EUR"})


def test_everything_that_the_shop_does_not_have_is_named_at_once(store: Store) -> None:
    body = factories.order_body({TEAPOT: 1, "GHOST": 1}, 1, promo_code="FREE", **card("tok_nonsense"))
    body["delivery"]["method"] = "pigeon"
    body["delivery"]["address"]["country"] = "ZZ"
    changes = {name: value for name, value in body.items() if name not in ("lines", "expected_total")}
    with pytest.raises(ValidationFailed) as failed:
        store.buy({TEAPOT: 1, "GHOST": 1}, 1, **changes)
    assert [error.field for error in failed.value.errors] == [
        "lines[1].sku",
        "delivery.method",
        "delivery.address.country",
        "payment.method",
        "promo_code",
    ]


@pytest.mark.parametrize("call", ["authorise", "capture"])
def test_a_lost_answer_of_the_gateway_leaves_the_order_pending_and_its_stock_held(store: Store, call: str) -> None:
    flaky(store).lose_answer_of = call
    assert store.buy().status == "pending_payment"
    assert store.shelf.shards[TEAPOT, 0].held == 1


@pytest.mark.parametrize("call", ["authorise", "capture"])
def test_after_a_lost_answer_the_same_key_finishes_the_order_and_charges_once(store: Store, call: str) -> None:
    key = factories.key()
    flaky(store).lose_answer_of = call
    store.buy(key=key)
    assert store.buy(key=key).status == "paid", "the lease was given back: nobody has to wait for it"
    assert store.charged() == [ONE_TEAPOT]
    store.assert_books_balance()


def test_while_one_request_holds_the_lease_another_is_told_to_come_back(store: Store) -> None:
    key = factories.key()
    flaky(store).lose_answer_of = "authorise"
    pending = store.buy(key=key)
    assert store.orders.lease(store.order(pending.order_id)) is not None
    with pytest.raises(InProgress) as busy:
        store.buy(key=key)
    assert busy.value.headers["Retry-After"] == "1"
    store.now += LEASE + timedelta(seconds=1)
    assert store.buy(key=key).status == "paid"


def test_whoever_loses_the_fence_changes_nothing(store: Store) -> None:
    flaky(store).lose_answer_of = "capture"
    order = store.order(store.buy().order_id)
    stale = msgspec.structs.replace(order, version=order.version - 1)
    assert store.orders.authorised(stale, "sbx") is None
    assert store.order(order.order_id) == order


def test_the_last_unit_under_one_key_is_one_order(store: Store) -> None:
    key = factories.key()
    order = store.buy({TEAPOT: 3}, 14_400, key=key)
    assert store.buy({TEAPOT: 3}, 14_400, key=key) == order
    with pytest.raises(OutOfStock):
        store.buy({TEAPOT: 1})


@pytest.mark.parametrize("token", ["none", "tok_visa"])
def test_an_order_that_costs_nothing_never_asks_the_gateway(token: str) -> None:
    methods = [msgspec.structs.replace(method, price=0) for method in shop().delivery_methods]
    store = Store(the_shop=msgspec.structs.replace(shop(), delivery_methods=methods))
    store.shelf.shelf["mug"] = factories.single("mug", 0)
    order = store.buy({MUG: 1}, 0, **card(token))
    assert (order.status, order.payment.status) == ("paid", "not_needed")
    assert not store.bank.kept
    assert store.checkout.cancel(order).status == "refunded"
    store.assert_books_balance()


def test_an_order_that_costs_something_is_not_placed_without_a_payment(store: Store) -> None:
    with pytest.raises(ValidationFailed) as failed:
        store.buy(**card("none"))
    assert [error.field for error in failed.value.errors] == ["payment.method"]
    assert not store.kept.kept


@pytest.mark.parametrize(("status", "after"), [("captured", "refunded"), ("authorised", "cancelled")])
def test_a_second_payment_of_a_paid_order_goes_back_and_the_owner_is_told_once(
    store: Store, status: PaymentStatus, after: str
) -> None:
    order = store.buy()
    second = store.gateway.create(order.order_id, order.totals.total, key="a key that was forgotten")
    store.bank.move(second.payment_id, ("created",), status)
    for _ in range(2):
        store.deliver(second.payment_id)
    assert store.bank.kept[second.payment_id].status == after
    assert store.order(order.order_id) == order
    assert [mail.template for mail in store.mails.mails.values()] == ["money_turned_up"]
    store.assert_books_balance()


def test_a_guests_order_is_read_with_its_key_and_not_without(store: Store) -> None:
    order = store.shown.placed(store.buy())
    assert isinstance(order.order_key, str)
    assert store.shown.show(order.id, None, order.order_key).id == order.id
    for wrong in (None, "", "0" * 64, "ключ"):
        with pytest.raises(NotFound):
            store.shown.show(order.id, ADA, wrong)


def test_an_accounts_order_is_its_owners_alone(store: Store) -> None:
    order = store.buy(shopper=ADA)
    assert store.shown.show(order.order_id, ADA, None).id == order.order_id
    for other in (BOB, None):
        with pytest.raises(NotFound):
            store.shown.show(order.order_id, other, None)


def test_orders_are_listed_the_latest_first_a_page_at_a_time(store: Store) -> None:
    placed = []
    for _ in range(3):
        store.now += timedelta(minutes=1)
        placed.append(store.buy(shopper=ADA).order_id)
    first = store.shown.of_shopper(ADA, OrderQuery(limit=2))
    second = store.shown.of_shopper(ADA, OrderQuery(limit=2, cursor=first.next_cursor or ""))
    assert [order.id for order in [*first.items, *second.items]] == placed[::-1]
    assert second.next_cursor is None
    assert not store.shown.of_shopper(BOB, OrderQuery()).items


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwxXQ", FAR_PAST, FAR_FUTURE])
def test_an_orders_cursor_that_no_page_gave_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(ValidationFailed):
        store.shown.of_shopper(ADA, OrderQuery(cursor=cursor))


def quote(store: Store, **body: Any) -> Quote:
    return store.checkout.quote(msgspec.convert(body, QuoteRequest))


def test_a_quote_prices_lines_delivery_and_the_tax_inside(store: Store) -> None:
    told = quote(store, lines=[{"sku": MUG, "quantity": 2}])
    assert [method.price.amount for method in told.delivery_methods] == [395, 795]
    assert (told.subtotal.amount, told.delivery.amount, told.total.amount, told.tax.amount) == (2800, 395, 3195, 533)
    assert told.problems == []


@pytest.mark.parametrize(("teapots", "delivery"), [(1, 395), (2, 0)])
def test_delivery_is_free_from_the_threshold_on(store: Store, teapots: int, delivery: int) -> None:
    assert quote(store, lines=[{"sku": TEAPOT, "quantity": teapots}]).delivery.amount == delivery


def test_tax_is_the_countrys(store: Store) -> None:
    lines = [{"sku": TEAPOT, "quantity": 2}]
    taxes = {
        country: quote(store, lines=lines, delivery={"country": country}).tax.amount for country in ("GB", "DE", "US")
    }
    assert taxes == {"GB": 1600, "DE": 1533, "US": 0}


def test_a_quote_of_nothing_costs_nothing(store: Store) -> None:
    assert quote(store, lines=[{"sku": "GHOST", "quantity": 1}]).total.amount == 0


def test_nobody_learns_how_much_there_is_above_ten() -> None:
    store = Store(units=37)
    told = quote(store, lines=[{"sku": MUG, "quantity": 99}]).problems[0]
    assert (told.code, told.detail) == ("not_enough_stock", "There are not that many left.")
    with pytest.raises(OutOfStock) as refused:
        store.buy({MUG: 99}, 99 * 1400)
    assert "37" not in refused.value.errors[0].message


def test_a_quote_names_every_problem(store: Store) -> None:
    store.shelf.shards[MUG, 0].available = 0
    told = quote(
        store,
        lines=[{"sku": TEAPOT, "quantity": 9}, {"sku": MUG, "quantity": 1}, {"sku": "GHOST", "quantity": 1}],
        delivery={"method": "pigeon", "country": "ZZ"},
        promo_code="FREE",
    )
    assert [(problem.sku, problem.code) for problem in told.problems] == [
        (TEAPOT, "not_enough_stock"),
        (MUG, "sold_out"),
        ("GHOST", "unknown_sku"),
        (None, "unknown_delivery_method"),
        (None, "no_delivery_to_country"),
        (None, "unknown_promo_code"),
    ]
    assert [line.sku for line in told.lines] == [TEAPOT, MUG]
