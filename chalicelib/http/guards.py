"""Who asks: the shopper behind a bearer token, and the client behind the network."""

from __future__ import annotations

import hmac
import re
from ipaddress import ip_address, ip_network

from chalice.app import Request

from chalicelib import bootstrap, trace
from chalicelib.accounts.schemas import Client, Shopper
from chalicelib.errors import TokenInvalid, Unauthenticated
from chalicelib.settings import settings

SCHEME = "bearer "
IPV6 = 6

# The first that matches: most browsers claim to be others too.
BROWSERS = [
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
]
SYSTEMS = [
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh"),
    ("Linux", r"Linux|X11"),
]


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
    signed_in = bootstrap.sessions().shopper(header[len(SCHEME) :].strip())
    trace.about(account_id=signed_in.account_id)
    return signed_in


def may_watch(request: Request | None) -> bool:
    """Whether the answer may tell how it came about: to everybody where the kitchen is open, else to the owner.

    Asked before the request is timed, so that nobody else's costs anything.
    """
    if settings().open_kitchen:
        return True
    if request is None or "authorization" not in request.headers:
        return False
    try:
        asking = shopper(request, guest_allowed=True)
    except Exception:  # noqa: BLE001 -- the view meets the same trouble, and tells it properly.
        return False
    return asking is not None and asking.role == "owner"


def client(request: Request) -> Client:
    """Return where a request comes from.

    The address is the one that API Gateway saw. Behind CloudFront that is CloudFront's: then its word is taken, but
    only beside the secret that the distribution adds. X-Forwarded-For is anyone's to write, and never read
    (ASVS 4.1.3).
    """
    seen = str(request.context.get("identity", {}).get("sourceIp", ""))
    secret, told = settings().origin_secret, request.headers.get("x-viewer-address", "")
    if secret and told and hmac.compare_digest(request.headers.get("x-origin-secret", "").encode(), secret.encode()):
        seen = told
    return Client(ip=network(seen), device=device_name(request.headers.get("user-agent", "")))


def network(address: str) -> str:
    """Return what throttles count by: an IPv4 address, or the /64 of an IPv6 one, whose addresses cost nothing."""
    try:
        ip = ip_address(address.strip("[]"))
    except ValueError:
        return address
    return str(ip_network(f"{ip}/64", strict=False)) if ip.version == IPV6 else str(ip)


def device_name(user_agent: str) -> str:
    """Name a browser as people would: `Firefox on Linux`."""
    browser = next((name for name, mark in BROWSERS if re.search(mark, user_agent)), "A browser")
    system = next((name for name, mark in SYSTEMS if re.search(mark, user_agent)), "a device")
    return f"{browser} on {system}"
