"""Backs a stage up into a folder: every table but what belongs to the site's bucket.

    python -m infra.backup FOLDER [--secrets]

The tables are read one after the other while the shop goes on: docs/data.md says what that means.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from chalicelib.keys import keys
from chalicelib.settings import settings
from chalicelib.version import VERSION
from infra import backups, minding
from infra.backups import DataSecrets, File, Manifest
from infra.faults import Fault, told
from infra.items import UNREADABLE
from infra.stored import Store, data_tables, progress


def main() -> int:
    """Back up, and say what."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--secrets", action="store_true")
    arguments = parser.parse_args()
    return told(lambda: _main(backups.folder(arguments.folder), with_secrets=arguments.secrets))


def _main(folder: Path, *, with_secrets: bool) -> None:
    minding.cloud()
    backup(folder, with_secrets=with_secrets)


def backup(folder: Path, *, with_secrets: bool = False) -> None:
    """Write a backup into an empty or new folder that only its owner can read. Raises Fault."""
    store = Store()
    store.require_tables()
    if store.unfinished_restore():
        raise Fault("A restore of this stage was not finished, so there is no whole shop to back up: run it again.")
    secrets = _secrets() if with_secrets else None
    _prepare(folder)
    hashed = backups.write_secrets(folder, secrets) if secrets else False
    tables: dict[str, File] = {}
    for table in data_tables():
        name = table.short_name()
        tables[name] = backups.write_items(folder, name, progress(name, store.items(table)))
    manifest = Manifest(
        format=backups.FORMAT,
        stage=settings().stage,
        made_at=datetime.now(UTC),
        software=VERSION,
        tables=tables,
        secrets=hashed,
    )
    backups.write_manifest(folder, manifest)
    print(f"Backed up {sum(file.items for file in tables.values()):,} items of the stage {manifest.stage} to {folder}.")
    if not with_secrets:
        print(
            "Without the shop's secrets: guests' links and sessions live on only where these are. SECRETS=1 adds them."
        )


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Fault(f"{folder} is not empty: choose another folder.")
    folder.chmod(0o700)


def _secrets() -> DataSecrets:
    """Return the shop's secrets; raises Fault where a restore would refuse them."""
    try:
        return msgspec.convert(keys(), DataSecrets, from_attributes=True)
    except UNREADABLE as error:
        raise Fault(f"The shop's secrets are none that a shop could rest on: {error}. Nothing was backed up.") from None


if __name__ == "__main__":
    sys.exit(main())
