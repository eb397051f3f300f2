"""The same shop on AWS Lambda Powertools, its requests checked by its own validation, which is pydantic's."""

from __future__ import annotations

from typing import Annotated

import checkout
import rules
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from contract import OrderRequest, QuoteRequest
from rules import Problem
from serving import Answer, answer, cors, show_product, store, tell

resolver = APIGatewayRestResolver(cors=cors, enable_validation=True)
resolver.get("/products/<slug>")(show_product)
resolver.exception_handler(Problem)(tell)


@resolver.get("/products")
def list_products(
    limit: Annotated[int, Query(ge=1, le=100)] = 24, cursor: Annotated[str, Query(pattern="^[0-9]*$")] = ""
) -> Answer:
    """List products, a page at a time."""
    head, items = store.listing(limit, cursor)
    return answer(200, rules.product_list(head, items, limit), rules.PUBLIC)


@resolver.post("/quotes")
def quote(body: QuoteRequest) -> Answer:
    """Price a cart."""
    asked = body.model_dump()
    quantities = rules.merged(asked["lines"])
    found, available = store.priced(list(quantities))
    return answer(200, rules.quote(quantities, found, available, asked["delivery"]))


@resolver.post("/orders")
def place_order(
    body: OrderRequest,
    idempotency_key: Annotated[str, Header(min_length=16, max_length=255, alias="Idempotency-Key")],
) -> Answer:
    """Place an order."""
    return answer(201, checkout.place(store, body.model_dump(exclude_unset=True), idempotency_key))


app = resolver.resolve
