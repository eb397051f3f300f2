"""The orders' table."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STREAM_NEW_AND_OLD_IMAGE
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.attributes import WholeNumber
from chalicelib.dynamo import Table, table_name


class OrdersByAccount(GlobalSecondaryIndex["OrderRecord"]):  # type: ignore[no-untyped-call]
    """An account's orders by time. Eventually consistent: for lists, never for a fence."""

    class Meta:
        index_name = "by-account"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    placed_at = UTCDateTimeAttribute(range_key=True)


class UnsettledOrders(GlobalSecondaryIndex["OrderRecord"]):  # type: ignore[no-untyped-call]
    """Orders that somebody must still finish, by when. Sparse, and in buckets so that no partition runs hot."""

    class Meta:
        index_name = "unsettled"
        projection = KeysOnlyProjection()

    settle_bucket = WholeNumber(hash_key=True)
    settle_by = UTCDateTimeAttribute(range_key=True)


class OrdersByGuest(GlobalSecondaryIndex["OrderRecord"]):  # type: ignore[no-untyped-call]
    """Guests' orders that no account has adopted, by the mark of their address."""

    class Meta:
        index_name = "by-guest"
        projection = KeysOnlyProjection()

    guest_mark = UnicodeAttribute(hash_key=True)
    placed_at = UTCDateTimeAttribute(range_key=True)


class OrderRecord(Table):
    """An order, and the record that makes its Idempotency-Key work. Its stream owes the mails."""

    class Meta(Table.Meta):
        table_name = table_name("orders")
        stream_view_type = STREAM_NEW_AND_OLD_IMAGE

    order_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute(null=True)
    guest = BooleanAttribute()
    guest_mark = UnicodeAttribute(null=True)
    fingerprint = UnicodeAttribute()
    version = WholeNumber()
    status = UnicodeAttribute()
    lease_until = UTCDateTimeAttribute(null=True)
    settle_bucket = WholeNumber(null=True)
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
    redeemed = JSONAttribute(null=True)

    by_account = OrdersByAccount()
    by_guest = OrdersByGuest()
    unsettled = UnsettledOrders()
