"""The orders' table."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.dynamo import Table, table_name


class OrdersByAccount(GlobalSecondaryIndex["OrderRecord"]):  # type: ignore[no-untyped-call]
    """An account's orders by time. Eventually consistent: for lists, never for a fence."""

    class Meta:
        index_name = "by-account"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    placed_at = UTCDateTimeAttribute(range_key=True)


class OrderRecord(Table):
    """An order, and the record that makes its Idempotency-Key work."""

    class Meta(Table.Meta):
        table_name = table_name("orders")

    order_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute(null=True)
    fingerprint = UnicodeAttribute()
    version = NumberAttribute()
    status = UnicodeAttribute()
    lease_until = UTCDateTimeAttribute(null=True)
    settle_by = UTCDateTimeAttribute(null=True)
    placed_at = UTCDateTimeAttribute()
    contact = JSONAttribute()
    lines = JSONAttribute()
    totals = JSONAttribute()
    delivery = JSONAttribute()
    payment = JSONAttribute()
    timeline = JSONAttribute()
    decline_code = UnicodeAttribute(null=True)

    by_account = OrdersByAccount()
