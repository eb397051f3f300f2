"""Meters what a piece of work asks of AWS: each call, its units, and what it put into the tables' streams.

    with metered() as meter:
        api.get("/availability", sku=["TEAPOT-SAGE"])
    meter.calls

Every call to AWS is met, PynamoDB's too. Items are read before and after each write, past the meter, so that
their sizes are known; the processor time that this takes is `meter.overhead`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from msgspec import Struct, field

from bench.capacity import Index, Item, batch_read_units, index_units, item_size, read_units, write_units
from chalicelib.settings import settings
from infra.tables import all_tables
from tests.aws_calls import Make, intercepted

WRITES = ("PutItem", "UpdateItem", "DeleteItem")


class Shape(Struct, frozen=True):
    """What of a table decides its costs."""

    name: str
    key: tuple[str, ...]
    indexes: tuple[Index, ...]
    streams: bool


class Call(Struct):
    """A call to AWS; the units of DynamoDB are counted by table, and by `table.index`."""

    service: str
    operation: str
    reads: dict[str, float] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)

    @property
    def tables(self) -> list[str]:
        """The tables that it touches, without their indexes."""
        return sorted({name.partition(".")[0] for name in [*self.reads, *self.writes]})


class Change(Struct, frozen=True):
    """What a stream tells of an item."""

    table: str
    key: Item
    before: Item | None
    after: Item | None

    @property
    def record(self) -> dict[str, Any]:
        """The record as Lambda is given it."""
        kind = "INSERT" if self.before is None else "REMOVE" if self.after is None else "MODIFY"
        images = {"OldImage": self.before, "NewImage": self.after}
        told = {name: image for name, image in images.items() if image is not None}
        return {"eventName": kind, "dynamodb": {"Keys": self.key, **told}}


class Meter(Struct):
    """What was metered; `overhead` is the seconds of processor time that the metering itself took."""

    calls: list[Call] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    overhead: float = 0.0

    def send(self, service: str, make: Make, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Do a call and count it."""
        call = Call(service, operation)
        self.calls.append(call)
        if service != "dynamodb":
            return make(operation, asked)
        writes = _writes(operation, asked)
        before = self._look(make, writes)
        try:
            answer = make(operation, asked)
        finally:
            self._count_writes(call, writes, before, self._look(make, writes))
        self._count_reads(call, operation, asked, answer)
        return answer

    def _look(self, make: Make, writes: list[tuple[Shape, Item]]) -> list[Item | None]:
        began = time.process_time()
        found = [
            make("GetItem", {"TableName": _full(shape.name), "Key": dict(key), "ConsistentRead": True}).get("Item")
            for shape, key in writes
        ]
        self.overhead += time.process_time() - began
        return found

    def _count_writes(
        self, call: Call, writes: list[tuple[Shape, Item]], before: list[Item | None], after: list[Item | None]
    ) -> None:
        transaction = call.operation == "TransactWriteItems"
        for (shape, key), old, new in zip(writes, before, after, strict=True):
            _add(call.writes, shape.name, write_units(old, new, transaction=transaction))
            for index in shape.indexes:
                units = index_units(index, old, new, transaction=transaction)
                _add(call.writes, f"{shape.name}.{index.name}", units)
            if shape.streams and old != new:
                self.changes.append(Change(shape.name, key, old, new))

    def _count_reads(self, call: Call, operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        match operation:
            case "GetItem":
                consistent = asked.get("ConsistentRead", False)
                units = read_units(item_size(answer.get("Item")), consistent=consistent)
                _add(call.reads, _short(asked["TableName"]), units)
            case "BatchGetItem":
                for table, wanted in asked["RequestItems"].items():
                    sizes = [item_size(item) for item in answer["Responses"].get(table, [])]
                    sizes += [0] * (len(wanted["Keys"]) - len(sizes))
                    units = batch_read_units(sizes, consistent=wanted.get("ConsistentRead", False))
                    _add(call.reads, _short(table), units)
            case "Query" | "Scan":
                assert "FilterExpression" not in asked, "what is filtered out is paid for, and cannot be seen"
                size = sum(map(item_size, answer["Items"]))
                index = f".{asked['IndexName']}" if "IndexName" in asked else ""
                units = read_units(size, consistent=asked.get("ConsistentRead", False))
                _add(call.reads, _short(asked["TableName"]) + index, units)
            case _:
                assert call.writes or operation == "DescribeTable", f"{operation} is not metered"


@contextmanager
def metered() -> Iterator[Meter]:
    """Meter every call to AWS while the block lasts."""
    meter = Meter()
    with intercepted(meter.send):
        yield meter


@cache
def shapes() -> dict[str, Shape]:
    """Return every table's shape by its name without the stage."""
    return {shape.name: shape for shape in map(_shape, all_tables())}


def _shape(table: Any) -> Shape:
    schema = table._get_schema()
    key = _names(schema["key_schema"])
    indexes = []
    for one in schema["global_secondary_indexes"]:
        own = _names(one["key_schema"])
        everything = one["projection"]["ProjectionType"] == "ALL"
        indexes.append(Index(one["index_name"], own, None if everything else frozenset({*key, *own})))
    streams = getattr(table.Meta, "stream_view_type", None) is not None
    return Shape(_short(table.Meta.table_name), key, tuple(indexes), streams)


def _names(key_schema: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in key_schema)


def _writes(operation: str, asked: Mapping[str, Any]) -> list[tuple[Shape, Item]]:
    """Return the items that a call writes or checks: their tables and keys."""
    if operation == "TransactWriteItems":
        return [_write(one) for item in asked["TransactItems"] for one in item.values()]
    return [_write(asked)] if operation in WRITES else []


def _write(one: Mapping[str, Any]) -> tuple[Shape, Item]:
    shape = shapes()[_short(one["TableName"])]
    given = one.get("Key") or one["Item"]
    return shape, {part: given[part] for part in shape.key}


def _add(units: dict[str, Any], name: str, more: float) -> None:
    if more:
        units[name] = units.get(name, 0) + more


def _short(table: str) -> str:
    return table.removeprefix(settings().table_prefix)


def _full(table: str) -> str:
    return settings().table_prefix + table
