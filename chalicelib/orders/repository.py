"""Reads and fenced writes of orders in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import msgspec
from pynamodb.exceptions import DoesNotExist, PutError
from pynamodb.expressions.condition import Condition

from chalicelib.dynamo import CONDITION_CHECK_FAILED, DynamoWrite
from chalicelib.orders.domain import OrderFacts
from chalicelib.orders.models import OrderRecord

SETTLE_BUCKETS = 16


class OrdersRepository:
    """Orders."""

    def find(self, order_id: str) -> OrderFacts | None:
        """Return an order, read strongly, or None."""
        try:
            return _facts(OrderRecord.get(order_id, consistent_read=True))
        except DoesNotExist:
            return None

    def add(self, order: OrderFacts) -> DynamoWrite:
        """Put a new order; refuses as `order:ID` where there is one already."""
        record, absent = _record(order), OrderRecord.order_id.does_not_exist()
        return DynamoWrite(f"order:{order.order_id}", "put", lambda t: t.save(record, condition=absent))

    def change(self, before: OrderFacts, after: OrderFacts) -> DynamoWrite:
        """Put an order's next state, if nobody changed it since `before`; refuses as `order:ID`."""
        record, fence = _record(after), _fence(before)
        return DynamoWrite(f"order:{before.order_id}", "put", lambda t: t.save(record, condition=fence))

    def replace(self, before: OrderFacts, after: OrderFacts) -> bool:
        """Like `change`, alone and at once; False where somebody else was faster."""
        try:
            _record(after).save(condition=_fence(before))
        except PutError as error:
            if error.cause_response_code == CONDITION_CHECK_FAILED:
                return False
            raise
        return True

    def unsettled(self, before: datetime) -> Iterator[str]:
        """Yield the orders whose time is up, those that wait longest first in each bucket."""
        for bucket in range(SETTLE_BUCKETS):
            for record in OrderRecord.unsettled.query(bucket, OrderRecord.settle_by <= before):
                yield record.order_id

    def of_guest(self, guest_mark: str) -> list[str]:
        """Return the orders of a guest's address that no account has adopted."""
        return [record.order_id for record in OrderRecord.by_guest.query(guest_mark)]

    def all(self) -> Iterator[OrderFacts]:
        """Yield every order."""
        return (_facts(record) for record in OrderRecord.scan(consistent_read=True))

    def of_account(
        self, account_id: str, limit: int, after: tuple[str, datetime] | None
    ) -> tuple[list[OrderFacts], bool]:
        """Return an account's orders after one of them, the latest first, and whether more follow."""
        start: dict[str, Any] | None = None
        if after is not None:
            order_id, placed_at = after
            placed = OrderRecord.placed_at.serialize(placed_at)  # type: ignore[no-untyped-call]
            start = {"order_id": {"S": order_id}, "account_id": {"S": account_id}, "placed_at": {"S": placed}}
        found = OrderRecord.by_account.query(
            account_id, scan_index_forward=False, limit=limit + 1, last_evaluated_key=start
        )
        orders = [_facts(record) for record in found]
        return orders[:limit], len(orders) > limit


def _fence(before: OrderFacts) -> Condition:
    same_version: Condition = OrderRecord.version == before.version
    same_status: Condition = OrderRecord.status == before.status
    return cast(Condition, same_version & same_status)


def _record(order: OrderFacts) -> OrderRecord:
    document = msgspec.to_builtins(order, builtin_types=(datetime,))
    timeline = msgspec.to_builtins(order.timeline)
    bucket = int(order.order_id, 16) % SETTLE_BUCKETS if order.settle_by else None
    return OrderRecord(**document | {"timeline": timeline, "settle_bucket": bucket})


def _facts(record: OrderRecord) -> OrderFacts:
    return msgspec.convert(record.attribute_values, OrderFacts, strict=False)
