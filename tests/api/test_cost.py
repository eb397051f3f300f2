"""What each action costs on AWS, counted on moto: requests, events, calls, units. The same on every machine."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws
from pynamodb.exceptions import UpdateError

from bench.actions import ACTIONS, GATEWAY, Bench, Done, open_shop
from bench.estimate import VIEWS, Assumptions, amounts
from bench.limits import limits, stock_writes
from bench.metering import metered
from bench.pricing import price_table
from bench.weights import Weight
from chalicelib import dynamo
from chalicelib.catalogue.models import ProductRecord
from chalicelib.orders.models import OrderRecord
from tests.api.client import forget_services

# Requests, events, calls to AWS, write units, read units. More of any of them is a dearer shop: say why it must be.
COSTS: dict[str, tuple[int, int, int, float, float]] = {
    "open the home page": (1, 0, 1, 0, 21),
    "open a category": (1, 0, 1, 0, 12),
    "open a product": (1, 0, 1, 0, 6),
    "search": (2, 0, 1, 0, 14),
    "suggestions": (1, 0, 0, 0, 0),
    "sign up": (1, 5, 7, 13, 2),
    "sign in": (1, 0, 5, 6, 2),
    "refresh": (1, 0, 3, 4, 2),
    "sync the cart": (2, 0, 4, 4, 3),
    "quote": (1, 0, 1, 0, 4),
    "buy as a guest": (3, 9, 14, 27, 9),
    "buy signed in": (3, 9, 12, 37, 7),
    "buy with a promo code": (3, 9, 14, 29, 10),
    "look at an order": (1, 0, 1, 0, 1),
    "cancel an order": (2, 6, 10, 27, 5),
    "a tick of the sweeper": (0, 1, 16, 0, 8),
    "the books check": (0, 1, 2, 0, 5),
    "publish a price change": (0, 1, 30, 8, 13),
    "publish a sell-out": (0, 1, 17, 2, 11),
    "send a letter": (0, 2, 3, 1, 1),
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Bench]:
    with mock_aws():
        forget_services()
        dynamo.connection.cache_clear()
        with open_shop() as bench:
            yield bench
    forget_services()
    dynamo.connection.cache_clear()


@pytest.fixture(scope="module")
def done(shop: Bench) -> dict[str, Done]:
    return {name: shop.measure(action) for name, action in ACTIONS.items()}


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_costs_no_more_than_it_did(done: dict[str, Done], name: str) -> None:
    one = done[name]
    kinds = [work.kind for work in one.works]
    calls = sum(GATEWAY not in call.tables for work in one.works for call in work.calls)
    found = kinds.count("api"), kinds.count("event"), calls, sum(one.writes.values()), sum(one.reads.values())
    assert found == COSTS[name]


def test_a_purchase_writes_the_stock_of_each_sku_twice_in_transactions(done: dict[str, Done]) -> None:
    assert stock_writes(done["buy as a guest"]) == 4
    assert stock_writes(done["buy signed in"]) == 4


def test_looking_round_writes_nothing_and_searching_reads_no_table(done: dict[str, Done]) -> None:
    looking = ("open the home page", "open a category", "open a product", "search", "suggestions", "quote")
    assert not any(done[name].writes for name in looking)
    assert not any(work.calls for work in done["suggestions"].works)


def test_what_a_stream_causes_belongs_to_the_action(done: dict[str, Done]) -> None:
    caused = [work.name for work in done["buy as a guest"].caused]
    assert {"follow_orders", "send_mails", "publish_stock", "POST /payments/webhook"} == set(caused)
    assert sum(call.service == "ses" for work in done["buy as a guest"].works for call in work.calls) == 1


def test_answers_and_log_lines_are_weighed(done: dict[str, Done]) -> None:
    (quoted,) = done["quote"].asked
    assert quoted.answer_bytes > 500
    assert quoted.log_bytes > 50


def test_metering_leaves_the_gateways_own_memory_out(done: dict[str, Done]) -> None:
    assert GATEWAY in {table for work in done["buy as a guest"].works for call in work.calls for table in call.tables}
    assert GATEWAY not in done["buy as a guest"].writes


def test_a_write_that_its_condition_refuses_costs_as_much_and_causes_nothing(shop: Bench) -> None:
    with metered() as meter, pytest.raises(UpdateError):
        ProductRecord("no-such").update([ProductRecord.name.set("X")], condition=ProductRecord.slug.exists())
    assert [call.writes for call in meter.calls] == [{"products": 1}]
    assert meter.changes == []


def test_a_query_costs_what_it_goes_through_in_its_index(shop: Bench) -> None:
    with metered() as meter:
        assert list(OrderRecord.unsettled.query(0)) == []
    assert [call.reads for call in meter.calls] == [{"orders.unsettled": 0.5}]


def test_every_limit_is_met_at_some_load(done: dict[str, Done]) -> None:
    pages = {name: Weight(4_000, {"/assets/a.css": 2_000}) for name in VIEWS}
    found = limits(done, pages, Assumptions())
    assert all(0 < limit.a_second < math.inf for limit in found)
    by_name = {limit.name: limit.a_second for limit in found}
    assert by_name["one item: stock of one sku, 1 shard"] == 250


@pytest.mark.parametrize("architecture", ["arm", "x86"])
def test_everything_that_is_used_has_a_price(done: dict[str, Done], architecture: str) -> None:
    given = Assumptions(architecture=architecture)
    assert all(price_table().cost(amounts(one, given)) > 0 for one in done.values())


def test_the_page_on_scale_tells_what_each_action_costs_and_when_prices_were_known() -> None:
    page = Path("docs/scale.md").read_text()
    rows = re.findall(r"^\| ([a-z -]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| [\d.]+ \|$", page, re.MULTILINE)
    assert {name: tuple(map(int, numbers)) for name, *numbers in rows} == COSTS
    assert str(price_table().date) in page
