"""The outbox."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.constants import STREAM_NEW_IMAGE

from chalicelib.dynamo import Table, table_name


class MailRecord(Table):
    """A mail that is owed: written in the transaction of its cause, sent by the stream's handler."""

    class Meta(Table.Meta):
        table_name = table_name("mails")
        stream_view_type = STREAM_NEW_IMAGE

    mail_id = UnicodeAttribute(hash_key=True)
    template = UnicodeAttribute()
    to = UnicodeAttribute(null=True)
    values = JSONAttribute()
    created_at = UTCDateTimeAttribute()
    sent_at = UTCDateTimeAttribute(null=True)
    expires = TTLAttribute()
