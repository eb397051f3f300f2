"""The orders' part of the contract."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.fields import CountryCode, Email, Line, OptionalLine, Postcode
from chalicelib.money import Money
from chalicelib.paging import MAX_PAGE

OrderStatus = Literal[
    "pending_payment", "paid", "payment_failed", "expired", "cancelled", "shipped", "refunding", "refunded"
]


class Address(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a parcel goes; `country` is an ISO 3166 alpha-2 code."""

    name: Line
    line1: Line
    city: Line
    postcode: Postcode
    country: CountryCode
    line2: OptionalLine | None = None


class Contact(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the shop writes to about an order."""

    email: Email
    name: Line


class OrderLine(Struct, frozen=True):
    """A line as it was bought: name and price stay, whatever the catalogue says later."""

    sku: str
    slug: str
    name: str
    image: str
    quantity: int
    unit_price: Money
    line_total: Money


class Totals(Struct, frozen=True):
    """What an order costs: `total = subtotal + delivery - discount`; `tax` is the part of total that is tax.

    `promotion` says in words what was taken off, such as `10 % off`; null where no code was used.
    """

    subtotal: Money
    delivery: Money
    discount: Money
    tax: Money
    total: Money
    promotion: str | None = None


class OrderDelivery(Struct, frozen=True):
    """How and where an order is delivered."""

    method: str
    name: str
    address: Address


class PaymentAction(Struct, frozen=True):
    """What the shopper must do before the payment can go on."""

    type: Literal["redirect"]
    url: str


class OrderPayment(Struct, frozen=True):
    """How an order is paid, and how far that is; `decline_code` says why it failed, as the 402 did."""

    status: Literal[
        "pending", "requires_action", "authorised", "captured", "failed", "cancelled", "refunded", "not_needed"
    ]
    method: str
    action: PaymentAction | None = None
    decline_code: str | None = None


class TimelineEntry(Struct, frozen=True):
    """A status and when the order came to it."""

    status: OrderStatus
    at: datetime


class Order(Struct, frozen=True):
    """An order. `order_key` is there for a guest's order only, and lets its bearer read and cancel it later."""

    id: str
    number: str
    status: OrderStatus
    placed_at: datetime
    contact: Contact
    lines: list[OrderLine]
    totals: Totals
    delivery: OrderDelivery
    payment: OrderPayment
    timeline: list[TimelineEntry]
    cancellable: bool
    order_key: str | UnsetType = UNSET


class OrderList(Struct, frozen=True):
    """A page of someone's orders, the latest first."""

    items: list[Order]
    next_cursor: str | None


class OrderQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of GET /orders."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Orders a page")] = 24
    cursor: Annotated[str, Meta(max_length=400, description="next_cursor of the page before")] = ""


class OrderKeyHeader(Struct, frozen=True):
    """The key of a guest's order."""

    x_order_key: Annotated[str, Meta(max_length=200, description="order_key of a guest's order")] | None = None
