"""A gateway to play with: no money moves, and tokens decide what happens.

It behaves like an outside system: it keeps its own records and remembers every payment by its key.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from chalicelib.money import Money
from chalicelib.payments.gateway import DeclineCode, OutcomeUnknown, Payment, PaymentStatus

LABELS = {
    "tok_visa": "Visa ending 4242",
    "tok_declined": "Visa ending 0002",
    "tok_insufficient_funds": "Visa ending 9995",
}
DECLINES: dict[str, DeclineCode] = {
    "tok_declined": "card_declined",
    "tok_insufficient_funds": "insufficient_funds",
}


class SandboxPayment(Struct, frozen=True):
    """A payment in the sandbox's books."""

    payment_id: str
    method: str
    status: PaymentStatus
    amount: Money


class Repository(Protocol):
    """What the sandbox needs of its store; chalicelib.payments.repository says what each does."""

    def add(self, payment: SandboxPayment) -> None: ...
    def get(self, payment_id: str) -> SandboxPayment | None: ...
    def move(self, payment_id: str, before: str, after: str) -> None: ...


class SandboxGateway:
    """Implements PaymentGateway on a table of its own."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def label(self, method: str) -> str | None:
        """Return the test card behind a token."""
        return LABELS.get(method)

    def create(self, method: str, amount: Money, *, key: str) -> Payment:
        """Create a payment whose id is its key."""
        self._repository.add(SandboxPayment(key, method, "created", amount))
        return self._payment(key)

    def authorise(self, payment: Payment, *, key: str) -> Payment:
        """Decide by the token; a payment that was decided before stays as it is."""
        method = self._known(payment.payment_id).method
        outcome = "declined" if method in DECLINES else "authorised"
        self._repository.move(payment.payment_id, "created", outcome)
        return self._payment(payment.payment_id)

    def capture(self, payment: Payment, *, key: str) -> Payment:
        """Take the money of an authorised payment, once."""
        self._repository.move(payment.payment_id, "authorised", "captured")
        return self._payment(payment.payment_id)

    def _payment(self, payment_id: str) -> Payment:
        known = self._known(payment_id)
        declined = DECLINES.get(known.method) if known.status == "declined" else None
        return Payment(payment_id, known.status, known.amount, declined)

    def _known(self, payment_id: str) -> SandboxPayment:
        known = self._repository.get(payment_id)
        if known is None:
            raise OutcomeUnknown(payment_id)
        return known
