"""Calls the event handlers that Lambda would call, streams' and schedules': what `chalice local` does not do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3

from app import (
    follow_accounts,
    follow_orders,
    publish_products,
    publish_stock,
    send_mails,
    send_sandbox_webhooks,
    sweep,
)
from chalicelib.settings import settings
from dev import waiting

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient

POLL_SECONDS = 0.5
LOOK_SECONDS = 10
TRIES = 3
BATCH = 100

SWEEP_SECONDS = 60
# What a schedule sends; the handler asks for none of it, but Chalice does.
TICK = dict.fromkeys(("version", "account", "region", "detail", "detail-type", "source", "time", "id", "resources"), "")

HANDLERS: dict[str, Callable[[Any, Any], Any]] = {
    "mails": send_mails,
    "orders": follow_orders,
    "accounts": follow_accounts,
    "sandbox-payments": send_sandbox_webhooks,
    "products": publish_products,
    "stock": publish_stock,
}


class Shard:
    """A shard of a table's stream, read from its beginning: handlers are idempotent."""

    def __init__(self, client: DynamoDBStreamsClient, arn: str, shard_id: str) -> None:
        self._client = client
        found = client.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON")
        self._next: str | None = found["ShardIterator"]

    def records(self) -> list[Any]:
        """Return what has come since the last call."""
        if self._next is None:
            return []
        found = self._client.get_records(ShardIterator=self._next)
        self._next = found.get("NextShardIterator")
        return list(found["Records"])


def main() -> None:
    """Poll for ever."""
    waiting.api()
    client = boto3.client("dynamodbstreams", region_name=settings().region)
    shards: dict[str, tuple[str, Shard]] = {}
    swept_at = looked_at = float("-inf")
    while True:
        if time.monotonic() - swept_at > SWEEP_SECONDS:
            attempt("The sweeper", lambda: sweep(TICK, None))
            swept_at = time.monotonic()
        if time.monotonic() - looked_at > LOOK_SECONDS:
            for table, arn, shard_id in find_shards(client):
                # The local AWS gives the shards of all streams the same names.
                name = f"{arn} {shard_id}"
                if name not in shards:
                    shards[name] = (table, Shard(client, arn, shard_id))
            looked_at = time.monotonic()
        for table, shard in shards.values():
            feed(table, shard.records())
        time.sleep(POLL_SECONDS)


def find_shards(client: DynamoDBStreamsClient) -> Iterator[tuple[str, str, str]]:
    """Yield table, stream and shard of every stream that has a handler."""
    for table in HANDLERS:
        for stream in client.list_streams(TableName=settings().table_prefix + table)["Streams"]:
            described = client.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
            for shard in described["Shards"]:
                yield table, stream["StreamArn"], shard["ShardId"]


def feed(table: str, records: list[Any]) -> None:
    """Hand records to their table's handler, in batches."""
    for start in range(0, len(records), BATCH):
        deliver(table, records[start : start + BATCH])


def deliver(table: str, batch: list[Any]) -> None:
    """Hand over a batch; one that fails is tried again, then halved, until the record at fault is told and left."""
    for _ in range(TRIES):
        if attempt(f"The handler of {table}", lambda: HANDLERS[table]({"Records": batch}, None)):
            return
        time.sleep(POLL_SECONDS)
    if len(batch) > 1:
        middle = len(batch) // 2
        deliver(table, batch[:middle])
        deliver(table, batch[middle:])
    else:
        print(f"A record of {table} was left out. When its fault is mended, `make publish` catches up with the pages.")


def attempt(name: str, work: Callable[[], Any]) -> bool:
    """Do some work; say so if it fails, as Lambda's log would."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 -- whatever it is.
        print(f"{name} failed: {error}")
        return False
    return True


if __name__ == "__main__":
    main()
