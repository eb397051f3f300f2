"""The catalogue's part of the contract."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.money import Money
from chalicelib.paging import MAX_PAGE

MAX_AVAILABILITY_SKUS = 100
MAX_LINES = 50
MAX_QUANTITY = 9_999

Sku = Annotated[str, Meta(min_length=1, max_length=64, examples=["TEAPOT-SAGE"])]
StockState = Literal["in_stock", "low", "sold_out"]
Sort = Literal["featured", "price_asc", "price_desc", "name"]


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


class FacetValue(Struct, frozen=True):
    """A value that a list can be narrowed to, and how many products would be left."""

    value: str
    name: str
    count: int


class ProductList(Struct, frozen=True):
    """A page of products; `total` counts all pages, `facets` narrow the list by parameter name."""

    items: list[ProductSummary]
    total: int
    facets: dict[str, list[FacetValue]]
    next_cursor: str | None
    did_you_mean: str | None


class ProductQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of GET /products."""

    q: Annotated[str, Meta(max_length=200, description="Words to look for")] = ""
    category: Annotated[str, Meta(max_length=80, description="A category's slug")] = ""
    sort: Annotated[Sort, Meta(description="The order of the list")] = "featured"
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Products a page")] = 24
    cursor: Annotated[str, Meta(max_length=400, description="next_cursor of the page before")] = ""


class Category(Struct, frozen=True):
    """A shelf of the shop and how many products stand on it."""

    slug: str
    name: str
    count: int


class CategoryList(Struct, frozen=True):
    """Every category, in the shop's order."""

    items: list[Category]
    next_cursor: str | None


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
