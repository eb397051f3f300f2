"""The API's own part of the contract."""

from __future__ import annotations

from msgspec import Struct


class Health(Struct, frozen=True):
    """The API answers; `version` is of the software."""

    status: str
    version: str
