"""The shop's rules, once for all peers, on plain values: what a framework has no part in.

A product, a quote and an order are dicts of the shapes that the shop's own contract says. The peers do without promo
codes, accounts and shards of stock.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

Document = dict[str, Any]

CURRENCY = "GBP"
FREE_DELIVERY_FROM = 5000
COUNTRIES = {"GB": 2000, "IE": 2300, "FR": 2000, "DE": 1900, "NL": 2100, "US": 0}
METHODS = {
    "standard": ("Standard delivery", "3 to 5 working days", 395, True),
    "express": ("Express delivery", "next working day if ordered by 2 pm", 795, False),
}
CARDS = {"tok_visa": "Visa ending 4242", "tok_declined": "Visa ending 0002"}
LEASE, SETTLE_WITHIN = timedelta(seconds=15), timedelta(minutes=2)
SETTLE_BUCKETS = 16
NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH = 8
ID_BYTES = 16

TABLE_PREFIX = f"open-kitchen-{os.environ.get('STAGE', 'local')}-"
SITE_URL = os.environ.get("SITE_URL", "http://localhost:8080")
ORIGIN = os.environ.get("ALLOWED_ORIGINS", SITE_URL)
PUBLIC = "public, max-age=60, stale-while-revalidate=600"
NO_STORE = "no-store"
EXPOSED = ["ETag", "Retry-After", "Server-Timing", "X-Request-Id"]
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-site",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


class Problem(Exception):
    """What the shop answers instead of what was asked: a status and a code."""

    def __init__(self, status: int, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.document: Document = {"status": status, "code": code, **more}


def money(amount: int) -> Document:
    """Return an amount in minor units."""
    return {"amount": amount, "currency": CURRENCY}


# --- The catalogue ----------------------------------------------------------------------------------------------------


def product_page(item: Mapping[str, Any]) -> Document:
    """Return a product as its page shows it."""
    prices = [variant["price"] for variant in item["variants"]]
    return {
        "slug": item["slug"],
        "name": item["name"],
        "category": item["category"],
        "description": item["description"],
        "material": item["material"],
        "details": item["details"],
        "price": money(min(prices)),
        "price_varies": min(prices) != max(prices),
        "image": item["image"],
        "image_alt": item["image_alt"],
        "variants": [{**variant, "price": money(variant["price"])} for variant in item["variants"]],
    }


def product_list(head: Mapping[str, Any], items: Sequence[Mapping[str, Any]], limit: int) -> Document:
    """Return a page of products; `head` holds the facets and the total, counted when the catalogue was written."""
    return {
        "items": [
            {
                "slug": item["slug"],
                "name": item["name"],
                "category": item["category"],
                "price": money(item["price"]),
                "price_varies": item["price_varies"],
                "image": item["image"],
                "image_alt": item["image_alt"],
                "skus": item["skus"],
            }
            for item in items
        ],
        "total": head["total"],
        "facets": head["facets"],
        "next_cursor": str(items[-1]["position"]) if len(items) == limit else None,
        "did_you_mean": None,
    }


# --- Prices -----------------------------------------------------------------------------------------------------------


def merged(lines: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return units by sku."""
    quantities: dict[str, int] = {}
    for line in lines:
        quantities[line["sku"]] = quantities.get(line["sku"], 0) + line["quantity"]
    return quantities


def for_sale(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return those of the skus that can be bought."""
    return {sku: facts for sku, facts in found.items() if facts["active"]}


def priced_lines(quantities: Mapping[str, int], skus: Mapping[str, Mapping[str, Any]]) -> list[Document]:
    """Price the lines whose sku is sold."""
    return [
        {
            "sku": sku,
            "slug": facts["slug"],
            "name": facts["name"],
            "image": facts["image"],
            "quantity": quantity,
            "unit_price": money(facts["price"]),
            "line_total": money(facts["price"] * quantity),
        }
        for sku, quantity in quantities.items()
        if (facts := skus.get(sku))
    ]


def totals_of(lines: Sequence[Document], method: str, country: str) -> Document:
    """Add delivery and the tax inside."""
    subtotal = sum(line["line_total"]["amount"] for line in lines)
    delivery = delivery_price(method, subtotal)
    total, rate = subtotal + delivery, COUNTRIES[country]
    return {
        "subtotal": money(subtotal),
        "delivery": money(delivery),
        "discount": money(0),
        "tax": money((2 * total * rate + (10_000 + rate)) // (2 * (10_000 + rate))),
        "total": money(total),
        "promotion": None,
    }


def delivery_price(method: str, subtotal: int) -> int:
    """Return what a method costs."""
    _, _, price, free_when_qualified = METHODS[method]
    free = free_when_qualified and subtotal >= FREE_DELIVERY_FROM
    return 0 if free or not subtotal else price


def quote(
    quantities: Mapping[str, int],
    found: Mapping[str, Mapping[str, Any]],
    available: Mapping[str, int],
    delivery: Mapping[str, Any] | None,
) -> Document:
    """Price a cart and name every problem with it."""
    asked = delivery or {}
    method, country = asked.get("method"), asked.get("country")
    skus = for_sale(found)
    lines = priced_lines(quantities, skus)
    totals = totals_of(lines, method if method in METHODS else "standard", country if country in COUNTRIES else "GB")
    problems = [problem for sku, quantity in quantities.items() for problem in _short(sku, quantity, skus, available)]
    if method and method not in METHODS:
        problems.append({"sku": None, "code": "unknown_delivery_method", "detail": "We do not deliver that way."})
    if country and country not in COUNTRIES:
        problems.append({"sku": None, "code": "no_delivery_to_country", "detail": "We do not deliver there yet."})
    return {
        "lines": lines,
        "delivery_methods": [
            {
                "method": one,
                "name": name,
                "promise": promise,
                "price": money(delivery_price(one, totals["subtotal"]["amount"])),
            }
            for one, (name, promise, _, _) in METHODS.items()
        ],
        **totals,
        "free_delivery_from": money(FREE_DELIVERY_FROM),
        "problems": problems,
    }


def _short(
    sku: str, quantity: int, skus: Mapping[str, Mapping[str, Any]], available: Mapping[str, int]
) -> list[Document]:
    left = available.get(sku, 0)
    if sku not in skus:
        return [{"sku": sku, "code": "unknown_sku", "detail": "The shop does not sell this any more."}]
    if left >= quantity:
        return []
    code = "not_enough_stock" if left > 0 else "sold_out"
    return [{"sku": sku, "code": code, "detail": f"Only {left} left." if left > 0 else "Sold out."}]


# --- Orders -----------------------------------------------------------------------------------------------------------


@cache
def secret() -> str:
    """Return the secret that names orders."""
    named: str = json.loads(Path(os.environ["SECRETS_FILE"]).read_bytes())["orders"]
    return named


def derive(message: str) -> bytes:
    """Return what only holders of the secret can compute."""
    return hmac.digest(secret().encode(), message.encode(), "sha256")


def order_id_of(key: str) -> str:
    """Return the order that an Idempotency-Key names."""
    return derive(f"id:{key}")[:ID_BYTES].hex()


def fingerprint_of(body: Document) -> str:
    """Return a hash of everything that a body asks for."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def new_order(order_id: str, fingerprint: str, body: Document, skus: Mapping[str, Mapping[str, Any]]) -> Document:
    """Price what is ordered and return the order; raises Problem where the shop cannot sell it so."""
    quantities, delivery = merged(body["lines"]), body["delivery"]
    method, country, card = delivery["method"], delivery["address"]["country"], CARDS.get(body["payment"]["method"])
    if not set(quantities) <= set(skus) or method not in METHODS or country not in COUNTRIES or card is None:
        raise Problem(422, "validation_failed")
    lines, now = priced_lines(quantities, skus), datetime.now(UTC)
    totals = totals_of(lines, method, country)
    if totals["total"] != body["expected_total"]:
        raise Problem(409, "price_changed")
    return {
        "order_id": order_id,
        "guest": True,
        "guest_mark": derive(f"address:{body['contact']['email'].strip().casefold()}").hex(),
        "fingerprint": fingerprint,
        "version": 1,
        "status": "pending_payment",
        "lease_until": now + LEASE,
        "settle_by": now + SETTLE_WITHIN,
        "settle_bucket": int(order_id, 16) % SETTLE_BUCKETS,
        "cancelling": False,
        "placed_at": now,
        "contact": body["contact"],
        "lines": lines,
        "totals": totals,
        "delivery": {"method": method, "name": METHODS[method][0], "address": delivery["address"]},
        "payment": {"status": "pending", "method": card, "action": None, "decline_code": None},
        "timeline": [{"status": "pending_payment", "at": now.isoformat()}],
        "stock": [{"sku": sku, "shard": 0, "quantity": quantity} for sku, quantity in quantities.items()],
        "schema_version": 1,
    }


def authorised(order: Document, payment_id: str) -> Document:
    """Return the order with its money set aside."""
    payment = {**order["payment"], "status": "authorised"}
    return {**order, "payment": payment, "payment_id": payment_id, "version": order["version"] + 1}


def paid(order: Document) -> Document:
    """Return the order with its money taken."""
    after = _moved(order, "paid")
    after["payment"] = {**order["payment"], "status": "captured"}
    return after


def failed(order: Document) -> Document:
    """Return the order after its payment was declined; it holds no stock any more."""
    after = _moved(order, "payment_failed")
    after["payment"] = {**order["payment"], "status": "failed", "decline_code": "card_declined"}
    return {**after, "stock": []}


def _moved(order: Document, status: str) -> Document:
    after = {name: value for name, value in order.items() if name not in {"lease_until", "settle_by", "settle_bucket"}}
    step = {"status": status, "at": datetime.now(UTC).isoformat()}
    return {**after, "status": status, "version": order["version"] + 1, "timeline": [*order["timeline"], step]}


def shown(order: Document) -> Document:
    """Return an order as the guest who placed it sees it."""
    return {
        "id": order["order_id"],
        "number": order_number(order["order_id"]),
        "status": order["status"],
        "placed_at": order["placed_at"].isoformat(),
        "contact": order["contact"],
        "lines": order["lines"],
        "totals": order["totals"],
        "delivery": order["delivery"],
        "payment": order["payment"],
        "timeline": order["timeline"],
        "cancellable": order["status"] in {"pending_payment", "paid"} and not order["cancelling"],
        "order_key": derive(f"key:{order['order_id']}").hex(),
    }


def order_number(order_id: str) -> str:
    """Return a number to read out on the telephone."""
    value, letters = int.from_bytes(bytes.fromhex(order_id)[:8]), []
    for _ in range(NUMBER_LENGTH):
        value, index = divmod(value, len(NUMBER_ALPHABET))
        letters.append(NUMBER_ALPHABET[index])
    return f"HL-{''.join(letters[:4])}-{''.join(letters[4:])}"
