"""The promotions' tables."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.dynamo import Table, table_name


class PromotionRecord(Table):
    """A promo code: its terms, and how often it was used."""

    class Meta(Table.Meta):
        table_name = table_name("promotions")

    code = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    value = NumberAttribute()
    label = UnicodeAttribute()
    version = NumberAttribute()
    min_subtotal = NumberAttribute()
    starts_at = UTCDateTimeAttribute(null=True)
    ends_at = UTCDateTimeAttribute(null=True)
    max_uses = NumberAttribute(null=True)
    max_uses_per_customer = NumberAttribute(null=True)
    uses = NumberAttribute()
    active = BooleanAttribute()


class RedemptionRecord(Table):
    """How often one customer used a code that limits that."""

    class Meta(Table.Meta):
        table_name = table_name("redemptions")

    code = UnicodeAttribute(hash_key=True)
    customer = UnicodeAttribute(range_key=True)
    uses = NumberAttribute()
