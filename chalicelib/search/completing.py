"""Snapshots that an earlier release built: what this one reads besides is added, so that a shop goes on while it is
updated. A release adds columns without another `FORMAT`, so that one that is rolled back to reads them as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw
import msgspec

from chalicelib.catalogue.schemas import Product
from chalicelib.catalogue.service import summary
from chalicelib.search.building import FORMAT, label
from chalicelib.shop import Shop


def complete(file: Path, shop: Shop) -> None:
    """Add to a snapshot, a file of one's own, what it lacks of today's columns."""
    database = apsw.Connection(str(file))
    try:
        if database.pragma("user_version") == FORMAT and not _has(database, "product", "summary"):
            _add_what_lists_show(database, shop)
    finally:
        database.close()


def _has(database: apsw.Connection, table: str, column: str) -> bool:
    return (column,) in database.execute("SELECT name FROM pragma_table_info(?)", [table]).fetchall()


def _add_what_lists_show(database: apsw.Connection, shop: Shop) -> None:
    products: list[Any] = database.execute("SELECT row, document FROM product").fetchall()
    facets: list[Any] = database.execute("SELECT place, name, value FROM facet").fetchall()
    with database:
        database.execute("ALTER TABLE product ADD COLUMN summary BLOB; ALTER TABLE facet ADD COLUMN label TEXT")
        shown = ((_summary(document), row) for row, document in products)
        database.executemany("UPDATE product SET summary = ? WHERE row = ?", shown)
        labels = ((label(name, value, shop), place) for place, name, value in facets)
        database.executemany("UPDATE facet SET label = ? WHERE place = ?", labels)


def _summary(document: bytes) -> bytes:
    return msgspec.json.encode(summary(msgspec.json.decode(document, type=Product)))
