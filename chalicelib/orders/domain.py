"""An order's life: its states, what may follow what, and how it looks at each step. Pure: no I/O, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.orders.schemas import (
    Address,
    Contact,
    OrderDelivery,
    OrderLine,
    OrderPayment,
    OrderStatus,
    TimelineEntry,
    Totals,
)

LEASE = timedelta(seconds=15)
SETTLE_WITHIN = timedelta(minutes=2)
NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH = 8
REMOVED = "(removed)"
REMOVED_EMAIL = "removed@example.invalid"

TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    "pending_payment": frozenset({"paid", "payment_failed", "expired", "cancelled"}),
    "paid": frozenset({"shipped", "refunding"}),
    "refunding": frozenset({"refunded"}),
    "payment_failed": frozenset(),
    "expired": frozenset(),
    "cancelled": frozenset(),
    "shipped": frozenset(),
    "refunded": frozenset(),
}


class IllegalTransition(Exception):
    """An order was asked to go where its state does not lead."""


class OrderFacts(Struct, frozen=True):
    """An order as it is kept. It is its own idempotency record.

    `fingerprint` is of the body that placed it; `version` is the fence: each change names the version it saw;
    `lease_until` is set while a request works on it; past `settle_by` it is not left pending.
    """

    order_id: str
    fingerprint: str
    version: int
    status: OrderStatus
    placed_at: datetime
    contact: Contact
    lines: list[OrderLine]
    totals: Totals
    delivery: OrderDelivery
    payment: OrderPayment
    timeline: list[TimelineEntry]
    account_id: str | None = None
    lease_until: datetime | None = None
    settle_by: datetime | None = None
    decline_code: str | None = None

    @property
    def final(self) -> bool:
        """Whether placing the order is over, however it went."""
        return self.status != "pending_payment"

    @property
    def quantities(self) -> dict[str, int]:
        """Units by sku."""
        return {line.sku: line.quantity for line in self.lines}

    def leased(self, now: datetime) -> bool:
        """Whether another request works on the order at this moment."""
        return self.lease_until is not None and now < self.lease_until


def order_number(digest: bytes) -> str:
    """Return a number to read out on the telephone: `HL-7K3D-9Q2M`, no letter that looks like a digit."""
    value, letters = int.from_bytes(digest[:8]), []
    for _ in range(NUMBER_LENGTH):
        value, index = divmod(value, len(NUMBER_ALPHABET))
        letters.append(NUMBER_ALPHABET[index])
    return f"HL-{''.join(letters[:4])}-{''.join(letters[4:])}"


def leased(order: OrderFacts, now: datetime) -> OrderFacts:
    """Return the order taken on by a new request."""
    return replace(order, lease_until=now + LEASE, version=order.version + 1)


def authorised(order: OrderFacts) -> OrderFacts:
    """Return the order with its money set aside."""
    return replace(order, payment=replace(order.payment, status="authorised"), version=order.version + 1)


def paid(order: OrderFacts, now: datetime) -> OrderFacts:
    """Return the order with its money taken; an order that costs nothing needs none."""
    payment = order.payment if order.payment.status == "not_needed" else replace(order.payment, status="captured")
    return replace(_moved(order, "paid", now), payment=payment)


def payment_failed(order: OrderFacts, decline_code: str, now: datetime) -> OrderFacts:
    """Return the order after its payment was declined."""
    payment = replace(order.payment, status="failed")
    return replace(_moved(order, "payment_failed", now), payment=payment, decline_code=decline_code)


def forgotten(order: OrderFacts) -> OrderFacts:
    """Return the order without the person: what was sold to which country, for how much, stays."""
    address = Address(REMOVED, REMOVED, REMOVED, REMOVED, order.delivery.address.country)
    return replace(
        order,
        account_id=None,
        contact=Contact(REMOVED_EMAIL, REMOVED),
        delivery=replace(order.delivery, address=address),
        version=order.version + 1,
    )


def _moved(order: OrderFacts, status: OrderStatus, now: datetime) -> OrderFacts:
    if status not in TRANSITIONS[order.status]:
        raise IllegalTransition(f"{order.status} does not lead to {status}")
    return replace(
        order,
        status=status,
        version=order.version + 1,
        lease_until=None,
        settle_by=None,
        timeline=[*order.timeline, TimelineEntry(status, now)],
    )
