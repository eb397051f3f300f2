"""An order's life: its states, what leads from one to another, and how it looks at each step. Pure: no I/O, no clock.

docs/checkout.md draws `TRANSITIONS`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.catalogue.service import StockTake
from chalicelib.orders.schemas import (
    Address,
    Contact,
    OrderDelivery,
    OrderLine,
    OrderPayment,
    OrderStatus,
    PaymentAction,
    TimelineEntry,
    Totals,
)

LEASE = timedelta(seconds=15)
SETTLE_WITHIN = timedelta(minutes=2)
ACT_WITHIN = timedelta(minutes=15)
NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH = 8
REMOVED = "(removed)"
REMOVED_EMAIL = "removed@example.invalid"


class Transition(Struct, frozen=True):
    """A step from one state to another, and what causes it."""

    before: OrderStatus
    after: OrderStatus
    cause: str


FIRST: OrderStatus = "pending_payment"
TRANSITIONS = (
    Transition("pending_payment", "paid", "the money is captured"),
    Transition("pending_payment", "payment_failed", "the bank declines"),
    Transition("pending_payment", "expired", "time is up and the payment is cancelled"),
    Transition("pending_payment", "cancelled", "the shopper cancels, then the payment is cancelled"),
    Transition("paid", "shipped", "the parcel leaves"),
    Transition("paid", "refunding", "the shopper cancels"),
    Transition("payment_failed", "refunding", "money turns up all the same"),
    Transition("expired", "refunding", "money turns up all the same"),
    Transition("cancelled", "refunding", "money turns up all the same"),
    Transition("refunding", "refunded", "the money is given back"),
)
ALLOWED = frozenset((step.before, step.after) for step in TRANSITIONS)
ENDED_UNPAID: frozenset[OrderStatus] = frozenset({"payment_failed", "expired", "cancelled"})
GIVEN_UP: frozenset[OrderStatus] = frozenset({"cancelled", "refunding", "refunded"})


class IllegalTransition(Exception):
    """An order was asked to go where its state does not lead."""


class Redeemed(Struct, frozen=True):
    """A promotion's use that an order holds, and for which customers it was counted."""

    code: str
    customers: list[str]


class OrderFacts(Struct, frozen=True):
    """An order as it is kept. It is its own idempotency record.

    `fingerprint` is of the body that placed it; `version` is the fence: each change names the version it saw;
    `lease_until` is set while a request works on it; past `settle_by` the sweeper takes it, and where there is none
    nothing is left to do. `stock` and `redeemed` are what it holds of the shop, empty once given back. `guest` is how
    it was placed and stays so; `guest_mark` stands for a guest's address until an account adopts the order.
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
    stock: list[StockTake]
    guest: bool
    account_id: str | None = None
    guest_mark: str | None = None
    redeemed: Redeemed | None = None
    payment_id: str | None = None
    lease_until: datetime | None = None
    settle_by: datetime | None = None
    cancelling: bool = False

    @property
    def number(self) -> str:
        """What the shopper calls it."""
        return order_number(bytes.fromhex(self.order_id))

    @property
    def free(self) -> bool:
        """Whether it costs nothing, so that no gateway is asked."""
        return self.totals.total.amount == 0

    @property
    def cancellable(self) -> bool:
        """Whether its shopper may still call it off."""
        return self.status in {"pending_payment", "paid"} and not self.cancelling

    @property
    def outcome(self) -> OrderStatus:
        """How placing it ended, whatever became of it since: what a repeated request is told."""
        return self.timeline[1].status if len(self.timeline) > 1 else self.status

    def leased(self, now: datetime) -> bool:
        """Whether another request works on the order at this moment."""
        return self.lease_until is not None and now < self.lease_until

    def due(self, now: datetime) -> bool:
        """Whether its time is up. A lease is no excuse: the fence keeps the sweeper and a request apart."""
        return self.settle_by is not None and self.settle_by <= now

    def act_by(self) -> datetime:
        """Until when the shopper may answer his bank."""
        return self.placed_at + ACT_WITHIN


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


def let_go(order: OrderFacts) -> OrderFacts:
    """Return the order when the request that worked on it knows no more."""
    return replace(order, lease_until=None, version=order.version + 1)


def authorised(order: OrderFacts, payment_id: str) -> OrderFacts:
    """Return the order with its money set aside."""
    payment = replace(order.payment, status="authorised", action=None)
    return replace(order, payment=payment, payment_id=payment_id, version=order.version + 1)


def waiting(order: OrderFacts, payment_id: str, action_url: str) -> OrderFacts:
    """Return the order while its shopper is with his bank; no request works on it meanwhile."""
    payment = replace(order.payment, status="requires_action", action=PaymentAction("redirect", action_url))
    return replace(
        order,
        payment=payment,
        payment_id=payment_id,
        lease_until=None,
        settle_by=order.act_by(),
        version=order.version + 1,
    )


def cancelling(order: OrderFacts, now: datetime) -> OrderFacts:
    """Return the order with its shopper's wish, which the sweeper carries out if nobody else does."""
    return replace(order, cancelling=True, settle_by=now, version=order.version + 1)


def paid(order: OrderFacts, payment_id: str | None, now: datetime) -> OrderFacts:
    """Return the order with its money taken; an order that costs nothing needs none."""
    payment = order.payment if order.free else replace(order.payment, status="captured", action=None)
    settle_by = now if order.cancelling else None
    return replace(_moved(order, "paid", now), payment=payment, payment_id=payment_id, settle_by=settle_by)


def payment_failed(order: OrderFacts, payment_id: str, decline_code: str, now: datetime) -> OrderFacts:
    """Return the order after its payment was declined."""
    payment = replace(order.payment, status="failed", action=None, decline_code=decline_code)
    return replace(_moved(_emptied(order), "payment_failed", now), payment=payment, payment_id=payment_id)


def closed(order: OrderFacts, payment_id: str | None, now: datetime) -> OrderFacts:
    """Return the order after its payment was cancelled for good: by its shopper's wish, or because time was up."""
    payment = order.payment if order.free else replace(order.payment, status="cancelled", action=None)
    moved = _moved(_emptied(order), "cancelled" if order.cancelling else "expired", now)
    return replace(moved, payment=payment, payment_id=payment_id)


def refunding(order: OrderFacts, now: datetime, payment_id: str | None = None) -> OrderFacts:
    """Return the order while its money goes back; the sweeper finishes what a crash interrupts."""
    moved = _moved(order, "refunding", now)
    return replace(moved, settle_by=now + SETTLE_WITHIN, payment_id=payment_id or order.payment_id)


def refunded(order: OrderFacts, now: datetime) -> OrderFacts:
    """Return the order with its money given back."""
    payment = order.payment if order.free else replace(order.payment, status="refunded", action=None)
    return replace(_moved(_emptied(order), "refunded", now), payment=payment)


def shipped(order: OrderFacts, now: datetime) -> OrderFacts:
    """Return the order on its way."""
    return _moved(order, "shipped", now)


def adopted(order: OrderFacts, account_id: str) -> OrderFacts:
    """Return a guest's order as an account's."""
    return replace(order, account_id=account_id, guest_mark=None, version=order.version + 1)


def forgotten(order: OrderFacts) -> OrderFacts:
    """Return the order without the person: what was sold to which country, for how much, stays."""
    address = Address(REMOVED, REMOVED, REMOVED, REMOVED, order.delivery.address.country)
    return replace(
        order,
        account_id=None,
        guest_mark=None,
        contact=Contact(REMOVED_EMAIL, REMOVED),
        delivery=replace(order.delivery, address=address),
        version=order.version + 1,
    )


def _emptied(order: OrderFacts) -> OrderFacts:
    """Return the order without what it held of the shop, which goes back in the same transaction."""
    return replace(order, stock=[], redeemed=None)


def _moved(order: OrderFacts, status: OrderStatus, now: datetime) -> OrderFacts:
    if (order.status, status) not in ALLOWED:
        raise IllegalTransition(f"{order.status} does not lead to {status}")
    return replace(
        order,
        status=status,
        version=order.version + 1,
        lease_until=None,
        settle_by=None,
        timeline=[*order.timeline, TimelineEntry(status, now)],
    )


def diagram() -> str:
    """Return the states as a Mermaid diagram."""
    steps = [f"    {step.before} --> {step.after}: {step.cause}" for step in TRANSITIONS]
    leaves = {step.after for step in TRANSITIONS} - {step.before for step in TRANSITIONS}
    ends = [f"    {status} --> [*]" for status in sorted(leaves)]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {FIRST}: stock is reserved", *steps, *ends])
