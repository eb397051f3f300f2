"""What the shop asks of a payment gateway, whoever it is.

A payment is created first and authorised after, so that a lost answer costs nothing: creating again under the same
key returns the same payment. Each call that changes something carries an idempotency key of its own. A cancel is
final: what is authorised after it fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, Protocol

from msgspec import Struct

from chalicelib.money import Money

PaymentStatus = Literal["created", "requires_action", "authorised", "captured", "declined", "cancelled", "refunded"]
DeclineCode = Literal["card_declined", "insufficient_funds", "authentication_failed"]


class Payment(Struct, frozen=True):
    """A payment as the gateway knows it.

    `decline_code` says why it was declined; `action_url` is where the shopper must go while it `requires_action`.
    """

    payment_id: str
    order_id: str
    status: PaymentStatus
    amount: Money
    decline_code: DeclineCode | None = None
    action_url: str | None = None


class PaymentEvent(Struct, frozen=True):
    """News that a payment has changed. How it stands is not believed from here but asked of the gateway."""

    event_id: str
    payment_id: str


class OutcomeUnknown(Exception):
    """The gateway gave no clear answer: the call may have worked. Only asking again will tell."""


class BadSignature(Exception):
    """What calls itself news of the gateway does not come from it."""


class NotConfigured(Exception):
    """The shop lacks something without which it cannot use the gateway that it is told to use; says what."""


class PaymentGateway(Protocol):
    """A gateway. Every method that asks it something may raise OutcomeUnknown."""

    def label(self, method: str) -> str | None:
        """Return how to call a payment method on a receipt, or None where the gateway does not know it."""

    def create(self, order_id: str, amount: Money, *, key: str) -> Payment:
        """Create an order's payment, unconfirmed; the same key returns the same payment, however it stands by now."""

    def authorise(self, payment: Payment, method: str, *, return_url: str, key: str) -> Payment:
        """Ask the shopper's bank to set the money aside: `authorised`, `declined`, or `requires_action`.

        The bank sends the shopper back to `return_url`.
        """

    def capture(self, payment: Payment, *, key: str) -> Payment:
        """Take authorised money; a payment that was cancelled stays so."""

    def cancel(self, payment: Payment, *, key: str) -> Payment:
        """End a payment for good, and let go of money set aside; what was captured stays so."""

    def refund(self, payment: Payment, *, key: str) -> Payment:
        """Give all of a captured payment back."""

    def lookup(self, payment_id: str) -> Payment:
        """Return a payment as it stands."""

    def event(self, body: bytes, headers: Mapping[str, str]) -> PaymentEvent | None:
        """Read the news in a webhook's raw body; None where it is of no interest. Raises BadSignature."""

    def payments(self) -> Iterator[Payment]:
        """Yield every payment, for the books."""
