"""DynamoDB for every domain: the base table, one shared and timed connection, reads of several tables, transactions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import Any, Literal, Self
from uuid import uuid4

import botocore.exceptions
from msgspec import Struct
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.exceptions import TransactWriteError, VerboseClientError
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib import backoff, deadline, metrics, migrations, wire
from chalicelib.attributes import WholeNumber
from chalicelib.errors import Unavailable
from chalicelib.ledger import Read, Refused, Write
from chalicelib.once import once
from chalicelib.settings import settings
from chalicelib.trace import Stage

LOG = logging.getLogger(__name__)
CONNECT_SECONDS = 1
READ_SECONDS = 2
MOST_CONNECTIONS = 64
_first_use = RLock()

CALL_SECONDS = CONNECT_SECONDS + READ_SECONDS
TRIES = 3
COMMIT_TRIES = 5
FIRST_BACKOFF_SECONDS = 0.02
BATCH_LIMIT = 100

BUSY = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        # A write alone met a transaction; a transaction was repeated while its first try was still at work.
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
RETRYABLE_REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
CONDITION_FAILED = "ConditionalCheckFailed"
CONDITION_CHECK_FAILED = "ConditionalCheckFailedException"
# What came of a call, by what its error's code, or the code of one of a transaction's reasons, holds: the first counts.
OUTCOMES = (
    (CONDITION_FAILED, "refused"),
    ("TransactionConflict", "conflict"),
    ("TransactionInProgress", "conflict"),
    ("Throttling", "throttled"),
    ("Exceeded", "throttled"),
)


class SharedConnection(Connection):
    """One client for all tables. Its calls are timed, tried again inside the deadline, and outages told as one fact."""

    def __init__(self) -> None:
        super().__init__(region=settings().region)
        self._wire = wire.Client(
            wire.DYNAMODB,
            settings().region,
            connect_seconds=CONNECT_SECONDS,
            read_seconds=READ_SECONDS,
            connections=MOST_CONNECTIONS,
        )

    def __repr__(self) -> str:
        return f"SharedConnection<{self._wire.url}>"

    @property
    def client(self) -> wire.Client:  # type: ignore[override]  # PynamoDB only makes calls by it.
        """Return what speaks to DynamoDB."""
        return self._wire

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        cause: Exception | None = None
        for attempt in range(TRIES):
            if attempt:
                _pause(attempt - 1)
            if not deadline.allows(CALL_SECONDS):
                break
            try:
                return self._timed_call(operation_name, operation_kwargs)
            except VerboseClientError as error:
                if error.response["Error"].get("Code") not in BUSY:
                    raise
                cause = error
            except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError) as error:
                cause = error
        LOG.warning("%s is given up: %s", operation_name, cause or "its deadline is too near")
        raise Unavailable from cause

    def _timed_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        description = f"{operation_name} {_table_names(operation_kwargs)}"
        with Stage("db", description, items=_item_count(operation_kwargs)) as call:
            try:
                return super()._make_api_call(operation_name, operation_kwargs)
            except VerboseClientError as error:
                call.outcome = _outcome(error)
                if call.outcome == "conflict":
                    metrics.count("Conflicts")
                raise


def _pause(attempt: int) -> None:
    """Wait before another try, and count it."""
    metrics.count("Retries")
    backoff.pause(attempt, FIRST_BACKOFF_SECONDS)


def _table_names(operation: dict[str, Any]) -> str:
    """Name the tables of a call, without the stage's prefix."""
    items = operation.get("TransactItems", [])
    names = [next(iter(item.values()))["TableName"] for item in items]
    names += operation.get("RequestItems", {})
    names += [operation["TableName"]] if "TableName" in operation else []
    return " ".join(dict.fromkeys(name.removeprefix(settings().table_prefix) for name in names))


def _item_count(operation: dict[str, Any]) -> int:
    """Count the items that a call names. What it finds is not told: it would say whether an account exists."""
    asked = sum(len(table.get("Keys", ())) for table in operation.get("RequestItems", {}).values())
    return asked or len(operation.get("TransactItems", ()))


def _outcome(error: VerboseClientError) -> str:
    """Name what came of a call that failed: refused by a condition, in conflict, throttled, or else failed."""
    codes = [error.response["Error"].get("Code", ""), *(one.code for one in error.cancellation_reasons if one)]
    return next((outcome for mark, outcome in OUTCOMES if any(mark in code for code in codes)), "failed")


@once
def connection() -> SharedConnection:
    """Return this process's connection; PynamoDB would otherwise make a client for every table."""
    return SharedConnection()


class Table(Model):
    """What every table shares. A model's `Meta` extends `Table.Meta` and names its table by `table_name(…)`.

    Records are written in the current schema version; an earlier one's are read as what they would be in it.
    """

    class Meta:
        table_name: str
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    schema_version = WholeNumber(null=True)

    @classmethod
    def short_name(cls) -> str:
        """Return the table's name without the stage's prefix."""
        return cls.Meta.table_name.removeprefix(settings().table_prefix)

    @classmethod
    def stamp(cls) -> Action:
        """Return what every update that may bring a record into being does besides: say of which version it is."""
        return cls.schema_version.set(cls.schema_version | migrations.current(cls.short_name()))

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """Make a record of an item. One without a version may be a part of one, as an index gives it: it stays so."""
        told = migrations.SCHEMA_VERSION in data
        return super().from_raw_data(dict(migrations.upgraded(cls.short_name(), data)) if told else data)

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:  # noqa: FBT001, FBT002 -- PynamoDB's.
        """Return the item to put."""
        version = {migrations.SCHEMA_VERSION: {"N": str(migrations.current(self.short_name()))}}
        return super().serialize(null_check) | version

    @classmethod
    def _get_connection(cls) -> TableConnection:
        known = cls._connection
        if known is not None and known.connection is connection():
            return known
        # PynamoDB's own way is not made for threads that use a table for the first time together.
        with _first_use:
            table = super()._get_connection()
            if table.connection is not connection():
                connection().add_meta_table(table.get_meta_table())
                table.connection = connection()
            return table


def table_name(name: str) -> str:
    """Return a table's full name in this stage."""
    return settings().table_prefix + name


class DynamoRead(Struct, frozen=True):
    """A `Read` of one item by its key; `facts` makes of the record what its repository gives."""

    subject: str
    table: type[Table]
    key: tuple[str | int, ...]
    facts: Callable[[Any], Any]

    @property
    def raw_key(self) -> dict[str, dict[str, str]]:
        """The key as DynamoDB spells it."""
        names = (self.table._hash_keyname, self.table._range_keyname)
        return {
            str(name): {attribute.attr_type: attribute.serialize(value)}
            for name, value in zip(names, self.key, strict=False)
            for attribute in [self.table.get_attributes()[str(name)]]
        }


Keyed = Sequence[tuple[DynamoRead, Mapping[str, Mapping[str, str]]]]


class DynamoWrite(Struct, frozen=True):
    """A `Write` that adds itself to a PynamoDB transaction."""

    subject: str
    kind: Literal["check", "delete", "put", "update"]
    add: Callable[[TransactWrite], None]


class DynamoLedger:
    """Reads in one BatchGetItem call, commits in one TransactWriteItems call."""

    def read(self, reads: Sequence[Read]) -> dict[str, Any]:
        """Return what exists, by subject, read strongly; raises Unavailable when the tables stay too busy."""
        ours = [read for read in reads if isinstance(read, DynamoRead)]
        assert len(ours) == len(reads), "a read that is not DynamoDB's would be lost"
        batches = (ours[start : start + BATCH_LIMIT] for start in range(0, len(ours), BATCH_LIMIT))
        return {subject: facts for batch in batches for subject, facts in self._read(batch).items()}

    def _read(self, ours: Sequence[DynamoRead]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        keyed = [(read, read.raw_key) for read in ours]
        asked, in_vain = _requests(keyed), 0
        while True:
            answer = connection().dispatch("BatchGetItem", {"RequestItems": asked})
            found |= _found(keyed, answer["Responses"])
            left = answer.get("UnprocessedKeys", {})
            if not left:
                return found
            in_vain = 0 if _keys(left) < _keys(asked) else in_vain + 1
            if in_vain == COMMIT_TRIES:
                raise Unavailable
            asked = left
            _pause(in_vain)

    def commit(self, writes: Sequence[Write]) -> None:
        """Apply every write or none; raises Refused, or Unavailable when the tables stay too busy.

        Every try carries the same token, so that one whose answer was lost is not applied twice.
        """
        ordered, token = _in_reason_order(writes), uuid4().hex
        for attempt in range(COMMIT_TRIES):
            if attempt:
                _pause(attempt - 1)
            try:
                with TransactWrite(connection=connection(), client_request_token=token) as transaction:
                    for write in ordered:
                        write.add(transaction)
            except TransactWriteError as error:
                _raise_unless_retryable(error, ordered)
            else:
                return
        raise Unavailable


def _requests(keyed: Keyed) -> dict[str, Any]:
    requests: dict[str, Any] = {}
    for read, key in keyed:
        table = requests.setdefault(read.table.Meta.table_name, {"ConsistentRead": True, "Keys": []})
        table["Keys"].append(key)
    return requests


def _keys(requests: Mapping[str, Any]) -> int:
    return sum(len(table["Keys"]) for table in requests.values())


def _found(keyed: Keyed, responses: Mapping[str, Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """Return the facts of those reads whose items came, by subject."""
    wanted = {_place(read.table.Meta.table_name, key): read for read, key in keyed}
    key_names = {read.table.Meta.table_name: key.keys() for read, key in keyed}
    found = {}
    for table, items in responses.items():
        for item in items:
            read = wanted[_place(table, {name: item[name] for name in key_names[table]})]
            found[read.subject] = read.facts(read.table.from_raw_data(item))
    return found


def _place(table: str, key: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    return (table, *map(str, key.values()))


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
