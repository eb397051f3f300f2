"""What the log says of requests and events: enough to follow each, and nothing that is nobody's business."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from pynamodb.connection import Connection

import app
from chalicelib import bootstrap, trace
from chalicelib.catalogue.models import ProductRecord
from chalicelib.checkout.service import CheckoutService
from chalicelib.keys import keys
from chalicelib.orders import books
from dev.streams import TICK
from infra.functions import Function
from tests import factories
from tests.api.client import Api
from tests.api.mails import latest_token
from tests.api.test_checkout import MUG
from tests.api.test_publishing import Site, add, record
from tests.api.test_publishing import site as site
from tests.api.test_storage import cancelled
from tests.log_lines import Line, Lines, counted
from tests.log_lines import lines as lines

IN_LAMBDA = SimpleNamespace(aws_request_id="of-lambda", function_name="open-kitchen-test-sweep")
CSRF = {"X-Open-Kitchen": "1"}

# A container's life: two requests and an event, as Lambda calls them.
CONTAINER = """
import app
request = {"requestContext": {"resourcePath": "/health", "httpMethod": "GET", "requestId": "%s"}, "headers": {},
    "multiValueHeaders": {}, "pathParameters": None, "multiValueQueryStringParameters": None, "body": None,
    "stageVariables": None, "isBase64Encoded": False}
for name in ("first", "second"):
    app.app({**request, "requestContext": {**request["requestContext"], "requestId": name}}, None)
app.send_mails({"Records": []}, None)
"""


def access(found: list[Line]) -> Line:
    """The one line about a request."""
    (line,) = [line for line in found if "route" in line]
    return line


def test_a_request_is_told_in_one_line_under_the_id_that_its_answer_carries(api: Api, lines: Lines) -> None:
    account = api.sign_up()
    lines()
    answer = api.order({"MUG": 1}, MUG)
    found = lines()
    line = access(found)
    assert {one["request_id"] for one in found} == {answer.headers["x-request-id"]}
    assert (line["method"], line["route"], line["status"]) == ("POST", "/orders", 201)
    assert line["duration_ms"] > 0
    assert (line["account"], line["order"]) == (trace.mark_of(account["id"]), answer.json["id"])


def test_a_problem_is_told_with_its_code_whoever_found_it(api: Api, lines: Lines) -> None:
    api.order({"BLOCK": 1}, 1)
    line = access(lines())
    assert (line["status"], line["problem"]) == (409, "price_changed")
    api.call("DELETE", "/quotes")
    line = access(lines())
    assert (line["status"], line["problem"]) == (405, "method_not_allowed")


def test_a_fault_is_told_with_its_traceback_under_the_answers_id(
    api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(CheckoutService, "quote", broken)
    answer = api.post("/quotes", {"lines": [{"sku": "MUG", "quantity": 1}]})
    found = lines()
    (fault,) = [line for line in found if line["level"] == "ERROR"]
    assert "RuntimeError: out of order" in fault["exception"]
    assert fault["request_id"] == access(found)["request_id"] == answer.json["request_id"]


def test_what_people_type_into_a_path_is_not_told(api: Api, lines: Lines) -> None:
    api.get("/orders/canary%40example.com?q=canary", headers={"X-Order-Key": "canary"})
    found = lines()
    assert access(found)["route"] == "/orders/{order_id}"
    assert "canary" not in str(found)


def test_no_line_holds_an_address_a_token_a_password_or_a_cookie(
    api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    email, password, key = "canary@example.com", "canary-password-4711", factories.key()
    account = api.sign_up(email)
    secrets = [email, account["id"], password, factories.PASSWORD, key, keys().refresh, keys().orders, "Ada"]
    api.post("/sessions", {"email": email, "password": password})
    api.order({"MUG": 1}, MUG, key=key)
    secrets += [api.token, api.cookie.partition("=")[2]]
    api.post("/sessions/refresh", headers=CSRF)
    secrets += [api.token, api.cookie.partition("=")[2]]
    api.post("/password-resets", {"email": email})
    token = latest_token(email)
    api.post("/password-resets/confirmation", {"token": token, "password": password + "2"})
    api.sign_out_of_this_page()
    guest = api.order({"KNIFE": 1}, 7200).json
    api.get(f"/orders/{guest['id']}", headers={"X-Order-Key": guest["order_key"]})
    api.get("/account", headers={"Authorization": "Bearer eyJh.eyJz.canary"})
    # A fault whose message quotes all of it.
    monkeypatch.setattr(bootstrap, "checkout", lambda: 1 / 0)
    api.order({"MUG": 1}, MUG, key=key)
    found = str(lines())
    secrets += [token, guest["order_key"], "Mill Lane", "canary"]
    assert "ZeroDivisionError" in found
    assert [secret for secret in secrets if secret in found] == []


def test_an_order_emits_orders_and_revenue_once_however_often_it_is_repeated(api: Api, lines: Lines) -> None:
    key = factories.key()
    assert api.order({"MUG": 1}, MUG, key=key).status == 201
    assert counted(lines()) == {"Orders": 1, "Revenue": MUG}
    assert api.order({"MUG": 1}, MUG, key=key).status == 201
    assert counted(lines()) == {}


def test_conflicts_and_retries_are_counted(api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    real, errors = Connection._make_api_call, [cancelled("TransactionConflict"), cancelled("None", "ThrottlingError")]

    def call(self: Connection, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        if operation_name == "TransactWriteItems" and errors:
            raise errors.pop(0)
        return real(self, operation_name, operation_kwargs)

    monkeypatch.setattr(Connection, "_make_api_call", call)
    monkeypatch.setattr("chalicelib.backoff.time.sleep", lambda _: None)
    assert api.order({"MUG": 1}, MUG).status == 201
    assert counted(lines()) == {"Orders": 1, "Revenue": MUG, "Conflicts": 1, "Retries": 2}


def test_a_search_that_finds_nothing_is_counted(api: Api, lines: Lines) -> None:
    api.get("/products", q="toaster")
    found = lines()
    assert counted(found) == {"SearchMisses": 1}
    assert "toaster" not in str(found)


def test_an_event_is_told_in_one_line_under_lambdas_request_id(api: Api, lines: Lines) -> None:
    app.sweep(TICK, IN_LAMBDA)
    (line,) = lines()
    assert (line["request_id"], line["function"]) == ("of-lambda", "open-kitchen-test-sweep")
    assert (line["records"], line["message"]) == (0, "event")


def test_an_event_that_fails_is_told_with_its_order_and_fails_on(
    api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = api.order({"MUG": 1}, MUG).json["id"]
    lines()
    change = {
        "Keys": {"order_id": {"S": order_id}},
        "OldImage": {"status": {"S": "pending_payment"}},
        "NewImage": {"status": {"S": "paid"}},
    }
    monkeypatch.setattr(bootstrap.orders(), "status_came", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app.follow_orders({"Records": [{"eventName": "MODIFY", "dynamodb": change}]}, IN_LAMBDA)
    failure, summary = lines()
    assert (failure["order"], failure["level"]) == (order_id, "ERROR")
    assert "ZeroDivisionError" in failure["exception"]
    assert (summary["records"], "order" in summary) == (1, False)


def test_how_old_a_change_is_when_the_pages_show_it_is_measured(site: Site, lines: Lines) -> None:
    now = bootstrap.now().timestamp()
    add("cups", 5150, position=3)
    changes = [record("cups"), record("jug")]
    for change, age in zip(changes, (30, 90), strict=True):
        change["dynamodb"]["ApproximateCreationDateTime"] = now - age
    app.publish_products({"Records": changes}, IN_LAMBDA)
    assert 90_000 <= counted(lines())["PublishLag"] < 120_000


def test_a_function_that_is_called_by_name_is_told_like_an_event(site: Site, lines: Lines) -> None:
    assert app.publish_everything({}, IN_LAMBDA) > 0
    line, told = lines()
    assert (line["message"], line["request_id"]) == ("event", "of-lambda")
    assert counted([told]) == {"SetAside": 0}


def test_how_many_products_an_edition_sets_aside_is_told_until_none_is(site: Site, lines: Lines) -> None:
    for category, aside in (("garden", 1), ("tea-and-coffee", 0)):
        ProductRecord("cups").update(actions=[ProductRecord.category.set(category)])
        app.publish_products({"Records": [record("cups")]}, IN_LAMBDA)
        assert counted(lines())["SetAside"] == aside


def test_the_payloads_for_what_was_given_up_are_taken(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "PAUSE_SECONDS", 0)
    (section,) = re.findall(r"### DeadLetters\n(.+?)###", Path("docs/operations.md").read_text(), re.DOTALL)
    names = [name for name in dir(app) if f"`{logical_id(name)}`" in section and name != "send_sandbox_webhooks"]
    payloads = dict(re.findall(r"`([A-Z]\w+)`[^`]*`(\{[^`]*\})`", section))
    assert {logical_id(name) for name in names} - payloads.keys() == {"PublishProducts", "PublishStock", "Sweep"}
    for name in names:
        if logical_id(name) in payloads:
            getattr(app, name)(msgspec.json.decode(payloads[logical_id(name)]), IN_LAMBDA)


def logical_id(name: str) -> str:
    return Function(name, ()).logical_id


def test_each_night_the_books_are_compared_and_each_difference_is_an_error(
    api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "PAUSE_SECONDS", 0)
    app.check_books(TICK, IN_LAMBDA)
    assert counted(lines()) == {"BooksDifferences": 0}
    (stock,) = bootstrap.catalogue().guess({"MUG": 2})
    bootstrap.ledger().commit(bootstrap.catalogue().hold([stock]))
    app.check_books(TICK, IN_LAMBDA)
    found = lines()
    assert counted(found) == {"BooksDifferences": 1}
    (error,) = [line for line in found if line["level"] == "ERROR"]
    assert "stock of MUG, shard 0: 2 held, 0 by open orders" in error["message"]


def test_cold_start_is_told_once_a_process(api: Api, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "_starts", count(1))
    for path in ("/health", "/categories"):
        api.get(path)
    app.sweep(TICK, IN_LAMBDA)
    assert [line["cold_start"] for line in lines()] == [True, False, False]


def test_in_lambda_every_line_of_a_container_is_json_and_only_its_first_request_is_cold() -> None:
    told = run_container({"AWS_LAMBDA_FUNCTION_NAME": "open-kitchen-test"})
    assert [(line["request_id"], line["cold_start"]) for line in told[:2]] == [("first", True), ("second", False)]
    assert (told[2]["message"], told[2]["cold_start"]) == ("event", False)


def run_container(environment: dict[str, str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", CONTAINER], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return [msgspec.json.decode(line) for line in done.stdout.splitlines()]
