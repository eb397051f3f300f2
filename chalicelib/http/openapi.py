"""Writes the contract down: OpenAPI 3.1 from the routes' signatures and the schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec

from chalicelib.http.problems import PROBLEM_JSON, Problem
from chalicelib.http.routing import JSON, Endpoint, header_name
from chalicelib.version import VERSION

REF_TEMPLATE = "#/components/schemas/{name}"
BEARER = "accessToken"
COOKIE = "refreshCookie"


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI document of some endpoints."""
    endpoints = list(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Open Kitchen",
            "version": VERSION,
            "description": "An online store. Money is in minor units, times are UTC, errors are RFC 9457 problems.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": _components(endpoints),
            "securitySchemes": {
                BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                COOKIE: {"type": "apiKey", "in": "cookie", "name": "__Host-refresh"},
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    signature = endpoint.signature
    summary = (endpoint.view.__doc__ or "").strip().splitlines()[0]
    operation: dict[str, Any] = {
        "operationId": endpoint.view.__name__,
        "summary": summary,
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint),
    }
    if signature.body:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": _schema(signature.body)}}}
    if signature.payload:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": {"type": "object"}}}}
    if signature.shopper:
        operation["security"] = [{BEARER: []}, *([{}] if signature.guest else [])]
    elif endpoint.csrf:
        operation["security"] = [{COOKIE: []}]
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    signature = endpoint.signature
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]
    csrf = {"name": "X-Open-Kitchen", "in": "header", "required": True, "schema": {"const": "1", "type": "string"}}
    return [
        *in_path,
        *(_struct_parameters(signature.query, "query") if signature.query else []),
        *(_struct_parameters(signature.headers, "header") if signature.headers else []),
        *([csrf] if endpoint.csrf else []),
    ]


def _struct_parameters(struct: type, location: str) -> list[dict[str, Any]]:
    schema = msgspec.json.schema(struct)["$defs"][struct.__name__]
    parameters = []
    for name, shape in schema["properties"].items():
        description = shape.pop("description", "")
        parameters.append(
            {
                "name": header_name(name) if location == "header" else name,
                "in": location,
                "required": name in schema.get("required", []),
                "description": description,
                "schema": shape,
            }
        )
    return parameters


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    signature = endpoint.signature
    responses: dict[str, Any] = {}
    for status in (endpoint.status, *endpoint.also):
        responses[str(status)] = {"description": HTTPStatus(status).phrase}
        if signature.answer:
            responses[str(status)]["content"] = {JSON: {"schema": _schema(signature.answer)}}
    for status in sorted({*endpoint.problems, *_usual_problems(endpoint)}):
        responses[str(status)] = _problem(HTTPStatus(status).phrase)
    return responses


def _usual_problems(endpoint: Endpoint) -> set[int]:
    """Return the statuses that any endpoint of this kind may fail with."""
    signature = endpoint.signature
    problems = {500, 503}
    if signature.body:
        problems |= {400, 413, 415, 422}
    if signature.payload:
        problems |= {400, 413}
    if signature.query or signature.headers:
        problems |= {422}
    if endpoint.csrf:
        problems |= {400}
    if "{" in endpoint.path:
        problems |= {404}
    if signature.shopper:
        problems |= {401}
    return problems


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {PROBLEM_JSON: {"schema": _schema(Problem)}}}


def _schema(type_: type) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([type_], ref_template=REF_TEMPLATE)
    return schema


def _components(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    types = [t for endpoint in endpoints for t in (endpoint.signature.body, endpoint.signature.answer) if t]
    _, components = msgspec.json.schema_components([*types, Problem], ref_template=REF_TEMPLATE)
    return dict(sorted(components.items()))
