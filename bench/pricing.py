"""The price table: `prices.toml`, dated; and what amounts of things cost by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

TABLE = Path(__file__).with_name("prices.toml")
ADVICE = "list prices, as known on {date}; check before relying on them"

Amounts = Mapping[str, float]


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """So many dollars for so many; `source` names the page, `uncertain` that it was not seen on it lately."""

    dollars: float
    per: float
    source: str
    uncertain: bool = False


class PriceTable(Struct, frozen=True, forbid_unknown_fields=True):
    """What things cost in a region, as known on a day; and what is free, in words."""

    date: date
    region: str
    note: str
    prices: dict[str, Price]
    free: dict[str, str]

    def cost(self, amounts: Amounts) -> float:
        """Return what amounts of things cost, in dollars. Raises KeyError for what has no price."""
        return sum(self.items(amounts).values())

    def items(self, amounts: Amounts) -> dict[str, float]:
        """Return the dollars of each thing, the dearest first."""
        costs = {name: amount * self.prices[name].dollars / self.prices[name].per for name, amount in amounts.items()}
        return dict(sorted(costs.items(), key=lambda one: -one[1]))

    @property
    def advice(self) -> str:
        """How far to trust it."""
        return ADVICE.format(date=self.date)


@cache
def price_table() -> PriceTable:
    """Read the table."""
    return msgspec.toml.decode(TABLE.read_bytes(), type=PriceTable)
