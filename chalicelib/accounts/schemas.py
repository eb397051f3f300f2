"""The accounts' part of the contract."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.fields import END, Email, Line

MIN_PASSWORD = 8
MAX_PASSWORD = 256

Role = Literal["shopper", "staff", "owner"]
NewPassword = Annotated[str, Meta(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]
GivenPassword = Annotated[str, Meta(min_length=1, max_length=MAX_PASSWORD)]
LinkToken = Annotated[str, Meta(min_length=1, max_length=200, description="The token that the mail's link carries")]
Code = Annotated[
    str,
    Meta(
        pattern=f"^[0-9A-Za-z -]{{6,24}}{END}",
        examples=["492039"],
        extra={"must_be": "the six digits that the app shows, or a recovery code"},
    ),
]


class Shopper(Struct, frozen=True):
    """Who is signed in, as an access token tells it."""

    account_id: str
    family_id: str
    role: Role = "shopper"


class Client(Struct, frozen=True):
    """Where a request comes from: an IP address that cannot be forged, and the browser's name for people."""

    ip: str
    device: str


class SignUp(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /accounts."""

    email: Email
    password: NewPassword
    name: Line


class Rename(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of PATCH /account."""

    name: Line


class PasswordChange(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of PUT /account/password."""

    password: GivenPassword
    new_password: NewPassword


class EmailChange(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of PUT /account/email: the new address, confirmed by the password."""

    password: GivenPassword
    email: Email


class PasswordConfirmation(Struct, frozen=True, forbid_unknown_fields=True):
    """A body that confirms a grave step by the password."""

    password: GivenPassword


class EmailVerification(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /email-verifications."""

    token: LinkToken


class PasswordResetRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /password-resets."""

    email: Email


class PasswordResetConfirmation(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /password-resets/confirmation."""

    token: LinkToken
    password: NewPassword


class SecondFactorConfirmation(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of PUT /account/second-factor: a code proves that the app has the secret."""

    code: Code


class SecondFactorOffer(Struct, frozen=True):
    """What an authenticator app needs: the secret to type, the URI behind the QR code, and the code's rows.

    `qr` has one string a row, `1` for a dark square; the quiet zone is the page's to add.
    """

    secret: str
    uri: str
    qr: list[str]


class RecoveryCodes(Struct, frozen=True):
    """Codes that each replace the second factor once; shown this one time."""

    recovery_codes: list[str]


class Account(Struct, frozen=True):
    """An account, as its owner sees it. `pending_email` is an address that waits to be verified."""

    id: str
    email: str
    email_verified: bool
    pending_email: str | None
    name: str
    role: Role
    second_factor: bool
    created_at: datetime
