"""The web edge: what holds for every path."""

from __future__ import annotations

import msgspec
import pytest

from chalicelib import bootstrap
from chalicelib.errors import Unavailable
from chalicelib.http import middleware
from chalicelib.settings import settings
from chalicelib.version import VERSION
from tests import factories
from tests.api.client import Api
from tests.snapshots import publish

ORIGIN = settings().site_url


def test_health_answers_without_the_database(api: Api) -> None:
    answer = api.get("/health")
    assert (answer.status, answer.json) == (200, {"status": "ok", "version": VERSION})
    assert "db;" not in answer.headers["server-timing"]


def test_the_contract_is_served(api: Api) -> None:
    answer = api.get("/openapi.json")
    assert answer.json["openapi"] == "3.1.0"
    assert "/orders/{order_id}" in answer.json["paths"]


@pytest.mark.parametrize("path", ["/accounts", "/sessions", "/quotes", "/orders"])
@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b'{"a": 1,}', b"\xff", b"[" * 50_000])
def test_a_body_that_is_no_json_is_400(api: Api, path: str, body: bytes) -> None:
    answer = api.call("POST", path, body=body, headers={"Idempotency-Key": factories.key()})
    assert (answer.status, answer.code) == (400, "malformed_json")


@pytest.mark.parametrize("path", ["/accounts", "/sessions", "/quotes", "/orders"])
def test_a_body_of_two_megabytes_is_413(api: Api, path: str) -> None:
    answer = api.call("POST", path, body=b'{"a": "' + b"x" * 2_000_000 + b'"}')
    assert (answer.status, answer.code) == (413, "body_too_large")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_a_body_that_does_not_say_json_is_415(api: Api, content_type: str) -> None:
    answer = api.call("POST", "/quotes", body=b"a=b", headers={"Content-Type": content_type})
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/products"), ("PUT", "/orders"), ("POST", "/categories"), ("GET", "/quotes"), ("PATCH", "/health")],
)
def test_a_method_that_a_path_does_not_have_is_405_and_says_which_it_has(api: Api, method: str, path: str) -> None:
    answer = api.call(method, path)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert "OPTIONS" in answer.headers["allow"]


def test_unknown_fields_are_refused(api: Api) -> None:
    answer = api.post("/quotes", {"lines": [{"sku": "MUG", "quantity": 1, "price": 1}], "total": 1})
    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.fields == ["lines[0].price", "total"]


def test_bad_headers_and_a_bad_body_are_named_together(api: Api) -> None:
    answer = api.post("/orders", factories.order_body({"MUG": 0}, 1), {"Idempotency-Key": "short"})
    assert answer.fields == ["Idempotency-Key", "lines[0].quantity"]


def test_a_fault_of_ours_is_500_and_tells_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(bootstrap, "search", broken)
    answer = api.get("/products")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"hunter2" not in answer.body


def test_a_busy_database_is_503_and_says_when_to_come_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy() -> None:
        raise Unavailable

    monkeypatch.setattr(bootstrap, "search", busy)
    answer = api.get("/products")
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")


def test_a_fault_outside_every_view_is_a_problem_document_too(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(middleware, "_with_etag", broken)
    assert api.get("/health").code == "internal_error"


@pytest.mark.parametrize("path", ["/products", "/orders/x", "/sessions/current", "/health"])
def test_a_preflight_from_our_site_is_allowed(api: Api, path: str) -> None:
    answer = api.call("OPTIONS", path, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"})
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "Idempotency-Key" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", ["/products", "/products/none", "/account"])
def test_our_site_may_read_answers_and_errors_alike(api: Api, path: str) -> None:
    headers = api.get(path, {"Origin": ORIGIN}).headers
    assert headers["access-control-allow-origin"] == ORIGIN
    assert headers["timing-allow-origin"] == ORIGIN
    assert "X-Request-Id" in headers["access-control-expose-headers"]
    assert headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", ORIGIN + ".evil.example", ORIGIN + "0", ORIGIN.replace("http", "https")]
)
def test_other_origins_are_allowed_nothing(api: Api, origin: str) -> None:
    headers = api.get("/products", {"Origin": origin}).headers
    assert not [name for name in headers if name.startswith(("access-control-", "timing-allow-"))]
    assert headers["vary"] == "Origin"


@pytest.mark.parametrize("path", ["/products", "/products/teapot", "/categories", "/openapi.json"])
def test_public_reads_are_cacheable_and_answer_304_to_who_has_them(api: Api, path: str) -> None:
    first = api.get(path)
    assert "max-age=60, stale-while-revalidate" in first.headers["cache-control"]
    again = api.get(path, {"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert api.get(path, {"If-None-Match": '"other"'}).status == 200


def test_an_etag_changes_with_what_it_tags(api: Api) -> None:
    before = api.get("/products/mug").headers["etag"]
    bootstrap.catalogue().add_product(factories.single("mug", 1500), {})
    publish()
    assert api.get("/products/mug").headers["etag"] != before


@pytest.mark.parametrize("path", ["/availability?sku=MUG", "/products/none", "/account", "/products?limit=0"])
def test_everything_else_is_not_stored(api: Api, path: str) -> None:
    assert api.get(path).headers["cache-control"] == "no-store"


def test_each_request_has_an_id_of_its_own(api: Api) -> None:
    assert len({api.get("/health").headers["x-request-id"] for _ in range(3)}) == 3


def test_problems_carry_what_rfc_9457_asks_for(api: Api) -> None:
    problem = api.get("/products/none").json
    assert problem.keys() == {"type", "title", "status", "detail", "code", "request_id", "errors"}
    assert problem["type"] == "urn:open-kitchen:problem:not-found"
    assert msgspec.json.encode(problem)
