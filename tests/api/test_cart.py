"""The cart that follows the account: versions, what a device that comes late hears, and whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.cart.models import CartRecord
from tests import factories
from tests.api.client import Answer, Api

LIMITS = "a whole number from 1 to 9999"


def lines(**quantities: Any) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]


def put(api: Api, kept: Any, if_match: str | None = "*") -> Answer:
    return api.call("PUT", "/cart", {"lines": kept}, {"If-Match": if_match} if if_match is not None else None)


@pytest.fixture
def signed_in(api: Api) -> Api:
    api.sign_up()
    return api


def test_a_cart_that_was_never_kept_is_empty_and_has_a_version(signed_in: Api) -> None:
    answer = signed_in.get("/cart")
    assert (answer.status, answer.json, answer.headers["etag"]) == (200, {"lines": []}, '"v0"')
    assert answer.headers["cache-control"] == "no-store"


def test_a_cart_is_kept_and_each_change_is_a_new_version(signed_in: Api) -> None:
    first = put(signed_in, lines(MUG=2, KNIFE=1), '"v0"')
    assert (first.status, first.json, first.headers["etag"]) == (200, {"lines": lines(MUG=2, KNIFE=1)}, '"v1"')
    second = put(signed_in, lines(KNIFE=1), '"v1"')
    assert second.headers["etag"] == '"v2"'
    read = signed_in.get("/cart")
    assert (read.json, read.headers["etag"]) == ({"lines": lines(KNIFE=1)}, '"v2"')


def test_an_empty_list_empties_the_cart(signed_in: Api) -> None:
    put(signed_in, lines(MUG=2))
    assert put(signed_in, []).json == {"lines": []}
    assert signed_in.get("/cart").headers["etag"] == '"v2"'


@pytest.mark.parametrize("if_match", [None, "", " "])
def test_without_if_match_nothing_is_replaced(signed_in: Api, if_match: str | None) -> None:
    answer = put(signed_in, lines(MUG=1), if_match)
    assert (answer.status, answer.code) == (428, "precondition_required")
    assert signed_in.get("/cart").headers["etag"] == '"v0"'


def test_a_stale_device_is_told_what_the_cart_holds_now(signed_in: Api) -> None:
    put(signed_in, lines(MUG=2), '"v0"')
    answer = put(signed_in, lines(KNIFE=1), '"v0"')
    assert (answer.status, answer.code, answer.headers["etag"]) == (412, "precondition_failed", '"v1"')
    assert answer.json["cart"] == {"lines": lines(MUG=2)}
    assert put(signed_in, lines(MUG=2, KNIFE=1), answer.headers["etag"]).status == 200


@pytest.mark.parametrize("if_match", ["v0", '"v9"', 'W/"v9"', '"0"', '"v0', "**", '"v-1"', "nonsense, more", '""', ","])
def test_what_is_no_etag_of_this_version_replaces_nothing(signed_in: Api, if_match: str) -> None:
    assert put(signed_in, lines(MUG=1), if_match).code == "precondition_failed"


def test_an_if_match_longer_than_any_is_named(signed_in: Api) -> None:
    answer = put(signed_in, lines(MUG=1), '"v0"' * 200)
    assert (answer.status, answer.fields) == (422, ["If-Match"])


def test_a_list_of_etags_may_hold_the_right_one(signed_in: Api) -> None:
    assert put(signed_in, lines(MUG=1), '"v7", "v0"').status == 200


def test_an_etag_that_was_weakened_on_the_way_still_names_its_version(signed_in: Api) -> None:
    weak = "W/" + put(signed_in, lines(MUG=1), 'W/"v0"').headers["etag"]
    assert put(signed_in, lines(KNIFE=1), weak).status == 200
    assert put(signed_in, lines(KNIFE=2), weak).status == 412


def test_a_star_replaces_whatever_is_there(signed_in: Api) -> None:
    assert put(signed_in, lines(MUG=1), "*").headers["etag"] == '"v1"'
    assert put(signed_in, lines(KNIFE=1), "*").json == {"lines": lines(KNIFE=1)}


def test_the_same_sku_twice_is_one_line(signed_in: Api) -> None:
    assert put(signed_in, [*lines(MUG=2, KNIFE=1), *lines(MUG=3)]).json == {"lines": lines(MUG=5, KNIFE=1)}


def test_a_sku_that_the_shop_does_not_sell_is_kept(signed_in: Api) -> None:
    assert put(signed_in, lines(GONE=1)).json == {"lines": lines(GONE=1)}


@pytest.mark.parametrize("quantity", [0, -1, 10_000, 1.5, "1", None, True])
def test_a_quantity_is_from_1_to_9999(signed_in: Api, quantity: Any) -> None:
    answer = put(signed_in, lines(MUG=1, KNIFE=quantity))
    assert answer.json["errors"] == [{"field": "lines[1].quantity", "message": f"Must be {LIMITS}."}]


def test_units_of_one_sku_are_counted_together(signed_in: Api) -> None:
    answer = put(signed_in, [*lines(MUG=9_999, KNIFE=1), *lines(MUG=1)])
    assert (answer.status, answer.fields) == (422, ["lines[0].quantity", "lines[2].quantity"])


def test_a_cart_has_fifty_lines_at_most(signed_in: Api) -> None:
    fifty = {f"SKU-{number}": 1 for number in range(50)}
    assert len(put(signed_in, lines(**fifty)).json["lines"]) == 50
    assert put(signed_in, lines(**fifty, MUG=1)).fields == ["lines"]


def test_every_bad_field_is_named_at_once(signed_in: Api) -> None:
    body = {"lines": [{"sku": "", "quantity": 0, "price": 1}, {}], "total": 1}
    answer = signed_in.call("PUT", "/cart", body, {"If-Match": "*"})
    assert sorted(answer.fields) == [
        "lines[0].price",
        "lines[0].quantity",
        "lines[0].sku",
        "lines[1].quantity",
        "lines[1].sku",
        "total",
    ]


def test_a_cart_is_its_accounts_alone(signed_in: Api) -> None:
    put(signed_in, lines(MUG=2))
    signed_in.sign_up()
    assert signed_in.get("/cart").json == {"lines": []}


def test_a_guest_has_no_cart_here(api: Api) -> None:
    assert api.get("/cart").code == "sign_in_required"
    assert put(api, lines(MUG=1)).code == "sign_in_required"


def test_an_access_token_that_outlives_its_account_keeps_no_cart(signed_in: Api) -> None:
    put(signed_in, lines(MUG=1))
    signed_in.call("DELETE", "/account", {"password": factories.PASSWORD})
    assert list(CartRecord.scan()) == []
    assert put(signed_in, lines(MUG=1)).code == "token_invalid"
    assert list(CartRecord.scan()) == []
