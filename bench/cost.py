"""What the shop costs on AWS, and where AWS's limits are: measured work, multiplied by a dated price table.

    make bench-cost                        (JSON=FILE writes everything as data, too)

Each action is done for real, a few times, in this process, on the local AWS: its calls, DynamoDB's units by its
published rules, the bytes of its answers and its processor time (the median) are measured. What cannot be measured
here is assumed, and printed: bench/estimate.py. Units and calls are the same on every machine; milliseconds are not.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from msgspec import Struct

from bench import estimate
from bench.actions import ACTIONS, CATEGORY, GATEWAY, PRODUCT, Bench, Done, open_shop
from bench.capacity import item_size
from bench.estimate import ORDER, VIEWS, Amounts, Assumptions, Stored
from bench.limits import Limit, limits
from bench.metering import shapes
from bench.pricing import PriceTable, price_table
from bench.weights import Weight, weigh
from chalicelib.dynamo import connection
from chalicelib.settings import settings
from tests.emulator import emulator

RUNS = 5
PAGES = {
    "open the home page": "index.html",
    "open a category": f"categories/{CATEGORY}",
    "open a product": f"products/{PRODUCT}",
    "search": "search",
}
ORDERS, PAGE_VIEWS, IDLE = "1,000 orders", "100,000 page views", "a month idle"
ITEM_OVERHEAD = 100
MEMORIES = (256, 512, 1024, 1769)
KEPT_READY = 2
FULL, A_CENT = 100, 0.01
COLUMNS = ("requests", "events", "calls", "WRU", "RRU", "KB out", "CPU ms", "billed ms", "$ per 1000")


class Measured(Struct):
    """All that was found out."""

    done: dict[str, Done]
    pages: dict[str, Weight]
    stored: Stored


class Row(Struct, frozen=True):
    """An action, as the table shows it."""

    name: str
    requests: int
    events: int
    calls: int
    write_units: float
    read_units: float
    kilobytes: float
    cpu_ms: float
    billed_ms: float
    dollars_per_1000: float


def main() -> None:
    """Measure, multiply, print; and write it down where told."""
    parser = argparse.ArgumentParser(description="What the shop costs on AWS")
    parser.add_argument("--json", type=Path, help="write everything as data, too")
    parser.add_argument("--architecture", choices=["arm", "x86"], default="arm")
    asked = parser.parse_args()
    given = estimate.assumptions(asked.architecture)
    measured = measure()
    report = tell(measured, given, price_table())
    if asked.json:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))


def measure(runs: int = RUNS) -> Measured:
    """Do every action a few times, and weigh the pages, as they are built."""
    with built_assets() as assets, emulator(), open_shop() as bench:
        done = {name: _typical([bench.measure(action) for _ in range(runs)]) for name, action in ACTIONS.items()}
        pages = {name: weigh(bench.pages[key], lambda file: _file(assets, file)) for name, key in PAGES.items()}
        return Measured(done, pages, _stored(bench, assets))


@contextmanager
def built_assets() -> Iterator[Path]:
    """Build the assets as for the cloud; yields the folder that holds them."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["node", "infra/assets.mjs", folder], check=True)  # noqa: S607 -- whichever node is meant here.
        os.environ |= {"BUILT_ASSETS": f"{folder}/assets.json"}
        settings.cache_clear()
        yield Path(folder)


def tell(measured: Measured, given: Assumptions, prices: PriceTable) -> dict[str, Any]:
    """Print everything, and return it as data."""
    used = amounts_used(measured, given)
    rows = [_row(name, measured, used[name], given, prices) for name in ACTIONS]
    billed = scenarios(measured, given)
    found = limits(measured.done, measured.pages, given)
    _print_rows(rows)
    _print_pages(measured.pages)
    for name, of in billed.items():
        _print_bill(name, of, prices)
    _print_memory(measured, given, prices)
    _print_limits(found)
    _print_trust(given, prices)
    return {
        "date": prices.date,
        "region": prices.region,
        "actions": rows,
        "units": {name: {"writes": one.writes, "reads": one.reads} for name, one in measured.done.items()},
        "pages": measured.pages,
        "scenarios": {name: {"amounts": of, "dollars": prices.items(of)} for name, of in billed.items()},
        "mixes": {"an order": ORDER, "a page view": VIEWS},
        "limits": found,
        "assumptions": given,
    }


def amounts_used(measured: Measured, given: Assumptions) -> dict[str, Amounts]:
    """Return what each action uses, with the files of the page that it opens."""
    used = {name: estimate.amounts(done, given) for name, done in measured.done.items()}
    for name, weight in measured.pages.items():
        used[name] = estimate.added(used[name], estimate.page(weight, given))
    return used


def scenarios(measured: Measured, given: Assumptions) -> dict[str, Amounts]:
    """Return what is used by some orders with all that leads to them, by page views, and by a month without either."""
    used, done = amounts_used(measured, given), measured.done
    return {
        ORDERS: estimate.mixed(ORDER, used, 1_000),
        PAGE_VIEWS: estimate.mixed(VIEWS, used, 100_000),
        IDLE: estimate.idle_month(done["a tick of the sweeper"], done["the books check"], measured.stored, given),
    }


def _row(name: str, measured: Measured, used: Amounts, given: Assumptions, prices: PriceTable) -> Row:
    done = measured.done[name]
    functions = [work for work in done.works if work.kind != "command"]
    return Row(
        name=name,
        requests=sum(work.kind == "api" for work in functions),
        events=sum(work.kind == "event" for work in functions),
        calls=sum(GATEWAY not in call.tables for work in done.works for call in work.calls),
        write_units=sum(done.writes.values()),
        read_units=sum(done.reads.values()),
        kilobytes=used.get("cdn_gb", 0) * estimate.GB / 1000,
        cpu_ms=sum(work.cpu_ms for work in functions),
        billed_ms=sum(estimate.billed_ms(work, given) for work in functions),
        dollars_per_1000=prices.cost(used) * 1000,
    )


def _typical(runs: list[Done]) -> Done:
    """Return the last run with the median of the processor times; the first runs load what is loaded once."""
    last = runs[-1]
    for place, work in enumerate(last.works):
        times = [run.works[place].cpu_ms for run in runs if place < len(run.works)]
        work.cpu_ms = median(times)
    return last


def _file(assets: Path, address: str) -> bytes:
    return (assets / address.removeprefix("/")).read_bytes()


def _stored(bench: Bench, assets: Path) -> Stored:
    """Return the bytes of the demo shop at rest, indexes and DynamoDB's hundred bytes an item counted in."""
    tables = 0
    for shape in shapes().values():
        for item in connection().scan(settings().table_prefix + shape.name)["Items"]:
            entries = [item, *filter(None, (index.entry(item) for index in shape.indexes))]
            tables += sum(item_size(entry) + ITEM_OVERHEAD for entry in entries)
    files = sum(file.stat().st_size for file in assets.rglob("*") if file.is_file())
    return Stored(tables, files + sum(map(len, bench.pages.values())))


def _print_rows(rows: list[Row]) -> None:
    print(f"{'':26}" + "".join(f"{column:>11}" for column in COLUMNS))
    for row in rows:
        name, *numbers = msgspec.structs.astuple(row)
        cells = [str(one) if isinstance(one, int) else _short(one) for one in numbers]
        print(f"{name:26}" + "".join(f"{cell:>11}" for cell in cells))


def _short(number: float) -> str:
    """Write a number with about three digits."""
    return f"{number:,.{0 if number >= FULL else 1 if number >= 1 else 4}f}"


def _print_pages(pages: Mapping[str, Weight]) -> None:
    print("\nA page's files, gzipped, by its HTML; a first visit fetches all, a later one the page alone")
    for name, weight in pages.items():
        print(
            f"{name:26}{weight.own / 1000:>8.1f} KB{weight.first / 1000:>10.1f} KB in {1 + len(weight.files)} requests"
        )


def _print_bill(name: str, used: Mapping[str, float], prices: PriceTable) -> None:
    print(f"\n{name}: ${prices.cost(used):,.2f}")
    for thing, dollars in prices.items(used).items():
        if dollars >= A_CENT / 2:
            print(f"    {thing:26}{used[thing]:>16,.2f}{dollars:>12.2f}")


def _print_memory(measured: Measured, given: Assumptions, prices: PriceTable) -> None:
    """What the API's memory decides: its share of a processor, so its time; and what the time costs."""
    shown = ("open a product", "search", "sign in", "buy signed in")
    print("\nThe API's memory: milliseconds of a request, its calls waited for, and Lambda's time for 1,000 orders")
    print(f"{'MB':>6}" + "".join(f"{name:>18}" for name in shown) + f"{'$':>10}")
    for memory in MEMORIES:
        so = msgspec.structs.replace(given, memory_mb=memory)
        used = {name: estimate.amounts(measured.done[name], so) for name in ORDER}
        times = [estimate.billed_ms(measured.done[name].asked[0], so) for name in shown]
        seconds = f"lambda_gb_seconds_{given.architecture}"
        dollars = prices.cost({seconds: estimate.mixed(ORDER, used, 1_000)[seconds]})
        print(f"{memory:>6}" + "".join(f"{_short(time):>18}" for time in times) + f"{dollars:>10.3f}")
    ready = KEPT_READY * given.memory_mb / 1024 * estimate.MONTH_HOURS * 3600
    dollars = prices.cost({f"lambda_provisioned_gb_seconds_{given.architecture}": ready})
    print(f"{KEPT_READY} kept ready at {given.memory_mb} MB, by provisioned concurrency: ${dollars:.2f} a month")


def _print_limits(found: list[Limit]) -> None:
    print(f"\n{'limit':54}{'':24}{'met at':>12}")
    for limit in found:
        print(f"{limit.name:54}{limit.most:>24}{_short(limit.a_second):>12} {limit.unit}/s")


def _print_trust(given: Assumptions, prices: PriceTable) -> None:
    print(f"\nPrices: {prices.region}, {prices.advice}. {prices.note}")
    uncertain = sorted(name for name, price in prices.prices.items() if price.uncertain)
    print(f"Least certain: {', '.join(uncertain)}. No free tier is taken off: see [free] in bench/prices.toml.")
    print("The payment gateway's own fees are not in it; its calls are waited for, and its memory here is not counted.")
    print("Assumed:\n    " + "\n    ".join(given.told()))


if __name__ == "__main__":
    main()
