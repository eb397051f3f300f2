"""The cost model: DynamoDB's rules as published, the price table, and the arithmetic between them."""

from __future__ import annotations

import gzip
from datetime import date
from typing import get_args

import msgspec
import pytest

from bench import always_on
from bench.actions import ACTIONS, GATEWAY, Done, Work
from bench.capacity import Index, Item, batch_read_units, index_units, item_size, read_units, write_units
from bench.estimate import ORDER, VIEWS, Assumptions, added, amounts, assumptions, billed_ms, mixed, page
from bench.metering import Call, shapes
from bench.pricing import price_table
from bench.weights import weigh
from chalicelib import metrics

KB = 1024


def item(size: int, **more: str) -> Item:
    """An item of so many bytes, with string attributes of its own besides."""
    taken = item_size({name: {"S": value} for name, value in more.items()})
    return {"k": {"S": "x" * (size - taken - 1)}, **{name: {"S": value} for name, value in more.items()}}


# --- DynamoDB's rules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "shoe"}, 4),
        ({"S": "Schuß"}, 6),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "1200"}, 2),
        ({"N": "-12.5"}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"B": b"abc"}, 3),
        ({"SS": ["ab", "c"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + 1 + 2 + 1 + 2),
        ({"M": {"a": {"S": "b"}}}, 3 + 1 + 1 + 1),
    ],
)
def test_an_attribute_weighs_its_name_and_its_value(value: dict[str, object], size: int) -> None:
    assert item_size({"name": value}) == 4 + size


@pytest.mark.parametrize(
    ("size", "strongly", "eventually"),
    [(3_500, 1, 0.5), (4 * KB, 1, 0.5), (4 * KB + 1, 2, 1), (8 * KB, 2, 1), (int(40.8 * KB), 11, 5.5), (0, 1, 0.5)],
)
def test_reads_are_rounded_up_to_four_kilobytes_and_half_as_dear_where_they_may_be_old(
    size: int, strongly: float, eventually: float
) -> None:
    assert read_units(size, consistent=True) == strongly
    assert read_units(size, consistent=False) == eventually


def test_a_batch_rounds_each_item_up_by_itself() -> None:
    assert batch_read_units([1536, 6656], consistent=True) == 3
    assert read_units(1536 + 6656, consistent=True) == 2


@pytest.mark.parametrize(("size", "units"), [(512, 1), (KB, 1), (KB + 1, 2), (1536, 2), (3 * KB, 3)])
def test_writes_are_rounded_up_to_a_kilobyte_and_twice_as_dear_in_a_transaction(size: int, units: int) -> None:
    assert write_units(None, item(size), transaction=False) == units
    assert write_units(None, item(size), transaction=True) == 2 * units


def test_a_change_and_a_removal_cost_the_larger_of_before_and_after() -> None:
    assert write_units(item(3 * KB), item(KB), transaction=False) == 3
    assert write_units(item(3 * KB), None, transaction=False) == 3
    assert write_units(None, None, transaction=False) == 1


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, item(200), 0),
        (None, item(200, g="1"), 1),
        (item(200, g="1"), item(200, g="1"), 0),
        (item(200, g="1"), item(300, g="1"), 1),
        (item(200, g="1"), item(200, g="2"), 2),
        (item(200, g="1"), item(200), 1),
        (item(1500, g="1"), item(1500, g="2"), 4),
    ],
    ids=["not in it", "entered", "the same", "changed", "moved", "left", "moved, and large"],
)
def test_an_index_costs_where_its_entry_changes_and_twice_where_its_key_does(
    before: Item | None, after: Item, units: int
) -> None:
    assert index_units(Index("by-g", ("g",)), before, after, transaction=False) == units


def test_an_index_of_keys_is_not_written_when_something_else_changes() -> None:
    keys_only = Index("by-g", ("g",), frozenset({"g"}))
    assert index_units(keys_only, item(200, g="1"), item(300, g="1"), transaction=False) == 0


def test_the_tables_indexes_and_streams_are_those_of_the_models() -> None:
    orders = shapes()["orders"]
    assert orders.key == ("order_id",)
    assert {index.name: index.holds is None for index in orders.indexes} == {
        "by-account": True,
        "by-guest": False,
        "unsettled": False,
    }
    assert orders.streams
    assert not shapes()["skus"].streams


# --- The estimate -----------------------------------------------------------------------------------------------------

READ = Call("dynamodb", "GetItem", reads={"orders": 1.0})
COMMIT = Call("dynamodb", "TransactWriteItems", writes={"orders": 4, "orders.unsettled": 2})
PAY = Call("dynamodb", "PutItem", writes={GATEWAY: 1})
EXACT = Assumptions(memory_mb=512, vcpu_mb=1024, invocation_ms=2, cold_share=0)


def test_a_function_is_billed_for_its_share_of_a_processor_and_for_every_wait() -> None:
    work = Work("POST /orders", "api", [READ, COMMIT, PAY], cpu_ms=10)
    assert billed_ms(work, EXACT) == 10 / 0.5 + 2 + EXACT.read_ms + EXACT.transaction_ms + EXACT.gateway_ms


def test_more_memory_is_a_larger_share_and_never_more_than_a_processor() -> None:
    work = Work("publish_stock", "event", [], cpu_ms=10)
    given = msgspec.structs.replace(EXACT, memory_of={"publish_stock": 4096})
    assert billed_ms(work, given) == 12
    assert amounts(Done([work]), given)["lambda_gb_seconds_arm"] == 12 / 1000 * 4


def test_a_request_uses_each_priced_thing_once_and_an_event_nothing_of_the_edge() -> None:
    asked, event = Work("GET /x", "api", [READ, PAY], answer_bytes=1_000_000), Work("sweep", "event", [COMMIT])
    used = amounts(Done([asked], [event]), EXACT)
    assert (used["api_requests"], used["lambda_requests"], used["cdn_requests"]) == (1, 2, 1)
    assert used["cdn_functions"] == 1, "the distribution's function tells the API who asks"
    assert (used["read_units"], used["write_units"]) == (1, 6)
    assert used["cdn_gb"] == pytest.approx(0.001)


def test_the_owners_commands_run_on_his_own_machine() -> None:
    used = amounts(Done([Work("reprice", "command", [COMMIT])]), EXACT)
    assert used == {"write_units": 6, "read_units": 0}


def test_a_mix_is_so_many_of_each() -> None:
    assert mixed({"a": 2, "b": 1}, {"a": {"x": 1.0}, "b": {"x": 3.0, "y": 1.0}}, 10) == {"x": 50, "y": 10}
    assert added({"x": 1}, {"x": 2}) == {"x": 3}


def test_the_mixes_are_of_known_actions_and_an_order_is_one_purchase_and_forty_views() -> None:
    assert ORDER.keys() | VIEWS.keys() <= ACTIONS.keys()
    assert sum(VIEWS.values()) == pytest.approx(1)
    assert ORDER["buy as a guest"] + ORDER["buy signed in"] == pytest.approx(1)
    assert sum(ORDER[name] for name in VIEWS) == 40


def test_a_first_visit_fetches_what_the_page_names_and_a_later_one_the_page_alone() -> None:
    html = b"""<link rel="stylesheet" href="/a.css"><link rel="canonical" href="https://x.example/">
        <script src="/b.js"></script><img src="/c.png"><img src="/c.png"><img src="https://elsewhere.example/d.png">"""
    files = {"/a.css": b"a" * 900, "/b.js": b"b" * 900, "/c.png": b"c" * 900}
    weight = weigh(html, files.__getitem__)
    assert weight.files == {
        "/a.css": len(gzip.compress(files["/a.css"])),
        "/b.js": weight.files["/a.css"],
        "/c.png": 900,
    }
    kept = page(weight, msgspec.structs.replace(EXACT, pages_kept=1))
    assert kept["cdn_requests"] == 1
    assert kept["cdn_gb"] * 1e9 == pytest.approx(weight.own)
    first = page(weight, msgspec.structs.replace(EXACT, pages_kept=0))
    assert first["cdn_requests"] == 4
    assert first["cdn_gb"] * 1e9 == pytest.approx(weight.first)


def test_memory_alarms_and_dashboards_are_those_of_the_template() -> None:
    given = assumptions()
    assert given.memory_mb >= 128
    assert given.alarms > 5
    assert given.dashboards == 1
    assert given.metrics == len(get_args(metrics.Name)) + 1, "the access log's filter makes one more"


# --- The price table --------------------------------------------------------------------------------------------------


def test_the_price_table_is_dated_and_names_a_source_for_each_price() -> None:
    table = price_table()
    assert date(2026, 1, 1) < table.date
    assert str(table.date) in table.advice
    assert table.region == "us-east-1"
    assert all(price.source and price.per > 0 and price.dollars >= 0 for price in table.prices.values())


def test_amounts_are_multiplied_by_their_prices_and_what_has_none_is_refused() -> None:
    assert price_table().cost({"write_units": 1_000_000, "letters": 1_000}) == pytest.approx(0.725)
    with pytest.raises(KeyError):
        price_table().cost({"sundries": 1})


# --- Beside a shop that is always on ----------------------------------------------------------------------------------


def test_a_month_always_on_has_a_price_for_everything_and_grows_by_a_container_alone() -> None:
    one, two = (price_table().items(always_on.month(count)) for count in (1, 2))
    more = {name: two[name] - one[name] for name in one if two[name] != one[name]}
    assert more.keys() == {"container_vcpu_hours", "container_gb_hours", "public_address_hours"}
    assert sum(more.values()) == pytest.approx(730 * (0.25 * 0.03238 + 0.5 * 0.00356 + 0.005))


def test_costs_meet_where_the_orders_have_used_up_the_difference_and_never_below_none() -> None:
    assert always_on.even_at(8, 0.001, 58) == pytest.approx(50_000)
    assert always_on.even_at(60, 0.001, 58) == 0
