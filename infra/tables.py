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


def create_missing() -> list[str]:
    """Create the tables that are not there yet; returns their names."""
    missing = [table for table in all_tables() if not table.exists()]
    for table in missing:
        table.create_table(wait=True)
    return [table.Meta.table_name for table in missing]
