"""What publishing remembers."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from chalicelib.attributes import WholeNumber
from chalicelib.dynamo import Table, table_name


class PublishingRecord(Table):
    """Under `edition` the number of the latest edition; under `set-aside` the products left out, and since which."""

    class Meta(Table.Meta):
        table_name = table_name("publishing")

    key = UnicodeAttribute(hash_key=True)
    edition = WholeNumber()
    products = JSONAttribute(null=True)
