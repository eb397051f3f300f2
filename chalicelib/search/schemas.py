"""Search's part of the contract, and what a snapshot is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.catalogue.schemas import Category, ProductSummary
from chalicelib.money import MOST_AMOUNT, Money
from chalicelib.paging import MAX_PAGE

MAX_ATTRIBUTES = 20
MAX_CURSOR = 1000

# Where the bucket keeps the pointer to the newest snapshot.
POINTER = "catalogue/current.json"

Sort = Literal["featured", "price_asc", "price_desc", "name"]
Price = Annotated[int, Meta(ge=0, le=MOST_AMOUNT)]
Attribute = Annotated[
    str,
    Meta(
        pattern=r"^[^:]{1,80}:[^:]",
        max_length=200,
        examples=["Material:Stoneware"],
        extra={"must_be": "an attribute's name and a value of it, such as Material:Stoneware"},
    ),
]


class Pointer(Struct, frozen=True):
    """Which snapshot is the newest: `key` in the site's bucket, gzipped; `sha256` in hex, of the file itself.

    `previous` are the keys of the snapshots before it that are still there, the latest first.
    """

    edition: int
    key: str
    sha256: str
    previous: list[str] = []


class FacetValue(Struct, frozen=True):
    """A value that a list can be narrowed to, and how many products would be left."""

    value: str
    name: str
    count: int


class ProductList(Struct, frozen=True):
    """A page of products; `total` counts all pages.

    `facets` narrow the list: `category`, `price` (`2500-4999`, in minor units; `10000-` has no end), then each
    attribute by its name, then `availability`. A facet's counts leave its own choices out, so that more can be chosen.
    `did_you_mean` is the query that was answered, where the one that was asked finds nothing.
    """

    items: list[ProductSummary]
    total: int
    facets: dict[str, list[FacetValue]]
    next_cursor: str | None
    did_you_mean: str | None


class ProductQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of GET /products."""

    q: Annotated[str, Meta(max_length=200, description="Words to look for")] = ""
    category: Annotated[str, Meta(max_length=80, description="A category's slug")] = ""
    attribute: Annotated[
        list[Attribute],
        Meta(
            max_length=MAX_ATTRIBUTES,
            description="`Name:Value`; repeat for more. Values of one name widen the list, further names narrow it",
        ),
    ] = []
    min_price: Annotated[Price | None, Meta(description="The lowest price, in minor units")] = None
    max_price: Annotated[Price | None, Meta(description="The highest price, in minor units")] = None
    availability: Annotated[
        Literal["", "in_stock"], Meta(description="`in_stock` leaves out what is sold out altogether")
    ] = ""
    sort: Annotated[Sort, Meta(description="The order of the list; `featured` puts the best match first")] = "featured"
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Products a page")] = 24
    cursor: Annotated[str, Meta(max_length=MAX_CURSOR, description="next_cursor of the page before")] = ""


class CategoryList(Struct, frozen=True):
    """Every category, in the shop's order."""

    items: list[Category]
    next_cursor: str | None


class SuggestionQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of GET /suggestions."""

    q: Annotated[str, Meta(min_length=1, max_length=200, description="What has been typed so far")]


class Suggestion(Struct, frozen=True):
    """A page that somebody who types this may want; a category has no price and no picture."""

    kind: Literal["product", "category"]
    name: str
    address: str
    price: Money | None
    image: str | None


class SuggestionList(Struct, frozen=True):
    """At most six products, then at most two categories."""

    items: list[Suggestion]
    next_cursor: str | None
