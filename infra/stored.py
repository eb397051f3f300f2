"""A stage's tables as they are stored, for backup, restore and migration: items that no model has read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import boto3
import botocore.exceptions

from chalicelib import backoff
from chalicelib.dynamo import BUSY, Table, table_name
from chalicelib.settings import settings
from infra.cloud import timeouts
from infra.faults import Fault
from infra.tables import all_tables, existing

# What the site's bucket shows, and the numbers of its editions, belong together and stay together.
OF_THE_SITE = "publishing"
ORDERS = "orders"
UNDER_WAY = {"key": {"S": "restore"}}
READ_SECONDS = 30
BATCH = 25
TRIES = 10
TOLD_EVERY = 10_000
FIRST_BACKOFF_SECONDS = 0.05
LONGEST_BACKOFF_SECONDS = 10.0

Item = Mapping[str, Mapping[str, Any]]


def data_tables() -> list[type[Table]]:
    """Return the tables that hold the shop's data: orders first, then what they rest on."""
    tables = [table for table in all_tables() if table.short_name() != OF_THE_SITE]
    return sorted(tables, key=lambda table: table.short_name() != ORDERS)


class Store:
    """Reads and writes whole tables. Everything is streamed: no table need fit into memory."""

    def __init__(self) -> None:
        self.client: Any = boto3.client("dynamodb", region_name=settings().region, config=timeouts(READ_SECONDS))

    def require_tables(self) -> None:
        """Raise Fault where the stage lacks a table."""
        missing = sorted({table.Meta.table_name for table in all_tables()}.difference(existing(self.client)))
        if missing:
            raise Fault(
                f"The stage {settings().stage} has no table {missing[0]} in {settings().region}. "
                "Open the shop there first, or name another STAGE or AWS_DEFAULT_REGION."
            )

    def items(self, table: type[Table], **asked: Any) -> Iterator[Item]:
        """Yield a table's items, read strongly, a page at a time."""
        for page in self.client.get_paginator("scan").paginate(
            TableName=table.Meta.table_name, ConsistentRead=True, **asked
        ):
            yield from page["Items"]

    def is_empty(self, table: type[Table]) -> bool:
        """Whether a table holds nothing."""
        return next(self.items(table, PaginationConfig={"PageSize": 1}), None) is None

    def put(self, table: type[Table], items: Iterable[Item]) -> None:
        """Put items."""
        self._write(table, ({"PutRequest": {"Item": item}} for item in items))

    def empty(self, table: type[Table]) -> None:
        """Delete every item."""
        names = {f"#{number}": name for number, name in enumerate(key_names(table))}
        keys = self.items(table, ProjectionExpression=", ".join(names), ExpressionAttributeNames=names)
        self._write(table, ({"DeleteRequest": {"Key": key}} for key in keys))

    def unfinished_restore(self) -> str | None:
        """Return the name of the backup whose restore was begun and not finished, or None."""
        found = self.client.get_item(TableName=table_name(OF_THE_SITE), Key=UNDER_WAY, ConsistentRead=True).get("Item")
        return found["backup"]["S"] if found else None

    def begin_restore(self, backup: str) -> None:
        """Remember that a restore is under way."""
        self.client.put_item(TableName=table_name(OF_THE_SITE), Item={**UNDER_WAY, "backup": {"S": backup}})

    def finish_restore(self) -> None:
        """Forget it again."""
        self.client.delete_item(TableName=table_name(OF_THE_SITE), Key=UNDER_WAY)

    def _write(self, table: type[Table], requests: Iterable[Any]) -> None:
        waiting = iter(requests)
        while batch := list(islice(waiting, BATCH)):
            self._write_batch(table.Meta.table_name, batch)

    def _write_batch(self, name: str, batch: list[Any]) -> None:
        """Write until nothing is left over; raises Fault where the table stays too busy."""
        for attempt in range(TRIES):
            if attempt:
                backoff.pause(attempt - 1, FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS)
            batch = self._left_over(name, batch)
            if not batch:
                return
        raise Fault(f"{name} stays too busy. Run the same command again: it begins anew and does no harm.")

    def _left_over(self, name: str, batch: list[Any]) -> list[Any]:
        """Write what the table takes; returns what it was too busy for."""
        try:
            answer = self.client.batch_write_item(RequestItems={name: batch})
        except botocore.exceptions.ClientError as error:
            if error.response["Error"].get("Code") not in BUSY:
                raise
            return batch
        left: list[Any] = answer.get("UnprocessedItems", {}).get(name, [])
        return left


def progress(name: str, items: Iterable[Item]) -> Iterator[Item]:
    """Yield items, and say now and then how many there have been."""
    count = 0
    for count, item in enumerate(items, 1):
        yield item
        if count % TOLD_EVERY == 0:
            print(f"{name}: {count:,} so far")
    print(f"{name}: {count:,}")


def key_names(table: type[Table]) -> list[str]:
    """Return the attributes of a table's key."""
    names = (table._hash_keyname, table._range_keyname)
    return [str(name) for name in names if name is not None]


def key_types(table: type[Table]) -> dict[str, str]:
    """Return DynamoDB's type of each attribute that the table or one of its indexes has in its key."""
    return {one["AttributeName"]: one["AttributeType"] for one in table._get_schema()["attribute_definitions"]}
