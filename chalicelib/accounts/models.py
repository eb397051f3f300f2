"""The accounts' tables."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.dynamo import Table, table_name


class AccountRecord(Table):
    """An account, or the claim on an address: an item keyed `email#…` that makes the address unique."""

    class Meta(Table.Meta):
        table_name = table_name("accounts")

    account_id = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    password_hash = UnicodeAttribute(null=True)
    session_epoch = NumberAttribute(null=True)
    created_at = UTCDateTimeAttribute(null=True)
    claimed_by = UnicodeAttribute(null=True)


class SessionRecord(Table):
    """A signed-in device."""

    class Meta(Table.Meta):
        table_name = table_name("sessions")

    account_id = UnicodeAttribute(hash_key=True)
    family_id = UnicodeAttribute(range_key=True)
    token_hash = UnicodeAttribute()
    session_epoch = NumberAttribute()
    idle_until = UTCDateTimeAttribute()
    absolute_until = UTCDateTimeAttribute()
    expires = TTLAttribute()
