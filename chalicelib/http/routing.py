"""Routes: a view is a plain typed function, and its signature is the contract.

`body`, `query` and `headers` parameters are Structs, parsed and validated before the view runs; `shopper` is who is
signed in (`Shopper` requires it, `Shopper | None` allows guests), `client` where the request comes from, `payload` the
raw bytes of a body that is no Struct's; other parameters come from the path. The return annotation is the answer.
chalicelib.http.openapi reads the same `Endpoint`s to write the contract down.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable
from functools import cache, cached_property, partial, wraps
from types import NoneType, UnionType
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

import msgspec
from chalice.app import Blueprint, Chalice, ChaliceUnhandledError, Request, Response

from chalicelib.errors import (
    BodyTooLarge,
    FieldError,
    InternalError,
    MissingCsrfHeader,
    NotFound,
    ShopError,
    UnsupportedMediaType,
    ValidationFailed,
)
from chalicelib.http import guards
from chalicelib.http.validation import convert_strings, decode_body
from chalicelib.trace import Stage

JSON = "application/json"
MAX_BODY_BYTES = 64 * 1024
LONGEST_NAME = 200
PUBLIC = "public, max-age=60, stale-while-revalidate=600"
NO_STORE = "no-store"

A = TypeVar("A")
View = TypeVar("View", bound=Callable[..., Any])


class Answer(msgspec.Struct, Generic[A]):
    """A view's answer where the body alone does not say it all; no body is an empty one, `encoded` one already JSON."""

    body: A | None = None
    status: int | None = None
    headers: dict[str, str] = {}
    encoded: bytes = b""


class Failure(ChaliceUnhandledError):
    """Carries a ShopError past Chalice, which would turn any other exception into a bare 500."""

    def __init__(self, error: ShopError) -> None:
        super().__init__(error.code)
        self.error = error


class Signature(msgspec.Struct, frozen=True):
    """What a view asks for and answers."""

    body: type | None
    query: type | None
    headers: type | None
    shopper: bool
    guest: bool
    client: bool
    payload: bool
    answer: type | None


class Endpoint(msgspec.Struct, frozen=True, dict=True):
    """A route and its view."""

    method: str
    path: str
    view: Callable[..., Any]
    status: int
    also: tuple[int, ...]
    problems: tuple[int, ...]
    cache: str
    csrf: bool

    @cached_property
    def signature(self) -> Signature:
        """Read the view's signature; only when asked, because a cold start answers one view of many."""
        hints = typing.get_type_hints(self.view)
        return Signature(
            body=hints.get("body"),
            query=hints.get("query"),
            headers=hints.get("headers"),
            shopper="shopper" in hints,
            guest="shopper" not in hints or NoneType in typing.get_args(hints["shopper"]),
            client="client" in hints,
            payload="payload" in hints,
            answer=_answer_type(hints.get("return")),
        )


def _answer_type(hint: Any) -> type | None:
    if typing.get_origin(hint) is Answer:
        hint = typing.get_args(hint)[0]
    if isinstance(hint, UnionType) or hint is NoneType:
        return None
    return typing.cast(type, hint)


class Routes(Blueprint):
    """A Chalice blueprint of typed views."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, *, cache: str = NO_STORE, problems: tuple[int, ...] = ()) -> Callable[[View], View]:
        """Declare a read. `cache` is its Cache-Control, `problems` the statuses it fails with beyond the usual."""
        return self._declare("GET", path, 200, cache=cache, problems=problems)

    def post(
        self,
        path: str,
        *,
        status: int = 200,
        also: tuple[int, ...] = (),
        problems: tuple[int, ...] = (),
        csrf: bool = False,
    ) -> Callable[[View], View]:
        """Declare a change. `also` are further statuses with the same answer; `csrf` asks for X-Open-Kitchen: 1."""
        return self._declare("POST", path, status, also=also, problems=problems, csrf=csrf)

    def patch(self, path: str, *, problems: tuple[int, ...] = ()) -> Callable[[View], View]:
        """Declare a partial change."""
        return self._declare("PATCH", path, 200, problems=problems)

    def put(self, path: str, *, status: int = 200, problems: tuple[int, ...] = ()) -> Callable[[View], View]:
        """Declare a replacement."""
        return self._declare("PUT", path, status, problems=problems)

    def delete(
        self, path: str, *, status: int = 204, problems: tuple[int, ...] = (), csrf: bool = False
    ) -> Callable[[View], View]:
        """Declare a removal."""
        return self._declare("DELETE", path, status, problems=problems, csrf=csrf)

    def _declare(
        self,
        method: str,
        path: str,
        status: int,
        *,
        also: tuple[int, ...] = (),
        problems: tuple[int, ...] = (),
        cache: str = NO_STORE,
        csrf: bool = False,
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            endpoint = Endpoint(method, path, view, status, also, problems, cache, csrf)
            self.endpoints.append(endpoint)
            register = self.route(path, methods=[method], cors=False, name=f"{method} {path}")

            @wraps(view)
            def serve(**path: str) -> Response:
                return self._serve(endpoint, path)

            register(serve)
            return view

        return declare

    def _serve(self, endpoint: Endpoint, path: dict[str, str]) -> Response:
        try:
            arguments = _arguments(endpoint, self.current_request, path)
            with Stage("logic"):
                answer = endpoint.view(**arguments)
            with Stage("respond"):
                return _response(endpoint, answer)
        except ShopError as error:
            raise Failure(error) from error
        except Exception as error:
            self.log.exception("unexpected fault in %s %s", endpoint.method, endpoint.path)
            raise Failure(InternalError()) from error


def register(app: Chalice, blueprints: Iterable[Routes]) -> None:
    """Register blueprints, and for each path an answer to CORS preflights; Chalice's own knows one origin only."""
    paths: dict[str, None] = {}
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
        paths |= dict.fromkeys(endpoint.path for endpoint in blueprint.endpoints)
    for path in paths:
        preflight = app.route(path, methods=["OPTIONS"], cors=False, content_types=["*/*"], name=f"OPTIONS {path}")
        preflight(lambda **_: Response("", status_code=204))


def _arguments(endpoint: Endpoint, request: Request, path: dict[str, str]) -> dict[str, Any]:
    """Turn a request into its view's arguments."""
    arguments: dict[str, Any] = {name: unquote(value) for name, value in path.items()}
    # No name that we give is empty or long, and DynamoDB takes neither as a key.
    if not all(0 < len(value) <= LONGEST_NAME for value in arguments.values()):
        raise NotFound
    signature = endpoint.signature
    with Stage("receive"):
        body = _raw_body(request) if signature.body or signature.payload else b""
        # Without this, a form on another site could post JSON that the browser asks nobody about.
        if signature.body and "content-type" not in request.headers:
            raise UnsupportedMediaType
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge(f"Send at most {MAX_BODY_BYTES} bytes.")
        if signature.payload:
            arguments["payload"] = body
    with Stage("authorise"):
        if endpoint.csrf and request.headers.get("x-open-kitchen") != "1":
            raise MissingCsrfHeader
        if signature.shopper:
            arguments["shopper"] = guards.shopper(request, guest_allowed=signature.guest)
        if signature.client:
            arguments["client"] = guards.client(request)
    with Stage("validate"):
        return arguments | _validated(signature, request, body)


def _validated(signature: Signature, request: Request, body: bytes) -> dict[str, Any]:
    """Parse query, headers and body; what is bad in any of them is told at once."""
    parsers: dict[str, Callable[[], Any]] = {}
    if signature.query:
        parsers["query"] = partial(convert_strings, _query(request), signature.query)
    if signature.headers:
        parsers["headers"] = partial(_headers, request, signature.headers)
    if signature.body:
        parsers["body"] = partial(decode_body, body, signature.body)
    parsed: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, parse in parsers.items():
        try:
            parsed[name] = parse()
        except ValidationFailed as failed:
            errors += failed.errors
    if errors:
        raise ValidationFailed(errors=errors)
    return parsed


def _raw_body(request: Request) -> bytes:
    raw = request.raw_body
    return raw.encode() if isinstance(raw, str) else raw


def _query(request: Request) -> dict[str, list[str]]:
    parameters = request.query_params
    return {name: parameters.getlist(name) for name in parameters} if parameters else {}


def _headers(request: Request, type_: type) -> Any:
    """Read the headers that a Struct names: its field `idempotency_key` is the header Idempotency-Key."""
    names = _header_names(type_)
    given = {field: [request.headers[name]] for field, name in names.items() if name in request.headers}
    return convert_strings(given, type_, names=names)


@cache
def _header_names(type_: type) -> dict[str, str]:
    return {field.name: header_name(field.name) for field in msgspec.structs.fields(type_)}


def header_name(field: str) -> str:
    """Return the header that a field of a headers Struct stands for."""
    return field.replace("_", "-").title()


def _response(endpoint: Endpoint, answer: Any) -> Response:
    if not isinstance(answer, Answer):
        answer = Answer(answer)
    status = answer.status or endpoint.status
    headers: dict[str, Any] = {"Cache-Control": endpoint.cache, **answer.headers}
    if answer.body is None and not answer.encoded:
        return Response("", status_code=status, headers=headers)
    # Chalice would encode a dict itself, without datetimes and after the middleware: hand it text.
    body = (answer.encoded or msgspec.json.encode(answer.body)).decode()
    return Response(body, status_code=status, headers={"Content-Type": JSON, **headers})
