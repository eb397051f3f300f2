"""The checkout's part of the contract."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.catalogue.schemas import MAX_QUANTITY as MAX_QUANTITY
from chalicelib.catalogue.schemas import Line as Line
from chalicelib.catalogue.schemas import Lines
from chalicelib.fields import END, CountryCode, CurrencyCode
from chalicelib.money import Money
from chalicelib.orders.schemas import Address, Contact

MethodId = Annotated[str, Meta(min_length=1, max_length=40, examples=["standard"])]
PromoCode = Annotated[str, Meta(max_length=40)]


class QuoteDelivery(Struct, frozen=True, forbid_unknown_fields=True):
    """Delivery to be priced; left out, the shop's first method to its home country."""

    method: MethodId | None = None
    country: CountryCode | None = None


class QuoteRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /quotes. The same sku twice is merged."""

    lines: Lines
    delivery: QuoteDelivery | None = None
    promo_code: PromoCode | None = None


class QuoteLine(Struct, frozen=True):
    """A priced line."""

    sku: str
    slug: str
    name: str
    image: str
    quantity: int
    unit_price: Money
    line_total: Money


class PricedDelivery(Struct, frozen=True):
    """A delivery method and what it costs for this cart."""

    method: str
    name: str
    promise: str
    price: Money


class QuoteProblem(Struct, frozen=True):
    """Why a line cannot be bought as it stands. `sku` is null where the problem is not a line's.

    Codes: `unknown_sku`, `sold_out`, `not_enough_stock`, `unknown_delivery_method`, `no_delivery_to_country`,
    `unknown_promo_code`, `promo_code_expired`, `promo_code_used_up`, `promo_code_needs_more`.
    """

    sku: str | None
    code: str
    detail: str


class Quote(Struct, frozen=True):
    """What a cart would cost now. Nothing is reserved; `total` is what an order must expect.

    `promotion` says in words what the promo code does; from a subtotal of `free_delivery_from` on, the delivery
    methods that can be are free.
    """

    lines: list[QuoteLine]
    delivery_methods: list[PricedDelivery]
    subtotal: Money
    delivery: Money
    discount: Money
    tax: Money
    total: Money
    promotion: str | None
    free_delivery_from: Money
    problems: list[QuoteProblem]


class OrderDeliveryRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """How and where to deliver an order."""

    method: MethodId
    address: Address


NOTHING_TO_PAY = "none"


class PaymentRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A token of the payment gateway, or `none` for an order that costs nothing; card numbers never come here."""

    method: Annotated[
        str,
        Meta(
            pattern=f"^[A-Za-z0-9_-]+{END}",
            max_length=200,
            examples=["tok_visa"],
            extra={"must_be": "a token of the payment gateway; never a card number"},
        ),
    ]


class ExpectedTotal(Struct, frozen=True, forbid_unknown_fields=True):
    """The total that the shopper saw and agreed to, in minor units."""

    amount: Annotated[int, Meta(ge=0, le=10**12)]
    currency: CurrencyCode


class OrderRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /orders. The same sku twice is merged."""

    lines: Lines
    contact: Contact
    delivery: OrderDeliveryRequest
    payment: PaymentRequest
    expected_total: ExpectedTotal
    promo_code: PromoCode | None = None


class WebhookHeaders(Struct, frozen=True):
    """How a gateway signs its news; each has its own header."""

    stripe_signature: str | None = None
    sandbox_signature: str | None = None


class OrderHeaders(Struct, frozen=True, forbid_unknown_fields=True):
    """The headers of POST /orders: the key makes a repeated request the same order."""

    idempotency_key: Annotated[
        str, Meta(min_length=16, max_length=255, description="16 to 255 characters, new for each purchase")
    ]
