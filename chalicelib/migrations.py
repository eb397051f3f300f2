"""The steps by which records follow the models: each makes of a record of one schema version one of the next.

Items are DynamoDB's own, `{"price": {"N": "1400"}}`. One that names no version is of the first. A step is pure, sees
the whole item, and stays here for as long as a backup may hold what it mends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

Item = Mapping[str, Mapping[str, Any]]

FIRST = 1
SCHEMA_VERSION = "schema_version"


class Migration(Struct, frozen=True):
    """Makes of an item of `table`, named without the stage's prefix, one of the version `to` out of the one before."""

    table: str
    to: int
    change: Callable[[Item], Item]


MIGRATIONS: tuple[Migration, ...] = ()


def current(table: str) -> int:
    """Return the schema version that a table's records are written in."""
    return max((step.to for step in MIGRATIONS if step.table == table), default=FIRST)


def version_of(item: Item) -> int:
    """Return the schema version that an item says it is of."""
    return int(item[SCHEMA_VERSION]["N"]) if SCHEMA_VERSION in item else FIRST


def upgraded(table: str, item: Item) -> Item:
    """Return an item in the current version; itself, where it is of that already, or of a later one."""
    steps = {step.to: step.change for step in MIGRATIONS if step.table == table}
    for version in range(version_of(item) + 1, current(table) + 1):
        item = {**steps[version](item), SCHEMA_VERSION: {"N": str(version)}}
    return item
