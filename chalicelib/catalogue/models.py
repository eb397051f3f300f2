"""The catalogue's tables."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STREAM_NEW_AND_OLD_IMAGE

from chalicelib.attributes import WholeNumber
from chalicelib.dynamo import Table, table_name


class ProductRecord(Table):
    """What a product's page shows, its variants inside. Its stream publishes the pages.

    `version` counts the shop's own changes: one made on an earlier version is refused.
    """

    class Meta(Table.Meta):
        table_name = table_name("products")
        stream_view_type = STREAM_NEW_AND_OLD_IMAGE

    slug = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    category = UnicodeAttribute()
    description = UnicodeAttribute()
    material = UnicodeAttribute()
    details = JSONAttribute()
    image = UnicodeAttribute()
    image_alt = UnicodeAttribute()
    position = WholeNumber()
    featured = BooleanAttribute()
    variants = JSONAttribute()
    version = WholeNumber()
    updated_at = UTCDateTimeAttribute()


class SkuRecord(Table):
    """What checkout prices: one item a sku, written in one transaction with its product."""

    class Meta(Table.Meta):
        table_name = table_name("skus")

    sku = UnicodeAttribute(hash_key=True)
    slug = UnicodeAttribute()
    name = UnicodeAttribute()
    options = JSONAttribute()
    price = WholeNumber()
    tax_class = UnicodeAttribute(default="standard")
    image = UnicodeAttribute()
    active = BooleanAttribute()


class StockRecord(Table):
    """Units of a sku: `available + held + sold = received`. Apart from the sku, because it is written hot.

    Its stream tells the pages when a sku has sold out, or is back.
    """

    class Meta(Table.Meta):
        table_name = table_name("stock")
        stream_view_type = STREAM_NEW_AND_OLD_IMAGE

    sku = UnicodeAttribute(hash_key=True)
    shard = WholeNumber(range_key=True)
    received = WholeNumber()
    available = WholeNumber()
    held = WholeNumber()
    sold = WholeNumber()
