"""Errors as RFC 9457 problem documents."""

from __future__ import annotations

from typing import Any

import msgspec
from chalice.app import Response
from msgspec import Struct

from chalicelib.errors import FieldError, InternalError, MethodNotAllowed, NotFound, ShopError, UnsupportedMediaType

PROBLEM_JSON = "application/problem+json"
TYPE_PREFIX = "urn:open-kitchen:problem:"

CHALICE_ERRORS: dict[int, type[ShopError]] = {
    404: NotFound,
    405: MethodNotAllowed,
    415: UnsupportedMediaType,
}


class Problem(Struct, frozen=True):
    """An error in the contract: RFC 9457's members, a code for programs, the request's id, each bad field."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldError]


def problem_response(error: ShopError, request_id: str) -> Response:
    """Render an error."""
    problem = Problem(
        type=f"{TYPE_PREFIX}{error.code.replace('_', '-')}",
        title=error.title,
        status=int(error.status),
        detail=error.detail,
        code=error.code,
        request_id=request_id,
        errors=error.errors,
    )
    document: dict[str, Any] = {**msgspec.to_builtins(problem), **error.extra}
    body = msgspec.json.encode(document).decode()
    return Response(body, status_code=problem.status, headers={"Content-Type": PROBLEM_JSON, **error.headers})


def from_chalice(response: Response) -> ShopError | None:
    """Return what Chalice's own error body means, or None for any other response."""
    if not (isinstance(response.body, dict) and response.body.keys() == {"Code", "Message"}):
        return None
    known = CHALICE_ERRORS.get(response.status_code, InternalError)
    allowed = {"Allow": str(response.headers["Allow"])} if "Allow" in response.headers else {}
    return known(headers=allowed)
