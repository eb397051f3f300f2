from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import bootstrap
from chalicelib.errors import Unavailable
from chalicelib.search.models import MissedSearchRecord
from chalicelib.search.repository import KEPT
from dev import searches
from tests import factories
from tests.api.client import Api
from tests.snapshots import publish


def test_a_search_answers_with_facets_and_from_no_database(api: Api) -> None:
    api.get("/categories")
    answer = api.get("/products", q="teapot", attribute=["Colour:Sage", "Colour:Ink", "Material:Stoneware"])
    assert [item["slug"] for item in answer.json["items"]] == ["teapot"]
    assert answer.json["facets"]["Colour"] == [
        {"value": "Ink", "name": "Ink", "count": 1},
        {"value": "Sage", "name": "Sage", "count": 1},
    ]
    assert "db;" not in answer.headers["server-timing"]


def test_a_misspelt_search_is_repaired(api: Api) -> None:
    answer = api.get("/products", q="taepot").json
    assert (answer["did_you_mean"], answer["total"]) == ("teapot", 1)


def test_lists_are_narrowed_by_price_and_by_what_is_in_stock(api: Api) -> None:
    narrowed = api.get("/products", min_price=4800, max_price=30000, availability="in_stock").json
    assert [item["slug"] for item in narrowed["items"]] == ["teapot", "knife"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("min_price=-1", "min_price"),
        ("max_price=x", "max_price"),
        ("availability=soon", "availability"),
        ("attribute=Material", "attribute[0]"),
        ("&".join(["attribute=Material:Steel"] * 21), "attribute"),
        ("cursor=x", "cursor"),
    ],
)
def test_a_bad_parameter_is_named(api: Api, query: str, field: str) -> None:
    answer = api.get(f"/products?{query}")
    assert (answer.status, answer.fields) == (422, [field])


def test_suggestions_are_cacheable_and_need_something_typed(api: Api) -> None:
    answer = api.get("/suggestions", q="te")
    assert [suggestion["address"] for suggestion in answer.json["items"]] == [
        "/products/teapot",
        "/categories/tea-and-coffee",
    ]
    assert "max-age=60" in answer.headers["cache-control"]
    assert api.get("/suggestions").fields == ["q"]
    assert api.get("/suggestions", q="x" * 201).fields == ["q"]


def test_a_product_put_on_sale_is_found_once_it_is_published(api: Api) -> None:
    api.get("/categories")
    bootstrap.catalogue().add_product(factories.single("samovar", 18000), {})
    assert api.get("/products/samovar").status == 404
    publish()
    assert api.get("/products", q="samovar").json["total"] == 1


def test_without_a_snapshot_lists_are_503_and_the_rest_goes_on(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise Unavailable

    monkeypatch.setattr(bootstrap.search(), "_snapshot", away)
    answer = api.get("/products")
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "unavailable", "2")
    assert api.get("/availability", sku="MUG").status == 200


def test_searches_in_vain_are_counted_for_the_owner(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    for query in ("Garlic press", "garlic  PRESS", "toaster"):
        assert api.get("/products", q=query).json["total"] == 0
    api.get("/suggestions", q="toaster")
    counted = {search.words: search.times for search in bootstrap.search().missed()}
    assert counted == {"garlic press": 2, "toaster": 1}
    searches.main()
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [["2", "garlic"], ["1", "toaster"]]


def test_a_search_in_vain_is_forgotten_after_ninety_days(api: Api) -> None:
    api.get("/products", q="toaster")
    left = MissedSearchRecord.get("toaster").expires - datetime.now(UTC)
    assert timedelta(days=89) < left <= KEPT == timedelta(days=90)


def test_without_searches_in_vain_the_owner_is_told_so(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    searches.main()
    assert "found something" in capsys.readouterr().out
