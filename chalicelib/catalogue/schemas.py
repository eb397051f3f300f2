"""The catalogue's part of the contract."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.money import Money

MAX_AVAILABILITY_SKUS = 100
MAX_LINES = 50
MAX_QUANTITY = 9_999

Sku = Annotated[str, Meta(min_length=1, max_length=64, examples=["TEAPOT-SAGE"])]
StockState = Literal["in_stock", "low", "sold_out"]


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """Some units of a sku."""

    sku: Sku
    quantity: Annotated[int, Meta(ge=1, le=MAX_QUANTITY)]


Lines = Annotated[list[Line], Meta(min_length=1, max_length=MAX_LINES)]


class Variant(Struct, frozen=True):
    """One thing that can be bought: a sku, the options that tell it apart, its price, its picture's address."""

    sku: str
    options: dict[str, str]
    price: Money
    image: str


class ProductSummary(Struct, frozen=True):
    """A product as lists show it; `price` is its cheapest variant's, `price_varies` whether others cost more.

    `image` is an address on the site.
    """

    slug: str
    name: str
    category: str
    price: Money
    price_varies: bool
    image: str
    image_alt: str
    skus: list[str]


class Product(Struct, frozen=True):
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


class Listing(Struct, frozen=True):
    """A product as the shop lists it: its place in the shop's order, and which of its skus can be bought just now."""

    product: Product
    position: int
    featured: bool
    in_stock: frozenset[str]


class Inventory(Struct, frozen=True):
    """Everything on sale, in the shop's order, and by slug why a product's record cannot be shown."""

    listings: list[Listing]
    set_aside: dict[str, str]


class Category(Struct, frozen=True):
    """A shelf of the shop and how many products stand on it."""

    slug: str
    name: str
    count: int


class AvailabilityQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of GET /availability: `sku`, once for each sku asked about."""

    sku: Annotated[
        list[Sku], Meta(min_length=1, max_length=MAX_AVAILABILITY_SKUS, description="A sku; repeat for more")
    ]


class Availability(Struct, frozen=True):
    """Live stock of a sku. `available` never says more than 10; low is 1 to 9."""

    sku: str
    state: StockState
    available: Annotated[int, Meta(ge=0, le=10)]


class AvailabilityList(Struct, frozen=True):
    """Live stock, in the order in which it was asked; a sku that the shop does not know is left out."""

    items: list[Availability]
    next_cursor: str | None
