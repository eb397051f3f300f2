"""Sessions over HTTP: whatever gives or takes a refresh cookie, and the list of devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import bootstrap
from chalicelib.accounts.schemas import (
    Client,
    PasswordChange,
    RecoveryCodes,
    SecondFactorConfirmation,
    Shopper,
    SignUp,
)
from chalicelib.http import cookies
from chalicelib.http.routing import Answer, Routes
from chalicelib.sessions.schemas import DeviceList, Session, SignIn

if TYPE_CHECKING:
    from chalicelib.sessions.service import SignedIn

routes = Routes(__name__)


@routes.post("/accounts", status=201, problems=(409, 429))
def sign_up(body: SignUp, client: Client) -> Answer[Session]:
    """Open an account, sign it in, and mail a link that verifies its address."""
    return _with_cookie(bootstrap.sessions().sign_up(body, client))


@routes.post("/sessions", status=201, problems=(401, 429))
def sign_in(body: SignIn, client: Client) -> Answer[Session]:
    """Sign in."""
    return _with_cookie(bootstrap.sessions().sign_in(body, client))


@routes.post("/sessions/refresh", problems=(401,), csrf=True)
def refresh() -> Answer[Session]:
    """Renew the access token by the refresh cookie, which is replaced."""
    return _with_cookie(bootstrap.sessions().refresh(cookies.presented_token(routes.current_request)))


@routes.delete("/sessions/current", csrf=True)
def sign_out() -> Answer[None]:
    """Sign out; whoever is signed out already is told the same."""
    bootstrap.sessions().sign_out(cookies.presented_token(routes.current_request))
    return Answer(headers=cookies.cleared_cookie())


@routes.get("/sessions")
def list_devices(shopper: Shopper) -> DeviceList:
    """List the signed-in devices."""
    return bootstrap.sessions().devices(shopper)


@routes.delete("/sessions/{session_id}")
def sign_device_out(shopper: Shopper, session_id: str) -> Answer[None]:
    """Sign one device out; one that is gone already is told the same."""
    bootstrap.sessions().end(shopper, session_id)
    return Answer()


@routes.delete("/sessions")
def sign_out_everywhere(shopper: Shopper) -> Answer[None]:
    """Sign every device out, this one too."""
    bootstrap.sessions().end_all(shopper.account_id)
    return Answer(headers=cookies.cleared_cookie())


@routes.put("/account/password", status=204, problems=(409, 429))
def change_password(shopper: Shopper, body: PasswordChange, client: Client) -> Answer[None]:
    """Change the password; every other device is signed out."""
    changed = bootstrap.sessions().change_password(shopper, body, client)
    return Answer(headers=cookies.refresh_cookie(changed.refresh_token, changed.max_age))


@routes.put("/account/second-factor", problems=(409, 429))
def confirm_second_factor(shopper: Shopper, body: SecondFactorConfirmation, client: Client) -> Answer[RecoveryCodes]:
    """Turn the second factor on, and show the recovery codes this one time; every other device is signed out."""
    codes, anew = bootstrap.sessions().confirm_second_factor(shopper, body, client)
    return Answer(codes, headers=cookies.refresh_cookie(anew.refresh_token, anew.max_age))


def _with_cookie(signed_in: SignedIn) -> Answer[Session]:
    return Answer(signed_in.session, headers=cookies.refresh_cookie(signed_in.refresh_token, signed_in.max_age))
