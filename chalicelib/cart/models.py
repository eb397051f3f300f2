"""The carts' table."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from chalicelib.attributes import WholeNumber
from chalicelib.dynamo import Table, table_name


class CartRecord(Table):
    """An account's cart."""

    class Meta(Table.Meta):
        table_name = table_name("carts")

    account_id = UnicodeAttribute(hash_key=True)
    quantities = JSONAttribute()
    version = WholeNumber()
