"""The rules of publishing: what an edition holds, and which product pages a change touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from chalicelib.catalogue.schemas import Listing

HTML = "text/html; charset=utf-8"
SHORT_LIVED = "public, max-age=60, stale-while-revalidate=86400"

RELATED = 4


class Publication(Struct, frozen=True):
    """An object of the site: its key in the bucket, its bytes, and the headers that it is served with."""

    key: str
    body: bytes
    content_type: str = HTML
    cache_control: str = SHORT_LIVED


class Place(Struct, frozen=True, order=True):
    """Where a product stands: its category, and its position there; the slug settles ties."""

    category: str
    position: int
    slug: str


class Change(Struct, frozen=True):
    """A product that was added, changed or taken out; `before` is where it stood, if it did."""

    slug: str
    before: Place | None = None


def place(listing: Listing) -> Place:
    """Say where a product stands."""
    return Place(listing.product.category, listing.position, listing.product.slug)


def related(slug: str, shelf: Sequence[Listing]) -> list[Listing]:
    """Return the products that stand after one on its shelf, round the end, the next one first."""
    slugs = [listing.product.slug for listing in shelf]
    here = slugs.index(slug)
    return [*shelf[here + 1 :], *shelf[:here]][:RELATED]


def pages_touched(changes: Iterable[Change], listings: Sequence[Listing]) -> set[str]:
    """Return the slugs of all products whose pages show a changed one: its own, and those that stand before it."""
    places = {listing.product.slug: place(listing) for listing in listings}
    touched: set[str] = set()
    for change in changes:
        touched.add(change.slug)
        for here in filter(None, (change.before, places.get(change.slug))):
            touched.update(_before(here, places))
    return touched


def _before(here: Place, places: Mapping[str, Place]) -> list[str]:
    """Return the slugs that stand before a place on its shelf, round the end: on their pages it is related."""
    others = sorted(one for one in places.values() if one.category == here.category and one.slug != here.slug)
    split = sum(one < here for one in others)
    return [one.slug for one in [*others[split:], *others[:split]][-RELATED:]]


def shelves_touched(changes: Iterable[Change], listings: Sequence[Listing]) -> set[str]:
    """Return the categories on which a changed product stands or stood."""
    now = {listing.product.slug: listing.product.category for listing in listings}
    found = {now.get(change.slug) for change in changes}
    return {category for category in found | {c.before.category for c in changes if c.before} if category}


def skus_crossed(before: Mapping[str, int], after: Mapping[str, int]) -> set[str]:
    """Return the skus that have sold out or come back, given the units available in a shard before and after."""
    return {sku for sku, units in after.items() if (units > 0) != (before.get(sku, 0) > 0)}
