"""What happens around every view: request id, problems, ETags, CORS, security headers, Server-Timing."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from http import HTTPStatus
from time import perf_counter
from typing import Any

from chalice.app import Request, Response

from chalicelib import metrics, trace
from chalicelib.deadline import deadline
from chalicelib.errors import InternalError, ShopError
from chalicelib.etags import tags
from chalicelib.http import guards
from chalicelib.http.problems import from_chalice, problem_response
from chalicelib.http.routing import NO_STORE, Failure
from chalicelib.http.timing import server_timing
from chalicelib.settings import settings

LOG = logging.getLogger(__name__)

METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Open-Kitchen, X-Order-Key"
EXPOSED_HEADERS = "ETag, Retry-After, Server-Timing, X-Request-Id"
PREFLIGHT_SECONDS = "600"
REQUEST_ID_BYTES = 16

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-site",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


def edge(request: Request | None, get_response: Callable[[Any], Response]) -> Response:
    """Chalice's outermost middleware: nothing leaves the API without passing here."""
    began, request_id = perf_counter(), _request_id(request)
    stopwatch = trace.start(request_id, timed=guards.may_watch(request))
    with deadline():
        response = _respond(request, request_id, get_response)
    response.headers.setdefault("Cache-Control", NO_STORE)
    response.headers |= SECURITY_HEADERS | cors_headers(_header(request, "origin"))
    response.headers["X-Request-Id"] = request_id
    if stopwatch:
        response.headers["Server-Timing"] = server_timing(stopwatch)
    _tell(request, response.status_code, (perf_counter() - began) * 1000)
    metrics.flush()
    return response


def _tell(request: Request | None, status: int, milliseconds: float) -> None:
    """Write the request's line. It names the route, not the path, into which people may type anything."""
    context = request.context if request is not None else {}
    method, route = context.get("httpMethod", ""), context.get("resourcePath", "")
    facts = {"method": method, "route": route, "status": status, "duration_ms": round(milliseconds, 1)}
    LOG.info("%s %s %s", method, route, status, extra={"facts": facts})


def _respond(request: Request | None, request_id: str, get_response: Callable[[Any], Response]) -> Response:
    try:
        response = get_response(request)
        error = from_chalice(response)
        return _problem(error, request_id) if error else _with_etag(request, response)
    except Failure as failure:
        return _problem(failure.error, request_id)
    except Exception:
        LOG.exception("unexpected fault outside a view")
        return _problem(InternalError(), request_id)


def _problem(error: ShopError, request_id: str) -> Response:
    trace.about(problem=error.code)
    return problem_response(error, request_id)


def _with_etag(request: Request | None, response: Response) -> Response:
    """Give cacheable bodies an ETag, and answer 304 to whoever has that body already (RFC 9110, 8.8.3 and 13.1.2)."""
    if response.status_code != HTTPStatus.OK or response.headers.get("Cache-Control", NO_STORE) == NO_STORE:
        return response
    etag = f'"{hashlib.sha256(response.body.encode()).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    if not tags(_header(request, "if-none-match") or "") & {etag, "*"}:
        return response
    kept = {name: value for name, value in response.headers.items() if name != "Content-Type"}
    return Response("", status_code=304, headers=kept)


def cors_headers(origin: str | None) -> dict[str, str]:
    """Return the CORS headers for an origin; one that is not on the allow-list gets none but `Vary`."""
    headers = {"Vary": "Origin"}
    if origin in settings().allowed_origins:
        headers |= {
            "Access-Control-Allow-Origin": str(origin),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": REQUEST_HEADERS,
            "Access-Control-Expose-Headers": EXPOSED_HEADERS,
            "Access-Control-Max-Age": PREFLIGHT_SECONDS,
            "Timing-Allow-Origin": str(origin),
        }
    return headers


def _request_id(request: Request | None) -> str:
    """Return API Gateway's request id, so that its access log and ours agree; locally, a new one."""
    given = request.context.get("requestId") if request is not None else None
    return given if isinstance(given, str) and given else secrets.token_hex(REQUEST_ID_BYTES)


def _header(request: Request | None, name: str) -> str | None:
    return request.headers.get(name) if request is not None else None
