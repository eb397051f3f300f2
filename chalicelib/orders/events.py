"""What the streams of orders and accounts cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from chalicelib import bootstrap
from chalicelib.orders.schemas import OrderStatus


def orders_changed(records: Iterable[Mapping[str, Any]]) -> None:
    """Do what each new status causes; `records` are those of a DynamoDB stream, and may come again."""
    for record in records:
        change = record["dynamodb"]
        after, before = _status(change.get("NewImage")), _status(change.get("OldImage"))
        if after is not None and after != before:
            bootstrap.orders().status_came(change["Keys"]["order_id"]["S"], after)


def accounts_changed(records: Iterable[Mapping[str, Any]]) -> None:
    """Let each account whose address is proven adopt what its owner has bought as a guest."""
    for record in records:
        key: str = record["dynamodb"]["Keys"]["account_id"]["S"]
        if record["eventName"] != "REMOVE" and "#" not in key:
            bootstrap.orders().adopt(key)


def _status(image: Mapping[str, Any] | None) -> OrderStatus | None:
    return cast(OrderStatus, image["status"]["S"]) if image else None
