"""Search's table."""

from __future__ import annotations

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.attributes import WholeNumber
from chalicelib.dynamo import Table, table_name


class MissedSearchRecord(Table):
    """Words that were looked for and found nothing. Who looked is not kept."""

    class Meta(Table.Meta):
        table_name = table_name("searches")

    words = UnicodeAttribute(hash_key=True)
    times = WholeNumber()
    last_at = UTCDateTimeAttribute()
    expires = TTLAttribute()
