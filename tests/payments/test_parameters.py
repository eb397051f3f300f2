"""Every request to Stripe is made of parameters that Stripe knows, of the types that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from stripe import RequestOptions, StripeClient, params

from chalicelib.money import Money
from tests.fake_stripe import FakeStripe
from tests.payments.fitting import misfits, misfits_of_call

METHODS = ("create", "confirm", "capture", "cancel", "retrieve", "list")
GOOD = {"amount": 1795, "currency": "gbp", "capture_method": "manual", "metadata": {"order_id": "1"}}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What is wrong with the parameters of each call that is made."""
    found: dict[str, list[str]] = {}
    services = StripeClient("sk_test").v1

    def watch(service: type, name: str) -> None:
        method = getattr(service, name)

        def watched(self: Any, *given: Any) -> Any:
            # Before these there may be a payment's id.
            parameters, options = given[-2:]
            faults = misfits_of_call(method, parameters) + misfits(options, RequestOptions)
            found.setdefault(f"{service.__name__}.{name}", []).extend(faults)
            return method(self, *given)

        monkeypatch.setattr(service, name, watched)

    for name in METHODS:
        watch(type(services.payment_intents), name)
    watch(type(services.refunds), "create")
    return found


@pytest.fixture
def stripe() -> Iterator[FakeStripe]:
    with FakeStripe() as fake:
        yield fake


def test_every_call_fits_the_types_that_stripe_generates(stripe: FakeStripe, sent: dict[str, list[str]]) -> None:
    gateway = stripe.gateway()
    for order_id in ("bought", "given up"):
        payment = gateway.create(order_id, Money(1795, "GBP"), key=f"pi-{order_id}")
        gateway.authorise(payment, "ctoken_visa", return_url="https://shop.example", key=f"auth-{order_id}")
        if order_id == "bought":
            gateway.capture(payment, key="cap")
            gateway.refund(payment, key="ref")
        else:
            gateway.cancel(payment, key="can")
    assert len(list(gateway.payments())) == 2
    assert set(sent) == {f"PaymentIntentService.{name}" for name in METHODS} | {"RefundService.create"}
    assert [fault for faults in sent.values() for fault in faults] == []


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"capture_metod": "manual"}, "capture_metod is unknown to PaymentIntentCreateParams"),
        ({"payment_method_types": ["card"]}, "payment_method_types is unknown to PaymentIntentCreateParams"),
        ({"idempotency_key": "pi-1"}, "idempotency_key is unknown to PaymentIntentCreateParams"),
        ({"amount": "1795"}, "amount is '1795'"),
        ({"amount": True}, "amount is True"),
        ({"capture_method": "manually"}, "capture_method is 'manually'"),
        ({"metadata": {"order_id": 1}}, "metadata is 1"),
        ({"allowed_payment_method_types": ["cards"]}, "allowed_payment_method_types is 'cards'"),
        ({"automatic_payment_methods": {"enable": True}}, "enable is unknown"),
        ({"automatic_payment_methods": {}}, "enabled is missing"),
        ({"expand": "latest_charge"}, "expand is 'latest_charge'"),
    ],
)
def test_a_parameter_that_stripe_does_not_know_or_not_so_is_found(bad: dict[str, Any], told: str) -> None:
    assert misfits(GOOD, params.PaymentIntentCreateParams) == []
    assert told in "; ".join(misfits(GOOD | bad, params.PaymentIntentCreateParams))


def test_a_parameter_that_is_missing_is_found() -> None:
    assert misfits({"amount": 1795}, params.PaymentIntentCreateParams) == ["currency is missing"]
