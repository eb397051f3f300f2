"""Open Kitchen's API: makes the Chalice app, registers every domain's routes, declares every event handler."""

from __future__ import annotations

import os

from chalice.app import Chalice

from chalicelib.accounts.routes import routes as accounts
from chalicelib.catalogue.routes import routes as catalogue
from chalicelib.checkout.routes import routes as checkout
from chalicelib.http.middleware import edge
from chalicelib.http.routing import register
from chalicelib.meta.routes import routes as meta
from chalicelib.orders.routes import routes as orders

app = Chalice(app_name="open-kitchen")
app.register_middleware(edge, event_type="http")

blueprints = (meta, catalogue, accounts, orders, checkout)
register(app, blueprints)

if "AWS_CHALICE_CLI_MODE" in os.environ:
    from chalicelib.http.local import behave_like_api_gateway

    behave_like_api_gateway()
