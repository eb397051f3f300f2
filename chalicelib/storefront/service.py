"""Use cases of the storefront: publishing the whole site, or what a change touches."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from chalicelib import metrics
from chalicelib.catalogue.service import CatalogueService
from chalicelib.shop import Shop
from chalicelib.storefront import snapshots
from chalicelib.storefront.domain import Change, Publication, pages_touched, shelves_touched
from chalicelib.storefront.edition import Edition
from chalicelib.storefront.pages import Pages
from chalicelib.storefront.snapshots import Build, SnapshotShelf

LOG = logging.getLogger(__name__)
PRODUCT_PAGES = "products/"


class Store(snapshots.Store, Protocol):
    """Where the site is published; chalicelib.storefront.repository says what each does."""

    def etags(self) -> dict[str, str]: ...
    def put_all(
        self, publications: Iterable[Publication], edition: int, before: Mapping[str, str] | None = None
    ) -> int: ...


class Editions(Protocol):
    """What numbers editions; chalicelib.storefront.repository says what each does."""

    def next_edition(self) -> int: ...
    def keep_set_aside(self, products: Mapping[str, str], edition: int) -> None: ...
    def set_aside(self) -> dict[str, str]: ...


class StorefrontService:
    """Publishes the site, an edition at a time.

    An edition takes its number before it reads the inventory. So of all that is ever read, the highest number's is the
    latest, and an object only gives way to a higher number: whoever is slow, or is run again, cannot undo a change.
    """

    def __init__(
        self, catalogue: CatalogueService, store: Store, editions: Editions, build: Build, shop: Shop, pages: Pages
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._editions = editions
        self._snapshots = SnapshotShelf(store, build)
        self._shop = shop
        self._pages = pages

    def publish_all(self) -> int:
        """Publish every page, and say of the products that have gone that they have; returns how many objects."""
        # Listed before the edition takes its number: of all that is there then, nothing can be a later one's.
        before = self._store.etags()
        edition = self._edition()
        # Unless the editions were numbered anew, because the tables were lost: then each page is looked at.
        ahead = self._snapshots.edition() >= edition.number
        if ahead:
            LOG.error("the bucket shows later editions than %d: empty it, then publish", edition.number)
        return self._publish(edition, self._everything(edition, before), None if ahead else before)

    def publish(self, changes: Collection[Change], crossed: Collection[str] = ()) -> int:
        """Publish what shows changed products, and skus that have sold out or come back; returns how many objects.

        What has changed is read, not told: to be run again, or late, does no harm.
        """
        edition = self._edition()
        return self._publish(edition, self._touched(edition, changes, crossed))

    def render_all(self) -> Iterator[Publication]:
        """Render every page of the site, for whoever keeps them elsewhere."""
        return self._edition().everything()

    def set_aside(self) -> dict[str, str]:
        """Return by slug why products were left out of the latest edition."""
        return self._editions.set_aside()

    def _edition(self) -> Edition:
        number = self._editions.next_edition()
        return Edition(number, self._catalogue.inventory(), self._shop, self._pages)

    def _publish(
        self, edition: Edition, publications: Iterable[Publication], before: Mapping[str, str] | None = None
    ) -> int:
        count = self._store.put_all(publications, edition.number, before)
        self._snapshots.publish(edition.listings, edition.number)
        for slug, reason in edition.set_aside.items():
            LOG.error("the product %s is set aside: %s", slug, reason)
        metrics.measure("SetAside", len(edition.set_aside))
        self._editions.keep_set_aside(edition.set_aside, edition.number)
        return count

    def _everything(self, edition: Edition, before: Iterable[str]) -> Iterator[Publication]:
        yield from edition.everything()
        known = {listing.product.slug for listing in edition.listings}
        published = {key.removeprefix(PRODUCT_PAGES) for key in before if key.startswith(PRODUCT_PAGES)}
        yield from edition.products(sorted(published - known))

    def _touched(
        self, edition: Edition, changes: Collection[Change], crossed: Collection[str]
    ) -> Iterator[Publication]:
        yield from edition.products(sorted(pages_touched(changes, edition.listings) | edition.slugs_of(crossed)))
        yield from edition.categories(sorted(shelves_touched(changes, edition.listings)))
        yield from edition.shop_wide()
