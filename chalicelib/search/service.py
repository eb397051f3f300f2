"""Use cases of search: lists, products, categories and suggestions, all from the snapshot."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from chalicelib import metrics
from chalicelib.catalogue.schemas import Category
from chalicelib.errors import NotFound
from chalicelib.search import domain, matching, ordering
from chalicelib.search.building import CATEGORY
from chalicelib.search.domain import MissedSearch as MissedSearch
from chalicelib.search.matching import Tier
from chalicelib.search.narrowing import Narrowing
from chalicelib.search.ordering import BEST, FEATURED
from chalicelib.search.schemas import ProductList, ProductQuery, Suggestion
from chalicelib.search.snapshot import Snapshot
from chalicelib.shop import Shop

LOG = logging.getLogger(__name__)
SUGGESTED_PRODUCTS = 6
SUGGESTED_CATEGORIES = 2
# Whoever invents queries by the thousand fills no table: a process counts so many misses a minute, of a few words each.
MISSES_A_MINUTE = 30
MINUTE_SECONDS = 60
MISSED_WORDS = 6
MISSED_LETTERS = 80


class Misses(Protocol):
    """Where searches that find nothing are counted; chalicelib.search.repository says more."""

    def count(self, words: str) -> None: ...
    def all(self) -> Iterator[MissedSearch]: ...


class Found(Struct, frozen=True):
    """What a query finds before it is narrowed, how closely if by words, and the query that was meant, if another."""

    members: int
    words: Sequence[str] = ()
    tiers: Iterable[Tier] = ()
    did_you_mean: str | None = None


class SearchService:
    """Finds products."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        misses: Callable[[], Misses],
        shop: Shop,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._snapshot = snapshot
        self._misses = misses
        self._shop = shop
        self._allowance = domain.Allowance(MISSES_A_MINUTE, MINUTE_SECONDS, clock)

    def search(self, query: ProductQuery) -> ProductList:
        """Return a page of the products that a query asks for.

        Raises ValidationFailed for a cursor that no page gave, Unavailable where there is no catalogue to search.
        """
        snapshot = self._snapshot()
        found = self._find(snapshot, query.q)
        narrowing = Narrowing(snapshot, query, self._shop)
        left = narrowing.narrow(found.members)
        order = BEST if found.words and query.sort == FEATURED else query.sort
        page = ordering.page(snapshot, left, found.tiers, order, query.cursor, query.limit)
        if not (found.members or narrowing or query.cursor):
            self._count_miss(found.words)
        return ProductList(
            items=snapshot.summaries(page.rows),
            total=left.bit_count(),
            facets=narrowing.facets(found.members),
            next_cursor=page.next_cursor,
            did_you_mean=found.did_you_mean,
        )

    def product(self, slug: str) -> bytes:
        """Return a product as JSON, or raise NotFound."""
        product = self._snapshot().product(slug)
        if product is None:
            raise NotFound("No product has this address. Search for it, or browse the categories.")
        return product

    def categories(self) -> list[Category]:
        """Return every category with its number of products, in the shop's order."""
        snapshot = self._snapshot()
        return [Category(c.slug, c.name, snapshot.having(CATEGORY, c.slug).bit_count()) for c in self._shop.categories]

    def suggest(self, query: str) -> list[Suggestion]:
        """Return the pages that somebody who has typed so far may want: products, then categories."""
        snapshot = self._snapshot()
        found = self._find(snapshot, query)
        if not found.words:
            return []
        page = ordering.page(snapshot, found.members, found.tiers, BEST, "", SUGGESTED_PRODUCTS)
        products = [
            Suggestion("product", product.name, f"/products/{product.slug}", product.price, product.image)
            for product in snapshot.summaries(page.rows)
        ]
        return products + self._suggested_categories(snapshot, found.words)

    def missed(self) -> list[MissedSearch]:
        """Return the searches that found nothing, the most frequent first."""
        return sorted(self._misses().all(), key=lambda missed: (-missed.times, missed.words))

    def _find(self, snapshot: Snapshot, query: str) -> Found:
        if not query.strip():
            return Found(snapshot.everything)
        words = domain.query_words(query, self._shop.ignored_words)
        if not words:
            return Found(0)
        found = matching.matching(snapshot, words, self._shop.synonyms)
        meant = None if found.members else matching.repaired(snapshot, words)
        if not meant:
            return Found(found.members, words, found.tiers())
        found = matching.matching(snapshot, meant, self._shop.synonyms)
        return Found(found.members, meant, found.tiers(), " ".join(meant))

    def _suggested_categories(self, snapshot: Snapshot, words: Sequence[str]) -> list[Suggestion]:
        fitting = [
            Suggestion("category", category.name, f"/categories/{category.slug}", None, None)
            for category in self._shop.categories
            if snapshot.having(CATEGORY, category.slug) and domain.begins_all(words, domain.words(category.name))
        ]
        return fitting[:SUGGESTED_CATEGORIES]

    def _count_miss(self, words: Sequence[str]) -> None:
        """Count a search in vain for the owner; that must never cost the shopper his answer."""
        if not words:
            return
        metrics.count("SearchMisses")
        if not self._allowance.take():
            return
        try:
            self._misses().count(" ".join(words[:MISSED_WORDS])[:MISSED_LETTERS])
        except Exception:
            LOG.warning("a search that found nothing could not be counted", exc_info=True)
