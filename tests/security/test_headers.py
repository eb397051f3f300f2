"""ASVS 3.4: what every answer and every page carries, errors included."""

from __future__ import annotations

import re

import pytest

from app import blueprints
from chalicelib.http.middleware import cors_headers
from chalicelib.settings import settings
from infra.headers import page_headers
from tests.api.client import Answer, Api

ORIGIN = settings().site_url


def crawl(api: Api, headers: dict[str, str] | None = None) -> list[Answer]:
    """Every route with nothing of what it asks for, a wrong method, and a preflight."""
    answers = []
    for endpoint in [e for blueprint in blueprints for e in blueprint.endpoints]:
        path = re.sub(r"{\w+}", "x", endpoint.path)
        answers += [api.call(method, path, headers=headers) for method in (endpoint.method, "PATCH", "OPTIONS")]
    return answers


def test_asvs_3_4_every_answer_carries_the_security_headers(api: Api) -> None:
    answers = crawl(api)
    assert {answer.status for answer in answers} >= {200, 204, 400, 401, 404, 405, 422}
    for answer in answers:
        assert "max-age=63072000" in answer.headers["strict-transport-security"]
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-site"


def test_asvs_3_4_2_our_origin_alone_is_allowed_everywhere(api: Api) -> None:
    assert {a.headers.get("access-control-allow-origin") for a in crawl(api, {"Origin": ORIGIN})} == {ORIGIN}
    for evil in ("https://evil.example", "null", f"{ORIGIN}.evil.example", ORIGIN.replace("8080", "8081")):
        assert {a.headers.get("access-control-allow-origin") for a in crawl(api, {"Origin": evil})} == {None}


def test_asvs_3_4_2_no_origin_is_allowed_by_a_wildcard() -> None:
    assert "*" not in cors_headers(ORIGIN).values()
    assert cors_headers(None) == {"Vary": "Origin"}


@pytest.mark.parametrize("api_url", ["http://localhost:8000", "https://api.shop.example/api", "/api"])
def test_asvs_3_4_3_pages_run_our_scripts_only_and_speak_to_our_api_only(api_url: str) -> None:
    policy = dict(part.strip().split(" ", 1) for part in page_headers(api_url)["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    origins = {"/api": "'self'"}.get(api_url, "'self' " + "/".join(api_url.split("/")[:3]))
    assert policy["connect-src"] == origins


def policy_of(page: str, gateway: str) -> dict[str, str]:
    parts = page_headers("https://api.shop.example", page, gateway)["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


@pytest.mark.parametrize(("page", "gateway"), [("", "stripe"), ("cart", "stripe"), ("checkout", "sandbox")])
def test_asvs_3_4_3_no_page_but_the_checkout_with_stripe_lets_anything_of_stripes_in(page: str, gateway: str) -> None:
    assert page_headers("/api", page, gateway) == page_headers("/api")
    assert "stripe" not in str(policy_of(page, gateway))


def test_asvs_3_4_3_the_checkout_with_stripe_adds_its_origins_and_takes_nothing_away() -> None:
    every, checkout = policy_of("", "stripe"), policy_of("checkout", "stripe")
    added = {name: sources.removeprefix(every.get(name, "")).strip() for name, sources in checkout.items()}
    assert {name: sources for name, sources in added.items() if sources} == {
        "script-src": "https://js.stripe.com https://*.js.stripe.com",
        "frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
        "connect-src": "https://api.stripe.com",
        "trusted-types": "default",
    }
    assert every.keys() == checkout.keys() - {"frame-src"}
    assert checkout["require-trusted-types-for"] == "'script'"
    others = page_headers("/api", "checkout", "stripe")
    assert {**others, "Content-Security-Policy": ""} == {**page_headers("/api"), "Content-Security-Policy": ""}


def test_asvs_3_4_4_to_6_pages_carry_the_other_headers() -> None:
    headers = page_headers("/api")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "max-age=63072000" in headers["Strict-Transport-Security"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
