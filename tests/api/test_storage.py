"""The DynamoDB side itself: fences, retries and outages, where memory stores would prove nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ReadTimeoutError
from pynamodb.connection import Connection
from pynamodb.exceptions import CancellationReason, VerboseClientError

from chalicelib import bootstrap, dynamo, trace
from chalicelib.accounts.domain import AccountFacts, LinkFacts
from chalicelib.accounts.repository import AccountsRepository
from chalicelib.catalogue.service import StockTake
from chalicelib.deadline import deadline
from chalicelib.dynamo import COMMIT_TRIES, DynamoLedger, SharedConnection
from chalicelib.errors import Unavailable
from chalicelib.ledger import Refused
from chalicelib.orders.domain import OrderFacts
from chalicelib.orders.repository import OrdersRepository
from chalicelib.sessions.repository import SessionsRepository
from tests import factories
from tests.api.client import Api, forget_services
from tests.api.test_checkout import MUG


@contextmanager
def stages() -> Iterator[list[trace.Stage]]:
    """Collect the calls to the database, as a request does."""
    stopwatch = trace.start("a test", timed=True)
    assert stopwatch is not None
    yield stopwatch.stages
    trace.start("", timed=False)


@pytest.fixture
def order(api: Api) -> OrderFacts:
    found = OrdersRepository().find(api.order({"MUG": 1}, MUG).json["id"])
    assert found is not None
    return found


def test_an_order_changes_only_for_who_saw_its_latest_version(order: OrderFacts) -> None:
    repository = OrdersRepository()
    later = msgspec.structs.replace(order, version=order.version + 1)
    assert repository.replace(order, later)
    assert not repository.replace(order, later)
    with pytest.raises(Refused, match=f"order:{order.order_id}"):
        DynamoLedger().commit([repository.change(order, later)])
    other_status = msgspec.structs.replace(later, status="refunding")
    assert not repository.replace(other_status, later)


def test_an_order_is_put_once(order: OrderFacts) -> None:
    with pytest.raises(Refused, match=f"order:{order.order_id}"):
        DynamoLedger().commit([OrdersRepository().add(order)])


def test_what_is_refused_is_named_and_nothing_of_the_transaction_happens(api: Api, order: OrderFacts) -> None:
    catalogue = bootstrap.catalogue()
    writes = [*catalogue.hold(catalogue.guess({"MUG": 1, "BLOCK": 1})), OrdersRepository().add(order)]
    with pytest.raises(Refused) as refused:
        DynamoLedger().commit(writes)
    assert refused.value.subjects == {"stock:BLOCK#0", f"order:{order.order_id}"}
    assert catalogue.units_available(["MUG"]) == {"MUG": 11}


def cancelled(*codes: str) -> VerboseClientError:
    reasons = [None if code == "None" else CancellationReason(code=code, message=None) for code in codes]
    error = {"Error": {"Code": "TransactionCanceledException", "Message": ""}}
    return VerboseClientError(error, "TransactWriteItems", {}, cancellation_reasons=iter(reasons))


@pytest.fixture
def fail_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Exception]], list[str]]:
    """Let the next transactions fail as told; returns the list of calls that are made."""
    real = SharedConnection._make_api_call

    def arrange(errors: list[Exception]) -> list[str]:
        calls: list[str] = []

        def call(self: SharedConnection, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
            calls.append(operation_name)
            if operation_name == "TransactWriteItems" and errors:
                raise errors.pop(0)
            return real(self, operation_name, operation_kwargs)

        monkeypatch.setattr(SharedConnection, "_make_api_call", call)
        monkeypatch.setattr("chalicelib.backoff.time.sleep", lambda _: None)
        return calls

    return arrange


def test_a_transaction_that_meets_another_is_tried_again(
    api: Api, fail_with: Callable[[list[Exception]], list[str]]
) -> None:
    calls = fail_with([cancelled("TransactionConflict", "None"), cancelled("None", "ThrottlingError")])
    assert api.order({"MUG": 1}, MUG).status == 201
    assert calls.count("TransactWriteItems") == 4


def test_a_transaction_that_meets_others_for_ever_is_503_and_holds_nothing(
    api: Api, fail_with: Callable[[list[Exception]], list[str]]
) -> None:
    calls = fail_with([cancelled("TransactionConflict") for _ in range(COMMIT_TRIES)])
    answer = api.order({"MUG": 1}, MUG)
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
    assert calls.count("TransactWriteItems") == COMMIT_TRIES
    assert bootstrap.catalogue().units_available(["MUG"]) == {"MUG": 12}


def test_a_condition_that_failed_is_not_tried_again(
    api: Api, fail_with: Callable[[list[Exception]], list[str]]
) -> None:
    calls = fail_with([cancelled("None", "ConditionalCheckFailed"), cancelled("TransactionConflict")])
    with pytest.raises(Refused, match="stock:MUG#0"):
        DynamoLedger().commit(bootstrap.catalogue().hold([StockTake("BLOCK", 0, 1), StockTake("MUG", 0, 1)]))
    assert calls.count("TransactWriteItems") == 1


def test_what_is_sold_out_is_told_only_once_the_stock_was_looked_at(
    api: Api, fail_with: Callable[[list[Exception]], list[str]]
) -> None:
    fail_with([cancelled("None", "ConditionalCheckFailed")])
    assert api.order({"MUG": 1}, MUG).status == 201, "somebody gave it back in the meantime"


def test_a_transaction_whose_answer_was_lost_is_repeated_under_the_same_token(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tokens = Connection._make_api_call, []

    def lose_the_first_answer(self: Connection, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = real(self, operation, arguments)
        if operation == "TransactWriteItems":
            tokens.append(arguments["ClientRequestToken"])
            if len(tokens) == 1:
                raise ReadTimeoutError(endpoint_url="")
        return answer

    monkeypatch.setattr(Connection, "_make_api_call", lose_the_first_answer)
    with suppress(Refused):  # moto knows no tokens; DynamoDB would answer as the first time.
        DynamoLedger().commit(bootstrap.catalogue().hold([StockTake("MUG", 0, 1)]))
    assert len(tokens) == 2
    assert len(set(tokens)) == 1


@pytest.mark.parametrize("code", ["TransactionConflictException", "TransactionInProgressException"])
@pytest.mark.parametrize("operation", ["PutItem", "TransactWriteItems"])
def test_a_call_that_meets_a_transaction_at_work_is_tried_again(
    api: Api, monkeypatch: pytest.MonkeyPatch, operation: str, code: str
) -> None:
    real = Connection._make_api_call
    met: list[str] = []

    def meet(self: Connection, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if name == operation and not met:
            met.append(name)
            raise VerboseClientError({"Error": {"Code": code, "Message": ""}}, name, {})
        return real(self, name, arguments)

    monkeypatch.setattr(Connection, "_make_api_call", meet)
    assert api.order({"MUG": 1}, MUG).status == 201
    assert met == [operation]


def test_no_try_is_begun_that_could_not_end_before_the_deadline(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(Connection, "_make_api_call", lambda self, operation, arguments: calls.append(operation))
    with deadline(dynamo.CALL_SECONDS - 0.1), pytest.raises(Unavailable):
        bootstrap.catalogue().units_available(["MUG"])
    assert calls == []


def test_reads_of_several_tables_are_one_call_and_leave_out_what_is_not_there(api: Api, order: OrderFacts) -> None:
    with stages() as seen:
        bootstrap.promotions().add(factories.promotion())
        seen.clear()
        found = DynamoLedger().read(
            [*bootstrap.catalogue().reads(["MUG", "GHOST"]), bootstrap.promotions().read("welcome10")]
        )
    assert sorted(found) == ["promotion:WELCOME10", "sku:MUG"]
    assert [one.description for one in seen] == ["BatchGetItem skus promotions"]


def test_more_than_a_hundred_reads_are_as_many_calls_as_they_need(api: Api) -> None:
    with stages() as seen:
        found = DynamoLedger().read(bootstrap.catalogue().reads([*(f"GHOST-{number}" for number in range(200)), "MUG"]))
    assert list(found) == ["sku:MUG"]
    assert [one.description for one in seen] == ["BatchGetItem skus"] * 3


def answer_batches(monkeypatch: pytest.MonkeyPatch, keys_each: int) -> list[int]:
    """Have each batch answer so many of its keys, as busy tables do; returns how many keys each batch asks for."""
    real, asked = Connection._make_api_call, []

    def answer(self: Connection, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if operation != "BatchGetItem":
            return real(self, operation, arguments)
        keys = [(table, key) for table, named in arguments["RequestItems"].items() for key in named["Keys"]]
        asked.append(len(keys))
        now, later = grouped(keys[:keys_each]), grouped(keys[keys_each:])
        found = real(self, operation, {"RequestItems": now}) if now else {"Responses": {}}
        return {**found, "UnprocessedKeys": later}

    monkeypatch.setattr(Connection, "_make_api_call", answer)
    return asked


def grouped(keys: list[tuple[str, Any]]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for table, key in keys:
        tables.setdefault(table, {"ConsistentRead": True, "Keys": []})["Keys"].append(key)
    return tables


@pytest.mark.parametrize("skus", [["MUG", "KNIFE", "BLOCK"], [f"GHOST-{number}" for number in range(COMMIT_TRIES + 2)]])
def test_a_batch_that_is_answered_in_small_parts_is_asked_for_until_it_is_whole(
    api: Api, monkeypatch: pytest.MonkeyPatch, skus: list[str]
) -> None:
    reads = [*bootstrap.catalogue().reads(skus), *bootstrap.catalogue().stock_reads(skus)]
    asked = answer_batches(monkeypatch, keys_each=1)
    found = DynamoLedger().read(reads)
    assert asked == list(range(len(reads), 0, -1))
    assert len(asked) > COMMIT_TRIES
    assert list(found) == [read.subject for read in reads if "GHOST" not in read.subject]


def test_a_batch_of_which_nothing_comes_is_given_up(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer_batches(monkeypatch, keys_each=0)
    with pytest.raises(Unavailable):
        DynamoLedger().read(bootstrap.catalogue().reads(["MUG"]))
    assert len(asked) == COMMIT_TRIES


def test_when_the_database_goes_away_after_the_reservation_the_order_is_pending_and_its_key_finishes_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = factories.key()

    def away(*_: object) -> bool:
        raise Unavailable

    with monkeypatch.context() as outage:
        outage.setattr(OrdersRepository, "replace", away)
        answer = api.order({"MUG": 1}, MUG, key)
    assert (answer.status, answer.json["status"]) == (202, "pending_payment")
    assert api.order({"MUG": 1}, MUG, key).code == "in_progress"


@pytest.fixture
def unreachable() -> Iterator[Api]:
    """The API, with no database behind its endpoint."""
    os.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
    forget_services()
    dynamo.connection.cache_clear()
    yield Api()
    del os.environ["AWS_ENDPOINT_URL"]
    forget_services()
    dynamo.connection.cache_clear()


@pytest.mark.parametrize("path", ["/products", "/products/mug", "/availability?sku=MUG"])
def test_a_database_that_cannot_be_reached_is_503(unreachable: Api, path: str) -> None:
    answer = unreachable.get(path)
    assert (answer.status, answer.code) == (503, "unavailable")


@pytest.fixture
def account(api: Api) -> AccountFacts:
    found = bootstrap.accounts().find(api.sign_up()["id"])
    assert found is not None
    return found


def test_an_account_changes_and_goes_only_for_who_saw_its_latest_version(account: AccountFacts) -> None:
    repository = AccountsRepository()
    DynamoLedger().commit([repository.change(account, account)])
    for stale in (repository.change(account, account), repository.remove(account)):
        with pytest.raises(Refused, match=f"account:{account.account_id}"):
            DynamoLedger().commit([stale])


def test_a_session_rotates_only_from_the_token_seen_and_never_after_its_end(account: AccountFacts) -> None:
    repository = SessionsRepository()
    (session,) = repository.of_account(account.account_id)
    after = msgspec.structs.replace(session, token_hash="another")
    DynamoLedger().commit([repository.rotate(session, after)])
    with pytest.raises(Refused, match="session:"):
        DynamoLedger().commit([repository.rotate(session, after)])
    repository.end(after.account_id, after.family_id)
    with pytest.raises(Refused, match="session:"):
        DynamoLedger().commit([repository.rotate(after, session)])
    assert repository.of_account(account.account_id) == []


def test_a_link_is_used_once(account: AccountFacts) -> None:
    repository = AccountsRepository()
    link = LinkFacts("hash", "reset", account.account_id, account.email, 0, factories.NOW)
    DynamoLedger().commit([repository.add_link(link)])
    assert repository.link("hash") == link
    DynamoLedger().commit([repository.use_link(link)])
    with pytest.raises(Refused, match="link:hash"):
        DynamoLedger().commit([repository.use_link(link)])
