"""The model of AWS: where arithmetic knows the answer, the simulation must give it."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from bench.model import (
    Assumptions,
    Bucket,
    Environments,
    Outcome,
    Question,
    carried,
    minutes_to_grow,
    most_of_an_item,
    seconds_to_grow,
)

QUICK = Assumptions(before=0, held=0.0001, between=0.05)


def ask(offered: float, stock_items: int, given: Assumptions, partitions: int = 0, seconds: float = 6.0) -> Outcome:
    return Question(offered, stock_items, partitions, given).answer(seconds, after=2.0)


def test_few_buyers_all_buy_and_wait_for_nothing_but_the_calls_themselves() -> None:
    given = Assumptions(spread=0)
    outcome = ask(2, 100, given, seconds=30)
    assert outcome.done == 1
    alone = given.before + given.held + given.between + given.held
    assert outcome.percentile(0.5) == pytest.approx(alone)


def test_one_item_saturates_at_its_partitions_units() -> None:
    at_most = QUICK.partition_units / QUICK.units / 2
    assert most_of_an_item(QUICK) == at_most == 250
    assert ask(200, 1, QUICK).throughput == pytest.approx(200, rel=0.1)
    assert ask(400, 1, QUICK).throughput <= at_most * 1.01


def test_one_item_saturates_where_transactions_hold_it_all_the_time() -> None:
    given = Assumptions()
    assert most_of_an_item(given) == pytest.approx(1 / 0.012 / 2)
    for offered in (50, 500):
        assert ask(offered, 1, given).throughput < most_of_an_item(given)


def test_who_tries_again_is_lost_more_seldom_than_erlangs_formula_says() -> None:
    # Without a second try, a / (1 + a) of a load of a are lost.
    given = Assumptions(before=0, held=0.001, between=0.05, partition_units=math.inf)
    load = 100 * 2 * given.held
    outcome = ask(100, 1, given, seconds=40)
    assert outcome.done > 1 - load / (1 + load)


def test_more_stock_items_never_sell_less() -> None:
    rates = [ask(1_000, items, Assumptions()).throughput for items in (1, 10, 100, 1_000)]
    assert all(fewer < more for fewer, more in pairwise(rates))
    assert rates[-1] == pytest.approx(1_000, rel=0.05)


def test_items_of_one_partition_share_its_units() -> None:
    assert ask(1_000, 100, QUICK, partitions=1).throughput <= 250 * 1.01
    assert ask(1_000, 100, QUICK, partitions=100).throughput == pytest.approx(1_000, rel=0.05)


@pytest.mark.parametrize(("offered", "stock_items", "partitions"), [(1_000, 100, 1), (10_000, 10, 10)])
def test_a_millisecond_between_the_transactions_moves_little(offered: float, stock_items: int, partitions: int) -> None:
    waits = (Assumptions(between=between) for between in (1.206, 1.207))
    sooner, later = (ask(offered, stock_items, given, partitions, seconds=10).throughput for given in waits)
    assert later == pytest.approx(sooner, rel=0.1)


@pytest.mark.parametrize(("offered", "items"), [(2_000, 3), (10_000, 10)])
def test_one_partition_never_does_more_than_partitions_of_their_own(offered: float, items: int) -> None:
    together, apart = (ask(offered, items, Assumptions(), partitions).throughput for partitions in (1, items))
    assert together < apart * 1.05


def test_every_wait_is_near_its_middle_and_none_is_like_another() -> None:
    given = Assumptions()
    seconds = ask(2, 100, given, seconds=100).seconds
    drawn = given.between + 2 * given.held
    assert given.before + drawn * (1 - given.spread) < seconds[0] < seconds[-1]
    assert seconds[len(seconds) // 2] == pytest.approx(given.before + drawn, rel=0.05)
    assert len(set(seconds)) == len(seconds)


def test_no_more_are_done_than_come() -> None:
    assert ask(1_000, 3_000, QUICK).throughput <= 1_000


def test_the_same_seed_gives_the_same_answer() -> None:
    assert ask(300, 10, Assumptions()) == ask(300, 10, Assumptions())


def test_a_bucket_refills_at_its_rate_and_keeps_one_second_at_most() -> None:
    bucket = Bucket(rate=10, left=10)
    assert [bucket.take(0, 4) for _ in range(3)] == [True, True, False]
    assert bucket.take(0.2, 4)
    assert not bucket.take(0.21, 4)
    assert bucket.take(100, 10)
    assert not bucket.take(100, 1)


def test_environments_start_cold_grow_by_a_thousand_every_ten_seconds_and_are_used_again() -> None:
    given = Assumptions(environments=1, more=2, more_every=10, most=4)
    environments = Environments(given, given.environments, given.environments)
    assert [environments.enter(0) for _ in range(4)] == [0, given.cold, given.cold, None]
    environments.leave()
    assert environments.enter(1) == 0
    assert [environments.enter(10) for _ in range(2)] == [given.cold, None], "the account has four at most"


def test_a_table_doubles_every_half_hour() -> None:
    assert [minutes_to_grow(units) for units in (1_000, 4_000, 8_000, 8_001, 100_000)] == [0, 0, 30, 60, 150]


def test_environments_for_little_are_there_at_once_and_a_thousand_more_every_ten_seconds() -> None:
    given = Assumptions(before=0, held=0, between=1)
    assert [seconds_to_grow(offered, given) for offered in (500, 1_000, 1_001, 10_000)] == [0, 0, 10, 90]


def test_what_is_carried_is_done_and_twice_as_much_is_not() -> None:
    most = carried(3)
    assert ask(most * 0.8, 3, Assumptions(), seconds=60).done >= 0.99
    assert ask(most * 2, 3, Assumptions(), seconds=60).done < 0.99


def test_a_short_look_finds_it_as_crowded_as_a_long_one() -> None:
    short, long = (Question(1_800, 100).answer(2 + seconds, after=2).done for seconds in (0.5, 5))
    assert short == pytest.approx(long, abs=0.015)
    assert long < 0.98


def test_a_thousand_items_carry_about_a_thousand_times_what_one_does() -> None:
    assert carried(1_000) == pytest.approx(1_000 * carried(1), rel=0.07)
