"""The sandbox gateway's own memory."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.dynamo import Table, table_name


class SandboxPaymentRecord(Table):
    """A payment at the sandbox, under the idempotency key that created it."""

    class Meta(Table.Meta):
        table_name = table_name("sandbox-payments")

    payment_id = UnicodeAttribute(hash_key=True)
    method = UnicodeAttribute()
    status = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
