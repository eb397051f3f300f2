"""Narrowing a list: what the chosen values leave, and what each further one would."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from chalicelib.money import format_money
from chalicelib.search.building import AVAILABILITY, CATEGORY, PRICE, RESERVED
from chalicelib.search.domain import band_value
from chalicelib.search.schemas import FacetValue, ProductQuery
from chalicelib.search.snapshot import Snapshot
from chalicelib.shop import Shop

IN_STOCK = "In stock"


class Narrowing:
    """The values that a query has chosen, by facet, and the products that have one of each facet's."""

    def __init__(self, snapshot: Snapshot, query: ProductQuery, shop: Shop) -> None:
        self._snapshot = snapshot
        self._shop = shop
        self._chosen = _chosen(query)
        self._having = {name: self._values(name, query) for name in {**snapshot.facets, **self._chosen}}
        self._allowed = {name: self._with_one_of(name, values) for name, values in self._chosen.items()}

    def __bool__(self) -> bool:
        return bool(self._chosen)

    def narrow(self, members: int, leave_out: str = "") -> int:
        """Return which of some products are left, `leave_out`'s own choices not counted."""
        for name, allowed in self._allowed.items():
            if name != leave_out:
                members &= allowed
        return members

    def facets(self, members: int) -> dict[str, list[FacetValue]]:
        """Return by facet how many of some products each value would leave; where none, only if it is chosen."""
        found: dict[str, list[FacetValue]] = {}
        for name in self._snapshot.facets:
            rest, chosen = self.narrow(members, name), self._chosen.get(name, [])
            counts = {value: (rest & having).bit_count() for value, having in self._having[name].items()}
            shown = [self._value(name, value, count) for value, count in counts.items() if count or value in chosen]
            if shown or name in RESERVED:
                found[name] = shown
        return found

    def _values(self, name: str, query: ProductQuery) -> dict[str, int]:
        """Return which products have each value of a facet, the chosen ones included that no product has."""
        known = self._snapshot.facets.get(name, {})
        unknown = [value for value in self._chosen.get(name, ()) if value not in known]
        if name == PRICE and unknown:
            return known | {unknown[0]: _priced(self._snapshot, query.min_price or 0, query.max_price)}
        return known | dict.fromkeys(unknown, 0)

    def _with_one_of(self, name: str, values: Iterable[str]) -> int:
        together = 0
        for value in values:
            together |= self._having[name][value]
        return together

    def _value(self, name: str, value: str, count: int) -> FacetValue:
        return FacetValue(value, self._label(name, value), count)

    def _label(self, name: str, value: str) -> str:
        if name == CATEGORY:
            category = self._shop.category(value)
            return category.name if category else value
        if name == PRICE:
            return self._price_label(*value.split("-"))
        return IN_STOCK if name == AVAILABILITY else value

    def _price_label(self, low: str, high: str) -> str:
        if not high:
            return f"{self._money(int(low))} and more"
        if not int(low):
            return f"Under {self._money(int(high) + 1)}"
        return f"{self._money(int(low))} to {self._money(int(high))}"

    def _money(self, amount: int) -> str:
        return format_money(self._shop.money(amount)).removesuffix(".00")


def _chosen(query: ProductQuery) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    if query.category:
        chosen[CATEGORY] = [query.category]
    if query.min_price is not None or query.max_price is not None:
        chosen[PRICE] = [band_value(query.min_price, query.max_price)]
    for attribute in query.attribute:
        name, _, value = attribute.partition(":")
        # No product's attribute is called like what has a parameter of its own: such a choice leaves nothing.
        chosen.setdefault(f"{name}:" if name in RESERVED else name, []).append(value)
    if query.availability:
        chosen[AVAILABILITY] = [query.availability]
    return chosen


def _priced(snapshot: Snapshot, low: int, high: int | None) -> int:
    """Return the products from one price to another, both included."""
    by_price, price = snapshot.orders["price_asc"], snapshot.prices.__getitem__
    first = bisect_left(by_price, low, key=price)
    end = bisect_right(by_price, high, key=price) if high is not None else len(by_price)
    return snapshot.set_of(by_price[first:end])
