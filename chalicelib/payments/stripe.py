"""Stripe: PaymentIntents that are created, confirmed with the shopper's token, captured, each in a call of its own.

To a key that it has seen, Stripe repeats the answer that it gave then, even a failure. So a payment in a repeated
answer is looked up again, and after a repeated failure another key is asked once more. docs/payments.md tells the rest.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from chalicelib import deadline
from chalicelib.keys import Keys
from chalicelib.money import Money
from chalicelib.payments.gateway import (
    BadSignature,
    DeclineCode,
    NotConfigured,
    OutcomeUnknown,
    Payment,
    PaymentEvent,
    PaymentStatus,
)
from chalicelib.settings import Settings
from chalicelib.trace import Stage

if TYPE_CHECKING:
    from stripe import CardError, InvalidRequestError, PaymentIntent, Refund, RequestOptions
    from stripe.params import PaymentIntentListParams

LOG = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 1.0, 5.0
SIGNATURE_HEADER = "stripe-signature"
SIGNATURE_SECONDS = 300
CLOCK_SKEW_SECONDS = 60
TOKEN_PREFIX = "ctoken_"  # noqa: S105 -- what its ids begin with.
# A payment that was merely created is no news to the shop, which created it.
NO_NEWS = "payment_intent.created"
# Whoever shares the account with the shop does not put an order's id on his payments.
NO_ORDER = "none"
MOST_A_PAGE = 100

STATUSES: dict[str, PaymentStatus] = {
    "requires_payment_method": "created",
    "requires_confirmation": "created",
    "requires_action": "requires_action",
    "requires_capture": "authorised",
    "succeeded": "captured",
    "canceled": "cancelled",
}
UNAUTHENTICATED = {"authentication_failure", "authentication_required", "payment_intent_authentication_failure"}
AMOUNT_REFUSED = {"amount_too_large", "amount_too_small"}
# Somebody has been there before: the payment is past what was asked.
MOVED_ON = {
    "charge_already_captured",
    "charge_already_refunded",
    "charge_expired_for_capture",
    "payment_intent_unexpected_state",
}

T = TypeVar("T")


class KeyRefused(Exception):
    """Stripe does not take our key. What it said of it is kept back: it may quote the key."""


def require_keys(keys: Keys, settings: Settings) -> None:
    """Raise NotConfigured, naming everything that is missing, unless the shop has what it needs to use Stripe."""
    secrets = settings.secrets_parameter or settings.secrets_file
    needed = {
        f"stripe_secret_key (sk_…) in {secrets}": keys.stripe_secret_key.startswith(("sk_", "rk_")),
        f"stripe_webhook_secret (whsec_…) in {secrets}": keys.stripe_webhook_secret.startswith("whsec_"),
        "STRIPE_PUBLISHABLE_KEY (pk_…) in the environment": settings.stripe_publishable_key.startswith("pk_"),
    }
    missing = [name for name, there in needed.items() if not there]
    if missing:
        raise NotConfigured(f"PAYMENT_GATEWAY is stripe, but it lacks {' and '.join(missing)}: see docs/payments.md.")


class StripeGateway:
    """Implements PaymentGateway on Stripe's API, at `api_url` where that is not Stripe's own."""

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        *,
        api_url: str = "",
        timeouts: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    ) -> None:
        import stripe

        # It would write a file, and tell Stripe about this machine.
        stripe.enable_telemetry = False
        # At lower levels it repeats what Stripe says, and Stripe may quote a key.
        logging.getLogger("stripe").setLevel(logging.WARNING)
        self._patience = sum(timeouts)
        self._webhook_secret = webhook_secret
        self._client = stripe.StripeClient(
            secret_key,
            http_client=stripe.RequestsClient(timeout=timeouts),
            max_network_retries=0,
            base_addresses={"api": api_url} if api_url else None,
        )
        self._intents = self._client.v1.payment_intents

    def label(self, method: str) -> str | None:
        """Return "Card" for what Stripe's card form makes: which card it is, only Stripe knows yet."""
        return "Card" if method.startswith(TOKEN_PREFIX) else None

    def create(self, order_id: str, amount: Money, *, key: str) -> Payment:
        """Create a PaymentIntent for cards; an amount that Stripe never takes is declined at once."""
        import stripe

        try:
            return self._changed(
                "create",
                lambda options: self._intents.create(
                    {
                        "amount": amount.amount,
                        "currency": amount.currency.lower(),
                        "capture_method": "manual",
                        "allowed_payment_method_types": ["card"],
                        "metadata": {"order_id": order_id},
                        "expand": ["latest_charge"],
                    },
                    options,
                ),
                key,
            )
        except stripe.InvalidRequestError as error:
            if error.code not in AMOUNT_REFUSED:
                raise
            return Payment(key, order_id, "declined", amount, "card_declined")

    def authorise(self, payment: Payment, method: str, *, return_url: str, key: str) -> Payment:
        """Confirm with the token that the shopper's page made; a token that Stripe does not take is a decline."""
        import stripe

        try:
            return self._moved(
                payment,
                "confirm",
                lambda options: self._intents.confirm(
                    payment.payment_id,
                    {
                        "confirmation_token": method,
                        "return_url": return_url,
                        # Else the bank's page is for Stripe's script to open, and has no address of its own.
                        "use_stripe_sdk": False,
                        "expand": ["latest_charge"],
                    },
                    options,
                ),
                key,
            )
        except stripe.CardError as error:
            return self._declined(payment, error)
        except stripe.InvalidRequestError as error:
            if error.param != "confirmation_token":
                raise
            LOG.warning("Stripe does not take a shopper's token: %s", error.code)
            return self._declined(payment, error)

    def capture(self, payment: Payment, *, key: str) -> Payment:
        """Take authorised money."""
        return self._moved(
            payment,
            "capture",
            lambda options: self._intents.capture(payment.payment_id, {"expand": ["latest_charge"]}, options),
            key,
        )

    def cancel(self, payment: Payment, *, key: str) -> Payment:
        """Cancel for good, unless the money is taken."""
        return self._moved(
            payment,
            "cancel",
            lambda options: self._intents.cancel(payment.payment_id, {"expand": ["latest_charge"]}, options),
            key,
        )

    def refund(self, payment: Payment, *, key: str) -> Payment:
        """Give back all that is left of a payment."""
        return self._moved(
            payment,
            "refund",
            lambda options: self._client.v1.refunds.create({"payment_intent": payment.payment_id}, options),
            key,
        )

    def lookup(self, payment_id: str) -> Payment:
        """Return a payment as it stands."""
        return _told(
            self._ask(
                "retrieve",
                lambda options: self._intents.retrieve(payment_id, {"expand": ["latest_charge"]}, options),
            )
        )

    def event(self, body: bytes, headers: Mapping[str, str]) -> PaymentEvent | None:
        """Read a webhook; raises BadSignature for one that Stripe did not sign, or not lately."""
        import stripe

        signature = headers.get(SIGNATURE_HEADER, "")
        try:
            event = self._client.construct_event(body, signature, self._webhook_secret, SIGNATURE_SECONDS)
        except (stripe.SignatureVerificationError, ValueError, TypeError):
            # The last two are bodies and signatures that are no text.
            raise BadSignature from None
        # Which Stripe's own check lets pass.
        signed_at = next(int(part[2:]) for part in signature.split(",") if part.startswith("t="))
        if signed_at - time.time() > CLOCK_SKEW_SECONDS:
            raise BadSignature
        return _news(event.id, event.type, event.data.object)

    def payments(self) -> Iterator[Payment]:
        """Yield every payment that was made for an order."""
        wanted: PaymentIntentListParams = {"limit": MOST_A_PAGE, "expand": ["data.latest_charge"]}
        while True:
            page = self._ask("list", lambda options: self._intents.list(wanted, options))
            yield from (payment for payment in map(_told, page.data) if payment.order_id != NO_ORDER)
            if not page.has_more:
                return
            wanted["starting_after"] = page.data[-1].id

    def _declined(self, payment: Payment, error: CardError | InvalidRequestError) -> Payment:
        if _repeated(error.headers):
            now = self.lookup(payment.payment_id)
            if now.status != "created":
                return now
        return replace(payment, status="declined", decline_code=_decline_code(error.error))

    def _moved(
        self, payment: Payment, name: str, call: Callable[[RequestOptions], PaymentIntent | Refund], key: str
    ) -> Payment:
        """Change a payment; one that cannot be changed so any more is looked up."""
        import stripe

        try:
            return self._changed(name, call, key, payment.payment_id)
        except stripe.InvalidRequestError as error:
            if error.code not in MOVED_ON:
                raise
            return self.lookup(payment.payment_id)

    def _changed(
        self, name: str, call: Callable[[RequestOptions], PaymentIntent | Refund], key: str, payment_id: str = ""
    ) -> Payment:
        answer = self._ask(name, call, key)
        if answer.object == "refund":
            return self.lookup(payment_id)
        response = answer.last_response
        return self.lookup(answer.id) if response is not None and _repeated(response.headers) else _told(answer)

    def _ask(self, name: str, call: Callable[[RequestOptions], T], key: str = "", *, again: bool = True) -> T:
        """Ask Stripe, a second time where that may help; raises OutcomeUnknown where nobody knows what came of it."""
        import stripe
        from requests import Timeout

        if not deadline.allows(self._patience):
            raise OutcomeUnknown(f"{name}: no time left")
        try:
            with Stage("gateway", name):
                return call({"idempotency_key": key} if key else {})
        except stripe.APIConnectionError as error:
            # A connection that lay idle may be dead, and is not twice.
            doubt, may_help = f"{type(error.__cause__).__name__}", not isinstance(error.__cause__, Timeout)
        except (stripe.APIError, stripe.RateLimitError) as error:
            doubt, may_help = f"{error.http_status} {error.code} {error.request_id}", _repeated(error.headers)
            # All that this key will ever get. Everybody sees the same, and goes on to the same next key.
            key = f"{key}-again"
        except (stripe.AuthenticationError, stripe.PermissionError) as error:
            raise KeyRefused(f"{name}: {error.http_status} {error.request_id}") from None
        if again and may_help:
            return self._ask(name, call, key, again=False)
        LOG.warning("Stripe gave no clear answer to %s: %s", name, doubt)
        raise OutcomeUnknown(f"{name}: {doubt}")


def _told(intent: PaymentIntent) -> Payment:
    status = _status(intent)
    redirect = getattr(intent.next_action, "redirect_to_url", None) if status == "requires_action" else None
    return Payment(
        payment_id=intent.id,
        order_id=getattr(intent.metadata, "order_id", NO_ORDER),
        status=status,
        amount=Money(intent.amount, intent.currency.upper()),
        decline_code=_decline_code(intent.last_payment_error) if status == "declined" else None,
        action_url=redirect.url if redirect else None,
    )


def _status(intent: PaymentIntent) -> PaymentStatus:
    """Return a payment's status; one that Stripe is still at work on is nothing to act on."""
    status = STATUSES.get(intent.status)
    if status is None:
        raise OutcomeUnknown(f"{intent.id} is {intent.status}")
    # After a decline Stripe waits for another card.
    if status == "created" and intent.last_payment_error:
        return "declined"
    if status == "captured" and getattr(intent.latest_charge, "refunded", False):
        return "refunded"
    return status


def _decline_code(error: Any) -> DeclineCode:
    """Return why; `error` is Stripe's, which leaves out what it has nothing to say about."""
    said = {getattr(error, "code", None), getattr(error, "decline_code", None)}
    if "insufficient_funds" in said:
        return "insufficient_funds"
    return "authentication_failed" if said & UNAUTHENTICATED else "card_declined"


def _news(event_id: str, type_: str, about: Any) -> PaymentEvent | None:
    if type_ == "charge.refunded":
        payment_id = about["payment_intent"]
        return PaymentEvent(event_id, payment_id) if payment_id else None
    if type_.startswith("payment_intent.") and type_ != NO_NEWS:
        return PaymentEvent(event_id, about["id"])
    return None


def _repeated(headers: Mapping[str, str] | None) -> bool:
    """Whether an answer is one that its key was given before."""
    return {name.lower(): value for name, value in (headers or {}).items()}.get("idempotent-replayed") == "true"
