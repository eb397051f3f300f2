"""Test data. Each factory gives something valid; say only what the test is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from chalicelib.accounts.domain import AccountFacts
from chalicelib.catalogue.domain import ProductFacts, VariantFacts
from chalicelib.checkout.schemas import OrderRequest
from chalicelib.money import Money
from chalicelib.promotions.domain import PromotionFacts
from dev.demo.load import picture

_numbers = count(1)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FAR_FUTURE = datetime(2126, 3, 1, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


def product(slug: str = "stoneware-teapot", **changes: Any) -> ProductFacts:
    """A teapot in two colours, unless told otherwise."""
    sku = slug.upper()
    facts: dict[str, Any] = {
        "slug": slug,
        "name": slug.replace("-", " ").capitalize(),
        "category": "tea-and-coffee",
        "description": "Holds four cups.",
        "material": "Stoneware",
        "details": {"Capacity": "1.1 litres"},
        "image": picture("stoneware-teapot"),
        "image_alt": "A teapot",
        "position": next(_numbers),
        "featured": False,
        "variants": [
            VariantFacts(f"{sku}-SAGE", {"Colour": "Sage"}, 4800, picture("stoneware-teapot")),
            VariantFacts(f"{sku}-INK", {"Colour": "Ink"}, 4800, picture("stoneware-teapot-ink")),
        ],
    }
    return ProductFacts(**facts | changes)


def single(slug: str, price: int, **changes: Any) -> ProductFacts:
    """A product of one variant, whose sku is the slug in capitals."""
    return product(slug, variants=[VariantFacts(slug.upper(), {}, price, picture(slug))], **changes)


def promotion(code: str = "WELCOME10", **changes: Any) -> PromotionFacts:
    """10 % off, with no limits, unless told otherwise."""
    facts: dict[str, Any] = {"code": code, "kind": "percent", "value": 1000, "label": "10 % off", "version": 1}
    return PromotionFacts(**facts | changes)


def account(account_id: str, **changes: Any) -> AccountFacts:
    """An account that nobody can sign in to."""
    return AccountFacts(account_id, f"{account_id}@example.com", "Ada", "no hash", 0, NOW, **changes)


def money(amount: int) -> Money:
    """Pence."""
    return Money(amount, "GBP")


def moment_ago(seconds: float) -> datetime:
    """The time it was so many seconds ago."""
    return datetime.now(UTC) - timedelta(seconds=seconds)


def key() -> str:
    """A new Idempotency-Key."""
    return f"key-number-{next(_numbers):08}"


def email() -> str:
    """A new address."""
    return f"shopper{next(_numbers)}@example.com"


def order_body(quantities: dict[str, int], total: int, **changes: Any) -> dict[str, Any]:
    """The body of POST /orders for some units by sku."""
    return {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()],
        "contact": {"email": "ada@example.com", "name": "Ada Lovelace"},
        "delivery": {
            "method": "standard",
            "address": {
                "name": "Ada Lovelace",
                "line1": "1 Mill Lane",
                "city": "Stoke-on-Trent",
                "postcode": "ST1 3EJ",
                "country": "GB",
            },
        },
        "payment": {"method": "tok_visa"},
        "expected_total": {"amount": total, "currency": "GBP"},
    } | changes


def order_request(quantities: dict[str, int], total: int, **changes: Any) -> OrderRequest:
    """The same, parsed."""
    return msgspec.convert(order_body(quantities, total, **changes), OrderRequest)
