"""What the shop costs, beside the least that a shop which is always on pays for before its first order."""

from __future__ import annotations

from bench import always_on, cost, estimate
from bench.always_on import even_at
from bench.cost import Measured
from bench.estimate import Assumptions
from bench.pricing import PriceTable, price_table
from bench.results import Figure, Line, Plot, Ratio

RUNS = 3
CONTAINERS = {1: "one container", 2: "two containers"}
ORDERS = 1_000
MONITORING = ("metrics", "dashboards", "alarms")
STEPS = 12


def measure() -> Line:
    """Do every action, multiply by the price table, and compare with containers."""
    given, prices = estimate.assumptions(), price_table()
    bills = Bills(cost.measure(RUNS), given, prices)
    return Line(
        name="cost",
        title="Cost beside an always-on minimum",
        figures=bills.figures(),
        ratios=bills.ratios(),
        plots=[bills.plot()],
        notes=bills.notes(),
        versions={"prices": f"{prices.region}, {prices.date}"},
    )


class Bills:
    """What was measured, in dollars."""

    def __init__(self, measured: Measured, given: Assumptions, prices: PriceTable) -> None:
        used = cost.scenarios(measured, given)
        idle = used[cost.IDLE]
        self.idle = prices.cost(idle)
        self.watched = prices.cost({name: idle[name] for name in MONITORING})
        self.orders = prices.cost(used[cost.ORDERS])
        self.views = prices.cost(used[cost.PAGE_VIEWS])
        self.always_on = {count: prices.cost(always_on.month(count)) for count in CONTAINERS}
        self.parts = prices.items(always_on.month(1))

    def figures(self) -> list[Figure]:
        """Return the costs, and where they meet."""
        figures = [
            Figure("1,000 orders, with all that leads to them", "$", [self.orders]),
            Figure("100,000 page views", "$", [self.views]),
            Figure("a month idle", "$", [self.idle]),
            Figure("a month idle without metrics, alarms and dashboard", "$", [self.idle - self.watched]),
        ]
        for count, dollars in self.always_on.items():
            meets = self.even_at(dollars)
            figures += [
                Figure(f"{CONTAINERS[count]}, a database and a cache, always on", "$ a month", [dollars]),
                Figure(f"costs the same as {CONTAINERS[count]} from", "orders a month", [meets]),
            ]
        return figures

    def ratios(self) -> list[Ratio]:
        """Return ours / the containers', for a month without and with orders."""
        return [
            Ratio(f"a month of {orders:,} orders / {CONTAINERS[count]} always on", [self.month(orders) / dollars])
            for orders in (0, 1_000, 10_000)
            for count, dollars in self.always_on.items()
        ]

    def month(self, orders: float) -> float:
        """Return what a month with so many orders costs."""
        return self.idle + orders / ORDERS * self.orders

    def even_at(self, dollars: float) -> float:
        """Return the orders of the month that costs so much."""
        return even_at(self.idle, self.orders / ORDERS, dollars)

    def plot(self) -> Plot:
        """Draw a month's cost over its orders, to half as many again as where the larger peer costs the same."""
        most = 1.5 * self.even_at(max(self.always_on.values()))
        steps = [round(most * step / STEPS, -2) for step in range(STEPS + 1)]
        curves = {"Open Kitchen": [(orders, self.month(orders)) for orders in steps]}
        for count, dollars in self.always_on.items():
            curves[f"{CONTAINERS[count]}, idle"] = [(orders, dollars) for orders in steps]
        return Plot("cost-by-orders", "A month's cost by its orders", "orders a month", "$", curves)

    def notes(self) -> list[str]:
        """Return what must be known to read the numbers."""
        parts = ", ".join(f"{name.replace('_', ' ')} {dollars:.2f}" for name, dollars in self.parts.items())
        return [
            (
                "Amounts are counted by doing each action, processor time is measured; dollars are list prices of "
                "us-east-1 without any free tier, dated and with their sources in `bench/prices.toml`, the containers' "
                "as third parties' pages tell them. How long AWS makes one wait is assumed: [scale](scale.md). What "
                "is derived so has no spread."
            ),
            "With each order come 40 page views, 10 searches, 3 quotes and the rest of `ORDER` in `bench/estimate.py`.",
            (
                "Always on are containers of 0.25 vCPU and 0.5 GB (Fargate, arm64) behind a load balancer, a "
                "db.t4g.micro (PostgreSQL, one zone, 20 GB) and a cache.t4g.micro (Valkey). With one container, $ a "
                f"month: {parts}."
            ),
            (
                "In the containers' favour: nothing is counted for their transfer, load balancer units, letters, logs, "
                "metrics, alarms and backups, nor for a database in a second zone; and nobody has shown that so small "
                "a shop carries the orders at which the costs meet. In ours: a shop may do without the cache and the "
                "load balancer, put everything on one small instance, or commit to a year for less."
            ),
            f"Of our idle month ${self.watched:.2f} are metrics, alarms and a dashboard; the containers have none.",
            "No aims: nobody has set one, and which is cheaper hangs on how much is sold.",
        ]
