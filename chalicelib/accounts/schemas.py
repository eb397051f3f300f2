"""The accounts' part of the contract."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.fields import Email, Line

MIN_PASSWORD = 8
MAX_PASSWORD = 256

NewPassword = Annotated[str, Meta(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]
GivenPassword = Annotated[str, Meta(min_length=1, max_length=MAX_PASSWORD)]


class Shopper(Struct, frozen=True):
    """Who is signed in, as an access token tells it."""

    account_id: str
    family_id: str


class SignUp(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /accounts."""

    email: Email
    password: NewPassword
    name: Line


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /sessions; `code` is for accounts with a second factor."""

    email: Email
    password: GivenPassword
    code: Annotated[str, Meta(max_length=40)] | None = None


class Rename(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of PATCH /account."""

    name: Line


class Account(Struct, frozen=True):
    """An account, as its owner sees it."""

    id: str
    email: str
    name: str
    created_at: datetime


class Session(Struct, frozen=True):
    """A session just begun or refreshed: the access token lives `expires_in` seconds, in memory only."""

    access_token: str
    expires_in: int
    account: Account
