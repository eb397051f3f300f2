"""The sandbox's bank over HTTP: what a real gateway would do on pages of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import bootstrap
from chalicelib.http.routing import Routes
from chalicelib.payments.schemas import BankAnswer, BankChallenge

if TYPE_CHECKING:
    from chalicelib.payments.sandbox import Challenge

routes = Routes(__name__)


@routes.get("/sandbox/challenges/{payment_id}", problems=(404,))
def show_challenge(payment_id: str) -> BankChallenge:
    """Show what the test bank asks about a payment."""
    return _shown(bootstrap.sandbox().challenge(payment_id))


@routes.post("/sandbox/challenges/{payment_id}", problems=(404,))
def answer_challenge(payment_id: str, body: BankAnswer) -> BankChallenge:
    """Answer the test bank; a second answer changes nothing."""
    return _shown(bootstrap.sandbox().answer(payment_id, approve=body.approve))


def _shown(challenge: Challenge) -> BankChallenge:
    return BankChallenge(challenge.amount, challenge.status == "requires_action", challenge.return_url)
