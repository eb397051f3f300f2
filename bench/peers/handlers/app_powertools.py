"""The shop on AWS Lambda Powertools: its REST resolver, and boto3's client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import checkout
import checks
import rules
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from items import Item, Items
from rules import Document, Problem

# As quick to fail as the shop, and without a second look at parameters that are right.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"total_max_attempts": 3},
    max_pool_connections=64,
    parameter_validation=False,
)
JSON = "application/json"
Answer = Response[Document]


class WholeNumbers(TypeDeserializer):  # type: ignore[misc, unused-ignore]
    """boto3's own, but for numbers: the shop has whole ones only, and a Decimal is no JSON."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)


deserialise, serialise = WholeNumbers().deserialize, TypeSerializer().serialize


def plain(item: Item) -> Document:
    """Return an item's values."""
    return {name: deserialise(value) for name, value in item.items()}


def typed(values: Mapping[str, Any]) -> Item:
    """Return values as an item."""
    return {name: serialise(value) for name, value in values.items()}


store = Items(boto3.client("dynamodb", config=CONFIG), plain, typed)
cors = CORSConfig(allow_origin=rules.ORIGIN, allow_credentials=True, expose_headers=rules.EXPOSED)
resolver = APIGatewayRestResolver(cors=cors)


def answer(status: int, document: Document, cache: str = rules.NO_STORE) -> Answer:
    """Return an answer as JSON; the resolver adds CORS headers to the ones given here."""
    return Response(status, JSON, document, {**rules.SECURITY_HEADERS, "Cache-Control": cache})


@resolver.get("/products/<slug>")
def show_product(slug: str) -> Answer:
    """Show a product with its variants."""
    found = store.product(slug)
    if found is None:
        raise Problem(404, "not_found")
    return answer(200, rules.product_page(found), rules.PUBLIC)


@resolver.get("/products")
def list_products() -> Answer:
    """List products, a page at a time."""
    limit, after = checks.page(resolver.current_event.query_string_parameters)
    head, items = store.listing(limit, after)
    return answer(200, rules.product_list(head, items, limit), rules.PUBLIC)


@resolver.post("/quotes")
def quote() -> Answer:
    """Price a cart."""
    body = checks.quote_request(resolver.current_event.body)
    quantities = rules.merged(body["lines"])
    found, available = store.priced(list(quantities))
    return answer(200, rules.quote(quantities, found, available, body.get("delivery")))


@resolver.post("/orders")
def place_order() -> Answer:
    """Place an order."""
    event = resolver.current_event
    body, key = checks.order_request(event.body, event.headers.get("idempotency-key"))
    return answer(201, checkout.place(store, body, key))


@resolver.exception_handler(Problem)
def tell(problem: Problem) -> Answer:
    """Answer with a problem."""
    return answer(problem.status, problem.document)


app = resolver.resolve
