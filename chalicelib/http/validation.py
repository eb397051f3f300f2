"""From bytes to typed values; what does not fit is refused with every bad field named at once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast, get_origin, get_type_hints

import msgspec

from chalicelib.errors import FieldError, MalformedJson, ValidationFailed

T = TypeVar("T")


def decode_body(body: bytes, type_: type[T]) -> T:
    """Decode a JSON body; raises MalformedJson, or ValidationFailed naming every bad field."""
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedJson from error
    # The typed decoder stops at the first fault; read the body again to find them all.
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedJson from error
    from chalicelib.http.faults import field_errors

    raise ValidationFailed(errors=list(field_errors(value, type_)))


def convert_strings(
    values: Mapping[str, Sequence[str]], type_: type[T], *, names: Mapping[str, str] | None = None
) -> T:
    """Convert query parameters or headers to a Struct, each value a list of strings.

    `names` maps a field to the name that errors show, where the two differ. Raises ValidationFailed.
    """
    lists = _lists(cast(Hashable, type_))
    raw = {name: list(given) if name in lists else given[-1] for name, given in values.items()}
    try:
        return msgspec.convert(raw, type_, strict=False)
    except msgspec.ValidationError:
        from chalicelib.http.faults import field_errors

        shown = names or {}
        errors = [
            FieldError(shown.get(error.field, error.field), error.message)
            for error in field_errors(raw, type_, strict=False)
        ]
        raise ValidationFailed(errors=errors) from None


@cache
def _lists(type_: Hashable) -> frozenset[str]:
    """Return which fields of a Struct are lists; asked with every request, found out with the first."""
    hints = get_type_hints(cast(Any, type_))
    return frozenset(name for name, hint in hints.items() if get_origin(hint) is list)
