"""Reads a whole backup before a restore changes anything: what the tables would refuse half way is refused here."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from pathlib import Path

from chalicelib import migrations
from chalicelib.dynamo import Table
from infra import backups, items
from infra.backups import File, Manifest
from infra.faults import Fault
from infra.stored import Item, data_tables, key_names, key_types


class Flaw(Exception):
    """A line is not an item that its table would take."""


def verify(folder: Path, manifest: Manifest) -> None:
    """Raise Fault, naming the file and the line, for what is not as the manifest says or the tables need it."""
    known = {table.short_name(): table for table in data_tables()}
    for name in manifest.tables:
        _require_known(folder, manifest, name, known)
    for name, file in manifest.tables.items():
        path = backups.table_file(folder, name)
        backups.require_bytes(path, file.sha256)
        _verify_items(path, file, known[name])


def _require_known(folder: Path, manifest: Manifest, name: str, known: Container[str]) -> None:
    """Raise Fault where this software does not have a table, or not yet in the backup's schema version."""
    if name not in known:
        raise Fault(
            f"{folder} was made by other software ({manifest.software}): it has a table {name}, which is not known "
            "here. Nothing was restored."
        )
    version, current = manifest.tables[name].schema_version, migrations.current(name)
    if version > current:
        raise Fault(
            f"{folder} was made by later software ({manifest.software}): its {name} are of schema version {version}, "
            f"and here {current} is the latest. Nothing was restored."
        )


def _verify_items(path: Path, file: File, table: type[Table]) -> None:
    types, needed = key_types(table), key_names(table)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                _require_key(_todays(table.short_name(), line, file.schema_version), types, needed)
            except Flaw as flaw:
                raise Fault(f"{path}, line {number}: {flaw}. Nothing was restored.") from None


def _todays(table: str, line: bytes, latest: int) -> Item:
    """Return a line's item in the current schema version. Raises Flaw."""
    try:
        item = items.decode(line)
    except items.UNREADABLE as error:
        raise Flaw(f"no item as DynamoDB spells it: {error}") from None
    try:
        version = migrations.version_of(item)
        upgraded = migrations.upgraded(table, item)
    except Exception as error:  # noqa: BLE001 -- a migration has met what it was not made for.
        raise Flaw(f"an item that no migration brings to the current schema version: {error!r}") from None
    if version > latest:
        raise Flaw(f"an item of schema version {version}, and the manifest knows {latest} as the latest")
    return upgraded


def _require_key(item: Item, types: Mapping[str, str], needed: Collection[str]) -> None:
    """Raise Flaw where the table's key is missing, or a key is not of the type that the table or an index asks for."""
    for name, kind in types.items():
        if name in item:
            if not item[name].get(kind):
                raise Flaw(f"the key {name} is no {kind}, or empty")
        elif name in needed:
            raise Flaw(f"an item without the key {name}")
