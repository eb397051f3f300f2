"""Forty buyers, ten teapots: whatever the interleaving, ten are sold and ten are paid for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from pynamodb.expressions.update import Action

from chalicelib import bootstrap
from chalicelib.catalogue.models import StockRecord
from chalicelib.catalogue.repository import ONLY_SHARD, CatalogueRepository
from chalicelib.catalogue.service import CatalogueService
from chalicelib.checkout.errors import InProgress, OutOfStock
from chalicelib.checkout.service import CheckoutService
from chalicelib.dynamo import DynamoWrite
from chalicelib.orders.models import OrderRecord
from chalicelib.payments.models import SandboxPaymentRecord
from chalicelib.shop import shop
from tests import factories

BUYERS = 40
TEAPOTS = 10
PRICE = 9900

pytestmark = pytest.mark.usefixtures("local_aws")


class CarelessRepository(CatalogueRepository):
    """What many shops do: look whether there is enough, then write without looking again."""

    def __init__(self, buyers: int) -> None:
        self._all_have_looked = Barrier(buyers)

    def hold(self, sku: str, quantity: int) -> DynamoWrite:
        enough = self.available([sku])[sku] >= quantity
        self._all_have_looked.wait(timeout=30)
        record = StockRecord(sku, ONLY_SHARD)
        actions: list[Action] = [StockRecord.available.add(-quantity), StockRecord.held.add(quantity)]
        condition = StockRecord.sku.exists() if enough else StockRecord.sku.does_not_exist()
        return DynamoWrite(f"stock:{sku}", "update", lambda t: t.update(record, actions=actions, condition=condition))


def checkout(repository: CatalogueRepository) -> CheckoutService:
    catalogue = CatalogueService(repository, bootstrap.ledger(), shop())
    return CheckoutService(catalogue, bootstrap.orders(), bootstrap.gateway(), bootstrap.ledger(), shop())


def sell(sku: str, service: CheckoutService, keys: Iterable[str]) -> Counter[str]:
    """Let everyone buy one at the same moment; returns how often each outcome came."""
    keys = list(keys)
    start = Barrier(len(keys))

    def buy(key: str) -> str:
        start.wait(timeout=30)
        try:
            return service.place(factories.order_request({sku: 1}, PRICE), key, None).status
        except (OutOfStock, InProgress) as error:
            return error.code

    with ThreadPoolExecutor(len(keys)) as buyers:
        return Counter(buyers.map(buy, keys))


def test_the_last_unit_under_one_key_is_one_order_however_often_it_is_clicked() -> None:
    sku = put_on_sale("last-teapot")
    service = checkout(CatalogueRepository())
    sell(sku, service, (factories.key() for _ in range(TEAPOTS - 1)))
    key = factories.key()
    outcomes = sell(sku, service, [key] * 20)
    assert outcomes["paid"] >= 1
    assert set(outcomes) <= {"paid", "in_progress"}
    assert_sold_exactly(sku, TEAPOTS)


def put_on_sale(slug: str) -> str:
    product = factories.single(slug, PRICE)
    bootstrap.catalogue().add_product(product, {slug.upper(): TEAPOTS})
    return slug.upper()


def assert_sold_exactly(sku: str, units: int) -> None:
    """The books of one sku: stock, orders and money tell the same story."""
    stock = StockRecord.get(sku, ONLY_SHARD, consistent_read=True)
    assert (stock.available, stock.held, stock.sold) == (TEAPOTS - units, 0, units)
    paid = [o for o in OrderRecord.scan() if o.status == "paid" and o.lines[0]["sku"] == sku]
    assert len(paid) == units
    captured = {p.payment_id for p in SandboxPaymentRecord.scan() if p.status == "captured"}
    assert {f"pi-{order.order_id}" for order in paid} <= captured


def test_forty_buyers_of_ten_teapots_make_exactly_ten_orders() -> None:
    sku = put_on_sale("flash-teapot")
    outcomes = sell(sku, checkout(CatalogueRepository()), (factories.key() for _ in range(BUYERS)))
    assert outcomes == {"paid": TEAPOTS, "out_of_stock": BUYERS - TEAPOTS}
    assert_sold_exactly(sku, TEAPOTS)


def test_the_check_above_catches_a_shop_that_looks_before_it_writes() -> None:
    sku = put_on_sale("careless-teapot")
    outcomes = sell(sku, checkout(CarelessRepository(BUYERS)), (factories.key() for _ in range(BUYERS)))
    assert outcomes["paid"] > TEAPOTS, "the control is meant to oversell"
    with pytest.raises(AssertionError):
        assert_sold_exactly(sku, TEAPOTS)
