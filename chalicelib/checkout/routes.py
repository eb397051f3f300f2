"""The checkout over HTTP."""

from __future__ import annotations

import msgspec

from chalicelib import bootstrap
from chalicelib.accounts.schemas import Shopper
from chalicelib.checkout.schemas import OrderHeaders, OrderRequest, Quote, QuoteRequest, WebhookHeaders
from chalicelib.http.routing import Answer, Routes, header_name
from chalicelib.orders.schemas import Order, OrderKeyHeader

routes = Routes(__name__)


@routes.post("/quotes")
def quote(body: QuoteRequest) -> Quote:
    """Price a cart and name every problem with it; nothing is reserved."""
    return bootstrap.checkout().quote(body)


@routes.post("/orders", status=201, also=(202,), problems=(401, 402, 409))
def place_order(body: OrderRequest, headers: OrderHeaders, shopper: Shopper | None) -> Answer[Order]:
    """Place an order: 201 when it is paid, 202 while the payment is pending or the shopper must act."""
    order = bootstrap.checkout().place(body, headers.idempotency_key, shopper)
    pending = order.status == "pending_payment"
    return Answer(bootstrap.orders().placed(order), status=202 if pending else 201)


@routes.post("/orders/{order_id}/cancellation", also=(202,), problems=(404, 409))
def cancel_order(order_id: str, shopper: Shopper | None, headers: OrderKeyHeader) -> Answer[Order]:
    """Call an order off until it is shipped: 200 when that is done, 202 while the money is on its way back."""
    order = bootstrap.orders().of(order_id, shopper, headers.x_order_key)
    after = bootstrap.checkout().cancel(order)
    done = after.status in {"cancelled", "refunded"}
    return Answer(bootstrap.orders().shown(after), status=200 if done else 202)


@routes.post("/payments/webhook", status=204, problems=(400, 409))
def payment_webhook(payload: bytes, headers: WebhookHeaders) -> Answer[None]:
    """Take the payment gateway's news; anything but 204 lets it tell again."""
    signatures = {header_name(name).lower(): value for name, value in msgspec.structs.asdict(headers).items() if value}
    bootstrap.checkout().hear(payload, signatures)
    return Answer()
