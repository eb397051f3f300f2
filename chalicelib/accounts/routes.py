"""Accounts over HTTP: what someone may see and change of his own."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.accounts.schemas import (
    Account,
    Client,
    EmailChange,
    EmailVerification,
    PasswordConfirmation,
    PasswordResetConfirmation,
    PasswordResetRequest,
    Rename,
    SecondFactorOffer,
    Shopper,
)
from chalicelib.http.routing import Answer, Routes

routes = Routes(__name__)


@routes.get("/account")
def show_account(shopper: Shopper) -> Account:
    """Show the account of who is signed in."""
    return bootstrap.accounts().show(shopper)


@routes.patch("/account", problems=(409,))
def rename_account(shopper: Shopper, body: Rename) -> Account:
    """Change the account's name."""
    return bootstrap.accounts().rename(shopper, body.name)


@routes.put("/account/email", status=202, problems=(409, 429))
def change_email(shopper: Shopper, body: EmailChange) -> Answer[None]:
    """Mail a link to a new address, which becomes the account's when it is followed."""
    bootstrap.accounts().change_email(shopper, body)
    return Answer()


@routes.post("/account/verification", status=202, problems=(429,))
def send_verification(shopper: Shopper) -> Answer[None]:
    """Mail the link that verifies the address again."""
    bootstrap.accounts().send_verification(shopper)
    return Answer()


@routes.post("/email-verifications", status=204, problems=(409, 410, 429))
def verify_email(body: EmailVerification, client: Client) -> Answer[None]:
    """Take an address as proven by the token that was mailed to it."""
    bootstrap.accounts().verify_email(body.token, client)
    return Answer()


@routes.post("/password-resets", status=202, problems=(429,))
def request_reset(body: PasswordResetRequest, client: Client) -> Answer[None]:
    """Mail a link to choose a new password, if there is an account; the answer is the same if there is none."""
    bootstrap.accounts().request_reset(body.email, client)
    return Answer()


@routes.post("/password-resets/confirmation", status=204, problems=(409, 410, 429))
def reset_password(body: PasswordResetConfirmation, client: Client) -> Answer[None]:
    """Set a new password by the token that was mailed; every session ends."""
    bootstrap.accounts().reset_password(body.token, body.password, client)
    return Answer()


@routes.post("/account/second-factor", problems=(409, 429))
def offer_second_factor(shopper: Shopper, body: PasswordConfirmation) -> SecondFactorOffer:
    """Offer a secret for an authenticator app; it counts once a code has confirmed it."""
    return bootstrap.accounts().offer_second_factor(shopper, body.password)


@routes.delete("/account/second-factor", problems=(409, 429))
def drop_second_factor(shopper: Shopper, body: PasswordConfirmation) -> Answer[None]:
    """Turn the second factor off; staff and owner keep theirs."""
    bootstrap.accounts().drop_second_factor(shopper, body.password)
    return Answer()
