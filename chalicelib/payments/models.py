"""The tables of payments: what gateways have told us, and the sandbox gateway's own memory."""

from __future__ import annotations

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.constants import STREAM_NEW_IMAGE

from chalicelib.attributes import WholeNumber
from chalicelib.dynamo import Table, table_name


class PaymentEventRecord(Table):
    """News of a gateway that was acted on: written in the transaction that acts."""

    class Meta(Table.Meta):
        table_name = table_name("payment-events")

    event_id = UnicodeAttribute(hash_key=True)
    payment_id = UnicodeAttribute()
    expires = TTLAttribute()


class SandboxPaymentRecord(Table):
    """A payment at the sandbox. Its stream is where the sandbox's webhooks come from."""

    class Meta(Table.Meta):
        table_name = table_name("sandbox-payments")
        stream_view_type = STREAM_NEW_IMAGE

    payment_id = UnicodeAttribute(hash_key=True)
    order_id = UnicodeAttribute()
    status = UnicodeAttribute()
    amount = WholeNumber()
    currency = UnicodeAttribute()
    method = UnicodeAttribute(null=True)
    return_url = UnicodeAttribute(null=True)
