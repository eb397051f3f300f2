"""An opened snapshot: one SQLite file, read-only, asked by several threads at once.

A set of products is a number with their rows' bits set; row 0 is the shop's first product.
"""

from __future__ import annotations

import weakref
from array import array
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import apsw
import msgspec

from chalicelib.catalogue.schemas import Product
from chalicelib.search.building import FORMAT

PRODUCT = msgspec.json.Decoder(Product)
ROWS = msgspec.json.Decoder(list[int])
# Names have an index of their own, so that a long description does not make a name match less.
Index = Literal["names", "texts"]
MATCHING: dict[Index, str] = {
    "names": "SELECT json_group_array(rowid) FROM names WHERE names MATCH ?",
    "texts": "SELECT json_group_array(rowid) FROM texts WHERE texts MATCH ?",
}
RANKED: dict[Index, str] = {
    "names": "SELECT rowid, rank FROM names WHERE names MATCH ? ORDER BY rank, rowid",
    "texts": "SELECT rowid, rank FROM texts WHERE texts MATCH ? ORDER BY rank, rowid",
}
# From one product in so many on, the second way to make a set is the quicker.
MANY = 20
LAST_CHARACTER = "\U0010ffff"


class OtherFormat(Exception):
    """The file was built by another version of the shop."""


class Snapshot:
    """The catalogue at one moment. Its file goes when nobody uses it any more."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._idle: deque[apsw.Connection] = deque()
        weakref.finalize(self, file.unlink, missing_ok=True)
        if self._value("PRAGMA user_version") != FORMAT:
            raise OtherFormat
        self.size: int = self._value("SELECT count(*) FROM product")
        self.everything = (1 << self.size) - 1
        self.facets = self._facets()
        numbers = dict(self._rows("SELECT name, content FROM numbers"))
        self.prices = array("q", numbers.pop("prices"))
        self.orders = {name: array("i", content) for name, content in numbers.items()}

    def product(self, slug: str) -> Product | None:
        """Return a product, or None."""
        document = self._value("SELECT document FROM product WHERE slug = ?", slug)
        return PRODUCT.decode(document) if document else None

    def products(self, rows: Sequence[int]) -> list[Product]:
        """Return the products of some rows, in that order."""
        marks = ", ".join("?" * len(rows))
        sql = f"SELECT row, document FROM product WHERE row IN ({marks})"  # noqa: S608 -- question marks.
        found = dict(self._rows(sql, *rows))
        return [PRODUCT.decode(found[row]) for row in rows]

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

    def matching(self, index: Index, expression: str) -> int:
        """Return the set of products that an FTS5 expression finds."""
        return self.set_of(ROWS.decode(self._value(MATCHING[index], expression)))

    def any_matching(self, expression: str) -> bool:
        """Whether an FTS5 expression finds anything at all."""
        return self._value("SELECT 1 FROM texts WHERE texts MATCH ? LIMIT 1", expression) is not None

    def ranked(self, index: Index, expression: str) -> list[tuple[int, float]]:
        """Return the rows that an FTS5 expression finds and their scores, the best (the lowest score) first."""
        return self._rows(RANKED[index], expression)

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
        """Return the same, with less work for each row and more for the whole."""
        digits, last = bytearray(b"0") * self.size, self.size - 1
        for row in rows:
            digits[last - row] = 49  # "1"
        return int(digits, 2)

    def _facets(self) -> dict[str, dict[str, int]]:
        facets: dict[str, dict[str, int]] = {}
        for name, value, members in self._rows("SELECT name, value, members FROM facet ORDER BY place"):
            facets.setdefault(name, {})[value] = int.from_bytes(members, "little")
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
            return apsw.Connection(f"file:{self._file}?immutable=1", flags=flags)
