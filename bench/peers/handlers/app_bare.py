"""The limit: a handler with nothing under it but the shop's own client of DynamoDB, and msgspec."""

from __future__ import annotations

import os
from functools import partial
from types import SimpleNamespace
from typing import Any

import checkout
import checks
import msgspec
import rules
from items import Item, Items
from rules import Document, Problem

from chalicelib.wire import DYNAMODB, Client

CALLS = {
    "batch_get_item": "BatchGetItem",
    "get_item": "GetItem",
    "put_item": "PutItem",
    "query": "Query",
    "transact_write_items": "TransactWriteItems",
    "update_item": "UpdateItem",
}
JSON = "application/json"
ORIGIN_HEADERS = {
    "Access-Control-Allow-Origin": rules.ORIGIN,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": ", ".join(rules.EXPOSED),
    "Vary": "Origin",
}
HEADERS = {"Content-Type": JSON, **rules.SECURITY_HEADERS}


def plain(item: Item) -> Document:
    """Return an item's values: texts, whole numbers, true and false are all that there is."""
    values = {}
    for name, typed in item.items():
        ((kind, value),) = typed.items()
        values[name] = int(value) if kind == "N" else value
    return values


def typed(values: Document) -> Item:
    """Return values as an item."""
    return {name: _typed(value) for name, value in values.items()}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    return {"BOOL": value} if isinstance(value, bool) else {"N": str(value)}


wire = Client(DYNAMODB, os.environ["AWS_DEFAULT_REGION"], connect_seconds=1, read_seconds=2, connections=64)


def encoded(value: Any) -> str:
    """Return a value as JSON."""
    return msgspec.json.encode(value).decode()


def called(operation: str, **arguments: Any) -> Document:
    """Do a call as botocore's clients are asked for it."""
    answer: Document = wire.call(operation, arguments)
    return answer


calls = SimpleNamespace(**{name: partial(called, operation) for name, operation in CALLS.items()})
store = Items(calls, plain, typed, msgspec.json.decode, encoded)


def product(event: Document) -> tuple[int, Document, str]:
    """GET /products/{slug}."""
    found = store.product(event["pathParameters"]["slug"])
    if found is None:
        raise Problem(404, "not_found")
    return 200, rules.product_page(found), rules.PUBLIC


def products(event: Document) -> tuple[int, Document, str]:
    """GET /products."""
    limit, after = checks.page(event.get("queryStringParameters"))
    head, items = store.listing(limit, after)
    return 200, rules.product_list(head, items, limit), rules.PUBLIC


def quote(event: Document) -> tuple[int, Document, str]:
    """POST /quotes."""
    body = checks.quote_request(event["body"])
    quantities = rules.merged(body["lines"])
    found, available = store.priced(list(quantities))
    return 200, rules.quote(quantities, found, available, body.get("delivery")), rules.NO_STORE


def order(event: Document) -> tuple[int, Document, str]:
    """POST /orders."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    body, key = checks.order_request(event["body"], headers.get("idempotency-key"))
    return 201, checkout.place(store, body, key), rules.NO_STORE


ROUTES = {
    ("GET", "/products/{slug}"): product,
    ("GET", "/products"): products,
    ("POST", "/quotes"): quote,
    ("POST", "/orders"): order,
}


def app(event: Document, _: object) -> Document:
    """Answer what API Gateway hands over."""
    try:
        status, document, cache = ROUTES[event["httpMethod"], event["resource"]](event)
    except Problem as problem:
        status, document, cache = problem.status, problem.document, rules.NO_STORE
    origin = event["headers"].get("origin") or event["headers"].get("Origin")
    cors = ORIGIN_HEADERS if origin == rules.ORIGIN else {"Vary": "Origin"}
    headers = {**HEADERS, **cors, "Cache-Control": cache}
    return {"statusCode": status, "headers": headers, "body": encoded(document), "isBase64Encoded": False}
