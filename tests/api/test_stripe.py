"""Whole purchases through the API with the Stripe gateway, against a Stripe of our own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.checkout.events import sweep_due
from chalicelib.money import Money
from tests import factories
from tests.api.client import Answer, Api
from tests.api.conftest import UNITS
from tests.fake_stripe import SECRET_KEY, FakeStripe, Signed

MUG = 1400 + 395


class Clock:
    """The shop's clock, which can be put forward."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(bootstrap, "now", clock)
    return clock


@pytest.fixture
def stripe(api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    """A Stripe that the shop takes its money through."""
    with FakeStripe() as fake:
        monkeypatch.setattr(bootstrap, "gateway", fake.gateway)
        yield fake


def buy(api: Api, token: str = "ctoken_visa", key: str = "") -> Answer:
    return api.order({"MUG": 1}, MUG, key, payment={"method": token})


def status(api: Api, order: dict[str, Any]) -> str:
    read = api.get(f"/orders/{order['id']}", {"X-Order-Key": order["order_key"]}).json["status"]
    assert isinstance(read, str)
    return read


def hear(api: Api, news: list[Signed]) -> list[int]:
    return [api.call("POST", "/payments/webhook", headers=headers, body=body).status for body, headers in news]


def mugs() -> int:
    return bootstrap.catalogue().units_available(["MUG"])["MUG"]


def test_a_purchase_is_captured_once_and_its_news_change_nothing(api: Api, stripe: FakeStripe) -> None:
    key = factories.key()
    answer = buy(api, key=key)
    order = answer.json
    assert (answer.status, order["status"]) == (201, "paid")
    assert order["payment"] == {"status": "captured", "method": "Card", "action": None, "decline_code": None}
    assert stripe.charged() == [MUG]
    assert [stripe.keys(call) for call in ("create", "confirm", "capture")] == [
        [f"pi-{order['id']}"],
        [f"auth-{order['id']}"],
        [f"cap-{order['id']}"],
    ]
    assert hear(api, stripe.webhooks()) == [204] * 3
    assert buy(api, key=key).json == order
    assert (stripe.charged(), mugs()) == ([MUG], UNITS - 1)


def test_the_requests_timing_names_each_call_to_the_gateway(api: Api, stripe: FakeStripe) -> None:
    timing = buy(api).headers["server-timing"].split(", ")
    calls = [part.split('"')[1] for part in timing if part.startswith("gateway;")]
    assert calls == ["create", "confirm", "capture"]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("ctoken_declined", "card_declined"),
        ("ctoken_insufficient_funds", "insufficient_funds"),
        ("ctoken_authentication_required", "authentication_failed"),
        ("ctoken_made_up", "card_declined"),
    ],
)
def test_a_declined_card_is_402_again_and_again_and_the_stock_is_back(
    api: Api, stripe: FakeStripe, token: str, code: str
) -> None:
    key = factories.key()
    for _ in range(2):
        answer = buy(api, token, key)
        assert (answer.status, answer.code) == (402, code)
    assert set(hear(api, stripe.webhooks())) <= {204}
    assert (stripe.charged(), mugs()) == ([], UNITS)


def test_a_token_of_another_gateway_is_422(api: Api, stripe: FakeStripe) -> None:
    answer = buy(api, "tok_visa")
    assert (answer.status, answer.fields) == (422, ["payment.method"])
    assert stripe.requests == []


@pytest.mark.parametrize(("answers", "ends", "charged"), [("approve", "paid", [MUG]), ("refuse", "payment_failed", [])])
def test_a_shopper_answers_his_bank_and_a_webhook_brings_the_news(
    api: Api, stripe: FakeStripe, answers: str, ends: str, charged: list[int]
) -> None:
    answer = buy(api, "ctoken_requires_action")
    order = answer.json
    assert (answer.status, order["status"]) == (202, "pending_payment")
    (payment_id,) = stripe.intents
    assert order["payment"]["action"] == {"type": "redirect", "url": f"https://hooks.stripe.com/3d/{payment_id}"}
    assert stripe.intents[payment_id].return_url.endswith(f"/confirmation?order={order['id']}")
    getattr(stripe, answers)(payment_id)
    news = stripe.webhooks()
    # As they come in life: late, twice, in any order.
    assert hear(api, news[::-1] * 2) == [204] * 2 * len(news)
    assert status(api, order) == ends
    assert (stripe.charged(), mugs()) == (charged, UNITS - len(charged))


def test_who_stays_away_from_his_bank_is_let_go_and_cannot_be_charged_after_it(
    api: Api, stripe: FakeStripe, clock: Clock
) -> None:
    order = buy(api, "ctoken_requires_action").json
    clock.ahead = timedelta(minutes=14)
    sweep_due()
    assert status(api, order) == "pending_payment"
    clock.ahead = timedelta(minutes=16)
    sweep_due()
    stripe.approve(next(iter(stripe.intents)))
    assert set(hear(api, stripe.webhooks())) == {204}
    assert status(api, order) == "expired"
    assert (stripe.charged(), mugs()) == ([], UNITS)


def test_a_paid_order_that_is_cancelled_is_refunded_once(api: Api, stripe: FakeStripe) -> None:
    order = buy(api).json
    path = f"/orders/{order['id']}/cancellation"
    for _ in range(2):
        answer = api.post(path, headers={"X-Order-Key": order["order_key"]})
        assert (answer.status, answer.json["status"]) == (200, "refunded")
    assert hear(api, stripe.webhooks()) == [204] * 4
    assert stripe.keys("refund") == [f"ref-{order['id']}"]
    assert (stripe.charged(), mugs()) == ([0], UNITS)


def test_an_order_that_is_cancelled_at_the_bank_is_never_charged(api: Api, stripe: FakeStripe) -> None:
    order = buy(api, "ctoken_requires_action").json
    answer = api.post(f"/orders/{order['id']}/cancellation", headers={"X-Order-Key": order["order_key"]})
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    stripe.approve(next(iter(stripe.intents)))
    assert set(hear(api, stripe.webhooks())) == {204}
    assert (stripe.charged(), mugs()) == ([], UNITS)


@pytest.mark.parametrize("call", ["create", "confirm", "capture"])
@pytest.mark.parametrize("recovery", ["webhook", "sweeper", "repeat"])
def test_an_answer_that_is_lost_is_202_and_whoever_comes_next_finishes_the_order(
    api: Api, stripe: FakeStripe, clock: Clock, call: str, recovery: str
) -> None:
    key = factories.key()
    stripe.lose_next_answer(call, times=2)
    answer = buy(api, key=key)
    assert (answer.status, mugs()) == (202, UNITS - 1)
    clock.ahead = timedelta(minutes=3)
    if recovery == "repeat":
        assert buy(api, key=key).status == 201
    elif recovery == "webhook":
        assert set(hear(api, stripe.webhooks())) <= {204}
    else:
        assert sweep_due() == 0
    # What was never authorised, the sweeper gives up, and no webhook tells of.
    done = {"repeat": "paid", "webhook": "paid", "sweeper": "paid"}
    if call == "create":
        done |= {"webhook": "pending_payment", "sweeper": "expired"}
    assert status(api, answer.json) == done[recovery]
    assert stripe.charged() == ([MUG] if done[recovery] == "paid" else [])


def test_news_that_stripe_did_not_sign_is_400(api: Api, stripe: FakeStripe) -> None:
    buy(api)
    event = stripe.events[-1]
    for forged in (stripe.signed(event, secret="whsec_guess"), stripe.signed(event, at=0)):
        assert hear(api, [forged]) == [400]
    body, headers = stripe.signed(event)
    assert hear(api, [(body + b" ", headers)]) == [400]
    assert api.call("POST", "/payments/webhook", body=body).status == 400


def test_news_that_cannot_be_looked_up_is_503_and_told_again(api: Api, stripe: FakeStripe) -> None:
    order = buy(api, "ctoken_requires_action").json
    stripe.approve(next(iter(stripe.intents)))
    news = stripe.webhooks()[-1:]
    stripe.next_failure(500, call="retrieve")
    assert hear(api, news) == [503]
    assert hear(api, news) == [204]
    assert status(api, order) == "paid"


def test_news_of_a_payment_that_is_none_of_ours_is_taken_and_left(api: Api, stripe: FakeStripe) -> None:
    theirs = stripe.gateway().create("of another shop", Money(MUG, "GBP"), key="pi-theirs")
    stripe.gateway().authorise(theirs, "ctoken_visa", return_url="https://other.example", key="auth-theirs")
    assert hear(api, stripe.webhooks()) == [204, 204]
    stripe.intents[theirs.payment_id].metadata.clear()
    stripe.approve(theirs.payment_id)
    assert hear(api, [stripe.signed(stripe.events[-1])]) == [204]


def test_a_shop_whose_key_is_refused_answers_500_and_shows_the_key_nowhere(
    api: Api, stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    stripe.next_failure(401, "invalid_request_error", message=f"Invalid API Key provided: {SECRET_KEY}")
    answer = buy(api)
    assert answer.status == 500
    assert "KeyRefused" in caplog.text
    assert "canary" not in caplog.text + answer.body.decode()
