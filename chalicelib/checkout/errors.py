"""How placing an order can end without an order, as facts."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from chalicelib.checkout.schemas import Quote
from chalicelib.errors import FieldError, ShopError, Unavailable


class KeyReused(ShopError):
    """The Idempotency-Key belongs to another body, or to someone else's order."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for another order"

    def __init__(self) -> None:
        field = FieldError("Idempotency-Key", "Use a new key for a new order.")
        super().__init__("Send the same body again to repeat an order, or a new key for a new one.", errors=[field])


class InProgress(ShopError):
    """Another request with the same key is at work."""

    status = HTTPStatus.CONFLICT
    code = "in_progress"
    title = "Another request is at work on this order"

    def __init__(self) -> None:
        super().__init__("Repeat this one in a moment to learn how it went.", headers={"Retry-After": "1"})


class PriceChanged(ShopError):
    """The total is not what the shopper agreed to; `quote` is what it would be now."""

    status = HTTPStatus.CONFLICT
    code = "price_changed"
    title = "The total has changed"

    def __init__(self, quote: Quote) -> None:
        super().__init__(
            "Nothing was ordered or charged. Look at the new total and confirm it.",
            extra={"quote": msgspec.to_builtins(quote)},
        )


class OutOfStock(ShopError):
    """Some lines cannot be served; `errors` names them."""

    status = HTTPStatus.CONFLICT
    code = "out_of_stock"
    title = "Some things are sold out"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("Nothing was ordered or charged. Change the lines named here.", errors=errors)


class PaymentDeclined(ShopError):
    """The bank said no."""

    status = HTTPStatus.PAYMENT_REQUIRED
    code = "card_declined"
    title = "The card was declined"

    def __init__(self) -> None:
        super().__init__("Nothing was charged. Try another card.")


class InsufficientFunds(PaymentDeclined):
    """The bank said no, and why."""

    code = "insufficient_funds"
    title = "The card has insufficient funds"


class AuthenticationFailed(PaymentDeclined):
    """The shopper did not confirm the payment with the bank."""

    code = "authentication_failed"
    title = "The payment was not confirmed"


class OrderEnded(ShopError):
    """The order that this key names has ended unpaid."""

    status = HTTPStatus.CONFLICT
    code = "order_ended"
    title = "This order is closed"

    def __init__(self, status: str) -> None:
        how = "was cancelled" if status == "cancelled" else "ran out of time"
        super().__init__(f"It {how}, and nothing was charged. Place a new order under a new key.")


class NotCancellable(ShopError):
    """It is too late to call the order off, or there is nothing to call off."""

    status = HTTPStatus.CONFLICT
    code = "not_cancellable"
    title = "This order cannot be cancelled"

    def __init__(self, status: str) -> None:
        shipped = "The parcel has left. You can send it back when it has come."
        super().__init__(shipped if status == "shipped" else "It has ended already, and nothing was charged.")


class WebhookRefused(ShopError):
    """What calls itself news of the payment gateway is not signed by it."""

    code = "bad_signature"
    title = "The signature does not fit"


class GatewayUnavailable(Unavailable):
    """The payment gateway does not answer."""

    code = "gateway_unavailable"
    title = "The payment gateway does not answer"

    def __init__(self) -> None:
        super().__init__("Please try again in a moment; nothing is lost.")


DECLINES = {kind.code: kind for kind in (PaymentDeclined, InsufficientFunds, AuthenticationFailed)}


def declined(code: str | None) -> PaymentDeclined:
    """Return the error for a decline code."""
    return DECLINES.get(code or "", PaymentDeclined)()
