"""What the shop asks of a payment gateway, whoever it is.

A payment is created first and authorised after, so that a lost answer costs nothing: creating again under the same
key returns the same payment. Each call carries an idempotency key of its own.
"""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct

from chalicelib.money import Money

PaymentStatus = Literal["created", "authorised", "captured", "declined"]
DeclineCode = Literal["card_declined", "insufficient_funds"]


class Payment(Struct, frozen=True):
    """A payment as the gateway knows it; `decline_code` says why it was declined."""

    payment_id: str
    status: PaymentStatus
    amount: Money
    decline_code: DeclineCode | None = None


class OutcomeUnknown(Exception):
    """The gateway gave no clear answer: the call may have worked. Only asking again will tell."""


class PaymentGateway(Protocol):
    """A gateway. Every method may raise OutcomeUnknown."""

    def label(self, method: str) -> str | None:
        """Return how to call a payment method on a receipt, or None where the gateway does not know it."""

    def create(self, method: str, amount: Money, *, key: str) -> Payment:
        """Create a payment, unconfirmed; the same key returns the same payment."""

    def authorise(self, payment: Payment, *, key: str) -> Payment:
        """Ask the shopper's bank to set the money aside: `authorised` or `declined`."""

    def capture(self, payment: Payment, *, key: str) -> Payment:
        """Take authorised money."""
