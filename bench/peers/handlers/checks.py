"""Checks of requests by hand, as quick as they can be, for the peers that bring no validation of their own.

They refuse what the shop refuses of what they take, and stop at the first fault, where the shop names every bad field.
"""

from __future__ import annotations

import json
import re
from typing import Any

from rules import Document, Problem

MAX_LINES, MAX_QUANTITY, MAX_SKU = 50, 9_999, 64
MOST_AMOUNT = 10**12
MAX_PAGE = 100
LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"(?=.{{1,254}}$)[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{LABEL}(?:\.{LABEL})+")
LINE = re.compile(r"(?=.*\S)[^\x00-\x1f\x7f]{1,120}")
MAYBE_LINE = re.compile(r"[^\x00-\x1f\x7f]{0,120}")
POSTCODE = re.compile(r"(?=.*\S)[^\x00-\x1f\x7f]{1,16}")
COUNTRY, CURRENCY = re.compile("[A-Z]{2}"), re.compile("[A-Z]{3}")
METHOD, TOKEN = re.compile(".{1,40}"), re.compile("[A-Za-z0-9_-]{1,200}")
KEY = re.compile(".{16,255}")
CONTACT = {"email": EMAIL, "name": LINE}
ADDRESS = {"name": LINE, "line1": LINE, "city": LINE, "postcode": POSTCODE, "country": COUNTRY}


def quote_request(raw: str | None) -> Document:
    """Return the body of a quote; raises Problem."""
    body = _fields(_parsed(raw), {"lines"}, {"delivery"})
    _lines(body["lines"])
    if body.get("delivery") is not None:
        delivery = _fields(body["delivery"], set(), {"method", "country"})
        _maybe(delivery.get("method"), METHOD)
        _maybe(delivery.get("country"), COUNTRY)
    return body


def order_request(raw: str | None, key: str | None) -> tuple[Document, str]:
    """Return the body of an order and its Idempotency-Key; raises Problem."""
    body = _fields(_parsed(raw), {"lines", "contact", "delivery", "payment", "expected_total"})
    _lines(body["lines"])
    _all(_fields(body["contact"], {"email", "name"}), CONTACT)
    delivery = _fields(body["delivery"], {"method", "address"})
    _text(delivery["method"], METHOD)
    address = _fields(delivery["address"], {"name", "line1", "city", "postcode", "country"}, {"line2"})
    _all(address, ADDRESS)
    _maybe(address.get("line2"), MAYBE_LINE)
    _text(_fields(body["payment"], {"method"})["method"], TOKEN)
    total = _fields(body["expected_total"], {"amount", "currency"})
    _number(total["amount"], 0, MOST_AMOUNT)
    _text(total["currency"], CURRENCY)
    return body, _text(key, KEY)


def page(parameters: dict[str, str] | None) -> tuple[int, str]:
    """Return how long a page of products is and where it begins; raises Problem."""
    asked = parameters or {}
    limit, cursor = asked.get("limit", "24"), asked.get("cursor", "")
    if not asked.keys() <= {"limit", "cursor"} or not limit.isdecimal() or not (not cursor or cursor.isdecimal()):
        raise Problem(422, "validation_failed")
    return _number(int(limit), 1, MAX_PAGE), cursor


def _parsed(raw: str | None) -> Any:
    try:
        return json.loads(raw or "")
    except ValueError:
        raise Problem(400, "malformed_json") from None


def _lines(lines: Any) -> None:
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_LINES:
        raise Problem(422, "validation_failed")
    for line in lines:
        _fields(line, {"sku", "quantity"})
        if not isinstance(line["sku"], str) or not 1 <= len(line["sku"]) <= MAX_SKU:
            raise Problem(422, "validation_failed")
        _number(line["quantity"], 1, MAX_QUANTITY)


def _fields(value: Any, required: set[str], optional: set[str] | None = None) -> Document:
    if not isinstance(value, dict) or not required <= value.keys() <= required | (optional or set()):
        raise Problem(422, "validation_failed")
    return value


def _all(values: Document, patterns: dict[str, re.Pattern[str]]) -> None:
    for name, pattern in patterns.items():
        _text(values[name], pattern)


def _maybe(value: Any, pattern: re.Pattern[str]) -> None:
    if value is not None:
        _text(value, pattern)


def _text(value: Any, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Problem(422, "validation_failed")
    return value


def _number(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Problem(422, "validation_failed")
    return value
