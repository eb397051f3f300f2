"""The sessions' part of the contract."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from chalicelib.accounts.schemas import Account, Code, GivenPassword
from chalicelib.fields import Email


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /sessions; `code` is for accounts with a second factor."""

    email: Email
    password: GivenPassword
    code: Code | None = None


class Session(Struct, frozen=True):
    """A session just begun or refreshed: the access token lives `expires_in` seconds, in memory only."""

    access_token: str
    expires_in: int
    account: Account


class Device(Struct, frozen=True):
    """A signed-in device; `current` is the one that asks, `name` such as `Firefox on Linux`."""

    id: str
    name: str
    signed_in_at: datetime
    last_used_at: datetime
    current: bool


class DeviceList(Struct, frozen=True):
    """The signed-in devices, the latest used first."""

    items: list[Device]
    next_cursor: str | None
