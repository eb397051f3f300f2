"""Shops of tests, each on a local AWS of its own, with secrets of its own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import pytest

from chalicelib import bootstrap, keys
from chalicelib.once import once
from chalicelib.settings import settings
from chalicelib.shop import shop
from dev.streams import HANDLERS, Shard, find_shards
from infra.stored import Store, data_tables, key_names
from infra.tables import create_missing
from tests import factories
from tests.api.client import Answer, Api, forget_services
from tests.api.mails import latest_token, outbox
from tests.emulator import emulator
from tests.snapshots import ShelfSource

MUG, KNIFE = 1400, 7200
DELIVERY = 395
GUEST = {"email": "guest@example.com", "name": "Grace"}
GUESTS_KEY = "the-key-of-a-guests-order"


@contextmanager
def fresh_shop() -> Iterator[str]:
    """An empty shop of which nobody knows the secrets; yields its address."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setenv("SECRETS_FILE", str(Path(folder, "secrets.json")))
        source = ShelfSource(lambda: bootstrap.catalogue().inventory().listings)
        patch.setattr(bootstrap, "snapshots", once(lambda: source))
        _forget()
        keys.generate(settings().secrets_file)
        with emulator() as url:
            create_missing()
            s3 = boto3.client("s3", region_name=settings().region)
            s3.create_bucket(
                Bucket=settings().site_bucket,
                CreateBucketConfiguration={"LocationConstraint": settings().region},  # type: ignore[typeddict-item]
            )
            boto3.client("ses", region_name=settings().region).verify_email_identity(EmailAddress=shop().email)
            yield url
    _forget()


def _forget() -> None:
    settings.cache_clear()
    keys.keys.cache_clear()
    forget_services()


def trade() -> dict[str, Any]:
    """Open the shop of the current local AWS, and let people do in it what people do; returns a guest's order."""
    catalogue, promotions = bootstrap.catalogue(), bootstrap.promotions()
    catalogue.add_product(factories.product("teapot"), {"TEAPOT-SAGE": 12, "TEAPOT-INK": 3})
    catalogue.add_product(factories.single("mug", MUG, category="bowls-and-tableware"), {"MUG": 40})
    catalogue.add_product(factories.single("knife", KNIFE, category="knives-and-boards"), {"KNIFE": 9})
    promotions.add(factories.promotion(max_uses=50, max_uses_per_customer=1))
    guest = Api()
    order = order_as_guest()
    assert order.status == 201, order.body
    assert guest.order({"MUG": 1}, MUG + DELIVERY, payment={"method": "tok_declined"}).status == 402
    waits = guest.order({"KNIFE": 1}, KNIFE, payment={"method": "tok_requires_action"})
    assert waits.status == 202, waits.body
    shopper = Api()
    email = shopper.sign_up()["email"]
    assert shopper.post("/email-verifications", {"token": latest_token(email)}).status == 204
    shopper.call("PUT", "/cart", {"lines": [{"sku": "MUG", "quantity": 2}]}, {"If-Match": '"v0"'})
    shipped = shopper.order({"MUG": 3}, 3 * MUG + DELIVERY)
    assert bootstrap.orders().ship(shipped.json["id"])
    refunded = shopper.order({"MUG": 2}, 2 * MUG + DELIVERY)
    assert shopper.post(f"/orders/{refunded.json['id']}/cancellation").json["status"] == "refunded"
    guest.get("/products", q="zzyzx")
    body: dict[str, Any] = order.json
    return body


def order_as_guest() -> Answer:
    """Order what the guest orders, under the key that he orders it under."""
    return Api().order({"MUG": 1}, MUG + DELIVERY - 140, GUESTS_KEY, promo_code="WELCOME10", contact=GUEST)


def write_down() -> dict[str, list[Any]]:
    """Return every item of every table that holds data, as it is stored."""
    store, written = Store(), {}
    for table in data_tables():
        names = key_names(table)
        items = sorted(store.items(table), key=lambda item: [str(item[name]) for name in names])
        written[table.short_name()] = items
    return written


def let_streams_run(*, but: str = "") -> None:
    """Hand every record that the streams of the current local AWS hold to its handler, until all is quiet."""
    client = boto3.client("dynamodbstreams", region_name=settings().region)
    shards = [(table, Shard(client, arn, shard)) for table, arn, shard in find_shards(client) if table != but]
    quiet = False
    while not quiet:
        quiet = True
        for table, shard in shards:
            if records := shard.records():
                quiet = False
                HANDLERS[table]({"Records": records}, None)


def letters_sent(url: str) -> int:
    """Count what the local SES has taken."""
    with urlopen(f"{url}/_ministack/ses/messages", timeout=5) as answer:
        return sum(len(mails) for mails in json.load(answer)["messages"].values())


def forget_letters(order_id: str) -> None:
    """Let the outbox forget the letters about an order, as it does a week after they were sent."""
    for mail in outbox():
        if mail.mail_id.startswith(order_id):
            mail.delete()
