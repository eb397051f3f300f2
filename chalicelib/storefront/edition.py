"""One edition of the site: everything rendered from the inventory as it was read once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from chalicelib.catalogue.schemas import Category, Inventory, Listing
from chalicelib.catalogue.service import is_slug, summary
from chalicelib.shop import Shop
from chalicelib.storefront.domain import Publication, related
from chalicelib.storefront.pages import Pages

LOG = logging.getLogger(__name__)

XML = "application/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

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
    "offline": "offline.html",
    "404": "not_found.html",
}


class Edition:
    """Renders pages; a product whose page cannot be rendered is added to `set_aside`, with the reason."""

    def __init__(self, number: int, inventory: Inventory, shop: Shop, pages: Pages) -> None:
        self.number = number
        self.listings = inventory.listings
        self.set_aside = dict(inventory.set_aside)
        self._shop = shop
        self._pages = pages
        self._shelves = {category.slug: self._shelf(category.slug) for category in shop.categories}
        self._by_slug = {listing.product.slug: listing for listing in self.listings}

    def slugs_of(self, skus: Iterable[str]) -> set[str]:
        """Return the slugs of the products that some skus are variants of."""
        wanted = set(skus)
        return {
            listing.product.slug
            for listing in self.listings
            if not wanted.isdisjoint(variant.sku for variant in listing.product.variants)
        }

    def everything(self) -> Iterator[Publication]:
        """Render the whole site."""
        yield from self.shop_wide()
        yield from self.categories(self._shelves)
        yield from self.products(self._by_slug)
        for key, template in FIXED_PAGES.items():
            yield self._page(key, template)
        yield self._file("robots.txt", TEXT)

    def shop_wide(self) -> Iterator[Publication]:
        """Render what shows any change: home, the map for search engines, the feed for shopping engines."""
        featured = [summary(listing.product) for listing in self.listings if listing.featured]
        categories = [Category(c.slug, c.name, len(self._shelves[c.slug])) for c in self._shop.categories]
        home = self._pages.render("home.html", "/", self.number, featured=featured, categories=categories)
        yield Publication("index.html", home)
        yield self._file("sitemap.xml", XML)
        yield self._file("feed.xml", XML)

    def categories(self, slugs: Iterable[str]) -> Iterator[Publication]:
        """Render the pages of categories."""
        for slug in slugs:
            shelf = [summary(listing.product) for listing in self._shelves.get(slug, [])]
            if category := self._shop.category(slug):
                yield self._page(f"categories/{slug}", "category.html", category=category, products=shelf)

    def products(self, slugs: Iterable[str]) -> Iterator[Publication]:
        """Render the pages of products; of one that is sold no more, a page that says so.

        A product that is set aside keeps the page that it has.
        """
        for slug in slugs:
            if slug in self._by_slug:
                yield from self._product(self._by_slug[slug])
            elif slug not in self.set_aside and is_slug(slug):
                yield self._page(f"products/{slug}", "gone.html")

    def _product(self, listing: Listing) -> Iterator[Publication]:
        product = listing.product
        try:
            yield self._page(
                f"products/{product.slug}",
                "product.html",
                product=product,
                category=self._shop.category(product.category),
                related=[summary(other.product) for other in related(product.slug, self._shelves[product.category])],
                availability={variant.sku: variant.sku in listing.in_stock for variant in product.variants},
            )
        except Exception as error:
            # One product must not keep the rest of the shop from being published, whatever is in its record.
            LOG.exception("the page of %s cannot be rendered", product.slug)
            self.set_aside[product.slug] = f"{type(error).__name__}: {error}"

    def _shelf(self, category: str) -> list[Listing]:
        return [listing for listing in self.listings if listing.product.category == category]

    def _page(self, key: str, template: str, **values: object) -> Publication:
        return Publication(key, self._pages.render(template, f"/{key}", self.number, **values))

    def _file(self, key: str, content_type: str) -> Publication:
        body = self._pages.render(key, f"/{key}", self.number, listings=self.listings)
        return Publication(key, body, content_type)
