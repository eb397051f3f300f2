"""The cart over HTTP."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.accounts.schemas import Shopper
from chalicelib.cart.domain import CartFacts
from chalicelib.cart.schemas import Cart, CartHeaders, CartRequest
from chalicelib.http.routing import Answer, Routes

routes = Routes(__name__)


@routes.get("/cart")
def show_cart(shopper: Shopper) -> Answer[Cart]:
    """Show the cart of who is signed in; its ETag is what a change is sent under."""
    return _answer(bootstrap.cart().find(shopper.account_id))


@routes.put("/cart", problems=(412, 428))
def replace_cart(shopper: Shopper, body: CartRequest, headers: CartHeaders) -> Answer[Cart]:
    """Replace the cart, if it is still the one that If-Match names; 412 says what it holds now."""
    return _answer(bootstrap.cart().replace(shopper, body.lines, headers.if_match))


def _answer(cart: CartFacts) -> Answer[Cart]:
    return Answer(cart.shown, headers={"ETag": cart.etag})
