"""Use cases of orders: finding them, showing them to whom they belong, and changing them under a fence."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Protocol

import msgspec
from msgspec import UNSET

from chalicelib.accounts.schemas import Shopper
from chalicelib.errors import NotFound
from chalicelib.keys import Keys, derive
from chalicelib.ledger import Write
from chalicelib.orders import domain
from chalicelib.orders.domain import OrderFacts as OrderFacts
from chalicelib.orders.schemas import (
    Contact,
    Order,
    OrderDelivery,
    OrderLine,
    OrderList,
    OrderPayment,
    OrderQuery,
    TimelineEntry,
    Totals,
)
from chalicelib.paging import MAX_PAGE, bad_cursor, decode_cursor, encode_cursor

ID_BYTES = 16


class Repository(Protocol):
    """What orders need of their store; chalicelib.orders.repository says what each does."""

    def find(self, order_id: str) -> OrderFacts | None: ...
    def add(self, order: OrderFacts) -> Write: ...
    def change(self, before: OrderFacts, after: OrderFacts) -> Write: ...
    def replace(self, before: OrderFacts, after: OrderFacts) -> bool: ...
    def of_account(
        self, account_id: str, limit: int, after: tuple[str, datetime] | None
    ) -> tuple[list[OrderFacts], bool]: ...


class OrdersService:
    """Orders as the rest of the shop sees them."""

    def __init__(self, repository: Repository, keys: Keys, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._secret = keys.orders
        self._now = now

    def id_for(self, idempotency_key: str) -> str:
        """Return the order that an Idempotency-Key names: the same key, the same order, for ever."""
        return derive(self._secret, f"id:{idempotency_key}")[:ID_BYTES].hex()

    def find(self, order_id: str) -> OrderFacts | None:
        """Return an order as it stands, or None."""
        return self._repository.find(order_id)

    def new(
        self,
        order_id: str,
        *,
        shopper: Shopper | None,
        fingerprint: str,
        contact: Contact,
        lines: list[OrderLine],
        totals: Totals,
        delivery: OrderDelivery,
        payment: OrderPayment,
    ) -> OrderFacts:
        """Return an order that waits for its payment, leased to the request that places it."""
        now = self._now()
        return OrderFacts(
            order_id=order_id,
            account_id=shopper.account_id if shopper else None,
            fingerprint=fingerprint,
            version=1,
            status="pending_payment",
            lease_until=now + domain.LEASE,
            settle_by=now + domain.SETTLE_WITHIN,
            placed_at=now,
            contact=contact,
            lines=lines,
            totals=totals,
            delivery=delivery,
            payment=payment,
            timeline=[TimelineEntry("pending_payment", now)],
        )

    def add(self, order: OrderFacts) -> Write:
        """Return the write that puts a new order; refuses as its `subject` where there is one already."""
        return self._repository.add(order)

    def lease(self, order: OrderFacts) -> OrderFacts | None:
        """Take a pending order on, if nobody else works on it; None where somebody does."""
        now = self._now()
        return None if order.leased(now) else self._replace(order, domain.leased(order, now))

    def record_authorised(self, order: OrderFacts) -> OrderFacts | None:
        """Record that the order's money is set aside; None where the fence is lost."""
        return self._replace(order, domain.authorised(order))

    def settle(self, order: OrderFacts) -> tuple[OrderFacts, Write]:
        """Return the order paid, and the fenced write that makes it so."""
        after = domain.paid(order, self._now())
        return after, self._repository.change(order, after)

    def fail(self, order: OrderFacts, decline_code: str) -> tuple[OrderFacts, Write]:
        """Return the order after a decline, and the fenced write that makes it so."""
        after = domain.payment_failed(order, decline_code, self._now())
        return after, self._repository.change(order, after)

    def _replace(self, before: OrderFacts, after: OrderFacts) -> OrderFacts | None:
        return after if self._repository.replace(before, after) else None

    def all_of(self, account_id: str) -> Iterator[OrderFacts]:
        """Yield every order of an account, the latest first."""
        after: tuple[str, datetime] | None = None
        more = True
        while more:
            page, more = self._repository.of_account(account_id, MAX_PAGE, after)
            yield from page
            after = (page[-1].order_id, page[-1].placed_at) if page else None

    def forget_person(self, account_id: str) -> None:
        """Keep an account's orders, as bookkeeping requires, without the person who placed them."""
        for order in list(self.all_of(account_id)):
            current: OrderFacts | None = order
            while current is not None and not self._repository.replace(current, domain.forgotten(current)):
                current = self._repository.find(order.order_id)

    def of_shopper(self, shopper: Shopper, query: OrderQuery) -> OrderList:
        """Return a page of a shopper's orders, the latest first."""
        after = _decode_cursor(query.cursor) if query.cursor else None
        orders, more = self._repository.of_account(shopper.account_id, query.limit, after)
        return OrderList(
            items=[self.shown(order) for order in orders],
            next_cursor=encode_cursor((orders[-1].order_id, orders[-1].placed_at)) if more else None,
        )

    def show(self, order_id: str, shopper: Shopper | None, order_key: str | None) -> Order:
        """Return an order to its owner, or to the bearer of a guest order's key; raises NotFound for anyone else."""
        order = self._repository.find(order_id)
        if order is None or not self._may_see(order, shopper, order_key):
            raise NotFound("There is no such order here. Sign in with the account that placed it.")
        return self.shown(order)

    def placed(self, order: OrderFacts) -> Order:
        """Return an order as the one who just placed it sees it: a guest gets its key."""
        shown = self.shown(order)
        return msgspec.structs.replace(shown, order_key=UNSET if order.account_id else self._key(order.order_id))

    def shown(self, order: OrderFacts) -> Order:
        """Return an order as its owner sees it."""
        return Order(
            id=order.order_id,
            number=domain.order_number(bytes.fromhex(order.order_id)),
            status=order.status,
            placed_at=order.placed_at,
            contact=order.contact,
            lines=order.lines,
            totals=order.totals,
            delivery=order.delivery,
            payment=order.payment,
            timeline=order.timeline,
        )

    def _may_see(self, order: OrderFacts, shopper: Shopper | None, order_key: str | None) -> bool:
        if order.account_id is not None:
            return shopper is not None and shopper.account_id == order.account_id
        return hmac.compare_digest(self._key(order.order_id), (order_key or "").encode("ascii", "replace").decode())

    def _key(self, order_id: str) -> str:
        return derive(self._secret, f"key:{order_id}").hex()


def _decode_cursor(cursor: str) -> tuple[str, datetime]:
    order_id, placed_at = decode_cursor(cursor, tuple[str, datetime])
    try:
        return order_id, placed_at.astimezone(UTC)
    except OverflowError:
        raise bad_cursor() from None
