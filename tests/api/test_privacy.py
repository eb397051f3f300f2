"""What a person may ask for: everything held of him, and to be forgotten."""

from __future__ import annotations

from chalicelib.accounts.models import AccountRecord
from chalicelib.cart.models import CartRecord
from chalicelib.orders.models import OrderRecord
from tests import factories
from tests.api.client import Api
from tests.api.mails import outbox
from tests.api.test_checkout import MUG


def test_an_export_holds_account_devices_cart_and_orders(api: Api) -> None:
    account = api.sign_up()
    cart = {"lines": [{"sku": "MUG", "quantity": 2}]}
    api.call("PUT", "/cart", cart, {"If-Match": "*"})
    orders = [api.order({"MUG": 1}, MUG).json["id"] for _ in range(2)]
    export = api.get("/account/export").json
    assert export["account"] == account
    assert {order["id"] for order in export["orders"]} == set(orders)
    assert export["cart"] == cart
    assert [device["current"] for device in export["devices"]] == [True]
    assert "argon2" not in repr(export)


def test_an_export_is_of_ones_own(api: Api) -> None:
    api.sign_up()
    api.order({"MUG": 1}, MUG)
    api.sign_up()
    assert api.get("/account/export").json["orders"] == []


def test_a_closed_account_is_gone_and_its_orders_stay_without_the_person(api: Api) -> None:
    email = api.sign_up()["email"]
    order = api.order({"MUG": 2}, 2800 + 395).json
    api.call("PUT", "/cart", {"lines": [{"sku": "MUG", "quantity": 2}]}, {"If-Match": "*"})
    assert api.call("DELETE", "/account", {"password": "not the password"}).code == "wrong_credentials"
    assert api.call("DELETE", "/account", {"password": factories.PASSWORD}).status == 204
    assert api.get("/account").code == "token_invalid"
    assert api.get(f"/orders/{order['id']}").status == 404
    assert list(CartRecord.scan()) == []
    kept = OrderRecord.get(order["id"])
    assert kept.status == "paid"
    assert kept.totals["total"]["amount"] == 3195
    assert kept.delivery["address"]["country"] == "GB"
    assert "Ada" not in repr(kept.attribute_values)
    assert "ada@" not in repr(kept.attribute_values)
    assert outbox(email)[-1].template == "account_closed"
    assert email not in repr([record.attribute_values for record in AccountRecord.scan() if not record.purpose])


def test_the_address_of_a_closed_account_is_free_again(api: Api) -> None:
    email = api.sign_up()["email"]
    api.call("DELETE", "/account", {"password": factories.PASSWORD})
    api.sign_out_of_this_page()
    assert api.sign_up(email)["email"] == email
