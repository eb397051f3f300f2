"""How placing an order can end without an order, as facts."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from chalicelib.checkout.schemas import Quote
from chalicelib.errors import FieldError, ShopError


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
    title = "This order is being placed"

    def __init__(self) -> None:
        super().__init__("Repeat the request in a moment to learn how it went.", headers={"Retry-After": "1"})


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


def declined(code: str | None) -> PaymentDeclined:
    """Return the error for a decline code."""
    return InsufficientFunds() if code == InsufficientFunds.code else PaymentDeclined()
