"""Many buyers, few units: whatever the interleaving, what there is is sold, and each sale is paid for once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chalicelib import bootstrap
from chalicelib.catalogue.models import StockRecord
from chalicelib.checkout.errors import InProgress, OutOfStock
from chalicelib.orders import books
from chalicelib.orders.models import OrderRecord
from chalicelib.payments.models import SandboxPaymentRecord
from chalicelib.shop import shop
from tests import factories
from tests.api.client import forget_services
from tests.concurrency import flash

PRICE = 9900
BUYERS, TEAPOTS = 40, 10

pytestmark = pytest.mark.usefixtures("local_aws")


def put_on_sale(slug: str, units: int = TEAPOTS) -> str:
    bootstrap.catalogue().add_product(factories.single(slug, PRICE), {slug.upper(): units})
    return slug.upper()


def sell(sku: str, keys: Iterable[str]) -> Counter[str]:
    """Let everyone buy one at the same moment; returns how often each outcome came."""
    keys = list(keys)
    start = Barrier(len(keys))

    def buy(key: str) -> str:
        start.wait(timeout=30)
        try:
            return bootstrap.checkout().place(factories.order_request({sku: 1}, PRICE), key, None).status
        except (OutOfStock, InProgress) as error:
            return error.code

    with ThreadPoolExecutor(len(keys)) as buyers:
        return Counter(buyers.map(buy, keys))


def assert_sold_exactly(sku: str, units: int, received: int = TEAPOTS) -> None:
    """The books of one sku: stock, orders and money tell the same story."""
    shards = list(StockRecord.query(sku, consistent_read=True))
    left = [sum(getattr(stock, part) for stock in shards) for part in ("available", "held", "sold")]
    assert left == [received - units, 0, units]
    paid = [o for o in OrderRecord.scan() if o.status == "paid" and o.lines[0]["sku"] == sku]
    assert len(paid) == units
    captured = Counter(p.order_id for p in SandboxPaymentRecord.scan() if p.status == "captured")
    assert [captured[order.order_id] for order in paid] == [1] * units


@pytest.mark.parametrize("time", [1, 2, 3])
def test_400_buyers_in_8_processes_of_50_threads_make_exactly_100_paid_orders_of_100_units(time: int) -> None:
    sku = put_on_sale(f"kettle-{time}", 100)
    answers = flash.hold(flash.Sale(sku, PRICE, processes=8, threads=50))
    assert len(answers) == 400
    assert Counter(len(told) for told in answers.values()) == {1: 400}, "one key, one answer"
    assert Counter(answer for told in answers.values() for answer in told) == {"paid": 100, "out_of_stock": 300}
    assert_sold_exactly(sku, 100, received=100)
    assert books.look() == []


def test_the_check_above_catches_processes_that_look_before_they_write() -> None:
    sku = put_on_sale("careless-kettle", 100)
    flash.hold(flash.Sale(sku, PRICE, processes=8, threads=50, careless=True))
    with pytest.raises(AssertionError):
        assert_sold_exactly(sku, 100, received=100)
    assert any(sku in difference for difference in books.look())


def test_forty_buyers_of_ten_teapots_in_four_shards_make_exactly_ten_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shop().stock_shards, "SHARDED-TEAPOT", 4)
    sku = put_on_sale("sharded-teapot")
    outcomes = sell(sku, (factories.key() for _ in range(BUYERS)))
    assert outcomes == {"paid": TEAPOTS, "out_of_stock": BUYERS - TEAPOTS}
    assert_sold_exactly(sku, TEAPOTS)


def test_a_quantity_that_no_shard_has_alone_is_taken_from_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shop().stock_shards, "SPREAD-TEAPOT", 4)
    sku = put_on_sale("spread-teapot")
    order = bootstrap.checkout().place(factories.order_request({sku: 7}, 7 * PRICE), factories.key(), None)
    assert len(order.stock) > 1
    assert_units(sku, available=3, sold=7)
    with pytest.raises(OutOfStock):
        bootstrap.checkout().place(factories.order_request({sku: 4}, 4 * PRICE), factories.key(), None)
    bootstrap.checkout().cancel(order)
    assert_units(sku, available=10, sold=0)


def assert_units(sku: str, **units: int) -> None:
    shards = list(StockRecord.query(sku, consistent_read=True))
    assert {part: sum(getattr(stock, part) for stock in shards) for part in units} == units


def test_the_last_unit_under_one_key_is_one_order_however_often_it_is_clicked() -> None:
    sku = put_on_sale("last-teapot")
    sell(sku, (factories.key() for _ in range(TEAPOTS - 1)))
    key = factories.key()
    outcomes = sell(sku, [key] * 20)
    assert outcomes["paid"] >= 1
    assert set(outcomes) <= {"paid", "in_progress"}
    assert_sold_exactly(sku, TEAPOTS)


def test_the_check_above_catches_a_shop_that_looks_before_it_writes() -> None:
    sku = put_on_sale("careless-teapot")
    real = bootstrap.catalogue
    flash.be_careless(Barrier(BUYERS).wait)
    try:
        outcomes = sell(sku, (factories.key() for _ in range(BUYERS)))
    finally:
        bootstrap.catalogue = real
        forget_services()
    assert outcomes["paid"] > TEAPOTS, "the control is meant to oversell"
    with pytest.raises(AssertionError):
        assert_sold_exactly(sku, TEAPOTS)
