"""Accounts over HTTP."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.accounts.schemas import Account, Rename, Session, Shopper, SignIn, SignUp
from chalicelib.accounts.service import SignedIn
from chalicelib.http import cookies
from chalicelib.http.routing import Answer, Routes

routes = Routes(__name__)


@routes.post("/accounts", status=201, problems=(409,))
def sign_up(body: SignUp) -> Answer[Session]:
    """Open an account and sign it in."""
    return _with_cookie(bootstrap.accounts().sign_up(body))


@routes.post("/sessions", status=201, problems=(401,))
def sign_in(body: SignIn) -> Answer[Session]:
    """Sign in."""
    return _with_cookie(bootstrap.accounts().sign_in(body))


@routes.post("/sessions/refresh", problems=(401,), csrf=True)
def refresh() -> Answer[Session]:
    """Renew the access token by the refresh cookie."""
    return _with_cookie(bootstrap.accounts().refresh(cookies.presented_token(routes.current_request)))


@routes.delete("/sessions/current", csrf=True)
def sign_out() -> Answer[None]:
    """Sign out; whoever is signed out already is told the same."""
    bootstrap.accounts().sign_out(cookies.presented_token(routes.current_request))
    return Answer(headers=cookies.cleared_cookie())


@routes.get("/account")
def show_account(shopper: Shopper) -> Account:
    """Show the account of who is signed in."""
    return bootstrap.accounts().account(shopper)


@routes.patch("/account")
def rename_account(shopper: Shopper, body: Rename) -> Account:
    """Change the account's name."""
    return bootstrap.accounts().rename(shopper, body.name)


def _with_cookie(signed_in: SignedIn) -> Answer[Session]:
    return Answer(signed_in.session, headers=cookies.refresh_cookie(signed_in.refresh_token, signed_in.max_age))
