from __future__ import annotations

import pytest

from chalicelib.catalogue import domain
from chalicelib.catalogue.service import CatalogueService
from chalicelib.shop import shop
from tests import factories
from tests.memory import MemoryCatalogue, MemoryLedger


@pytest.mark.parametrize(
    ("units", "state"), [(-1, "sold_out"), (0, "sold_out"), (1, "low"), (9, "low"), (10, "in_stock"), (99, "in_stock")]
)
def test_stock_is_called_as_a_shopper_would(units: int, state: str) -> None:
    assert domain.stock_state(units) == state


def test_availability_is_capped_and_leaves_unknown_skus_out() -> None:
    shelf = MemoryCatalogue(factories.single("mug", 1400), factories.single("jug", 2600))
    shelf.shards["JUG", 0].available = 3
    told = CatalogueService(shelf, MemoryLedger(), shop()).availability(["JUG", "NOPE", "MUG", "JUG"])
    assert [(a.sku, a.state, a.available) for a in told] == [("JUG", "low", 3), ("MUG", "in_stock", 10)]


def test_the_inventory_stands_in_the_shops_order_and_says_what_can_be_bought() -> None:
    shelf = MemoryCatalogue(factories.product("teapot", position=2), factories.single("mug", 1400, position=1))
    shelf.shards["TEAPOT-INK", 0].available = 0
    listings = CatalogueService(shelf, MemoryLedger(), shop()).inventory().listings
    assert [(listing.product.slug, listing.in_stock) for listing in listings] == [
        ("mug", frozenset({"MUG"})),
        ("teapot", frozenset({"TEAPOT-SAGE"})),
    ]


def test_receiving_stock_again_leaves_what_is_there() -> None:
    shelf = MemoryCatalogue(factories.single("mug", 1400), units=5)
    CatalogueService(shelf, MemoryLedger(), shop()).add_product(factories.single("mug", 1500), {"MUG": 99})
    assert shelf.shards["MUG", 0].received == 5
    assert shelf.shelf["mug"].price == 1500
