"""Each function may do what it does, and nothing else: what is declared is held against what was seen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from app import app
from chalicelib import keys
from chalicelib.checkout.events import sweep_due
from chalicelib.notifications.events import mails_owed
from chalicelib.orders.events import accounts_changed, compare_books, orders_changed
from chalicelib.payments import events as payments
from chalicelib.settings import settings
from chalicelib.storefront.events import products_changed, publish_all, stock_changed
from infra.functions import FUNCTIONS, SITE_OBJECTS, Function
from infra.tables import create_missing
from tests.api.client import Api, forget_services
from tests.api.test_publishing import Site, record, stock_record

# What the recorder calls each function: by the first function of a domain that it enters.
FUNCTION_OF = {
    "api": "APIHandler",
    "mails_owed": "send_mails",
    "orders_changed": "follow_orders",
    "accounts_changed": "follow_accounts",
    "sandbox_changed": "send_sandbox_webhooks",
    "products_changed": "publish_products",
    "stock_changed": "publish_stock",
    "publish_all": "publish_everything",
    "sweep_due": "sweep",
    "compare_books": "check_books",
}
# The first looks at items between the calls, to weigh them; the others call what all call, again and again.
LEFT_OUT = ("cost", "edge", "kitchen", "storage")
REPEATED = "not set_aside and not for_a_short_time"
# To be told that an object is not there takes leave to list.
LEAVE = {
    "s3:GetObject": ("s3:GetObject", "s3:ListBucket"),
    "s3:HeadObject": ("s3:GetObject", "s3:ListBucket"),
    "s3:ListObjectsV2": ("s3:ListBucket",),
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What each function did while the API's tests ran: `dynamodb:GetItem orders`, `s3:PutObject *`."""
    folder = tmp_path_factory.mktemp("calls")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.infra.recorder", "-n", "2", "-k", REPEATED]
    left_out = [f"--ignore=tests/api/test_{name}.py" for name in LEFT_OUT]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [*command, *left_out, "tests/api"],
        env=environment | {"RECORD_CALLS": str(folder), "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    found: dict[str, set[str]] = {function.name: set() for function in FUNCTIONS}
    for line in {line for file in folder.iterdir() for line in file.read_text().splitlines()}:
        who, action, resource = line.split()
        found[FUNCTION_OF[who]] |= {f"{leave} {resource}" for leave in LEAVE.get(action, (action,))}
    return found


def declared(function: Function) -> set[str]:
    leave = {f"dynamodb:{grant}" for grant in function.grants}
    leave |= {"ses:SendEmail *"} if function.sends else set()
    leave |= {f"{action} *" for action in (*SITE_OBJECTS, "s3:ListBucket")} if function.publishes else set()
    return leave


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_may_do_exactly_what_it_does(function: Function, seen: dict[str, set[str]]) -> None:
    did, may = seen[function.name], declared(function)
    assert sorted(did - may) == [], "it does what it may not"
    assert sorted(may - did) == [], "it may do what it never does"


def test_every_function_of_the_app_is_declared() -> None:
    handlers = {handler.name for handler in app.pure_lambda_functions}
    handlers |= {source.name for source in app.event_sources}
    names = {function.name for function in FUNCTIONS}
    assert names == {*handlers, "APIHandler"} == set(FUNCTION_OF.values())


# --- The keys ---------------------------------------------------------------------------------------------------------


def inserted(key: str) -> list[dict[str, Any]]:
    return [{"eventName": "INSERT", "dynamodb": {"Keys": {key: {"S": "unknown"}}}}]


def order_that_came(status: str) -> dict[str, Any]:
    images = {"OldImage": {"status": {"S": "pending_payment"}}, "NewImage": {"status": {"S": status}}}
    return {"dynamodb": {"Keys": {"order_id": {"S": "unknown"}}, **images}}


def payment_that_came(status: str) -> dict[str, Any]:
    image = {"payment_id": {"S": "sbx_1"}, "status": {"S": status}}
    return {"eventName": "MODIFY", "dynamodb": {"NewImage": image}}


WORK: dict[str, Callable[[], object]] = {
    "APIHandler": lambda: Api().sign_up(),
    "send_mails": lambda: mails_owed(inserted("mail_id")),
    "follow_orders": lambda: orders_changed([order_that_came("paid")]),
    "follow_accounts": lambda: accounts_changed(inserted("account_id")),
    "send_sandbox_webhooks": lambda: payments.sandbox_changed([payment_that_came("captured")]),
    "publish_products": lambda: products_changed([record("cups")]),
    "publish_stock": lambda: stock_changed([stock_record("CUPS", 1, 0)]),
    "publish_everything": publish_all,
    "sweep": sweep_due,
    "check_books": compare_books,
}


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """An empty shop in a process that has not read its keys yet; what it reads of them."""
    read: list[bytes] = []

    def stored() -> bytes:
        read.append(settings().secrets_file.read_bytes())
        return read[-1]

    monkeypatch.setattr(keys, "_stored", stored)
    monkeypatch.setattr(payments, "urlopen", open_nothing)
    with mock_aws():
        forget_services()
        create_missing()
        Site()
        keys.keys.cache_clear()
        yield read
    forget_services()


def open_nothing(*_: object, **__: object) -> Any:
    return memoryview(b"")


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_is_told_the_keys_exactly_if_it_reads_them(function: Function, readings: list[bytes]) -> None:
    WORK[function.name]()
    assert bool(readings) == function.keys
