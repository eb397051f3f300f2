"""Brings stored records to today's schema versions; without --apply, says only how many are of earlier ones.

    python -m infra.migrate [--apply]

The shop goes on meanwhile: it reads earlier records as today's. A record that it changes between being read and being
written here stays as it is, for the next run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from chalicelib import migrations
from chalicelib.dynamo import Table
from chalicelib.settings import settings
from infra import minding
from infra.faults import Fault, told
from infra.stored import Item, Store, key_names
from infra.tables import all_tables

PAGE = {"PageSize": 100}


def main() -> int:
    """Migrate, or say what would be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apply", action="store_true")
    arguments = parser.parse_args()
    return told(lambda: _main(apply=arguments.apply))


def _main(*, apply: bool) -> None:
    minding.cloud()
    migrate(apply=apply)


def migrate(*, apply: bool) -> None:
    """Bring every record to its table's current version. Raises Fault where some were changed meanwhile."""
    store = Store()
    store.require_tables()
    left = 0
    for table in all_tables():
        name, written, seen = table.short_name(), 0, 0
        for item in _earlier(store, table):
            seen += 1
            written += apply and _write(store, table, item, migrations.upgraded(name, item))
        left += seen - written
        if seen:
            print(f"{name}: {seen:,} of an earlier version than {migrations.current(name)}, {written:,} brought to it")
    if not apply:
        print(f"{left:,} records to migrate in the stage {settings().stage}. APPLY=1 does it.")
    elif left:
        raise Fault(f"{left:,} records were changed meanwhile and stayed as they are: run it again.")
    else:
        print(f"Every record of the stage {settings().stage} is of the current version.")


def _earlier(store: Store, table: type[Table]) -> Iterator[Item]:
    """Yield the items that have a migration before them; a table that has none is not read."""
    current = migrations.current(table.short_name())
    if current == migrations.FIRST:
        return
    yield from store.items(
        table,
        FilterExpression="attribute_not_exists(#v) OR #v < :current",
        ExpressionAttributeNames={"#v": migrations.SCHEMA_VERSION},
        ExpressionAttributeValues={":current": {"N": str(current)}},
        PaginationConfig=PAGE,
    )


def _write(store: Store, table: type[Table], before: Item, after: Item) -> bool:
    """Put an item in its new shape unless it was changed or deleted since it was read; says whether it did.

    Not every table counts its changes, so the condition names each attribute: those that the item has, with their
    values, and those that it or its successor might have had and has not.
    """
    key = {name: before[name] for name in key_names(table)}
    assert key == {name: after[name] for name in key}, "a migration must not change a record's key"
    known = {attribute.attr_name for attribute in table.get_attributes().values()}
    names = {f"#{number}": name for number, name in enumerate(sorted(known | before.keys() | after.keys()))}
    same = [
        f"{mark} = :{mark[1:]}" if name in before else f"attribute_not_exists({mark})" for mark, name in names.items()
    ]
    values = {f":{mark[1:]}": before[name] for mark, name in names.items() if name in before}
    try:
        store.client.put_item(
            TableName=table.Meta.table_name,
            Item=after,
            ConditionExpression=" AND ".join(same),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
    except store.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
