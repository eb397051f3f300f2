"""Reads and conditional writes of the catalogue in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from pynamodb.exceptions import AttributeDeserializationError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalogue.domain import (
    ProductFacts,
    SkuFacts,
    StockLevel,
    StockTake,
    Unreadable,
    VariantFacts,
    units,
    variant_name,
)
from chalicelib.catalogue.models import ProductRecord, SkuRecord, StockRecord
from chalicelib.dynamo import DynamoRead, DynamoWrite, Table
from chalicelib.errors import NotFound


class CatalogueRepository:
    """Products, skus and stock."""

    def products(self) -> Iterator[ProductFacts | Unreadable]:
        """Yield every product of the shop, read strongly; a record that cannot be read does not hide the others."""
        yield from map(_readable, _scan(ProductRecord))

    def read_sku(self, sku: str) -> DynamoRead:
        """Read what checkout prices, as `sku:SKU`."""
        return DynamoRead(f"sku:{sku}", SkuRecord, (sku,), _sku_facts)

    def read_stock(self, sku: str, shard: int) -> DynamoRead:
        """Read the units of a shard, as `stock:SKU#SHARD`."""
        return DynamoRead(_subject(sku, shard), StockRecord, (sku, shard), _stock_level)

    def levels(self) -> Iterator[StockLevel]:
        """Yield every shard of every sku, for the books; a number that somebody left out counts as none."""
        yield from map(_level, _scan(StockRecord))

    def hold(self, take: StockTake) -> DynamoWrite:
        """Set units aside for an order, if that many are available."""
        enough = StockRecord.available >= take.quantity
        return _stock_write(take, enough, available=-take.quantity, held=take.quantity)

    def release(self, take: StockTake) -> DynamoWrite:
        """Put held units back on the shelf."""
        return _stock_write(take, StockRecord.held >= take.quantity, available=take.quantity, held=-take.quantity)

    def sell(self, take: StockTake) -> DynamoWrite:
        """Turn held units into sold ones."""
        return _stock_write(take, StockRecord.held >= take.quantity, held=-take.quantity, sold=take.quantity)

    def take_back(self, take: StockTake) -> DynamoWrite:
        """Put sold units back on the shelf."""
        return _stock_write(take, StockRecord.sold >= take.quantity, sold=-take.quantity, available=take.quantity)

    def receive(self, take: StockTake) -> DynamoWrite:
        """Add units that have come in; the first ones of a shard open it."""
        return _stock_write(take, None, received=take.quantity, available=take.quantity, held=0, sold=0)

    def put_product(self, product: ProductFacts) -> list[DynamoWrite]:
        """Write a product and its skus: what shoppers see and what checkout charges change together."""
        document = msgspec.to_builtins(product)
        record = ProductRecord(**document, version=1, updated_at=datetime.now(UTC))
        writes = [DynamoWrite(f"product:{product.slug}", "put", lambda t: t.save(record))]
        return writes + [_sku_write(product, variant) for variant in product.variants]

    def reprice(self, slug: str, sku: str, price: int) -> list[DynamoWrite]:
        """Give a variant another price, on its product and on its sku, if nobody changes the product meanwhile."""
        record = self._product(slug)
        variants = [variant | {"price": price} if variant["sku"] == sku else variant for variant in record.variants]
        actions: list[Action] = [
            ProductRecord.variants.set(variants),
            ProductRecord.version.add(1),
            ProductRecord.updated_at.set(datetime.now(UTC)),
        ]
        same = ProductRecord.version == record.version
        priced: list[Action] = [SkuRecord.price.set(price)]
        return [
            DynamoWrite(f"product:{slug}", "update", lambda t: t.update(record, actions=actions, condition=same)),
            DynamoWrite(f"sku:{sku}", "update", lambda t: t.update(SkuRecord(sku), actions=priced)),
        ]

    def withdraw(self, slug: str) -> list[DynamoWrite]:
        """Take a product off the shop, and its skus out of every cart; orders keep what they hold. Raises NotFound."""
        record = self._product(slug)
        same = ProductRecord.version == record.version
        skus = [variant["sku"] for variant in record.variants]
        return [
            DynamoWrite(f"product:{slug}", "delete", lambda t: t.delete(record, condition=same)),
            *(DynamoWrite(f"sku:{sku}", "update", partial(_stop_selling, sku=sku)) for sku in skus),
        ]

    def _product(self, slug: str) -> ProductRecord:
        try:
            return ProductRecord.get(slug, consistent_read=True)
        except ProductRecord.DoesNotExist:
            raise NotFound(f"The shop has no product {slug}.") from None

    def receive_first(self, take: StockTake) -> DynamoWrite:
        """Open a shard with the units received, unless it is open already."""
        units = take.quantity
        record = StockRecord(take.sku, take.shard, received=units, available=units, held=0, sold=0)
        fresh = StockRecord.sku.does_not_exist()
        return DynamoWrite(_subject(take.sku, take.shard), "put", lambda t: t.save(record, condition=fresh))


def _scan(table: type[Table]) -> Iterator[dict[str, Any]]:
    """Yield every item as it is, for whoever can live with one that is not as its model says."""
    connection, start = table._get_connection(), None
    while True:
        page = connection.scan(exclusive_start_key=start, consistent_read=True)
        yield from page["Items"]
        start = page.get("LastEvaluatedKey")
        if start is None:
            return


def _stock_level(record: StockRecord) -> StockLevel:
    """Return a shard's units; a number that somebody left out counts as none."""
    counts = (record.shard, record.received, record.available, record.held, record.sold)
    return StockLevel(record.sku, *(int(count or 0) for count in counts))


def _level(item: dict[str, Any]) -> StockLevel:
    received, available, held, sold = (units(item, name) for name in ("received", "available", "held", "sold"))
    return StockLevel(item["sku"]["S"], int(item["shard"]["N"]), received, available, held, sold)


def _readable(item: dict[str, Any]) -> ProductFacts | Unreadable:
    try:
        return _facts(ProductRecord.from_raw_data(item))
    except (AttributeDeserializationError, KeyError, TypeError, ValueError) as error:
        return Unreadable(item["slug"]["S"], f"{type(error).__name__}: {error}")


def _facts(record: ProductRecord) -> ProductFacts:
    return msgspec.convert(record.attribute_values, ProductFacts, strict=False)


def _sku_write(product: ProductFacts, variant: VariantFacts) -> DynamoWrite:
    record = SkuRecord(
        variant.sku,
        slug=product.slug,
        name=variant_name(product.name, variant.options),
        options=variant.options,
        price=variant.price,
        image=variant.image,
        active=True,
    )
    return DynamoWrite(f"sku:{variant.sku}", "put", lambda t: t.save(record))


def _sku_facts(record: SkuRecord) -> SkuFacts:
    return SkuFacts(
        sku=record.sku,
        slug=record.slug,
        name=record.name,
        price=int(record.price),
        image=record.image,
        active=record.active,
    )


def _stop_selling(transaction: TransactWrite, sku: str) -> None:
    transaction.update(SkuRecord(sku), actions=[SkuRecord.active.set(False)])


def _subject(sku: str, shard: int) -> str:
    return f"stock:{sku}#{shard}"


def _stock_write(take: StockTake, condition: Condition | None, **units: int) -> DynamoWrite:
    actions = [getattr(StockRecord, name).add(number) for name, number in units.items()]
    record, subject = StockRecord(take.sku, take.shard), _subject(take.sku, take.shard)
    return DynamoWrite(subject, "update", lambda t: t.update(record, actions=actions, condition=condition))
