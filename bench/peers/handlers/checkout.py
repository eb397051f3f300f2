"""Placing an order, the same steps for all peers as for the shop: reserve, pay, record, capture, settle.

A repeated key gets the answer that it has had. What a peer keeps its records with is its `Store`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import rules
from rules import Document, Problem


class OrderExists(Exception):
    """The reservation was refused because the order is there already."""


class OutOfStock(Exception):
    """The reservation was refused because there is not that much stock."""


class Store(Protocol):
    """A peer's records in DynamoDB: a call each, conditions inside."""

    def order(self, order_id: str) -> Document | None: ...
    def skus(self, skus: Sequence[str]) -> Mapping[str, Mapping[str, Any]]: ...
    def reserve(self, order: Document) -> None: ...
    def replace(self, before: Document, after: Document) -> None: ...
    def settle(self, before: Document, after: Document, moved_to: str) -> None: ...
    def add_payment(self, payment: Document) -> None: ...
    def move_payment(self, payment_id: str, before: str, after: str, **facts: str) -> str: ...


def place(store: Store, body: Document, key: str) -> Document:
    """Place an order, or repeat what its key was answered; raises Problem."""
    order_id, fingerprint = rules.order_id_of(key), rules.fingerprint_of(body)
    known = store.order(order_id)
    if known is not None:
        return _replay(known, fingerprint)
    skus = rules.for_sale(store.skus(list(rules.merged(body["lines"]))))
    order = rules.new_order(order_id, fingerprint, body, skus)
    try:
        store.reserve(order)
    except OrderExists:
        raise Problem(409, "in_progress") from None
    except OutOfStock:
        raise Problem(409, "out_of_stock") from None
    return _pay(store, order, body["payment"]["method"])


def _replay(order: Document, fingerprint: str) -> Document:
    if order["fingerprint"] != fingerprint:
        raise Problem(422, "idempotency_key_reused")
    if order["status"] == "pending_payment":
        raise Problem(409, "in_progress")
    if order["status"] == "payment_failed":
        raise Problem(402, "card_declined")
    return rules.shown(order)


def _pay(store: Store, order: Document, method: str) -> Document:
    """Take the money from the sandbox, which is a table as the shop's own sandbox is."""
    order_id, total = order["order_id"], order["totals"]["total"]
    payment_id = "sbx_" + hashlib.sha256(f"{rules.secret()}pi-{order_id}".encode()).hexdigest()[:32]
    store.add_payment({"payment_id": payment_id, "order_id": order_id, "status": "created", **total})
    decided = "declined" if method == "tok_declined" else "authorised"
    back = f"{rules.SITE_URL}/confirmation?order={order_id}"
    if store.move_payment(payment_id, "created", decided, method=method, return_url=back) == "declined":
        store.settle(order, rules.failed(order), "available")
        raise Problem(402, "card_declined")
    held = rules.authorised(order, payment_id)
    store.replace(order, held)
    store.move_payment(payment_id, "authorised", "captured")
    after = rules.paid(held)
    store.settle(held, after, "sold")
    return rules.shown(after)
