"""Each function may do what it does, and nothing else: its policy, as rendered, is held against what was seen."""

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
from infra.functions import FUNCTIONS, Function
from infra.tables import create_missing, logical_id_of
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
# Which resource leave is given for, where the call that was seen does not tell it.
ANYWHERE = {
    "s3:DeleteObject": "${SiteBucket.Arn}/*",
    "s3:GetObject": "${SiteBucket.Arn}/*",
    "s3:ListBucket": "SiteBucket.Arn",
    "s3:PutObject": "${SiteBucket.Arn}/*",
    # The identity may be the address or its domain; the sender is the one address all the same.
    "ses:SendEmail": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"
    " if {'StringEquals': {'ses:FromAddress': {'Ref': 'MailSender'}}}",
}
KEYS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${KeysParameter}"


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


def allowed(template: dict[str, Any], function: Function) -> list[str]:
    """Return all that a function's policies say, an action and a resource a line, with their condition."""
    found = []
    for policy in template["Resources"][function.role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            said = dict(statement)
            assert said.pop("Effect") == "Allow"
            actions, resource = said.pop("Action"), said.pop("Resource")
            condition = f" if {said.pop('Condition')}" if "Condition" in said else ""
            assert said == {}, "nothing else is said, such as NotAction"
            found += [f"{action} {spelt(resource)}{condition}" for action in actions]
    return found


def spelt(resource: Any) -> str:
    """Write a resource as one text: `OrdersTable.Arn/index/by-account`. No policy has a list of them."""
    match resource:
        case str():
            return resource
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"{name}.{attribute}"
        case {"Fn::Join": [str(mark), list(parts)]}:
            return mark.join(map(spelt, parts))
    raise AssertionError(resource)


def needed(call: str) -> str:
    """Say what leave a call takes that was seen."""
    action, resource = call.split()
    if resource == "*":
        return f"{action} {ANYWHERE[action]}"
    table, _, index = resource.partition("/")
    return f"{action} {logical_id_of(table)}.Arn" + (f"/{index}" if index else "")


def of_the_platform(function: Function) -> set[str]:
    """Say what leave Lambda takes on a function's behalf, where no call of ours shows it."""
    name = function.logical_id
    # Its own log, and traces, which know no smaller resource.
    leave = {f"logs:{action} {name}Log.Arn" for action in ("CreateLogStream", "PutLogEvents")}
    leave |= {f"xray:{action} *" for action in ("PutTelemetryRecords", "PutTraceSegments")}
    if function.keys:
        # The tests keep the keys in a file. That each function with this leave reads them is tested below.
        leave |= {f"ssm:GetParameter {KEYS}"}
    if function.stream:
        # Lambda polls the stream with the function's role; ListStreams knows no smaller resource.
        reading = ("DescribeStream", "GetRecords", "GetShardIterator")
        leave |= {f"dynamodb:{action} {logical_id_of(function.stream)}.StreamArn" for action in reading}
        leave |= {"dynamodb:ListStreams *"}
    if function.stream or function.scheduled:
        # Lambda sets aside what the function could not do.
        leave |= {"sqs:SendMessage FailedEvents.Arn"}
    return leave


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_may_do_exactly_what_it_does(
    function: Function, seen: dict[str, set[str]], template: dict[str, Any]
) -> None:
    may = allowed(template, function)
    must = {*map(needed, seen[function.name]), *of_the_platform(function)}
    assert sorted(must - set(may)) == [], "it does what it may not"
    assert sorted(set(may) - must) == [], "it may do what it never does"
    assert len(may) == len(set(may)), "nothing is said twice"


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
