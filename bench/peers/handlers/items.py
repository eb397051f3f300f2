"""Records by DynamoDB's own calls, for the peers without an object mapper: Powertools' and the bare handler.

They differ in the client, and in what turns items into values: `plain` and `typed`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from checkout import OrderExists, OutOfStock
from rules import TABLE_PREFIX, Document

Item = dict[str, dict[str, Any]]

PRODUCTS, SKUS, STOCK = TABLE_PREFIX + "products", TABLE_PREFIX + "skus", TABLE_PREFIX + "stock"
ORDERS, PAYMENTS, LISTING = TABLE_PREFIX + "orders", TABLE_PREFIX + "sandbox-payments", TABLE_PREFIX + "listing"
DOCUMENTS = {
    "contact",
    "delivery",
    "details",
    "facets",
    "lines",
    "payment",
    "skus",
    "stock",
    "timeline",
    "totals",
    "variants",
}
TIMES = {"lease_until", "placed_at", "settle_by"}
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%f%z"
SHELF = "everything"
FENCE = "#version = :version AND #status = :status"


class Items:
    """Implements checkout's Store, and reads what the other routes show."""

    def __init__(
        self,
        client: Any,
        plain: Callable[[Item], Document],
        typed: Callable[[Mapping[str, Any]], Item],
        decode: Callable[[str], Any] = json.loads,
        encode: Callable[[Any], str] = json.dumps,
    ) -> None:
        self._client = client
        self._plain = plain
        self._typed = typed
        self._decode = decode
        self._encode = encode

    def product(self, slug: str) -> Document | None:
        """Return a product, or None."""
        found = self._client.get_item(TableName=PRODUCTS, Key={"slug": {"S": slug}})
        return self._read(found["Item"]) if "Item" in found else None

    def listing(self, limit: int, after: str) -> tuple[Document, list[Document]]:
        """Return what heads every page, and a page of products in the shop's order. The head comes before the first."""
        start = {"ExclusiveStartKey": {"shelf": {"S": SHELF}, "position": {"N": after}}} if after else {}
        found = self._client.query(
            TableName=LISTING,
            KeyConditionExpression="shelf = :shelf",
            ExpressionAttributeValues={":shelf": {"S": SHELF}},
            Limit=limit if after else limit + 1,
            **start,
        )["Items"]
        if after:
            key = {"shelf": {"S": SHELF}, "position": {"N": "-1"}}
            found.insert(0, self._client.get_item(TableName=LISTING, Key=key)["Item"])
        head, *items = map(self._read, found)
        return head, items

    def priced(self, skus: Sequence[str]) -> tuple[dict[str, Document], dict[str, int]]:
        """Return what skus cost, and the units there are of each, in one call."""
        asked = {
            SKUS: {"ConsistentRead": True, "Keys": [{"sku": {"S": sku}} for sku in skus]},
            STOCK: {"ConsistentRead": True, "Keys": [{"sku": {"S": sku}, "shard": {"N": "0"}} for sku in skus]},
        }
        found = self._client.batch_get_item(RequestItems=asked)["Responses"]
        prices, levels = (map(self._read, found.get(table, [])) for table in (SKUS, STOCK))
        return {one["sku"]: one for one in prices}, {one["sku"]: int(one["available"]) for one in levels}

    def skus(self, skus: Sequence[str]) -> dict[str, Document]:
        """Return what skus cost."""
        asked = {SKUS: {"ConsistentRead": True, "Keys": [{"sku": {"S": sku}} for sku in skus]}}
        found = self._client.batch_get_item(RequestItems=asked)["Responses"].get(SKUS, [])
        return {one["sku"]: one for one in map(self._read, found)}

    def order(self, order_id: str) -> Document | None:
        """Return an order, read strongly, or None."""
        found = self._client.get_item(TableName=ORDERS, Key={"order_id": {"S": order_id}}, ConsistentRead=True)
        return self._read(found["Item"]) if "Item" in found else None

    def reserve(self, order: Document) -> None:
        """Put the order and take its stock. Raises OrderExists, OutOfStock."""
        put = {
            "TableName": ORDERS,
            "Item": self._written(order),
            "ConditionExpression": "attribute_not_exists(order_id)",
        }
        takes = [_move(take, "available", "held") for take in order["stock"]]
        try:
            self._client.transact_write_items(TransactItems=[{"Put": put}, *takes])
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            first, *_ = error.response["CancellationReasons"]
            raise (OrderExists if first["Code"] == "ConditionalCheckFailed" else OutOfStock) from error

    def replace(self, before: Document, after: Document) -> None:
        """Put an order's next state, if nobody changed it meanwhile."""
        self._client.put_item(**self._fenced(before, after))

    def settle(self, before: Document, after: Document, moved_to: str) -> None:
        """Put an order's last state, and move the stock that it held."""
        moves = [_move(take, "held", moved_to) for take in before["stock"]]
        self._client.transact_write_items(TransactItems=[{"Put": self._fenced(before, after)}, *moves])

    def add_payment(self, payment: Document) -> None:
        """Remember a payment unless its id is taken."""
        absent = "attribute_not_exists(payment_id)"
        try:
            self._client.put_item(TableName=PAYMENTS, Item=self._typed(payment), ConditionExpression=absent)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def move_payment(self, payment_id: str, before: str, after: str, **facts: str) -> str:
        """Change a payment's status if it is as thought; returns the status that it has then."""
        values = {":before": {"S": before}, ":after": {"S": after}} | {f":{n}": {"S": v} for n, v in facts.items()}
        names = {"#status": "status"} | {f"#{name}": name for name in facts}
        changes = ["#status = :after", *(f"#{name} = :{name}" for name in facts)]
        moved = self._client.update_item(
            TableName=PAYMENTS,
            Key={"payment_id": {"S": payment_id}},
            UpdateExpression="SET " + ", ".join(changes),
            ConditionExpression="#status = :before",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
        )
        status: str = self._plain(moved["Attributes"])["status"]
        return status

    def _fenced(self, before: Document, after: Document) -> Document:
        return {
            "TableName": ORDERS,
            "Item": self._written(after),
            "ConditionExpression": FENCE,
            "ExpressionAttributeNames": {"#version": "version", "#status": "status"},
            "ExpressionAttributeValues": {
                ":version": {"N": str(before["version"])},
                ":status": {"S": before["status"]},
            },
        }

    def _read(self, item: Item) -> Document:
        values = self._plain(item)
        for name in DOCUMENTS & values.keys():
            values[name] = self._decode(values[name])
        for name in TIMES & values.keys():
            values[name] = datetime.fromisoformat(values[name])
        return values

    def _written(self, values: Document) -> Item:
        flat = dict(values)
        for name in DOCUMENTS & values.keys():
            flat[name] = self._encode(values[name])
        for name in TIMES & values.keys():
            flat[name] = values[name].strftime(TIME_FORMAT)
        return self._typed(flat)


def _move(take: Document, source: str, goal: str) -> Document:
    return {
        "Update": {
            "TableName": STOCK,
            "Key": {"sku": {"S": take["sku"]}, "shard": {"N": str(take["shard"])}},
            "UpdateExpression": "ADD #source :less, #goal :more",
            "ConditionExpression": "#source >= :more",
            "ExpressionAttributeNames": {"#source": source, "#goal": goal},
            "ExpressionAttributeValues": {
                ":less": {"N": str(-take["quantity"])},
                ":more": {"N": str(take["quantity"])},
            },
        }
    }
