"""The Stripe gateway against a Stripe of our own, over real sockets: what becomes of payments, whatever goes wrong."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe as sdk

from chalicelib.deadline import deadline
from chalicelib.money import Money
from chalicelib.payments import stripe as gateway_module
from chalicelib.payments.gateway import BadSignature, OutcomeUnknown, Payment, PaymentEvent
from chalicelib.payments.stripe import KeyRefused, StripeGateway
from tests.fake_stripe import SECRET_KEY, FakeStripe, Intent

PRICE = Money(1795, "GBP")
BACK = "https://shop.example/confirmation?order=1"
IMPATIENT = (0.4, 0.4)
CALLS: dict[str, Callable[[StripeGateway, Payment], Payment]] = {
    "create": lambda gateway, _: gateway.create("1", PRICE, key="pi-1"),
    "confirm": lambda gateway, payment: gateway.authorise(payment, "ctoken_visa", return_url=BACK, key="auth-1"),
    "capture": lambda gateway, payment: gateway.capture(payment, key="cap-1"),
    "cancel": lambda gateway, payment: gateway.cancel(payment, key="can-1"),
    "refund": lambda gateway, payment: gateway.refund(payment, key="ref-1"),
    "retrieve": lambda gateway, payment: gateway.lookup(payment.payment_id),
}
# What must have happened before a call, and how the payment stands after it.
BEFORE = {"confirm": "created", "capture": "authorised", "cancel": "authorised", "refund": "captured"}
AFTER = {"confirm": "authorised", "capture": "captured", "cancel": "cancelled", "refund": "refunded"}


@pytest.fixture
def stripe() -> Iterator[FakeStripe]:
    with FakeStripe() as fake:
        yield fake


@pytest.fixture
def gateway(stripe: FakeStripe) -> StripeGateway:
    return stripe.gateway()


def created(gateway: StripeGateway, order_id: str = "1") -> Payment:
    return gateway.create(order_id, PRICE, key=f"pi-{order_id}")


def authorised(gateway: StripeGateway, method: str = "ctoken_visa") -> Payment:
    return gateway.authorise(created(gateway), method, return_url=BACK, key="auth-1")


def captured(gateway: StripeGateway) -> Payment:
    return gateway.capture(authorised(gateway), key="cap-1")


STATES = {"created": created, "authorised": authorised, "captured": captured}


# --- A payment's life -----------------------------------------------------------------------------------------------


def test_a_payment_is_created_for_cards_unconfirmed_and_to_be_captured_later(
    stripe: FakeStripe, gateway: StripeGateway
) -> None:
    payment = created(gateway)
    assert payment == Payment(payment.payment_id, "1", "created", PRICE)
    assert stripe.requests[0].params == {
        "amount": "1795",
        "currency": "gbp",
        "capture_method": "manual",
        "allowed_payment_method_types": ["card"],
        "metadata": {"order_id": "1"},
        "expand": ["latest_charge"],
    }


def test_a_payment_goes_from_authorised_to_captured_to_refunded(stripe: FakeStripe, gateway: StripeGateway) -> None:
    payment = authorised(gateway)
    assert (payment.status, stripe.charged()) == ("authorised", [])
    payment = gateway.capture(payment, key="cap-1")
    assert (payment.status, stripe.charged()) == ("captured", [1795])
    payment = gateway.refund(payment, key="ref-1")
    assert (payment.status, stripe.charged()) == ("refunded", [0])
    assert gateway.lookup(payment.payment_id) == payment


def test_each_change_goes_under_the_key_that_it_is_given(stripe: FakeStripe, gateway: StripeGateway) -> None:
    gateway.refund(captured(gateway), key="ref-1")
    gateway.cancel(created(gateway, "2"), key="can-2")
    changes = [(request.call, request.key) for request in stripe.requests if request.key]
    assert changes == [
        ("create", "pi-1"),
        ("confirm", "auth-1"),
        ("capture", "cap-1"),
        ("refund", "ref-1"),
        ("create", "pi-2"),
        ("cancel", "can-2"),
    ]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("ctoken_declined", "card_declined"),
        ("ctoken_insufficient_funds", "insufficient_funds"),
        ("ctoken_authentication_required", "authentication_failed"),
    ],
)
def test_a_decline_says_why_and_says_the_same_when_it_is_looked_up_or_asked_again(
    stripe: FakeStripe, gateway: StripeGateway, token: str, code: str
) -> None:
    payment = authorised(gateway, token)
    assert (payment.status, payment.decline_code) == ("declined", code)
    assert gateway.lookup(payment.payment_id) == payment
    assert authorised(gateway, token) == payment
    assert stripe.charged() == []


def test_a_token_that_stripe_does_not_know_is_a_decline(gateway: StripeGateway) -> None:
    payment = authorised(gateway, "ctoken_made_up")
    assert (payment.status, payment.decline_code) == ("declined", "card_declined")
    assert authorised(gateway, "ctoken_made_up") == payment


@pytest.mark.parametrize("amount", [29, 100_000_000])
def test_an_amount_that_stripe_does_not_take_is_declined(gateway: StripeGateway, amount: int) -> None:
    payment = gateway.create("1", Money(amount, "GBP"), key="pi-1")
    assert (payment.status, payment.decline_code) == ("declined", "card_declined")


def test_the_bank_may_send_the_shopper_to_a_page_of_its_own(stripe: FakeStripe, gateway: StripeGateway) -> None:
    payment = authorised(gateway, "ctoken_requires_action")
    assert payment.status == "requires_action"
    assert str(payment.action_url).startswith("https://hooks.stripe.com/")
    assert gateway.lookup(payment.payment_id) == payment
    assert stripe.intents[payment.payment_id].return_url == BACK
    stripe.approve(payment.payment_id)
    approved = gateway.lookup(payment.payment_id)
    assert (approved.status, approved.action_url) == ("authorised", None)


def test_who_fails_his_banks_question_is_declined_for_that(stripe: FakeStripe, gateway: StripeGateway) -> None:
    payment = authorised(gateway, "ctoken_requires_action")
    stripe.refuse(payment.payment_id)
    refused = gateway.lookup(payment.payment_id)
    assert (refused.status, refused.decline_code, refused.action_url) == ("declined", "authentication_failed", None)


def test_what_stripe_is_still_at_work_on_is_unknown(stripe: FakeStripe, gateway: StripeGateway) -> None:
    with pytest.raises(OutcomeUnknown):
        authorised(gateway, "ctoken_processing")
    with pytest.raises(OutcomeUnknown):
        gateway.lookup(next(iter(stripe.intents)))


@pytest.mark.parametrize("state", ["created", "authorised"])
def test_a_cancel_is_final(stripe: FakeStripe, gateway: StripeGateway, state: str) -> None:
    payment = STATES[state](gateway)
    assert gateway.cancel(payment, key="can-1").status == "cancelled"
    assert gateway.cancel(payment, key="can-1").status == "cancelled"
    assert gateway.authorise(payment, "ctoken_visa", return_url=BACK, key="auth-2").status == "cancelled"
    assert gateway.capture(payment, key="cap-1").status == "cancelled"
    assert stripe.charged() == []


def test_a_shopper_who_comes_back_from_his_bank_after_a_cancel_changes_nothing(
    stripe: FakeStripe, gateway: StripeGateway
) -> None:
    payment = gateway.cancel(authorised(gateway, "ctoken_requires_action"), key="can-1")
    stripe.approve(payment.payment_id)
    assert gateway.lookup(payment.payment_id).status == "cancelled"


def test_what_was_captured_is_not_cancelled(stripe: FakeStripe, gateway: StripeGateway) -> None:
    assert gateway.cancel(captured(gateway), key="can-1").status == "captured"
    assert stripe.charged() == [1795]


def test_a_refund_gives_back_what_the_owner_has_left(stripe: FakeStripe, gateway: StripeGateway) -> None:
    payment = captured(gateway)
    stripe.refund(payment.payment_id, 500)
    assert gateway.lookup(payment.payment_id).status == "captured"
    assert gateway.refund(payment, key="ref-1").status == "refunded"
    assert stripe.charged() == [0]


def test_what_the_owner_gave_back_himself_is_refunded(stripe: FakeStripe, gateway: StripeGateway) -> None:
    payment = captured(gateway)
    stripe.refund(payment.payment_id)
    assert gateway.refund(payment, key="ref-1").status == "refunded"
    assert stripe.charged() == [0]


def test_the_books_show_each_payment_of_the_shops_once(
    stripe: FakeStripe, gateway: StripeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_module, "MOST_A_PAGE", 2)
    gateway.refund(captured(gateway), key="ref-1")
    for order_id in ("2", "3", "4", "5"):
        created(gateway, order_id)
    stripe.intents["another's"] = Intent("another's", 100, "gbp", {})
    assert [(payment.order_id, payment.status) for payment in gateway.payments()] == [
        ("5", "created"),
        ("4", "created"),
        ("3", "created"),
        ("2", "created"),
        ("1", "refunded"),
    ]
    assert len(stripe.keys("list")) == 3


def test_a_method_is_a_card_if_stripes_form_made_it(gateway: StripeGateway) -> None:
    assert gateway.label("ctoken_1N3T00LkdIwHu7ixt44h1F8k") == "Card"
    assert gateway.label("tok_visa") is None
    assert gateway.label("pm_card_visa") is None


# --- Keys -----------------------------------------------------------------------------------------------------------


def test_creating_again_under_a_key_is_the_same_payment_as_it_stands_by_now(
    stripe: FakeStripe, gateway: StripeGateway
) -> None:
    first = created(gateway)
    assert created(gateway) == first
    taken = captured(gateway)
    assert created(gateway) == taken
    assert len(stripe.intents) == 1


@pytest.mark.parametrize("call", AFTER)
def test_a_repeated_change_is_done_once_and_tells_how_the_payment_stands(
    stripe: FakeStripe, gateway: StripeGateway, call: str
) -> None:
    payment = STATES[BEFORE[call]](gateway)
    assert [CALLS[call](gateway, payment).status for _ in range(2)] == [AFTER[call]] * 2
    money = list(stripe.charged())
    stripe.forget_keys()
    assert CALLS[call](gateway, payment).status == AFTER[call], "the payment's state guards it where keys are forgotten"
    assert stripe.charged() == money


def test_a_repeated_authorisation_tells_of_the_capture_that_came_after_it(
    stripe: FakeStripe, gateway: StripeGateway
) -> None:
    payment = captured(gateway)
    assert CALLS["confirm"](gateway, payment).status == "captured"


def test_a_repeated_decline_tells_of_the_cancel_that_came_after_it(gateway: StripeGateway) -> None:
    gateway.cancel(authorised(gateway, "ctoken_declined"), key="can-1")
    payment = Payment(created(gateway).payment_id, "1", "created", PRICE)
    assert gateway.authorise(payment, "ctoken_declined", return_url=BACK, key="auth-1").status == "cancelled"


def test_once_stripe_has_forgotten_a_key_creating_again_makes_another_payment(
    stripe: FakeStripe, gateway: StripeGateway
) -> None:
    first = created(gateway)
    stripe.forget_keys()
    assert created(gateway) != first


def test_a_key_with_other_parameters_is_a_fault_of_ours_and_raised(gateway: StripeGateway) -> None:
    created(gateway)
    with pytest.raises(sdk.IdempotencyError):
        gateway.create("1", Money(1, "GBP"), key="pi-1")


def test_two_calls_at_once_under_one_key_make_one_payment(stripe: FakeStripe, gateway: StripeGateway) -> None:
    stripe.slow_next_answer(0.2, "create")

    def attempt(_: int) -> str:
        try:
            return created(gateway).payment_id
        except OutcomeUnknown:
            return "unknown"

    with ThreadPoolExecutor(4) as threads:
        outcomes = set(threads.map(attempt, range(4)))
    assert len(outcomes - {"unknown"}) == 1
    assert len(stripe.intents) == 1


# --- What goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "code"), [(500, None), (503, None), (409, "idempotency_key_in_use"), (429, "lock_timeout")]
)
def test_no_clear_answer_is_unknown_and_asking_again_tells(
    stripe: FakeStripe, gateway: StripeGateway, call: str, status: int, code: str | None
) -> None:
    payment = STATES[BEFORE.get(call, "created")](gateway)
    stripe.next_failure(status, "api_error", code, call=call)
    with pytest.raises(OutcomeUnknown):
        CALLS[call](gateway, payment)
    assert CALLS[call](gateway, payment).status == AFTER.get(call, "created")


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_that_is_lost_is_asked_for_again_and_the_work_done_once(
    stripe: FakeStripe, gateway: StripeGateway, call: str
) -> None:
    payment = STATES[BEFORE.get(call, "created")](gateway)
    stripe.lose_next_answer(call)
    assert CALLS[call](gateway, payment).status == AFTER.get(call, "created")
    assert len(stripe.intents) == 1
    assert len([event for event in stripe.events if event["type"] == "payment_intent.succeeded"]) <= 1


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_that_is_lost_twice_is_unknown(stripe: FakeStripe, gateway: StripeGateway, call: str) -> None:
    payment = STATES[BEFORE.get(call, "created")](gateway)
    stripe.lose_next_answer(call, times=2)
    with pytest.raises(OutcomeUnknown):
        CALLS[call](gateway, payment)
    assert CALLS[call](gateway, payment).status == AFTER.get(call, "created")
    assert len(stripe.intents) == 1


@pytest.mark.parametrize("call", CALLS)
def test_a_late_answer_is_unknown_in_time_and_not_waited_for_twice(
    stripe: FakeStripe, gateway: StripeGateway, call: str
) -> None:
    payment = STATES[BEFORE.get(call, "created")](gateway)
    asked = len(stripe.requests)
    stripe.slow_next_answer(30, call)
    begun = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        CALLS[call](stripe.gateway(IMPATIENT), payment)
    assert time.monotonic() - begun < 2 * sum(IMPATIENT)
    assert len(stripe.requests) == asked + 1


def test_a_stripe_that_is_not_there_is_unknown() -> None:
    with FakeStripe() as gone:
        gateway = gone.gateway()
    with pytest.raises(OutcomeUnknown):
        created(gateway)


def test_nothing_is_asked_that_might_not_be_answered_in_time(stripe: FakeStripe, gateway: StripeGateway) -> None:
    with deadline(5.9), pytest.raises(OutcomeUnknown):
        created(gateway)
    assert stripe.requests == []
    with deadline(12):
        assert created(gateway).status == "created"


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("call", [call for call in CALLS if call != "retrieve"])
def test_a_failure_that_stripe_has_saved_under_a_key_is_got_round_by_everybody_alike(
    stripe: FakeStripe, gateway: StripeGateway, call: str, done: bool
) -> None:
    payment = STATES[BEFORE.get(call, "created")](gateway) if call != "create" else Payment("", "1", "created", PRICE)
    stripe.next_failure(500, call=call, saved=True, done=done)
    with pytest.raises(OutcomeUnknown):
        CALLS[call](gateway, payment)
    outcomes = [CALLS[call](gateway, payment) for _ in range(3)]
    assert outcomes == outcomes[:1] * 3
    assert outcomes[0].status == AFTER.get(call, "created")
    assert stripe.charged() in ([], [1795 if call == "capture" else 0])


def test_a_fault_of_ours_is_raised(stripe: FakeStripe, gateway: StripeGateway) -> None:
    stripe.next_failure(400, "invalid_request_error", "parameter_unknown", call="create", param="amuont")
    with pytest.raises(sdk.InvalidRequestError):
        created(gateway)


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_stripe_does_not_take_is_raised_and_shown_nowhere(
    stripe: FakeStripe, gateway: StripeGateway, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    stripe.next_failure(status, "invalid_request_error", message=f"Invalid API Key provided: {SECRET_KEY}")
    with pytest.raises(KeyRefused) as refused:
        created(gateway)
    gateway_module.LOG.error("unexpected fault", exc_info=refused.value)
    assert "KeyRefused" in caplog.text
    assert "canary" not in caplog.text
    with pytest.raises(KeyRefused):
        created(stripe.gateway(secret_key="sk_test_of_another"))


def test_no_failure_shows_a_key(stripe: FakeStripe, gateway: StripeGateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    stripe.next_failure(500)
    stripe.lose_next_answer(times=2)
    stripe.next_failure(400, "invalid_request_error", "parameter_unknown")
    errors: list[BaseException] = []
    for _ in range(3):
        with pytest.raises((OutcomeUnknown, sdk.StripeError)) as failed:
            created(gateway)
        errors.append(failed.value)
    # A key with a line's end in it is quoted by whatever refuses to send it.
    with pytest.raises(OutcomeUnknown) as failed:
        created(stripe.gateway(secret_key=f"{SECRET_KEY}\n"))
    for error in [*errors, failed.value]:
        gateway_module.LOG.error("unexpected fault", exc_info=error)
    assert caplog.text.count("unexpected fault") == 4
    assert "canary" not in caplog.text


def test_stripe_is_told_nothing_of_this_machine(stripe: FakeStripe, gateway: StripeGateway) -> None:
    created(gateway)
    created(gateway, "2")
    headers = stripe.requests[-1].headers
    assert "x-stripe-client-telemetry" not in headers
    assert "telemetry_id" not in headers["x-stripe-client-user-agent"]
    assert "platform" not in headers["x-stripe-client-user-agent"]


def test_a_shop_with_another_gateway_never_loads_stripes_package() -> None:
    check = (
        "import app, sys; from chalicelib import bootstrap; bootstrap.checkout(); assert 'stripe' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


# --- Webhooks -------------------------------------------------------------------------------------------------------


def news(stripe: FakeStripe, gateway: StripeGateway, **how: Any) -> PaymentEvent | None:
    """Let the gateway read the latest event, signed as told."""
    body, headers = stripe.signed(stripe.events[-1], **how)
    return gateway.event(body, lower(headers))


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_each_change_of_a_payment_is_news_of_it(stripe: FakeStripe, gateway: StripeGateway) -> None:
    one = authorised(gateway, "ctoken_requires_action").payment_id
    stripe.refuse(one)
    second = created(gateway, "2")
    gateway.authorise(second, "ctoken_visa", return_url=BACK, key="auth-2")
    gateway.capture(second, key="cap-2")
    gateway.refund(second, key="ref-2")
    third = gateway.cancel(created(gateway, "3"), key="can-3").payment_id
    two = second.payment_id
    read = [gateway.event(body, lower(headers)) for body, headers in stripe.webhooks()]
    assert [(event["type"], found and found.payment_id) for event, found in zip(stripe.events, read, strict=True)] == [
        ("payment_intent.created", None),
        ("payment_intent.requires_action", one),
        ("payment_intent.payment_failed", one),
        ("payment_intent.created", None),
        ("payment_intent.amount_capturable_updated", two),
        ("payment_intent.succeeded", two),
        ("charge.refunded", two),
        ("payment_intent.created", None),
        ("payment_intent.canceled", third),
    ]
    assert stripe.webhooks() == []


def test_news_of_other_things_is_none(stripe: FakeStripe, gateway: StripeGateway) -> None:
    stripe.events.append({"id": "evt_1", "object": "event", "type": "payout.paid", "data": {"object": {"id": "po_1"}}})
    assert news(stripe, gateway) is None
    charge = {"id": "ch_1", "payment_intent": None}
    stripe.events.append({"id": "evt_2", "object": "event", "type": "charge.refunded", "data": {"object": charge}})
    assert news(stripe, gateway) is None


@pytest.mark.parametrize("seconds", [-299, 0, 55])
def test_news_that_was_signed_lately_is_read(stripe: FakeStripe, gateway: StripeGateway, seconds: int) -> None:
    payment = authorised(gateway)
    event = news(stripe, gateway, at=time.time() + seconds)
    assert event == PaymentEvent(stripe.events[-1]["id"], payment.payment_id)


@pytest.mark.parametrize("seconds", [-302, 65, 86_400])
def test_news_that_was_signed_too_long_ago_or_in_the_future_is_refused(
    stripe: FakeStripe, gateway: StripeGateway, seconds: int
) -> None:
    authorised(gateway)
    with pytest.raises(BadSignature):
        news(stripe, gateway, at=time.time() + seconds)


def test_news_that_another_signed_is_refused(stripe: FakeStripe, gateway: StripeGateway) -> None:
    authorised(gateway)
    for secret in ("whsec_another", ""):
        with pytest.raises(BadSignature):
            news(stripe, gateway, secret=secret)


@pytest.mark.parametrize(
    "signature", ["", "t=1", "v1=x", "t=x,v1=x", "t=1,v1=é", "t=99999999999999999999999,v1=x", ",", "t=١,v1=x"]
)
def test_a_signature_that_is_none_is_refused(stripe: FakeStripe, gateway: StripeGateway, signature: str) -> None:
    for body in (b"{}", b"\xff", b""):
        with pytest.raises(BadSignature):
            gateway.event(body, {"stripe-signature": signature})
    with pytest.raises(BadSignature):
        gateway.event(b"{}", {})


def test_a_body_that_was_changed_on_its_way_is_refused(stripe: FakeStripe, gateway: StripeGateway) -> None:
    authorised(gateway)
    body, headers = stripe.signed(stripe.events[-1])
    with pytest.raises(BadSignature):
        gateway.event(body.replace(b"pi_1", b"pi_2"), lower(headers))


def test_a_gateway_without_a_secret_believes_nobody(stripe: FakeStripe) -> None:
    created(stripe.gateway())
    body, headers = stripe.signed(stripe.events[-1], secret="")
    with pytest.raises(BadSignature):
        StripeGateway(SECRET_KEY, "").event(body, lower(headers))
