from __future__ import annotations

import pytest

from chalicelib.catalogue.models import StockRecord
from tests.api.client import Api


def test_products_are_listed_as_cards_show_them(api: Api) -> None:
    listed = api.get("/products").json
    assert (listed["total"], listed["next_cursor"], listed["did_you_mean"]) == (4, None, None)
    assert listed["items"][0] == {
        "slug": "teapot",
        "name": "Teapot",
        "category": "tea-and-coffee",
        "price": {"amount": 4800, "currency": "GBP"},
        "price_varies": False,
        "image": "/assets/images/products/stoneware-teapot.svg",
        "image_alt": "A teapot",
        "skus": ["TEAPOT-SAGE", "TEAPOT-INK"],
    }


def test_pages_follow_one_another(api: Api) -> None:
    first = api.get("/products", limit=3).json
    second = api.get("/products", limit=3, cursor=first["next_cursor"]).json
    assert [item["slug"] for item in first["items"] + second["items"]] == ["teapot", "mug", "knife", "block"]
    assert second["next_cursor"] is None


def test_products_are_searched_sorted_and_narrowed(api: Api) -> None:
    found = api.get("/products", q="o", category="knives-and-boards", sort="price_desc").json
    assert [item["slug"] for item in found["items"]] == []
    found = api.get("/products", category="knives-and-boards", sort="price_desc").json
    assert [item["slug"] for item in found["items"]] == ["block", "knife"]
    assert [item["slug"] for item in api.get("/products", q="TEA").json["items"]] == ["teapot"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=49", "limit"), ("limit=x", "limit"), ("sort=odd", "sort"), ("page=2", "page")],
)
def test_a_bad_parameter_is_named(api: Api, query: str, field: str) -> None:
    answer = api.get(f"/products?{query}")
    assert (answer.status, answer.fields) == (422, [field])


def test_a_product_shows_its_variants(api: Api) -> None:
    product = api.get("/products/teapot").json
    assert [(v["sku"], v["options"], v["price"]["amount"]) for v in product["variants"]] == [
        ("TEAPOT-SAGE", {"Colour": "Sage"}, 4800),
        ("TEAPOT-INK", {"Colour": "Ink"}, 4800),
    ]


@pytest.mark.parametrize("slug", ["none", "%C3%A9", "a%20b", "-", "x" * 300, "x" * 3000])
def test_an_unknown_product_is_404(api: Api, slug: str) -> None:
    assert api.get(f"/products/{slug}").status == 404


def test_categories_are_counted(api: Api) -> None:
    counts = {category["slug"]: category["count"] for category in api.get("/categories").json["items"]}
    assert counts["knives-and-boards"] == 2
    assert counts["baking"] == 0


def test_availability_tells_the_live_stock(api: Api) -> None:
    told = api.get("/availability", sku=["TEAPOT-SAGE", "TEAPOT-INK", "BLOCK", "GHOST"]).json
    assert told == {
        "items": [
            {"sku": "TEAPOT-SAGE", "state": "in_stock", "available": 10},
            {"sku": "TEAPOT-INK", "state": "low", "available": 3},
            {"sku": "BLOCK", "state": "sold_out", "available": 0},
        ],
        "next_cursor": None,
    }


def test_a_stock_record_without_numbers_has_nothing_to_sell_and_the_rest_is_sold(api: Api) -> None:
    StockRecord._get_connection().connection.put_item(StockRecord.Meta.table_name, "MUG", range_key="0")
    told = api.get("/availability", sku=["MUG", "TEAPOT-SAGE"]).json["items"]
    assert [(item["sku"], item["state"], item["available"]) for item in told] == [
        ("MUG", "sold_out", 0),
        ("TEAPOT-SAGE", "in_stock", 10),
    ]
    quote = api.post("/quotes", {"lines": [{"sku": "MUG", "quantity": 1}, {"sku": "TEAPOT-SAGE", "quantity": 1}]}).json
    assert [(problem["sku"], problem["code"]) for problem in quote["problems"]] == [("MUG", "sold_out")]
    refused = api.order({"MUG": 1}, 1400 + 395)
    assert (refused.status, refused.code) == (409, "out_of_stock")


def test_availability_needs_a_sku_and_takes_a_hundred(api: Api) -> None:
    assert api.get("/availability").fields == ["sku"]
    assert api.get("/availability", sku=[f"S{n}" for n in range(100)]).status == 200
    assert api.get("/availability", sku=[f"S{n}" for n in range(101)]).status == 422
