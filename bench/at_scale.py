"""What the model of AWS says of 10,000 purchases a second, as figures, a plot and notes of a benchmark."""

from __future__ import annotations

from bench.model import Assumptions, Outcome, Question, carried, minutes_to_grow, seconds_to_grow
from bench.results import Figure, Line, Plot

OFFERED = 10_000
STOCK_ITEMS = (1, 3, 10, 30, 100, 300, 1_000, 3_000)
FIGURES = (1, 10, 100, 1_000)
SECONDS, SETTLED_IN = 6.0, 2.0
# What an account has until it asks for more.
ENVIRONMENTS = 1_000
# Of the table that a purchase writes most, orders: make bench-cost.
ORDER_UNITS = 10
# Of fewer there is no slowest in a hundred.
FEWEST_FOR_P99 = 100


def add(line: Line) -> None:
    """Ask the model, and add what it says."""
    apart = {items: ask(items) for items in STOCK_ITEMS}
    together = {items: ask(items, partitions=1) for items in STOCK_ITEMS}
    most = {items: carried(items) for items in STOCK_ITEMS if items <= FIGURES[-1]}
    line.plots.append(
        Plot(
            "purchases-model",
            "Purchases a second on AWS, as a model has it",
            "stock items: shards of a sku, or skus",
            "purchases/s done",
            {
                f"of {OFFERED:,} that come": [(items, one.throughput) for items, one in apart.items()],
                "the same, in one partition": [(n, one.throughput) for n, one in together.items()],
                "most with 99 in 100 done": list(most.items()),
            },
            log_x=True,
        )
    )
    for items in FIGURES:
        name = f"model, {items:,} stock item{'s' if items > 1 else ''}"
        carries = f"{name}: most purchases/s of which 99 in 100 are done"
        line.figures.append(Figure(carries, "purchases/s", [most[items]]))
        line.figures.append(Figure(f"{name}: done where {OFFERED:,}/s come", "purchases/s", [apart[items].throughput]))
        if len(apart[items].seconds) >= FEWEST_FOR_P99:
            line.figures.append(Figure(f"{name}: p99 of those done", "s", [apart[items].percentile(0.99)]))
    given = Assumptions(environments=ENVIRONMENTS, most=ENVIRONMENTS)
    # They come in waves at first.
    few = Question(OFFERED, STOCK_ITEMS[-1], given=given).answer(5 * SECONDS, after=2 * SETTLED_IN)
    name = f"model, {ENVIRONMENTS:,} Lambda environments: done where {OFFERED:,}/s come"
    line.figures.append(Figure(name, "purchases/s", [few.throughput]))
    line.notes.extend(notes())


def ask(items: int, partitions: int = 0) -> Outcome:
    """Let all come to so many items of stock."""
    return Question(OFFERED, items, partitions).answer(SECONDS, after=SETTLED_IN)


def notes() -> list[str]:
    """Say what the model assumes, and what besides stock 10,000 purchases a second ask for."""
    given = Assumptions()
    seconds = given.before + given.between + 2 * given.held
    units = OFFERED * ORDER_UNITS
    return [
        (
            "The model, all of whose assumptions are in the docstring of bench/model.py: buyers come by chance; two "
            f"transactions on an item within about {given.held * 1000:.0f} ms are a conflict, tried five times with "
            f"jitter; a partition takes {given.partition_units:,.0f} write units a second, a purchase costs its stock "
            "four."
        ),
        (
            "Shards of one sku share a partition key, so they begin in one partition, with what that takes, until "
            "DynamoDB has split it; different skus are apart from the start, as far as the table has partitions."
        ),
        (
            f"{OFFERED:,} purchases a second of {seconds:.2f} s each, three waits for the gateway among them, keep "
            f"{OFFERED * seconds:,.0f} Lambda environments busy: from none, {seconds_to_grow(OFFERED):.0f} s at 1,000 "
            f"every 10 s, once the account may have them (it begins with {ENVIRONMENTS:,})."
        ),
        (
            f"The orders' table then takes {units:,} write units a second: an on-demand table that is new gets there "
            f"in {minutes_to_grow(units) / 60:g} hours at worst, doubling, and beyond 40,000 only when the account's "
            "limit is raised; warm throughput set beforehand spares the wait."
        ),
    ]
