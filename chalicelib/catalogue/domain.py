"""The catalogue's rules: what a product is, how lists are sorted and searched, what stock is called."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

AVAILABLE_SHOWN = 10
LOW_BELOW = 10
APOSTROPHES = dict.fromkeys(map(ord, "'’"))


class VariantFacts(Struct, frozen=True):
    """A sku of a product; `price` in minor units of the shop's currency."""

    sku: str
    options: dict[str, str]
    price: int
    image: str


class ProductFacts(Struct, frozen=True):
    """A product as it is kept. `position` is its place among the shop's own order."""

    slug: str
    name: str
    category: str
    description: str
    material: str
    details: dict[str, str]
    image: str
    image_alt: str
    position: int
    featured: bool
    variants: list[VariantFacts]

    @property
    def price(self) -> int:
        """The cheapest variant's price."""
        return min(variant.price for variant in self.variants)

    @property
    def price_varies(self) -> bool:
        """Whether another variant costs more."""
        return any(variant.price != self.price for variant in self.variants)


class SkuFacts(Struct, frozen=True):
    """What checkout prices. `name` tells the variant apart: `Stoneware teapot, Sage`."""

    sku: str
    slug: str
    name: str
    price: int
    image: str
    active: bool


class StockTake(Struct, frozen=True):
    """Units of a sku that an order holds or has bought, and the shard that they come from."""

    sku: str
    shard: int
    quantity: int


class StockLevel(Struct, frozen=True):
    """The units of a sku in one shard: `available + held + sold = received`."""

    sku: str
    shard: int
    received: int
    available: int
    held: int
    sold: int


def split(sku: str, quantity: int, levels: Mapping[int, int], start: int) -> list[StockTake] | None:
    """Take a quantity from as few shards as can be, given the units in each; None where they cannot serve it together.

    Shards that can serve it alone come first, from `start` on, so that buyers spread over them.
    """
    shards = sorted(levels, key=lambda shard: (shard - start) % (max(levels) + 1))
    for shard in shards:
        if levels[shard] >= quantity:
            return [StockTake(sku, shard, quantity)]
    takes: list[StockTake] = []
    for shard in sorted(shards, key=lambda shard: -levels[shard]):
        units = min(quantity, levels[shard])
        if units > 0:
            takes.append(StockTake(sku, shard, units))
            quantity -= units
    return None if quantity else takes


def variant_name(product: str, options: dict[str, str]) -> str:
    """Name a variant for a cart or an order: the product, then its options."""
    return ", ".join([product, *options.values()])


def stock_state(available: int) -> Literal["in_stock", "low", "sold_out"]:
    """Say how a shopper would: sold out at 0, low from 1 to 9, in stock above."""
    if available <= 0:
        return "sold_out"
    return "low" if available < LOW_BELOW else "in_stock"


def words(text: str) -> list[str]:
    """Split text into the words that search compares: lower case, no accents, `Chef’s` as `chefs`."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(APOSTROPHES)
    return "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()


def matches(product: ProductFacts, query: str) -> bool:
    """Whether every word of the query begins a word of the product or of its variants' options."""
    options = [value for variant in product.variants for value in variant.options.values()]
    haystack = words(" ".join([product.name, product.category, product.material, product.description, *options]))
    wanted = words(query)
    return bool(wanted or not query.strip()) and all(any(w.startswith(q) for w in haystack) for q in wanted)


SortKey = tuple[int | str, ...]


def sort_key(product: ProductFacts, sort: str, query: str = "") -> SortKey:
    """Return a key that orders a list and is unique, so that a cursor can continue after it.

    By default names that match the query come before mere descriptions, then the shop's own order.
    """
    match sort:
        case "price_asc":
            return (product.price, product.slug)
        case "price_desc":
            return (-product.price, product.slug)
        case "name":
            return (" ".join(words(product.name)), product.slug)
        case _:
            in_name = all(any(w.startswith(q) for w in words(product.name)) for q in words(query))
            return (0 if in_name else 1, product.position, product.slug)


def count_by_category(products: Iterable[ProductFacts]) -> dict[str, int]:
    """Count products a category."""
    counts: dict[str, int] = {}
    for product in products:
        counts[product.category] = counts.get(product.category, 0) + 1
    return counts
