"""The peers' checks by hand: what the shop's own schema refuses, they refuse, so that they are spared no work."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import msgspec
import pytest

from bench.peers.packages import HANDLERS
from chalicelib.checkout.schemas import OrderRequest
from tests import factories

KEY = "key-number-00000001"
GOOD = factories.order_body({"MUG-SAGE": 1}, 1795)
LONG_EMAIL = "ada@" + ".".join(["mill" * 15] * 4) + ".example.com"


def line(**changes: object) -> dict[str, Any]:
    return {"lines": [{"sku": "MUG-SAGE", "quantity": 1} | changes]}


BAD: dict[str, dict[str, Any]] = {
    "an e-mail address of more than 254 letters": {"contact": GOOD["contact"] | {"email": LONG_EMAIL}},
    "an e-mail address without a dot": {"contact": GOOD["contact"] | {"email": "ada@example"}},
    "a blank name": {"contact": GOOD["contact"] | {"name": " "}},
    "no lines": {"lines": []},
    "a quantity in words": line(quantity="1"),
    "a quantity that is true": line(quantity=True),
    "half a unit": line(quantity=0.5),
    "no units": line(quantity=0),
    "too many units": line(quantity=10_000),
    "an empty sku": line(sku=""),
    "a country in small letters": {
        "delivery": {"method": "standard", "address": GOOD["delivery"]["address"] | {"country": "gb"}}
    },
    "a card number with blanks": {"payment": {"method": "4242 4242"}},
    "a total below nothing": {"expected_total": {"amount": -1, "currency": "GBP"}},
    "an unknown field": {"more": 1},
    "an unknown field of a line": line(more=1),
    "an unknown field of the total": {"expected_total": GOOD["expected_total"] | {"more": 1}},
}


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(HANDLERS))
    yield import_module("checks")
    for name in ("checks", "rules"):
        del sys.modules[name]


def test_a_good_order_is_taken_by_both(checks: Any) -> None:
    msgspec.json.decode(json.dumps(GOOD), type=OrderRequest)
    assert checks.order_request(json.dumps(GOOD), KEY) == (GOOD, KEY)


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD.keys())
def test_a_bad_order_is_refused_by_both(checks: Any, changes: dict[str, Any]) -> None:
    body = json.dumps(GOOD | changes)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=OrderRequest)
    with pytest.raises(sys.modules["rules"].Problem) as refused:
        checks.order_request(body, KEY)
    assert refused.value.status == 422
