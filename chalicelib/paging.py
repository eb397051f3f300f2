"""Cursors: where a list goes on. They are opaque to callers, and nothing in them is trusted."""

from __future__ import annotations

import base64
import binascii
from typing import Any, TypeVar

import msgspec

from chalicelib.errors import FieldError, ValidationFailed

MAX_PAGE = 48

T = TypeVar("T")


def encode_cursor(place: Any) -> str:
    """Write a place in a list as text that fits an address."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def decode_cursor(cursor: str, type_: type[T]) -> T:
    """Read a place back; raises ValidationFailed for a cursor that no page gave."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=type_)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise bad_cursor() from None


def bad_cursor() -> ValidationFailed:
    """Return the error that a cursor of another list, or of nobody, deserves."""
    return ValidationFailed(
        errors=[FieldError("cursor", "Use the next_cursor of the page before, with the same sort.")]
    )
