"""Makes `chalice local` behave as API Gateway does where the two differ. Nothing here runs on AWS."""

from __future__ import annotations

import logging
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from uuid import uuid4

from chalice.local import ChaliceRequestHandler, LocalGatewayException, ThreadedHTTPServer

from chalicelib import log
from chalicelib.errors import MalformedJson, MethodNotAllowed, NotFound, ShopError
from chalicelib.http.middleware import SECURITY_HEADERS, cors_headers
from chalicelib.http.problems import problem_response
from chalicelib.http.routing import NO_STORE

LOG = logging.getLogger(__name__)
# Python's servers let five connections wait; the sixth buyer of a flash sale would be turned away.
WAITING_CONNECTIONS = 128


def behave_like_api_gateway() -> None:
    """Patch Chalice's handler: problem documents for what never reaches the app, and buffered writes.

    Unbuffered, each header is a packet of its own, and a kept-alive request takes 44 ms instead of half of one.
    """
    log.configure(readable=True)
    ChaliceRequestHandler.wbufsize = -1
    ChaliceRequestHandler.disable_nagle_algorithm = True
    ThreadedHTTPServer.request_queue_size = WAITING_CONNECTIONS
    # By setattr, because replacing a method is what a type checker rightly objects to.
    setattr(ChaliceRequestHandler, "_send_error_response", _unknown_path)  # noqa: B010
    setattr(ChaliceRequestHandler, "send_error", _unreadable)  # noqa: B010
    setattr(ChaliceRequestHandler, "parse_request", _parse_request)  # noqa: B010
    # The app writes a line about each request itself.
    setattr(ChaliceRequestHandler, "log_request", lambda *_: None)  # noqa: B010


def _parse_request(handler: ChaliceRequestHandler) -> bool:
    """Read the request line and the headers; a length that is no number is refused here."""
    if not BaseHTTPRequestHandler.parse_request(handler):
        return False
    if handler.headers.get("content-length", "0").strip().isdecimal():
        return True
    handler.send_error(HTTPStatus.BAD_REQUEST)
    return False


def _unknown_path(handler: ChaliceRequestHandler, _error: LocalGatewayException) -> None:
    """Answer a path that no route has; Chalice would say 403 and `Missing Authentication Token`."""
    _send(handler, NotFound("The API has no such path. GET /openapi.json lists those it has."))


def _unreadable(
    handler: ChaliceRequestHandler, code: int, _message: str | None = None, _explain: str | None = None
) -> None:
    """Answer what Python's server refuses by itself: a method or a request line that it cannot read."""
    handler.close_connection = True
    unknown_method = code == HTTPStatus.NOT_IMPLEMENTED
    _send(handler, MethodNotAllowed() if unknown_method else MalformedJson("The request cannot be read."))


def _send(handler: ChaliceRequestHandler, error: ShopError) -> None:
    request_id = uuid4().hex
    response = problem_response(error, request_id)
    given = getattr(handler, "headers", None)
    origin = given.get("origin") if given else None
    response.headers |= {"Cache-Control": NO_STORE, "X-Request-Id": request_id, "Server-Timing": "receive;dur=0"}
    response.headers |= SECURITY_HEADERS | cors_headers(origin)
    path = getattr(handler, "path", "").partition("?")[0]
    facts = {"request_id": request_id, "status": response.status_code}
    LOG.info("%s %s is no request to the API", handler.command, path, extra={"facts": facts})
    handler._send_http_response(response.status_code, response.headers, response.body)
