"""The order of a list, a page at a time. A cursor names a place rather than a row, and so outlives its snapshot."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import dropwhile, islice
from typing import Annotated, Any

from msgspec import Meta, Struct

from chalicelib.paging import bad_cursor, decode_cursor, encode_cursor
from chalicelib.search.matching import Tier
from chalicelib.search.snapshot import Snapshot

BEST, FEATURED, BY_NAME = "best", "featured", "name"
NOUGHT, ONE = b"01"

Place = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Cursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The last product of a page: its tier, its value by the list's order, its place in the shop's own."""

    order: str
    tier: Annotated[int, Meta(ge=0)]
    value: float | str
    position: Place
    slug: str


class Entry(Struct, frozen=True, order=True):
    """A row of a list, its tier, and its score there, the best the lowest; they sort as the closest matches do."""

    tier: int
    score: float
    row: int


class Page(Struct, frozen=True):
    """Some rows, and the cursor that continues after them, if there are more."""

    rows: list[int]
    next_cursor: str | None


def page(snapshot: Snapshot, members: int, tiers: Iterable[Tier], order: str, cursor: str, limit: int) -> Page:
    """Return a page of some products; only the order `best` asks for tiers, and for no more of them than it needs.

    Raises ValidationFailed for a cursor that no page of such a list gave.
    """
    after = _decoded(cursor, order) if cursor else None
    if order == BEST:
        entries = _by_match(snapshot, members, tiers)
        entries = _rest(snapshot, members, entries, after) if after else entries
    else:
        entries = (Entry(0, 0.0, row) for row in _by_value(snapshot, members, order, after))
    found = list(islice(entries, limit + 1))
    rows = [entry.row for entry in found[:limit]]
    return Page(rows, _following(snapshot, order, found[limit - 1]) if len(found) > limit else None)


def _decoded(text: str, order: str) -> Cursor:
    cursor = decode_cursor(text, Cursor)
    if cursor.order != order or isinstance(cursor.value, str) != (order == BY_NAME):
        raise bad_cursor()
    return cursor


def _following(snapshot: Snapshot, order: str, last: Entry) -> str:
    """Return the cursor of the page after the one that ends so."""
    value = last.score if order == BEST else _value(snapshot, order)(last.row)
    return encode_cursor(Cursor(order, last.tier, value, *snapshot.place(last.row)))


def _by_match(snapshot: Snapshot, members: int, tiers: Iterable[Tier]) -> Iterator[Entry]:
    """Yield the closest tier first; inside one by score, and the shop's own order where scores are equal."""
    left = bytearray(_digits(snapshot, members), "ascii")
    for number, tier in enumerate(tiers):
        if ONE not in left:
            return
        for row, score in snapshot.ranked(tier.index, tier.expression, left):
            left[~row] = NOUGHT
            yield Entry(number, score, row)


def _rest(snapshot: Snapshot, members: int, entries: Iterator[Entry], after: Cursor) -> Iterator[Entry]:
    """Yield what comes after the cursor's product, or after where that stood if it is no longer there.

    Scores are of one edition only: a product that is still there is found by itself.
    """
    row = snapshot.row(after.slug)
    if row is not None and members >> row & 1:
        return islice(dropwhile(lambda entry: entry.row != row, entries), 1, None)
    assert isinstance(after.value, float), "of a cursor by match"
    gone = Entry(after.tier, after.value, snapshot.row_after((after.position, after.slug)))
    return dropwhile(lambda entry: entry < gone, entries)


def _by_value(snapshot: Snapshot, members: int, order: str, after: Cursor | None) -> Iterator[int]:
    """Yield rows by price, by name, or as the shop has it."""
    rows: Sequence[int] = snapshot.orders.get(order, range(snapshot.size))
    start = 0
    if after:
        value = _value(snapshot, order)
        goal = (after.value, snapshot.row_after((after.position, after.slug)))
        start = bisect_left(rows, goal, key=lambda row: (value(row), row))
    digits = _digits(snapshot, members)
    return (row for row in islice(rows, start, None) if digits[~row] == "1")


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


def _digits(snapshot: Snapshot, members: int) -> str:
    """Write a set as a digit for each row, the last one for row 0: to look at many is quicker so."""
    return f"{members:0{snapshot.size}b}"
