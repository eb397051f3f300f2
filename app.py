"""Open Kitchen's API: makes the Chalice app, registers every domain's routes, declares every event handler."""

from __future__ import annotations

import os

from chalice.app import Chalice, DynamoDBEvent

from chalicelib.accounts.routes import routes as accounts
from chalicelib.catalogue.routes import routes as catalogue
from chalicelib.checkout.routes import routes as checkout
from chalicelib.http.middleware import edge
from chalicelib.http.routing import register
from chalicelib.meta.routes import routes as meta
from chalicelib.orders.routes import routes as orders
from chalicelib.privacy.routes import routes as privacy
from chalicelib.sessions.routes import routes as sessions

app = Chalice(app_name="open-kitchen")
app.register_middleware(edge, event_type="http")

blueprints = (meta, catalogue, accounts, sessions, privacy, orders, checkout)
register(app, blueprints)

# The real stream's ARN is known to the template only, which replaces this one.
STREAM_OF = "arn:aws:dynamodb:us-east-1:000000000000:table/{}/stream/2026-01-01T00:00:00.000"


@app.on_dynamodb_record(stream_arn=STREAM_OF.format("mails"), batch_size=10)
def send_mails(event: DynamoDBEvent) -> None:
    """Send the mails that the outbox owes."""
    from chalicelib.notifications.events import mails_owed

    mails_owed(event.to_dict()["Records"])


if "AWS_CHALICE_CLI_MODE" in os.environ:
    from chalicelib.http.local import behave_like_api_gateway

    behave_like_api_gateway()
