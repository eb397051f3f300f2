"""What can go wrong, as facts: each has a status, a code for programs and a sentence for people."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from msgspec import Struct


class FieldError(Struct, frozen=True):
    """One bad field: its path in the request (`lines[0].quantity`) and what to do about it."""

    field: str
    message: str


class ShopError(Exception):
    """A fact that ends a request. Subclasses set `status`, `code` and `title`.

    `extra` members are shown in the problem document beside the standard ones (RFC 9457, 3.2);
    `headers` go out with the response.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "The request cannot be served"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or f"{self.title}."
        self.errors = list(errors)
        self.extra = extra or {}
        self.headers = headers or {}


class MalformedJson(ShopError):
    """The body is not JSON at all (RFC 8259)."""

    code = "malformed_json"
    title = "The body is not valid JSON"


class MissingCsrfHeader(ShopError):
    """A call that rests on the cookie came without the header that only our own pages send."""

    code = "csrf_header_missing"
    title = "The header X-Open-Kitchen: 1 is missing"


class ValidationFailed(ShopError):
    """Every bad field of the request, at once."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "validation_failed"
    title = "Some fields are not right"


class Unauthenticated(ShopError):
    """Nobody, or nobody valid, is signed in. `code` says why, for the page to act on."""

    status = HTTPStatus.UNAUTHORIZED
    code = "sign_in_required"
    title = "Please sign in"

    def __init__(
        self, detail: str = "Sign in with POST /sessions and send its access_token as a Bearer token."
    ) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="open-kitchen"'})


class TokenExpired(Unauthenticated):
    """The access token was good and its time is up: refresh it, or sign in again."""

    code = "token_expired"
    title = "The session has expired"


class TokenInvalid(Unauthenticated):
    """The access token was never ours, or is no longer."""

    code = "token_invalid"
    title = "The access token is not valid"


class NotFound(ShopError):
    """There is no such thing, or it is not for the one who asks: the two look alike on purpose."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"
    title = "There is nothing here"


class MethodNotAllowed(ShopError):
    """The path exists and does not do this."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"
    title = "This path does not answer that method"


class UnsupportedMediaType(ShopError):
    """Bodies are JSON."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_media_type"
    title = "Send the body as application/json"


class BodyTooLarge(ShopError):
    """The body is larger than any honest one."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"
    title = "The body is too large"


class Unavailable(ShopError):
    """The database is busy or away. A write may have been done: repeating it is what tells."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
    title = "The shop is busy"

    def __init__(self, detail: str = "The database did not answer in time. Please try again in a moment.") -> None:
        super().__init__(detail, headers={"Retry-After": "2"})


class InternalError(ShopError):
    """A fault of ours; the details stay in the log, under the request id."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal_error"
    title = "Something went wrong on our side"
