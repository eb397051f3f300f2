"""Who asks: the shopper behind a bearer token."""

from __future__ import annotations

from chalice.app import Request

from chalicelib import bootstrap
from chalicelib.accounts.schemas import Shopper
from chalicelib.errors import TokenInvalid, Unauthenticated

SCHEME = "bearer "


def shopper(request: Request, *, guest_allowed: bool) -> Shopper | None:
    """Return who is signed in; None is a guest.

    A token that is bad or expired raises even where guests are allowed: someone who believes to be signed in must
    not become a guest without being told.
    """
    header = request.headers.get("authorization")
    if header is None:
        if guest_allowed:
            return None
        raise Unauthenticated
    if not header.lower().startswith(SCHEME):
        raise TokenInvalid("Send the access token as: Authorization: Bearer <access_token>.")
    return bootstrap.accounts().shopper(header[len(SCHEME) :].strip())
