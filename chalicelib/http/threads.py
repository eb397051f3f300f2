"""What must be known before threads share a process. A Lambda has one thread; `chalice local` has one a request."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import msgspec

import chalicelib


def know_every_type() -> int:
    """Import every module, and let msgspec learn every Struct; returns how many.

    msgspec learns a type when it is first decoded. Threads that do so for one type together crash the interpreter.
    """
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        import_module(module.name)
    known = 0
    for struct in _subclasses(msgspec.Struct):
        try:
            msgspec.json.Decoder(struct)
        except TypeError:
            continue  # One that holds functions or classes: never decoded.
        known += 1
    return known


def _subclasses(parent: type[Any]) -> Iterator[type[Any]]:
    for child in parent.__subclasses__():
        yield child
        yield from _subclasses(child)
