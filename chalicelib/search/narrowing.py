"""Narrowing a list: what the chosen values leave, and what each further one would."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import reduce
from operator import or_

from chalicelib.search.building import AVAILABILITY, CATEGORY, PRICE, RESERVED, label
from chalicelib.search.domain import band_value
from chalicelib.search.schemas import FacetValue, ProductQuery
from chalicelib.search.snapshot import FacetMembers, Snapshot
from chalicelib.shop import Shop


class Narrowing:
    """The values that a query has chosen, by facet, and the products that have one of each facet's."""

    def __init__(self, snapshot: Snapshot, query: ProductQuery, shop: Shop) -> None:
        self._snapshot = snapshot
        self._chosen = _chosen(query)
        self._facets = {
            name: snapshot.facets.get(name, {}) | _unknown(snapshot, query, shop, name, values)
            for name, values in self._chosen.items()
        }
        self._allowed = {
            name: reduce(or_, (self._facets[name][value].members for value in values))
            for name, values in self._chosen.items()
        }

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
        left = self.narrow(members)
        for name, known in self._snapshot.facets.items():
            chosen = self._chosen.get(name, ())
            rest = self.narrow(members, name) if chosen else left
            shown = [
                FacetValue(value, label, count)
                for value, label, having in self._facets.get(name, known).values()
                if (count := (rest & having).bit_count()) or value in chosen
            ]
            if shown or name in RESERVED:
                found[name] = shown
        return found


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


def _unknown(
    snapshot: Snapshot, query: ProductQuery, shop: Shop, name: str, chosen: Iterable[str]
) -> dict[str, FacetMembers]:
    """Return the chosen values that are none of the catalogue's: prices of the query's own, or what no product has."""
    unknown = [value for value in chosen if value not in snapshot.facets.get(name, {})]
    having = _priced(snapshot, query.min_price or 0, query.max_price) if name == PRICE and unknown else 0
    return {value: FacetMembers(value, label(name, value, shop), having) for value in unknown}


def _priced(snapshot: Snapshot, low: int, high: int | None) -> int:
    """Return the products from one price to another, both included."""
    by_price, price = snapshot.orders["price_asc"], snapshot.prices.__getitem__
    first = bisect_left(by_price, low, key=price)
    end = bisect_right(by_price, high, key=price) if high is not None else len(by_price)
    return snapshot.cheapest(end) & ~snapshot.cheapest(first)
