"""Holds what is sent to Stripe against the types that Stripe generates from its own description of its API."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Any, ForwardRef, Literal, NotRequired, Required, Union, get_args, get_origin

from stripe import RequestOptions, params
from typing_extensions import is_typeddict


def misfits_of_call(method: Callable[..., Any], sent: Any) -> list[str]:
    """Say what is wrong with the parameters that one of Stripe's methods is given: its signature names their type."""
    name = inspect.signature(method).parameters["params"].annotation
    wanted = next(getattr(params, part) for part in _names(name) if hasattr(params, part))
    return misfits(sent, wanted)


def misfits(value: Any, hint: Any, where: str = "", module: str = "stripe") -> list[str]:
    """Say what is wrong with a value. Where a type lists the values that it knows, another will not do."""
    hint = _resolved(hint, module)
    if is_typeddict(hint):
        return list(_misfits_of_dict(value, hint, where))
    match get_origin(hint):
        case origin if origin in (Union, UnionType):
            return _misfits_of_union(value, get_args(hint), where, module)
        case origin if origin is Literal:
            fits, parts = value in get_args(hint), []
        case origin if origin is list:
            fits, parts = isinstance(value, list), [(get_args(hint)[0], item) for item in value]
        case origin if origin is dict:
            fits = isinstance(value, dict) and all(isinstance(key, str) for key in value)
            parts = [(get_args(hint)[1], item) for item in value.values()] if fits else []
        case _:
            # A bool is an int to Python, and none to Stripe.
            fits, parts = type(value) is hint, []
    if not fits:
        return [f"{where} is {value!r}, not {hint}"]
    return [fault for inner, item in parts for fault in misfits(item, inner, where, module)]


def _misfits_of_dict(value: Any, hint: Any, where: str) -> Iterator[str]:
    # Options are no parameters, though the types let them be given as such.
    known = {name: type_ for name, type_ in hint.__annotations__.items() if name not in RequestOptions.__annotations__}
    if hint is RequestOptions:
        known = dict(hint.__annotations__)
    for name in hint.__required_keys__ - value.keys():
        yield f"{where}{name} is missing"
    for name, item in value.items():
        if name in known:
            yield from misfits(item, known[name], f"{where}{name}", hint.__module__)
        else:
            yield f"{where}{name} is unknown to {hint.__name__}"


def _misfits_of_union(value: Any, choices: tuple[Any, ...], where: str, module: str) -> list[str]:
    resolved = [_resolved(choice, module) for choice in choices]
    listed = [one for one in resolved if get_origin(one) is Literal and get_args(one) != ("",)]
    tried = [one for one in resolved if not (listed and one is str)]
    faults = [misfits(value, one, where, module) for one in tried]
    return [] if [] in faults else [fault for found in faults for fault in found]


def _resolved(hint: Any, module: str) -> Any:
    while isinstance(hint, ForwardRef | str) or get_origin(hint) in (NotRequired, Required):
        if isinstance(hint, ForwardRef | str):
            text = hint if isinstance(hint, str) else hint.__forward_arg__
            hint = eval(text, vars(sys.modules[module]))
        else:
            hint = get_args(hint)[0]
    return hint


def _names(annotation: Any) -> list[str]:
    """Return the names in an annotation: `Optional[ForwardRef('RefundCreateParams')]`."""
    texts = [getattr(one, "__forward_arg__", str(one)) for one in (get_args(annotation) or (annotation,))]
    return [text.strip("'\"") for text in texts]
