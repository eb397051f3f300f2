"""The one cookie: the refresh token, out of every script's reach."""

from __future__ import annotations

from chalice.app import Request

from chalicelib.settings import settings

NAME = "refresh"
HOST_PREFIX = "__Host-"


def name() -> str:
    """Return the cookie's name. The __Host- prefix (RFC 6265bis, 4.1.3.2) asks for https."""
    return HOST_PREFIX + NAME if settings().secure_cookies else NAME


def refresh_cookie(token: str, max_age: int) -> dict[str, str]:
    """Return the header that sets the refresh token for `max_age` seconds."""
    secure = "; Secure" if settings().secure_cookies else ""
    value = f"{name()}={token}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"
    return {"Set-Cookie": value}


def cleared_cookie() -> dict[str, str]:
    """Return the header that removes the refresh token."""
    return refresh_cookie("", 0)


def presented_token(request: Request) -> str | None:
    """Return the refresh token that a request carries, or None."""
    # Split by hand: http.cookies drops all that follows a cookie it dislikes, and localhost is full of those.
    for pair in request.headers.get("cookie", "").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name() and value:
            return str(value)
    return None
