"""The Chalice app as a WSGI app, for tools that speak WSGI."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from chalice.test import Client

from app import app

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def wsgi_app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request (PEP 3333)."""
    headers = {name[5:].replace("_", "-").title(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["Content-Type"] = environ["CONTENT_TYPE"]
    query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
    # Not PATH_INFO, which is decoded: a %2F in a name is no slash.
    target = environ["REQUEST_URI"].partition("?")[0] + query
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    response = Client(app).http.request(environ["REQUEST_METHOD"], target, headers=headers, body=body)
    status = HTTPStatus(response.status_code)
    start_response(f"{status.value} {status.phrase}", [(name, str(value)) for name, value in response.headers.items()])
    return [response.body]
