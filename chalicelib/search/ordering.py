"""The order of a list, a page at a time. A cursor names a place rather than a row, and so outlives its snapshot."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any

from msgspec import Meta, Struct

from chalicelib.paging import bad_cursor, decode_cursor, encode_cursor
from chalicelib.search.matching import Tier
from chalicelib.search.snapshot import Snapshot

BEST, FEATURED, BY_NAME = "best", "featured", "name"

Place = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Cursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last product of a page: its tier, its value by the list's order, its place in the shop's own."""

    order: str
    tier: Annotated[int, Meta(ge=0)]
    value: float | str
    position: Place
    slug: str


class Entry(Struct, frozen=True):
    """A row of a list, its tier, and its value by the list's order."""

    row: int
    tier: int
    value: Any


class Page(Struct, frozen=True):
    """Some rows, and the cursor that continues after them, if there are more."""

    rows: list[int]
    next_cursor: str | None


def page(snapshot: Snapshot, tiers: Sequence[Tier], order: str, cursor: str, limit: int) -> Page:
    """Return a page of what tiers hold; only the order `best` asks how closely they match.

    Raises ValidationFailed for a cursor that no page of such a list gave.
    """
    after = _decoded(cursor, order) if cursor else None
    entries = _by_match(snapshot, tiers, after) if order == BEST else _by_value(snapshot, tiers, order, after)
    found = list(islice(entries, limit + 1))
    if len(found) <= limit:
        return Page([entry.row for entry in found], None)
    last = found[limit - 1]
    following = Cursor(order, last.tier, last.value, *snapshot.place(last.row))
    return Page([entry.row for entry in found[:limit]], encode_cursor(following))


def _decoded(text: str, order: str) -> Cursor:
    cursor = decode_cursor(text, Cursor)
    if cursor.order != order or isinstance(cursor.value, str) != (order == BY_NAME):
        raise bad_cursor()
    return cursor


def _by_match(snapshot: Snapshot, tiers: Sequence[Tier], after: Cursor | None) -> Iterator[Entry]:
    """Yield the closest tier first; inside one by score, and the shop's own order where scores are equal."""
    begun = _begun(snapshot, tiers, after) if after else None
    for number, tier in enumerate(tiers):
        if not tier.members or (begun and number < begun.tier):
            continue
        is_member = _tester(snapshot, tier.members)
        ranked = snapshot.ranked(tier.index, tier.expression)
        if begun and number == begun.tier:
            ranked = _rest(ranked, begun)
        for row, score in ranked:
            if is_member(row):
                yield Entry(row, number, score)


def _begun(snapshot: Snapshot, tiers: Sequence[Tier], after: Cursor) -> Entry:
    """Return where a list is to go on: after the cursor's product, or where that stood if it is no longer there.

    Scores are of one edition only: a product that is still there is found by itself.
    """
    row = snapshot.row(after.slug)
    for number, tier in enumerate(tiers):
        if row is not None and tier.members >> row & 1:
            return Entry(row, number, None)
    return Entry(snapshot.row_after((after.position, after.slug)), after.tier, after.value)


def _rest(ranked: list[tuple[int, float]], begun: Entry) -> list[tuple[int, float]]:
    if begun.value is None:
        return ranked[[row for row, _ in ranked].index(begun.row) + 1 :]
    return [(row, score) for row, score in ranked if (score, row) >= (begun.value, begun.row)]


def _by_value(snapshot: Snapshot, tiers: Sequence[Tier], order: str, after: Cursor | None) -> Iterator[Entry]:
    """Yield what all tiers hold by price, by name, or as the shop has it."""
    rows: Sequence[int] = snapshot.orders.get(order, range(snapshot.size))
    value = _value(snapshot, order)
    start = 0
    if after:
        goal = (after.value, snapshot.row_after((after.position, after.slug)))
        start = bisect_left(rows, goal, key=lambda row: (value(row), row))
    is_member = _tester(snapshot, all_members(tiers))
    for row in islice(rows, start, None):
        if is_member(row):
            yield Entry(row, 0, value(row))


def _value(snapshot: Snapshot, order: str) -> Callable[[int], Any]:
    match order:
        case "price_asc":
            return snapshot.prices.__getitem__
        case "price_desc":
            return lambda row: -snapshot.prices[row]
        case "name":
            return snapshot.sorted_name
        case _:
            return lambda _: 0


def all_members(tiers: Sequence[Tier]) -> int:
    """Return what tiers hold, as one set."""
    together = 0
    for tier in tiers:
        together |= tier.members
    return together


def _tester(snapshot: Snapshot, members: int) -> Callable[[int], bool]:
    """Return what tells whether a row is of a set, quicker than the set itself."""
    digits = f"{members:0{snapshot.size}b}"[::-1]
    return lambda row: digits[row] == "1"
