"""A gateway to play with: no money moves, and tokens decide what happens.

It behaves like an outside system: it keeps its own records, remembers every payment by the key that created it,
sends webhooks, and cancels for good.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec import Struct

from chalicelib.errors import NotFound
from chalicelib.money import Money
from chalicelib.payments.gateway import (
    BadSignature,
    DeclineCode,
    OutcomeUnknown,
    Payment,
    PaymentEvent,
    PaymentStatus,
)
from chalicelib.trace import staged

LABELS = {
    "tok_visa": "Visa ending 4242",
    "tok_declined": "Visa ending 0002",
    "tok_insufficient_funds": "Visa ending 9995",
    "tok_requires_action": "Visa ending 3155",
    "tok_timeout": "Visa ending 0044",
    "tok_error": "Visa ending 0119",
}
DECLINES: dict[str, DeclineCode] = {
    "tok_declined": "card_declined",
    "tok_insufficient_funds": "insufficient_funds",
    "tok_requires_action": "authentication_failed",
}
OUTCOMES: dict[str, PaymentStatus] = {
    "tok_declined": "declined",
    "tok_insufficient_funds": "declined",
    "tok_requires_action": "requires_action",
}
OPEN: tuple[PaymentStatus, ...] = ("created", "requires_action", "authorised", "declined")
SIGNATURE_HEADER = "sandbox-signature"
SIGNATURE_SECONDS = 300
CLOCK_SKEW_SECONDS = 60


class SandboxPayment(Struct, frozen=True):
    """A payment in the sandbox's books."""

    payment_id: str
    order_id: str
    status: PaymentStatus
    amount: Money
    method: str | None = None
    return_url: str | None = None


class Challenge(Struct, frozen=True):
    """What the shopper's bank asks him, and where he goes back to once he has answered."""

    amount: Money
    status: PaymentStatus
    return_url: str


class Notice(Struct, frozen=True):
    """The body of a webhook."""

    id: str
    payment: str
    status: str


class Repository(Protocol):
    """What the sandbox needs of its store; chalicelib.payments.repository says what each does."""

    def add(self, payment: SandboxPayment) -> SandboxPayment: ...
    def get(self, payment_id: str) -> SandboxPayment | None: ...
    def move(
        self, payment_id: str, before: tuple[PaymentStatus, ...], after: PaymentStatus, **facts: str
    ) -> SandboxPayment | None: ...
    def all(self) -> Iterator[SandboxPayment]: ...


class SandboxGateway:
    """Implements PaymentGateway on a table of its own."""

    def __init__(self, repository: Repository, secret: str, site_url: str, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._secret = secret
        self._site_url = site_url
        self._now = now

    def label(self, method: str) -> str | None:
        """Return the test card behind a token."""
        return LABELS.get(method)

    @staged("gateway")
    def create(self, order_id: str, amount: Money, *, key: str) -> Payment:
        """Create a payment whose id comes from its key, so that the key is never needed again."""
        payment_id = f"sbx_{hashlib.sha256(f'{self._secret}{key}'.encode()).hexdigest()[:32]}"
        return self._told(self._repository.add(SandboxPayment(payment_id, order_id, "created", amount)))

    @staged("gateway")
    def authorise(self, payment: Payment, method: str, *, return_url: str, key: str) -> Payment:
        """Decide by the token; a payment that was decided before stays as it is."""
        if method == "tok_error":
            raise OutcomeUnknown(payment.payment_id)
        outcome = OUTCOMES.get(method, "authorised")
        decided = self._repository.move(payment.payment_id, ("created",), outcome, method=method, return_url=return_url)
        if decided is not None and method == "tok_timeout":
            raise OutcomeUnknown(payment.payment_id)
        return self._told(decided) if decided else self.lookup(payment.payment_id)

    @staged("gateway")
    def capture(self, payment: Payment, *, key: str) -> Payment:
        """Take the money of an authorised payment, once."""
        return self._moved(payment, ("authorised",), "captured")

    @staged("gateway")
    def cancel(self, payment: Payment, *, key: str) -> Payment:
        """Leave a tombstone, unless the money is taken."""
        return self._moved(payment, OPEN, "cancelled")

    @staged("gateway")
    def refund(self, payment: Payment, *, key: str) -> Payment:
        """Give a captured payment back, once."""
        return self._moved(payment, ("captured",), "refunded")

    @staged("gateway")
    def lookup(self, payment_id: str) -> Payment:
        """Return a payment as it stands."""
        known = self._repository.get(payment_id)
        if known is None:
            raise OutcomeUnknown(payment_id)
        return self._told(known)

    def payments(self) -> Iterator[Payment]:
        """Yield every payment."""
        return (self._told(payment) for payment in self._repository.all())

    def challenge(self, payment_id: str) -> Challenge:
        """Return what the bank asks about a payment; raises NotFound where it asks nothing."""
        known = self._repository.get(payment_id)
        if known is None or known.method != "tok_requires_action" or known.return_url is None:
            raise NotFound("No bank waits for an answer here.")
        return Challenge(known.amount, known.status, known.return_url)

    def answer(self, payment_id: str, *, approve: bool) -> Challenge:
        """Take the shopper's answer to his bank; a second one changes nothing. Raises NotFound."""
        self.challenge(payment_id)
        self._repository.move(payment_id, ("requires_action",), "authorised" if approve else "declined")
        return self.challenge(payment_id)

    def notice(self, payment_id: str, status: str) -> tuple[bytes, dict[str, str]]:
        """Return the webhook that tells of a payment's change: its body, and the headers that sign it."""
        body = msgspec.json.encode(Notice(f"evt_{payment_id}_{status}", payment_id, status))
        at = str(int(self._now().timestamp()))
        return body, {"Content-Type": "application/json", SIGNATURE_HEADER: f"t={at},v1={self._signature(at, body)}"}

    def event(self, body: bytes, headers: Mapping[str, str]) -> PaymentEvent | None:
        """Read a webhook; raises BadSignature for one that we did not sign, or not lately."""
        parts = dict(part.partition("=")[::2] for part in headers.get(SIGNATURE_HEADER, "").split(","))
        at, signature = parts.get("t", ""), parts.get("v1", "")
        if not hmac.compare_digest(self._signature(at, body).encode(), signature.encode()):
            raise BadSignature
        try:
            age = self._now().timestamp() - int(at)
            told = msgspec.json.decode(body, type=Notice)
        except ValueError:
            raise BadSignature from None
        if not -CLOCK_SKEW_SECONDS <= age <= SIGNATURE_SECONDS:
            raise BadSignature
        return PaymentEvent(told.id, told.payment)

    def _signature(self, at: str, body: bytes) -> str:
        return hmac.new(self._secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()

    def _moved(self, payment: Payment, before: tuple[PaymentStatus, ...], after: PaymentStatus) -> Payment:
        moved = self._repository.move(payment.payment_id, before, after)
        return self._told(moved) if moved else self.lookup(payment.payment_id)

    def _told(self, known: SandboxPayment) -> Payment:
        waiting = known.status == "requires_action"
        return Payment(
            payment_id=known.payment_id,
            order_id=known.order_id,
            status=known.status,
            amount=known.amount,
            decline_code=DECLINES.get(known.method or "") if known.status == "declined" else None,
            action_url=f"{self._site_url}/challenge?payment={known.payment_id}" if waiting else None,
        )
