from __future__ import annotations

from typing import Any

import pytest

from chalicelib import bootstrap
from tests import factories
from tests.api.client import Api
from tests.api.conftest import UNITS

MUG = 1400 + 395


def stock(api: Api, sku: str) -> int:
    available: int = api.get("/availability", sku=[sku]).json["items"][0]["available"]
    return available


def test_a_quote_prices_a_cart(api: Api) -> None:
    quote = api.post("/quotes", {"lines": [{"sku": "MUG", "quantity": 2}, {"sku": "MUG", "quantity": 1}]}).json
    assert quote["lines"] == [
        {
            "sku": "MUG",
            "slug": "mug",
            "name": "Mug",
            "image": "/assets/images/products/mug.svg",
            "quantity": 3,
            "unit_price": {"amount": 1400, "currency": "GBP"},
            "line_total": {"amount": 4200, "currency": "GBP"},
        }
    ]
    assert quote["total"] == {"amount": 4595, "currency": "GBP"}
    assert {m["method"]: m["price"]["amount"] for m in quote["delivery_methods"]} == {"standard": 395, "express": 795}
    assert quote["problems"] == []


def test_a_quote_of_unknown_skus_says_so_and_costs_only_delivery(api: Api) -> None:
    quote = api.post("/quotes", {"lines": [{"sku": "no-such", "quantity": 1}]}).json
    assert [(problem["sku"], problem["code"]) for problem in quote["problems"]] == [("no-such", "unknown_sku")]
    assert quote["lines"] == []


def test_a_guest_buys_and_reads_his_order_with_its_key(api: Api) -> None:
    answer = api.order({"MUG": 2}, 2800 + 395)
    assert answer.status == 201
    order = answer.json
    assert order["status"] == "paid"
    assert order["totals"]["total"] == {"amount": 3195, "currency": "GBP"}
    assert [entry["status"] for entry in order["timeline"]] == ["pending_payment", "paid"]
    assert order["payment"] == {
        "status": "captured",
        "method": "Visa ending 4242",
        "action": None,
        "decline_code": None,
    }
    assert stock(api, "MUG") == UNITS - 2
    path = f"/orders/{order['id']}"
    assert api.get(path).status == 404
    assert api.get(path, {"X-Order-Key": "0" * 64}).status == 404
    del order["order_key"]
    assert api.get(path, {"X-Order-Key": answer.json["order_key"]}).json == order


def test_who_is_signed_in_finds_the_order_in_the_account(api: Api) -> None:
    api.sign_up()
    order = api.order({"MUG": 1}, MUG).json
    assert "order_key" not in order
    assert api.get("/orders").json == {"items": [order], "next_cursor": None}
    assert api.get(f"/orders/{order['id']}").json == order


def test_another_shopper_sees_nothing_of_it(api: Api) -> None:
    api.sign_up()
    order = api.order({"MUG": 1}, MUG).json
    api.sign_up()
    assert api.get(f"/orders/{order['id']}").status == 404
    assert api.get("/orders").json["items"] == []


def test_orders_come_a_page_at_a_time(api: Api) -> None:
    api.sign_up()
    placed = {api.order({"MUG": 1}, MUG).json["id"] for _ in range(3)}
    first = api.get("/orders", limit=2).json
    second = api.get("/orders", limit=2, cursor=first["next_cursor"]).json
    assert {order["id"] for order in first["items"] + second["items"]} == placed
    assert second["next_cursor"] is None


def test_a_repeated_request_is_the_same_order(api: Api) -> None:
    key = factories.key()
    first, second = api.order({"MUG": 1}, MUG, key), api.order({"MUG": 1}, MUG, key)
    assert first.status == second.status == 201
    assert first.json == second.json
    assert stock(api, "MUG") == 10
    assert api.order({"MUG": 2}, MUG, key).code == "idempotency_key_reused"


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "x" * 15}, {"Idempotency-Key": "x" * 256}])
def test_an_order_needs_a_key_of_16_to_255_characters(api: Api, headers: dict[str, str]) -> None:
    answer = api.post("/orders", factories.order_body({"MUG": 1}, MUG), headers)
    assert (answer.status, answer.fields) == (422, ["Idempotency-Key"])


@pytest.mark.parametrize(
    ("token", "code"), [("tok_declined", "card_declined"), ("tok_insufficient_funds", "insufficient_funds")]
)
def test_a_declined_card_is_402_again_and_again_and_the_stock_is_back(api: Api, token: str, code: str) -> None:
    key = factories.key()
    for _ in range(2):
        answer = api.order({"TEAPOT-INK": 3}, 14_400, key, payment={"method": token})
        assert (answer.status, answer.code) == (402, code)
    assert stock(api, "TEAPOT-INK") == 3


def test_a_declined_order_of_an_account_is_kept_as_failed(api: Api) -> None:
    api.sign_up()
    api.order({"MUG": 1}, MUG, payment={"method": "tok_declined"})
    assert [order["status"] for order in api.get("/orders").json["items"]] == ["payment_failed"]


def test_a_changed_price_is_409_with_the_new_quote(api: Api) -> None:
    answer = api.order({"MUG": 1}, MUG - 100)
    assert (answer.status, answer.code) == (409, "price_changed")
    assert answer.json["quote"]["total"]["amount"] == MUG


def test_what_is_sold_out_is_409_and_named(api: Api) -> None:
    answer = api.order({"MUG": 1, "BLOCK": 1}, 1400 + 23_500)
    assert (answer.status, answer.code, answer.fields) == (409, "out_of_stock", ["lines[1].quantity"])
    assert stock(api, "MUG") == 10


def test_an_unknown_sku_is_422_and_named(api: Api) -> None:
    answer = api.order({"MUG": 1, "GHOST": 1}, MUG)
    assert (answer.status, answer.fields) == (422, ["lines[1].sku"])


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"lines": []}, ["lines"]),
        ({"lines": [{"sku": "MUG", "quantity": -3}]}, ["lines[0].quantity"]),
        ({"lines": [{"sku": "MUG", "quantity": 10**12}]}, ["lines[0].quantity"]),
        ({"lines": [{"sku": "MUG", "quantity": "2"}]}, ["lines[0].quantity"]),
        ({"contact": {"email": "nobody", "name": ""}}, ["contact.email", "contact.name"]),
        ({"payment": {"method": "4242 4242 4242 4242"}}, ["payment.method"]),
        ({"payment": {"method": "tok_nonsense"}}, ["payment.method"]),
        (
            {"expected_total": {"amount": 17.95, "currency": "gbp"}},
            ["expected_total.amount", "expected_total.currency"],
        ),
        ({"status": "paid"}, ["status"]),
    ],
)
def test_a_bad_field_of_an_order_is_named(api: Api, changes: dict[str, Any], fields: list[str]) -> None:
    answer = api.order({"MUG": 1}, MUG, **changes)
    assert (answer.status, answer.fields) == (422, fields)


@pytest.mark.parametrize("order_id", ["none", "0" * 32, "x" * 2000, "%00", "a%2Fb"])
def test_an_unknown_order_is_404(api: Api, order_id: str) -> None:
    api.sign_up()
    assert api.get(f"/orders/{order_id}").status == 404


@pytest.mark.parametrize("code", [None, "WELCOME10"])
def test_a_purchase_makes_three_calls_before_the_gateway_and_two_after(api: Api, code: str | None) -> None:
    bootstrap.promotions().add(factories.promotion(max_uses=5, max_uses_per_customer=1))
    total = 8600 if code is None else 8600 - 860
    calls = round_trips(api.order({"MUG": 1, "KNIFE": 1}, total, promo_code=code).headers["server-timing"])
    ours = [call for call in calls if "sandbox" not in call]
    promotion = " promotions" if code else ""
    reserved = "TransactWriteItems orders stock" + (" promotions redemptions" if code else "")
    assert ours == [
        "GetItem orders",
        f"BatchGetItem skus{promotion}",
        reserved,
        "PutItem orders",
        "TransactWriteItems orders stock",
    ]
    gateway = [index for index, call in enumerate(calls) if "sandbox" in call]
    assert calls.index(reserved) < gateway[0]


def round_trips(server_timing: str) -> list[str]:
    """Return the calls to the database that an answer tells of."""
    return [part.split('"')[1] for part in server_timing.split(",") if "db;" in part]
