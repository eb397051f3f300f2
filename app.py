"""Open Kitchen's API: makes the Chalice app, registers every domain's routes, declares every event handler."""

from __future__ import annotations

import gc
import os

# What is imported stays: to look for garbage in it takes time and finds none.
gc.disable()

from chalice.app import Chalice, CloudWatchEvent, Cron, DynamoDBEvent, Rate

from chalicelib import log
from chalicelib.accounts.routes import routes as accounts
from chalicelib.cart.routes import routes as cart
from chalicelib.catalogue.routes import routes as catalogue
from chalicelib.checkout.routes import routes as checkout
from chalicelib.http.middleware import edge
from chalicelib.http.routing import register
from chalicelib.invocations import watched
from chalicelib.meta.routes import routes as meta
from chalicelib.orders.routes import routes as orders
from chalicelib.payments.routes import routes as payments
from chalicelib.privacy.routes import routes as privacy
from chalicelib.search.routes import routes as search
from chalicelib.sessions.routes import routes as sessions

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    log.configure()

app = Chalice(app_name="open-kitchen", configure_logs=False)
# Chalice compares each request and answer with thirteen; no answer is of any.
app.api.binary_types = ["application/octet-stream"]
app.register_middleware(edge, event_type="http")
app.register_middleware(watched, event_type="dynamodb")
app.register_middleware(watched, event_type="scheduled")
app.register_middleware(watched, event_type="pure_lambda")

blueprints = (meta, search, catalogue, accounts, sessions, privacy, cart, orders, payments, checkout)
register(app, blueprints)

# The real streams' ARNs are known to the template only, which replaces these.
STREAM_OF = "arn:aws:dynamodb:us-east-1:000000000000:table/{}/stream/2026-01-01T00:00:00.000"


@app.on_dynamodb_record(stream_arn=STREAM_OF.format("mails"), batch_size=10)
def send_mails(event: DynamoDBEvent) -> None:
    """Send the mails that the outbox owes."""
    from chalicelib.notifications.events import mails_owed

    mails_owed(event.to_dict()["Records"])


@app.on_dynamodb_record(stream_arn=STREAM_OF.format("orders"), batch_size=10)
def follow_orders(event: DynamoDBEvent) -> None:
    """Write to the shoppers whose orders have come to a new status."""
    from chalicelib.orders.events import orders_changed

    orders_changed(event.to_dict()["Records"])


@app.on_dynamodb_record(stream_arn=STREAM_OF.format("accounts"), batch_size=10)
def follow_accounts(event: DynamoDBEvent) -> None:
    """Let accounts adopt what their owners bought as guests."""
    from chalicelib.orders.events import accounts_changed

    accounts_changed(event.to_dict()["Records"])


@app.on_dynamodb_record(stream_arn=STREAM_OF.format("sandbox-payments"), batch_size=10)
def send_sandbox_webhooks(event: DynamoDBEvent) -> None:
    """Send the webhooks of the sandbox gateway, as a real one would from outside."""
    from chalicelib.payments.events import sandbox_changed

    sandbox_changed(event.to_dict()["Records"])


@app.on_dynamodb_record(stream_arn=STREAM_OF.format("products"), batch_size=100)
def publish_products(event: DynamoDBEvent) -> None:
    """Publish the pages that show changed products, and the search snapshot."""
    from chalicelib.storefront.events import products_changed

    products_changed(event.to_dict()["Records"])


@app.on_dynamodb_record(stream_arn=STREAM_OF.format("stock"), batch_size=100)
def publish_stock(event: DynamoDBEvent) -> None:
    """Publish what says that something has sold out, or is back."""
    from chalicelib.storefront.events import stock_changed

    stock_changed(event.to_dict()["Records"])


@app.lambda_function(name="publish_everything")
def publish_everything(_: dict[str, object], __: object) -> int:
    """Publish every page anew: a deployment asks for it, because templates may have changed."""
    from chalicelib.storefront.events import publish_all

    return publish_all()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep(_: CloudWatchEvent) -> None:
    """Finish the orders whose time is up."""
    from chalicelib.checkout.events import sweep_due

    sweep_due()


@app.schedule(Cron(15, 3, "*", "*", "?", "*"))
def check_books(_: CloudWatchEvent) -> None:
    """Compare what stock, orders and payments say, each night."""
    from chalicelib.orders.events import compare_books

    compare_books()


if "AWS_CHALICE_CLI_MODE" in os.environ:
    from chalicelib.http.local import behave_like_api_gateway
    from chalicelib.http.threads import know_every_type

    behave_like_api_gateway()
    know_every_type()

gc.freeze()
gc.enable()
