"""Metrics in the embedded format: each line is held against its shape where it is read."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from chalicelib import metrics
from chalicelib.checkout.errors import PaymentDeclined
from chalicelib.orders.service import OrderFacts
from chalicelib.storefront import events
from tests import factories
from tests.log_lines import Lines, counted
from tests.log_lines import lines as lines
from tests.shop_in_memory import Store

THREADS = 8
TIMES = 50


def test_what_is_counted_is_added_up_and_told_once(lines: Lines) -> None:
    metrics.count("Orders")
    metrics.count("Orders", 2)
    metrics.flush()
    metrics.flush()
    (line,) = lines()
    assert (line["Orders"], line["Stage"]) == (3, "test")


def test_without_anything_counted_nothing_is_written(lines: Lines) -> None:
    metrics.flush()
    assert lines() == []


def test_that_there_was_nothing_is_told_too(lines: Lines) -> None:
    metrics.count("BooksDifferences", 0)
    metrics.flush()
    assert counted(lines()) == {"BooksDifferences": 0}


def test_money_is_told_by_currency_in_a_line_of_its_own(lines: Lines) -> None:
    metrics.count("Orders")
    metrics.count("Revenue", 1400, Currency="GBP")
    metrics.count("Revenue", 900, Currency="EUR")
    metrics.flush()
    found = lines()
    assert {(line.get("Currency"), line.get("Revenue"), line.get("Orders")) for line in found} == {
        (None, None, 1),
        ("GBP", 1400, None),
        ("EUR", 900, None),
    }
    directive = found[1]["_aws"]["CloudWatchMetrics"][0]
    assert directive["Dimensions"] == [["Stage", "Currency"]]
    assert directive["Metrics"] == [{"Name": "Revenue", "Unit": "None"}]


def test_of_several_measures_the_highest_is_told(lines: Lines) -> None:
    for milliseconds in (500, 2500, 1000):
        metrics.measure("PublishLag", milliseconds)
    metrics.flush()
    assert counted(lines()) == {"PublishLag": 2500}


def test_threads_lose_no_count(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(dict[Any, float]):
        """Lets the others go on between reading and writing."""

        def get(self, *asked: Any) -> Any:
            value = super().get(*asked)
            time.sleep(0.0001)
            return value

    monkeypatch.setattr(metrics, "_values", Slow())
    together = Barrier(THREADS)

    def work(_: int) -> None:
        together.wait(10)
        for _ in range(TIMES):
            metrics.count("Retries")
        metrics.flush()

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(work, range(THREADS)))
    assert counted(lines()) == {"Retries": THREADS * TIMES}


def test_an_order_is_counted_when_it_is_paid_and_not_when_its_answer_is_repeated(lines: Lines) -> None:
    store, key = Store(), factories.key()
    store.buy(key=key)
    metrics.flush()
    assert counted(lines()) == {"Orders": 1, "Revenue": 4800 + 395}
    store.buy(key=key)
    store.deliver()
    store.settle()
    metrics.flush()
    assert lines() == []


def test_a_decline_is_counted_and_is_no_order(lines: Lines) -> None:
    with pytest.raises(PaymentDeclined):
        Store().buy(payment={"method": "tok_declined"})
    metrics.flush()
    assert counted(lines()) == {"Declines": 1}


def test_what_the_sweeper_finishes_is_counted_and_what_it_cannot_finish_too(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    store.buy(payment={"method": "tok_requires_action"})
    store.buy(payment={"method": "tok_error"})
    store.now += timedelta(minutes=20)
    real, seen = store.settlement.sweep, []

    def fail_once(order: OrderFacts) -> OrderFacts:
        seen.append(order)
        if len(seen) == 1:
            raise RuntimeError("out of order")
        return real(order)

    monkeypatch.setattr(store.settlement, "sweep", fail_once)
    store.checkout.sweep()
    metrics.flush()
    found = lines()
    assert counted(found) == {"Swept": 1, "SweepFailures": 1}
    (failure,) = [line for line in found if line["level"] == "ERROR"]
    assert failure["order"] == seen[0].order_id


def test_the_age_of_a_change_is_none_where_the_stream_does_not_tell() -> None:
    events._tell_lag([{"dynamodb": {}}])
    assert metrics._values == {}
