"""The catalogue's rules: what a product is, when it can be shown, what stock is called."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Literal

from msgspec import Struct

from chalicelib.money import MOST_AMOUNT

AVAILABLE_SHOWN = 10
LOW_BELOW = 10
MOST_POSITION = 10**9
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
IMAGE = re.compile(r"/(?!/)[^\s\"'<>\\]+")
# Whatever XML 1.0 does not allow: control characters, halves of surrogate pairs.
# Compiled when it is first asked for: that takes 5 ms, and who browses never asks.
UNPRINTABLE = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


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


def is_slug(text: str) -> bool:
    """Whether a text can name a page: small letters, digits and hyphens, 100 at most."""
    return SLUG.fullmatch(text) is not None


class Unreadable(Struct, frozen=True):
    """A product's record that cannot be shown, and why: someone has written it by hand, or an earlier version did."""

    slug: str
    reason: str


def fault(product: ProductFacts, categories: Container[str]) -> str:
    """Say what is wrong with a product that can be read but not shown; empty if nothing is."""
    if not is_slug(product.slug):
        return "its slug is not of small letters, digits and hyphens, 100 at most"
    if product.category not in categories:
        return f"its category {product.category!r} is none of the shop's"
    if not product.variants:
        return "it has no variants"
    if not all(0 <= variant.price <= MOST_AMOUNT for variant in product.variants):
        return f"a price is not between 0 and {MOST_AMOUNT}"
    if abs(product.position) > MOST_POSITION:
        return f"its position is beyond {MOST_POSITION}"
    if not all(map(IMAGE.fullmatch, [product.image, *(variant.image for variant in product.variants)])):
        return "an image is no address on the shop's own site, such as /assets/images/products/teapot.svg"
    if any(re.search(UNPRINTABLE, text) for text in _texts(product)):
        return "a text holds a character that cannot be written, such as a control character"
    axes = {tuple(variant.options) for variant in product.variants}
    return "its variants have different options" if len(axes) > 1 else ""


def _texts(product: ProductFacts) -> Iterator[str]:
    yield from (product.name, product.description, product.material, product.image_alt)
    yield from chain.from_iterable(product.details.items())
    for variant in product.variants:
        yield from (variant.sku, *chain.from_iterable(variant.options.items()))


def first_seller(products: Iterable[ProductFacts]) -> dict[str, str]:
    """Return by sku the slug of the product that sells it: the first, where several would."""
    sellers: dict[str, str] = {}
    for product in products:
        for variant in product.variants:
            sellers.setdefault(variant.sku, product.slug)
    return sellers


def units(item: Mapping[str, Mapping[str, str]], name: str) -> int:
    """Return a number of units as DynamoDB's own form of a stock record says it; 0 where it does not."""
    return int(Decimal(item.get(name, {}).get("N", "0")))


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


def by_shard(facts: Iterable[object]) -> dict[str, dict[int, int]]:
    """Return the units available by sku and shard, of those facts that are stock levels."""
    stock: dict[str, dict[int, int]] = {}
    for level in facts:
        if isinstance(level, StockLevel):
            stock.setdefault(level.sku, {})[level.shard] = level.available
    return stock


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
