"""What the peers with pydantic take and answer, as its models: the shop's own contract."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
Email = Annotated[
    str, Field(pattern=rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{LABEL}(?:\.{LABEL})+$", max_length=254)
]
PRINTABLE = r"[^\x00-\x1f\x7f]"
NOT_BLANK = rf"^{PRINTABLE}*[^\s\x00-\x1f\x7f]{PRINTABLE}*$"
Line = Annotated[str, Field(pattern=NOT_BLANK, max_length=120)]
OptionalLine = Annotated[str, Field(pattern=rf"^{PRINTABLE}*$", max_length=120)]
Postcode = Annotated[str, Field(pattern=NOT_BLANK, max_length=16)]
CountryCode = Annotated[str, Field(pattern="^[A-Z]{2}$")]
CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$")]
MethodId = Annotated[str, Field(min_length=1, max_length=40)]


class Given(BaseModel):
    """A part of a request: what is not known is refused."""

    model_config = ConfigDict(extra="forbid")


class Wanted(Given):
    """Some units of a sku."""

    sku: Annotated[str, Field(min_length=1, max_length=64)]
    quantity: Annotated[int, Field(ge=1, le=9_999, strict=True)]


Lines = Annotated[list[Wanted], Field(min_length=1, max_length=50)]


class QuoteDelivery(Given):
    """Delivery to be priced."""

    method: MethodId | None = None
    country: CountryCode | None = None


class QuoteRequest(Given):
    """The body of POST /quotes."""

    lines: Lines
    delivery: QuoteDelivery | None = None


class Address(Given):
    """Where a parcel goes."""

    name: Line
    line1: Line
    city: Line
    postcode: Postcode
    country: CountryCode
    line2: OptionalLine | None = None


class Contact(Given):
    """Whom the shop writes to."""

    email: Email
    name: Line


class OrderDeliveryRequest(Given):
    """How and where to deliver."""

    method: MethodId
    address: Address


class PaymentRequest(Given):
    """A token of the payment gateway."""

    method: Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$", max_length=200)]


class Money(Given):
    """An amount in minor units."""

    amount: Annotated[int, Field(ge=0, le=10**12, strict=True)]
    currency: CurrencyCode


class OrderRequest(Given):
    """The body of POST /orders."""

    lines: Lines
    contact: Contact
    delivery: OrderDeliveryRequest
    payment: PaymentRequest
    expected_total: Money


class Page(Given):
    """The parameters of GET /products."""

    limit: Annotated[int, Field(ge=1, le=100)] = 24
    cursor: Annotated[str, Field(pattern="^[0-9]*$")] = ""


class Variant(BaseModel):
    """One thing that can be bought."""

    sku: str
    options: dict[str, str]
    price: Money
    image: str


class ProductSummary(BaseModel):
    """A product as lists show it."""

    slug: str
    name: str
    category: str
    price: Money
    price_varies: bool
    image: str
    image_alt: str
    skus: list[str]


class Product(BaseModel):
    """A product with everything that its page shows."""

    slug: str
    name: str
    category: str
    description: str
    material: str
    details: dict[str, str]
    price: Money
    price_varies: bool
    image: str
    image_alt: str
    variants: list[Variant]


class FacetValue(BaseModel):
    """A value that a list can be narrowed to."""

    value: str
    name: str
    count: int


class ProductList(BaseModel):
    """A page of products."""

    items: list[ProductSummary]
    total: int
    facets: dict[str, list[FacetValue]]
    next_cursor: str | None
    did_you_mean: str | None


class OrderLine(BaseModel):
    """A priced line."""

    sku: str
    slug: str
    name: str
    image: str
    quantity: int
    unit_price: Money
    line_total: Money


class PricedDelivery(BaseModel):
    """A delivery method and what it costs."""

    method: str
    name: str
    promise: str
    price: Money


class QuoteProblem(BaseModel):
    """Why a line cannot be bought."""

    sku: str | None
    code: str
    detail: str


class Totals(BaseModel):
    """What an order costs."""

    subtotal: Money
    delivery: Money
    discount: Money
    tax: Money
    total: Money
    promotion: str | None = None


class Quote(Totals):
    """What a cart would cost now."""

    lines: list[OrderLine]
    delivery_methods: list[PricedDelivery]
    free_delivery_from: Money
    problems: list[QuoteProblem]


class OrderDelivery(BaseModel):
    """How and where an order is delivered."""

    method: str
    name: str
    address: Address


class OrderPayment(BaseModel):
    """How an order is paid."""

    status: str
    method: str
    action: str | None = None
    decline_code: str | None = None


class TimelineEntry(BaseModel):
    """A status and when the order came to it."""

    status: str
    at: str


class Order(BaseModel):
    """An order."""

    id: str
    number: str
    status: str
    placed_at: str
    contact: Contact
    lines: list[OrderLine]
    totals: Totals
    delivery: OrderDelivery
    payment: OrderPayment
    timeline: list[TimelineEntry]
    cancellable: bool
    order_key: str
