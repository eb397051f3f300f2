"""The shop's own choices, read from shop.toml once a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from chalicelib.money import Money

SHOP_FILE = Path(__file__).with_name("shop.toml")
PACKAGED_SHOP = SHOP_FILE.with_suffix(".json")


class DeliveryMethod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to deliver; `price` in minor units of the shop's currency.

    `days` are the fewest and the most that `promise` means: shopping engines compare by them.
    """

    method: str
    name: str
    promise: str
    price: int
    free_when_qualified: bool = False
    days: tuple[int, int] | None = None


class Country(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A country that the shop delivers to; `tax_rate` in basis points."""

    code: str
    name: str
    tax_rate: int


class ShopCategory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A shelf of the shop: its picture's address, a paragraph about it, and what to look at when choosing."""

    slug: str
    name: str
    tagline: str
    image: str = ""
    intro: str = ""
    choosing: dict[str, str] = {}


class Shop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shop.toml says; a misspelt key there fails at start rather than being ignored."""

    name: str
    tagline: str
    email: str
    locale: str
    currency: str
    returns_days: int
    free_delivery_from: int
    delivery_methods: list[DeliveryMethod]
    countries: list[Country]
    categories: list[ShopCategory]
    stock_shards: dict[str, int] = {}
    price_bands: list[int] = []
    ignored_words: frozenset[str] = frozenset()
    synonyms: dict[str, list[str]] = {}

    def money(self, amount: int) -> Money:
        """Return an amount in the shop's currency."""
        return Money(amount, self.currency)

    def country(self, code: str) -> Country | None:
        """Return the country with an ISO 3166 alpha-2 code, or None where the shop does not deliver."""
        return next((country for country in self.countries if country.code == code), None)

    def delivery_method(self, method: str) -> DeliveryMethod | None:
        """Return the delivery method of that id, or None."""
        return next((one for one in self.delivery_methods if one.method == method), None)

    def shards(self, sku: str) -> int:
        """Return over how many items a sku's stock is spread: one, unless it sells very fast."""
        return self.stock_shards.get(sku, 1)

    def category(self, slug: str) -> ShopCategory | None:
        """Return the category of that slug, or None."""
        return next((one for one in self.categories if one.slug == slug), None)


@cache
def shop() -> Shop:
    """Return the shop's choices. A package holds them as JSON too, which takes no parser of Python's."""
    if PACKAGED_SHOP.exists():
        return msgspec.json.decode(PACKAGED_SHOP.read_bytes(), type=Shop)
    return msgspec.toml.decode(SHOP_FILE.read_bytes(), type=Shop)
