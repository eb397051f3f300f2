"""The API about itself, over HTTP. Neither answer touches the database."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.http.routing import PUBLIC, Answer, Routes
from chalicelib.meta.schemas import Health
from chalicelib.version import VERSION

routes = Routes(__name__)

CONTRACT = Path(__file__).parent.parent / "openapi.json"


@routes.get("/health")
def health() -> Health:
    """Tell that the API answers, and which version."""
    return Health("ok", VERSION)


@routes.get("/openapi.json", cache=PUBLIC)
def contract() -> Answer[Any]:
    """Show this contract (OpenAPI 3.1)."""
    return Answer(msgspec.Raw(_contract()))


@cache
def _contract() -> bytes:
    return CONTRACT.read_bytes()
