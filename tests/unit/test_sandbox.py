"""The sandbox gateway as the outside system that it plays: its memory, its verdicts, its unreliable webhooks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import msgspec
import pytest

from chalicelib import bootstrap
from chalicelib.payments import events
from chalicelib.payments.gateway import OutcomeUnknown, Payment, PaymentStatus
from chalicelib.payments.sandbox import SandboxGateway
from chalicelib.settings import settings
from tests import factories
from tests.memory import MemorySandbox

PRICE = factories.money(4800)


@pytest.fixture
def gateway() -> SandboxGateway:
    return SandboxGateway(MemorySandbox(), "secret", "http://localhost:8080", lambda: factories.NOW)


def authorised(gateway: SandboxGateway, token: str = "tok_visa") -> Payment:
    created = gateway.create("order", PRICE, key="pi-order")
    return gateway.authorise(created, token, return_url="http://localhost:8080/back", key="auth-order")


def test_the_same_key_is_the_same_payment_and_another_key_another(gateway: SandboxGateway) -> None:
    first = gateway.create("order", PRICE, key="pi-order")
    assert gateway.create("order", PRICE, key="pi-order") == first
    assert gateway.create("order", PRICE, key="pi-other").payment_id != first.payment_id


@pytest.mark.parametrize(
    ("token", "status", "decline"),
    [
        ("tok_visa", "authorised", None),
        ("tok_declined", "declined", "card_declined"),
        ("tok_insufficient_funds", "declined", "insufficient_funds"),
        ("tok_requires_action", "requires_action", None),
    ],
)
def test_a_token_decides_what_the_bank_says(
    gateway: SandboxGateway, token: str, status: PaymentStatus, decline: str | None
) -> None:
    payment = authorised(gateway, token)
    assert (payment.status, payment.decline_code) == (status, decline)
    assert (payment.action_url is not None) == (status == "requires_action")
    assert authorised(gateway, "tok_visa") == payment, "what was decided stays decided"


def test_a_lost_answer_was_given_and_an_error_did_nothing(gateway: SandboxGateway) -> None:
    for token, status in (("tok_error", "created"), ("tok_timeout", "authorised")):
        with pytest.raises(OutcomeUnknown):
            authorised(gateway, token)
        assert gateway.create("order", PRICE, key="pi-order").status == status
    assert authorised(gateway, "tok_timeout").status == "authorised"


def test_a_cancel_is_final_and_never_takes_money_back_that_was_taken(gateway: SandboxGateway) -> None:
    payment = authorised(gateway)
    assert gateway.cancel(payment, key="can").status == "cancelled"
    assert gateway.capture(payment, key="cap").status == "cancelled"
    assert authorised(gateway).status == "cancelled"
    other = gateway.create("other", PRICE, key="pi-other")
    other = gateway.authorise(other, "tok_visa", return_url="", key="auth-other")
    assert gateway.capture(other, key="cap-other").status == "captured"
    assert gateway.cancel(other, key="can-other").status == "captured"


def test_a_refund_gives_back_what_was_captured_once(gateway: SandboxGateway) -> None:
    payment = authorised(gateway)
    assert gateway.refund(payment, key="ref").status == "authorised"
    gateway.capture(payment, key="cap")
    assert [gateway.refund(payment, key=key).status for key in ("ref", "ref", "another")] == ["refunded"] * 3


def test_a_payment_that_it_does_not_know_is_an_unknown_outcome(gateway: SandboxGateway) -> None:
    with pytest.raises(OutcomeUnknown):
        gateway.lookup("sbx_nothing")


class Shop:
    """An endpoint that takes webhooks."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.status = 204
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                shop.heard.append(msgspec.json.decode(body)["id"].rpartition("_")[2])
                self.send_response(shop.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def endpoint(gateway: SandboxGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    shop = Shop()
    monkeypatch.setattr(bootstrap, "sandbox", lambda: gateway)
    threading.Thread(target=shop.server.serve_forever, args=(0.01,), daemon=True).start()
    yield shop
    shop.server.shutdown()
    shop.server.server_close()


def change(status: str, name: str = "MODIFY") -> dict[str, Any]:
    """What the sandbox's stream says of a payment's new status."""
    image = {"payment_id": {"S": "sbx_1"}, "status": {"S": status}}
    return {"eventName": name, "dynamodb": {"NewImage": image}}


def tell(endpoint: Shop, monkeypatch: pytest.MonkeyPatch, how: str, *statuses: str) -> list[float]:
    """Let the stream tell of these changes; returns how long the webhooks were kept back."""
    slept: list[float] = []
    here = msgspec.structs.replace(settings(), api_url=endpoint.url, sandbox_webhooks=frozenset(how.split()))
    monkeypatch.setattr(events, "settings", lambda: here)
    monkeypatch.setattr("chalicelib.payments.events.time.sleep", slept.append)
    events.sandbox_changed([change(status) for status in statuses] + [{"eventName": "REMOVE", "dynamodb": {}}])
    return slept


@pytest.mark.parametrize(
    ("how", "heard"),
    [
        ("", ["authorised", "captured"]),
        ("twice", ["authorised", "captured"] * 2),
        ("shuffled", ["captured", "authorised"]),
        ("late twice shuffled", ["captured", "authorised"] * 2),
    ],
)
def test_webhooks_come_as_badly_as_they_are_asked_to(
    endpoint: Shop, monkeypatch: pytest.MonkeyPatch, how: str, heard: list[str]
) -> None:
    slept = tell(endpoint, monkeypatch, how, "authorised", "captured")
    assert endpoint.heard == heard
    assert slept == ([events.LATE_SECONDS] if "late" in how else [])


def test_a_payment_that_comes_into_being_or_is_restored_is_no_news(endpoint: Shop) -> None:
    events.sandbox_changed([change("created", "INSERT"), change("captured", "INSERT")])
    assert endpoint.heard == []


def test_news_that_the_shop_does_not_take_stays_with_the_stream(
    endpoint: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.status = 503
    with pytest.raises(OSError, match="503"):
        tell(endpoint, monkeypatch, "", "authorised")
