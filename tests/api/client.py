"""A client of the Chalice app that holds every answer against the contract and the web edge's promises."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from chalice.test import Client, HTTPResponse

from app import app
from chalicelib import bootstrap
from chalicelib.once import once
from tests import factories
from tests.contract.openapi import assert_conforms

PROBLEM = "application/problem+json"


class Answer(msgspec.Struct):
    """A response: its JSON where it has a body, its headers by lower-case name."""

    status: int
    headers: dict[str, Any]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])

    @property
    def fields(self) -> list[str]:
        return [error["field"] for error in self.json["errors"]]


class Api:
    """Calls the app in this process, as API Gateway would."""

    def __init__(self) -> None:
        self._client = Client(app)
        self.token = ""
        self.cookie = ""

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Answer:
        return self.call("GET", path + (f"?{urlencode(query, doseq=True)}" if query else ""), headers=headers)

    def post(self, path: str, json: Any = None, headers: dict[str, str] | None = None) -> Answer:
        return self.call("POST", path, json, headers)

    def call(
        self, method: str, path: str, json: Any = None, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Send a request; `json` is encoded, `body` is sent as it is."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if self.cookie:
            sent.setdefault("Cookie", self.cookie)
        payload = body if body is not None else (msgspec.json.encode(json) if json is not None else b"")
        response = self._client.http.request(method, path, headers=sent, body=payload)
        answer = _answer(response)
        self._keep_cookie(answer)
        assert_conforms(
            method, path.partition("?")[0], answer.status, answer.headers.get("content-type", ""), answer.body
        )
        assert_edge(answer)
        return answer

    def sign_up(self, email: str = "") -> dict[str, Any]:
        """Open an account, stay signed in, and return the account."""
        body = {"email": email or factories.email(), "password": factories.PASSWORD, "name": "Ada"}
        answer = self.post("/accounts", body)
        assert answer.status == 201, answer.body
        self.token = answer.json["access_token"]
        account: dict[str, Any] = answer.json["account"]
        return account

    def sign_out_of_this_page(self) -> None:
        """Forget the access token, as a page that is closed does."""
        self.token = ""

    def order(self, quantities: dict[str, int], total: int, key: str = "", **changes: Any) -> Answer:
        """Place an order."""
        body = factories.order_body(quantities, total, **changes)
        return self.post("/orders", body, {"Idempotency-Key": key or factories.key()})

    def _keep_cookie(self, answer: Answer) -> None:
        cookie = answer.headers.get("set-cookie", "")
        if cookie:
            self.cookie = cookie.split(";")[0]


def _answer(response: HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, response.body)


def assert_edge(answer: Answer) -> None:
    """What every answer has, whoever gave it."""
    assert answer.headers["x-request-id"]
    assert answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.status != 403
    if answer.status >= 400:
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json["status"] == answer.status
        assert answer.json["request_id"] == answer.headers["x-request-id"]
        assert b"Traceback" not in answer.body


def forget_services() -> None:
    """Let the next request build every service anew."""
    for part in vars(bootstrap).values():
        if isinstance(part, once):
            part.cache_clear()
