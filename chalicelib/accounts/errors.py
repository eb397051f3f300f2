"""What can go wrong with accounts."""

from __future__ import annotations

from http import HTTPStatus

from chalicelib.errors import ShopError, Unauthenticated


class EmailTaken(ShopError):
    """Sign-up alone says that an address has an account: its owner must be told to sign in."""

    status = HTTPStatus.CONFLICT
    code = "email_taken"
    title = "This address has an account already"


class WrongCredentials(Unauthenticated):
    """The address or the password is wrong; which of them is nobody's business."""

    code = "wrong_credentials"
    title = "The e-mail address or the password is not right"


class SessionEnded(Unauthenticated):
    """The refresh token is missing, unknown or too old."""

    code = "session_ended"
    title = "Please sign in again"
