"""DynamoDB for every domain: the base table, one shared and timed connection, and transactions."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Literal

import botocore.exceptions
from msgspec import Struct
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.exceptions import TransactWriteError, VerboseClientError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.errors import Unavailable
from chalicelib.ledger import Refused, Write
from chalicelib.settings import settings
from chalicelib.trace import stage

CONNECT_SECONDS = 1
READ_SECONDS = 2
RETRIES = 2
COMMIT_TRIES = 5
FIRST_BACKOFF_SECONDS = 0.02

BUSY = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)
RETRYABLE_REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
CONDITION_FAILED = "ConditionalCheckFailed"
CONDITION_CHECK_FAILED = "ConditionalCheckFailedException"


class SharedConnection(Connection):
    """One client for all tables, its calls timed, its outages told as `Unavailable`."""

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        with stage("db", f"{operation_name} {_table_names(operation_kwargs)}"):
            try:
                return super()._make_api_call(operation_name, operation_kwargs)
            except VerboseClientError as error:
                if error.response["Error"].get("Code") in BUSY:
                    raise Unavailable from error
                raise
            except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError) as error:
                raise Unavailable from error


def _table_names(operation: dict[str, Any]) -> str:
    """Name the tables of a call, without the stage's prefix."""
    items = operation.get("TransactItems", [])
    names = [next(iter(item.values()))["TableName"] for item in items]
    names += operation.get("RequestItems", {})
    names += [operation["TableName"]] if "TableName" in operation else []
    return " ".join(dict.fromkeys(name.removeprefix(settings().table_prefix) for name in names))


@cache
def connection() -> SharedConnection:
    """Return this process's connection; PynamoDB would otherwise make a client for every table."""
    return SharedConnection(
        region=settings().region,
        connect_timeout_seconds=CONNECT_SECONDS,
        read_timeout_seconds=READ_SECONDS,
        max_retry_attempts=RETRIES,
        max_pool_connections=64,
    )


class Table(Model):
    """What every table shares. A model's `Meta` extends `Table.Meta` and names its table by `table_name(…)`."""

    class Meta:
        table_name: str
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        if table.connection is not connection():
            connection().add_meta_table(table.get_meta_table())
            table.connection = connection()
        return table


def table_name(name: str) -> str:
    """Return a table's full name in this stage."""
    return settings().table_prefix + name


class DynamoWrite(Struct, frozen=True):
    """A `Write` that adds itself to a PynamoDB transaction."""

    subject: str
    kind: Literal["check", "delete", "put", "update"]
    add: Callable[[TransactWrite], None]


class DynamoLedger:
    """Commits writes in one TransactWriteItems call."""

    def commit(self, writes: Sequence[Write]) -> None:
        """Apply every write or none; raises Refused, or Unavailable when the tables stay too busy."""
        ordered = _in_reason_order(writes)
        for attempt in range(COMMIT_TRIES):
            try:
                with TransactWrite(connection=connection()) as transaction:
                    for write in ordered:
                        write.add(transaction)
            except TransactWriteError as error:
                _raise_unless_retryable(error, ordered)
            else:
                return
            time.sleep(random.uniform(0, FIRST_BACKOFF_SECONDS * 2**attempt))
        raise Unavailable


def _in_reason_order(writes: Sequence[Write]) -> list[DynamoWrite]:
    """Sort writes as PynamoDB sends them, so that cancellation reasons line up with them."""
    kinds = ("check", "delete", "put", "update")
    ours = [write for write in writes if isinstance(write, DynamoWrite)]
    assert len(ours) == len(writes), "a write that is not DynamoDB's would be lost"
    return sorted(ours, key=lambda write: kinds.index(write.kind))


def _raise_unless_retryable(error: TransactWriteError, writes: Sequence[DynamoWrite]) -> None:
    if error.cause_response_code != "TransactionCanceledException":
        raise error
    reasons = [reason.code if reason else None for reason in error.cancellation_reasons]
    failed = [write.subject for write, reason in zip(writes, reasons, strict=False) if reason == CONDITION_FAILED]
    if failed:
        raise Refused(failed) from error
    if not all(reason is None or reason in RETRYABLE_REASONS for reason in reasons):
        raise error
