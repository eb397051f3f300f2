from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.schemas import SignUp
from chalicelib.catalogue.schemas import AvailabilityQuery
from chalicelib.checkout.schemas import OrderHeaders, OrderRequest, QuoteRequest
from chalicelib.errors import MalformedJson, ValidationFailed
from chalicelib.http.validation import convert_strings, decode_body
from chalicelib.search.schemas import ProductQuery
from tests import factories

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def errors_of(body: object, type_: type) -> dict[str, str]:
    with pytest.raises(ValidationFailed) as failed:
        decode_body(msgspec.json.encode(body), type_)
    return {error.field: error.message for error in failed.value.errors}


def test_every_bad_field_is_named_at_once() -> None:
    body = factories.order_body({"A": -1}, 100, payment=3, surprise=1)
    del body["contact"]
    body["lines"].append({"quantity": "two", "colour": "red"})
    assert errors_of(body, OrderRequest) == {
        "lines[0].quantity": "Must be a whole number from 1 to 9999.",
        "lines[1].sku": "Required: text of 1 to 64 characters.",
        "lines[1].quantity": "Must be a whole number from 1 to 9999.",
        "lines[1].colour": "Unknown field; remove it. Known here: sku, quantity.",
        "contact": "Required: an object.",
        "payment": "Must be an object.",
        "surprise": (
            "Unknown field; remove it. Known here: lines, contact, delivery, payment, expected_total, promo_code."
        ),
    }


@pytest.mark.parametrize("quantity", [0, -1, 10_000, 10**30, 1.5, "1", True, None, [], {}])
def test_a_quantity_is_a_whole_number_in_bounds(quantity: object) -> None:
    body = {"lines": [{"sku": "A", "quantity": quantity}]}
    assert errors_of(body, QuoteRequest).keys() == {"lines[0].quantity"}


@pytest.mark.parametrize("body", [[], "text", 1, None, True])
def test_a_body_that_is_no_object_is_named_as_such(body: object) -> None:
    assert errors_of(body, QuoteRequest) == {"body": "Must be an object."}


@pytest.mark.parametrize("count", [0, 51])
def test_an_order_has_1_to_50_lines(count: int) -> None:
    body = {"lines": [{"sku": str(n), "quantity": 1} for n in range(count)]}
    assert errors_of(body, QuoteRequest) == {"lines": "Must be a list of 1 to 50 items."}


@pytest.mark.parametrize("body", [b"", b"{", b"{'a': 1}", b'{"lines": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode_body(body, QuoteRequest)


def test_an_optional_object_may_be_null_but_not_wrong() -> None:
    lines = [{"sku": "A", "quantity": 1}]
    assert decode_body(b'{"lines":[{"sku":"A","quantity":1}],"delivery":null}', QuoteRequest).delivery is None
    wrong = {"lines": lines, "delivery": {"country": "gb"}}
    assert errors_of(wrong, QuoteRequest) == {
        "delivery.country": "Must be a two-letter country code such as GB (ISO 3166)."
    }


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "a b@example.com",
        "ada@example",
        "ada@a@b.c",
        "ada@example.com\n",
        "a\x00@b.co",
    ],
)
def test_an_address_must_look_like_one(email: str) -> None:
    body = {"email": email, "password": factories.PASSWORD, "name": "Ada"}
    assert errors_of(body, SignUp)["email"] == "Must be an e-mail address such as ada@example.com."


@given(json_values)
def test_whatever_is_refused_is_refused_by_name(value: object) -> None:
    try:
        decode_body(msgspec.json.encode(value), QuoteRequest)
    except ValidationFailed as refused:
        named = [(error.field, error.message) for error in refused.errors]
    else:
        named = [("", "accepted")] if isinstance(value, dict) and "lines" in value else []
    assert named
    assert all(message for _, message in named)


def test_query_parameters_are_converted_and_every_bad_one_is_named() -> None:
    assert convert_strings({"limit": ["5"], "q": ["tea", "pot"]}, ProductQuery) == ProductQuery(q="pot", limit=5)
    with pytest.raises(ValidationFailed) as failed:
        convert_strings({"limit": ["0"], "sort": ["odd"], "page": ["2"]}, ProductQuery)
    assert [error.field for error in failed.value.errors] == ["sort", "limit", "page"]


def test_a_repeated_parameter_is_a_list() -> None:
    assert convert_strings({"sku": ["A", "B"]}, AvailabilityQuery).sku == ["A", "B"]


def test_a_bad_header_is_named_as_the_header_is() -> None:
    with pytest.raises(ValidationFailed) as failed:
        convert_strings({"idempotency_key": ["short"]}, OrderHeaders, names={"idempotency_key": "Idempotency-Key"})
    assert failed.value.errors[0].field == "Idempotency-Key"
