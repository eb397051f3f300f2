"""Use cases of the storefront: rendering every page and publishing it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from chalicelib.catalogue.schemas import Product
from chalicelib.catalogue.service import CatalogueService, summary
from chalicelib.settings import Settings
from chalicelib.shop import Shop, ShopCategory
from chalicelib.storefront.pages import Pages

HTML = "text/html; charset=utf-8"
SHORT_LIVED = "public, max-age=60, stale-while-revalidate=86400"
RELATED = 4

FIXED_PAGES = {
    "search": "search.html",
    "sign-in": "sign_in.html",
    "sign-up": "sign_up.html",
    "cart": "cart.html",
    "checkout": "checkout.html",
    "challenge": "challenge.html",
    "confirmation": "confirmation.html",
    "account": "account.html",
    "security": "security.html",
    "devices": "devices.html",
    "reset": "reset.html",
    "verify": "verify.html",
    "404": "not_found.html",
}


class Page(Struct, frozen=True):
    """A rendered page and the key under which the bucket keeps it."""

    key: str
    body: bytes


class Store(Protocol):
    """Where pages are published."""

    def put(self, key: str, body: bytes, content_type: str, cache_control: str) -> None: ...


class StorefrontService:
    """Renders and publishes the pages."""

    def __init__(self, catalogue: CatalogueService, store: Store, shop: Shop, settings: Settings) -> None:
        self._catalogue = catalogue
        self._store = store
        self._shop = shop
        self._pages = Pages(shop, settings)

    def publish_all(self) -> int:
        """Render every page into the store; returns how many."""
        pages = list(self.render_all())
        for page in pages:
            self._store.put(page.key, page.body, HTML, SHORT_LIVED)
        return len(pages)

    def render_all(self) -> Iterator[Page]:
        """Render every page of the site."""
        products = self._catalogue.all_products()
        yield self._home()
        for category in self._shop.categories:
            yield self._category(category, products)
        for product in products:
            yield self._product(product, products)
        for key, template in FIXED_PAGES.items():
            yield self._render(key, template)

    def _home(self) -> Page:
        body = self._pages.render(
            "home.html", "/", featured=self._catalogue.featured(), categories=self._catalogue.categories()
        )
        return Page("index.html", body)

    def _category(self, category: ShopCategory, products: list[Product]) -> Page:
        shelf = [summary(product) for product in products if product.category == category.slug]
        return self._render(f"categories/{category.slug}", "category.html", category=category, products=shelf)

    def _product(self, product: Product, products: list[Product]) -> Page:
        shelf = [other for other in products if other.category == product.category]
        place = shelf.index(product)
        related = [summary(other) for other in (shelf[place + 1 :] + shelf[:place])[:RELATED]]
        return self._render(
            f"products/{product.slug}",
            "product.html",
            product=product,
            category=self._shop.category(product.category),
            related=related,
        )

    def _render(self, key: str, template: str, **values: object) -> Page:
        return Page(key, self._pages.render(template, f"/{key}", **values))
