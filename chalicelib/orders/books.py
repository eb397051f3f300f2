"""The books check: does what stock, orders and the payment gateway say agree?

    python -m chalicelib.orders.books

Prints every difference and ends with a failure if there is one. On an open shop a purchase may be halfway: what
differs is looked at again, and told only if it still does.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib import bootstrap
from chalicelib.catalogue.service import StockLevel
from chalicelib.money import Money
from chalicelib.orders.domain import OrderFacts

LOOKS = 3
# The sweeper comes each minute; a gateway may be away for a while.
OVERDUE = timedelta(hours=1)
PAUSE_SECONDS = 5
MONEY_KEPT = frozenset({"paid", "shipped"})
STOCK_SOLD = frozenset({"paid", "shipped", "refunding"})


class Payment(Protocol):
    """A payment of any gateway; chalicelib.payments.gateway says more."""

    @property
    def payment_id(self) -> str: ...
    @property
    def order_id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def amount(self) -> Money: ...


def differences(
    levels: Iterable[StockLevel], orders: Iterable[OrderFacts], payments: Iterable[Payment], now: datetime
) -> list[str]:
    """Return a sentence for every thing that does not agree."""
    known = {order.order_id: order for order in orders}
    return [*_stock(levels, known.values()), *_money(known, payments, now)]


def _stock(levels: Iterable[StockLevel], orders: Iterable[OrderFacts]) -> Iterator[str]:
    held: Counter[tuple[str, int]] = Counter()
    sold: Counter[tuple[str, int]] = Counter()
    for order in orders:
        for take in order.stock:
            (sold if order.status in STOCK_SOLD else held)[take.sku, take.shard] += take.quantity
    for level in levels:
        key = (level.sku, level.shard)
        yield from _shard(level, held.pop(key, 0), sold.pop(key, 0))
    for sku, shard in {**held, **sold}:
        yield f"stock of {sku}, shard {shard}: orders hold some, and there is no such stock"


def _shard(level: StockLevel, held: int, sold: int) -> Iterator[str]:
    """Compare a shard with what its orders hold and have bought."""
    where = f"stock of {level.sku}, shard {level.shard}"
    if level.available < 0:
        yield f"{where}: {level.available} available"
    if level.available + level.held + level.sold != level.received:
        yield f"{where}: {level.received} received, {level.available} available, {level.held} held, {level.sold} sold"
    if level.held != held:
        yield f"{where}: {level.held} held, {held} by open orders"
    if level.sold != sold:
        yield f"{where}: {level.sold} sold, {sold} to paid orders"


def _money(orders: dict[str, OrderFacts], payments: Iterable[Payment], now: datetime) -> Iterator[str]:
    charges: dict[str, list[Payment]] = {}
    for payment in payments:
        if payment.status == "captured":
            charges.setdefault(payment.order_id, []).append(payment)
    for order_id, theirs in charges.items():
        if order_id not in orders:
            yield f"payment {theirs[0].payment_id}: charged for no order"
    for order in orders.values():
        yield from _order(order, charges.get(order.order_id, []), now)


def _order(order: OrderFacts, charges: list[Payment], now: datetime) -> Iterator[str]:
    """Compare an order with what was charged for it and not given back."""
    where = f"order {order.order_id}, {order.status}"
    if len(charges) > 1:
        yield f"{where}: charged {len(charges)} times"
    kept = order.status in MONEY_KEPT
    if kept and not order.free and not charges:
        yield f"{where}: never charged"
    if order.settle_by is not None and order.settle_by < now - OVERDUE:
        yield f"{where}: nobody has finished it since {order.settle_by:%Y-%m-%d %H:%M}"
    if charges and not kept and order.settle_by is None:
        yield f"{where}: charged all the same"
    if charges and charges[0].amount != order.totals.total:
        yield f"{where}: {order.totals.total.amount} ordered, {charges[0].amount.amount} charged"


def look() -> list[str]:
    """Read everything and compare."""
    levels, orders = bootstrap.catalogue().levels(), bootstrap.orders().all()
    return differences(levels, orders, bootstrap.gateway().payments(), bootstrap.now())


def check() -> list[str]:
    """Compare, and look again at what differs; returns what still does."""
    found = look()
    for _ in range(LOOKS - 1):
        if not found:
            break
        time.sleep(PAUSE_SECONDS)
        still = set(look())
        found = [difference for difference in found if difference in still]
    return found


def main() -> int:
    """Print what differs."""
    found = check()
    for difference in found:
        print(difference)
    print("The books do not balance." if found else "The books balance.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
