"""The catalogue's tables."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.dynamo import Table, table_name


class ProductRecord(Table):
    """What a product's page shows, its variants inside."""

    class Meta(Table.Meta):
        table_name = table_name("products")

    slug = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    category = UnicodeAttribute()
    description = UnicodeAttribute()
    material = UnicodeAttribute()
    details = JSONAttribute()
    image = UnicodeAttribute()
    image_alt = UnicodeAttribute()
    position = NumberAttribute()
    featured = BooleanAttribute()
    variants = JSONAttribute()
    version = NumberAttribute()
    updated_at = UTCDateTimeAttribute()


class SkuRecord(Table):
    """What checkout prices: one item a sku, written in one transaction with its product."""

    class Meta(Table.Meta):
        table_name = table_name("skus")

    sku = UnicodeAttribute(hash_key=True)
    slug = UnicodeAttribute()
    name = UnicodeAttribute()
    options = JSONAttribute()
    price = NumberAttribute()
    tax_class = UnicodeAttribute(default="standard")
    image = UnicodeAttribute()
    active = BooleanAttribute()


class StockRecord(Table):
    """Units of a sku: `available + held + sold = received`. Apart from the sku, because it is written hot."""

    class Meta(Table.Meta):
        table_name = table_name("stock")

    sku = UnicodeAttribute(hash_key=True)
    shard = NumberAttribute(range_key=True)
    received = NumberAttribute()
    available = NumberAttribute()
    held = NumberAttribute()
    sold = NumberAttribute()
