"""The promotions' tables."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.attributes import WholeNumber
from chalicelib.dynamo import Table, table_name


class PromotionRecord(Table):
    """A promo code: its terms, and how often it was used."""

    class Meta(Table.Meta):
        table_name = table_name("promotions")

    code = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    value = WholeNumber()
    label = UnicodeAttribute()
    version = WholeNumber()
    min_subtotal = WholeNumber()
    starts_at = UTCDateTimeAttribute(null=True)
    ends_at = UTCDateTimeAttribute(null=True)
    max_uses = WholeNumber(null=True)
    max_uses_per_customer = WholeNumber(null=True)
    uses = WholeNumber()
    active = BooleanAttribute()


class RedemptionRecord(Table):
    """How often one customer used a code that limits that."""

    class Meta(Table.Meta):
        table_name = table_name("redemptions")

    code = UnicodeAttribute(hash_key=True)
    customer = UnicodeAttribute(range_key=True)
    uses = WholeNumber()
