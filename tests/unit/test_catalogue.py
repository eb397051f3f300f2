from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue import domain
from chalicelib.catalogue.domain import ProductFacts, VariantFacts
from chalicelib.catalogue.schemas import ProductQuery
from chalicelib.catalogue.service import CatalogueService
from chalicelib.errors import NotFound, ValidationFailed
from chalicelib.shop import shop
from tests import factories
from tests.memory import MemoryCatalogue, MemoryLedger

PRODUCTS = [
    factories.single("chefs-knife", 7200, name="Chef’s knife", category="knives-and-boards"),
    factories.product("stoneware-teapot"),
    factories.single("iron-teapot", 6400, material="Cast iron"),
    factories.single("tea-towel", 900, description="Dries a teapot and much else."),
    factories.single("cafetiere", 3400, name="Cafetière"),
]


def service(*products: ProductFacts) -> CatalogueService:
    return CatalogueService(MemoryCatalogue(*(products or PRODUCTS)), MemoryLedger(), shop())


def slugs(**query: object) -> list[str]:
    return [item.slug for item in service().search(ProductQuery(**query)).items]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("units", "state"), [(-1, "sold_out"), (0, "sold_out"), (1, "low"), (9, "low"), (10, "in_stock"), (99, "in_stock")]
)
def test_stock_is_called_as_a_shopper_would(units: int, state: str) -> None:
    assert domain.stock_state(units) == state


@pytest.mark.parametrize("query", ["chefs", "chef's knife", "CHEF’S", "cafetiere", "Cafetière", "  iron   tea"])
def test_search_ignores_case_accents_and_apostrophes(query: str) -> None:
    assert len(slugs(q=query)) == 1


def test_names_that_match_come_before_descriptions_that_do() -> None:
    assert slugs(q="teapot") == ["stoneware-teapot", "iron-teapot", "tea-towel"]


@pytest.mark.parametrize(("query", "found"), [("teapot ink", ["stoneware-teapot"]), ("🍵", []), ("  ", 5)])
def test_options_are_found_and_what_has_no_words_finds_nothing(query: str, found: list[str] | int) -> None:
    assert slugs(q=query) == found or len(slugs(q=query)) == found


def test_a_search_for_nothing_in_the_shop_finds_nothing() -> None:
    found = service().search(ProductQuery(q="bicycle"))
    assert (found.items, found.total, found.next_cursor) == ([], 0, None)


@pytest.mark.parametrize(
    ("sort", "first"),
    [("price_asc", "tea-towel"), ("price_desc", "chefs-knife"), ("name", "cafetiere"), ("featured", "chefs-knife")],
)
def test_lists_are_sorted_as_asked(sort: str, first: str) -> None:
    assert slugs(sort=sort)[0] == first


def test_a_category_narrows_the_list_and_the_facet_counts_what_else_matched() -> None:
    found = service().search(ProductQuery(category="tea-and-coffee"))
    assert found.total == 4
    assert [(facet.value, facet.count) for facet in found.facets["category"]] == [
        ("knives-and-boards", 1),
        ("tea-and-coffee", 4),
    ]


@given(st.sampled_from(["featured", "price_asc", "price_desc", "name"]), st.integers(1, 6), st.sampled_from(["", "t"]))
def test_pages_put_together_are_the_whole_list(sort: str, limit: int, q: str) -> None:
    catalogue = service()
    whole = catalogue.search(ProductQuery(sort=sort, q=q, limit=48)).items  # type: ignore[arg-type]
    pages, cursor = [], ""
    while True:
        page = catalogue.search(ProductQuery(sort=sort, q=q, limit=limit, cursor=cursor))  # type: ignore[arg-type]
        pages += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert pages == whole


@pytest.mark.parametrize("cursor", ["x", "!!!", "WzFd", "eyJhIjoxfQ", "W10", "WyJhIiwiYiIsImMiXQ", "é"])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        service().search(ProductQuery(cursor=cursor))
    assert failed.value.errors[0].field == "cursor"


def test_a_list_shows_the_lowest_price_and_says_that_others_differ() -> None:
    sizes = [VariantFacts("S", {}, 4200, "pan"), VariantFacts("L", {}, 6800, "pan")]
    item = service(factories.product("pan", variants=sizes)).search(ProductQuery()).items[0]
    assert (item.price.amount, item.price_varies, item.skus) == (4200, True, ["S", "L"])


def test_an_unknown_product_is_not_found() -> None:
    with pytest.raises(NotFound):
        service().product("no-such-thing")


def test_availability_is_capped_and_leaves_unknown_skus_out() -> None:
    shelf = MemoryCatalogue(factories.single("mug", 1400), factories.single("jug", 2600))
    shelf.shards["JUG", 0].available = 3
    told = CatalogueService(shelf, MemoryLedger(), shop()).availability(["JUG", "NOPE", "MUG", "JUG"])
    assert [(a.sku, a.state, a.available) for a in told] == [("JUG", "low", 3), ("MUG", "in_stock", 10)]


def test_the_catalogue_is_read_again_after_ten_seconds_and_not_before() -> None:
    clock = [0.0]
    shelf = MemoryCatalogue(factories.single("mug", 1400))
    catalogue = CatalogueService(shelf, MemoryLedger(), shop(), clock=lambda: clock[0])
    assert catalogue.search(ProductQuery()).total == 1
    shelf.shelf["jug"] = factories.single("jug", 2600)
    clock[0] = 9.9
    assert catalogue.search(ProductQuery()).total == 1
    clock[0] = 10.1
    assert catalogue.search(ProductQuery()).total == 2


def test_receiving_stock_again_leaves_what_is_there() -> None:
    shelf = MemoryCatalogue(factories.single("mug", 1400), units=5)
    CatalogueService(shelf, MemoryLedger(), shop()).add_product(factories.single("mug", 1500), {"MUG": 99})
    assert shelf.shards["MUG", 0].received == 5
    assert shelf.shelf["mug"].price == 1500
