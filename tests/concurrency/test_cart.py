"""Two devices that change one cart at once: whatever the interleaving, neither overwrites what it has not seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, local

import pytest

from chalicelib import bootstrap
from chalicelib.accounts.schemas import Client, Shopper, SignUp
from chalicelib.cart.domain import CartFacts
from chalicelib.cart.errors import PreconditionFailed
from chalicelib.cart.models import CartRecord
from chalicelib.cart.repository import CartRepository
from chalicelib.cart.service import CartService
from chalicelib.catalogue.schemas import Line
from chalicelib.dynamo import DynamoWrite
from tests import factories

ROUNDS = 20
DEVICES = 2
MERGES = 10

pytestmark = pytest.mark.usefixtures("local_aws")


class MeetingRepository(CartRepository):
    """Lets no device write before all have looked: the worst moment."""

    def __init__(self, devices: int) -> None:
        self._all_have_looked = Barrier(devices)
        self._device = local()

    def cart(self, account_id: str) -> CartFacts | None:
        cart = super().cart(account_id)
        if not hasattr(self._device, "looked"):
            self._device.looked = True
            self._all_have_looked.wait(timeout=30)
        return cart


class UnfencedRepository(MeetingRepository):
    """The common way: the last to write wins."""

    def change(self, before: CartFacts, after: CartFacts) -> DynamoWrite:
        record = CartRecord(after.account_id, quantities=after.quantities, version=after.version)
        return DynamoWrite(f"cart:{after.account_id}", "put", lambda t: t.save(record))


def service(repository: CartRepository) -> CartService:
    return CartService(repository, bootstrap.accounts(), bootstrap.ledger())


def shopper() -> Shopper:
    request = SignUp(factories.email(), factories.PASSWORD, "Ada")
    signed_in = bootstrap.sessions().sign_up(request, Client(factories.key(), "a test"))
    return bootstrap.sessions().shopper(signed_in.session.access_token)


def put(carts: CartService, ada: Shopper, etag: str, sku: str) -> CartFacts | PreconditionFailed:
    try:
        return carts.replace(ada, [Line(sku, 1)], etag)
    except PreconditionFailed as late:
        return late


def put_from_two_devices(kind: type[MeetingRepository]) -> None:
    """Twenty rounds of two devices that put under one ETag: exactly one wins, and the other hears what is there."""
    ada = shopper()
    etag = bootstrap.cart().find(ada.account_id).etag
    for _ in range(ROUNDS):
        carts = service(kind(DEVICES))
        with ThreadPoolExecutor(DEVICES) as devices:
            outcomes = list(devices.map(partial(put, carts, ada, etag), ["MUG", "KNIFE"]))
        winners = [outcome for outcome in outcomes if isinstance(outcome, CartFacts)]
        assert len(winners) == 1, "a device has overwritten what it had not seen"
        [late] = [outcome for outcome in outcomes if isinstance(outcome, PreconditionFailed)]
        now = bootstrap.cart().find(ada.account_id)
        assert now == winners[0]
        assert late.headers == {"ETag": now.etag}
        etag = now.etag


def test_of_two_devices_that_put_at_once_exactly_one_wins() -> None:
    put_from_two_devices(MeetingRepository)


def test_the_check_above_catches_a_repository_without_a_fence() -> None:
    with pytest.raises(AssertionError):
        put_from_two_devices(UnfencedRepository)


def test_devices_that_merge_what_they_hear_lose_nothing() -> None:
    ada = shopper()

    def add_one_by_one(skus: list[str]) -> None:
        for sku in skus:
            before = bootstrap.cart().find(ada.account_id)
            while True:
                try:
                    lines = [*before.shown.lines, Line(sku, 1)]
                    bootstrap.cart().replace(ada, lines, before.etag)
                    break
                except PreconditionFailed:
                    before = bootstrap.cart().find(ada.account_id)

    skus = [f"SKU-{number}" for number in range(DEVICES * MERGES)]
    with ThreadPoolExecutor(DEVICES) as devices:
        list(devices.map(add_one_by_one, [skus[:MERGES], skus[MERGES:]]))
    cart = bootstrap.cart().find(ada.account_id)
    assert cart.quantities == dict.fromkeys(skus, 1)
    assert cart.version == DEVICES * MERGES
