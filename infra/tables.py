"""The tables, all of them, as the models define them. There is no second definition."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import chalicelib
from chalicelib.dynamo import Table


def all_tables() -> Iterator[type[Table]]:
    """Yield every domain's tables."""
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        if module.name.endswith(".models"):
            import_module(module.name)
    yield from sorted(Table.__subclasses__(), key=lambda table: table.Meta.table_name)


class OtherVersion(Exception):
    """A table is there, and is not what its model says: an earlier version of the shop made it."""


def create_missing() -> list[str]:
    """Create the tables that are not there yet; returns their names. Raises OtherVersion."""
    missing = [table for table in all_tables() if not table.exists()]
    for table in all_tables():
        if table not in missing and _made(table) != _meant(table):
            raise OtherVersion(table.Meta.table_name)
    for table in missing:
        table.create_table(wait=True)
    return [table.Meta.table_name for table in missing]


def _made(table: type[Table]) -> set[str]:
    """Return the shape of a table as it is: what cannot change by itself."""
    made = table.describe_table()
    names = [key["AttributeName"] for key in made["KeySchema"]]
    names += [index["IndexName"] for index in made.get("GlobalSecondaryIndexes", [])]
    return {*names, made.get("StreamSpecification", {}).get("StreamViewType", "no stream")}


def _meant(table: type[Table]) -> set[str]:
    """Return the shape that its model says."""
    schema = table._get_schema()
    names = [key["AttributeName"] for key in schema["key_schema"]]
    names += [index["index_name"] for index in schema["global_secondary_indexes"]]
    return {*names, getattr(table.Meta, "stream_view_type", None) or "no stream"}
