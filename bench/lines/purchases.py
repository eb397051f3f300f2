"""Purchases: orders a second on the local AWS beside its own engine, and a model of AWS for what is beyond a laptop."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import cycle, islice
from typing import Any

import boto3
from msgspec import Struct, field

import tests.conftest  # noqa: F401 -- a stage of its own, credentials of nobody.
from bench import at_scale, rounds
from bench.crowd import OTHER_STAGE, Crowd, Recorder, Replay, Run, elsewhere
from bench.results import Figure, Line, Plot, Ratio
from chalicelib import bootstrap
from chalicelib.settings import settings
from chalicelib.shop import shop
from infra.tables import create_missing
from tests import factories
from tests.emulator import emulator

PRICE = 9900
ROUNDS = 13
# At once: processes, and threads in each.
STEPS = {1: (1, 1), 2: (2, 1), 4: (2, 2), 8: (4, 2), 16: (4, 4), 32: (8, 4), 64: (8, 8)}
# Orders a step: as many as take about so long, the same number in every round.
STEP_SECONDS = 0.75
FEWEST, MOST = 32, 80
TOLD = (1, 8, 64)
LEAST = 0.7
AT_ONCE = 16
SHARDS = 8
PLENTY = 100_000
HOT, SHARDED, LAST = "HOT-KETTLE", "SHARDED-KETTLE", "LAST-KETTLE"
SPREAD = [f"POT-{number}" for number in range(32)]
LAST_UNITS, LAST_BUYERS = 40, 64
KINDS = {
    "one hot sku": [HOT],
    f"one hot sku in {SHARDS} shards": [SHARDED],
    f"{len(SPREAD)} skus": SPREAD,
}


class Sides(Struct):
    """Rounds of a kind of purchase at so many at once: the shop's, and the bare replay's."""

    ours: list[Run] = field(default_factory=list)
    bare: list[Run] = field(default_factory=list)

    def ratio(self, what: str) -> Ratio:
        """Compare orders a second."""
        pairs = ([run.rate for run in self.ours], [run.rate for run in self.bare])
        return Ratio(what, rounds.ratios(*pairs), least=LEAST)

    def figures(self, kind: str) -> list[Figure]:
        """Tell rates and latencies."""
        return [
            Figure(f"{kind}: the shop", "orders/s", [run.rate for run in self.ours]),
            Figure(f"{kind}: the engine, the same calls bare", "orders/s", [run.rate for run in self.bare]),
            Figure(f"{kind}: p50 of an order", "ms", [percentile(run, 50) for run in self.ours]),
            Figure(f"{kind}: p99 of an order", "ms", [percentile(run, 99) for run in self.ours]),
        ]


def measure() -> Line:
    """Buy on the local AWS, replay each round's calls bare, and ask the model about AWS."""
    with emulator(), opened() as crowd:
        warm = Sides()
        once(crowd, [HOT], AT_ONCE, FEWEST, warm)
        orders = min(MOST, max(FEWEST, int(warm.ours[0].rate * STEP_SECONDS)))
        steps = {step: Sides() for step in STEPS}
        kinds = {kind: Sides() for kind in KINDS}
        for number in range(ROUNDS):
            for step in turned(list(STEPS), number):
                once(crowd, [HOT], step, max(orders, step), steps[step])
            for kind in turned(list(KINDS)[1:], number):
                once(crowd, KINDS[kind], AT_ONCE, orders, kinds[kind])
        kinds["one hot sku"] = steps[AT_ONCE]
        assert_books()
        sell_out(crowd)
    found = line(steps, kinds)
    at_scale.add(found)
    return found


def turned(names: list[Any], number: int) -> list[Any]:
    """Return names in another order each round."""
    turn = number % len(names)
    return names[turn:] + names[:turn]


@contextmanager
def opened() -> Iterator[Crowd]:
    """Open a shop with a crowd before its doors, and the same tables once more for the replay."""
    asked = Recorder().begin()
    create_missing()
    shop().stock_shards[SHARDED] = SHARDS
    try:
        for sku in (HOT, SHARDED, *SPREAD):
            bootstrap.catalogue().add_product(factories.single(sku.lower(), PRICE), {sku: PLENTY})
        Replay().send([call for call in elsewhere(asked) if "Describe" not in call[0]])
        bootstrap.catalogue().add_product(factories.single(LAST.lower(), PRICE), {LAST: LAST_UNITS})
        with Crowd(max(processes for processes, _ in STEPS.values()), PRICE, {SHARDED: SHARDS}) as crowd:
            yield crowd
    finally:
        del shop().stock_shards[SHARDED]


def once(crowd: Crowd, skus: Iterable[str], at_once: int, orders: int, sides: Sides) -> None:
    """Buy so many, then replay; nobody may fail."""
    processes, threads = STEPS[at_once]
    bought = crowd.buy(list(islice(cycle(skus), orders)), processes, threads)
    assert set(bought.outcomes) == {"paid"}, Counter(bought.outcomes)
    sides.ours.append(bought)
    sides.bare.append(crowd.replay(bought.asked, processes, threads))


def assert_books() -> None:
    """Count units and orders on both sides: every order paid, every unit sold once, nothing held, nothing lost."""
    for prefix in (settings().table_prefix, settings().table_prefix.replace(settings().stage, OTHER_STAGE)):
        orders = Counter(order["status"]["S"] for order in everything(f"{prefix}orders"))
        stock = Counter[str]()
        for shard in everything(f"{prefix}stock"):
            stock.update({name: int(shard[name]["N"]) for name in ("received", "available", "held", "sold")})
        assert set(orders) == {"paid"}, orders
        assert orders["paid"] == stock["sold"], (prefix, orders, stock)
        assert stock["held"] == 0, stock
        assert stock["received"] == stock["available"] + stock["sold"], stock


def sell_out(crowd: Crowd) -> None:
    """Let more buyers come than there are units: each unit is sold once, and the others are told."""
    processes, threads = STEPS[64]
    ended = Counter(crowd.buy([LAST] * LAST_BUYERS, processes, threads).outcomes)
    assert ended == {"paid": LAST_UNITS, "out_of_stock": LAST_BUYERS - LAST_UNITS}, ended
    [left] = [item for item in everything(f"{settings().table_prefix}stock") if item["sku"]["S"] == LAST]
    assert [left[name]["N"] for name in ("available", "held", "sold")] == ["0", "0", str(LAST_UNITS)], left


def everything(table: str) -> Iterator[dict[str, Any]]:
    """Yield a table's items."""
    pages = boto3.client("dynamodb", region_name=settings().region).get_paginator("scan").paginate(TableName=table)
    for page in pages:
        yield from page["Items"]


def percentile(run: Run, part: int) -> float:
    """Return the milliseconds within which so many in a hundred orders were done."""
    return statistics.quantiles(run.milliseconds, n=100, method="inclusive")[part - 1]


def line(steps: dict[int, Sides], kinds: dict[str, Sides]) -> Line:
    """Say what was measured."""
    told = {f"one hot sku, {step} at once": steps[step] for step in TOLD}
    told |= {f"{kind}, {AT_ONCE} at once": sides for kind, sides in kinds.items()}
    calls = len(steps[1].ours[0].asked[0])
    everyone = [run for sides in [*steps.values(), *list(kinds.values())[1:]] for run in sides.ours]
    runs = Run([done for run in everyone for done in run.done])
    return Line(
        "purchases",
        "Purchases",
        figures=[figure for kind, sides in told.items() for figure in sides.figures(kind)],
        ratios=[
            *(sides.ratio(f"orders a second, {step} at once: shop / engine") for step, sides in steps.items()),
            *(
                sides.ratio(f"orders a second, {kind}, {AT_ONCE} at once: shop / engine")
                for kind, sides in list(kinds.items())[1:]
            ),
        ],
        plots=[
            Plot(
                "purchases",
                "Purchases of one hot sku on the local AWS",
                "buyers at once",
                "orders/s",
                {
                    "the shop": [(step, median(sides.ours)) for step, sides in steps.items()],
                    "the engine, the same calls bare": [(step, median(sides.bare)) for step, sides in steps.items()],
                },
                log_x=True,
            )
        ],
        notes=[
            (
                "A hot sku is one that all want at once; the engine is what stands in for DynamoDB. "
                f"A purchase is {calls} calls to DynamoDB, the sandbox gateway's among them; the engine answers "
                "exactly the same calls, recorded and sent to tables of its own by bare HTTP, as many at once."
            ),
            (
                "The engine is the local AWS, one process; it shares the machine's processors with the buyers, so "
                "orders a second say how much the shop adds, and nothing of what AWS does. In each round the engine "
                "comes second, because it repeats what the shop has just asked."
            ),
            "A purchase here is the checkout's, without the web edge.",
            (
                f"No order failed; {repeated(runs)} of {len(runs.done):,} had to be asked for again under their key, "
                "which their times include. In the end units and orders were counted on both sides and agreed; "
                f"{LAST_BUYERS} buyers of {LAST_UNITS} units made exactly {LAST_UNITS} orders."
            ),
            (
                f"A round is {FEWEST} to {MOST} orders a step, less than a second or two: short enough for many "
                "rounds in turn, and too short for a p99, which is nearly the slowest order of its round. The rounds "
                "lie far apart: a ratio near its aim may as well be on the other side."
            ),
        ],
        versions={name: version(name) for name in ("ministack", "pynamodb", "botocore")},
    )


def repeated(run: Run) -> int:
    """Return how many orders were asked for more than once."""
    return sum(done.repeats > 0 for done in run.done)


def median(runs: list[Run]) -> float:
    """Return the middle rate."""
    return statistics.median(run.rate for run in runs)
