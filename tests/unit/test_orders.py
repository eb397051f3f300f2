"""An order's life: which states lead where, and what each step leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.catalogue.domain import StockTake, split
from chalicelib.orders import domain
from chalicelib.orders.domain import ALLOWED, TRANSITIONS, IllegalTransition, OrderFacts
from chalicelib.orders.schemas import OrderStatus
from tests import factories
from tests.shop_in_memory import Store

NOW = factories.NOW
STATUSES: tuple[OrderStatus, ...] = get_args(OrderStatus)
STEPS: dict[OrderStatus, Callable[[OrderFacts], OrderFacts]] = {
    "paid": lambda order: domain.paid(order, "sbx", NOW),
    "payment_failed": lambda order: domain.payment_failed(order, "sbx", "card_declined", NOW),
    "expired": lambda order: domain.closed(order, "sbx", NOW),
    "cancelled": lambda order: domain.closed(replace(order, cancelling=True), "sbx", NOW),
    "refunding": lambda order: domain.refunding(order, NOW),
    "refunded": lambda order: domain.refunded(order, NOW),
    "shipped": lambda order: domain.shipped(order, NOW),
}


def pending(**changes: object) -> OrderFacts:
    """An order whose payment got no clear answer."""
    store = Store()
    return replace(store.buy(payment={"method": "tok_error"}), **changes)


@pytest.mark.parametrize(("before", "after"), list(product(STATUSES, STEPS)))
def test_an_order_goes_where_its_state_leads_and_nowhere_else(before: OrderStatus, after: OrderStatus) -> None:
    order = pending(status=before)
    if (before, after) in ALLOWED:
        assert STEPS[after](order).status == after
    else:
        with pytest.raises(IllegalTransition):
            STEPS[after](order)


def test_the_drawing_shows_every_step_and_the_page_shows_the_drawing() -> None:
    drawing = domain.diagram()
    for step in TRANSITIONS:
        assert f"{step.before} --> {step.after}: {step.cause}" in drawing
    assert drawing in Path("docs/checkout.md").read_text(encoding="utf-8")


def test_each_step_is_a_new_version_ends_the_lease_and_is_written_in_the_timeline() -> None:
    order = pending()
    after = domain.paid(order, "sbx", NOW)
    assert after.version == order.version + 1
    assert (after.lease_until, after.settle_by) == (None, None)
    assert [entry.status for entry in after.timeline] == ["pending_payment", "paid"]
    assert (after.payment.status, after.payment_id) == ("captured", "sbx")
    assert after.stock == order.stock, "a refund will want it back"


@pytest.mark.parametrize("ending", ["payment_failed", "expired", "cancelled"])
def test_an_order_that_ended_unpaid_holds_nothing_any_more(ending: OrderStatus) -> None:
    order = pending(redeemed=domain.Redeemed("TENTH", ["address:x"]))
    after = STEPS[ending](order)
    assert (after.stock, after.redeemed, after.settle_by) == ([], None, None)
    assert after.outcome == ending


def test_an_order_that_was_called_off_and_is_paid_all_the_same_stays_the_sweepers() -> None:
    order = domain.cancelling(pending(), NOW)
    assert not order.cancellable
    assert domain.paid(order, "sbx", NOW).settle_by == NOW


def test_what_a_repeat_is_told_stays_the_same_whatever_becomes_of_the_order() -> None:
    paid = domain.paid(pending(), "sbx", NOW)
    refunded = domain.refunded(domain.refunding(paid, NOW), NOW)
    assert (refunded.status, refunded.outcome) == ("refunded", "paid")
    assert refunded.payment.status == "refunded"


def test_a_shopper_has_fifteen_minutes_with_the_bank_from_the_time_of_the_order() -> None:
    order = domain.waiting(pending(), "sbx", "https://bank.example")
    assert order.settle_by == order.placed_at + timedelta(minutes=15)
    assert order.payment.action is not None
    assert not order.leased(NOW)
    assert domain.authorised(order, "sbx").payment.action is None


def test_an_order_is_due_when_its_time_is_up_whoever_works_on_it() -> None:
    order = pending(settle_by=NOW, lease_until=None)
    assert order.due(NOW)
    assert not order.due(NOW - timedelta(seconds=1))
    assert domain.leased(order, NOW).due(NOW), "repeating for ever must not hold stock for ever"
    assert not replace(order, settle_by=None).due(NOW)


def test_an_order_that_costs_nothing_has_no_payment_in_any_state() -> None:
    order = pending()
    free = replace(
        order,
        totals=replace(order.totals, total=factories.money(0)),
        payment=replace(order.payment, status="not_needed"),
    )
    paid = domain.paid(free, None, NOW)
    ends = [paid, domain.closed(free, None, NOW), domain.refunded(domain.refunding(paid, NOW), NOW)]
    assert [end.payment.status for end in ends] == ["not_needed"] * 3


def test_an_orders_number_has_no_letter_that_looks_like_a_digit() -> None:
    number = pending().number
    assert len(number) == len("HL-7K3D-9Q2M")
    assert not set(number.removeprefix("HL-")) & set("01IOLU")


levels = st.dictionaries(st.integers(0, 7), st.integers(0, 9), min_size=1)


@given(quantity=st.integers(1, 60), levels=levels, start=st.integers(0, 7))
def test_shards_serve_whatever_they_have_together_and_never_more(
    quantity: int, levels: dict[int, int], start: int
) -> None:
    takes = split("TEAPOT", quantity, levels, start)
    if takes is None:
        assert sum(levels.values()) < quantity
        return
    assert sum(take.quantity for take in takes) == quantity
    assert len({take.shard for take in takes}) == len(takes)
    assert all(0 < take.quantity <= levels[take.shard] for take in takes)
    if max(levels.values()) >= quantity:
        assert len(takes) == 1


def test_buyers_start_at_different_shards() -> None:
    full = dict.fromkeys(range(4), 9)
    assert [split("TEAPOT", 1, full, start) for start in range(4)] == [
        [StockTake("TEAPOT", shard, 1)] for shard in range(4)
    ]
