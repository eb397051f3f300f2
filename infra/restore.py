"""Makes a stage what a backup says: what the tables hold gives way to what the folder holds.

    python -m infra.restore FOLDER [--force] [--secrets]

Orders go first and come last, so that no sweeper ever meets one without the stock and the payments that it rests on.
Whatever stops a restore, the same command begins it anew, and until one has come to its end the stage says so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from chalicelib import keys, migrations
from chalicelib.dynamo import Table
from chalicelib.keys import Keys
from chalicelib.orders import books
from chalicelib.settings import settings
from infra import backups, minding
from infra.backups import Manifest
from infra.faults import Fault, told
from infra.items import UNREADABLE
from infra.stored import Item, Store, data_tables, progress
from infra.verify import verify

MAILS = "mails"
# What a stage may count before anybody has put anything into it.
COUNTERS = frozenset({"searches", "throttles"})


def main() -> int:
    """Restore, publish, and check the books."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--secrets", action="store_true")
    given = parser.parse_args()
    return told(lambda: _main(backups.folder(given.folder), force=given.force, with_secrets=given.secrets))


def _main(folder: Path, *, force: bool, with_secrets: bool) -> None:
    cloud = minding.cloud()

    def show() -> None:
        if with_secrets:
            minding.take_up_secrets(cloud)
        minding.publish(cloud)

    restore(folder, force=force, with_secrets=with_secrets, show=show)
    if books.main():
        raise Fault("Everything in the backup is there; docs/data.md says why its books may differ.")


def restore(
    folder: Path, *, force: bool = False, with_secrets: bool = False, show: Callable[[], None] = lambda: None
) -> None:
    """Restore the tables, and the secrets too if asked; `show` then makes the shop show them.

    Raises Fault before anything has changed, unless AWS fails on the way.
    """
    store = Store()
    manifest, name = backups.read_manifest(folder)
    verify(folder, manifest)
    changed = _with_secrets_of(folder, manifest) if with_secrets else None
    store.require_tables()
    if not force:
        _require_room(store, name)
    _tell_missing(folder, manifest)
    store.begin_restore(name)
    if changed is not None:
        keys.replace(changed)
    for table in data_tables():
        store.empty(table)
    for table in reversed(data_tables()):
        if table.short_name() in manifest.tables:
            store.put(table, progress(table.short_name(), _items(folder, table)))
    show()
    store.finish_restore()
    print(f"The stage {settings().stage} is now what {manifest.stage} was on {manifest.made_at:%Y-%m-%d at %H:%M} UTC.")
    if manifest.secrets and not with_secrets:
        print("The secrets stayed as they are here; the backup's are put in place by SECRETS=1.")


def _with_secrets_of(folder: Path, manifest: Manifest) -> Keys:
    """Return this stage's keys with the backup's secrets in their places. Raises Fault."""
    secrets = backups.read_secrets(folder, manifest)
    try:
        ours = keys.keys()
    except UNREADABLE as error:
        raise Fault(f"This stage's own secrets cannot be read: {error}. Nothing was restored.") from None
    return msgspec.structs.replace(ours, **msgspec.structs.asdict(secrets))


def _tell_missing(folder: Path, manifest: Manifest) -> None:
    """Say which tables the backup does not fill: software that did not have them yet has made it."""
    missing = [table.short_name() for table in data_tables() if table.short_name() not in manifest.tables]
    if missing:
        print(
            f"{folder} knows no {', '.join(missing)}: what this stage has there is deleted, and nothing comes instead."
        )


def _require_room(store: Store, name: str) -> None:
    """Raise Fault where something would be lost: unless this very backup's restore was begun before."""
    under_way = store.unfinished_restore()
    if under_way == name:
        return
    if under_way is not None:
        raise Fault("The restore of another backup was not finished. FORCE=1 lets this one take its place.")
    kept = [table for table in data_tables() if table.short_name() not in COUNTERS]
    full = [table.short_name() for table in kept if not store.is_empty(table)]
    if full:
        raise Fault(
            f"The stage {settings().stage} is not empty: it has {', '.join(full)}. Back it up if it matters; then "
            "FORCE=1 deletes all of it for what the backup holds."
        )


def _items(folder: Path, table: type[Table]) -> Iterator[Item]:
    """Yield what to put: in today's schema versions, and no mail that would be sent."""
    name = table.short_name()
    for stored in backups.read_items(folder, name):
        item = migrations.upgraded(name, stored)
        yield _owed_to_nobody(item) if name == MAILS else item


def _owed_to_nobody(mail: Item) -> Item:
    """Return a mail that is not sent: where it was owed still, the shop that was backed up has sent it since."""
    return mail if "sent_at" in mail else {name: value for name, value in mail.items() if name != "to"}


if __name__ == "__main__":
    sys.exit(main())
