"""Privacy over HTTP."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.accounts.schemas import PasswordConfirmation, Shopper
from chalicelib.http import cookies
from chalicelib.http.routing import Answer, Routes
from chalicelib.privacy.schemas import Export

routes = Routes(__name__)


@routes.get("/account/export")
def export_account(shopper: Shopper) -> Export:
    """Show everything that the shop holds of who is signed in."""
    return bootstrap.privacy().export(shopper)


@routes.delete("/account", problems=(409, 429))
def close_account(shopper: Shopper, body: PasswordConfirmation) -> Answer[None]:
    """Close the account: devices and cart go, orders stay without the person."""
    bootstrap.privacy().forget(shopper, body.password)
    return Answer(headers=cookies.cleared_cookie())
