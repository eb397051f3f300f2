"""An opened snapshot: one SQLite file, read-only, asked by several threads at once.

A set of products is a number with their rows' bits set; row 0 is the shop's first product.
"""

from __future__ import annotations

import weakref
from array import array
from collections import deque
from collections.abc import Sequence
from functools import cached_property, reduce
from itertools import accumulate
from operator import or_
from pathlib import Path
from typing import Any, Literal, NamedTuple

import apsw
import msgspec

from chalicelib.catalogue.schemas import ProductSummary
from chalicelib.search.building import FORMAT

SUMMARY = msgspec.json.Decoder(ProductSummary)
ROWS = msgspec.json.Decoder(list[int])
# Names have an index of their own, so that a long description does not make a name match less.
Index = Literal["names", "texts"]
MATCHING = "SELECT json_group_array(rowid) FROM texts WHERE texts MATCH ?"
# Scoring is what costs: the products that are not asked for are left out before.
RANKED = """
SELECT rowid, rank FROM {index} WHERE {index} MATCH ? AND substr(?, ~rowid, 1) = x'31' ORDER BY rank, rowid
"""
# Pages of the file are read where the system has them, which spares a call and a copy for each.
MOST_MAPPED_BYTES = 1 << 30
# From one product in so many on, the second way to make a set is the quicker.
MANY = 40
# The products by price are kept as sets in so many steps.
PRICE_STEPS = 32
# So many products are kept as lists show them, which takes some megabytes.
MOST_SHOWN = 4_000
LAST_CHARACTER = "\U0010ffff"


class OtherFormat(Exception):
    """The file was built by another version of the shop."""


class FacetMembers(NamedTuple):
    """A value by which a list can be narrowed, how shoppers see it, and the products that have it."""

    value: str
    label: str
    members: int


class Snapshot:
    """The catalogue at one moment. Its file goes when nobody uses it any more."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._idle: deque[apsw.Connection] = deque()
        self._shown: dict[int, ProductSummary] = {}
        weakref.finalize(self, file.unlink, missing_ok=True)
        if self._value("PRAGMA user_version") != FORMAT:
            raise OtherFormat
        self.size: int = self._value("SELECT count(*) FROM product")
        self.everything = (1 << self.size) - 1
        self.facets = self._facets()
        numbers = dict(self._rows("SELECT name, content FROM numbers"))
        self.prices = array("q", numbers.pop("prices"))
        self.orders = {name: array("i", content) for name, content in numbers.items()}

    def product(self, slug: str) -> bytes | None:
        """Return a product as JSON, or None."""
        document: bytes | None = self._value("SELECT document FROM product WHERE slug = ?", slug)
        return document

    def summaries(self, rows: Sequence[int]) -> list[ProductSummary]:
        """Return the products of some rows as lists show them, in that order. Those lately shown are kept."""
        kept = self._shown
        if unread := [row for row in rows if row not in kept]:
            marks = ", ".join("?" * len(unread))
            sql = f"SELECT row, summary FROM product WHERE row IN ({marks})"  # noqa: S608 -- question marks.
            kept.update((row, SUMMARY.decode(summary)) for row, summary in self._rows(sql, *unread))
        if len(kept) > MOST_SHOWN:
            self._shown = {}
        return [kept[row] for row in rows]

    def row(self, slug: str) -> int | None:
        """Return a product's row, or None."""
        found: int | None = self._value("SELECT row FROM product WHERE slug = ?", slug)
        return found

    def place(self, row: int) -> tuple[int, str]:
        """Return where a row stands in the shop's order, in a way that outlives this snapshot: position and slug."""
        ((position, slug),) = self._rows("SELECT position, slug FROM product WHERE row = ?", row)
        return position, slug

    def row_after(self, place: tuple[int, str]) -> int:
        """Return the first row after a place, whether its product is still there or not."""
        sql = "SELECT row FROM product WHERE (position, slug) > (?, ?) ORDER BY position, slug LIMIT 1"
        found: int | None = self._value(sql, *place)
        return self.size if found is None else found

    def sorted_name(self, row: int) -> str:
        """Return the name of a row as lists by name compare it."""
        name: str = self._value("SELECT sorted_name FROM product WHERE row = ?", row)
        return name

    def having(self, facet: str, value: str) -> int:
        """Return the set of products that have a value of a facet."""
        found = self.facets.get(facet, {}).get(value)
        return found.members if found else 0

    def cheapest(self, count: int) -> int:
        """Return the set of so many of the cheapest products."""
        step, by_price = self._price_step, self.orders["price_asc"]
        whole = count // step
        return self._cheapest[whole] | self.set_of(by_price[whole * step : count])

    def matching(self, expression: str) -> int:
        """Return the set of products that an FTS5 expression finds anywhere."""
        return self.set_of(ROWS.decode(self._value(MATCHING, expression)))

    def any_matching(self, expression: str) -> bool:
        """Whether an FTS5 expression finds anything at all."""
        return self._value("SELECT 1 FROM texts WHERE texts MATCH ? LIMIT 1", expression) is not None

    def ranked(self, index: Index, expression: str, among: bytearray) -> list[tuple[int, float]]:
        """Return the rows that an FTS5 expression finds and their scores, the best (the lowest score) first.

        Only those count that are among some digits: one for each row, the last for the first row, 1 or 0.
        """
        return self._rows(RANKED.format(index=index), expression, among)

    def frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """Return in how many products each of some words is, those that are in any."""
        marks = ", ".join("?" * len(words))
        return dict(self._rows(f"SELECT word, products FROM word WHERE word IN ({marks})", *words))  # noqa: S608 -- question marks.

    def begins_a_word(self, start: str) -> bool:
        """Whether a word of the catalogue begins so."""
        sql = "SELECT 1 FROM word WHERE word >= ? AND word < ? LIMIT 1"
        return self._value(sql, start, start + LAST_CHARACTER) is not None

    def sharing(self, stubs: Sequence[str]) -> list[tuple[str, int]]:
        """Return the words that have one of some stubs, and in how many products each is."""
        marks = ", ".join("?" * len(stubs))
        sql = f"SELECT word, products FROM word WHERE id IN (SELECT word FROM stub WHERE stub IN ({marks}))"  # noqa: S608
        return self._rows(sql, *stubs)

    def set_of(self, rows: Sequence[int]) -> int:
        """Return rows as a set."""
        if len(rows) > self.size // MANY:
            return self._set_of_many(rows)
        bits = bytearray(self.size // 8 + 1)
        for row in rows:
            bits[row >> 3] |= 1 << (row & 7)
        return int.from_bytes(bits, "little")

    def _set_of_many(self, rows: Sequence[int]) -> int:
        """Return the same, with less work for each row and more for the whole: a byte for each, eight of them a bit."""
        marks = bytearray(self.size)
        for row in rows:
            marks[row] = 1
        return reduce(or_, (int.from_bytes(marks[bit::8], "little") << bit for bit in range(8)))

    @property
    def _price_step(self) -> int:
        return self.size // PRICE_STEPS + 1

    @cached_property
    def _cheapest(self) -> list[int]:
        """The sets of the cheapest products, each one step larger than the one before."""
        by_price, step = self.orders["price_asc"], self._price_step
        steps = (self.set_of(by_price[start : start + step]) for start in range(0, self.size, step))
        return list(accumulate(steps, or_, initial=0))

    def _facets(self) -> dict[str, dict[str, FacetMembers]]:
        facets: dict[str, dict[str, FacetMembers]] = {}
        for name, value, label, members in self._rows("SELECT name, value, label, members FROM facet ORDER BY place"):
            facets.setdefault(name, {})[value] = FacetMembers(value, label, int.from_bytes(members, "little"))
        return facets

    def _value(self, sql: str, *values: Any) -> Any:
        """Return the first value of the first row, or None."""
        connection = self._borrowed()
        try:
            row = connection.execute(sql, values).fetchone()
        finally:
            self._idle.append(connection)
        return row[0] if row else None

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        connection = self._borrowed()
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            self._idle.append(connection)

    def _borrowed(self) -> apsw.Connection:
        """Return a connection that no other thread has; as many are open as threads have asked at once."""
        try:
            return self._idle.pop()
        except IndexError:
            flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            connection = apsw.Connection(f"file:{self._file}?immutable=1", flags=flags)
            connection.pragma("mmap_size", MOST_MAPPED_BYTES)
            return connection
