"""The one cookie: the refresh token, out of every script's reach."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

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
    try:
        cookies = SimpleCookie(request.headers.get("cookie", ""))
    except CookieError:
        return None
    morsel = cookies.get(name())
    return morsel.value if morsel and morsel.value else None
