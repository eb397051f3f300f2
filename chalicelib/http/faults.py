"""Every fault of a value that does not fit its type, told in words. Loaded when the first one does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import inspect

from chalicelib.errors import FieldError

SHOWN_NAME = 80

NOUNS: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.ListType: "a list",
    inspect.StructType: "an object",
    inspect.DictType: "an object",
    inspect.NoneType: "null",
}


def field_errors(value: Any, type_: Any, *, strict: bool = True) -> Iterator[FieldError]:
    """Yield an error for each field of `value` that does not fit `type_`."""
    yield from _errors(value, inspect.type_info(type_), "", strict)


def _errors(value: Any, declared: inspect.Type, path: str, strict: bool) -> Iterator[FieldError]:
    info = _bare(declared)
    if isinstance(info, inspect.UnionType):
        if value is None and info.includes_none:
            return
        options = [option for option in info.types if not isinstance(option, inspect.NoneType)]
        if len(options) == 1:
            yield from _errors(value, options[0], path, strict)
            return
    if isinstance(info, inspect.StructType) and isinstance(value, Mapping):
        yield from _struct_errors(value, info, path, strict)
    elif isinstance(info, inspect.ListType) and isinstance(value, list) and _length_fits(value, info):
        for index, item in enumerate(value):
            yield from _errors(item, info.item_type, f"{path}[{index}]", strict)
    elif not _fits(value, info, strict):
        yield FieldError(path or "body", f"Must be {describe(declared)}.")


def _struct_errors(value: Mapping[str, Any], info: inspect.StructType, path: str, strict: bool) -> Iterator[FieldError]:
    fields = {field.encode_name: field for field in info.fields}
    prefix = f"{path}." if path else ""
    for name, field in fields.items():
        if name in value:
            yield from _errors(value[name], field.type, prefix + name, strict)
        elif field.required:
            yield FieldError(prefix + name, f"Required: {describe(field.type)}.")
    for name in value:
        if name not in fields and info.forbid_unknown_fields:
            shown = str(name)[:SHOWN_NAME] or "(no name)"
            yield FieldError(prefix + shown, f"Unknown field; remove it. Known here: {', '.join(fields)}.")


def _fits(value: Any, info: inspect.Type, strict: bool) -> bool:
    try:
        msgspec.convert(value, _to_type(info), strict=strict)
    except msgspec.ValidationError:
        return False
    return True


def _to_type(info: inspect.Type) -> Any:
    """Rebuild the annotation of a leaf, constraints included."""
    match info:
        case inspect.StrType(min_length=low, max_length=high, pattern=pattern):
            return _annotated(str, min_length=low, max_length=high, pattern=pattern)
        case inspect.IntType(gt=gt, ge=ge, lt=lt, le=le, multiple_of=multiple):
            return _annotated(int, gt=gt, ge=ge, lt=lt, le=le, multiple_of=multiple)
        case inspect.ListType(min_length=low, max_length=high):
            return _annotated(list[Any], min_length=low, max_length=high)
        case inspect.StructType(cls=cls):
            return cls
        case inspect.LiteralType(values=values):
            from typing import Literal

            return Literal[values]
        case inspect.BoolType():
            return bool
        case inspect.DictType():
            return dict[str, Any]
    raise TypeError(f"requests have no fields of {info!r} yet: add it here")


def _annotated(base: Any, **constraints: Any) -> Any:
    from typing import Annotated

    given = {name: value for name, value in constraints.items() if value is not None}
    return Annotated[base, msgspec.Meta(**given)] if given else base


def _length_fits(value: list[Any], info: inspect.ListType) -> bool:
    return (info.min_length or 0) <= len(value) <= (info.max_length if info.max_length is not None else len(value))


def describe(declared: inspect.Type) -> str:
    """Say in words what a field must be: its own `must_be`, or such as `a whole number from 1 to 48`."""
    if isinstance(declared, inspect.Metadata) and declared.extra and "must_be" in declared.extra:
        return str(declared.extra["must_be"])
    match info := _bare(declared):
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(map(str, values))
        case inspect.IntType(ge=low, le=high) if low is not None and high is not None:
            return f"a whole number from {low} to {high}"
        case inspect.IntType(ge=low) if low is not None:
            return f"a whole number of at least {low}"
        case inspect.StrType(min_length=low, max_length=high):
            return "text" + _length(low, high, "characters")
        case inspect.ListType(min_length=low, max_length=high):
            return "a list" + _length(low, high, "items")
        case inspect.UnionType(types=types):
            return " or ".join(describe(option) for option in types)
    return NOUNS.get(type(info), "another kind of value")


def _length(low: int | None, high: int | None, unit: str) -> str:
    if low and high:
        return f" of {low} to {high} {unit}"
    if high:
        return f" of at most {high} {unit}"
    return f" of at least {low} {unit}" if low else ""


def _bare(info: inspect.Type) -> inspect.Type:
    """Strip the wrapper that carries documentation only."""
    return info.type if isinstance(info, inspect.Metadata) else info
