"""The throttles' table."""

from __future__ import annotations

from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from chalicelib.attributes import WholeNumber
from chalicelib.dynamo import Table, table_name


class ThrottleRecord(Table):
    """A counter: its key holds the bucket, the window and a hash of whoever is counted. TTL is cleaning only."""

    class Meta(Table.Meta):
        table_name = table_name("throttles")

    key = UnicodeAttribute(hash_key=True)
    tries = WholeNumber()
    expires = TTLAttribute()
