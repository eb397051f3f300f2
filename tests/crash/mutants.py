"""Checkouts that are wrong in one way each. A suite that lets one live proves nothing about the real one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from msgspec.structs import replace

from chalicelib.accounts.schemas import Shopper
from chalicelib.catalogue.service import StockTake
from chalicelib.checkout.errors import OutOfStock
from chalicelib.checkout.schemas import OrderRequest
from chalicelib.checkout.service import CheckoutService
from chalicelib.checkout.settlement import MONEY_HERE, FenceLost, Settlement
from chalicelib.errors import Unavailable
from chalicelib.ledger import Write
from chalicelib.money import Money
from chalicelib.orders.domain import ENDED_UNPAID, OrderFacts
from chalicelib.payments.gateway import OutcomeUnknown, Payment
from chalicelib.payments.sandbox import SandboxGateway
from tests.crash.world import World
from tests.memory import MemoryCatalogue, MemoryOrders, MemoryWrite

_fresh = count(1)


class NoGatewayKey(SandboxGateway):
    """Creates a new payment each time it is asked."""

    def create(self, order_id: str, amount: Money, *, key: str) -> Payment:
        return super().create(order_id, amount, key=f"{key}-{next(_fresh)}")


class ChargesFirst(CheckoutService):
    """Takes the money, then looks whether there is stock."""

    def _reserve(
        self, order_id: str, fingerprint: str, request: OrderRequest, shopper: Shopper | None
    ) -> OrderFacts | None:
        total = Money(request.expected_total.amount, request.expected_total.currency)
        with suppress(OutcomeUnknown):
            payment = self._gateway.create(order_id, total, key=f"pi-{order_id}")
            payment = self._gateway.authorise(payment, request.payment.method, return_url="", key=f"auth-{order_id}")
            if payment.status == "authorised":
                self._gateway.capture(payment, key=f"cap-{order_id}")
        return super()._reserve(order_id, fingerprint, request, shopper)


class SweeperReleases(Settlement):
    """Gives stock back when time is up, without cancelling the payment."""

    def sweep(self, order: OrderFacts) -> OrderFacts:
        def release(seen: OrderFacts) -> OrderFacts:
            return self._close(seen, None) if seen.status == "pending_payment" else self._finish(seen)

        return self._following(order, release)


class SweeperLooksThenReleases(Settlement):
    """Looks whether the payment went through; if not, gives stock back without making sure that it never will."""

    def _decided(self, order: OrderFacts, payment: Payment) -> Payment:
        with_his_bank = payment.status == "requires_action" and self._orders.may_still_act(order)
        if payment.status in {"created", "requires_action"} and not (with_his_bank and not order.cancelling):
            return replace(payment, status="cancelled")
        return payment


class UnfencedPaid(Settlement):
    """Writes `paid` whatever became of the order meanwhile."""

    def _settle(self, order: OrderFacts, payment_id: str | None, also: Sequence[Write] = ()) -> OrderFacts:
        after, write = self._orders.paid(order, payment_id)
        unfenced = MemoryWrite(write.subject, lambda: True, write.apply) if isinstance(write, MemoryWrite) else write
        self._commit([unfenced, *_unguarded(self._catalogue.sell(order.stock)), *also])
        return after


class UnknownIsFailed(Settlement):
    """Takes a lost answer for a refusal."""

    def _unless_unknown(self, order: OrderFacts, step: Callable[[OrderFacts], OrderFacts]) -> OrderFacts:
        try:
            return self._following(order, step)
        except (OutcomeUnknown, Unavailable):
            try:
                return self._close(order, None) if order.status == "pending_payment" else order
            except (FenceLost, Unavailable):
                return order


class SettlesInTwoSteps(Settlement):
    """Marks the order paid, and moves the stock afterwards."""

    def _settle(self, order: OrderFacts, payment_id: str | None, also: Sequence[Write] = ()) -> OrderFacts:
        after, write = self._orders.paid(order, payment_id)
        self._commit([write, *also])
        self._commit(self._catalogue.sell(order.stock))
        return self._finish(after) if after.cancelling else after


class RefundsBeforeItSaysSo(Settlement):
    """Gives the money back first, and writes that down afterwards."""

    def _begin_refund(self, order: OrderFacts, payment_id: str | None = None, also: Sequence[Write] = ()) -> OrderFacts:
        with suppress(OutcomeUnknown):
            self._money_gone(order, self._payment_of(order))
        return super()._begin_refund(order, payment_id, also)


class ForgetsTheWish(Settlement):
    """Cancels without writing down that the shopper asked for it."""

    def _call_off(self, order: OrderFacts) -> OrderFacts:
        return order if order.status == "pending_payment" else super()._call_off(order)

    def cancel(self, order: OrderFacts) -> OrderFacts:
        if order.status != "pending_payment":
            return super().cancel(order)
        wish = replace(order, cancelling=True)
        return self._unless_unknown(wish, self._finish)


class BelievesTheNews(Settlement):
    """Takes news that the money is set aside for its having been taken."""

    def _heard(self, order: OrderFacts, payment_id: str, also: Sequence[Write]) -> OrderFacts:
        if order.status == "pending_payment" and self._gateway.lookup(payment_id).status == "authorised":
            return self._settle(order, payment_id, also)
        return super()._heard(order, payment_id, also)


class LooksTooEarly(Settlement):
    """Looks at the payment before it reads the order, which may have ended in between."""

    def follow(self, order: OrderFacts, payment_id: str, seen: Write) -> OrderFacts:
        early = self._gateway.lookup(payment_id)

        def hear(current: OrderFacts) -> OrderFacts:
            if current.status in ENDED_UNPAID and early.status in MONEY_HERE:
                told = self._notifications.post("money_turned_up", self._shop.email, order=current.order_id)
                return self._give_back(self._begin_refund(current, payment_id, [told, seen]))
            return self._heard(current, payment_id, [seen])

        return self._following(self._orders.find(order.order_id) or order, hear)


class KeepsTheStockOfADecline(Settlement):
    """Forgets to give stock back after a decline."""

    def _fail(self, order: OrderFacts, payment: Payment, also: Sequence[Write]) -> OrderFacts:
        after, write = self._orders.payment_failed(order, payment.payment_id, "card_declined")
        self._commit([write, *also])
        return after


class ForgetsThePromotion(Settlement):
    """Gives stock back, but not the use of the promo code."""

    def _unredeemed(self, order: OrderFacts) -> list[Write]:
        return []


class LooksAtStockFirst(CheckoutService):
    """Looks at the stock before it looks whether this was answered already."""

    def place(self, request: OrderRequest, idempotency_key: str, shopper: Shopper | None) -> OrderFacts:
        _, short = self._catalogue.split({line.sku: line.quantity for line in request.lines})
        if short:
            raise OutOfStock([])
        return super().place(request, idempotency_key, shopper)


class GivesUpOnALostFence(Settlement):
    """Says that all is well when somebody else was faster, and leaves it at that."""

    def _following(self, order: OrderFacts, step: Callable[[OrderFacts], OrderFacts]) -> OrderFacts:
        try:
            return step(order)
        except FenceLost:
            return replace(order, timeline=[*order.timeline, replace(order.timeline[0], status="paid")])


class LeavesRefundsToChance(Settlement):
    """Never comes back to a refund that a crash interrupted."""

    def sweep(self, order: OrderFacts) -> OrderFacts:
        return order if order.status == "refunding" else super().sweep(order)


class CarelessShelf(MemoryCatalogue):
    """Takes stock without looking whether there is any."""

    def hold(self, take: StockTake) -> MemoryWrite:
        write = super().hold(take)
        return MemoryWrite(write.subject, lambda: True, write.apply)


class CarelessOrders(MemoryOrders):
    """Puts an order without asking whether there is one of that id already."""

    def add(self, order: OrderFacts) -> MemoryWrite:
        return MemoryWrite(f"order:{order.order_id}", lambda: True, super().add(order).apply)


class CarelessAfterwards(MemoryOrders):
    """Writes an order's next state without looking whether it changed."""

    def replace(self, before: OrderFacts, after: OrderFacts) -> bool:
        self.kept[after.order_id] = after
        return True


def careless_shelf(world: World) -> None:
    shelf = CarelessShelf(*world.shelf.products(), units=1)
    shelf.shards = world.shelf.shards
    world.shelf = shelf


def careless_orders(world: World) -> None:
    world.kept = CarelessOrders()


def careless_changes(world: World) -> None:
    world.kept = CarelessAfterwards()


def _unguarded(writes: Sequence[Write]) -> list[Any]:
    return [MemoryWrite(one.subject, lambda: True, one.apply) for one in writes if isinstance(one, MemoryWrite)]


MUTANTS: dict[str, dict[str, Any]] = {
    "no gateway key": {"gateway": NoGatewayKey},
    "charge before reserve": {"checkout": ChargesFirst},
    "sweeper releases without cancelling": {"settlement": SweeperReleases},
    "sweeper looks, then releases": {"settlement": SweeperLooksThenReleases},
    "an unfenced paid write": {"settlement": UnfencedPaid},
    "unknown is taken for failed": {"settlement": UnknownIsFailed},
    "paid and sold in two steps": {"settlement": SettlesInTwoSteps},
    "refund before refunding is written": {"settlement": RefundsBeforeItSaysSo},
    "the wish to cancel is not written": {"settlement": ForgetsTheWish},
    "news is believed": {"settlement": BelievesTheNews},
    "the payment is looked at before the order": {"settlement": LooksTooEarly},
    "a decline keeps the stock": {"settlement": KeepsTheStockOfADecline},
    "the promo code is not given back": {"settlement": ForgetsThePromotion},
    "stock is looked at before the replay": {"checkout": LooksAtStockFirst},
    "a lost fence is taken for success": {"settlement": GivesUpOnALostFence},
    "refunds are left to chance": {"settlement": LeavesRefundsToChance},
    "stock is taken without a condition": {"variant": careless_shelf},
    "the order is put without a condition": {"variant": careless_orders},
    "an order is changed without a fence": {"variant": careless_changes},
}
