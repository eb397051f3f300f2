"""The accounts' table."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, JSONAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STREAM_KEYS_ONLY

from chalicelib.attributes import WholeNumber
from chalicelib.dynamo import Table, table_name


class AccountRecord(Table):
    """An account; or, keyed `email#…`, the claim that makes an address unique; or, keyed `link#…`, a link in a mail."""

    class Meta(Table.Meta):
        table_name = table_name("accounts")
        # Keys only: what is in the table is nobody's business downstream.
        stream_view_type = STREAM_KEYS_ONLY

    account_id = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    password_hash = UnicodeAttribute(null=True)
    session_epoch = WholeNumber(null=True)
    created_at = UTCDateTimeAttribute(null=True)
    version = WholeNumber(null=True)
    role = UnicodeAttribute(null=True)
    email_verified = BooleanAttribute(null=True)
    pending_email = UnicodeAttribute(null=True)
    totp_secret = UnicodeAttribute(null=True)
    pending_totp_secret = UnicodeAttribute(null=True)
    totp_step = WholeNumber(null=True)
    recovery_hashes = JSONAttribute(null=True)

    claimed_by = UnicodeAttribute(null=True)
    purpose = UnicodeAttribute(null=True)
    expires_at = UTCDateTimeAttribute(null=True)
    expires = TTLAttribute(null=True)
