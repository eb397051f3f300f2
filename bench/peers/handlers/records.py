"""Records by PynamoDB, for the peer on FastAPI. All models share one client, as the shop's do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from checkout import OrderExists, OutOfStock
from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite
from rules import TABLE_PREFIX, Document

SHELF = "everything"
REFUSED = "ConditionalCheckFailed"


@cache
def connection() -> Connection:
    """Return the one connection; PynamoDB would make a client for every model."""
    return Connection(connect_timeout_seconds=1, read_timeout_seconds=2, max_retry_attempts=2, max_pool_connections=64)


class Record(Model):
    """What every model shares."""

    class Meta:
        table_name = ""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        if cls._connection is None:
            table = super()._get_connection()
            connection().add_meta_table(table.get_meta_table())
            table.connection = connection()
        assert cls._connection is not None
        return cls._connection

    def values(self) -> Document:
        """Return what the record holds."""
        return dict(self.attribute_values)


class Product(Record):
    """A product."""

    class Meta:
        table_name = TABLE_PREFIX + "products"

    slug = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    category = UnicodeAttribute()
    description = UnicodeAttribute()
    material = UnicodeAttribute()
    details = JSONAttribute()
    image = UnicodeAttribute()
    image_alt = UnicodeAttribute()
    variants = JSONAttribute()


class Listed(Record):
    """A product as lists show it, in the shop's order; the first of all holds the facets and the total instead."""

    class Meta:
        table_name = TABLE_PREFIX + "listing"

    shelf = UnicodeAttribute(hash_key=True)
    position = NumberAttribute(range_key=True)
    slug = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    category = UnicodeAttribute(null=True)
    price = NumberAttribute(null=True)
    price_varies = BooleanAttribute(null=True)
    image = UnicodeAttribute(null=True)
    image_alt = UnicodeAttribute(null=True)
    skus = JSONAttribute(null=True)
    facets = JSONAttribute(null=True)
    total = NumberAttribute(null=True)


class Sku(Record):
    """What checkout prices."""

    class Meta:
        table_name = TABLE_PREFIX + "skus"

    sku = UnicodeAttribute(hash_key=True)
    slug = UnicodeAttribute()
    name = UnicodeAttribute()
    price = NumberAttribute()
    image = UnicodeAttribute()
    active = BooleanAttribute()


class Stock(Record):
    """Units of a sku."""

    class Meta:
        table_name = TABLE_PREFIX + "stock"

    sku = UnicodeAttribute(hash_key=True)
    shard = NumberAttribute(range_key=True)
    available = NumberAttribute()
    held = NumberAttribute()
    sold = NumberAttribute()


class Order(Record):
    """An order, which makes its Idempotency-Key work."""

    class Meta:
        table_name = TABLE_PREFIX + "orders"

    order_id = UnicodeAttribute(hash_key=True)
    guest = BooleanAttribute()
    guest_mark = UnicodeAttribute(null=True)
    fingerprint = UnicodeAttribute()
    version = NumberAttribute()
    status = UnicodeAttribute()
    lease_until = UTCDateTimeAttribute(null=True)
    settle_bucket = NumberAttribute(null=True)
    settle_by = UTCDateTimeAttribute(null=True)
    cancelling = BooleanAttribute(default=False)
    placed_at = UTCDateTimeAttribute()
    contact = JSONAttribute()
    lines = JSONAttribute()
    totals = JSONAttribute()
    delivery = JSONAttribute()
    payment = JSONAttribute()
    payment_id = UnicodeAttribute(null=True)
    timeline = JSONAttribute()
    stock = JSONAttribute()
    schema_version = NumberAttribute()


class Payment(Record):
    """A payment at the sandbox."""

    class Meta:
        table_name = TABLE_PREFIX + "sandbox-payments"

    payment_id = UnicodeAttribute(hash_key=True)
    order_id = UnicodeAttribute()
    status = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    method = UnicodeAttribute(null=True)
    return_url = UnicodeAttribute(null=True)


class Records:
    """Implements checkout's Store, and reads what the other routes show."""

    def product(self, slug: str) -> Document | None:
        """Return a product, or None."""
        try:
            return Product.get(slug).values()
        except DoesNotExist:
            return None

    def listing(self, limit: int, after: str) -> tuple[Document, list[Document]]:
        """Return what heads every page, and a page of products in the shop's order. The head comes before the first."""
        start: dict[str, Any] | None = {"shelf": {"S": SHELF}, "position": {"N": after}} if after else None
        rows = limit if after else limit + 1
        found = [one.values() for one in Listed.query(SHELF, limit=rows, page_size=rows, last_evaluated_key=start)]
        if after:
            found.insert(0, Listed.get(SHELF, -1).values())
        return found[0], found[1:]

    def skus(self, skus: Sequence[str]) -> dict[str, Document]:
        """Return what skus cost."""
        return {one.sku: one.values() for one in Sku.batch_get(list(skus), consistent_read=True)}

    def available(self, skus: Sequence[str]) -> dict[str, int]:
        """Return the units there are of each sku."""
        found = Stock.batch_get([(sku, 0) for sku in skus], consistent_read=True)
        return {one.sku: int(one.available) for one in found}

    def order(self, order_id: str) -> Document | None:
        """Return an order, read strongly, or None."""
        try:
            return Order.get(order_id, consistent_read=True).values()
        except DoesNotExist:
            return None

    def reserve(self, order: Document) -> None:
        """Put the order and take its stock. Raises OrderExists, OutOfStock."""
        try:
            with TransactWrite(connection=connection()) as transaction:
                transaction.save(Order(**order), condition=Order.order_id.does_not_exist())
                for take in order["stock"]:
                    _move(transaction, take, "available", "held")
        except TransactWriteError as error:
            first, *_ = error.cancellation_reasons
            raise (OrderExists if first and first.code == REFUSED else OutOfStock) from error

    def replace(self, before: Document, after: Document) -> None:
        """Put an order's next state, if nobody changed it meanwhile."""
        Order(**after).save(condition=_fence(before))

    def settle(self, before: Document, after: Document, moved_to: str) -> None:
        """Put an order's last state, and move the stock that it held."""
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(Order(**after), condition=_fence(before))
            for take in before["stock"]:
                _move(transaction, take, "held", moved_to)

    def add_payment(self, payment: Document) -> None:
        """Remember a payment unless its id is taken."""
        try:
            Payment(**payment).save(condition=Payment.payment_id.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise

    def move_payment(self, payment_id: str, before: str, after: str, **facts: str) -> str:
        """Change a payment's status if it is as thought; returns the status that it has then."""
        changes = [getattr(Payment, name).set(value) for name, value in facts.items()]
        record = Payment(payment_id)
        record.update(actions=[Payment.status.set(after), *changes], condition=Payment.status == before)
        return str(record.status)


def _fence(before: Document) -> Any:
    return (Order.version == before["version"]) & (Order.status == before["status"])


def _move(transaction: TransactWrite, take: Document, source: str, goal: str) -> None:
    less, more = getattr(Stock, source), getattr(Stock, goal)
    transaction.update(
        Stock(take["sku"], take["shard"]),
        actions=[less.add(-take["quantity"]), more.add(take["quantity"])],
        condition=less >= take["quantity"],
    )
