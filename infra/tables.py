"""The tables, all of them, as the models define them. There is no second definition."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import chalicelib
from chalicelib.dynamo import Table


def all_tables() -> Iterator[type[Table]]:
    """Yield every domain's tables."""
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        if module.name.endswith(".models"):
            import_module(module.name)
    yield from sorted(Table.__subclasses__(), key=lambda table: table.Meta.table_name)


def existing(client: Any) -> list[str]:
    """Return the names of the tables that there are, of all that there should be."""
    there = {name for page in client.get_paginator("list_tables").paginate() for name in page["TableNames"]}
    return [table.Meta.table_name for table in all_tables() if table.Meta.table_name in there]


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


def logical_id(table: type[Table]) -> str:
    """Return what CloudFormation calls a table: `sandbox-payments` is `SandboxPaymentsTable`."""
    return logical_id_of(table.short_name())


def logical_id_of(name: str) -> str:
    """Return the same by the table's name without its prefix."""
    return "".join(map(str.capitalize, name.split("-"))) + "Table"


def cloudformation(table: type[Table], *, permanent: bool) -> dict[str, Any]:
    """Return a table as CloudFormation describes it. It outlives its stack; a `permanent` one mistakes, too."""
    schema = table._get_schema()
    properties: dict[str, Any] = {
        "TableName": table.Meta.table_name,
        "BillingMode": table.Meta.billing_mode,
        "AttributeDefinitions": _capitals(schema["attribute_definitions"]),
        "KeySchema": _hash_first(schema["key_schema"]),
        # At rest everything is encrypted, with a key of DynamoDB's own.
        "SSESpecification": {"SSEEnabled": False},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": permanent,
    }
    if indexes := schema["global_secondary_indexes"]:
        properties["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index["index_name"],
                "KeySchema": _hash_first(index["key_schema"]),
                "Projection": _capitals(index["projection"]),
            }
            for index in indexes
        ]
    if view := getattr(table.Meta, "stream_view_type", None):
        properties["StreamSpecification"] = {"StreamViewType": view}
    if expires := table._ttl_attribute():  # type: ignore[no-untyped-call]
        properties["TimeToLiveSpecification"] = {"AttributeName": expires.attr_name, "Enabled": True}
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    }


def _hash_first(keys: Any) -> list[dict[str, str]]:
    return sorted(_capitals(keys), key=lambda key: str(key["KeyType"]))


def _capitals(described: Any) -> Any:
    """Return what PynamoDB describes as CloudFormation spells it."""
    if isinstance(described, list):
        return [_capitals(one) for one in described]
    if isinstance(described, dict):
        return {_spelt(name): _capitals(value) for name, value in described.items()}
    return described


def _spelt(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_")) if name.islower() else name
