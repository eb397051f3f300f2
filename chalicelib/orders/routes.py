"""Orders over HTTP: reading them. Placing one is the checkout's."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.accounts.schemas import Shopper
from chalicelib.http.routing import Routes
from chalicelib.orders.schemas import Order, OrderKeyHeader, OrderList, OrderQuery

routes = Routes(__name__)


@routes.get("/orders")
def list_orders(shopper: Shopper, query: OrderQuery) -> OrderList:
    """List the orders of who is signed in, the latest first."""
    return bootstrap.orders().of_shopper(shopper, query)


@routes.get("/orders/{order_id}", problems=(404,))
def show_order(order_id: str, shopper: Shopper | None, headers: OrderKeyHeader) -> Order:
    """Show an order to its owner, or to whoever holds the key of a guest's order."""
    return bootstrap.orders().show(order_id, shopper, headers.x_order_key)
