"""An order's changes: each is decided by the domain, and written only if nobody changed the order meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

from chalicelib.accounts.schemas import Shopper
from chalicelib.keys import Keys, derive
from chalicelib.ledger import Write
from chalicelib.orders import domain
from chalicelib.orders.domain import OrderFacts, Redeemed
from chalicelib.orders.schemas import Contact, OrderDelivery, OrderLine, OrderPayment, TimelineEntry, Totals

ID_BYTES = 16

Change = tuple[OrderFacts, Write]


class Repository(Protocol):
    """What changes need of their store; chalicelib.orders.repository says what each does."""

    def find(self, order_id: str) -> OrderFacts | None: ...
    def add(self, order: OrderFacts) -> Write: ...
    def change(self, before: OrderFacts, after: OrderFacts) -> Write: ...
    def replace(self, before: OrderFacts, after: OrderFacts) -> bool: ...
    def unsettled(self, before: datetime) -> Iterator[str]: ...


class OrderLifecycle:
    """Begins orders, leases them, and moves them on.

    What changes an order alone is done at once and answers None where the fence is lost; what changes more than the
    order comes as the order after it and the write that makes it so, to be committed with the others.
    """

    def __init__(self, repository: Repository, keys: Keys, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._secret = keys.orders
        self._now = now

    def id_for(self, idempotency_key: str) -> str:
        """Return the order that an Idempotency-Key names: the same key, the same order, for ever."""
        return derive(self._secret, f"id:{idempotency_key}")[:ID_BYTES].hex()

    def mark_of(self, email: str) -> str:
        """Return what stands for an address where the address itself need not be kept."""
        return derive(self._secret, f"address:{email.strip().casefold()}").hex()

    def find(self, order_id: str) -> OrderFacts | None:
        """Return an order as it stands, read strongly, or None."""
        return self._repository.find(order_id)

    def due(self) -> Iterator[str]:
        """Yield the orders whose time is up."""
        return self._repository.unsettled(self._now())

    def is_due(self, order: OrderFacts) -> bool:
        """Whether an order's time is up."""
        return order.due(self._now())

    def is_leased(self, order: OrderFacts) -> bool:
        """Whether a request works on an order."""
        return order.leased(self._now())

    def may_still_act(self, order: OrderFacts) -> bool:
        """Whether the shopper has time left to answer his bank."""
        return self._now() < order.act_by()

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
        redeemed: Redeemed | None,
    ) -> OrderFacts:
        """Return an order that waits for its payment, leased to the request that places it; it holds no stock yet."""
        now = self._now()
        return OrderFacts(
            order_id=order_id,
            account_id=shopper.account_id if shopper else None,
            guest=shopper is None,
            guest_mark=None if shopper else self.mark_of(contact.email),
            fingerprint=fingerprint,
            version=1,
            status=domain.FIRST,
            lease_until=now + domain.LEASE,
            settle_by=now + domain.SETTLE_WITHIN,
            placed_at=now,
            contact=contact,
            lines=lines,
            totals=totals,
            delivery=delivery,
            payment=payment,
            timeline=[TimelineEntry(domain.FIRST, now)],
            stock=[],
            redeemed=redeemed,
        )

    def add(self, order: OrderFacts) -> Write:
        """Return the write that puts a new order; refuses as its `subject` where there is one of that id already."""
        return self._repository.add(order)

    def lease(self, order: OrderFacts) -> OrderFacts | None:
        """Take a pending order on, if nobody else works on it."""
        now = self._now()
        return None if order.leased(now) else self._replace(order, domain.leased(order, now))

    def let_go(self, order: OrderFacts) -> OrderFacts | None:
        """Give a lease back before its time, so that whoever comes next need not wait."""
        return self._replace(order, domain.let_go(order))

    def authorised(self, order: OrderFacts, payment_id: str) -> OrderFacts | None:
        """Record that the order's money is set aside."""
        return self._replace(order, domain.authorised(order, payment_id))

    def waiting(self, order: OrderFacts, payment_id: str, action_url: str) -> OrderFacts | None:
        """Record that the shopper is with his bank."""
        return self._replace(order, domain.waiting(order, payment_id, action_url))

    def cancelling(self, order: OrderFacts) -> OrderFacts | None:
        """Record that the shopper has called the order off."""
        return self._replace(order, domain.cancelling(order, self._now()))

    def shipped(self, order: OrderFacts) -> OrderFacts | None:
        """Record that the parcel has left."""
        return self._replace(order, domain.shipped(order, self._now()))

    def refunding(self, order: OrderFacts, payment_id: str | None = None) -> Change:
        """Begin to give the money back."""
        return self._change(order, domain.refunding(order, self._now(), payment_id))

    def paid(self, order: OrderFacts, payment_id: str | None) -> Change:
        """Settle an order whose money is taken."""
        return self._change(order, domain.paid(order, payment_id, self._now()))

    def payment_failed(self, order: OrderFacts, payment_id: str, decline_code: str) -> Change:
        """End an order whose payment was declined."""
        return self._change(order, domain.payment_failed(order, payment_id, decline_code, self._now()))

    def closed(self, order: OrderFacts, payment_id: str | None) -> Change:
        """End an order whose payment was cancelled."""
        return self._change(order, domain.closed(order, payment_id, self._now()))

    def refunded(self, order: OrderFacts) -> Change:
        """End an order whose money was given back."""
        return self._change(order, domain.refunded(order, self._now()))

    def _change(self, before: OrderFacts, after: OrderFacts) -> Change:
        return after, self._repository.change(before, after)

    def _replace(self, before: OrderFacts, after: OrderFacts) -> OrderFacts | None:
        return after if self._repository.replace(before, after) else None
