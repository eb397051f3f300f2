"""Feeds the tables' streams to the event handlers that Lambda would call: what `chalice local` does not do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3

from app import send_mails
from chalicelib.settings import settings
from dev import waiting

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient

POLL_SECONDS = 0.5
TRIES = 5

HANDLERS: dict[str, Callable[[Any, Any], Any]] = {"mails": send_mails}


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
    while True:
        for table, arn, shard_id in list(find_shards(client)):
            shards.setdefault(shard_id, (table, Shard(client, arn, shard_id)))
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
    """Hand records to their table's handler; one that fails is tried again, then told and left."""
    for record in records:
        for attempt in range(TRIES):
            try:
                HANDLERS[table]({"Records": [record]}, None)
                break
            except Exception as error:  # noqa: BLE001 -- as Lambda does, whatever it is.
                print(f"The handler of {table} failed, try {attempt + 1} of {TRIES}: {error}")
                time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
