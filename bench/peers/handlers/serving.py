"""What both shops on AWS Lambda Powertools share: boto3's client, and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import rules
from aws_lambda_powertools.event_handler import CORSConfig, Response
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


def answer(status: int, document: Document, cache: str = rules.NO_STORE) -> Answer:
    """Return an answer as JSON; the resolver adds CORS headers to the ones given here."""
    return Response(status, JSON, document, {**rules.SECURITY_HEADERS, "Cache-Control": cache})


def show_product(slug: str) -> Answer:
    """Show a product with its variants."""
    found = store.product(slug)
    if found is None:
        raise Problem(404, "not_found")
    return answer(200, rules.product_page(found), rules.PUBLIC)


def tell(problem: Problem) -> Answer:
    """Answer with a problem."""
    return answer(problem.status, problem.document)
