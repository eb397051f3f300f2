"""Holds a response against the contract."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec

from chalicelib.meta.routes import CONTRACT


@cache
def contract() -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(CONTRACT.read_bytes())
    return document


def operation(method: str, path: str) -> dict[str, Any] | None:
    """Return what the contract says of a call, or None where it has no such path or method."""
    for template, methods in contract()["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            found: dict[str, Any] | None = methods.get(method.lower())
            return found
    return None


@cache
def _validator(media: str, schema_json: bytes) -> jsonschema_rs.Validator:
    schema = msgspec.json.decode(schema_json)
    return jsonschema_rs.Draft202012Validator({**schema, "components": contract()["components"]}, validate_formats=True)


def assert_conforms(method: str, path: str, status: int, content_type: str, body: bytes) -> None:
    """Fail unless the contract foresees this answer to this call."""
    declared = operation(method, path)
    if declared is None or status == 304:
        assert status in (204, 304, 404, 405), f"{method} {path} is not in the contract and answered {status}"
        return
    assert str(status) in declared["responses"], (
        f"{method} {path} answered {status}, which the contract does not foresee"
    )
    content = declared["responses"][str(status)].get("content")
    if content is None:
        assert body == b"", f"{method} {path} answered {status} with a body that the contract does not foresee"
        return
    assert content_type in content, f"{method} {path} answered {status} as {content_type}"
    schema = msgspec.json.encode(content[content_type]["schema"], order="deterministic")
    _validator(content_type, schema).validate(msgspec.json.decode(body))
