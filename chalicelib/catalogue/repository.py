"""Reads and conditional writes of the catalogue in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from pynamodb.expressions.update import Action

from chalicelib.catalogue.domain import ProductFacts, SkuFacts, VariantFacts, variant_name
from chalicelib.catalogue.models import ProductRecord, SkuRecord, StockRecord
from chalicelib.dynamo import DynamoWrite

ONLY_SHARD = 0


class CatalogueRepository:
    """Products, skus and stock."""

    def products(self) -> list[ProductFacts]:
        """Return every product of the shop."""
        return [_facts(record) for record in ProductRecord.scan()]

    def product(self, slug: str) -> ProductFacts | None:
        """Return one product, or None."""
        record = next(ProductRecord.batch_get([slug]), None)
        return _facts(record) if record else None

    def skus(self, skus: Iterable[str]) -> dict[str, SkuFacts]:
        """Return those of the skus that exist, read strongly: checkout prices by them."""
        return {
            record.sku: SkuFacts(
                sku=record.sku,
                slug=record.slug,
                name=record.name,
                price=int(record.price),
                image=record.image,
                active=record.active,
            )
            for record in SkuRecord.batch_get(list(skus), consistent_read=True)
        }

    def available(self, skus: Iterable[str]) -> dict[str, int]:
        """Return the units that can be bought of each sku that has stock records."""
        keys = [(sku, ONLY_SHARD) for sku in skus]
        return {record.sku: int(record.available) for record in StockRecord.batch_get(keys)}

    def hold(self, sku: str, quantity: int) -> DynamoWrite:
        """Set units aside for an order, if that many are available."""
        return _stock_write(
            sku,
            [
                StockRecord.available.add(-quantity),
                StockRecord.held.add(quantity),
            ],
            at_least=quantity,
        )

    def release(self, sku: str, quantity: int) -> DynamoWrite:
        """Put held units back on the shelf."""
        return _stock_write(sku, [StockRecord.available.add(quantity), StockRecord.held.add(-quantity)])

    def sell(self, sku: str, quantity: int) -> DynamoWrite:
        """Turn held units into sold ones."""
        return _stock_write(sku, [StockRecord.held.add(-quantity), StockRecord.sold.add(quantity)])

    def put_product(self, product: ProductFacts) -> list[DynamoWrite]:
        """Write a product and its skus: what shoppers see and what checkout charges change together."""
        document = msgspec.to_builtins(product)
        record = ProductRecord(**document, version=1, updated_at=datetime.now(UTC))
        writes = [DynamoWrite(f"product:{product.slug}", "put", lambda t: t.save(record))]
        return writes + [_sku_write(product, variant) for variant in product.variants]

    def receive_first(self, sku: str, quantity: int) -> DynamoWrite:
        """Start a sku's stock, unless it has some already."""
        record = StockRecord(sku, ONLY_SHARD, received=quantity, available=quantity, held=0, sold=0)
        fresh = StockRecord.sku.does_not_exist()
        return DynamoWrite(f"stock:{sku}", "put", lambda t: t.save(record, condition=fresh))


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


def _stock_write(sku: str, actions: list[Action], at_least: int = 0) -> DynamoWrite:
    condition = StockRecord.available >= at_least if at_least else StockRecord.sku.exists()
    record = StockRecord(sku, ONLY_SHARD)
    return DynamoWrite(f"stock:{sku}", "update", lambda t: t.update(record, actions=actions, condition=condition))
