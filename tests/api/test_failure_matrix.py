"""What may fail while somebody buys, and what must come of it: one test a row of the table, named after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from pynamodb.connection import Connection
from pynamodb.exceptions import VerboseClientError

from chalicelib import bootstrap, dynamo
from chalicelib.catalogue.models import SkuRecord, StockRecord
from chalicelib.checkout.events import sweep_due
from chalicelib.orders import books
from chalicelib.orders.domain import ACT_WITHIN, LEASE, SETTLE_WITHIN
from chalicelib.payments.sandbox import SandboxGateway
from tests import factories
from tests.api.client import Answer, Api, forget_services
from tests.api.conftest import UNITS

PRICE = 1400 + 395
AFTER_THE_LEASE = LEASE + timedelta(seconds=1)
WHEN_DUE = SETTLE_WITHIN + timedelta(seconds=1)


class Crash(BaseException):
    """The process is gone. botocore and Chalice catch every Exception; this is none."""


class Clock:
    def __init__(self) -> None:
        self.now = factories.NOW

    def __call__(self) -> Any:
        return self.now


@pytest.fixture(autouse=True)
def clock(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    with monkeypatch.context() as patched:
        patched.setattr(bootstrap, "now", clock)
        forget_services()
        yield clock
    forget_services()


@contextmanager
def crash_at(event: str) -> Iterator[None]:
    """Let the process die when a call to DynamoDB comes to an event, once."""

    def die(**_: AWSRequest) -> None:
        raise Crash

    events = dynamo.connection().client.events
    events.register(event, die)
    try:
        with pytest.raises(Crash):
            yield
    finally:
        events.unregister(event, die)


@pytest.fixture
def gateway_dies(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Let the process die in, or right after, a call to the gateway."""

    @contextmanager
    def arrange(name: str, *, after: bool = False) -> Iterator[None]:
        real = getattr(SandboxGateway, name)

        def die(*args: Any, **kwargs: Any) -> None:
            if after:
                real(*args, **kwargs)
            raise Crash

        with monkeypatch.context() as patched:
            patched.setattr(SandboxGateway, name, die)
            with pytest.raises(Crash):
                yield

    return arrange


def buy(api: Api, key: str, **changes: Any) -> Answer:
    return api.order({"MUG": 1}, PRICE, key, **changes)


def sweep() -> None:
    assert sweep_due() == 0


def deliver(api: Api, status: str = "authorised", *, payment_id: str = "") -> Answer:
    """Bring the gateway's news, as the gateway sends it."""
    (payment,) = bootstrap.gateway().payments()
    body, headers = bootstrap.sandbox().notice(payment_id or payment.payment_id, status)
    return api.call("POST", "/payments/webhook", headers=headers, body=body)


def the_order(key: str) -> Any:
    return bootstrap.lifecycle().find(bootstrap.lifecycle().id_for(key))


def statuses(key: str) -> tuple[str, list[str]]:
    """Return how the order and its payments stand."""
    order = the_order(key)
    return order.status if order else "none", [payment.status for payment in bootstrap.gateway().payments()]


def stock() -> tuple[int, int, int]:
    """Return the mugs available, held and sold."""
    record = StockRecord.get("MUG", 0, consistent_read=True)
    return int(record.available), int(record.held), int(record.sold)


NOTHING_SOLD = (UNITS, 0, 0)
ONE_HELD = (UNITS - 1, 1, 0)
ONE_SOLD = (UNITS - 1, 0, 1)


def assert_one_sale(key: str) -> None:
    assert statuses(key) == ("paid", ["captured"])
    assert stock() == ONE_SOLD
    assert books.look() == []


@pytest.mark.parametrize("event", ["before-send.dynamodb.BatchGetItem", "before-send.dynamodb.TransactWriteItems"])
def test_crash_before_the_reservation__nothing_happened_and_a_retry_works(api: Api, event: str) -> None:
    key = factories.key()
    with crash_at(event):
        buy(api, key)
    assert statuses(key) == ("none", [])
    assert stock() == NOTHING_SOLD
    assert buy(api, key).status == 201
    assert_one_sale(key)


def crash_after_the_reservation(api: Api, key: str, gateway_dies: Callable[[str], Any], **changes: Any) -> None:
    with gateway_dies("create"):
        buy(api, key, **changes)
    assert statuses(key) == ("pending_payment", [])
    assert stock() == ONE_HELD


def test_crash_after_it_before_the_payment__the_retry_resumes(
    api: Api, clock: Clock, gateway_dies: Callable[[str], Any]
) -> None:
    key = factories.key()
    crash_after_the_reservation(api, key, gateway_dies)
    assert buy(api, key).code == "in_progress"
    clock.now += AFTER_THE_LEASE
    assert buy(api, key).status == 201
    assert_one_sale(key)


def test_crash_after_it_before_the_payment__or_the_sweeper_cancels_and_releases(
    api: Api, clock: Clock, gateway_dies: Callable[[str], Any]
) -> None:
    key = factories.key()
    crash_after_the_reservation(api, key, gateway_dies)
    clock.now += WHEN_DUE
    sweep()
    assert statuses(key) == ("expired", ["cancelled"])
    assert stock() == NOTHING_SOLD
    answer = buy(api, key)
    assert (answer.status, answer.code) == (409, "order_ended")


def test_crash_after_it__never_while_a_shopper_still_has_his_15_minutes_with_the_bank(
    api: Api, clock: Clock, gateway_dies: Callable[..., Any]
) -> None:
    key = factories.key()
    with gateway_dies("authorise", after=True):
        buy(api, key, payment={"method": "tok_requires_action"})
    clock.now += WHEN_DUE
    sweep()
    assert statuses(key) == ("pending_payment", ["requires_action"])
    clock.now += ACT_WITHIN - WHEN_DUE - timedelta(seconds=1)
    sweep()
    assert statuses(key) == ("pending_payment", ["requires_action"])
    clock.now += timedelta(seconds=2)
    sweep()
    assert statuses(key) == ("expired", ["cancelled"])
    assert stock() == NOTHING_SOLD


def test_the_payments_answer_is_lost_or_late__stock_stays_held_202_and_the_same_key_asks_again(api: Api) -> None:
    key = factories.key()
    answer = buy(api, key, payment={"method": "tok_timeout"})
    assert (answer.status, answer.json["status"]) == (202, "pending_payment")
    assert stock() == ONE_HELD
    assert buy(api, key, payment={"method": "tok_timeout"}).status == 201
    assert_one_sale(key)


def test_a_gateway_that_only_fails__202_and_the_sweeper_ends_it(api: Api, clock: Clock) -> None:
    key = factories.key()
    assert buy(api, key, payment={"method": "tok_error"}).status == 202
    clock.now += WHEN_DUE
    sweep()
    assert statuses(key) == ("expired", ["cancelled"])
    assert stock() == NOTHING_SOLD


@pytest.mark.parametrize("finisher", ["webhook", "sweeper"])
def test_crash_after_the_authorisation__webhook_or_sweeper_finishes(
    api: Api, clock: Clock, gateway_dies: Callable[..., Any], finisher: str
) -> None:
    key = factories.key()
    with gateway_dies("authorise", after=True):
        buy(api, key)
    assert statuses(key) == ("pending_payment", ["authorised"])
    clock.now += WHEN_DUE
    if finisher == "sweeper":
        sweep()
    else:
        assert deliver(api).status == 204
    assert_one_sale(key)


def test_the_answer_to_the_shopper_is_lost__the_same_key_replays_it(api: Api) -> None:
    key = factories.key()
    lost, repeated = buy(api, key), buy(api, key)
    assert lost.status == repeated.status == 201
    assert lost.json == repeated.json
    assert_one_sale(key)


def test_double_click__409_in_progress_then_the_same_answer(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    key, real, second = factories.key(), SandboxGateway.authorise, []

    def click_again(*args: Any, **kwargs: Any) -> Any:
        second.append(buy(Api(), key))
        return real(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(SandboxGateway, "authorise", click_again)
        first = buy(api, key)
    assert (second[0].status, second[0].code) == (409, "in_progress")
    assert second[0].headers["retry-after"] == "1"
    assert buy(api, key).json == first.json
    assert_one_sale(key)


def test_guest_pays_answer_lost_signs_in_repeats_with_the_same_key__the_same_order(api: Api, clock: Clock) -> None:
    key = factories.key()
    lost = buy(api, key)
    clock.now = datetime.now(UTC)  # The access token's own clock is the real one.
    api.sign_up()
    assert buy(api, key).json == lost.json
    assert_one_sale(key)


def test_the_last_unit_two_clicks_with_one_key__one_order_and_the_loser_replays_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, real, second = factories.key(), bootstrap.ledger().commit, []

    def be_overtaken(writes: Any) -> None:
        # Both have found no order; the other reserves first, and takes all that there is.
        monkeypatch.setattr(bootstrap.ledger(), "commit", real)
        second.append(api.order({"MUG": UNITS}, UNITS * 1400, key))
        real(writes)

    monkeypatch.setattr(bootstrap.ledger(), "commit", be_overtaken)
    first = api.order({"MUG": UNITS}, UNITS * 1400, key)
    assert second[0].status == first.status == 201
    assert second[0].json == first.json
    assert stock() == (0, 0, UNITS)
    assert books.look() == []


def test_paid_answer_lost_price_edited_repeat__the_same_order_not_price_changed(api: Api) -> None:
    key = factories.key()
    lost = buy(api, key)
    SkuRecord("MUG").update(actions=[SkuRecord.price.set(9900)])
    assert buy(api, key).json == lost.json
    assert buy(api, factories.key()).code == "price_changed"


def test_a_lost_answer_to_payment_creation__the_sweeper_still_finds_the_payment_by_repeating_it(
    api: Api, clock: Clock, gateway_dies: Callable[..., Any]
) -> None:
    key = factories.key()
    with gateway_dies("create", after=True):
        buy(api, key)
    assert statuses(key) == ("pending_payment", ["created"])
    assert the_order(key).payment_id is None
    clock.now += WHEN_DUE
    sweep()
    assert statuses(key) == ("expired", ["cancelled"])
    assert stock() == NOTHING_SOLD


@pytest.mark.parametrize("after", [False, True])
def test_refund_begun_crash__the_sweeper_finishes_it(
    api: Api, clock: Clock, gateway_dies: Callable[..., Any], *, after: bool
) -> None:
    key = factories.key()
    order = buy(api, key).json
    with gateway_dies("refund", after=after):
        api.post(f"/orders/{order['id']}/cancellation", headers={"X-Order-Key": order["order_key"]})
    assert statuses(key)[0] == "refunding"
    clock.now += WHEN_DUE
    sweep()
    assert statuses(key) == ("refunded", ["refunded"])
    assert stock() == NOTHING_SOLD
    assert books.look() == []


def test_webhook_first_twice_late_out_of_order__fenced_seen_once_monotonic_and_the_intent_is_fetched_again(
    api: Api, clock: Clock, gateway_dies: Callable[..., Any]
) -> None:
    key = factories.key()
    with gateway_dies("authorise", after=True):
        buy(api, key)
    clock.now += AFTER_THE_LEASE
    # First of all comes news that is not even true yet, then the same twice, then what is long over.
    for status in ("captured", "authorised", "authorised", "created"):
        assert deliver(api, status).status == 204
    assert_one_sale(key)
    order = buy(api, key).json
    assert [entry["status"] for entry in order["timeline"]] == ["pending_payment", "paid"]


def test_refund_race__fenced_and_one_key_a_refund(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    key, keys, answers = factories.key(), [], []
    order = buy(api, key).json
    path, headers = f"/orders/{order['id']}/cancellation", {"X-Order-Key": order["order_key"]}
    real = SandboxGateway.refund

    def cancel_again(self: SandboxGateway, payment: Any, *, key: str) -> Any:
        keys.append(key)
        if len(keys) == 1:
            answers.append(Api().post(path, headers=headers))
        return real(self, payment, key=key)

    monkeypatch.setattr(SandboxGateway, "refund", cancel_again)
    answers.append(api.post(path, headers=headers))
    assert [(answer.status, answer.json["status"]) for answer in answers] == [(200, "refunded")] * 2
    assert len(set(keys)) == 1
    assert stock() == NOTHING_SOLD
    assert books.look() == []


def test_clocks_differ__leases_affect_progress_fences_safety(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, real = factories.key(), SandboxGateway.authorise
    ahead: list[Any] = []

    def overtaken_by_a_machine_an_hour_ahead(*args: Any, **kwargs: Any) -> Any:
        if not ahead:
            ahead.append(None)
            clock.now += timedelta(hours=1)
            ahead.append(buy(Api(), key))
            clock.now -= timedelta(hours=1)
        return real(*args, **kwargs)

    monkeypatch.setattr(SandboxGateway, "authorise", overtaken_by_a_machine_an_hour_ahead)
    answer = buy(api, key)
    assert answer.status == ahead[1].status == 201
    assert answer.json == ahead[1].json
    assert_one_sale(key)


@pytest.mark.parametrize("operation", ["GetItem", "BatchGetItem", "TransactWriteItems"])
def test_dynamodb_throttles__503_with_retry_after_and_nothing_half_done(
    api: Api, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    key, real, throttled = factories.key(), Connection._make_api_call, []

    def throttle(self: Connection, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if name != operation:
            return real(self, name, arguments)
        throttled.append(name)
        raise VerboseClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, name, {})

    with monkeypatch.context() as busy:
        busy.setattr("chalicelib.backoff.time.sleep", lambda _: None)
        busy.setattr(Connection, "_make_api_call", throttle)
        answer = buy(api, key)
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "unavailable", "2")
    assert len(throttled) == dynamo.TRIES
    assert statuses(key) == ("none", [])
    assert stock() == NOTHING_SOLD
    assert buy(api, key).status == 201
