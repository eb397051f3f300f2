"""What the streams of orders and accounts cause, and what is done at night."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, cast

from chalicelib import bootstrap, metrics, trace
from chalicelib.orders import books
from chalicelib.orders.schemas import OrderStatus

LOG = logging.getLogger(__name__)


def orders_changed(records: Iterable[Mapping[str, Any]]) -> None:
    """Do what each new status causes; `records` are those of a DynamoDB stream, and may come again."""
    for record in records:
        change = record["dynamodb"]
        after, before = _status(change.get("NewImage")), _status(change.get("OldImage"))
        # An order comes into being unpaid, which causes nothing: one that appears in another status was restored.
        if before is not None and after is not None and after != before:
            order_id: str = change["Keys"]["order_id"]["S"]
            trace.about(order=order_id)
            bootstrap.orders().status_came(order_id, after)


def accounts_changed(records: Iterable[Mapping[str, Any]]) -> None:
    """Let each account whose address is proven adopt what its owner has bought as a guest."""
    for record in records:
        key: str = record["dynamodb"]["Keys"]["account_id"]["S"]
        if record["eventName"] != "REMOVE" and "#" not in key:
            trace.about(account_id=key)
            bootstrap.orders().adopt(key)


def compare_books() -> int:
    """Tell every difference between stock, orders and payments as an error; returns how many there are."""
    differences = books.check()
    for difference in differences:
        LOG.error("the books do not balance: %s", difference)
    metrics.count("BooksDifferences", len(differences))
    return len(differences)


def _status(image: Mapping[str, Any] | None) -> OrderStatus | None:
    return cast(OrderStatus, image["status"]["S"]) if image else None
