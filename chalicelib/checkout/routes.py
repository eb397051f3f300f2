"""The checkout over HTTP."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.accounts.schemas import Shopper
from chalicelib.checkout.schemas import OrderHeaders, OrderRequest, Quote, QuoteRequest
from chalicelib.http.routing import Answer, Routes
from chalicelib.orders.schemas import Order

routes = Routes(__name__)


@routes.post("/quotes")
def quote(body: QuoteRequest) -> Quote:
    """Price a cart and name every problem with it; nothing is reserved."""
    return bootstrap.checkout().quote(body)


@routes.post("/orders", status=201, also=(202,), problems=(401, 402, 409))
def place_order(body: OrderRequest, headers: OrderHeaders, shopper: Shopper | None) -> Answer[Order]:
    """Place an order: 201 when it is paid, 202 while the payment is pending."""
    order = bootstrap.checkout().place(body, headers.idempotency_key, shopper)
    pending = order.status == "pending_payment"
    return Answer(bootstrap.orders().placed(order), status=202 if pending else 201)
