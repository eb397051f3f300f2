"""What people and clocks do to the shop, done for real on the demo catalogue, and what each asks of AWS.

An action is prepared first, unmetered, and then done: each function here prepares, and returns what does it. Whatever
its writes put into the tables' streams is handed to the handlers at once, and so on until nothing more is caused.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

import boto3
from chalice.app import Chalice
from msgspec import Struct, field

import tests.conftest  # noqa: F401 -- a stage of its own, credentials of nobody.
from app import check_books, sweep
from bench.metering import Call, Change, metered
from bench.weights import Named
from chalicelib import bootstrap
from chalicelib.catalogue.models import StockRecord
from chalicelib.log import JsonLines
from chalicelib.once import once
from chalicelib.settings import settings
from chalicelib.shop import shop as shop_settings
from dev.demo.load import load
from dev.streams import HANDLERS, TICK
from infra.functions import FUNCTIONS
from infra.tables import create_missing
from tests import factories
from tests.api.client import Answer, Api
from tests.snapshots import ShelfSource

# What is bought: two lines, one of each.
CART = {"MUG-SAGE": 1, "TUMBLER-4": 1}
SUBTOTAL, DELIVERY = 1400 + 1600, 395
PRODUCT, CATEGORY = "everyday-mug", "tea-and-coffee"
# What is repriced and sells out: nothing that is bought.
OTHER, OTHER_PRICE = "MUG-INK", 1400
CSRF = {"X-Open-Kitchen": "1"}
LINES = [{"sku": sku, "quantity": quantity} for sku, quantity in CART.items()]
GATEWAY = "sandbox-payments"
PLENTY = 100_000
FOLLOWERS = {function.stream: function.name for function in FUNCTIONS if function.stream}

Do = Callable[[], object]


class Work(Struct):
    """One thing done by one process: a request (`api`), an event (`event`), or a command of the owner's (`command`)."""

    name: str
    kind: str
    calls: list[Call]
    answer_bytes: int = 0
    log_bytes: int = 0
    cpu_ms: float = 0.0


class Done(Struct):
    """What an action asked for itself, and what followed from it by the streams and the gateway's webhooks."""

    asked: list[Work] = field(default_factory=list)
    caused: list[Work] = field(default_factory=list)

    @property
    def works(self) -> list[Work]:
        """All of it."""
        return [*self.asked, *self.caused]

    def sums(self, of: Callable[[Call], dict[str, float]]) -> dict[str, float]:
        """Sum the units of every call by table; the gateway's own memory is none of the shop's."""
        found: dict[str, float] = {}
        for call in (call for work in self.works for call in work.calls):
            for table, units in of(call).items():
                if table != GATEWAY:
                    found[table] = found.get(table, 0) + units
        return found

    @property
    def writes(self) -> dict[str, float]:
        """Write units by table and index."""
        return self.sums(lambda call: dict(call.writes))

    @property
    def reads(self) -> dict[str, float]:
        """Read units by table and index."""
        return self.sums(lambda call: dict(call.reads))


class Bench:
    """A shop at work, and what it does."""

    def __init__(self) -> None:
        self.api = self.browser()
        self.pages: dict[str, bytes] = {}
        self._works: list[Work] = []
        self._changes: list[Change] = []

    def measure(self, action: Callable[[Bench], Do]) -> Done:
        """Prepare an action, do it, and follow what it causes."""
        do = action(self)
        self._works, self._changes = [], []
        with patch.object(Chalice, "__call__", self._request()):
            do()
            asked, self._works = self._works, []
            while self._changes:
                self.follow(self._changes.pop(0))
        return Done(asked, self._works)

    def work(self, name: str, kind: str, do: Callable[[], Any]) -> Any:
        """Do something as a process of its own, metered; returns what it returns."""
        with metered() as meter, logged() as log:
            began = time.process_time()
            answer = do()
            spent = time.process_time() - began - meter.overhead
        size = _answer_size(answer) if kind == "api" else 0
        self._works.append(Work(name, kind, meter.calls, size, log.size, max(spent, 0) * 1000))
        self._changes += meter.changes
        return answer

    def browser(self) -> Api:
        """Return a browser that nobody has signed in with."""
        return Api()

    def member(self, email: str = "") -> Api:
        """Return a browser that a new shopper is signed in with."""
        api = self.browser()
        api.sign_up(email)
        return api

    def skus(self, page: str) -> list[str]:
        """Return the skus whose stock a page asks for."""
        return Named(self.pages[page].decode()).skus

    def _request(self) -> Callable[[Chalice, Any, Any], Any]:
        original = Chalice.__call__

        def call(app: Chalice, event: Any, context: Any) -> Any:
            name = f"{event['requestContext']['httpMethod']} {event['requestContext']['resourcePath']}"
            return self.work(name, "api", lambda: original(app, event, context))

        return call

    def follow(self, change: Change) -> None:
        """Do what a stream's handler does about a change; the gateway tells of its own by webhooks."""
        if change.table != GATEWAY:
            event = {"Records": [change.record]}
            self.work(FOLLOWERS[change.table], "event", lambda: HANDLERS[change.table](event, None))
        elif change.before is not None and change.after is not None:
            body, headers = bootstrap.sandbox().notice(change.key["payment_id"]["S"], change.after["status"]["S"])
            self.api.call("POST", "/payments/webhook", headers=headers, body=body)


class Log(logging.Handler):
    """Counts the bytes of the lines that a function would log."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        self.size += len(self.format(record).encode()) + 1


@contextmanager
def logged() -> Iterator[Log]:
    """Count what the shop logs while the block lasts."""
    ours, log = logging.getLogger("chalicelib"), Log()
    before = ours.level
    ours.setLevel(logging.INFO)
    ours.addHandler(log)
    try:
        yield log
    finally:
        ours.removeHandler(log)
        ours.setLevel(before)


@contextmanager
def open_shop() -> Iterator[Bench]:
    """Open the demo shop on whatever AWS this process talks to, with plenty in stock and every page published."""
    create_missing()
    boto3.client("ses", region_name=settings().region).verify_email_identity(EmailAddress=shop_settings().email)
    boto3.client("s3", region_name=settings().region).create_bucket(
        Bucket=settings().site_bucket,
        CreateBucketConfiguration={"LocationConstraint": settings().region},  # type: ignore[typeddict-item]
    )
    load()
    for sku in CART:
        StockRecord(sku, 0).update(actions=[StockRecord.received.set(PLENTY), StockRecord.available.set(PLENTY)])
    bootstrap.promotions().add(factories.promotion())
    source = ShelfSource(lambda: bootstrap.catalogue().inventory().listings)
    with patch.object(bootstrap, "snapshots", once(lambda: source)):
        bootstrap.storefront().publish_all()
        bench = Bench()
        bench.pages = {page.key: page.body for page in bootstrap.storefront().render_all()}
        bench.api.get("/suggestions", q="tea")
        yield bench


# --- Looking round ----------------------------------------------------------------------------------------------------


def open_page(key: str) -> Callable[[Bench], Do]:
    """Open a page, which asks for the stock of what it shows."""
    return lambda bench: lambda: bench.api.get("/availability", sku=bench.skus(key))


def search(bench: Bench) -> Do:
    """Search, and ask for the stock of what was found."""

    def do() -> None:
        found = bench.api.get("/products", q="stoneware bowl").json["items"]
        bench.api.get("/availability", sku=[sku for product in found for sku in product["skus"]])

    return do


def suggest(bench: Bench) -> Do:
    """Type a letter into the search box."""
    return lambda: bench.api.get("/suggestions", q="stonew")


# --- Who shops --------------------------------------------------------------------------------------------------------


def sign_up(bench: Bench) -> Do:
    """Open an account."""
    return bench.browser().sign_up


def sign_in(bench: Bench) -> Do:
    """Sign in with the right password."""
    email = factories.email()
    bench.member(email)
    return lambda: _ok(bench.browser().post("/sessions", {"email": email, "password": factories.PASSWORD}))


def refresh(bench: Bench) -> Do:
    """Come back within the lifetime of a session."""
    api = bench.member()
    return lambda: _ok(api.post("/sessions/refresh", headers=CSRF))


def sync_cart(bench: Bench) -> Do:
    """Keep the cart in the account: read it, and write it back with a change."""
    api = bench.member()

    def do() -> None:
        etag = api.get("/cart").headers["etag"]
        _ok(api.call("PUT", "/cart", {"lines": LINES}, {"If-Match": etag}))

    return do


# --- Buying -----------------------------------------------------------------------------------------------------------


def quote(bench: Bench) -> Do:
    """Price the cart."""
    return lambda: _ok(bench.api.post("/quotes", {"lines": LINES}))


def guest_purchase(bench: Bench) -> Do:
    """Buy two things as a guest, with a card that pays."""
    return lambda: _buy(bench.browser())


def signed_in_purchase(bench: Bench) -> Do:
    """Buy two things, signed in."""
    api = bench.member()
    return lambda: _buy(api)


def promo_purchase(bench: Bench) -> Do:
    """Buy two things as a guest, with a promo code."""
    api = bench.browser()
    total = SUBTOTAL - SUBTOTAL // 10 + DELIVERY
    return lambda: _ok(api.order(CART, total, promo_code="WELCOME10"))


def look_at_order(bench: Bench) -> Do:
    """Look at one's order, signed in."""
    api = bench.member()
    order = _buy(api).json
    return lambda: _ok(api.get(f"/orders/{order['id']}"))


def cancel(bench: Bench) -> Do:
    """Call a paid order off; the money goes back."""
    api = bench.member()
    order = _buy(api).json
    return lambda: _ok(api.post(f"/orders/{order['id']}/cancellation"))


# --- What clocks and owners do ----------------------------------------------------------------------------------------


def tick(bench: Bench) -> Do:
    """Look for orders whose time is up, and find none."""
    return lambda: bench.work("sweep", "event", lambda: sweep(TICK, None))


def compare_books(bench: Bench) -> Do:
    """Compare stock, orders and payments."""
    return lambda: bench.work("check_books", "event", lambda: check_books(TICK, None))


def change_price(bench: Bench) -> Do:
    """Give a sku another price; its pages follow."""
    reprice = bootstrap.catalogue().reprice
    reprice(OTHER, OTHER_PRICE)
    return lambda: bench.work("reprice", "command", lambda: reprice(OTHER, OTHER_PRICE + 1))


def sell_out(bench: Bench) -> Do:
    """Publish that a sku has sold out, without the purchase that took the last one."""
    image = {"sku": {"S": OTHER}, "shard": {"N": "0"}}
    change = Change("stock", image, image | {"available": {"N": "1"}}, image | {"available": {"N": "0"}})
    return lambda: bench.follow(change)


def letter(bench: Bench) -> Do:
    """Send a letter that is owed."""
    with metered() as meter:
        bench.member()
    owed = next(change for change in meter.changes if change.table == "mails")
    return lambda: bench.follow(owed)


ACTIONS: dict[str, Callable[[Bench], Do]] = {
    "open the home page": open_page("index.html"),
    "open a category": open_page(f"categories/{CATEGORY}"),
    "open a product": open_page(f"products/{PRODUCT}"),
    "search": search,
    "suggestions": suggest,
    "sign up": sign_up,
    "sign in": sign_in,
    "refresh": refresh,
    "sync the cart": sync_cart,
    "quote": quote,
    "buy as a guest": guest_purchase,
    "buy signed in": signed_in_purchase,
    "buy with a promo code": promo_purchase,
    "look at an order": look_at_order,
    "cancel an order": cancel,
    "a tick of the sweeper": tick,
    "the books check": compare_books,
    "publish a price change": change_price,
    "publish a sell-out": sell_out,
    "send a letter": letter,
}


def _buy(api: Api) -> Answer:
    return _ok(api.order(CART, SUBTOTAL + DELIVERY))


def _ok(answer: Answer) -> Answer:
    assert answer.status < HTTPStatus.BAD_REQUEST, answer.body
    return answer


def _answer_size(answer: Any) -> int:
    """Return the bytes of an answer, head and body."""
    heads = answer.get("headers") or {}
    many = {name: value for name, values in (answer.get("multiValueHeaders") or {}).items() for value in values}
    return len(answer["body"].encode()) + sum(len(f"{name}: {value}\r\n") for name, value in (heads | many).items())
