"""Server-Timing: how a request was served, told to those who may know it, and to nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pynamodb.connection import Connection

from chalicelib import bootstrap
from chalicelib.accounts.schemas import Role, Shopper
from chalicelib.keys import keyring
from chalicelib.sessions.tokens import AccessTokens
from chalicelib.settings import settings
from tests import factories
from tests.api.client import Api, forget_services
from tests.api.test_checkout import MUG
from tests.api.test_storage import cancelled

QUOTE = {"lines": [{"sku": "MUG", "quantity": 1}]}


def stages(timing: str) -> list[dict[str, str]]:
    """Read a Server-Timing header: a dict a metric."""
    read = []
    for metric in timing.split(", "):
        name, *parameters = metric.split(";")
        read.append({"name": name} | dict(part.split("=", 1) for part in parameters))
    return read


@pytest.fixture
def closed(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stage of which only the owner sees the kitchen."""
    monkeypatch.setenv("STAGE", "prod")
    prefix = settings().table_prefix
    settings.cache_clear()
    monkeypatch.setattr(type(settings()), "table_prefix", prefix)
    forget_services()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    forget_services()


def token(role: Role) -> str:
    """Return an access token of someone with a role, whether or not there is an account."""
    return AccessTokens(keyring(), settings().stage).issue(Shopper("someone", "family", role), bootstrap.now())


def test_server_timing_tells_each_stage_and_each_call_to_the_database(api: Api) -> None:
    told = stages(api.post("/quotes", QUOTE).headers["server-timing"])
    names = [stage["name"] for stage in told]
    assert names == ["total", "receive", "authorise", "validate", "logic", "db", "respond"]
    assert [stage["desc"] for stage in told if stage["name"] == "db"] == ['"BatchGetItem skus stock"']


def test_stages_stand_on_one_time_axis(api: Api) -> None:
    total, *told = stages(api.order({"MUG": 1}, MUG).headers["server-timing"])
    starts = [float(stage["start"]) for stage in told]
    ends = [float(stage["start"]) + float(stage["dur"]) for stage in told]
    assert starts == sorted(starts)
    assert max(ends) <= float(total["dur"]) + 0.02
    logic = next(stage for stage in told if stage["name"] == "logic")
    begun, ended = float(logic["start"]), float(logic["start"]) + float(logic["dur"])
    inside = [stage for stage in told if stage["name"] in ("db", "gateway")]
    assert all(begun - 0.02 <= float(one["start"]) <= ended + 0.02 for one in inside)


def test_an_order_tells_of_each_call_to_the_gateway(api: Api) -> None:
    told = stages(api.order({"MUG": 1}, MUG).headers["server-timing"])
    assert [stage["desc"] for stage in told if stage["name"] == "gateway"] == ['"create"', '"authorise"', '"capture"']


def test_a_transaction_tells_how_many_items_it_writes(api: Api) -> None:
    told = stages(api.order({"MUG": 1, "KNIFE": 1}, 8600).headers["server-timing"])
    reserved = next(stage for stage in told if stage.get("desc") == '"TransactWriteItems orders stock"')
    assert reserved["items"] == "3"


def test_a_write_that_a_condition_refuses_is_marked(api: Api) -> None:
    answer = api.order({"TEAPOT-INK": 4}, 4 * 4800)
    assert (answer.status, answer.code) == (409, "out_of_stock")
    told = stages(answer.headers["server-timing"])
    assert "refused" in [stage.get("outcome") for stage in told if stage.get("desc", "").startswith('"Transact')]


def test_a_transaction_that_is_tried_again_shows_each_try(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    real, errors = Connection._make_api_call, [cancelled("TransactionConflict"), cancelled("None", "ThrottlingError")]

    def call(self: Connection, operation_name: str, operation_kwargs: dict[str, object]) -> dict[str, object]:
        if operation_name == "TransactWriteItems" and errors:
            raise errors.pop(0)
        return real(self, operation_name, operation_kwargs)

    monkeypatch.setattr(Connection, "_make_api_call", call)
    monkeypatch.setattr("chalicelib.backoff.time.sleep", lambda _: None)
    told = stages(api.order({"MUG": 1}, MUG).headers["server-timing"])
    tries = [one.get("outcome") for one in told if one.get("desc") == '"TransactWriteItems orders stock"']
    assert tries == ["conflict", "throttled", None, None]


def test_a_stage_that_says_no_is_marked(api: Api) -> None:
    told = stages(api.post("/quotes", {"lines": "none"}).headers["server-timing"])
    assert [stage["name"] for stage in told if stage.get("outcome") == "failed"] == ["validate"]
    refused = stages(api.get("/account").headers["server-timing"])
    assert [stage["name"] for stage in refused if stage.get("outcome") == "failed"] == ["authorise"]


def test_no_secret_and_no_key_of_an_item_is_told(api: Api) -> None:
    email = api.sign_up()["email"]
    body = {"email": email, "password": factories.PASSWORD}
    timing = api.post("/sessions", body).headers["server-timing"]
    descriptions = re.findall(r'desc="([^"]*)"', timing)
    assert all(re.fullmatch(r"[A-Za-z]+( [a-z-]+)*", one) for one in descriptions), descriptions


def test_a_long_story_is_cut_and_says_how_much_is_missing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.http.timing.LIMIT", 150)
    timing = api.post("/quotes", QUOTE).headers["server-timing"]
    assert len(timing) < 200
    assert stages(timing)[-1]["name"] == "more"
    assert stages(timing)[-1]["desc"].endswith('stages left out"')


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("role", ["", "shopper", "staff"])
def test_in_production_nobody_but_the_owner_sees_the_kitchen(api: Api, role: Role) -> None:
    headers = {"Authorization": f"Bearer {token(role)}"} if role else {}
    for path in ("/availability?sku=MUG", "/orders", "/health"):
        assert "server-timing" not in api.get(path, headers).headers


@pytest.mark.usefixtures("closed")
def test_in_production_nothing_is_timed_for_strangers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.trace.perf_counter", lambda: pytest.fail("a stopwatch ran"))
    assert api.post("/quotes", QUOTE).status == 200


@pytest.mark.usefixtures("closed")
def test_in_production_the_owner_sees_the_kitchen_of_every_call(api: Api) -> None:
    headers = {"Authorization": f"Bearer {token('owner')}"}
    for path in ("/availability?sku=MUG", "/orders", "/products"):
        assert "server-timing" in api.get(path, headers).headers


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("bearer", ["nonsense", "", "e30.e30.e30"])
def test_in_production_a_bad_token_opens_no_kitchen(api: Api, bearer: str) -> None:
    answer = api.get("/availability?sku=MUG", {"Authorization": f"Bearer {bearer}"})
    assert answer.status == 200
    assert "server-timing" not in answer.headers


def test_a_gateway_that_gives_no_answer_is_marked(api: Api) -> None:
    answer = api.order({"MUG": 1}, MUG, payment={"method": "tok_error"})
    told = stages(answer.headers["server-timing"])
    assert next(one for one in told if one.get("desc") == '"authorise"')["outcome"] == "failed"
