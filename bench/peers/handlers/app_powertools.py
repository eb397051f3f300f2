"""The shop on AWS Lambda Powertools: its REST resolver, and boto3's client."""

from __future__ import annotations

import checkout
import checks
import rules
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from rules import Problem
from serving import Answer, answer, cors, show_product, store, tell

resolver = APIGatewayRestResolver(cors=cors)
resolver.get("/products/<slug>")(show_product)
resolver.exception_handler(Problem)(tell)


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


app = resolver.resolve
