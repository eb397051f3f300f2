from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from chalicelib.catalogue.schemas import Listing, Product
from chalicelib.storefront.domain import Change, Place, pages_touched, related, shelves_touched, skus_crossed
from tests import factories

SLUGS = "abcdefgh"


class Stand(Struct, frozen=True):
    """A product of a small shop: its category, its position and what its card says."""

    category: str
    position: int
    card: int


stands = st.builds(Stand, st.sampled_from(["x", "y"]), st.integers(0, 5), st.integers(0, 1))
shops = st.dictionaries(st.sampled_from(SLUGS), stands)


def listings(shop: dict[str, Stand]) -> list[Listing]:
    found = [listing(slug, stand) for slug, stand in shop.items()]
    return sorted(found, key=lambda one: (one.position, one.product.slug))


def listing(slug: str, stand: Stand) -> Listing:
    price = factories.money(stand.card)
    product = Product(slug, slug, stand.category, "", "", {}, price, False, "", "", [])
    return Listing(product, stand.position, featured=False, in_stock=frozenset())


def shown(shop: dict[str, Stand]) -> dict[str, list[tuple[str, int]]]:
    """What each product's page says of itself and of related products."""
    everything = listings(shop)
    pages: dict[str, list[tuple[str, int]]] = {}
    for slug, stand in shop.items():
        shelf = [one for one in everything if one.product.category == stand.category]
        cards = [one.product for one in related(slug, shelf)]
        pages[slug] = [(slug, stand.card), *((card.slug, card.price.amount) for card in cards)]
    return pages


def change(slug: str, before: dict[str, Stand]) -> Change:
    stood = before.get(slug)
    return Change(slug, Place(stood.category, stood.position, slug) if stood else None)


@given(shops, st.sampled_from(SLUGS), st.none() | stands)
def test_every_page_that_shows_a_changed_product_is_published(
    before: dict[str, Stand], slug: str, stand: Stand | None
) -> None:
    after = {name: old for name, old in before.items() if name != slug}
    if stand:
        after[slug] = stand
    was, now = shown(before), shown(after)
    stale = {name for name in now if now[name] != was.get(name)}
    assert stale <= pages_touched([change(slug, before)], listings(after))


def test_a_change_touches_its_own_page_and_the_four_before_it_round_the_end() -> None:
    shelf = listings({slug: Stand("x", place, 0) for place, slug in enumerate(SLUGS)})
    assert pages_touched([Change("b", Place("x", 1, "b"))], shelf) == set("bafgh")


def test_a_product_has_the_next_four_of_its_shelf_beside_it() -> None:
    shelf = listings({slug: Stand("x", place, 0) for place, slug in enumerate(SLUGS)})
    assert "".join(one.product.slug for one in related("g", shelf)) == "habc"


@given(shops, st.sampled_from(SLUGS), stands)
def test_a_moved_product_touches_both_its_shelves(before: dict[str, Stand], slug: str, stand: Stand) -> None:
    touched = shelves_touched([change(slug, before)], listings(before | {slug: stand}))
    assert touched == {stand.category} | ({before[slug].category} if slug in before else set())


@pytest.mark.parametrize(
    ("before", "after", "crossed"),
    [
        ({"A": 1}, {"A": 0}, ["A"]),
        ({"A": 0}, {"A": 2}, ["A"]),
        ({}, {"A": 2}, ["A"]),
        ({}, {"A": 0}, []),
        ({"A": 5}, {"A": 4}, []),
    ],
)
def test_only_selling_out_and_coming_back_cross(
    before: dict[str, int], after: dict[str, int], crossed: Iterable[str]
) -> None:
    assert skus_crossed(before, after) == set(crossed)
