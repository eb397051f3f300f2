"""What becomes of orders: cancellation, news of the gateway, the bank's question, letters, and whose they are."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib import bootstrap
from chalicelib.accounts.models import AccountRecord
from chalicelib.accounts.schemas import Client
from chalicelib.catalogue.schemas import MAX_LINES
from chalicelib.catalogue.service import StockTake
from chalicelib.checkout.events import sweep_due
from chalicelib.errors import NotFound
from chalicelib.keys import keys, order_key
from chalicelib.notifications.service import NotificationsService
from chalicelib.orders import books
from chalicelib.orders.domain import REMOVED_EMAIL
from chalicelib.orders.events import accounts_changed, orders_changed
from chalicelib.orders.models import OrderRecord
from chalicelib.payments.gateway import OutcomeUnknown
from chalicelib.payments.models import PaymentEventRecord
from chalicelib.payments.sandbox import SIGNATURE_SECONDS, SandboxGateway
from chalicelib.promotions.models import PromotionRecord, RedemptionRecord
from chalicelib.settings import settings
from chalicelib.shop import shop
from tests import factories
from tests.api.client import Answer, Api
from tests.api.conftest import UNITS
from tests.api.mails import latest_token, outbox

MUG = 1400 + 395
CLIENT = Client("192.0.2.1", "a test")


def cancel(api: Api, order: dict[str, Any]) -> Answer:
    given = {"X-Order-Key": order["order_key"]} if "order_key" in order else {}
    return api.post(f"/orders/{order['id']}/cancellation", headers=given)


def came_to(order: dict[str, Any], status: str, before: str = "pending_payment") -> dict[str, Any]:
    """What the orders' stream says of a new status."""
    images = {"NewImage": {"status": {"S": status}}, "OldImage": {"status": {"S": before}}}
    return {"eventName": "MODIFY", "dynamodb": {"Keys": {"order_id": {"S": order["id"]}}, **images}}


def letters(order: dict[str, Any]) -> list[str]:
    return [mail.template for mail in outbox(order["contact"]["email"]) if mail.template.startswith("order_")]


# --- Cancellation -----------------------------------------------------------------------------------------------------


def test_a_paid_order_is_cancelled_with_refund_and_stock_back(api: Api) -> None:
    order = api.order({"MUG": 2}, 2800 + 395).json
    assert order["cancellable"]
    answer = cancel(api, order)
    assert (answer.status, answer.json["status"], answer.json["payment"]["status"]) == (200, "refunded", "refunded")
    assert not answer.json["cancellable"]
    assert [entry["status"] for entry in answer.json["timeline"]] == [
        "pending_payment",
        "paid",
        "refunding",
        "refunded",
    ]
    assert bootstrap.catalogue().units_available(["MUG"]) == {"MUG": UNITS}
    assert cancel(api, order).json == answer.json
    assert books.look() == []


def test_an_order_that_waits_for_the_bank_is_cancelled_and_cannot_be_paid_any_more(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG, payment={"method": "tok_requires_action"}).json
    answer = cancel(api, order)
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    (payment,) = bootstrap.gateway().payments()
    assert bootstrap.sandbox().answer(payment.payment_id, approve=True).status == "cancelled"
    assert bootstrap.catalogue().units_available(["MUG"]) == {"MUG": UNITS}


def test_an_order_on_its_way_cannot_be_cancelled(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG).json
    assert bootstrap.orders().ship(order["id"]) is not None
    answer = cancel(api, order)
    assert (answer.status, answer.code) == (409, "not_cancellable")
    assert bootstrap.orders().ship(order["id"]) is None, "it left once"


def test_an_order_whose_payment_failed_has_nothing_to_cancel(api: Api) -> None:
    api.sign_up()
    api.order({"MUG": 1}, MUG, payment={"method": "tok_declined"})
    answer = cancel(api, api.get("/orders").json["items"][0])
    assert (answer.status, answer.code) == (409, "not_cancellable")


def test_an_order_that_was_called_off_cannot_be_sent(api: Api) -> None:
    order = bootstrap.lifecycle().find(api.order({"MUG": 1}, MUG).json["id"])
    assert order is not None
    assert bootstrap.lifecycle().cancelling(order) is not None
    assert bootstrap.orders().ship(order.order_id) is None


def test_an_order_whose_bank_has_just_refused_cannot_be_cancelled(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG, payment={"method": "tok_requires_action"}).json
    (payment,) = bootstrap.gateway().payments()
    bootstrap.sandbox().answer(payment.payment_id, approve=False)
    answer = cancel(api, order)
    found = bootstrap.lifecycle().find(order["id"])
    assert found is not None
    assert (answer.status, found.status) in {(200, "cancelled"), (409, "payment_failed")}
    assert bootstrap.catalogue().units_available(["MUG"]) == {"MUG": UNITS}


def test_an_order_that_cannot_give_back_what_it_holds_is_logged_and_in_the_books(
    api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.promotions().add(factories.promotion())
    order = api.order({"MUG": 1}, MUG - 140, promo_code="WELCOME10", payment={"method": "tok_requires_action"}).json
    PromotionRecord("WELCOME10").delete()
    assert cancel(api, order).status == 500
    monkeypatch.setattr(bootstrap.lifecycle(), "_now", lambda: factories.FAR_FUTURE)
    monkeypatch.setattr(bootstrap, "now", lambda: factories.FAR_FUTURE)
    assert sweep_due() == 1
    assert "promotion:WELCOME10" in caplog.text
    assert any("nobody has finished it since" in difference for difference in books.look())


def test_the_sweeper_gives_back_a_code_that_each_customer_may_use_once(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.promotions().add(factories.promotion(max_uses_per_customer=1))
    api.order({"MUG": 1}, MUG - 140, promo_code="WELCOME10", payment={"method": "tok_requires_action"})
    assert [record.uses for record in RedemptionRecord.query("WELCOME10")] == [1]
    monkeypatch.setattr(bootstrap.lifecycle(), "_now", lambda: factories.FAR_FUTURE)
    assert sweep_due() == 0
    assert [record.uses for record in RedemptionRecord.query("WELCOME10")] == [0]


def test_whoever_has_closed_his_account_orders_nothing_with_its_old_token(api: Api) -> None:
    api.sign_up()
    token = api.token
    assert api.call("DELETE", "/account", {"password": factories.PASSWORD}).status == 204
    api.token = token
    answer = api.order({"MUG": 1}, MUG)
    assert (answer.status, answer.code) == (401, "token_invalid")
    assert list(bootstrap.orders().all()) == []
    assert bootstrap.catalogue().units_available(["MUG"]) == {"MUG": UNITS}


def test_only_its_owner_cancels_an_order(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG).json
    del order["order_key"]
    assert cancel(api, order).status == 404
    api.sign_up()
    assert cancel(api, order).status == 404
    mine = api.order({"MUG": 1}, MUG).json
    api.sign_up()
    assert cancel(api, mine).status == 404


def test_while_the_gateway_does_not_answer_a_cancellation_is_202_and_the_sweeper_goes_on(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = api.order({"MUG": 1}, MUG).json
    with monkeypatch.context() as away:
        away.setattr(SandboxGateway, "lookup", unknown)
        answer = cancel(api, order)
    assert (answer.status, answer.json["status"]) == (202, "refunding")
    monkeypatch.setattr(bootstrap.lifecycle(), "_now", lambda: factories.FAR_FUTURE)
    assert sweep_due() == 0
    assert cancel(api, order).json["status"] == "refunded"


def unknown(*_: object) -> None:
    raise OutcomeUnknown


# --- The gateway's news, and its bank ---------------------------------------------------------------------------------


def notice(status: str = "authorised") -> tuple[bytes, dict[str, str]]:
    (payment,) = bootstrap.gateway().payments()
    return bootstrap.sandbox().notice(payment.payment_id, status)


def post(api: Api, body: bytes, headers: dict[str, str]) -> Answer:
    return api.call("POST", "/payments/webhook", headers=headers, body=body)


def test_the_shopper_answers_his_bank_and_the_news_of_it_finishes_the_order(api: Api) -> None:
    answer = api.order({"MUG": 1}, MUG, payment={"method": "tok_requires_action"})
    assert (answer.status, answer.json["payment"]["status"]) == (202, "requires_action")
    url = answer.json["payment"]["action"]["url"]
    path = f"/sandbox/challenges/{url.partition('payment=')[2]}"
    asked = api.get(path).json
    assert asked["open"]
    assert asked["amount"] == answer.json["totals"]["total"]
    assert asked["return_url"].endswith(f"/confirmation?order={answer.json['id']}")
    assert not api.post(path, {"approve": True}).json["open"]
    assert post(api, *notice()).status == 204
    shown = api.get(f"/orders/{answer.json['id']}", {"X-Order-Key": answer.json["order_key"]}).json
    assert (shown["status"], shown["payment"]["action"]) == ("paid", None)


def test_a_shopper_who_refuses_at_his_bank_is_told_that_nothing_was_charged(api: Api) -> None:
    key = factories.key()
    api.order({"MUG": 1}, MUG, key, payment={"method": "tok_requires_action"})
    (payment,) = bootstrap.gateway().payments()
    api.post(f"/sandbox/challenges/{payment.payment_id}", {"approve": False})
    answer = api.order({"MUG": 1}, MUG, key, payment={"method": "tok_requires_action"})
    assert (answer.status, answer.code) == (402, "authentication_failed")
    (order,) = bootstrap.orders().all()
    assert order.payment.decline_code == "authentication_failed"
    assert bootstrap.catalogue().units_available(["MUG"]) == {"MUG": UNITS}


def test_a_payment_that_no_bank_asks_about_has_no_challenge(api: Api) -> None:
    api.order({"MUG": 1}, MUG)
    (payment,) = bootstrap.gateway().payments()
    for payment_id in (payment.payment_id, "sbx_unknown"):
        assert api.get(f"/sandbox/challenges/{payment_id}").status == 404
        assert api.post(f"/sandbox/challenges/{payment_id}", {"approve": True}).status == 404


@pytest.mark.parametrize("broken", ["unsigned", "another body", "old", "of the future", "garbled", "no time"])
def test_news_that_the_gateway_did_not_sign_lately_is_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    api.order({"MUG": 1}, MUG, payment={"method": "tok_requires_action"})
    age = {"old": SIGNATURE_SECONDS + 60, "of the future": -600}.get(broken, 0)
    with monkeypatch.context() as then:
        then.setattr(bootstrap.sandbox(), "_now", lambda: factories.moment_ago(age))
        body, headers = notice()
    match broken:
        case "unsigned":
            del headers["sandbox-signature"]
        case "another body":
            body = body.replace(b"authorised", b"captured")
        case "garbled":
            headers["sandbox-signature"] = "t=ключ,,v1"
        case "no time":
            headers["sandbox-signature"] = headers["sandbox-signature"].partition(",")[2]
    answer = post(api, body, headers)
    assert (answer.status, answer.code) == (400, "bad_signature")


def test_an_event_is_acted_on_once_though_it_comes_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    order = api.order({"MUG": 1}, MUG, payment={"method": "tok_requires_action"}).json
    (payment,) = bootstrap.gateway().payments()
    bootstrap.sandbox().answer(payment.payment_id, approve=True)
    for _ in range(2):
        assert post(api, *notice()).status == 204
    found = bootstrap.lifecycle().find(order["id"])
    assert found is not None
    assert [entry.status for entry in found.timeline] == ["pending_payment", "paid"]
    assert [event.payment_id for event in PaymentEventRecord.scan()] == [payment.payment_id]


def test_news_of_an_order_that_a_request_works_on_is_not_taken_so_that_it_comes_again(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG, payment={"method": "tok_requires_action"}).json
    (payment,) = bootstrap.gateway().payments()
    bootstrap.sandbox().answer(payment.payment_id, approve=True)
    found = bootstrap.lifecycle().find(order["id"])
    assert found is not None
    leased = bootstrap.lifecycle().lease(found)
    assert leased is not None
    answer = post(api, *notice())
    assert (answer.status, answer.code) == (409, "in_progress")
    assert bootstrap.lifecycle().let_go(leased) is not None
    assert post(api, *notice()).status == 204


def test_where_the_gateway_cannot_be_asked_its_news_is_not_taken_so_that_it_comes_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.order({"MUG": 1}, MUG, payment={"method": "tok_requires_action"})
    body, headers = notice()
    monkeypatch.setattr(SandboxGateway, "lookup", unknown)
    answer = post(api, body, headers)
    assert (answer.status, answer.code) == (503, "gateway_unavailable")


def test_money_that_turns_up_for_an_order_that_has_ended_goes_back_and_the_owner_is_told(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG, payment={"method": "tok_requires_action"}).json
    assert cancel(api, order).json["status"] == "cancelled"
    # A gateway whose cancel was not final after all.
    (payment,) = bootstrap.gateway().payments()
    assert bootstrap.sandbox()._repository.move(payment.payment_id, ("cancelled",), "captured") is not None
    assert books.look() != []
    assert post(api, *notice("captured")).status == 204
    found = bootstrap.lifecycle().find(order["id"])
    assert found is not None
    assert found.status == "refunded"
    assert [mail.template for mail in outbox(shop().email)] == ["money_turned_up"]
    assert bootstrap.catalogue().units_available(["MUG"]) == {"MUG": UNITS}
    assert books.look() == []


# --- Letters ----------------------------------------------------------------------------------------------------------


def test_the_confirmation_is_owed_once_however_often_the_stream_tells(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG).json
    for _ in range(2):
        orders_changed([came_to(order, "pending_payment", ""), came_to(order, "paid")])
    assert letters(order) == ["order_paid"]


def test_each_status_that_concerns_the_shopper_has_its_letter_and_no_other_has(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG).json
    for status in ("payment_failed", "expired", "cancelled", "shipped", "refunding", "refunded"):
        orders_changed([came_to(order, status)])
    assert letters(order) == ["order_expired", "order_cancelled", "order_shipped", "order_refunded"]


def test_whoever_orders_in_a_strangers_name_and_never_pays_cannot_flood_him_nor_write_to_him(api: Api) -> None:
    victim = {"email": factories.email(), "name": "Go to https://evil.example now"}
    for _ in range(8):
        order = api.order({"MUG": 1}, MUG, contact=victim, payment={"method": "tok_requires_action"}).json
        cancel(api, order)
        orders_changed([came_to(order, "cancelled")])
    assert len(letters(order)) == 5
    assert not any("evil" in str(mail.values) for mail in outbox(victim["email"]))


def test_the_letter_of_an_order_with_a_promo_code_adds_up(api: Api) -> None:
    bootstrap.promotions().add(factories.promotion())
    order = api.order({"MUG": 1}, MUG - 140, promo_code="WELCOME10").json
    orders_changed([came_to(order, "paid")])
    (mail,) = outbox(order["contact"]["email"])
    sent = delivered(mail.mail_id)
    assert "1 × Mug: £14.00\n10 % off: -£1.40\nStandard delivery: £3.95\nTotal: £16.55" in sent


def test_a_change_that_is_no_new_status_causes_no_letter(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG).json
    orders_changed([came_to(order, "paid", "paid")])
    assert letters(order) == []


def test_a_guests_letter_carries_the_signed_link_and_the_outbox_does_not(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG).json
    orders_changed([came_to(order, "paid")])
    (mail,) = outbox(order["contact"]["email"])
    link = order_key(keys().orders, order["id"])
    assert order["order_key"] == link
    assert link not in str(mail.values)
    sent = delivered(mail.mail_id)
    assert f"/confirmation?order={order['id']}#key={link}" in sent
    assert "1 × Mug: £14.00" in sent
    assert "Total: £17.95" in sent


def test_the_letter_of_an_accounts_order_asks_to_sign_in(api: Api) -> None:
    api.sign_up()
    order = api.order({"MUG": 1}, MUG).json
    orders_changed([came_to(order, "paid")])
    (mail,) = [one for one in outbox(order["contact"]["email"]) if one.template == "order_paid"]
    sent = delivered(mail.mail_id)
    assert f"/confirmation?order={order['id']}" in sent
    assert "#key=" not in sent


def delivered(mail_id: str) -> str:
    """Deliver a mail to this test."""
    real, taken = bootstrap.notifications(), []

    class Taker:
        def send(self, letter: Any) -> None:
            taken.append(letter)

    NotificationsService(real._outbox, Taker, real._writer, keys(), bootstrap.now).deliver(mail_id)
    return str(taken[0].text)


# --- Whose they are ---------------------------------------------------------------------------------------------------


def sign_up_as(api: Api, email: str) -> str:
    return str(api.sign_up(email)["id"])


def account_changed(account_id: str) -> None:
    for key in (account_id, "email#x", "link#y"):
        accounts_changed([{"eventName": "MODIFY", "dynamodb": {"Keys": {"account_id": {"S": key}}}}])


def prove(email: str) -> None:
    bootstrap.accounts().verify_email(latest_token(email), CLIENT)


def test_an_account_adopts_its_owners_orders_as_a_guest_once_the_address_is_proven(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG).json
    email = order["contact"]["email"]
    account_id = sign_up_as(api, email)
    account_changed(account_id)
    assert api.get("/orders").json["items"] == []
    prove(email)
    account_changed(account_id)
    account_changed(account_id)
    assert [one["id"] for one in api.get("/orders").json["items"]] == [order["id"]]


def test_what_is_bought_as_a_guest_with_a_proven_address_comes_to_the_account_too(api: Api) -> None:
    email = factories.email()
    sign_up_as(api, email)
    prove(email)
    guest = Api()
    order = guest.order({"MUG": 1}, MUG, contact={"email": email.upper(), "name": "Ada"}).json
    assert guest.get(f"/orders/{order['id']}", {"X-Order-Key": order["order_key"]}).status == 200
    orders_changed([came_to(order, "paid")])
    assert [one["id"] for one in api.get("/orders").json["items"]] == [order["id"]]


def test_an_adopted_order_still_opens_by_the_guests_link_and_answers_his_key(api: Api) -> None:
    key = factories.key()
    order = api.order({"MUG": 1}, MUG, key).json
    account_id = sign_up_as(api, order["contact"]["email"])
    prove(order["contact"]["email"])
    account_changed(account_id)
    guest = Api()
    assert guest.order({"MUG": 1}, MUG, key).json["id"] == order["id"]
    assert guest.get(f"/orders/{order['id']}", {"X-Order-Key": order["order_key"]}).status == 200
    assert guest.get(f"/orders/{order['id']}", {"X-Order-Key": "0" * 64}).status == 404


def test_an_order_whose_person_was_forgotten_is_adopted_by_nobody(api: Api) -> None:
    order = api.order({"MUG": 1}, MUG).json
    email = order["contact"]["email"]
    account_id = sign_up_as(api, email)
    prove(email)
    account_changed(account_id)
    assert api.call("DELETE", "/account", {"password": factories.PASSWORD}).status == 204
    later = sign_up_as(api, email)
    prove(email)
    account_changed(later)
    assert api.get("/orders").json["items"] == []
    kept = OrderRecord.get(order["id"])
    assert kept.contact["email"] == REMOVED_EMAIL
    assert kept.guest_mark is None


def test_the_accounts_stream_carries_keys_only() -> None:
    assert AccountRecord.Meta.stream_view_type == "KEYS_ONLY"


# --- Stock and books --------------------------------------------------------------------------------------------------


def test_the_largest_cart_that_there_is_fits_into_one_transaction(api: Api) -> None:
    skus = {f"THING-{number}": 1 for number in range(MAX_LINES)}
    for sku in skus:
        bootstrap.catalogue().add_product(factories.single(sku.lower(), 100), {sku: 1})
    assert api.order(skus, 100 * MAX_LINES).status == 201
    assert books.look() == []


def test_what_comes_in_is_spread_over_the_shards_and_can_be_bought(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shop().stock_shards, "MUG", 3)
    bootstrap.catalogue().receive("MUG", 8)
    assert bootstrap.catalogue().units_available(["MUG"]) == {"MUG": UNITS + 8}
    assert sorted((level.shard, level.received) for level in bootstrap.catalogue().levels() if level.sku == "MUG") == [
        (0, UNITS + 3),
        (1, 3),
        (2, 2),
    ]
    assert api.order({"MUG": UNITS + 8}, 1400 * (UNITS + 8)).status == 201
    assert books.look() == []


def test_the_books_name_what_does_not_agree(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    order = api.order({"MUG": 1}, MUG).json
    assert books.main() == 0
    bootstrap.ledger().commit(bootstrap.catalogue().hold([StockTake("MUG", 0, 2)]))
    (payment,) = bootstrap.gateway().payments()
    bootstrap.gateway().refund(payment, key="by hand")
    found = books.look()
    assert [difference.partition(":")[0] for difference in found] == [
        "stock of MUG, shard 0",
        f"order {order['id']}, paid",
    ]
    assert capsys.readouterr().out == "The books balance.\n"


def test_the_books_command_fails_where_they_do_not_balance(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(books, "PAUSE_SECONDS", 0)
    bootstrap.gateway().create("0" * 32, factories.money(100), key="a payment of nobody")
    (payment,) = bootstrap.gateway().payments()
    authorised = bootstrap.gateway().authorise(payment, "tok_visa", return_url="", key="auth")
    bootstrap.gateway().capture(authorised, key="cap")
    assert books.main() == 1
    assert "charged for no order" in capsys.readouterr().out


def test_where_another_gateway_is_used_the_sandboxs_bank_is_not_there(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = msgspec.structs.replace(settings(), payment_gateway="stripe")
    monkeypatch.setattr(bootstrap, "settings", lambda: other)
    bootstrap.sandbox.cache_clear()
    with pytest.raises(NotFound):
        bootstrap.sandbox()
