"""The sessions' table."""

from __future__ import annotations

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.attributes import WholeNumber
from chalicelib.dynamo import Table, table_name


class SessionRecord(Table):
    """A signed-in device."""

    class Meta(Table.Meta):
        table_name = table_name("sessions")

    account_id = UnicodeAttribute(hash_key=True)
    family_id = UnicodeAttribute(range_key=True)
    token_hash = UnicodeAttribute()
    previous_hash = UnicodeAttribute(null=True)
    session_epoch = WholeNumber()
    device = UnicodeAttribute()
    signed_in_at = UTCDateTimeAttribute()
    rotated_at = UTCDateTimeAttribute()
    idle_until = UTCDateTimeAttribute()
    absolute_until = UTCDateTimeAttribute()
    expires = TTLAttribute()
